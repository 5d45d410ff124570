//! [`Schema`]: what a value looks like, and the way to its fields. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::OpenApiDocument;

/// So many references are followed at one place; a document that has more is a circle.
const DEEPEST: usize = 32;

/// A schema within a document: of an object, a list, a map, or a value. A clone is two pointers.
///
/// A schema may be a reference to another one: [`Schema::resolved`] follows it, and so does what looks for
/// fields. What looks at one property of the schema itself does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schema<'a> {
    document: &'a OpenApiDocument,
    value: &'a Value,
}

impl<'a> Schema<'a> {
    pub(super) fn new(document: &'a OpenApiDocument, value: &'a Value) -> Self {
        Self { document, value }
    }

    /// The schema as it stands in the document.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// What it refers to, as it stands there: `#/components/schemas/io.k8s.api.core.v1.PodSpec`.
    pub fn reference(&self) -> Option<&'a str> {
        self.text("$ref")
    }

    /// The schema that it refers to, in the end; itself if it refers to none that there is.
    pub fn resolved(&self) -> Self {
        let mut schema = *self;
        for _ in 0..DEEPEST {
            let next = schema.reference().and_then(|name| self.document.follow(name));
            let Some(value) = next else { break };
            schema.value = value;
        }
        schema
    }

    /// A text that stands in it, by its name: `description`, `format`, `pattern`.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    /// What it is of, in words.
    pub fn description(&self) -> Option<&'a str> {
        self.text("description").filter(|text| !text.is_empty())
    }

    /// `object`, `array`, `string`, `integer`, `number` or `boolean`, as the first of its parts says; none of
    /// what may be several of these.
    pub fn type_name(&self) -> Option<&'a str> {
        self.parts().iter().find_map(|part| part.text("type"))
    }

    /// The values that are allowed; none for any.
    pub fn enumeration(&self) -> &'a [Value] {
        self.value.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The fields that are declared here, by name.
    pub fn properties(&self) -> Vec<(&'a str, Self)> {
        let properties = self.value.get("properties").and_then(Value::as_object);
        let mut properties: Vec<(&str, Self)> = properties
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), self.with(value)))
            .collect();
        properties.sort_by_key(|(name, _)| *name);
        properties
    }

    /// Whether an object must have this field.
    pub fn is_required(&self, name: &str) -> bool {
        self.parts().iter().any(|schema| {
            let names = schema.value.get("required").and_then(Value::as_array);
            names.into_iter().flatten().any(|required| required == name)
        })
    }

    /// What the items of a list look like.
    pub fn items(&self) -> Option<Self> {
        self.below("items")
    }

    /// What the values of a map look like, where that is said.
    pub fn map_values(&self) -> Option<Self> {
        self.below("additionalProperties")
    }

    /// The schema that it refers to, and all that this is put together from. API servers wrap a reference
    /// whose field has a description of its own.
    pub fn parts(&self) -> Vec<Self> {
        let mut parts = Vec::new();
        self.add_parts(&mut BTreeSet::new(), &mut parts);
        parts
    }

    /// The schemas that a value must all match, as they stand there.
    pub fn all_of(&self) -> Vec<Self> {
        let all = self.value.get("allOf").and_then(Value::as_array);
        all.into_iter().flatten().map(|value| self.with(value)).collect()
    }

    /// The schema of a field, by its path: `spec.template.spec.containers.image`. References are followed,
    /// alternatives searched, and lists and maps passed through to what is in them.
    pub fn field(&self, path: &str) -> Option<Self> {
        let mut names = path.split('.').filter(|name| !name.is_empty());
        names.try_fold(*self, |schema, name| schema.find(name, &mut BTreeSet::new()))
    }

    /// The field of this name in the nearest schema that has it.
    fn find(&self, name: &str, seen: &mut BTreeSet<&'a str>) -> Option<Self> {
        if self.reference().is_some_and(|name| !seen.insert(name)) {
            return None;
        }
        let schema = self.resolved();
        let own = schema.value.get("properties").and_then(|fields| fields.get(name));
        if let Some(value) = own {
            return Some(self.with(value));
        }
        if let Some(inner) = schema.items().or_else(|| schema.map_values()) {
            return inner.find(name, seen);
        }
        schema.all_of().iter().find_map(|part| part.find(name, seen))
    }

    /// What was referred to before is not gone through again: documents may have circles.
    fn add_parts(&self, seen: &mut BTreeSet<&'a str>, parts: &mut Vec<Self>) {
        if self.reference().is_some_and(|name| !seen.insert(name)) {
            return;
        }
        let schema = self.resolved();
        parts.push(schema);
        for part in schema.all_of() {
            part.add_parts(seen, parts);
        }
    }

    /// A schema that stands in this one; `true`, `false` and `{}` say nothing.
    fn below(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name)?;
        let says = value.as_object().is_some_and(|schema| !schema.is_empty());
        says.then(|| self.with(value))
    }

    fn with(&self, value: &'a Value) -> Self {
        Self { value, ..*self }
    }
}
