//! The fields of a [`DynamicObject`], by path and with their type.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};
use crate::meta::dynamic::DynamicObject;
use crate::meta::field_path::{FieldError, FieldPath, kind_of};
use crate::meta::object_meta::ObjectMeta;
use crate::rest::decode;

impl DynamicObject {
    /// The value of a field, read as a type; `None` when it, or what it stands in, is absent or null.
    ///
    /// The [path](FieldPath) is as in `spec.template.spec.containers[0].image`. `metadata`, `apiVersion` and
    /// `kind` can be read too.
    ///
    /// ```
    /// use kubeclient::DynamicObject;
    /// use serde_json::json;
    ///
    /// let object = DynamicObject::default().with("spec", json!({"replicas": 3, "paused": true}));
    /// assert_eq!(object.field::<i32>("spec.replicas")?, Some(3));
    /// assert_eq!(object.field::<i32>("status.replicas")?, None);
    /// let error = object.field::<i32>("spec.paused").unwrap_err();
    /// assert_eq!(error.to_string(), "field spec.paused: invalid type: boolean, expected i32");
    /// let error = object.require_field::<String>("spec.strategy.type").unwrap_err();
    /// assert_eq!(error.to_string(), "field spec.strategy.type: expected a value, found none");
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid): the path is none, or it goes through something that is neither a map
    /// nor a list where it needs one. [`Decode`](ErrorKind::Decode): the value is not of the type. Neither
    /// quotes it.
    pub fn field<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        let path: FieldPath = path.parse().map_err(invalid)?;
        let own = self.own_fields(&path)?;
        let Some(value) = path.get(own.as_ref().unwrap_or(&self.data)).map_err(invalid)? else {
            return Ok(None);
        };
        T::deserialize(value).map(Some).map_err(|error| {
            Error::new(ErrorKind::Decode, format!("field {path}: {}", decode::reason(&error)))
        })
    }

    /// The value of a field that must be there.
    ///
    /// # Errors
    /// As [`DynamicObject::field`]; also when it is absent or null.
    pub fn require_field<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.field(path)?.ok_or_else(|| {
            let shown = path.strip_prefix('.').unwrap_or(path);
            Error::new(ErrorKind::Decode, format!("field {shown}: expected a value, found none"))
        })
    }

    /// Sets a field; what it stands in is made where it is absent.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid): the path is none, or it goes through something that is neither a map
    /// nor a list where it needs one; a list is too short; the value can't be written as JSON, or, in
    /// `metadata`, is not of the field's type.
    pub fn set_field(&mut self, path: &str, value: impl Serialize) -> Result<(), Error> {
        let path: FieldPath = path.parse().map_err(invalid)?;
        let value = serde_json::to_value(value)
            .map_err(|_| invalid(FieldError::at(&path, "the value can't be written as JSON")))?;
        self.change(&path, |fields| path.set(fields, value))
    }

    /// Takes a field out; `None` when there was none.
    ///
    /// # Errors
    /// As [`DynamicObject::set_field`].
    pub fn remove_field(&mut self, path: &str) -> Result<Option<Value>, Error> {
        let path: FieldPath = path.parse().map_err(invalid)?;
        self.change(&path, |fields| path.remove(fields))
    }

    /// Changes the field at a path, also where it belongs to what is not kept as JSON.
    fn change<R>(
        &mut self,
        path: &FieldPath,
        change: impl FnOnce(&mut Map<String, Value>) -> Result<R, FieldError>,
    ) -> Result<R, Error> {
        let Some(mut fields) = self.own_fields(path)? else {
            return change(&mut self.data).map_err(invalid);
        };
        let result = change(&mut fields).map_err(invalid)?;
        let text = |fields: &Map<String, Value>, name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => {
                let found = kind_of(other);
                let problem = format_args!("expected a string, found {found}");
                Err(invalid(FieldError::at(name, problem)))
            }
        };
        match path.first_field() {
            Some("apiVersion") => self.types.api_version = text(&fields, "apiVersion")?,
            Some("kind") => self.types.kind = text(&fields, "kind")?,
            _ => {
                let metadata = fields.remove("metadata").filter(|value| !value.is_null());
                let metadata = metadata.unwrap_or_else(|| Value::Object(Map::new()));
                self.metadata = read_metadata(&metadata)?;
            }
        }
        Ok(result)
    }

    /// The field that a path begins with, where it is not kept as JSON.
    fn own_fields(&self, path: &FieldPath) -> Result<Option<Map<String, Value>>, Error> {
        let value = match path.first_field() {
            Some("apiVersion") => Value::from(self.types.api_version.as_str()),
            Some("kind") => Value::from(self.types.kind.as_str()),
            Some("metadata") => serde_json::to_value(&self.metadata)
                .map_err(|error| invalid(FieldError::at("metadata", decode::reason(&error))))?,
            _ => return Ok(None),
        };
        let name = path.first_field().unwrap_or_default().to_owned();
        Ok(Some(Map::from_iter([(name, value)])))
    }
}

fn invalid(error: FieldError) -> Error {
    Error::invalid(error.to_string())
}

fn read_metadata(value: &Value) -> Result<ObjectMeta, Error> {
    let text = value.to_string();
    decode::run(text.as_bytes(), "field metadata", PhantomData::<ObjectMeta>)
        .map_err(|error| Error::invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::type_meta::TypeMeta;
    use serde_json::json;

    fn object() -> DynamicObject {
        let mut object = DynamicObject::default()
            .with("spec", json!({"big": 9_007_199_254_740_993_u64, "items": [{"name": "a"}]}));
        object.metadata = ObjectMeta::named("web");
        object.types = TypeMeta::new("x.io/v1", "Foo");
        object
    }

    #[test]
    fn fields_of_every_part_are_read() {
        let object = object();
        assert_eq!(object.field("spec.big").unwrap(), Some(9_007_199_254_740_993_u64));
        assert_eq!(object.field::<String>("spec.items[0].name").unwrap().unwrap(), "a");
        assert_eq!(object.field::<String>("metadata.name").unwrap().unwrap(), "web");
        assert_eq!(object.field::<String>("apiVersion").unwrap().unwrap(), "x.io/v1");
        assert_eq!(object.field::<String>(".kind").unwrap().unwrap(), "Foo");
        assert_eq!(object.field::<String>("metadata.labels['a']").unwrap(), None);
    }

    #[test]
    fn fields_of_every_part_are_set_and_taken_out() {
        let mut object = object();
        object.set_field("metadata.labels['app.kubernetes.io/name']", "web").unwrap();
        object.set_field("metadata.name", "other").unwrap();
        object.set_field("kind", "Bar").unwrap();
        object.set_field("status.phase", "Running").unwrap();
        assert_eq!(object.metadata.labels.get("app.kubernetes.io/name").unwrap(), "web");
        assert_eq!((object.metadata.name.as_str(), object.types.kind.as_str()), ("other", "Bar"));
        assert_eq!(object.pointer("/status/phase"), Some(&json!("Running")));
        assert_eq!(
            object.remove_field("metadata.labels").unwrap().unwrap().as_object().unwrap().len(),
            1
        );
        assert!(object.metadata.labels.is_empty());
        assert_eq!(object.remove_field("status.phase").unwrap(), Some(json!("Running")));
        assert_eq!(object.remove_field("status.phase").unwrap(), None);
    }

    #[test]
    fn what_does_not_fit_is_refused_without_quoting_it_and_changes_nothing() {
        let mut object = object();
        let before = object.clone();
        for (path, value, problem) in [
            (
                "metadata.labels",
                json!("hunter2"),
                "field metadata: labels: invalid type: string, expected ",
            ),
            (
                "metadata.generation",
                json!("hunter2"),
                "field metadata: generation: invalid type: string, expected ",
            ),
            ("kind", json!(3), "field kind: expected a string, found an integer"),
            ("spec.big.x", json!(3), "field spec.big: expected a map, found an integer"),
            ("spec..x", json!(3), "field path \"spec..x\": expected a name at character 6"),
        ] {
            let error = object.set_field(path, &value).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.starts_with(problem), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert_eq!(object, before, "{path}");
        }
        let error = object.field::<bool>("spec.items[0].name").unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (
                ErrorKind::Decode,
                "field spec.items[0].name: invalid type: string, expected a boolean"
            )
        );
    }
}
