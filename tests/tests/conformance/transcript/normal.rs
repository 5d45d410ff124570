//! Labels in place of what is each server's own. Equal values get equal labels, so that "the version has
//! changed" and "the uid is the same" remain visible.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

static UID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap()
});
static TIME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z").unwrap());
/// Versions in the server's texts.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    let places = [
        r"current: ",
        r"in record \(",
        r"in precondition \(",
        r"too old resource version: ",
        r"resourceVersion=",
        r#"resourceVersion: ""#,
        r#"\\?"resourceVersion\\?":\\?""#,
    ];
    Regex::new(&format!(r"({})(\d+)( \(\d+\))?", places.join("|"))).unwrap()
});
/// A continue token in a query.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new("continue=[A-Za-z0-9_-]+").unwrap());
/// An age in a table's cell.
static AGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d+s$").unwrap());
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(127\.0\.0\.1|10\.0\.0\.\d+)(:\d+)?\b").unwrap());

/// The labels given so far.
#[derive(Default)]
pub(super) struct Normal {
    uids: Vec<String>,
    versions: Vec<String>,
    hidden: Vec<(String, String)>,
}

impl Normal {
    /// A text of this server's own gets a label.
    pub(super) fn hide(&mut self, text: &str, label: &str) {
        if !text.is_empty() {
            self.hidden.push((text.to_owned(), label.to_owned()));
        }
    }

    /// A text with labels.
    pub(super) fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (hidden, label) in &self.hidden {
            text = text.replace(hidden, label);
        }
        let text = UID.replace_all(&text, |found: &Captures<'_>| {
            // Uids that a case makes up are no server's own.
            if found[0].starts_with("00000000-") || found[0].starts_with("11111111-") {
                return found[0].to_owned();
            }
            format!("<uid {}>", place(&mut self.uids, &found[0]))
        });
        let text =
            TIME.replace_all(
                &text,
                |found: &Captures<'_>| {
                    if found.get(1).is_some() { "<micro time>" } else { "<time>" }
                },
            );
        let text = VERSION.replace_all(&text, |found: &Captures<'_>| {
            // Versions that a case makes up are small or huge.
            match found[2].len() {
                1 | 9.. => format!("{}{}", &found[1], &found[2]),
                _ => format!("{}<version>", &found[1]),
            }
        });
        let text = TOKEN.replace_all(&text, "continue=<token>");
        ADDRESS.replace_all(&text, "<address>").into_owned()
    }

    /// A JSON value with labels.
    pub(super) fn value(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(object) => Value::Object(self.object(object)),
            other => other,
        }
    }

    fn object(&mut self, mut object: Map<String, Value>) -> Map<String, Value> {
        // A list's version is the whole server's, and others write at the same time.
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let is_list =
            kind.ends_with("List") || kind == "Table" || object.contains_key("columnDefinitions");
        let is_bookmark = object.get("type").is_some_and(|kind| kind == "BOOKMARK");
        for metadata in [is_list.then_some("/metadata"), is_bookmark.then_some("/object/metadata")]
        {
            let Some(pointer) = metadata else { continue };
            if let Some(metadata) = pointer_mut(&mut object, pointer) {
                for (key, label) in [("resourceVersion", "<list version>"), ("continue", "<token>")]
                {
                    if metadata
                        .get(key)
                        .and_then(Value::as_str)
                        .is_some_and(|text| !text.is_empty())
                    {
                        metadata.insert(key.to_owned(), label.into());
                    }
                }
            }
        }
        // Left out by the fake on purpose: texts that are not its own, and hashes that nobody but the
        // server can read.
        object.remove("storageVersionHash");
        if let Some(Value::Array(columns)) = object.get_mut("columnDefinitions") {
            for column in columns.iter_mut().filter_map(Value::as_object_mut) {
                column.remove("description");
            }
        }
        self.generated_name(&object);
        object.into_iter().map(|(key, value)| self.member(key, value)).collect()
    }

    fn member(&mut self, key: String, value: Value) -> (String, Value) {
        let value = match (key.as_str(), value) {
            ("resourceVersion", Value::String(version))
                if version.len() > 1 && version.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                format!("<version {}>", place(&mut self.versions, &version)).into()
            }
            ("cells", Value::Array(mut cells)) => {
                for cell in &mut cells {
                    if cell.as_str().is_some_and(|text| AGE.is_match(text)) {
                        *cell = "<age>".into();
                    }
                }
                cells.into_iter().map(|cell| self.value(cell)).collect()
            }
            // In the order of a map of Go's, which is left to chance.
            ("causes", Value::Array(mut causes))
                if causes.iter().any(|cause| cause["reason"] == "FieldManagerConflict") =>
            {
                causes.sort_by_key(|cause| cause["field"].to_string());
                Value::Array(causes)
            }
            // In the order of seconds, which the clock decides.
            ("managedFields", Value::Array(fields)) => {
                let mut fields: Vec<_> =
                    fields.into_iter().map(|entry| self.value(entry)).collect();
                fields.sort_by_key(Value::to_string);
                Value::Array(fields)
            }
            ("continue", Value::String(token)) if !token.is_empty() => "<token>".into(),
            (_, value) => self.value(value),
        };
        // Keys hold uids where they name an owner.
        (self.text(&key), value)
    }

    /// The name that a server has made up, once per object.
    fn generated_name(&mut self, object: &Map<String, Value>) {
        let text = |key: &str| object.get(key).and_then(Value::as_str);
        let (Some(prefix), Some(name)) = (text("generateName"), text("name")) else { return };
        let is_known = self.hidden.iter().any(|(hidden, _)| hidden == name);
        if name.starts_with(prefix) && name.len() > prefix.len() && !is_known {
            let label = format!("{prefix}<generated>");
            self.hide(name, &label);
        }
    }
}

fn pointer_mut<'a>(
    object: &'a mut Map<String, Value>,
    pointer: &str,
) -> Option<&'a mut Map<String, Value>> {
    let mut here = object;
    for key in pointer.split('/').skip(1) {
        here = here.get_mut(key)?.as_object_mut()?;
    }
    Some(here)
}

/// The number of a value: the order of first appearance.
fn place(seen: &mut Vec<String>, value: &str) -> usize {
    if let Some(place) = seen.iter().position(|known| known == value) {
        return place + 1;
    }
    seen.push(value.to_owned());
    seen.len()
}
