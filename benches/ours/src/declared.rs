//! A pod with every field that the benchmark's pods have, declared by hand: nothing of them is
//! dropped, as with a built-in type, though a built-in one knows more fields.

use std::collections::BTreeMap;

use kubeclient::meta::time::Time;
use kubeclient::{ObjectMeta, Resource};
use serde::Deserialize;
use serde_json::Value;

macro_rules! fields {
    ($(struct $name:ident { $($(#[$own:meta])* $field:ident: $type:ty,)* })*) => {$(
        // Read off the wire for its cost: only a few fields are looked at.
        #[derive(Deserialize, Clone, Debug, Default)]
        #[serde(rename_all = "camelCase", default)]
        #[allow(dead_code)]
        pub(crate) struct $name { $($(#[$own])* pub(crate) $field: $type,)* }
    )*};
}

/// A pod.
#[derive(Resource, Deserialize, Clone, Debug)]
#[resource(group = "", version = "v1", projection)]
pub(crate) struct Pod {
    pub(crate) metadata: ObjectMeta,
    #[serde(default)]
    pub(crate) spec: PodSpec,
    #[serde(default)]
    pub(crate) status: PodStatus,
}

fields! {
    struct PodSpec {
        volumes: Vec<Volume>,
        containers: Vec<Container>,
        restart_policy: String,
        termination_grace_period_seconds: Option<i64>,
        dns_policy: String,
        service_account_name: String,
        service_account: String,
        node_name: String,
        security_context: Option<Box<PodSecurityContext>>,
        scheduler_name: String,
        tolerations: Vec<Toleration>,
        priority: Option<i32>,
        enable_service_links: Option<bool>,
        preemption_policy: Option<String>,
    }
    struct Volume {
        name: String,
        config_map: Option<Box<ConfigMapSource>>,
        empty_dir: Option<Box<EmptyDirSource>>,
    }
    struct ConfigMapSource {
        name: String,
        default_mode: Option<i32>,
    }
    struct EmptyDirSource {
        size_limit: Option<String>,
    }
    struct Container {
        name: String,
        image: String,
        args: Vec<String>,
        ports: Vec<Port>,
        env: Vec<Variable>,
        resources: Resources,
        volume_mounts: Vec<Mount>,
        termination_message_path: String,
        termination_message_policy: String,
        image_pull_policy: String,
    }
    struct Port {
        name: String,
        container_port: i32,
        protocol: String,
    }
    struct Variable {
        name: String,
        value: String,
    }
    struct Resources {
        limits: BTreeMap<String, String>,
        requests: BTreeMap<String, String>,
    }
    struct Mount {
        name: String,
        read_only: bool,
        mount_path: String,
    }
    struct PodSecurityContext {
        run_as_non_root: Option<bool>,
    }
    struct Toleration {
        key: String,
        operator: String,
        effect: String,
        toleration_seconds: Option<i64>,
    }
    struct PodStatus {
        observed_generation: i64,
        phase: String,
        conditions: Vec<Condition>,
        #[serde(rename = "hostIP")]
        host_ip: String,
        #[serde(rename = "hostIPs")]
        host_ips: Vec<Address>,
        #[serde(rename = "podIP")]
        pod_ip: String,
        #[serde(rename = "podIPs")]
        pod_ips: Vec<Address>,
        start_time: Option<Time>,
        container_statuses: Vec<ContainerStatus>,
        qos_class: String,
    }
    struct Condition {
        #[serde(rename = "type")]
        kind: String,
        observed_generation: i64,
        status: String,
        last_probe_time: Option<Time>,
        last_transition_time: Option<Time>,
    }
    struct Address {
        ip: String,
    }
    struct ContainerStatus {
        name: String,
        state: BTreeMap<String, Value>,
        last_state: BTreeMap<String, Value>,
        ready: bool,
        restart_count: i32,
        image: String,
        #[serde(rename = "imageID")]
        image_id: String,
        #[serde(rename = "containerID")]
        container_id: String,
        started: Option<bool>,
    }
}
