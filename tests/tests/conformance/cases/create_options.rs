//! dryRun, fieldValidation, fieldManager: what the query asks of a write.

use serde_json::{Value, json};

use crate::objects::{deployment, map, map_with};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!(
    "2.2",
    Raw,
    [
        a_dry_run_answers_as_if_and_keeps_nothing[50],
        a_dry_run_makes_up_a_name,
        a_dry_run_still_refuses,
        a_dry_run_of_a_replace_keeps_the_old[50],
        a_dry_run_of_a_patch_keeps_the_old[50],
        a_dry_run_of_a_delete_keeps_the_object[50],
        a_dry_run_of_an_apply_creates_nothing[50],
        an_unknown_dry_run_is_invalid,
        an_unknown_field_draws_a_warning_by_default,
        an_unknown_field_draws_a_warning_when_asked[13],
        an_unknown_field_is_ignored_when_asked,
        an_unknown_field_is_refused_when_strict[13],
        every_unknown_field_is_named,
        each_problem_has_its_own_warning[12],
        a_duplicate_field_is_refused_when_strict,
        a_duplicate_field_draws_a_warning,
        names_of_fields_are_case_sensitive,
        a_strict_replace_refuses_unknown_fields,
        a_strict_merge_patch_refuses_unknown_fields,
        an_unknown_field_of_a_custom_object_draws_a_warning,
        a_strict_custom_object_refuses_unknown_fields,
        an_unknown_validation_is_invalid,
        options_of_a_replace_are_update_options,
        options_of_a_patch_are_patch_options,
        a_long_manager_is_invalid,
        an_unprintable_manager_is_invalid,
        the_manager_of_a_write_is_named,
        without_a_manager_the_user_agent_is_it,
    ]
);

fn a_dry_run_answers_as_if_and_keeps_nothing(s: &Server) {
    let reply = s.post("configmaps?dryRun=All", map_with("a", json!({"k": "v"}))).expect(201);
    let reply = reply.absent("/metadata/resourceVersion").present("/metadata/creationTimestamp");
    assert_eq!(reply.uid().len(), 36);
    s.get("configmaps/a").not_found("configmaps", "a");
}

fn a_dry_run_makes_up_a_name(s: &Server) {
    let reply =
        s.post("configmaps?dryRun=All", json!({"metadata": {"generateName": "gen-"}})).expect(201);
    assert_eq!(reply.name().len(), 9);
    assert!(s.get("configmaps").expect(200).names().is_empty());
}

fn a_dry_run_still_refuses(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.post("configmaps?dryRun=All", map("a")).expect(409).reason("AlreadyExists");
    s.post("configmaps?dryRun=All", map("A")).expect(422);
    s.post("/api/v1/namespaces/nons/configmaps?dryRun=All", map("a"))
        .not_found("namespaces", "nons");
}

fn a_dry_run_of_a_replace_keeps_the_old(s: &Server) {
    let version = s.post("configmaps", map("a")).expect(201).rv();
    let reply = s.put("configmaps/a?dryRun=All", map_with("a", json!({"k": "v"}))).expect(200);
    assert_eq!(reply.at("/data/k", json!("v")).rv(), version);
    assert_eq!(s.get("configmaps/a").expect(200).absent("/data").rv(), version);
}

fn a_dry_run_of_a_patch_keeps_the_old(s: &Server) {
    let version = s.post("apps/v1:deployments", deployment("d")).expect(201).rv();
    let reply =
        s.merge("apps/v1:deployments/d?dryRun=All", json!({"spec": {"replicas": 7}})).expect(200);
    assert_eq!(
        reply.at("/spec/replicas", json!(7)).at("/metadata/generation", json!(2)).rv(),
        version
    );
    s.get("apps/v1:deployments/d")
        .expect(200)
        .at("/spec/replicas", json!(1))
        .at("/metadata/generation", json!(1));
}

fn a_dry_run_of_a_delete_keeps_the_object(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.delete("configmaps/a?dryRun=All").expect(200);
    s.delete_with("configmaps/a", json!({"dryRun": ["All"]})).expect(200);
    s.get("configmaps/a").expect(200).absent("/metadata/deletionTimestamp");
}

fn a_dry_run_of_an_apply_creates_nothing(s: &Server) {
    s.apply("configmaps/a?fieldManager=m&dryRun=All", map_with("a", json!({"k": "v"}))).expect(201);
    s.get("configmaps/a").not_found("configmaps", "a");
}

/// A refusal of an option.
#[track_caller]
fn refused_option(reply: crate::server::Reply, options: &str, field: &str, cause: &str, why: &str) {
    let message = format!("{options}.meta.k8s.io \"\" is invalid: {field}: {why}");
    let causes = json!([{"reason": cause, "message": why, "field": field}]);
    let details = json!({"group": "meta.k8s.io", "kind": options, "causes": causes});
    reply.refused(422, "Invalid", &message, details);
}

fn an_unknown_dry_run_is_invalid(s: &Server) {
    let why = "Unsupported value: [\"Foo\"]: supported values: \"All\"";
    let reply = s.post("configmaps?dryRun=Foo", map("a"));
    refused_option(reply, "CreateOptions", "dryRun", "FieldValueNotSupported", why);
    s.get("configmaps/a").not_found("configmaps", "a");
}

fn with_unknown(name: &str) -> Value {
    json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name}, "foo": 1})
}

fn an_unknown_field_draws_a_warning_by_default(s: &Server) {
    let reply = s.post("configmaps", with_unknown("a")).expect(201);
    reply.warnings(&["unknown field \"foo\""]).absent("/foo");
}

fn an_unknown_field_draws_a_warning_when_asked(s: &Server) {
    let reply = s.post("configmaps?fieldValidation=Warn", with_unknown("a")).expect(201);
    reply.warnings(&["unknown field \"foo\""]);
}

fn an_unknown_field_is_ignored_when_asked(s: &Server) {
    s.post("configmaps?fieldValidation=Ignore", with_unknown("a")).expect(201).warnings(&[]);
}

fn an_unknown_field_is_refused_when_strict(s: &Server) {
    s.post("configmaps?fieldValidation=Strict", with_unknown("a")).bad_request(
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"foo\"",
    );
    s.get("configmaps/a").not_found("configmaps", "a");
}

fn every_unknown_field_is_named(s: &Server) {
    let mut object = deployment("d");
    object["spec"]["template"]["spec"]["containers"][0]["bogus"] = json!(1);
    object["metadata"]["oops"] = json!({});
    s.post("apps/v1:deployments?fieldValidation=Strict", object).bad_request(
        "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: \
         unknown field \"metadata.oops\", unknown field \"spec.template.spec.containers[0].bogus\"",
    );
}

fn each_problem_has_its_own_warning(s: &Server) {
    let mut object = with_unknown("a");
    object["metadata"]["oops"] = json!(1);
    let reply = s.post("configmaps", object).expect(201);
    reply.warnings(&["unknown field \"foo\"", "unknown field \"metadata.oops\""]);
}

const TWO_NAMES: &str =
    r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","name":"b"}}"#;

fn a_duplicate_field_is_refused_when_strict(s: &Server) {
    let draft = s.request("POST", "configmaps?fieldValidation=Strict");
    draft.body("application/json", TWO_NAMES).send().bad_request(
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: \
         duplicate field \"metadata.name\"",
    );
}

fn a_duplicate_field_draws_a_warning(s: &Server) {
    let reply =
        s.request("POST", "configmaps").body("application/json", TWO_NAMES).send().expect(201);
    reply.warnings(&["duplicate field \"metadata.name\""]).at("/metadata/name", json!("b"));
}

fn names_of_fields_are_case_sensitive(s: &Server) {
    let object = json!({"metadata": {"name": "a"}, "Data": {"k": "v"}});
    s.post("configmaps", object).expect(201).warnings(&["unknown field \"Data\""]).absent("/data");
}

fn a_strict_replace_refuses_unknown_fields(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.put("configmaps/a?fieldValidation=Strict", with_unknown("a")).bad_request(
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"foo\"",
    );
    s.put("configmaps/a", with_unknown("a")).expect(200).warnings(&["unknown field \"foo\""]);
}

fn a_strict_merge_patch_refuses_unknown_fields(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let reply = s
        .merge("configmaps/a?fieldValidation=Strict", json!({"foo": 1}))
        .expect(422)
        .reason("Invalid");
    reply
        .message_has("strict decoding error: unknown field \"foo\"")
        .cause_fields(&["patch"])
        .loosely("it quotes the object, bytes and all");
    s.merge("configmaps/a", json!({"foo": 1})).expect(200).warnings(&["unknown field \"foo\""]);
}

fn an_unknown_field_of_a_custom_object_draws_a_warning(s: &Server) {
    widgets::install(s);
    let reply = s
        .post(WIDGETS, widget("w", json!({"junk": 1, "entries": [{"name": "a", "more": 1}]})))
        .expect(201);
    reply
        .warnings(&["unknown field \"spec.entries[0].more\"", "unknown field \"spec.junk\""])
        .absent("/spec/junk")
        .absent("/spec/entries/0/more");
}

fn a_strict_custom_object_refuses_unknown_fields(s: &Server) {
    widgets::install(s);
    let reply =
        s.post(&format!("{WIDGETS}?fieldValidation=Strict"), widget("w", json!({"junk": 1})));
    reply.bad_request(
        "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.junk\"",
    );
}

const UNKNOWN_VALIDATION: &str =
    "Unsupported value: \"Bogus\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"";

fn an_unknown_validation_is_invalid(s: &Server) {
    let reply = s.post("configmaps?fieldValidation=Bogus", map("a"));
    refused_option(
        reply,
        "CreateOptions",
        "fieldValidation",
        "FieldValueNotSupported",
        UNKNOWN_VALIDATION,
    );
}

fn options_of_a_replace_are_update_options(s: &Server) {
    let reply = s.put("configmaps/a?fieldValidation=Bogus", map("a"));
    refused_option(
        reply,
        "UpdateOptions",
        "fieldValidation",
        "FieldValueNotSupported",
        UNKNOWN_VALIDATION,
    );
}

fn options_of_a_patch_are_patch_options(s: &Server) {
    let reply = s.merge("configmaps/a?fieldValidation=Bogus", map("a"));
    refused_option(
        reply,
        "PatchOptions",
        "fieldValidation",
        "FieldValueNotSupported",
        UNKNOWN_VALIDATION,
    );
}

fn a_long_manager_is_invalid(s: &Server) {
    let why = "Too long: may not be more than 128 bytes";
    let reply = s.post(&format!("configmaps?fieldManager={}", "x".repeat(129)), map("a"));
    refused_option(reply, "CreateOptions", "fieldManager", "FieldValueTooLong", why);
}

fn an_unprintable_manager_is_invalid(s: &Server) {
    let why = "Invalid value: \"a\\x01b\": invalid character U+0001 (at position 1)";
    let reply = s.post("configmaps?fieldManager=a%01b", map("a"));
    refused_option(reply, "CreateOptions", "fieldManager", "FieldValueInvalid", why);
}

fn the_manager_of_a_write_is_named(s: &Server) {
    let reply = s.post("configmaps?fieldManager=me", map_with("a", json!({"k": "v"}))).expect(201);
    reply.has(json!({"metadata": {"managedFields": [{
        "manager": "me", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {".": {}, "f:k": {}}},
    }]}}));
}

fn without_a_manager_the_user_agent_is_it(s: &Server) {
    let draft = s.request("POST", "configmaps").header("User-Agent", "robot/v1 (linux)");
    let reply = draft.json(&map_with("a", json!({"k": "v"}))).send().expect(201);
    reply.at("/metadata/managedFields/0/manager", json!("robot"));
    let draft = s.request("POST", "configmaps").without_header("User-Agent");
    let reply = draft.json(&map_with("b", json!({"k": "v"}))).send().expect(201);
    reply.at("/metadata/managedFields/0/manager", json!("unknown"));
}
