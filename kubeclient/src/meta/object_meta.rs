//! [`ObjectMeta`]: the metadata that every object has.

use serde::Deserialize;

use super::map::Map;
use super::message::message;
use super::raw::RawJson;
use super::resource::{Metadata, Owner, Pairs};
use super::time::Time;

message! {
    /// The metadata of an object, with every field of the API's `ObjectMeta`.
    ///
    /// As in Go, absence is the empty value where nothing else could be meant, and `Option` where it
    /// could. Empty fields are not written. No field is missing, so that a replace never drops an owner
    /// reference or a finalizer that the program did not think of.
    ///
    /// ```
    /// use kubeclient::ObjectMeta;
    ///
    /// let metadata = ObjectMeta {
    ///     generate_name: "job-".into(),
    ///     labels: [("app", "shop")].into(),
    ///     ..ObjectMeta::named("a")
    /// };
    /// assert_eq!(metadata.labels["app"], "shop");
    /// ```
    ///
    /// `Debug` leaves out what is empty, and the object that `kubectl apply` keeps in an annotation: it may
    /// be a Secret.
    pub struct ObjectMeta("meta/v1", "ObjectMeta") {
        /// The name, unique among the objects of one kind in one namespace; never changes.
        pub name: String = 1 "name" omit,
        /// The prefix from which the server makes a name when `name` is empty.
        pub generate_name: String = 2 "generateName" omit,
        /// The namespace; empty for a cluster-scoped object.
        pub namespace: String = 3 "namespace" omit,
        /// A path that old servers filled; read-only.
        pub self_link: String = 4 "selfLink" omit,
        /// The identity of this object, never used again after a delete; set by the server.
        pub uid: String = 5 "uid" omit,
        /// The opaque version of the stored object; set by the server, sent back to detect conflicts.
        pub resource_version: String = 6 "resourceVersion" omit,
        /// The number of the desired state; set by the server. 0 when absent.
        pub generation: i64 = 7 "generation" omit,
        /// When the object was created; set by the server.
        pub creation_timestamp: Option<Time> = 8 "creationTimestamp" omit,
        /// When the object will be gone, once its deletion was asked for; set by the server.
        pub deletion_timestamp: Option<Time> = 9 "deletionTimestamp" omit,
        /// How long, in seconds, a graceful deletion may take; set by the server.
        pub deletion_grace_period_seconds: Option<i64> = 10 "deletionGracePeriodSeconds" omit,
        /// Names and values by which objects are selected.
        pub labels: Map<String, String> = 11 "labels" omit,
        /// Names and values that tools keep on the object; not for selection.
        pub annotations: Map<String, String> = 12 "annotations" omit,
        /// The objects that this one depends on: when all are gone, it is collected.
        pub owner_references: Vec<OwnerReference> = 13 "ownerReferences" omit,
        /// What must happen before the object may go: each entry is removed by who does it.
        pub finalizers: Vec<String> = 14 "finalizers" omit,
        /// Who set which fields, as server-side apply keeps it; set by the server.
        pub managed_fields: Vec<ManagedFieldsEntry> = 17 "managedFields" omit managed,
    }

    /// An object that another one depends on, in the same namespace or cluster-scoped.
    pub struct OwnerReference("meta/v1", "OwnerReference") {
        /// The owner's group and version.
        pub api_version: String = 5 "apiVersion",
        /// The owner's kind.
        pub kind: String = 1 "kind",
        /// The owner's name.
        pub name: String = 3 "name",
        /// The owner's identity.
        pub uid: String = 4 "uid",
        /// Whether this owner is the one that manages the object; at most one is.
        pub controller: Option<bool> = 6 "controller" omit,
        /// Whether the owner's foreground deletion waits for this object.
        pub block_owner_deletion: Option<bool> = 7 "blockOwnerDeletion" omit,
    }

    /// One manager's part in an object's fields.
    pub struct ManagedFieldsEntry("meta/v1", "ManagedFieldsEntry") {
        /// The name of the manager.
        pub manager: String = 1 "manager" omit,
        /// `Apply` or `Update`.
        pub operation: String = 2 "operation" omit,
        /// The version in which the manager wrote.
        pub api_version: String = 3 "apiVersion" omit,
        /// When the entry last changed.
        pub time: Option<Time> = 4 "time" omit,
        /// The form of `fields_v1`; `FieldsV1` is the only one.
        pub fields_type: String = 6 "fieldsType" omit,
        /// The set of fields, kept as the JSON text that the server sent.
        pub fields_v1: Option<RawJson> = 7 "fieldsV1" omit,
        /// The subresource through which the manager wrote.
        pub subresource: String = 8 "subresource" omit,
    }
}

impl Eq for OwnerReference {}

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
    fn labels(&self) -> Option<Pairs<'_>> {
        Some((&self.labels).into())
    }
    fn annotations(&self) -> Option<Pairs<'_>> {
        Some((&self.annotations).into())
    }
    fn owner_references(&self) -> Option<Vec<Owner<'_>>> {
        Some(self.owner_references.iter().map(owner).collect())
    }
    fn finalizers(&self) -> &[String] {
        &self.finalizers
    }
    fn is_being_deleted(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

fn owner(reference: &OwnerReference) -> Owner<'_> {
    Owner {
        api_version: &reference.api_version,
        kind: &reference.kind,
        name: &reference.name,
        uid: &reference.uid,
        is_controller: reference.controller == Some(true),
    }
}

/// Go reads `null` as the empty value; some servers and many files send it.
pub(crate) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
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
