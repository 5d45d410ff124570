//! [`ObjectMeta`]: the metadata that every object has.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::raw::RawJson;
use super::resource::Metadata;
use super::time::Time;

/// The metadata of an object, with every field of the API's `ObjectMeta`.
///
/// As in Go, absence is the empty value where nothing else could be meant, and `Option` where it
/// could. Empty fields are not written. No field is missing, so that a replace never drops an owner
/// reference or a finalizer that the program did not think of.
///
/// ```
/// use kubeclient::ObjectMeta;
///
/// let metadata = ObjectMeta { generate_name: "job-".into(), ..ObjectMeta::named("a") };
/// assert_eq!(metadata.name, "a");
/// ```
///
/// `Debug` leaves out what is empty, and the object that `kubectl apply` keeps in an annotation: it may be
/// a Secret.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectMeta {
    /// The name, unique among the objects of one kind in one namespace; never changes.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub name: String,
    /// The prefix from which the server makes a name when `name` is empty.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub generate_name: String,
    /// The namespace; empty for a cluster-scoped object.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub namespace: String,
    /// A path that old servers filled; read-only.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub self_link: String,
    /// The identity of this object, never used again after a delete; set by the server.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub uid: String,
    /// The opaque version of the stored object; set by the server, sent back to detect conflicts.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "null_is_default")]
    pub resource_version: String,
    /// The number of the desired state; set by the server. 0 when absent.
    #[serde(skip_serializing_if = "is_zero", deserialize_with = "null_is_default")]
    pub generation: i64,
    /// When the object was created; set by the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Time>,
    /// When the object will be gone, once its deletion was asked for; set by the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<Time>,
    /// How long, in seconds, a graceful deletion may take; set by the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_grace_period_seconds: Option<i64>,
    /// Names and values by which objects are selected.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_default")]
    pub labels: BTreeMap<String, String>,
    /// Names and values that tools keep on the object; not for selection.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_default")]
    pub annotations: BTreeMap<String, String>,
    /// The objects that this one depends on: when all are gone, it is collected.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub owner_references: Vec<OwnerReference>,
    /// What must happen before the object may go: each entry is removed by who does it.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub finalizers: Vec<String>,
    /// Who set which fields, as server-side apply keeps it; set by the server.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub managed_fields: Vec<ManagedFieldsEntry>,
}

impl ObjectMeta {
    /// Metadata with this name and nothing else.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The owner that controls this object, if one does.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }
}

impl fmt::Debug for ObjectMeta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            generate_name,
            namespace,
            self_link,
            uid,
            resource_version,
            generation,
            creation_timestamp,
            deletion_timestamp,
            deletion_grace_period_seconds,
            labels,
            annotations,
            owner_references,
            finalizers,
            managed_fields,
        } = self;
        let mut meta = f.debug_struct("ObjectMeta");
        let mut field = |name, is_empty: bool, value: &dyn fmt::Debug| {
            if !is_empty {
                meta.field(name, value);
            }
        };
        field("name", false, name);
        field("generate_name", generate_name.is_empty(), generate_name);
        field("namespace", namespace.is_empty(), namespace);
        field("self_link", self_link.is_empty(), self_link);
        field("uid", uid.is_empty(), uid);
        field("resource_version", resource_version.is_empty(), resource_version);
        field("generation", *generation == 0, generation);
        field("creation_timestamp", creation_timestamp.is_none(), creation_timestamp);
        field("deletion_timestamp", deletion_timestamp.is_none(), deletion_timestamp);
        let grace = deletion_grace_period_seconds;
        field("deletion_grace_period_seconds", grace.is_none(), grace);
        field("labels", labels.is_empty(), labels);
        field("annotations", annotations.is_empty(), &Annotations(annotations));
        field("owner_references", owner_references.is_empty(), owner_references);
        field("finalizers", finalizers.is_empty(), finalizers);
        field("managed_fields", managed_fields.is_empty(), managed_fields);
        meta.finish()
    }
}

/// Annotations, without the object that `kubectl apply` keeps in one.
struct Annotations<'a>(&'a BTreeMap<String, String>);

impl fmt::Debug for Annotations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
        let shown = self.0.iter().map(|(name, value)| match name.as_str() {
            LAST_APPLIED => (name, "(not shown)"),
            _ => (name, value.as_str()),
        });
        f.debug_map().entries(shown).finish()
    }
}

impl Metadata for ObjectMeta {
    fn name(&self) -> &str {
        &self.name
    }
    fn namespace(&self) -> &str {
        &self.namespace
    }
    fn generate_name(&self) -> &str {
        &self.generate_name
    }
    fn uid(&self) -> &str {
        &self.uid
    }
    fn resource_version(&self) -> &str {
        &self.resource_version
    }
    fn generation(&self) -> i64 {
        self.generation
    }
    fn labels(&self) -> Option<&BTreeMap<String, String>> {
        Some(&self.labels)
    }
    fn annotations(&self) -> Option<&BTreeMap<String, String>> {
        Some(&self.annotations)
    }
    fn finalizers(&self) -> &[String] {
        &self.finalizers
    }
    fn is_being_deleted(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

/// An object that another one depends on, in the same namespace or cluster-scoped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// The owner's group and version.
    pub api_version: String,
    /// The owner's kind.
    pub kind: String,
    /// The owner's name.
    pub name: String,
    /// The owner's identity.
    pub uid: String,
    /// Whether this owner is the one that manages the object; at most one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controller: Option<bool>,
    /// Whether the owner's foreground deletion waits for this object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_owner_deletion: Option<bool>,
}

/// One manager's part in an object's fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ManagedFieldsEntry {
    /// The name of the manager.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub manager: String,
    /// `Apply` or `Update`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub operation: String,
    /// The version in which the manager wrote.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// When the entry last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// The form of `fields_v1`; `FieldsV1` is the only one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fields_type: String,
    /// The set of fields, kept as the JSON text that the server sent.
    #[serde(rename = "fieldsV1", skip_serializing_if = "Option::is_none")]
    pub fields_v1: Option<RawJson>,
    /// The subresource through which the manager wrote.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subresource: String,
}

/// Go reads `null` as the empty value; some servers and many files send it.
pub(crate) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_the_server_sends_is_lost() {
        let text = r#"{"name":"a","generateName":"a-","namespace":"n","selfLink":"/x","uid":"u","resourceVersion":"7","generation":2,"creationTimestamp":"2026-01-02T03:04:05Z","deletionTimestamp":"2026-01-02T03:04:06Z","deletionGracePeriodSeconds":30,"labels":{"l":"1"},"annotations":{"a":"2"},"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"q","controller":true,"blockOwnerDeletion":false}],"finalizers":["f"],"managedFields":[{"manager":"m","operation":"Apply","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:b":{}}},"subresource":"status"}]}"#;
        let metadata: ObjectMeta = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&metadata).unwrap(), text);
        assert_eq!(metadata.controller().unwrap().name, "p");
    }

    #[test]
    fn null_reads_as_empty() {
        let metadata: ObjectMeta = serde_json::from_str(
            r#"{"name":null,"labels":null,"creationTimestamp":null,"ownerReferences":null,"generation":null}"#,
        )
        .unwrap();
        assert_eq!(metadata, ObjectMeta::default());
        assert_eq!(serde_json::to_string(&metadata).unwrap(), "{}");
    }
}
