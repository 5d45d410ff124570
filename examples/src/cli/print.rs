//! [`Form`]: objects as text that programs read.

use std::io::{self, Write};

use kubeclient::{ApiResource, DynamicObject};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::words::printable;

/// A form in which objects are printed, other than as a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// YAML, fields in the order of the alphabet, as kubectl writes it.
    Yaml,
    /// JSON, indented by four spaces.
    Json,
    /// `resource/name`, a line each.
    Name,
}

impl Form {
    /// Writes one object.
    ///
    /// # Errors
    /// The writer's.
    pub fn write(
        self,
        resource: &ApiResource,
        object: &DynamicObject,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Name => {
                writeln!(out, "{}", printable(&full_name(resource, &object.metadata.name)))
            }
            _ => self.write_value(&to_value(object)?, out),
        }
    }

    /// Writes several, as one list where the form has lists.
    ///
    /// # Errors
    /// The writer's.
    pub fn write_all(
        self,
        objects: &[(ApiResource, DynamicObject)],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if self == Self::Name {
            return objects
                .iter()
                .try_for_each(|(resource, object)| self.write(resource, object, out));
        }
        let items =
            objects.iter().map(|(_, object)| to_value(object)).collect::<Result<Vec<_>, _>>()?;
        let list = json!({
            "apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items,
        });
        self.write_value(&list, out)
    }

    fn write_value(self, value: &Value, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Yaml => out.write_all(yaml(value)?.as_bytes()),
            _ => {
                let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
                let mut json = serde_json::Serializer::with_formatter(&mut *out, format);
                sorted(value.clone()).serialize(&mut json).map_err(io::Error::other)?;
                writeln!(out)
            }
        }
    }
}

/// `pod/a`, `deployment.apps/a`.
pub fn full_name(resource: &ApiResource, name: &str) -> String {
    let kind = resource.kind.to_lowercase();
    match resource.group.as_str() {
        "" => format!("{kind}/{name}"),
        group => format!("{kind}.{group}/{name}"),
    }
}

/// A value as YAML: two spaces, lists not indented, fields in the order of the alphabet.
///
/// # Errors
/// A key is none that YAML has.
pub fn yaml(value: &Value) -> io::Result<String> {
    let options = serde_saphyr::ser_options! {
        indent_step: 2,
        compact_list_indent: true,
    };
    serde_saphyr::to_string_with_options(&sorted(value.clone()), options).map_err(io::Error::other)
}

fn to_value(object: &DynamicObject) -> io::Result<Value> {
    serde_json::to_value(object).map_err(io::Error::other)
}

/// The same value, its fields in the order of the alphabet, also where serde_json keeps another one.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            let fields = fields.into_iter().map(|(name, value)| (name, sorted(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_printed_in_each_form() {
        let resource = ApiResource::namespaced("apps", "v1", "Deployment", "deployments");
        let object = DynamicObject::new("web", &resource)
            .with("spec", json!({"b": [1, {"y": "1"}], "a": "x: y"}));
        let print = |form: Form| {
            let mut out = Vec::new();
            form.write(&resource, &object, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(print(Form::Name), "deployment.apps/web\n");
        assert_eq!(
            print(Form::Yaml),
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  a: \"x: y\"\n  b:\n  - 1\n  - \"y\": \"1\"\n"
        );
        assert!(print(Form::Json).starts_with("{\n    \"apiVersion\": \"apps/v1\",\n"));
    }
}
