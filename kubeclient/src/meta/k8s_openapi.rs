#![doc = include_str!("k8s_openapi.md")]

use std::marker::PhantomData;
use std::str;

use ::k8s_openapi as theirs;
use theirs::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use theirs::{ClusterResourceScope, NamespaceResourceScope, ResourceScope};

use super::resource::{
    ClusterScoped, Complete, HasSubresource, Metadata, Namespaced, Object, Owner, Pairs, Resource,
    Subresource,
};

impl Metadata for ObjectMeta {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
    fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
    fn generate_name(&self) -> &str {
        self.generate_name.as_deref().unwrap_or_default()
    }
    fn uid(&self) -> &str {
        self.uid.as_deref().unwrap_or_default()
    }
    fn resource_version(&self) -> &str {
        self.resource_version.as_deref().unwrap_or_default()
    }
    fn generation(&self) -> i64 {
        self.generation.unwrap_or_default()
    }
    fn labels(&self) -> Option<Pairs<'_>> {
        self.labels.as_ref().map(Pairs::from)
    }
    fn annotations(&self) -> Option<Pairs<'_>> {
        self.annotations.as_ref().map(Pairs::from)
    }
    fn owner_references(&self) -> Option<Vec<Owner<'_>>> {
        let owners = self.owner_references.as_deref().unwrap_or_default();
        Some(owners.iter().map(owner).collect())
    }
    fn finalizers(&self) -> &[String] {
        self.finalizers.as_deref().unwrap_or_default()
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

impl<K: theirs::Metadata<Ty = ObjectMeta>> Object for K {
    type Metadata = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        theirs::Metadata::metadata(self)
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        theirs::Metadata::metadata_mut(self)
    }
}

impl<K> Resource for K
where
    K: theirs::Metadata<Ty = ObjectMeta>,
    K::Scope: Scope,
{
    const GROUP: &'static str = <K as theirs::Resource>::GROUP;
    const VERSION: &'static str = <K as theirs::Resource>::VERSION;
    const API_VERSION: &'static str = <K as theirs::Resource>::API_VERSION;
    const KIND: &'static str = <K as theirs::Resource>::KIND;
    const PLURAL: &'static str = K::URL_PATH_SEGMENT;
    const SINGULAR: &'static str = LowerKind::<K>::TEXT;
    const NAMESPACED: bool = K::Scope::NAMESPACED;
}

// By traits of ours, not `Scope = ..`, so that a wrong scope is told with what to write instead.
impl<K> Namespaced for K
where
    K: theirs::Metadata<Ty = ObjectMeta>,
    K::Scope: InNamespaces,
{
}

impl<K> ClusterScoped for K
where
    K: theirs::Metadata<Ty = ObjectMeta>,
    K::Scope: BesideNamespaces,
{
}

/// They have every field of their version of Kubernetes.
impl<K: theirs::Metadata<Ty = ObjectMeta>> Complete for K {}

/// Whether the kind serves it shows only when it is asked for.
impl<S: Subresource, K: theirs::Metadata<Ty = ObjectMeta>> HasSubresource<S> for K {}

/// The scopes of what has a path of its own; a subresource has none.
#[diagnostic::on_unimplemented(
    message = "a subresource is not a `Resource`",
    label = "not a `Resource`",
    note = "it has no path of its own, but one below an object's"
)]
pub trait Scope: ResourceScope {
    /// Whether the objects live in a namespace.
    const NAMESPACED: bool;
}

/// The scope of the kinds whose objects live in namespaces.
#[diagnostic::on_unimplemented(
    message = "the scope is `{Self}`, expected that of a namespaced kind",
    label = "not a namespaced kind",
    note = "objects of a cluster-scoped kind have no namespace: write `Api::all(&client)`"
)]
pub trait InNamespaces: Scope {}

/// The scope of the kinds whose objects stand beside the namespaces.
#[diagnostic::on_unimplemented(
    message = "the scope is `{Self}`, expected that of a cluster-scoped kind",
    label = "not a cluster-scoped kind",
    note = "objects of a namespaced kind need a namespace: write `Api::namespaced(&client, \"..\")`"
)]
pub trait BesideNamespaces: Scope {}

impl Scope for NamespaceResourceScope {
    const NAMESPACED: bool = true;
}
impl InNamespaces for NamespaceResourceScope {}

impl Scope for ClusterResourceScope {
    const NAMESPACED: bool = false;
}
impl BesideNamespaces for ClusterResourceScope {}

/// The kind in lower case, made at compile time.
struct LowerKind<K>(PhantomData<K>);

impl<K: theirs::Resource> LowerKind<K> {
    /// The API allows 63 bytes; what is longer is cut.
    const LEN: usize = if K::KIND.len() < 63 { K::KIND.len() } else { 63 };

    const BYTES: [u8; 63] = {
        let mut bytes = [0; 63];
        let kind = K::KIND.as_bytes().split_at(Self::LEN).0;
        bytes.split_at_mut(Self::LEN).0.copy_from_slice(kind);
        bytes.make_ascii_lowercase();
        bytes
    };

    const TEXT: &'static str = match str::from_utf8(Self::BYTES.split_at(Self::LEN).0) {
        Ok(text) => text,
        Err(_) => K::URL_PATH_SEGMENT,
    };
}
