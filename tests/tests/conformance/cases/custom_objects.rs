//! What a schema does to custom objects: prune, default, validate.

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.9", Raw, [
    unknown_fields_are_pruned,
    unknown_fields_of_a_free_map_stay,
    a_default_is_set,
    a_default_within_a_list_is_set,
    null_of_a_defaulted_field_is_the_default,
    null_without_default_is_dropped,
    a_number_over_its_maximum_is_invalid,
    a_value_outside_its_enum_is_invalid,
    a_long_text_is_invalid,
    a_wrong_type_is_invalid,
    a_missing_required_field_is_invalid,
    a_duplicate_key_of_a_list_map_is_invalid,
    a_duplicate_of_a_set_is_invalid,
    several_problems_are_all_told,
    a_wrong_root_is_refused,
    metadata_is_validated_as_everywhere,
    metadata_of_a_wrong_type_is_refused,
    a_whole_number_written_with_a_point_is_an_integer,
    an_update_is_validated,
    an_update_is_pruned_and_defaulted,
    generate_name_works_for_custom_objects,
    a_spec_of_nothing_gets_no_defaults,
]);

fn create(s: &Server, spec: Value) -> Reply {
    widgets::install(s);
    s.post(WIDGETS, widget("w", spec))
}

const KIND: &str = "Widget.conformance.example";

#[track_caller]
fn invalid(s: &Server, spec: Value, field: &str, cause: &str, why: &str) {
    create(s, spec).invalid(KIND, "w", field, cause, why);
}

fn unknown_fields_are_pruned(s: &Server) {
    create(s, json!({"size": 1, "junk": {"a": 1}})).expect(201).absent("/spec/junk").at("/spec/size", json!(1));
}

fn unknown_fields_of_a_free_map_stay(s: &Server) {
    let free = json!({"a": [1, {"b": null}], "c": {"d": "e"}});
    create(s, json!({"free": free})).expect(201).warnings(&[]).at("/spec/free/c", json!({"d": "e"}));
}

fn a_default_is_set(s: &Server) {
    create(s, json!({})).expect(201).at("/spec/label", json!("plain"));
}

fn a_default_within_a_list_is_set(s: &Server) {
    let reply = create(s, json!({"entries": [{"name": "a"}]})).expect(201);
    reply.at("/spec/entries", json!([{"name": "a", "protocol": "TCP"}]));
}

fn null_of_a_defaulted_field_is_the_default(s: &Server) {
    create(s, json!({"label": null})).expect(201).at("/spec/label", json!("plain"));
}

fn null_without_default_is_dropped(s: &Server) {
    create(s, json!({"size": null})).expect(201).absent("/spec/size");
}

fn a_number_over_its_maximum_is_invalid(s: &Server) {
    let why = "Invalid value: 30: spec.size in body should be less than or equal to 10";
    invalid(s, json!({"size": 30}), "spec.size", "FieldValueInvalid", why);
}

fn a_value_outside_its_enum_is_invalid(s: &Server) {
    let why = "Unsupported value: \"green\": supported values: \"red\", \"blue\"";
    invalid(s, json!({"color": "green"}), "spec.color", "FieldValueNotSupported", why);
}

fn a_long_text_is_invalid(s: &Server) {
    let why = "Too long: may not be more than 5 bytes";
    invalid(s, json!({"note": "too long"}), "spec.note", "FieldValueTooLong", why);
}

fn a_wrong_type_is_invalid(s: &Server) {
    let why = "Invalid value: \"string\": spec.size in body must be of type integer: \"string\"";
    invalid(s, json!({"size": "1"}), "spec.size", "FieldValueTypeInvalid", why);
}

fn a_missing_required_field_is_invalid(s: &Server) {
    let spec = json!({"entries": [{"value": 1}]});
    let reply = create(s, spec).expect(422).reason("Invalid");
    reply.message_has("spec.entries[0].name: Required value");
}

fn a_duplicate_key_of_a_list_map_is_invalid(s: &Server) {
    let spec = json!({"entries": [{"name": "a"}, {"name": "a", "value": 1}]});
    let why = "Duplicate value: {\"name\":\"a\"}";
    invalid(s, spec, "spec.entries[1]", "FieldValueDuplicate", why);
}

fn a_duplicate_of_a_set_is_invalid(s: &Server) {
    let why = "Duplicate value: \"x\"";
    invalid(s, json!({"tags": ["x", "y", "x"]}), "spec.tags[2]", "FieldValueDuplicate", why);
}

fn several_problems_are_all_told(s: &Server) {
    let mut reply = create(s, json!({"size": 30, "color": "green", "note": "too long"})).expect(422);
    reply.sort_causes();
    let reply = reply.reason("Invalid").cause_fields(&["spec.color", "spec.note", "spec.size"]);
    s.record("causes", reply.json()["details"]["causes"].clone());
    reply.without(&["/message", "/details/causes"], "in the order of a map of Go's");
}

fn a_wrong_root_is_refused(s: &Server) {
    let reply = create(s, json!("text")).expect(422).reason("Invalid");
    // The path of the replicas is looked at, too.
    reply.cause_fields(&["spec", ".spec.replicas"]).message_has(
        ".spec.replicas: Invalid value: 0: .spec.replicas accessor error: text is of the type string, \
         expected map[string]interface{}",
    );
}

fn metadata_is_validated_as_everywhere(s: &Server) {
    widgets::install(s);
    let mut object = widget("w", json!({}));
    object["metadata"]["labels"] = json!({"a b": "c"});
    s.post(WIDGETS, object).expect(422).cause_fields(&["metadata.labels"]);
    s.post(WIDGETS, widget("Bad!", json!({}))).expect(422).cause_fields(&["metadata.name"]);
}

fn metadata_of_a_wrong_type_is_refused(s: &Server) {
    widgets::install(s);
    let mut object = widget("w", json!({}));
    object["metadata"]["labels"] = json!({"a": 1});
    s.post(WIDGETS, object).expect(400).reason("BadRequest").loosely("the decoder's own words");
}

fn a_whole_number_written_with_a_point_is_an_integer(s: &Server) {
    widgets::install(s);
    let body = r#"{"apiVersion":"conformance.example/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"size":3.0}}"#;
    s.request("POST", WIDGETS).body("application/json", body).send().expect(201);
}

fn an_update_is_validated(s: &Server) {
    let mut object = create(s, json!({"size": 1})).expect(201).json();
    object["spec"]["size"] = json!(30);
    let why = "Invalid value: 30: spec.size in body should be less than or equal to 10";
    s.put(&format!("{WIDGETS}/w"), object).invalid(KIND, "w", "spec.size", "FieldValueInvalid", why);
}

fn an_update_is_pruned_and_defaulted(s: &Server) {
    let mut object = create(s, json!({"size": 1, "label": "mine"})).expect(201).json();
    object["spec"] = json!({"size": 2, "junk": 1});
    let reply = s.put(&format!("{WIDGETS}/w"), object).expect(200);
    reply.at("/spec", json!({"size": 2, "label": "plain"}));
}

fn generate_name_works_for_custom_objects(s: &Server) {
    widgets::install(s);
    let mut object = widget("w", json!({}));
    object["metadata"] = json!({"generateName": "gen-"});
    assert!(s.post(WIDGETS, object).expect(201).name().starts_with("gen-"));
}

fn a_spec_of_nothing_gets_no_defaults(s: &Server) {
    widgets::install(s);
    let object = json!({"apiVersion": "conformance.example/v1", "kind": "Widget", "metadata": {"name": "w"}});
    s.post(WIDGETS, object).expect(201).absent("/spec");
}
