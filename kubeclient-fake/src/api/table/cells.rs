//! Which columns a kind has, which function makes its cells, and what those functions share.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{custom, duration, network, objects, pod, storage, workloads};
use crate::object::Object;
use crate::resource::ResourceType;
use crate::schema::builtin;

/// The column definitions of a resource; none when it is not known how it is printed.
pub(super) fn columns(resource: &ResourceType) -> Option<Vec<Value>> {
    if let Some(custom) = &resource.custom {
        return Some(custom::columns(&custom.columns));
    }
    let columns = builtin::columns(&resource.group, &resource.version, &resource.plural);
    (!columns.is_empty()).then(|| columns.iter().map(definition).collect())
}

/// The real server describes each column besides, with a sentence of its documentation.
fn definition(column: &builtin::Column) -> Value {
    json!({
        "name": column.name, "type": column.kind, "format": column.format, "description": "",
        "priority": column.priority,
    })
}

/// The cells of an object.
pub(super) fn of(resource: &ResourceType, object: &Value, now: Timestamp) -> Vec<Value> {
    if let Some(custom) = &resource.custom {
        return custom::cells(&custom.columns, object, now);
    }
    let row = Row { object, now };
    let made = match resource.group.as_str() {
        "" if resource.kind == "Pod" => Some(pod::cells(&row)),
        "" | "events.k8s.io" => workloads::core(&resource.kind, &row)
            .or_else(|| network::core(&resource.kind, &row))
            .or_else(|| storage::core(&resource.kind, &row))
            .or_else(|| objects::core(&resource.kind, &row)),
        "apps" | "batch" | "autoscaling" | "policy" => workloads::grouped(&resource.kind, &row),
        "networking.k8s.io" | "discovery.k8s.io" => network::grouped(&resource.kind, &row),
        "storage.k8s.io" => storage::grouped(&resource.kind, &row),
        _ => objects::grouped(&resource.kind, &row),
    };
    made.unwrap_or_else(|| vec![row.name(), row.at("/metadata/creationTimestamp")])
}

/// An object while its cells are made. Paths are JSON pointers.
pub(super) struct Row<'a> {
    pub(super) object: &'a Value,
    pub(super) now: Timestamp,
}

impl<'a> Row<'a> {
    pub(super) fn name(&self) -> Value {
        self.object.name().into()
    }

    /// Since the object's creation.
    pub(super) fn age(&self) -> Value {
        self.since("/metadata/creationTimestamp").into()
    }

    /// Since the time there.
    pub(super) fn since(&self, path: &str) -> String {
        duration::age(self.object.pointer(path), self.now)
    }

    /// The value, or null.
    pub(super) fn at(&self, path: &str) -> Value {
        self.object.pointer(path).cloned().unwrap_or_default()
    }

    pub(super) fn text(&self, path: &str) -> &'a str {
        text(self.object, path)
    }

    /// The text, or `otherwise` where there is none.
    pub(super) fn text_or(&self, path: &str, otherwise: &str) -> Value {
        let found = self.text(path);
        if found.is_empty() { otherwise.into() } else { found.into() }
    }

    /// A quantity, or a number or percentage, as text.
    pub(super) fn quantity(&self, path: &str) -> String {
        quantity(self.object.pointer(path))
    }

    pub(super) fn number(&self, path: &str) -> i64 {
        number(self.object, path)
    }

    pub(super) fn flag(&self, path: &str, otherwise: bool) -> Value {
        self.object.pointer(path).and_then(Value::as_bool).unwrap_or(otherwise).into()
    }

    pub(super) fn list(&self, path: &str) -> &'a [Value] {
        list(self.object, path)
    }

    /// How many items or keys are there.
    pub(super) fn count(&self, path: &str) -> usize {
        match self.object.pointer(path) {
            Some(Value::Array(list)) => list.len(),
            Some(Value::Object(map)) => map.len(),
            _ => 0,
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.object.pointer(path).is_some_and(|value| !value.is_null())
    }

    /// The names and the images of containers.
    pub(super) fn containers(&self, path: &str) -> [Value; 2] {
        ["/name", "/image"].map(|field| joined(self.list(path), field, ",").into())
    }

    /// A label selector as text, `<none>` when it selects all or is not there.
    pub(super) fn selector(&self, path: &str) -> Value {
        match selector(self.object.pointer(path)) {
            Some(text) if text.is_empty() => "<none>".into(),
            Some(text) => text.into(),
            None => "<error>".into(),
        }
    }

    /// Labels as text.
    pub(super) fn labels(&self, path: &str) -> Value {
        let text =
            self.object.pointer(path).and_then(Value::as_object).map(labels).unwrap_or_default();
        if text.is_empty() { "<none>".into() } else { text.into() }
    }

    /// The condition of that type.
    pub(super) fn condition(&self, path: &str, kind: &str) -> Option<&'a Value> {
        self.list(path).iter().find(|condition| text(condition, "/type") == kind)
    }
}

pub(super) fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number(value: &Value, path: &str) -> i64 {
    value.pointer(path).and_then(Value::as_i64).unwrap_or_default()
}

pub(super) fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn quantity(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "0".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The text of a field of each item.
pub(super) fn joined(items: &[Value], field: &str, separator: &str) -> String {
    let texts: Vec<&str> = items.iter().map(|item| text(item, field)).collect();
    texts.join(separator)
}

/// The texts of a list of texts.
pub(super) fn texts(items: &[Value]) -> Vec<&str> {
    items.iter().filter_map(Value::as_str).collect()
}

/// The first three, and how many more there are.
pub(super) fn first_three(items: &[String], count: usize) -> String {
    let shown = items.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(",");
    if count > 3 { format!("{shown} + {} more...", count - 3) } else { shown }
}

fn labels(map: &Map<String, Value>) -> String {
    let mut pairs: Vec<_> = map.iter().collect();
    pairs.sort_by_key(|(key, _)| *key);
    let pairs = pairs
        .into_iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    pairs.collect::<Vec<_>>().join(",")
}

/// `a=b,c in (d,e),!f`, by key; `None` when it is no selector.
pub(super) fn selector(value: Option<&Value>) -> Option<String> {
    let Some(value) = value else { return Some(String::new()) };
    let mut parts: Vec<(String, String)> = Vec::new();
    for (key, value) in value.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
        parts.push((key.clone(), format!("{key}={}", value.as_str().unwrap_or_default())));
    }
    for expression in list(value, "/matchExpressions") {
        let key = text(expression, "/key");
        let mut values = texts(list(expression, "/values"));
        values.sort_unstable();
        let values = values.join(",");
        let part = match text(expression, "/operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        };
        parts.push((key.to_owned(), part));
    }
    parts.sort_by(|left, right| left.0.cmp(&right.0));
    Some(parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>().join(","))
}
