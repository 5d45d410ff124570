//! The traits that tie a Rust type to a kind of the Kubernetes API.
//!
//! `#[derive(Resource)]` writes all of them; they stand here so that a type can also be tied by hand.

use std::collections::BTreeMap;

use super::api_resource::ApiResource;
use super::map::Map;
use super::message::{Described, Descriptor, LAST_APPLIED, Message};
use super::type_meta::TypeMeta;

/// Read access to an object's `metadata`, whatever struct holds it.
///
/// [`ObjectMeta`](super::object_meta::ObjectMeta) implements it in full. A struct with fewer fields
/// does too: what it lacks reads as absent (an empty string, `None`, an empty slice).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the metadata of a Kubernetes object",
    label = "not a metadata type",
    note = "use `kubeclient::ObjectMeta`, or implement `kubeclient::Metadata` for `{Self}`"
)]
pub trait Metadata {
    /// The name, unique among the objects of one kind in one namespace; empty when absent.
    fn name(&self) -> &str;

    /// The namespace; empty for a cluster-scoped object.
    fn namespace(&self) -> &str {
        ""
    }

    /// The prefix from which the server makes a name when `name` is empty.
    fn generate_name(&self) -> &str {
        ""
    }

    /// The identity of this object, never used again after a delete; empty before creation.
    fn uid(&self) -> &str {
        ""
    }

    /// The opaque version of the stored object; empty before creation.
    ///
    /// A watch goes on from it after a lost connection, and a replace is checked by it: a metadata type
    /// must hold it.
    fn resource_version(&self) -> &str;

    /// The number of the desired state, raised by the server with each change of it; 0 when absent.
    fn generation(&self) -> i64 {
        0
    }

    /// The labels, where the type holds them.
    fn labels(&self) -> Option<Pairs<'_>> {
        None
    }

    /// The annotations, where the type holds them.
    fn annotations(&self) -> Option<Pairs<'_>> {
        None
    }

    /// The owners, where the type holds them.
    fn owner_references(&self) -> Option<Vec<Owner<'_>>> {
        None
    }

    /// The finalizers, where the type holds them.
    fn finalizers(&self) -> &[String] {
        &[]
    }

    /// Whether deletion was asked for and waits for finalizers or a grace period.
    fn is_being_deleted(&self) -> bool {
        false
    }
}

/// Names and values, such as labels, whatever map holds them.
///
/// `Debug` leaves out the object that `kubectl apply` keeps in an annotation: it may be a Secret.
#[derive(Clone, Copy)]
pub struct Pairs<'a>(Held<'a>);

#[derive(Clone, Copy)]
enum Held<'a> {
    Map(&'a Map<String, String>),
    Tree(&'a BTreeMap<String, String>),
}

impl<'a> Pairs<'a> {
    /// The value of a name.
    pub fn get(self, name: &str) -> Option<&'a str> {
        match self.0 {
            Held::Map(map) => map.get(name),
            Held::Tree(tree) => tree.get(name),
        }
        .map(String::as_str)
    }

    /// The pairs, in the order of their names.
    pub fn iter(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let (map, tree) = match self.0 {
            Held::Map(map) => (Some(map), None),
            Held::Tree(tree) => (None, Some(tree)),
        };
        let pairs = map.into_iter().flatten().chain(tree.into_iter().flatten());
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl std::fmt::Debug for Pairs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.iter().map(|(name, value)| match name {
            LAST_APPLIED => (name, "(not shown)"),
            _ => (name, value),
        });
        f.debug_map().entries(shown).finish()
    }
}

impl<'a> From<&'a Map<String, String>> for Pairs<'a> {
    fn from(map: &'a Map<String, String>) -> Self {
        Self(Held::Map(map))
    }
}

impl<'a> From<&'a BTreeMap<String, String>> for Pairs<'a> {
    fn from(tree: &'a BTreeMap<String, String>) -> Self {
        Self(Held::Tree(tree))
    }
}

/// An owner of an object, whatever struct holds the reference to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The owner's group and version.
    pub api_version: &'a str,
    /// The owner's kind.
    pub kind: &'a str,
    /// The owner's name.
    pub name: &'a str,
    /// The owner's identity.
    pub uid: &'a str,
    /// Whether it is the owner that manages the object.
    pub is_controller: bool,
}

/// A Kubernetes object: something with metadata that an [`Api`](crate::api::Api) can carry.
///
/// Types whose kind is known at compile time are also a [`Resource`];
/// [`DynamicObject`](super::dynamic::DynamicObject) is not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a Kubernetes object",
    label = "not an object",
    note = "add `#[derive(kubeclient::Resource)]` and `#[resource(group = \"..\", version = \"..\")]` to it"
)]
pub trait Object: Sized {
    /// The type of the `metadata` field.
    type Metadata: Metadata;

    /// The object's metadata.
    fn metadata(&self) -> &Self::Metadata;

    /// The object's metadata, to change it.
    fn metadata_mut(&mut self) -> &mut Self::Metadata;

    /// The `apiVersion` and `kind` that the object carries itself; `None` when its type says them.
    fn type_meta(&self) -> Option<&TypeMeta> {
        None
    }

    /// Takes the `apiVersion` and `kind` found on the wire; types that know them ignore it.
    fn set_type_meta(&mut self, types: TypeMeta) {
        let _ = types;
    }

    /// How an answer in this type is asked for and what it is called on the wire.
    fn representation() -> Representation {
        Representation::Whole
    }

    /// How the type is read and written in protobuf; `None` where it is not. The derive's
    /// `protobuf` writes it.
    fn protobuf() -> Option<Protobuf<Self>> {
        None
    }
}

/// How a type is read and written in protobuf: as the [`Message`] that it is.
#[cfg_attr(not(feature = "protobuf"), allow(dead_code))]
pub struct Protobuf<T> {
    /// What the message is: only this kind is read and written by it, whatever an Api is told of its kind.
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) blank: fn() -> T,
    pub(crate) read: fn(&T) -> &dyn Message,
    pub(crate) fill: fn(&mut T) -> &mut dyn Message,
}

impl<T: Described> Protobuf<T> {
    /// The type's own way.
    pub const fn of() -> Self {
        Self {
            descriptor: T::DESCRIPTOR,
            blank: T::default,
            read: |message| message,
            fill: |message| message,
        }
    }
}

impl<T> std::fmt::Debug for Protobuf<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Protobuf")
    }
}

/// The form in which the server is asked to present objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Representation {
    /// The object itself.
    Whole,
    /// `PartialObjectMetadata` of `meta.k8s.io/v1`: type and metadata only.
    MetadataOnly,
}

/// An object whose group, version, kind and plural are known at compile time.
///
/// Derive it:
///
/// ```
/// use kubeclient::{ObjectMeta, Resource};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Resource, Serialize, Deserialize, Clone, Debug)]
/// #[resource(group = "stable.example.com", version = "v1")]
/// struct CronTab {
///     metadata: ObjectMeta,
/// }
///
/// assert_eq!(CronTab::API_VERSION, "stable.example.com/v1");
/// assert_eq!(CronTab::KIND, "CronTab");
/// assert_eq!(CronTab::PLURAL, "crontabs");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say its group, version and kind",
    label = "not a `Resource`",
    note = "add `#[derive(kubeclient::Resource)]` and `#[resource(group = \"..\", version = \"..\")]` to it",
    note = "a kind known only at run time goes through `Api::dynamic` with a `DynamicObject`"
)]
pub trait Resource: Object {
    /// The API group; empty for the core group.
    const GROUP: &'static str;
    /// The version within the group, such as `v1` or `v1beta2`.
    const VERSION: &'static str;
    /// What stands in `apiVersion`: `group/version`, or the version alone in the core group.
    const API_VERSION: &'static str;
    /// The kind, in upper camel case.
    const KIND: &'static str;
    /// The name in URL paths: lower case and plural.
    const PLURAL: &'static str;
    /// The lower-case singular that command lines accept.
    const SINGULAR: &'static str;
    /// The short names that command lines accept.
    const SHORT_NAMES: &'static [&'static str] = &[];
    /// The names of the groups of kinds that this kind is part of, such as `all`.
    const CATEGORIES: &'static [&'static str] = &[];
    /// Whether objects of this kind live in a namespace.
    const NAMESPACED: bool;

    /// The same facts as a value.
    fn api_resource() -> ApiResource {
        ApiResource {
            group: Self::GROUP.into(),
            version: Self::VERSION.into(),
            kind: Self::KIND.into(),
            plural: Self::PLURAL.into(),
            namespaced: Self::NAMESPACED,
        }
    }
}

/// A kind whose objects live in namespaces.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a namespaced kind",
    label = "not a namespaced kind",
    note = "objects of a cluster-scoped kind have no namespace: write `Api::all(&client)`",
    note = "a kind known at run time: `Api::dynamic_namespaced(&client, &resource, \"..\")`",
    note = "a struct of your own: add `#[derive(kubeclient::Resource)]`"
)]
pub trait Namespaced: Resource {}

/// A kind whose objects stand beside the namespaces, not in one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a cluster-scoped kind",
    label = "not a cluster-scoped kind",
    note = "objects of a namespaced kind need a namespace: write `Api::namespaced(&client, \"..\")`"
)]
pub trait ClusterScoped: Resource {}

/// A type that holds every field it was read with, so that writing it back loses nothing.
///
/// The derive takes your word for it: without `projection` you promise that every field is there, and what
/// the struct lacks, a replace removes. A field `#[serde(flatten)] rest: serde_json::Map<String, Value>`
/// keeps what the struct does not name.
///
/// A projection (`#[resource(projection)]`) does not: it holds only the fields that a program reads,
/// and a create or replace with it would drop the others.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds only part of its object, so it can't be created or replaced",
    label = "a projection",
    note = "change the fields that you mean with `Api::patch`, or use a type that is not a projection"
)]
pub trait Complete: Object {}

/// A kind that serves the subresource `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not declare the subresource `{S}`",
    label = "no such subresource",
    note = "if the kind serves it, say so: `#[resource(subresources(..))]`, or `#[resource(status)]`"
)]
pub trait HasSubresource<S: Subresource>: Object {}

/// A subresource: the last segment of a path such as `/api/v1/namespaces/a/pods/p/status`.
pub trait Subresource {
    /// The path segment.
    const NAME: &'static str;
}

/// The subresources that the Kubernetes API knows, as types for [`HasSubresource`].
pub mod subresource {
    use super::Subresource;

    macro_rules! subresources {
        ($($(#[$doc:meta])* $type:ident = $name:literal;)*) => {$(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $type {}

            impl Subresource for $type {
                const NAME: &'static str = $name;
            }
        )*};
    }

    subresources! {
        /// The observed state, written apart from the desired one.
        Status = "status";
        /// The number of replicas, as `autoscaling/v1` `Scale`.
        Scale = "scale";
        /// Deletion that obeys disruption budgets, as `policy/v1` `Eviction`.
        Eviction = "eviction";
        /// The placement of a pod on a node.
        Binding = "binding";
        /// A token for a service account.
        Token = "token";
        /// The decision on a certificate signing request.
        Approval = "approval";
        /// The end of a namespace's finalization.
        Finalize = "finalize";
        /// Containers added to a running pod.
        EphemeralContainers = "ephemeralcontainers";
        /// The resources of a running pod.
        Resize = "resize";
        /// A container's log.
        Log = "log";
        /// A command run in a container.
        Exec = "exec";
        /// The streams of a container's main process.
        Attach = "attach";
        /// Connections to a pod's ports.
        PortForward = "portforward";
        /// HTTP passed on to the object's own server.
        Proxy = "proxy";
    }
}
