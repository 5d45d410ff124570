//! Filling in what a schema has defaults for, and dropping the nulls that it has no use for.

use serde_json::{Map, Value};

use super::{Schema, SchemaRef, prune, validate};
use crate::field::FieldError;
use crate::mutation::{self, Mutation};

/// Fills in defaults, then drops nulls where there may be none.
pub(crate) fn fill_defaults(schema: &Schema, value: &mut Value) {
    if !mutation::is(Mutation::NoCustomDefaults) {
        fill(schema, value);
    }
    drop_nulls(schema, value);
}

fn fill(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, field) in &schema.properties {
                let field = field.get();
                if let Some(default) = &field.default
                    && map.get(name).is_none_or(|value| is_wrong_null(field, value))
                {
                    map.insert(name.clone(), default.clone());
                }
                if let Some(value) = map.get_mut(name) {
                    fill(field, value);
                }
            }
            for (_, field, value) in additional(schema, map) {
                element(field, value);
            }
        }
        Value::Array(list) => {
            if let Some(items) = schema.item() {
                list.iter_mut().for_each(|item| element(items, item));
            }
        }
        _ => {}
    }
}

fn element(schema: &Schema, value: &mut Value) {
    if let Some(default) = &schema.default
        && is_wrong_null(schema, value)
    {
        *value = default.clone();
    }
    fill(schema, value);
}

/// Built-in types have seen their nulls when they were decoded.
fn is_wrong_null(schema: &Schema, value: &Value) -> bool {
    value.is_null() && !schema.nullable
}

fn drop_nulls(schema: &Schema, value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| {
                !schema.field(name).is_some_and(|field| is_wrong_null(field, value))
            });
            for (name, value) in map.iter_mut() {
                if let Some(field) = schema.field(name) {
                    drop_nulls(field, value);
                }
            }
        }
        // In a list a null keeps the place of its item.
        Value::Array(list) => {
            if let Some(items) = schema.item() {
                list.iter_mut().for_each(|item| drop_nulls(items, item));
            }
        }
        _ => {}
    }
}

/// The values that the schema does not name.
fn additional<'a>(
    schema: &'a Schema,
    map: &'a mut Map<String, Value>,
) -> impl Iterator<Item = (&'a String, &'a Schema, &'a mut Value)> {
    let of = schema.additional.as_ref().map(SchemaRef::get);
    let unnamed = map.iter_mut().filter(|(name, _)| !schema.properties.contains_key(*name));
    unnamed.filter_map(move |(name, value)| of.map(|of| (name, of, value)))
}

/// What is wrong with the defaults of a definition's schema.
pub(super) fn errors(path: &str, schema: &Schema) -> Vec<FieldError> {
    let mut errors = Vec::new();
    collect(path, schema, &mut errors);
    errors
}

fn collect(path: &str, schema: &Schema, errors: &mut Vec<FieldError>) {
    if let Some(default) = &schema.default {
        check(&format!("{path}.default"), schema, default, errors);
    }
    for (name, field) in &schema.properties {
        if let SchemaRef::Own(field) = field {
            collect(&format!("{path}.properties[{name}]"), field, errors);
        }
    }
    if let Some(SchemaRef::Own(items)) = &schema.items {
        collect(&format!("{path}.items"), items, errors);
    }
    if let Some(SchemaRef::Own(additional)) = &schema.additional {
        collect(&format!("{path}.additionalProperties"), additional, errors);
    }
}

fn check(path: &str, schema: &Schema, default: &Value, errors: &mut Vec<FieldError>) {
    let mut pruned = default.clone();
    match prune::read_part(schema, &mut pruned) {
        Ok(()) if pruned == *default => {}
        Ok(()) => {
            let why = "must not have unknown fields";
            errors.push(FieldError::invalid(path, default.clone(), why));
            return;
        }
        Err(why) => {
            errors.push(FieldError::invalid(path, default.clone(), why));
            return;
        }
    }
    fill_defaults(schema, &mut pruned);
    for mut error in validate::errors(schema, &pruned) {
        let below = match error.field.as_str() {
            "<nil>" => String::new(),
            name if name.starts_with('[') => name.to_owned(),
            name => format!(".{name}"),
        };
        error.field = format!("{path}{below}");
        errors.push(error);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fill_defaults;
    use crate::schema::from_crd;

    #[track_caller]
    fn check(spec: Value, expected: Value) {
        let source = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "obj": {"type": "object", "properties": {"a": {"type": "integer"},
                "d": {"type": "string", "default": "dd"}}},
            "objd": {"type": "object", "default": {"a": 1}, "properties": {"a": {"type": "integer"},
                "d": {"type": "string", "default": "dd"}}},
            "nul": {"type": "string", "nullable": true},
            "nuld": {"type": "string", "nullable": true, "default": "x"},
            "nnd": {"type": "string", "default": "y"},
            "list": {"type": "array", "items": {"type": "string"}},
            "props": {"type": "object", "additionalProperties": {"type": "integer"}},
            "addd": {"type": "object", "additionalProperties": {"type": "object", "properties": {
                "d": {"type": "integer", "default": 7}}}},
        }}}});
        let schema = from_crd("schema", &source).unwrap();
        let mut object =
            json!({"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "n"}, "spec": spec});
        fill_defaults(&schema, &mut object);
        assert_eq!(object.get("spec"), Some(&expected));
    }

    #[test]
    fn defaults_fill_what_is_absent() {
        let defaults = json!({"nnd": "y", "nuld": "x", "objd": {"a": 1, "d": "dd"}});
        check(json!({}), defaults);
    }

    #[test]
    fn a_null_becomes_the_default_or_goes_unless_it_is_wanted() {
        let given = json!({"nul": null, "nuld": null, "nnd": null, "obj": null, "objd": null,
            "list": [null], "props": {"a": null}});
        let expected = json!({"nul": null, "nuld": null, "nnd": "y", "objd": {"a": 1, "d": "dd"},
            "list": [null], "props": {}});
        check(given, expected);
    }

    #[test]
    fn defaults_reach_into_maps() {
        let expected = json!({"addd": {"k": {"d": 7}}, "obj": {"d": "dd"}, "nnd": "n", "nuld": "n", "objd": {"d": "dd"}});
        check(json!({"addd": {"k": {}}, "obj": {}, "nnd": "n", "nuld": "n", "objd": {}}), expected);
    }
}
