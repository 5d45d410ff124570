//! Which formats the server reads and writes, and what it says to others.

use serde_json::{Value, json};

use crate::objects::{map, map_with};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!(
    "2.1",
    Raw,
    [
        a_body_of_an_unknown_type_is_refused,
        a_body_without_a_type_is_json,
        parameters_of_the_media_type_are_ignored,
        a_yaml_body_is_read,
        a_yaml_name_y_is_a_boolean,
        a_patch_of_an_unknown_type_is_refused,
        a_patch_of_a_custom_object_of_an_unknown_type_names_the_known_ones,
        a_strategic_patch_of_a_custom_object_is_refused[46],
        no_acceptable_format_is_refused,
        an_unacceptable_format_is_refused_before_anything_happens,
        the_first_acceptable_format_wins,
        any_format_is_json,
        no_accept_header_is_json,
        yaml_is_written_when_asked_for,
        yaml_of_a_refusal,
        an_unknown_representation_is_refused,
        a_watch_in_yaml_is_refused,
        a_body_over_the_limit_is_refused,
        a_bad_number_in_the_query_is_refused,
        export_is_refused,
        a_bad_timeout_is_refused[5],
        a_timeout_with_a_unit_is_accepted[4],
        every_answer_has_an_audit_id_and_is_not_cached,
        a_broken_json_body_is_refused,
        an_empty_body_is_refused,
    ]
);

const UNKNOWN_FORMAT: &str = "the body of the request was in an unknown format - accepted media types include: \
    application/json, application/yaml, application/vnd.kubernetes.protobuf";

fn a_body_of_an_unknown_type_is_refused(s: &Server) {
    let refused = |method: &str, path: &str, kind: &str| {
        let body = map("a").to_string();
        let reply = s.request(method, path).body(kind, body).send();
        reply.refused(415, "UnsupportedMediaType", UNKNOWN_FORMAT, Value::Null);
    };
    refused("POST", "configmaps", "text/plain");
    refused("POST", "configmaps", "application/xml");
    s.post("configmaps", map("a")).expect(201);
    refused("PUT", "configmaps/a", "text/plain");
}

fn a_body_without_a_type_is_json(s: &Server) {
    let draft = s.request("POST", "configmaps").json(&map("a"));
    draft.without_header("Content-Type").send().expect(201);
}

fn parameters_of_the_media_type_are_ignored(s: &Server) {
    let body = map("a").to_string();
    s.request("POST", "configmaps")
        .body("application/json; charset=utf-8", body)
        .send()
        .expect(201);
    let patch = json!({"data": {"k": "v"}}).to_string();
    let draft = s.request("PATCH", "configmaps/a");
    draft.body("application/merge-patch+json; charset=utf-8", patch).send().expect(200);
}

fn a_yaml_body_is_read(s: &Server) {
    let body =
        "# a comment\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: |\n    two\n    lines\n";
    let reply = s.request("POST", "configmaps").body("application/yaml", body).send();
    reply.expect(201).at("/data/k", json!("two\nlines\n"));
}

fn a_yaml_name_y_is_a_boolean(s: &Server) {
    let body = "kind: ConfigMap\nmetadata:\n  name: y\n";
    let reply = s.request("POST", "configmaps").body("application/yaml", body).send();
    reply.expect(400).reason("BadRequest").loosely("the decoder's own words");
}

fn a_patch_of_an_unknown_type_is_refused(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    for kind in ["application/json", "text/plain"] {
        let reply = s.request("PATCH", "configmaps/a").body(kind, "{}").send();
        reply.refused(415, "UnsupportedMediaType", "415: Unsupported Media Type", json!({}));
    }
}

const CUSTOM_PATCHES: &str = "the body of the request was in an unknown format - accepted media types include: \
    application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

fn a_patch_of_a_custom_object_of_an_unknown_type_names_the_known_ones(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({}))).expect(201);
    let reply = s.request("PATCH", &format!("{WIDGETS}/w")).body("text/plain", "{}").send();
    reply.refused(415, "UnsupportedMediaType", CUSTOM_PATCHES, Value::Null);
}

fn a_strategic_patch_of_a_custom_object_is_refused(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({}))).expect(201);
    let reply = s.strategic(&format!("{WIDGETS}/w"), json!({"spec": {"size": 1}}));
    reply.refused(415, "UnsupportedMediaType", CUSTOM_PATCHES, Value::Null);
}

const NOT_ACCEPTABLE: &str = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, \
    application/vnd.kubernetes.protobuf";

fn no_acceptable_format_is_refused(s: &Server) {
    let reply = s.request("GET", "configmaps/a").accept("application/xml").send();
    reply.refused(406, "NotAcceptable", NOT_ACCEPTABLE, json!({}));
    // What can be watched offers its formats, too.
    let streams = ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
    let reply = s.request("GET", "configmaps").accept("application/*").send();
    reply.refused(406, "NotAcceptable", &format!("{NOT_ACCEPTABLE}{streams}"), json!({}));
}

fn an_unacceptable_format_is_refused_before_anything_happens(s: &Server) {
    let reply = s.request("POST", "configmaps").accept("application/xml").json(&map("a")).send();
    reply.refused(406, "NotAcceptable", NOT_ACCEPTABLE, json!({}));
    s.get("configmaps/a").not_found("configmaps", "a");
}

fn the_first_acceptable_format_wins(s: &Server) {
    let accept = "application/xml, application/json, application/yaml";
    let reply = s.request("GET", "configmaps").accept(accept).send();
    reply.expect(200).header("Content-Type", "application/json");
    let accept = "application/yaml, application/json";
    let reply = s.request("GET", "configmaps").accept(accept).send();
    reply
        .expect(200)
        .header("Content-Type", "application/yaml");
}

fn any_format_is_json(s: &Server) {
    for accept in ["*/*", "text/html,*/*"] {
        let reply = s.request("GET", "configmaps").accept(accept).send();
        reply.expect(200).header("Content-Type", "application/json");
    }
}

fn no_accept_header_is_json(s: &Server) {
    let reply = s.request("GET", "configmaps").without_header("Accept").send();
    reply.expect(200).header("Content-Type", "application/json");
}

fn yaml_is_written_when_asked_for(s: &Server) {
    let data = json!({"n": "1", "t": "two\nlines\n", "y": "yes", "d": "2001-01-01", "e": "", "c": "a: b # c"});
    let created = s.post("configmaps", map_with("a", data)).expect(201).json();
    let reply = s.request("GET", "configmaps/a").accept("application/yaml").send().expect(200);
    let reply = reply.header("Content-Type", "application/yaml").at("", created);
    assert!(reply.bytes().starts_with(b"apiVersion: v1\n"));
}

fn yaml_of_a_refusal(s: &Server) {
    let reply = s.request("GET", "configmaps/a").accept("application/yaml").send();
    reply.not_found("configmaps", "a").header("Content-Type", "application/yaml");
}

fn an_unknown_representation_is_refused(s: &Server) {
    let accept = "application/json;as=Bogus;v=v1;g=meta.k8s.io";
    let message = "only the following media types are accepted: application/json, application/yaml, \
                   application/vnd.kubernetes.protobuf";
    let reply = s.request("GET", "configmaps").accept(accept).send();
    reply.refused(406, "NotAcceptable", message, Value::Null);
}

fn a_watch_in_yaml_is_refused(s: &Server) {
    let reply = s.request("GET", "configmaps?watch=1").accept("application/yaml").send();
    let message = "only the following media types are accepted: application/json;stream=watch, \
                   application/vnd.kubernetes.protobuf;stream=watch";
    reply.refused(406, "NotAcceptable", message, Value::Null).header("Content-Type", "application/yaml");
}

fn a_body_over_the_limit_is_refused(s: &Server) {
    let object = map_with("a", json!({"k": "x".repeat(3 * 1024 * 1024)}));
    let message = "Request entity too large: limit is 3145728";
    s.post("configmaps", object).refused(413, "RequestEntityTooLarge", message, Value::Null);
}

fn a_bad_number_in_the_query_is_refused(s: &Server) {
    let message = "strconv.ParseInt: parsing \"abc\": invalid syntax";
    s.get("configmaps?limit=abc").bad_request(message);
    s.get("configmaps?timeoutSeconds=abc&watch=1").bad_request(message);
}

fn export_is_refused(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.get("configmaps/a?export=true").expect(400).reason("BadRequest");
}

fn a_bad_timeout_is_refused(s: &Server) {
    s.get("configmaps?timeout=10").expect(400).reason("BadRequest");
}

fn a_timeout_with_a_unit_is_accepted(s: &Server) {
    s.get("configmaps?timeout=7s").expect(200);
}

fn every_answer_has_an_audit_id_and_is_not_cached(s: &Server) {
    for reply in [
        s.get("configmaps").expect(200),
        s.get("configmaps/a").expect(404),
        s.get("/nope").expect(404),
    ] {
        assert!(reply.first("Audit-Id").is_some_and(|id| id.len() == 36));
        reply.header("Cache-Control", "no-cache, private");
    }
}

fn a_broken_json_body_is_refused(s: &Server) {
    let reply = s.request("POST", "configmaps").body("application/json", "{not json").send();
    reply.expect(400).reason("BadRequest").loosely("the decoder's own words");
    let reply = s.request("POST", "configmaps").body("application/json", "[]").send();
    reply.expect(400).reason("BadRequest").loosely("the decoder's own words");
}

fn an_empty_body_is_refused(s: &Server) {
    let reply = s.request("POST", "configmaps").body("application/json", "").send();
    reply.expect(400).reason("BadRequest").loosely("the decoder's own words");
}
