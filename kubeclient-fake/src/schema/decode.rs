//! What decoding into the types of Go does to a built-in object: values of another type are refused,
//! unknown fields are dropped and told, and scalars come out as the server writes them.

mod quantity;
mod scalar;
#[cfg(test)]
mod tests;

pub(crate) use quantity::Quantity;

use serde_json::{Map, Value};

use super::{Schema, SchemaKind, SchemaRef};

/// How many unknown fields are told of.
const MAX_TOLD: usize = 100;

/// Decodes an object in place. What is unknown is told as `unknown field "spec.junk"`.
///
/// # Errors
/// The words of Go's decoder for the first value of another type.
pub(crate) fn decode(schema: &SchemaRef, value: &mut Value) -> Result<Vec<String>, String> {
    let mut walk =
        Walk { unknown: Vec::new(), path: String::new(), fields: String::new(), structure: "" };
    walk.value(schema, value)?;
    Ok(walk.unknown)
}

/// Where the walk is.
struct Walk {
    unknown: Vec<String>,
    /// `spec.containers[0].image`.
    path: String,
    /// The same as Go's decoder has it: `spec.containers.image`.
    fields: String,
    /// The Go type that has the field: `Container`.
    structure: &'static str,
}

impl Walk {
    fn value(&mut self, reference: &SchemaRef, value: &mut Value) -> Result<(), String> {
        let schema = reference.get();
        if schema.preserve_unknown && schema.properties.is_empty() {
            return Ok(());
        }
        match (schema.kind, &mut *value) {
            (SchemaKind::Any, _) => Ok(()),
            (SchemaKind::Object, Value::Object(map)) if schema.is_map() => self.map(schema, map),
            (SchemaKind::Object, Value::Object(map)) => {
                let outer = self.structure;
                if let SchemaRef::Builtin(name) = reference {
                    self.structure = last(name);
                }
                let result = self.object(schema, map);
                self.structure = outer;
                result
            }
            (SchemaKind::Array, Value::Array(list)) => self.list(schema, list),
            (SchemaKind::Object | SchemaKind::Array, other) => Err(self.mismatch(other, reference)),
            _ => match scalar::decode(reference, value) {
                Ok(()) => Ok(()),
                Err(scalar::Wrong::Type) => Err(self.mismatch(value, reference)),
                Err(scalar::Wrong::Text(why)) => Err(why),
            },
        }
    }

    /// The named fields of a structure. Null is as good as absent.
    fn object(&mut self, schema: &Schema, map: &mut Map<String, Value>) -> Result<(), String> {
        let mut dropped = Vec::new();
        for (name, value) in map.iter_mut() {
            let Some(field) = schema.properties.get(name).or(schema.additional.as_ref()) else {
                if !schema.preserve_unknown {
                    self.tell(name);
                    dropped.push(name.clone());
                }
                continue;
            };
            if value.is_null() {
                dropped.push(name.clone());
                continue;
            }
            let (path, fields) = (self.path.len(), self.fields.len());
            step(&mut self.path, name);
            step(&mut self.fields, name);
            let result = self.value(field, value);
            self.path.truncate(path);
            self.fields.truncate(fields);
            result?;
        }
        for name in dropped {
            map.remove(&name);
        }
        Ok(())
    }

    /// The values of a map. Null is the value that Go has before it decodes.
    fn map(&mut self, schema: &Schema, map: &mut Map<String, Value>) -> Result<(), String> {
        let Some(values) = &schema.additional else { return Ok(()) };
        for (key, value) in map.iter_mut() {
            let path = self.path.len();
            step(&mut self.path, key);
            let result = self.element(values, value);
            self.path.truncate(path);
            result?;
        }
        Ok(())
    }

    fn list(&mut self, schema: &Schema, list: &mut [Value]) -> Result<(), String> {
        let Some(items) = &schema.items else { return Ok(()) };
        for (index, value) in list.iter_mut().enumerate() {
            let path = self.path.len();
            self.path.push_str(&format!("[{index}]"));
            let result = self.element(items, value);
            self.path.truncate(path);
            result?;
        }
        Ok(())
    }

    fn element(&mut self, reference: &SchemaRef, value: &mut Value) -> Result<(), String> {
        if value.is_null() {
            *value = zero(reference.get());
            return Ok(());
        }
        self.value(reference, value)
    }

    fn tell(&mut self, name: &str) {
        if self.unknown.len() < MAX_TOLD {
            let dot = if self.path.is_empty() { "" } else { "." };
            self.unknown.push(format!("unknown field \"{}{dot}{name}\"", self.path));
        }
    }

    /// `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`.
    fn mismatch(&self, value: &Value, wanted: &SchemaRef) -> String {
        let found = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::Number(number) if wanted.get().kind == SchemaKind::Integer => {
                format!("number {number}")
            }
            Value::Number(_) => "number".to_owned(),
            Value::String(_) => "string".to_owned(),
            Value::Array(_) => "array".to_owned(),
            Value::Object(_) => "object".to_owned(),
        };
        let wanted = go_type(wanted);
        if self.fields.is_empty() {
            return format!("json: cannot unmarshal {found} into Go value of type {wanted}");
        }
        let (structure, fields) = (self.structure, &self.fields);
        format!(
            "json: cannot unmarshal {found} into Go struct field {structure}.{fields} of type {wanted}"
        )
    }
}

/// What Go has before it decodes.
fn zero(schema: &Schema) -> Value {
    match schema.kind {
        SchemaKind::String if matches!(schema.format.as_str(), "date-time" | "micro-time") => {
            Value::Null
        }
        SchemaKind::String => "".into(),
        SchemaKind::Integer | SchemaKind::Number | SchemaKind::IntOrString => 0.into(),
        SchemaKind::Boolean => false.into(),
        SchemaKind::Quantity => "0".into(),
        SchemaKind::Object if !schema.is_map() && !schema.preserve_unknown => Map::new().into(),
        SchemaKind::Object | SchemaKind::Array | SchemaKind::Any => Value::Null,
    }
}

fn step(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// `PodSpec` of `api.core.v1.PodSpec`.
fn last(name: &'static str) -> &'static str {
    name.rsplit('.').next().unwrap_or_default()
}

/// The type as Go names it.
fn go_type(reference: &SchemaRef) -> String {
    let schema = reference.get();
    match (reference, schema.kind) {
        (_, SchemaKind::IntOrString) => "int32".to_owned(),
        (SchemaRef::Builtin(name), _) => {
            let mut parts = name.rsplit('.');
            let (kind, package) = (parts.next(), parts.next());
            format!("{}.{}", package.unwrap_or_default(), kind.unwrap_or_default())
        }
        (_, SchemaKind::Array) => {
            format!("[]{}", schema.items.as_ref().map(go_type).unwrap_or_default())
        }
        (_, SchemaKind::Object) => {
            format!("map[string]{}", schema.additional.as_ref().map(go_type).unwrap_or_default())
        }
        (_, SchemaKind::String) if schema.format == "byte" => "[]uint8".to_owned(),
        (_, SchemaKind::String) => "string".to_owned(),
        (_, SchemaKind::Boolean) => "bool".to_owned(),
        (_, SchemaKind::Integer) if schema.format == "int32" => "int32".to_owned(),
        (_, SchemaKind::Integer) => "int64".to_owned(),
        (_, SchemaKind::Number) => "float64".to_owned(),
        (_, SchemaKind::Quantity) => "resource.Quantity".to_owned(),
        (_, SchemaKind::Any) => "interface {}".to_owned(),
    }
}
