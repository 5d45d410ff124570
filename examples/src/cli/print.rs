//! [`Form`]: objects as text that programs read.

use std::io::{self, Write};

use kubeclient::{ApiResource, DynamicObject};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::words::{acts, printable};

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
        if self == Self::Yaml {
            let text = yaml(value)?;
            // Marks that turn a line around stand there as they are; in JSON, which is YAML, they need not.
            if !text.contains(acts) {
                return out.write_all(text.as_bytes());
            }
        }
        write_json(value, out)
    }
}

/// Writes a value as JSON, characters that a terminal obeys by their numbers.
fn write_json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut json = serde_json::Serializer::with_formatter(Vec::new(), format);
    sorted(value.clone()).serialize(&mut json).map_err(io::Error::other)?;
    let text = String::from_utf8(json.into_inner()).map_err(io::Error::other)?;
    for part in text.split_inclusive(acts) {
        match part.chars().next_back().filter(|c| acts(*c)) {
            Some(c) => {
                let plain = &part[..part.len() - c.len_utf8()];
                write!(out, "{plain}\\u{:04x}", u32::from(c))?;
            }
            None => out.write_all(part.as_bytes())?,
        }
    }
    writeln!(out)
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

    /// The 33 of ASCII, 32 more, and the marks that turn a line around or end it: in a name, a key, a text.
    #[test]
    fn no_control_character_of_an_object_is_printed_raw() {
        let marks =
            ['\u{61c}', '\u{200e}', '\u{200f}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];
        let controls = ('\0'..='\u{9f}').filter(|c| c.is_control());
        let controls: Vec<char> = controls.chain('\u{2028}'..='\u{202e}').chain(marks).collect();
        assert_eq!(controls.len(), 33 + 32 + 14);
        let resource = ApiResource::namespaced("", "v1", "ConfigMap", "configmaps");
        for c in controls {
            let text = format!("a{c}[31mb");
            let mut object = DynamicObject::new(text.as_str(), &resource)
                .with("data", json!({text.as_str(): text, "x": [text]}));
            object.metadata.labels.insert(text.clone(), text.clone());
            for form in [Form::Name, Form::Yaml, Form::Json] {
                let mut out = Vec::new();
                form.write(&resource, &object, &mut out).unwrap();
                let shown = String::from_utf8(out).unwrap();
                // Line breaks and tabs stand in YAML as its own.
                assert!(c == '\n' || c == '\t' || !shown.contains(c), "{form:?} {c:?}: {shown}");
                match form {
                    Form::Name => {}
                    Form::Json => {
                        let read: DynamicObject = serde_json::from_str(&shown).unwrap();
                        assert_eq!(read, object, "{shown}");
                    }
                    Form::Yaml => {
                        let read: Value = serde_saphyr::from_str(&shown).unwrap();
                        assert_eq!(read["data"]["x"][0], text.as_str(), "{shown}");
                    }
                }
            }
        }
    }

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
