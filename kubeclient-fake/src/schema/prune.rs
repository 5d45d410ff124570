//! What reading does to a custom resource: unknown fields go and are told, metadata is read into its type.

use serde_json::{Map, Value};

use super::custom::OBJECT_META;
use super::decode::decode as decode_builtin;
use super::{Schema, SchemaRef};
use crate::mutation::{self, Mutation};

/// How many unknown fields are told of.
const MAX_TOLD: usize = 100;
const METADATA: SchemaRef = SchemaRef::Builtin(OBJECT_META);

/// Reads an object in place. What is unknown is told as `unknown field "spec.junk"`.
///
/// # Errors
/// Metadata, its own or an embedded object's, that cannot be read.
pub(super) fn read(schema: &Schema, object: &mut Value) -> Result<Vec<String>, String> {
    whole_numbers(object);
    let mut of_metadata = Vec::new();
    if let Some(metadata) = object.get_mut("metadata") {
        of_metadata = decode_builtin(&METADATA, metadata)?;
    }
    let mut walk = Walk { path: String::new(), unknown: Vec::new() };
    if !mutation::is(Mutation::NoPruning) {
        walk.prune(schema, object, true);
    }
    let mut unknown: Vec<String> = walk.unknown.iter().map(|path| told(path)).collect();
    unknown.extend(of_metadata.iter().map(|said| below(said, "metadata")));
    embedded(schema, object, "", &mut unknown)?;
    unknown.truncate(MAX_TOLD);
    Ok(unknown)
}

/// The same of a value that is no whole object: a default.
pub(super) fn read_part(schema: &Schema, value: &mut Value) -> Result<(), String> {
    whole_numbers(value);
    let mut walk = Walk { path: String::new(), unknown: Vec::new() };
    walk.prune(schema, value, false);
    embedded(schema, value, "", &mut Vec::new())
}

fn told(path: &str) -> String {
    format!("unknown field \"{path}\"")
}

/// What was told of a field, told from farther up.
fn below(said: &str, path: &str) -> String {
    said.replacen('"', &format!("\"{path}."), 1)
}

/// A number without a fraction is written without one, as Go does.
fn whole_numbers(value: &mut Value) {
    const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(float) = number.as_f64()
                && float.fract() == 0.0
                && float.abs() < TOO_LARGE
            {
                *value = (float as i64).into();
            }
        }
        Value::Array(list) => list.iter_mut().for_each(whole_numbers),
        Value::Object(map) => map.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

struct Walk {
    path: String,
    unknown: Vec<String>,
}

impl Walk {
    fn prune(&mut self, schema: &Schema, value: &mut Value, is_whole: bool) {
        match value {
            Value::Object(map) => self.object(schema, map, is_whole || schema.embedded_resource),
            Value::Array(list) => {
                let nothing = Schema::default();
                let items = match schema.item() {
                    Some(items) => items,
                    None if schema.preserve_unknown => return,
                    None => &nothing,
                };
                for (index, item) in list.iter_mut().enumerate() {
                    self.step(&format!("[{index}]"), |walk| walk.prune(items, item, false));
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, schema: &Schema, map: &mut Map<String, Value>, is_whole: bool) {
        let mut dropped = Vec::new();
        for (name, value) in map.iter_mut() {
            if is_whole && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
                continue;
            }
            let step = if self.path.is_empty() { name.clone() } else { format!(".{name}") };
            match schema.field(name) {
                Some(field) => self.step(&step, |walk| walk.prune(field, value, false)),
                None if schema.preserve_unknown => {}
                None => {
                    if self.unknown.len() < MAX_TOLD {
                        self.unknown.push(format!("{}{step}", self.path));
                    }
                    dropped.push(name.clone());
                }
            }
        }
        for name in dropped {
            map.remove(&name);
        }
    }

    fn step(&mut self, step: &str, inside: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(step);
        inside(self);
        self.path.truncate(length);
    }
}

/// Reads the metadata of the objects within the object.
fn embedded(
    schema: &Schema,
    value: &mut Value,
    path: &str,
    unknown: &mut Vec<String>,
) -> Result<(), String> {
    match value {
        Value::Object(map) => {
            if schema.embedded_resource && !path.is_empty() {
                whole(map, path, unknown)?;
            }
            for (name, value) in map.iter_mut() {
                let dot = if path.is_empty() { "" } else { "." };
                match schema.field(name) {
                    Some(field) if field.constraints.is_some() => {
                        embedded(field, value, &format!("{path}{dot}{name}"), unknown)?;
                    }
                    _ => {}
                }
            }
        }
        Value::Array(list) => {
            let Some(items) = schema.item() else { return Ok(()) };
            for (index, item) in list.iter_mut().enumerate() {
                embedded(items, item, &format!("{path}[{index}]"), unknown)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn whole(
    map: &mut Map<String, Value>,
    path: &str,
    unknown: &mut Vec<String>,
) -> Result<(), String> {
    for name in ["apiVersion", "kind"] {
        if let Some(value) = map.get(name)
            && !value.is_string()
        {
            return Err(format!("{path}.{name}: Invalid value: {value}: must be a string"));
        }
    }
    if let Some(metadata) = map.get_mut("metadata") {
        let given = metadata.clone();
        let of_metadata = decode_builtin(&METADATA, metadata)
            .map_err(|why| format!("{path}.metadata: Invalid value: {given}: {why}"))?;
        unknown.extend(of_metadata.iter().map(|said| below(said, &format!("{path}.metadata"))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::schema::from_crd;

    #[track_caller]
    fn read(spec: Value, object: Value) -> Result<(Value, Vec<String>), String> {
        let source = json!({"type": "object", "properties": {"spec": spec}});
        let schema = from_crd("schema", &source).unwrap();
        let mut object = object;
        let unknown = super::read(&schema, &mut object)?;
        Ok((object, unknown))
    }

    #[test]
    fn unknown_fields_go_and_are_told() {
        let spec = json!({"type": "object", "properties": {
            "obj": {"type": "object", "properties": {"a": {"type": "integer"}}},
            "list": {"type": "array", "items": {"type": "object", "properties": {"k": {"type": "string"}}}},
            "map": {"type": "object", "additionalProperties": {"type": "object"}},
            "free": {"type": "object", "additionalProperties": true},
            "closed": {"type": "object", "additionalProperties": false},
            "kept": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
                "properties": {"known": {"type": "object"}}},
            "any": {"x-kubernetes-preserve-unknown-fields": true},
        }});
        let object = json!({"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n", "foo": 1}, "foo": 1,
        "spec": {
            "obj": {"a": 1, "junk": {"a": 1}}, "list": [{"k": "a", "z": 1}], "map": {"k": {"z": 1}},
            "free": {"z": {"y": 1}}, "closed": {"z": 1},
            "kept": {"u": {"v": [1]}, "known": {"u": 1}}, "any": {"q": [{"r": 1}]},
        }});
        let (read, unknown) = read(spec, object).unwrap();
        let expected = json!({"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n"}, "spec": {
            "obj": {"a": 1}, "list": [{"k": "a"}], "map": {"k": {}}, "free": {"z": {}}, "closed": {"z": 1},
            "kept": {"u": {"v": [1]}, "known": {}}, "any": {"q": [{"r": 1}]},
        }});
        assert_eq!(read, expected);
        let paths = [
            "foo",
            "spec.free.z.y",
            "spec.kept.known.u",
            "spec.list[0].z",
            "spec.map.k.z",
            "spec.obj.junk",
            "metadata.foo",
        ];
        assert_eq!(unknown, paths.map(|path| format!("unknown field \"{path}\"")));
    }

    #[test]
    fn an_embedded_object_has_metadata_of_its_own() {
        let spec = json!({"type": "object", "properties": {"emb": {
            "type": "object", "x-kubernetes-embedded-resource": true,
            "properties": {"spec": {"type": "object", "properties": {"a": {"type": "integer"}}}}}}});
        let emb = |emb: Value| read(spec.clone(), json!({"spec": {"emb": emb}}));
        let given = json!({"apiVersion": "v1", "kind": "Foo", "metadata": {"name": "q", "zz": 1}, "o": 1,
            "spec": {"a": 1, "b": 2}});
        let (read, unknown) = emb(given).unwrap();
        let kept =
            json!({"apiVersion": "v1", "kind": "Foo", "metadata": {"name": "q"}, "spec": {"a": 1}});
        assert_eq!(read["spec"]["emb"], kept);
        let paths = ["spec.emb.o", "spec.emb.spec.b", "spec.emb.metadata.zz"];
        assert_eq!(unknown, paths.map(|path| format!("unknown field \"{path}\"")));
        assert_eq!(
            emb(json!({"apiVersion": 1})).unwrap_err(),
            "spec.emb.apiVersion: Invalid value: 1: must be a string"
        );
        assert_eq!(
            emb(json!({"metadata": 3})).unwrap_err(),
            "spec.emb.metadata: Invalid value: 3: json: cannot unmarshal number into Go value of type \
             v1.ObjectMeta"
        );
    }

    #[test]
    fn metadata_is_read_into_its_type() {
        let object = json!({"metadata": {"labels": {"a": 1}}});
        assert_eq!(
            read(json!({"type": "object"}), object).unwrap_err(),
            "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"
        );
    }

    #[test]
    fn a_whole_number_is_written_without_a_fraction() {
        let spec = json!({"type": "object", "properties": {"i": {"type": "integer"}, "n": {"type": "number"}}});
        let (object, _) = read(spec, json!({"spec": {"i": 3.0, "n": 1.5}})).unwrap();
        assert_eq!(object["spec"], json!({"i": 3, "n": 1.5}));
    }
}
