//! From a [`DynamicObject`] to a type, and back.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::meta::dynamic::DynamicObject;
use crate::meta::resource::Resource;
use crate::meta::typed::Expected;
use crate::meta::typed_write::Typed;
use crate::rest::decode;

impl DynamicObject {
    /// The object as a type that declares its kind.
    ///
    /// ```
    /// use kubeclient::{DynamicObject, ObjectMeta, Resource};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Resource, Serialize, Deserialize)]
    /// #[resource(group = "stable.example.com", version = "v1")]
    /// struct CronTab {
    ///     metadata: ObjectMeta,
    ///     spec: Spec,
    /// }
    ///
    /// #[derive(Serialize, Deserialize)]
    /// struct Spec {
    ///     replicas: u64,
    /// }
    ///
    /// let tab = CronTab { metadata: ObjectMeta::named("a"), spec: Spec { replicas: u64::MAX } };
    /// let mut object = DynamicObject::from_typed(&tab)?;
    /// assert_eq!(object.types.kind, "CronTab");
    /// assert_eq!(object.to_typed::<CronTab>()?.spec.replicas, u64::MAX);
    ///
    /// object.set_field("spec.replicas", "many")?;
    /// let error = object.to_typed::<CronTab>().err().unwrap();
    /// assert!(error.to_string().contains("spec.replicas: invalid type: string, expected u64"));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode): the object is of another kind, or a field is not as the type has it.
    pub fn to_typed<T: Resource + DeserializeOwned>(&self) -> Result<T, Error> {
        let text = serde_json::to_vec(self).map_err(|error| unwritten(&error))?;
        let expected = Expected { api_version: T::API_VERSION, kind: T::KIND, required: true };
        decode::object(&text, expected).map_err(|error| error.at(self.metadata.name.as_str()))
    }

    /// The object that a typed one is.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid): the type's own code can't write it as a JSON object.
    pub fn from_typed<T: Resource + Serialize>(object: &T) -> Result<Self, Error> {
        let typed = Typed { api_version: T::API_VERSION, kind: T::KIND, object };
        let value = serde_json::to_value(&typed).map_err(|error| unwritten(&error))?;
        serde_json::from_value(value).map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &serde_json::Error) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("the object can't be written as JSON: {}", decode::reason(error)),
    )
}
