//! What the real server was seen to say of these schemas.

use serde_json::{Value, json};

use crate::schema::from_crd;

#[track_caller]
fn check(spec: Value, expected: &[&str]) {
    let source = json!({"type": "object", "properties": {"spec": spec}});
    check_root(source, expected);
}

#[track_caller]
fn check_root(source: Value, expected: &[&str]) {
    let errors = from_crd("S", &source).err().unwrap_or_default();
    let said: Vec<String> = errors.iter().map(|error| error.to_string()).collect();
    let said: Vec<String> =
        said.iter().map(|text| text.replace("S.properties[spec]", "*")).collect();
    assert_eq!(said, expected, "{source}");
}

#[test]
fn a_structural_schema_is_fine() {
    let embedded = json!({"type": "object", "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true});
    let fine = [
        json!({"type": "object", "additionalProperties": false}),
        json!({"type": "object", "additionalProperties": true}),
        json!({"type": "string", "x-kubernetes-preserve-unknown-fields": true}),
        json!({"x-kubernetes-preserve-unknown-fields": true}),
        json!({"x-kubernetes-int-or-string": true}),
        json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
        json!({"x-kubernetes-int-or-string": true,
            "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"maximum": 3}]}),
        embedded,
        json!({"type": "object", "anyOf": [{"properties": {"b": {"minLength": 1}}}]}),
        json!({"type": "array", "items": {"type": "object", "x-kubernetes-map-type": "atomic"},
            "x-kubernetes-list-type": "set"}),
        json!({"type": "object", "properties": {"a": {"type": "string", "default": null}}}),
        json!({"type": "string", "enum": [1], "format": "weird", "maxLength": -1}),
        json!({"type": "object", "required": ["zz"]}),
    ];
    for spec in fine {
        check(spec, &[]);
    }
}

#[test]
fn the_root_is_an_object() {
    check_root(json!({}), &["S.type: Required value: must not be empty at the root"]);
    check_root(
        json!({"type": "string"}),
        &["S.type: Invalid value: \"string\": must be object at the root"],
    );
    check_root(
        json!({"type": "object", "nullable": true}),
        &["S.nullable: Forbidden: nullable cannot be true at the root"],
    );
}

#[test]
fn every_field_has_a_type() {
    check(
        json!({"type": "object", "properties": {"bad": {}}}),
        &["*.properties[bad].type: Required value: must not be empty for specified object fields"],
    );
    check(json!({"type": "array"}), &["*.items: Required value: must be specified"]);
    check(
        json!({"type": "array", "items": {}}),
        &["*.items.type: Required value: must not be empty for specified array items"],
    );
    check(
        json!({"type": "foo"}),
        &[
            "*.type: Unsupported value: \"foo\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \
         \"object\", \"string\"",
        ],
    );
}

#[test]
fn some_keywords_are_not_supported() {
    check(json!({"$ref": "#/x", "type": "object"}), &["*.$ref: Forbidden: $ref is not supported"]);
    check(
        json!({"type": "object", "dependencies": {"a": ["b"]}}),
        &["*.dependencies: Forbidden: dependencies is not supported"],
    );
    check(
        json!({"type": "object", "patternProperties": {"a": {"type": "string"}}}),
        &["*.patternProperties: Forbidden: patternProperties is not supported"],
    );
    check(
        json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
        &[
            "*.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ],
    );
    check(
        json!({"type": "array", "items": [{"type": "string"}]}),
        &["*.items: Forbidden: items must be a schema object and not an array"],
    );
    check(
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
        &[
            "*.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
        ],
    );
    check(
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": false}),
        &[
            "*.x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined",
        ],
    );
}

#[test]
fn a_part_says_nothing_of_the_structure() {
    check(
        json!({"type": "object", "allOf": [{"type": "object"}]}),
        &["*.allOf[0].type: Forbidden: must be empty to be structural"],
    );
    check(
        json!({"type": "object", "properties": {"a": {"type": "string"}},
        "allOf": [{"properties": {"a": {"default": "x", "description": "d", "nullable": true, "title": "t"}}}]}),
        &[
            "*.allOf[0].properties[a].default: Forbidden: must be undefined to be structural",
            "*.allOf[0].properties[a].description: Forbidden: must be empty to be structural",
            "*.allOf[0].properties[a].title: Forbidden: must be empty to be structural",
            "*.allOf[0].properties[a].nullable: Forbidden: must be false to be structural",
        ],
    );
    check(
        json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "string"}, {"type": "integer"}]}),
        &[
            "*.anyOf[0].type: Forbidden: must be empty to be structural",
            "*.anyOf[1].type: Forbidden: must be empty to be structural",
        ],
    );
}

#[test]
fn lists_and_maps_say_how_they_merge() {
    let items = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let list = |more: Value| {
        let mut list = json!({"type": "array", "items": items});
        list.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        list
    };
    check(
        list(json!({"x-kubernetes-list-type": "foo"})),
        &[
            "*.x-kubernetes-list-type: Unsupported value: \"foo\": supported values: \"atomic\", \"set\", \"map\"",
        ],
    );
    check(
        list(json!({"x-kubernetes-list-type": "map"})),
        &[
            "*.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
        ],
    );
    check(
        list(json!({"x-kubernetes-list-map-keys": ["a"]})),
        &[
            "*.x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty",
        ],
    );
    check(
        list(json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"]})),
        &[
            "*.items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must \
         have a default or be a required property",
        ],
    );
    check(
        list(json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["b"]})),
        &[
            "*.x-kubernetes-list-map-keys: Invalid value: [\"b\"]: entries must all be names of item properties",
        ],
    );
    check(
        list(json!({"x-kubernetes-list-type": "set"})),
        &[
            "*.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with \
         x-kubernetes-list-type=set",
        ],
    );
    check(
        json!({"type": "string", "x-kubernetes-map-type": "atomic"}),
        &[
            "*.type: Invalid value: \"string\": must be object if x-kubernetes-map-type is specified",
        ],
    );
    check(
        json!({"type": "array", "items": {"type": "string", "nullable": true}, "x-kubernetes-list-type": "set"}),
        &["*.items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set"],
    );
}

#[test]
fn metadata_is_only_named() {
    check_root(
        json!({"type": "object", "properties": {"metadata": {"type": "string"}}}),
        &["S.properties[metadata].type: Invalid value: \"string\": must be object"],
    );
    let labels = json!({"type": "object", "properties": {"metadata": {"type": "object",
        "properties": {"labels": {"type": "object"}}}}});
    check_root(
        labels,
        &[
            "S.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but \
         metadata is implicitly specified",
        ],
    );
    check(
        json!({"type": "object", "x-kubernetes-embedded-resource": true}),
        &[
            "*.properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without \
         x-kubernetes-preserve-unknown-fields",
        ],
    );
}

#[test]
fn a_default_is_valid() {
    let field = |field: Value| json!({"type": "object", "properties": {"a": field}});
    check(
        field(json!({"type": "string", "default": 5})),
        &[
            "*.properties[a].default: Invalid value: \"integer\":  in body must be of type string: \"integer\"",
        ],
    );
    check(
        field(json!({"type": "integer", "default": 5, "maximum": 3})),
        &["*.properties[a].default: Invalid value: 5:  in body should be less than or equal to 3"],
    );
    check(
        json!({"type": "object", "default": {"x": 1}, "properties": {"a": {"type": "string"}}}),
        &["*.default: Invalid value: {\"x\":1}: must not have unknown fields"],
    );
}

#[test]
fn a_rule_and_a_pattern_can_be_read() {
    check(
        json!({"type": "object", "x-kubernetes-validations": [{"rule": ""}]}),
        &["*.x-kubernetes-validations[0].rule: Required value: rule is not specified"],
    );
    let errors = from_crd(
        "S",
        &json!({"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}}),
    );
    let said = errors.unwrap_err()[0].to_string();
    assert!(
        said.starts_with(
            "S.properties[a].pattern: Invalid value: \"(\": must be a valid regular expression"
        ),
        "{said}"
    );
}
