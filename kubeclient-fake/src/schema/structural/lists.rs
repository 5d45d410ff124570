//! What a schema may say of how lists and maps merge.

use serde_json::Value;

use super::{Check, array, object, said};
use crate::field::FieldError;

const LIST_TYPE: &str = "x-kubernetes-list-type";
const LIST_MAP_KEYS: &str = "x-kubernetes-list-map-keys";
const MAP_TYPE: &str = "x-kubernetes-map-type";

impl Check {
    pub(super) fn merging(&mut self, path: &str, source: &Value) {
        if let Some(given) = source[MAP_TYPE].as_str() {
            self.of_type(path, source, "object", MAP_TYPE);
            self.one_of(format!("{path}.{MAP_TYPE}"), given, &["atomic", "granular"]);
        }
        let given = source[LIST_TYPE].as_str();
        if let Some(given) = given {
            self.of_type(path, source, "array", LIST_TYPE);
            self.one_of(format!("{path}.{LIST_TYPE}"), given, &["atomic", "set", "map"]);
        }
        if said(source, LIST_MAP_KEYS) && given != Some("map") {
            let why = "must be map if x-kubernetes-list-map-keys is non-empty";
            let path = format!("{path}.{LIST_TYPE}");
            match given {
                Some(other) => self.invalid(path, other, why),
                None => self.required(path, why),
            }
        }
        let items = &source["items"];
        match given {
            Some("map") => self.map_list(path, source, items),
            Some("set") => self.set(path, items),
            _ => {}
        }
        if matches!(given, Some("map" | "set")) && items["nullable"] == true {
            let why = format!(
                "cannot be nullable when x-kubernetes-list-type is {}",
                given.unwrap_or_default()
            );
            self.forbidden(format!("{path}.items.nullable"), why);
        }
    }

    /// A list whose items are known by keys.
    fn map_list(&mut self, path: &str, source: &Value, items: &Value) {
        let keys = &source[LIST_MAP_KEYS];
        let keys_path = format!("{path}.{LIST_MAP_KEYS}");
        if !said(source, LIST_MAP_KEYS) {
            let why = "must not be empty if x-kubernetes-list-type is map";
            self.required(keys_path, why);
            return;
        }
        let kind = items["type"].as_str().unwrap_or_default();
        if !items.is_object() {
            return;
        }
        if kind != "object" {
            let why = "must be object if parent array's x-kubernetes-list-type is map";
            self.invalid(format!("{path}.items.type"), kind, why);
            return;
        }
        let names = array(source, LIST_MAP_KEYS);
        let is_field = |name: &Value| {
            name.as_str().is_some_and(|name| items["properties"].get(name).is_some())
        };
        if !names.iter().all(is_field) {
            self.invalid(
                keys_path.clone(),
                keys.clone(),
                "entries must all be names of item properties",
            );
        }
        let is_again = |(index, name): (usize, &Value)| names[..index].contains(name);
        if names.iter().enumerate().any(is_again) {
            self.invalid(keys_path, keys.clone(), "must not contain duplicate entries");
        }
        for (name, field) in object(items, "properties") {
            if !names.iter().any(|key| key == name.as_str()) {
                continue;
            }
            let path = format!("{path}.items.properties[{name}]");
            let kind = field["type"].as_str().unwrap_or_default();
            if matches!(kind, "object" | "array") {
                let why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
                self.invalid(format!("{path}.type"), kind, why);
            }
            let is_required = array(items, "required").iter().any(|key| key == name.as_str());
            if !is_required && !said(field, "default") {
                let why = "this property is in x-kubernetes-list-map-keys, so it must have a \
                           default or be a required property";
                self.required(format!("{path}.default"), why);
            }
        }
    }

    fn set(&mut self, path: &str, items: &Value) {
        let atomic = match items["type"].as_str() {
            Some("object") => MAP_TYPE,
            Some("array") => LIST_TYPE,
            _ => return,
        };
        let is_atomic =
            items[atomic] == "atomic" || (atomic == LIST_TYPE && items[atomic].is_null());
        if !is_atomic {
            let why = "must be atomic as item of a list with x-kubernetes-list-type=set";
            self.invalid(format!("{path}.items.{atomic}"), items[atomic].clone(), why);
        }
    }

    fn of_type(&mut self, path: &str, source: &Value, wanted: &str, because: &str) {
        let why = format!("must be {wanted} if {because} is specified");
        match source["type"].as_str().unwrap_or_default() {
            "" => self.required(format!("{path}.type"), &why),
            kind if kind == wanted => {}
            other => self.invalid(format!("{path}.type"), other, why),
        }
    }

    fn one_of(&mut self, path: String, given: &str, known: &[&str]) {
        if !known.contains(&given) {
            self.errors.push(FieldError::not_supported(path, given, known));
        }
    }
}
