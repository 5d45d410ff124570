//! How a job finds its pods.

use serde_json::{Map, Value, json};

use crate::object::{Object, metadata_mut};

/// A job finds its pods by its uid, unless told otherwise.
pub(super) fn on_create(object: &mut Value) {
    let (uid, name) = (object.uid().to_owned(), object.name().to_owned());
    if object["spec"].get("manualSelector") == Some(&Value::Bool(true)) {
        return;
    }
    if !object["spec"]["template"].is_object() {
        return;
    }
    let labels: Map<String, Value> = [
        ("batch.kubernetes.io/controller-uid", uid.as_str()),
        ("batch.kubernetes.io/job-name", name.as_str()),
        ("controller-uid", uid.as_str()),
        ("job-name", name.as_str()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.into()))
    .collect();
    // Labels that it has from its template follow those.
    let of_template = object["spec"]["template"].meta("labels");
    let follows = object.meta("labels").is_none_or(|own| own.is_null() || Some(own) == of_template);
    let template = metadata_mut(&mut object["spec"]["template"]);
    match template.entry("labels").or_insert_with(|| json!({})) {
        Value::Object(map) => {
            // What is there already is wrong, and said to be so.
            for (key, label) in &labels {
                map.entry(key.as_str()).or_insert_with(|| label.clone());
            }
        }
        none => *none = labels.clone().into(),
    }
    if object["spec"].get("selector").is_none_or(Value::is_null) {
        object["spec"]["selector"] =
            json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    }
    if follows {
        let of_template = object["spec"]["template"]["metadata"]["labels"].clone();
        metadata_mut(object).insert("labels".into(), of_template);
    }
}
