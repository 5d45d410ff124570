//! What the real server was seen to say of these values.

use serde_json::{Value, json};

use super::update_errors;
use crate::schema::from_crd;

/// The definition that the real server was asked about.
fn spec() -> Value {
    let number = json!({"type": "integer"});
    let text = json!({"type": "string"});
    let two = json!({"a": number, "b": number});
    json!({
        "int": number, "int32": {"type": "integer", "format": "int32"}, "num": {"type": "number"}, "str": text,
        "flt": {"type": "number", "format": "float"}, "bool": {"type": "boolean"},
        "obj": {"type": "object", "properties": {"a": number}}, "nul": {"type": "string", "nullable": true},
        "max": {"type": "integer", "maximum": 10, "minimum": 2},
        "emax": {"type": "integer", "maximum": 10, "exclusiveMaximum": true, "minimum": 2, "exclusiveMinimum": true},
        "fmax": {"type": "number", "maximum": 10.5}, "mul": {"type": "integer", "multipleOf": 3},
        "fmul": {"type": "number", "multipleOf": 0.5}, "len": {"type": "string", "minLength": 2, "maxLength": 5},
        "pat": {"type": "string", "pattern": "^a+$"}, "enum": {"type": "string", "enum": ["red", "blue"]},
        "ienum": {"type": "integer", "enum": [1, 2]},
        "list": {"type": "array", "items": text, "minItems": 1, "maxItems": 2},
        "set": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
        "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
            "items": {"type": "object", "required": ["k"], "properties": {"k": text, "v": number}}},
        "props": {"type": "object", "additionalProperties": number, "minProperties": 1, "maxProperties": 2},
        "req": {"type": "object", "required": ["a", "b"], "properties": two},
        "ios": {"x-kubernetes-int-or-string": true},
        "iosp": {"x-kubernetes-int-or-string": true, "pattern": "^[0-9]+%$", "maximum": 5},
        "addf": {"type": "object", "additionalProperties": false},
        "any2": {"type": "object", "properties": two, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        "one2": {"type": "object", "properties": two, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        "all2": {"type": "object", "properties": two,
            "allOf": [{"required": ["a"]}, {"required": ["b"]}, {"properties": {"a": {"maximum": 3}}}]},
        "not2": {"type": "object", "properties": two, "not": {"required": ["a"]}},
        "emb": {"type": "object", "x-kubernetes-embedded-resource": true,
            "x-kubernetes-preserve-unknown-fields": true},
        "dt": {"type": "string", "format": "date-time"},
    })
}

fn causes(old: Option<Value>, spec_value: Value) -> Vec<String> {
    let source = json!({"type": "object", "properties": {
        "metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 20}}},
        "spec": {"type": "object", "properties": spec()}}});
    let schema = from_crd("schema", &source).unwrap();
    let whole = |spec: Value| json!({"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "x"}, "spec": spec});
    let old = old.map(whole);
    let errors = update_errors(&schema, &whole(spec_value), old.as_ref());
    errors.iter().map(|error| format!("{} {error}", error.cause().reason)).collect()
}

#[track_caller]
fn check(spec: Value, expected: &[&str]) {
    assert_eq!(causes(None, spec.clone()), expected, "{spec}");
}

#[test]
fn a_value_is_of_its_type() {
    check(
        json!({"int": "1"}),
        &[
            "FieldValueTypeInvalid spec.int: Invalid value: \"string\": spec.int in body must be of type integer: \"string\"",
        ],
    );
    check(
        json!({"list": [null]}),
        &[
            "FieldValueTypeInvalid spec.list[0]: Invalid value: \"null\": spec.list[0] in body must be of type string: \"null\"",
        ],
    );
    check(
        json!({"ios": 1.5}),
        &[
            "FieldValueTypeInvalid spec.ios: Invalid value: \"number\": spec.ios in body must be of type integer,string: \"number\"",
        ],
    );
    check(
        json!({"int": 1.5}),
        &[
            "FieldValueTypeInvalid spec.int: Invalid value: \"number\": spec.int in body must be of type integer: \"number\"",
            "FieldValueInvalid <nil>: Invalid value: \"\": Checked value must be of type integer (default format) in spec.int",
        ],
    );
    check(
        json!({"props": {"a.b": "x"}}),
        &[
            "FieldValueTypeInvalid spec.props.a.b: Invalid value: \"string\": spec.props.a.b in body must be of type integer: \"string\"",
        ],
    );
    check(
        json!({"int": 3, "num": 1, "str": "s", "bool": true, "obj": {}, "nul": null, "ios": "x"}),
        &[],
    );
    check(
        json!("x"),
        &[
            "FieldValueTypeInvalid spec: Invalid value: \"string\": spec in body must be of type object: \"string\"",
        ],
    );
}

#[test]
fn a_value_is_of_its_format() {
    check(
        json!({"int32": 3_000_000_000_i64}),
        &[
            "FieldValueInvalid <nil>: Invalid value: \"\": Checked value must be of type integer with format int32 in spec.int32",
        ],
    );
    check(
        json!({"flt": 1e300}),
        &[
            "FieldValueInvalid <nil>: Invalid value: \"\": Checked value must be of type number with format float in spec.flt",
        ],
    );
    check(
        json!({"dt": "x"}),
        &[
            "FieldValueTypeInvalid spec.dt: Invalid value: \"x\": spec.dt in body must be of type date-time: \"x\"",
        ],
    );
}

#[test]
fn a_number_has_bounds() {
    let cases = [
        (
            json!({"max": 30}),
            "spec.max: Invalid value: 30: spec.max in body should be less than or equal to 10",
        ),
        (
            json!({"max": 1}),
            "spec.max: Invalid value: 1: spec.max in body should be greater than or equal to 2",
        ),
        (
            json!({"emax": 10}),
            "spec.emax: Invalid value: 10: spec.emax in body should be less than 10",
        ),
        (
            json!({"emax": 2}),
            "spec.emax: Invalid value: 2: spec.emax in body should be greater than 2",
        ),
        (
            json!({"fmax": 30}),
            "spec.fmax: Invalid value: 30: spec.fmax in body should be less than or equal to 10",
        ),
        (
            json!({"mul": 4}),
            "spec.mul: Invalid value: 4: spec.mul in body should be a multiple of 3",
        ),
        (
            json!({"fmul": 0.7}),
            "spec.fmul: Invalid value: 0.7: spec.fmul in body should be a multiple of 0.5",
        ),
        (
            json!({"iosp": 6}),
            "spec.iosp: Invalid value: 6: spec.iosp in body should be less than or equal to 5",
        ),
    ];
    for (spec, expected) in cases {
        check(spec, &[&format!("FieldValueInvalid {expected}")]);
    }
    check(json!({"max": 10, "emax": 9, "mul": 6, "fmul": 1.5, "iosp": 5}), &[]);
}

#[test]
fn a_text_has_a_length_and_a_pattern() {
    check(
        json!({"len": "a"}),
        &[
            "FieldValueInvalid spec.len: Invalid value: \"a\": spec.len in body should be at least 2 chars long",
        ],
    );
    check(
        json!({"len": "éééééé"}),
        &["FieldValueTooLong spec.len: Too long: may not be more than 5 bytes"],
    );
    check(json!({"len": "ééééé"}), &[]);
    check(
        json!({"pat": "b"}),
        &["FieldValueInvalid spec.pat: Invalid value: \"b\": spec.pat in body should match '^a+$'"],
    );
}

#[test]
fn a_value_is_one_of_the_listed() {
    check(
        json!({"enum": "green"}),
        &[
            "FieldValueNotSupported spec.enum: Unsupported value: \"green\": supported values: \"red\", \"blue\"",
        ],
    );
    check(
        json!({"ienum": 3}),
        &[
            "FieldValueNotSupported spec.ienum: Unsupported value: 3: supported values: \"1\", \"2\"",
        ],
    );
}

#[test]
fn lists_and_maps_have_sizes() {
    check(
        json!({"list": []}),
        &[
            "FieldValueInvalid spec.list: Invalid value: 0: spec.list in body should have at least 1 items",
        ],
    );
    check(
        json!({"list": ["a", "b", "c"]}),
        &["FieldValueTooMany spec.list: Too many: 3: must have at most 2 items"],
    );
    check(
        json!({"props": {}}),
        &[
            "FieldValueInvalid spec.props: Invalid value: 0: spec.props in body should have at least 1 properties",
        ],
    );
    check(
        json!({"props": {"a": 1, "b": 2, "c": 3}}),
        &["FieldValueTooMany spec.props: Too many: 3: must have at most 2 items"],
    );
}

#[test]
fn required_fields_are_there_and_forbidden_ones_are_not() {
    check(json!({"req": {"a": 1}}), &["FieldValueRequired spec.req.b: Required value"]);
    check(json!({"map": [{"v": 1}]}), &["FieldValueRequired spec.map[0].k: Required value"]);
    check(
        json!({"addf": {"z": 1}}),
        &[
            "FieldValueInvalid spec.addf: Invalid value: \"z\": spec.addf.z in body is a forbidden property",
        ],
    );
}

#[test]
fn an_item_of_a_set_or_of_a_list_with_keys_comes_once() {
    check(
        json!({"set": ["a", "a", "a"], "map": [{"k": "a"}, {"k": "b"}, {"k": "a", "v": 2}, {"k": "b"}]}),
        &[
            "FieldValueDuplicate spec.map[2]: Duplicate value: {\"k\":\"a\"}",
            "FieldValueDuplicate spec.map[3]: Duplicate value: {\"k\":\"b\"}",
            "FieldValueDuplicate spec.set[1]: Duplicate value: \"a\"",
        ],
    );
}

#[test]
fn schemas_are_combined() {
    check(
        json!({"any2": {}}),
        &[
            "FieldValueInvalid <nil>: Invalid value: \"\": \"spec.any2\" must validate at least one schema (anyOf)",
            "FieldValueRequired spec.any2.a: Required value",
        ],
    );
    check(
        json!({"one2": {}}),
        &[
            "FieldValueInvalid <nil>: Invalid value: \"\": \"spec.one2\" must validate one and only one schema (oneOf). Found none valid",
            "FieldValueRequired spec.one2.a: Required value",
        ],
    );
    check(
        json!({"one2": {"a": 1, "b": 1}}),
        &[
            "FieldValueInvalid <nil>: Invalid value: \"\": \"spec.one2\" must validate one and only one schema (oneOf). Found 2 valid alternatives",
        ],
    );
    check(
        json!({"all2": {"a": 5, "b": 1}}),
        &[
            "FieldValueInvalid spec.all2.a: Invalid value: 5: spec.all2.a in body should be less than or equal to 3",
            "FieldValueInvalid <nil>: Invalid value: \"\": \"spec.all2\" must validate all the schemas (allOf)",
        ],
    );
    check(
        json!({"not2": {"a": 1}}),
        &[
            "FieldValueInvalid <nil>: Invalid value: \"\": \"spec.not2\" must not validate the schema (not)",
        ],
    );
    check(
        json!({"any2": {"b": 1}, "one2": {"a": 1}, "all2": {"a": 1, "b": 1}, "not2": {"b": 1}}),
        &[],
    );
}

#[test]
fn an_embedded_object_has_a_version_and_a_kind() {
    check(
        json!({"emb": {}}),
        &[
            "FieldValueRequired spec.emb.apiVersion: Required value",
            "FieldValueRequired spec.emb.kind: Required value",
        ],
    );
    let said = causes(None, json!({"emb": {"apiVersion": "a/b/c", "kind": "foo bar"}}));
    assert_eq!(said.len(), 2);
    assert_eq!(
        said[0],
        "FieldValueInvalid spec.emb.apiVersion: Invalid value: \"a/b/c\": unexpected GroupVersion string: a/b/c"
    );
    let begins = "FieldValueInvalid spec.emb.kind: Invalid value: \"foo bar\": may have mixed case, but should \
                  otherwise match: a DNS-1035 label must consist of";
    assert!(said[1].starts_with(begins), "{}", said[1]);
}

#[test]
fn what_was_wrong_before_and_stays_is_let_be() {
    let old = json!({"max": 30, "enum": "green", "map": [{"k": "a", "v": "x"}, {"k": "b"}]});
    let new = json!({"max": 30, "enum": "yellow", "map": [{"k": "c"}, {"k": "a", "v": "x"}]});
    assert_eq!(
        causes(Some(old), new),
        [
            "FieldValueNotSupported spec.enum: Unsupported value: \"yellow\": supported values: \"red\", \"blue\""
        ]
    );
}
