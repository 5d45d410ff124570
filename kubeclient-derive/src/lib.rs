//! `#[derive(Resource)]` and `#[derive(Message)]` for `kubeclient`, which re-exports them: depend on that
//! crate, not on this one.
//!
//! Here is only what happens while a program compiles; the traits themselves are `kubeclient`'s. A
//! derive goes from the tokens (`item`, `value`) to what the attributes say (`attr`, `mark`, `json`),
//! through the rules (`names`, `facts`, `fields`, `json_rules`) to a checked `model`, and is written
//! out by `expand`; where there were mistakes, `fallback` stands in. `message` is the other derive, in the
//! same stages.

use proc_macro::TokenStream;
use syn::DeriveInput;

mod derive;
mod message;
// From the tokens to the impls.
mod item;
mod value;
mod attr;
mod mark;
mod json;
mod json_rules;
mod fields;
mod facts;
mod model;
mod expand;
mod fallback;
// What the stages share.
mod errors;
mod names;
mod suggest;
#[cfg(test)]
mod testing;

/// Ties a struct to a kind of the Kubernetes API.
///
/// The struct stays as it was written; what is added are impls of `Object`, `Resource`, `Namespaced`
/// or `ClusterScoped`, `Complete`, and `HasSubresource` for each subresource.
///
/// # Example
///
/// ```
/// use kubeclient::{ObjectMeta, Resource};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Resource, Serialize, Deserialize, Clone, Debug)]
/// #[resource(group = "samplecontroller.k8s.io", version = "v1alpha1", short_names("fo"), status)]
/// struct Foo {
///     metadata: ObjectMeta,
///     spec: FooSpec,
///     #[serde(default)]
///     status: Option<FooStatus>,
/// }
///
/// #[derive(Serialize, Deserialize, Clone, Debug)]
/// #[serde(rename_all = "camelCase")]
/// struct FooSpec {
///     deployment_name: String,
///     replicas: i32,
/// }
///
/// #[derive(Serialize, Deserialize, Clone, Debug)]
/// #[serde(rename_all = "camelCase")]
/// struct FooStatus {
///     available_replicas: i32,
/// }
///
/// assert_eq!(Foo::API_VERSION, "samplecontroller.k8s.io/v1alpha1");
/// assert_eq!((Foo::KIND, Foo::PLURAL), ("Foo", "foos"));
/// assert_eq!(Foo::SHORT_NAMES, ["fo"]);
/// assert!(Foo::NAMESPACED);
/// ```
///
/// # On the struct: `#[resource(..)]`
///
/// | Entry | Meaning | When absent |
/// |---|---|---|
/// | `group = ".."` | the API group, a DNS name; `""` for the core group | required |
/// | `version = ".."` | the version in the group: `v1`, `v1alpha1`, `v2beta3` | required |
/// | `kind = ".."` | the kind, in upper camel case | the struct's name |
/// | `plural = ".."` | the name in URL paths | made from the kind |
/// | `singular = ".."` | the singular that command lines accept | the kind in lower case |
/// | `short_names("..", ..)` | the short names that command lines accept | none |
/// | `categories("..", ..)` | the groups of kinds that this one is part of | none |
/// | `scope = ".."` | `"Namespaced"` or `"Cluster"` | `"Namespaced"` |
/// | `status` | the kind serves the subresource `status` | it does not |
/// | `subresources(..)` | further subresources that the kind serves | none |
/// | `projection` | the struct holds only part of its object | it holds all of it |
/// | `protobuf` | the struct travels as protobuf: it is a [`Message`](macro@Message) of this kind | it travels as JSON |
/// | `crate = ".."` | where `kubeclient` is | `"::kubeclient"` |
///
/// The entries may stand in several `#[resource(..)]`. Values are checked while compiling as Kubernetes
/// checks them, every mistake is reported at once, and each on the token that is wrong.
///
/// ## Plurals
///
/// A plural is the kind in lower case with `s`; with `es` after `s`, `x`, `z`, `ch` and `sh`; and with
/// `ies` for a `y` after a consonant. `Endpoints` stays as it is. Where a kind's author chose another,
/// say so:
///
/// ```
/// # use kubeclient::{ObjectMeta, Resource};
/// #[derive(Resource)]
/// #[resource(group = "networking.example.com", version = "v1")]
/// struct RoutePolicy {
///     metadata: ObjectMeta,
/// }
///
/// #[derive(Resource)]
/// #[resource(group = "example.com", version = "v1", plural = "sheep")]
/// struct Sheep {
///     metadata: ObjectMeta,
/// }
///
/// assert_eq!(RoutePolicy::PLURAL, "routepolicies");
/// assert_eq!((Sheep::PLURAL, Sheep::SINGULAR), ("sheep", "sheep"));
/// ```
///
/// ## Scope
///
/// Objects of a kind with `scope = "Cluster"` have no namespace, and code that gives them one does not
/// compile:
///
/// ```
/// # use kubeclient::ObjectMeta;
/// use kubeclient::{ClusterScoped, Namespaced, Resource};
///
/// #[derive(Resource)]
/// #[resource(group = "example.com", version = "v1", scope = "Cluster", categories("all", "storage"))]
/// struct Volume {
///     metadata: ObjectMeta,
/// }
///
/// fn in_no_namespace<K: ClusterScoped>() {}
/// in_no_namespace::<Volume>();
/// assert_eq!(Volume::CATEGORIES, ["all", "storage"]);
/// ```
///
/// ```compile_fail,E0277
/// # use kubeclient::ObjectMeta;
/// # use kubeclient::{ClusterScoped, Namespaced, Resource};
/// #
/// # #[derive(Resource)]
/// # #[resource(group = "example.com", version = "v1", scope = "Cluster")]
/// # struct Volume {
/// #     metadata: ObjectMeta,
/// # }
/// fn in_a_namespace<K: Namespaced>() {}
/// in_a_namespace::<Volume>();
/// ```
///
/// ## Subresources
///
/// `status` and `subresources(..)` say what the server offers for the kind; what needs a subresource
/// does not compile for a kind without it. The names are `status`, `scale`, `eviction`, `binding`,
/// `token`, `approval`, `finalize`, `ephemeralcontainers`, `resize`, `log`, `exec`, `attach`,
/// `portforward` and `proxy`; for the last four, `Api` has no methods yet.
///
/// ```
/// use kubeclient::meta::resource::subresource;
/// use kubeclient::{HasSubresource, ObjectMeta, Resource};
///
/// #[derive(Resource)]
/// #[resource(group = "apps", version = "v1", status, subresources(scale))]
/// struct ReplicaSet {
///     metadata: ObjectMeta,
/// }
///
/// fn scalable<K: HasSubresource<subresource::Scale>>() {}
/// scalable::<ReplicaSet>();
/// ```
///
/// ## Projections
///
/// A struct that names only the fields which a program reads is a projection. It can be read, watched,
/// patched and deleted; `create` and `replace` with it do not compile, since they would drop the rest.
///
/// ```
/// # use kubeclient::{ObjectMeta, Resource};
/// # use serde::Deserialize;
/// #[derive(Resource, Deserialize)]
/// #[resource(group = "", version = "v1", projection)]
/// struct Pod {
///     metadata: ObjectMeta,
///     spec: Placement,
/// }
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Placement {
///     node_name: Option<String>,
/// }
///
/// assert_eq!(Pod::API_VERSION, "v1");
/// ```
///
/// Without `projection` you promise that every field is there: what the struct lacks, a `replace` removes.
/// A field that takes the rest keeps it (`apiVersion` and `kind` don't reach it):
///
/// ```
/// # use kubeclient::{ObjectMeta, Resource};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Resource, Serialize, Deserialize)]
/// #[resource(group = "", version = "v1")]
/// struct Secret {
///     metadata: ObjectMeta,
///     #[serde(flatten)]
///     rest: serde_json::Map<String, serde_json::Value>,
/// }
///
/// let text = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"type":"Opaque"}"#;
/// let kubeclient::Manifest(secret) = serde_json::from_str::<kubeclient::Manifest<Secret>>(text)?;
/// assert_eq!(secret.rest.len(), 1);
/// assert_eq!(serde_json::to_string(&kubeclient::Manifest(&secret))?, text);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// ## Protobuf
///
/// A built-in kind can travel as protobuf, which is smaller and faster to read than JSON. The struct
/// derives [`Message`](macro@Message), which takes the field numbers from the built-in type, and
/// `protobuf` says that they are to be used:
///
/// ```
/// use kubeclient::{Message, Object, ObjectMeta, Resource};
/// use serde::Deserialize;
///
/// #[derive(Resource, Message, Deserialize, Default)]
/// #[resource(group = "autoscaling", version = "v1", projection, protobuf)]
/// #[message(of = "kubeclient::Scale")]
/// struct Scale {
///     metadata: ObjectMeta,
/// }
///
/// assert!(Scale::protobuf().is_some());
/// ```
///
/// The API server takes custom resources as JSON only, and drops the connection over any other. So
/// `protobuf` does not compile unless the message is that of the kind itself:
///
/// ```compile_fail
/// # use kubeclient::{Message, ObjectMeta, Resource};
/// # use serde::Deserialize;
/// #[derive(Resource, Message, Deserialize, Default)]
/// #[resource(group = "example.com", version = "v1", protobuf)] // is example.com/v1 Foo, but ..
/// #[message(of = "kubeclient::Scale")]
/// struct Foo {
///     metadata: ObjectMeta,
/// }
/// ```
///
/// ## Another path to `kubeclient`
///
/// ```
/// extern crate kubeclient as k8s;
///
/// #[derive(k8s::Resource)]
/// #[resource(group = "example.com", version = "v1", crate = "::k8s")]
/// struct Foo {
///     metadata: k8s::ObjectMeta,
/// }
/// # fn main() {}
/// ```
///
/// # On a field: `#[resource(metadata)]`
///
/// The metadata is the field named `metadata`, or the one that is marked. It is `metadata` in JSON
/// either way. Its type is `kubeclient::ObjectMeta`, or any other that implements `kubeclient::Metadata`.
///
/// ```
/// # use kubeclient::{ObjectMeta, Resource};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Resource, Serialize, Deserialize)]
/// #[resource(group = "example.com", version = "v1")]
/// struct Foo {
///     #[resource(metadata)]
///     #[serde(rename = "metadata")]
///     about: ObjectMeta,
/// }
/// ```
///
/// # The other fields
///
/// serde alone decides how the fields are written and read. `apiVersion` and `kind` are not fields:
/// they are written from what the attribute says and checked on reading, so a field (or an alias) of
/// either name is refused, and so are two fields with one JSON name.
///
/// ```compile_fail
/// # use kubeclient::{ObjectMeta, Resource};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Resource, Serialize, Deserialize)]
/// #[resource(group = "example.com", version = "v1")]
/// struct Foo {
///     kind: String, // `kind` is written for you, from what `#[resource(..)]` says: remove this field
///     metadata: ObjectMeta,
/// }
/// ```
///
/// Lifetimes, type and const parameters and where clauses are kept on every impl. Enums, unions, tuple
/// structs and structs without fields are refused.
#[proc_macro_derive(Resource, attributes(resource))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    derive::derive(&input).into()
}

/// Makes a struct a message of protobuf, with the field numbers of a built-in type.
///
/// The struct holds the fields of that type that a program reads; the others are passed over, unread. What
/// is added are impls of `Message`, `Described`, `Field` and `Shaped`, of the module
/// `kubeclient::meta::message`; JSON stays serde's. The struct needs `Default`, for what the wire leaves out.
///
/// # Example
///
/// ```
/// use kubeclient::meta::message::Described;
/// use kubeclient::{Message, ObjectMeta, Resource};
/// use serde::Deserialize;
///
/// #[derive(Resource, Message, Deserialize, Default)]
/// #[resource(group = "autoscaling", version = "v1", projection, protobuf)]
/// #[message(of = "kubeclient::Scale")]
/// struct Scale {
///     metadata: ObjectMeta,
///     status: Option<Observed>,
/// }
///
/// #[derive(Message, Deserialize, Default)]
/// #[message(of = "kubeclient::meta::scale::ScaleStatus")]
/// #[serde(rename_all = "camelCase", default)]
/// struct Observed {
///     replicas: i32,
/// }
///
/// let fields: Vec<_> = Scale::DESCRIPTOR.fields.iter().map(|f| (f.number, f.json)).collect();
/// assert_eq!(fields, [(1, "metadata"), (3, "status")]);
/// ```
///
/// # On the struct: `#[message(..)]`
///
/// | Entry | Meaning | When absent |
/// |---|---|---|
/// | `of = ".."` | the path of the built-in type, or of another message | required |
/// | `crate = ".."` | where `kubeclient` is | `"::kubeclient"` |
///
/// # The fields
///
/// A field is found in the built-in type by its name in JSON, as serde reads it: `#[serde(rename_all)]` and
/// `#[serde(rename)]` count, and what `skip` or `skip_deserializing` leaves out is no field of the message.
/// `flatten` is refused, since protobuf has no keys. A name that the built-in type does not have is a mistake,
/// on the field:
///
/// ```compile_fail,E0080
/// # use kubeclient::Message;
/// #[derive(Message, Default)]
/// #[message(of = "kubeclient::meta::scale::ScaleStatus")]
/// struct Observed {
///     replcias: i32, // `kubeclient::meta::scale::ScaleStatus` has no field `replcias`
/// }
/// ```
///
/// Its type is the one of the built-in type's field, but for this:
///
/// - `Option` or not is as you choose; what the server leaves out of JSON since it is empty is absent from
///   protobuf, too;
/// - a struct is that of the built-in type, or one of yours that is a message of it, in a `Box` or not;
/// - a map is a `Map`, a `BTreeMap` or a `HashMap`.
///
/// ```compile_fail,E0080
/// # use kubeclient::Message;
/// #[derive(Message, Default)]
/// #[message(of = "kubeclient::meta::scale::ScaleStatus")]
/// struct Observed {
///     replicas: i64, // `replicas` of `kubeclient::meta::scale::ScaleStatus` is `i32`, not `i64`
/// }
/// ```
///
/// Enums, unions, tuple structs, and structs with parameters are refused.
///
/// Of serde's attributes, protobuf knows the names alone: what `default = ".."`, `with`, `deserialize_with`,
/// `skip_serializing` or a container's `from` do is done to JSON. What protobuf leaves out is the type's
/// `Default`, so give the struct serde's `default`, too, or the two wires differ there.
#[proc_macro_derive(Message, attributes(message))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    message::derive(&input).into()
}
