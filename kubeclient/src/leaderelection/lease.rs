//! [`Lease`]: the object that an election is about, as client-go writes it. Pure.
//!
//! A struct of its own, so that elections need no feature; what it does not name, it keeps.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::meta::object_meta::ObjectMeta;
use crate::meta::resource::{Complete, Namespaced, Object, Resource};
use crate::meta::time::MicroTime;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lease {
    #[serde(default)]
    pub(super) metadata: ObjectMeta,
    #[serde(default)]
    pub(super) spec: LeaseSpec,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LeaseSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) holder_identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lease_duration_seconds: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acquire_time: Option<MicroTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renew_time: Option<MicroTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lease_transitions: Option<i32>,
    /// `strategy`, `preferredHolder`, and what later versions add.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Lease {
    pub(super) fn new(namespace: &str, name: &str) -> Self {
        let metadata = ObjectMeta { namespace: namespace.into(), ..ObjectMeta::named(name) };
        Self { metadata, ..Self::default() }
    }

    /// Who holds it; empty when nobody does.
    pub(super) fn holder(&self) -> &str {
        self.spec.holder_identity.as_deref().unwrap_or_default()
    }

    pub(super) fn transitions(&self) -> i32 {
        self.spec.lease_transitions.unwrap_or_default()
    }
}

impl Object for Lease {
    type Metadata = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl Resource for Lease {
    const GROUP: &'static str = "coordination.k8s.io";
    const VERSION: &'static str = "v1";
    const API_VERSION: &'static str = "coordination.k8s.io/v1";
    const KIND: &'static str = "Lease";
    const PLURAL: &'static str = "leases";
    const SINGULAR: &'static str = "lease";
    const NAMESPACED: bool = true;
}

impl Namespaced for Lease {}
impl Complete for Lease {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fidelity 87.
    #[test]
    fn it_is_written_as_client_go_writes_it_and_keeps_what_it_does_not_know() {
        let text = r#"{"metadata":{"name":"a"},"spec":{"holderIdentity":"","leaseDurationSeconds":1,"acquireTime":"2026-01-02T03:04:05.000006Z","renewTime":"2026-01-02T03:04:05.000006Z","leaseTransitions":3,"strategy":"OldestEmulationVersion"},"later":{"a":1}}"#;
        let lease: Lease = serde_json::from_str(text).unwrap();
        assert_eq!((lease.holder(), lease.transitions()), ("", 3));
        assert_eq!(serde_json::to_string(&lease).unwrap(), text);
    }
}
