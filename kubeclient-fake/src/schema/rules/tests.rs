//! What the real server was seen to say of these rules.

use serde_json::{Value, json};

use super::custom_errors;
use crate::schema::from_crd;

fn with_rule(mut schema: Value, rule: Value) -> Value {
    schema["x-kubernetes-validations"] = json!([rule]);
    schema
}

fn spec() -> Value {
    let number = json!({"type": "integer"});
    let positive = with_rule(number.clone(), json!({"rule": "self > 0"}));
    let two = json!({"type": "object", "properties": {"a": number, "b": number}});
    let text = json!({"type": "string", "maxLength": 20});
    json!({
        "imm": with_rule(text.clone(), json!({"rule": "self == oldSelf", "message": "imm is immutable"})),
        "max": {"type": "integer", "maximum": 10},
        "obj": with_rule(two.clone(), json!({"rule": "self.a < self.b"})),
        "fp": with_rule(two.clone(), json!({"rule": "self.a < self.b", "message": "a<b", "fieldPath": ".a",
            "reason": "FieldValueForbidden"})),
        "req": with_rule(two, json!({"rule": "has(self.a)", "reason": "FieldValueRequired", "fieldPath": ".a",
            "message": "need a"})),
        "dup": with_rule(number.clone(), json!({"rule": "self != 1", "reason": "FieldValueDuplicate"})),
        "me": with_rule(number, json!({"rule": "self < 5",
            "messageExpression": "self > 6 ? 'got big' : 'got small'"})),
        "list": {"type": "array", "items": positive},
        "map": {"type": "object", "additionalProperties": positive},
        "arr": with_rule(json!({"type": "array", "items": {"type": "integer"}}), json!({"rule": "self.size() < 3"})),
        "opt": with_rule(text.clone(), json!({"rule": "!oldSelf.hasValue() || self == oldSelf.value()",
            "optionalOldSelf": true})),
        "num": with_rule(json!({"type": "number"}), json!({"rule": "self < 1.5"})),
        "str": with_rule(text, json!({"rule": "self.startsWith('a')"})),
        "ios": with_rule(json!({"x-kubernetes-int-or-string": true}),
            json!({"rule": "self == 'x' || self > 0"})),
        "date": with_rule(json!({"type": "string", "format": "date-time"}),
            json!({"rule": "self > timestamp('2020-01-01T00:00:00Z')"})),
        "keyed": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
            "items": with_rule(json!({"type": "object", "required": ["k"],
                "properties": {"k": {"type": "string"}, "v": {"type": "integer"}, "name-space": {"type": "string"}}}),
                json!({"rule": "self.v == oldSelf.v || self.name__dash__space == 'x'"}))},
    })
}

#[track_caller]
fn check(old: Option<Value>, new: Value, expected: &[&str]) {
    let source =
        json!({"type": "object", "properties": {"spec": {"type": "object", "properties": spec()}}});
    let schema = from_crd("S", &source).unwrap();
    let whole = |spec: Value| json!({"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "x"}, "spec": spec});
    let errors = custom_errors(&schema, &whole(new.clone()), old.map(whole).as_ref()).unwrap();
    let said: Vec<String> =
        errors.iter().map(|error| format!("{} {error}", error.cause().reason)).collect();
    assert_eq!(said, expected, "{new}");
}

#[test]
fn a_broken_rule_is_told_with_the_value_it_stands_at() {
    check(
        None,
        json!({"obj": {"a": 2, "b": 1}}),
        &["FieldValueInvalid spec.obj: Invalid value: failed rule: self.a < self.b"],
    );
    check(
        None,
        json!({"list": [1, -1]}),
        &["FieldValueInvalid spec.list[1]: Invalid value: -1: failed rule: self > 0"],
    );
    check(
        None,
        json!({"map": {"k": -1}}),
        &["FieldValueInvalid spec.map[k]: Invalid value: -1: failed rule: self > 0"],
    );
    check(
        None,
        json!({"arr": [1, 2, 3]}),
        &["FieldValueInvalid spec.arr: Invalid value: failed rule: self.size() < 3"],
    );
    check(
        None,
        json!({"str": "b"}),
        &["FieldValueInvalid spec.str: Invalid value: \"b\": failed rule: self.startsWith('a')"],
    );
    check(
        None,
        json!({"num": 2.5}),
        &["FieldValueInvalid spec.num: Invalid value: 2.5: failed rule: self < 1.5"],
    );
    check(
        None,
        json!({"ios": -1}),
        &["FieldValueInvalid spec.ios: Invalid value: -1: failed rule: self == 'x' || self > 0"],
    );
    check(
        None,
        json!({"date": "2019-01-01T00:00:00Z"}),
        &[
            "FieldValueInvalid spec.date: Invalid value: \"2019-01-01T00:00:00Z\": failed rule: self > \
         timestamp('2020-01-01T00:00:00Z')",
        ],
    );
    let fine = json!({"obj": {"a": 1, "b": 2}, "list": [1], "map": {"k": 1}, "arr": [], "str": "a", "num": 1,
        "ios": "x", "date": "2021-01-01T00:00:00Z"});
    check(None, fine, &[]);
}

#[test]
fn a_rule_says_its_own_message_reason_and_field() {
    check(
        None,
        json!({"fp": {"a": 2, "b": 1}}),
        &["FieldValueForbidden spec.fp.a: Forbidden: a<b"],
    );
    check(None, json!({"req": {}}), &["FieldValueRequired spec.req.a: Required value: need a"]);
    check(None, json!({"dup": 1}), &["FieldValueDuplicate spec.dup: Duplicate value: 1"]);
    check(None, json!({"me": 7}), &["FieldValueInvalid spec.me: Invalid value: 7: got big"]);
}

#[test]
fn a_rule_about_a_change_waits_for_one() {
    let imm = |value: &str| json!({"imm": value});
    check(None, imm("a"), &[]);
    check(Some(imm("a")), imm("a"), &[]);
    check(
        Some(imm("a")),
        imm("b"),
        &["FieldValueInvalid spec.imm: Invalid value: \"b\": imm is immutable"],
    );
    check(None, json!({"opt": "a"}), &[]);
    check(
        Some(json!({"opt": "a"})),
        json!({"opt": "b"}),
        &[
            "FieldValueInvalid spec.opt: Invalid value: \"b\": failed rule: !oldSelf.hasValue() || self == oldSelf.value()",
        ],
    );
}

#[test]
fn an_item_with_keys_was_what_had_the_same_keys() {
    let old = json!({"keyed": [{"k": "a", "v": 1, "name-space": ""}, {"k": "b", "v": 2, "name-space": ""}]});
    let moved = json!({"keyed": [{"k": "b", "v": 2, "name-space": ""}, {"k": "a", "v": 1, "name-space": ""}]});
    check(Some(old.clone()), moved, &[]);
    let changed = json!({"keyed": [{"k": "b", "v": 3, "name-space": ""}, {"k": "a", "v": 3, "name-space": "x"}]});
    check(
        Some(old),
        changed,
        &["FieldValueInvalid spec.keyed[0]: Invalid value: failed rule: self.v == oldSelf.v || \
         self.name__dash__space == 'x'"],
    );
}

#[test]
fn a_rule_that_stumbles_is_broken() {
    check(
        None,
        json!({"obj": {"a": 2}}),
        &[
            "FieldValueInvalid spec.obj: Invalid value: \"object\": no such key: b evaluating rule: self.a < self.b",
        ],
    );
}

#[test]
fn rules_are_not_checked_where_the_object_has_the_wrong_shape() {
    check(
        None,
        json!({"max": "x", "me": 7}),
        &[
            "FieldValueTypeInvalid spec.max: Invalid value: \"string\": spec.max in body must be of type integer: \"string\"",
            "FieldValueInvalid <nil>: Invalid value: null: some validation rules were not checked because the object \
         was invalid; correct the existing errors to complete validation",
        ],
    );
    check(
        None,
        json!({"max": 30, "me": 7}),
        &[
            "FieldValueInvalid spec.max: Invalid value: 30: spec.max in body should be less than or equal to 10",
            "FieldValueInvalid spec.me: Invalid value: 7: got big",
        ],
    );
}

#[test]
fn what_stood_before_is_let_be() {
    check(Some(json!({"me": 7, "max": 1})), json!({"me": 7, "max": 2}), &[]);
}

#[test]
fn a_function_that_is_not_there_is_not_implemented() {
    let rule = json!({"type": "object", "x-kubernetes-validations": [{"rule": "nope(self)"}]});
    let schema = from_crd("S", &json!({"type": "object", "properties": {"spec": rule}})).unwrap();
    assert_eq!(custom_errors(&schema, &json!({"spec": {}}), None).unwrap_err().code, 501);
}

#[test]
fn what_cannot_be_read_as_a_rule_is_refused_with_the_definition() {
    let errors = |rule: &str| {
        let rule = json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}]});
        from_crd("S", &json!({"type": "object", "properties": {"spec": rule}}))
            .err()
            .unwrap_or_default()
    };
    let error = &errors("self.x >")[0];
    assert_eq!(error.field, "S.properties[spec].x-kubernetes-validations[0].rule");
    assert!(error.detail.starts_with("compilation failed: ERROR: <input>:1:"), "{}", error.detail);
    assert!(!errors(&"(".repeat(100_000)).is_empty());
    assert!(!errors(&"!".repeat(10_000)).is_empty());
}
