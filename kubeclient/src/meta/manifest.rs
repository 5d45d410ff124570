//! [`Manifest`]: an object as it stands in a file, with `apiVersion` and `kind`.

use serde::de::{Deserialize, DeserializeSeed, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::resource::Resource;
use super::typed::{Expected, ObjectSeed};
use super::typed_write::Typed;

/// An object together with the `apiVersion` and `kind` of its type, for files, YAML and printing.
///
/// `Manifest(&object)` writes them before the object's own fields; `Manifest<T>` reads them, wherever
/// they stand, and refuses an object of another kind or of none. [`Api`](crate::api::Api) does both by
/// itself.
///
/// ```
/// use kubeclient::{Manifest, ObjectMeta, Resource};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Resource, Serialize, Deserialize)]
/// #[resource(group = "stable.example.com", version = "v1")]
/// struct CronTab {
///     metadata: ObjectMeta,
/// }
///
/// let tab = CronTab { metadata: ObjectMeta::named("a") };
/// let text = serde_json::to_string(&Manifest(&tab))?;
/// assert_eq!(
///     text,
///     r#"{"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"a"}}"#,
/// );
/// let Manifest(tab) = serde_json::from_str::<Manifest<CronTab>>(&text)?;
/// assert_eq!(tab.metadata.name, "a");
/// assert!(serde_json::from_str::<Manifest<CronTab>>(r#"{"metadata":{"name":"a"}}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manifest<T>(pub T);

impl<T: Resource + Serialize> Serialize for Manifest<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Typed { api_version: T::API_VERSION, kind: T::KIND, object: self.0 }.serialize(serializer)
    }
}

impl<'de, T: Resource + Deserialize<'de>> Deserialize<'de> for Manifest<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = Expected { api_version: T::API_VERSION, kind: T::KIND, required: true };
        ObjectSeed::new(expected).deserialize(deserializer).map(Manifest)
    }
}
