//! From a [`DynamicObject`] to a type of its own.

use serde::de::DeserializeOwned;

use super::patch::to_json;
use crate::error::Error;
use crate::meta::dynamic::DynamicObject;
use crate::meta::resource::Resource;
use crate::meta::typed::Expected;
use crate::rest::decode;

impl DynamicObject {
    /// Reads the object as a type of its own.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode): the object is of another kind, or a field is missing or not
    /// what `T` expects; the message names the object and the field.
    pub fn parse<T: Resource + DeserializeOwned>(&self) -> Result<T, Error> {
        let expected = Expected { api_version: T::API_VERSION, kind: T::KIND, required: true };
        let text = to_json(self)?;
        decode::object(&text, expected)
            .map_err(|error| error.at(decode::name(&String::from_utf8_lossy(&text))))
    }
}

#[cfg(all(test, feature = "derive"))]
mod tests {
    use super::*;
    use crate::meta::object_meta::ObjectMeta;
    use serde_json::json;

    #[derive(kubeclient_derive::Resource, serde::Deserialize)]
    #[resource(group = "x.io", version = "v1", projection, crate = "crate")]
    #[serde(deny_unknown_fields)]
    struct Foo {
        metadata: ObjectMeta,
        replicas: i32,
    }

    #[test]
    fn an_object_is_read_as_a_type_of_its_own_kind_only() {
        let object = |kind: &str, replicas| -> DynamicObject {
            serde_json::from_value(json!({
                "apiVersion": "x.io/v1", "kind": kind,
                "metadata": {"name": "a", "namespace": "n"}, "replicas": replicas,
            }))
            .unwrap()
        };
        let foo: Foo = object("Foo", json!(3)).parse().unwrap();
        assert_eq!((foo.metadata.name.as_str(), foo.replicas), ("a", 3));
        let error = object("Bar", json!(3)).parse::<Foo>().err().unwrap().to_string();
        assert_eq!(
            error,
            "n/a: the object is of another kind: expected x.io/v1 Foo, found x.io/v1 Bar"
        );
        let error = object("Foo", json!("hunter2")).parse::<Foo>().err().unwrap().to_string();
        assert!(
            error.starts_with("n/a: Foo: replicas: invalid type: string, expected i32"),
            "{error}"
        );
    }
}
