//! Reading an object's metadata where it stands, in JSON.

use serde_json::{Map, Value};

/// What every object has, read in place. An absent or wrongly typed field reads as empty.
pub(crate) trait Object {
    fn meta(&self, key: &str) -> Option<&Value>;

    fn meta_str(&self, key: &str) -> &str {
        self.meta(key).and_then(Value::as_str).unwrap_or_default()
    }
    fn name(&self) -> &str {
        self.meta_str("name")
    }
    fn namespace(&self) -> &str {
        self.meta_str("namespace")
    }
    fn uid(&self) -> &str {
        self.meta_str("uid")
    }
    fn resource_version(&self) -> &str {
        self.meta_str("resourceVersion")
    }
    fn labels(&self) -> Option<&Map<String, Value>> {
        self.meta("labels").and_then(Value::as_object)
    }
    fn finalizers(&self) -> Vec<&str> {
        let list = self.meta("finalizers").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }
    fn owner_references(&self) -> &[Value] {
        self.meta("ownerReferences").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
    fn is_terminating(&self) -> bool {
        self.meta("deletionTimestamp").is_some_and(|time| !time.is_null())
    }
}

impl Object for Value {
    fn meta(&self, key: &str) -> Option<&Value> {
        self.get("metadata")?.get(key)
    }
}

/// The metadata, made where it is missing or no object.
pub(crate) fn metadata_mut(object: &mut Value) -> &mut Map<String, Value> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let metadata = &mut object["metadata"];
    if !metadata.is_object() {
        *metadata = Value::Object(Map::new());
    }
    match metadata {
        Value::Object(map) => map,
        // Invariant: made an object right above.
        _ => unreachable!("metadata is an object"),
    }
}
