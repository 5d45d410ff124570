//! Patches of an object, with something wrong in most of them.

use serde_json::{Value, json};

use crate::mutate::{any, text, value};
use crate::random::Random;

/// An RFC 6902 patch of paths in the object, and beside it.
pub(crate) fn json_patch(random: &mut Random, object: &Value) -> Vec<u8> {
    let mut paths = vec![String::new(), "/".into(), "a".into(), "/~".into(), "/a/-/-".into()];
    pointers(object, String::new(), &mut paths);
    let operations: Value = (0..=random.below(5))
        .map(|_| {
            let operation =
                random.pick(&["add", "remove", "replace", "move", "copy", "test", "", "x"]);
            let path = |random: &mut Random| {
                let path = random.pick(&paths);
                let more = ["", "", "", "/-", "/0", "/-1", "/99999999999999999999", "/é", "/~2"];
                path + random.pick::<&str>(&more)
            };
            let (path, from) = (path(random), path(random));
            let mut operation =
                json!({"op": operation, "path": path, "from": from, "value": any(random, 3)});
            if random.one_in(10) {
                value(random, &mut operation);
            }
            operation
        })
        .collect();
    text(random, &operations)
}

fn pointers(value: &Value, path: String, found: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointers(value, format!("{path}/{}", escaped(key)), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                pointers(value, format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(path);
}

/// A part of the object with something wrong, and with the directives of strategic patches.
pub(crate) fn merge_patch(random: &mut Random, object: &Value) -> Value {
    let mut patch = object.clone();
    for _ in 0..=random.below(3) {
        value(random, &mut patch);
    }
    direct(random, &mut patch);
    patch
}

fn direct(random: &mut Random, patch: &mut Value) {
    match patch {
        Value::Object(map) => {
            map.values_mut().for_each(|value| direct(random, value));
            let keys: Vec<String> = map.keys().cloned().collect();
            if !keys.is_empty() && random.one_in(8) {
                let key = random.pick(&keys);
                let (directive, value) = match random.below(5) {
                    0 => ("$patch".to_owned(), json!("delete")),
                    1 => ("$patch".to_owned(), json!("replace")),
                    2 => ("$retainKeys".to_owned(), json!([key])),
                    3 => (format!("$setElementOrder/{key}"), any(random, 2)),
                    _ => (format!("$deleteFromPrimitiveList/{key}"), any(random, 2)),
                };
                map.insert(directive, value);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| direct(random, value)),
        _ => {}
    }
}
