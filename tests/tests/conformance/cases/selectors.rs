//! Label and field selectors of lists.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::objects::{map, pod, with_meta};
use crate::server::Server;
use crate::suite::cases;
use crate::widgets::{self, WIDGETS, widget};

cases!("2.7", Raw, [
    equality_chooses_by_value,
    inequality_matches_what_lacks_the_key,
    sets_choose,
    existence_chooses,
    greater_and_less_compare_numbers,
    requirements_are_all_needed,
    an_empty_value_is_a_value,
    an_empty_selector_chooses_all,
    a_trailing_comma_is_refused,
    two_words_are_refused,
    an_open_set_is_refused,
    a_missing_key_is_refused,
    a_word_is_no_number,
    a_bad_label_value_is_refused,
    a_name_is_selected,
    names_can_be_excluded,
    a_namespace_is_selected,
    fields_are_all_needed,
    an_unknown_field_is_refused,
    a_set_of_fields_is_refused,
    half_a_field_selector_is_refused,
    fields_of_pods,
    fields_of_other_kinds,
    an_unknown_field_of_a_pod_is_refused,
    an_unknown_field_of_a_custom_object_is_refused,
    labels_and_fields_are_both_needed,
    escaped_commas_of_a_field_are_read,
]);

fn seven(s: &Server) {
    for i in 0..7 {
        let labels = json!({"par": if i % 2 == 0 { "even" } else { "odd" }, "i": i.to_string()});
        s.post("configmaps", with_meta(map(&format!("c{i}")), "labels", labels)).expect(201);
    }
}

/// The numbers of the maps that a label selector chooses.
fn chosen(s: &Server, selector: &str) -> String {
    let list = s.get(&format!("configmaps?labelSelector={}", escaped(selector))).expect(200);
    list.names().concat().replace('c', "")
}

/// Escapes what a query cannot hold; names stay legible.
fn escaped(text: &str) -> String {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.');
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn equality_chooses_by_value(s: &Server) {
    seven(s);
    assert_eq!(chosen(s, "par=even"), "0246");
    assert_eq!(chosen(s, "par==odd"), "135");
    assert_eq!(chosen(s, "par=other"), "");
}

fn inequality_matches_what_lacks_the_key(s: &Server) {
    seven(s);
    assert_eq!(chosen(s, "par!=even"), "135");
    assert_eq!(chosen(s, "nope!=x"), "0123456");
}

fn sets_choose(s: &Server) {
    seven(s);
    assert_eq!(chosen(s, "i in (1,2, 9)"), "12");
    assert_eq!(chosen(s, "i notin (1,2)"), "03456");
    assert_eq!(chosen(s, "nope notin (1)"), "0123456");
}

fn existence_chooses(s: &Server) {
    seven(s);
    assert_eq!(chosen(s, "i"), "0123456");
    assert_eq!(chosen(s, "!i"), "");
    assert_eq!(chosen(s, "!nope"), "0123456");
}

fn greater_and_less_compare_numbers(s: &Server) {
    seven(s);
    assert_eq!(chosen(s, "i>3"), "456");
    assert_eq!(chosen(s, "i<2"), "01");
    assert_eq!(chosen(s, "par>1"), "");
}

fn requirements_are_all_needed(s: &Server) {
    seven(s);
    assert_eq!(chosen(s, "par in (even,odd),i notin (1,2)"), "03456");
    assert_eq!(chosen(s, "par=even, i>2"), "46");
}

fn an_empty_value_is_a_value(s: &Server) {
    s.post("configmaps", with_meta(map("c1"), "labels", json!({"k": ""}))).expect(201);
    s.post("configmaps", map("c2")).expect(201);
    assert_eq!(chosen(s, "k="), "1");
    assert_eq!(chosen(s, "k"), "1");
    assert_eq!(chosen(s, "k in (,x)"), "1");
}

fn an_empty_selector_chooses_all(s: &Server) {
    seven(s);
    assert_eq!(chosen(s, ""), "0123456");
}

fn refused_labels(s: &Server, selector: &str, message: &str) {
    s.get(&format!("configmaps?labelSelector={}", escaped(selector))).bad_request(message);
}

fn a_trailing_comma_is_refused(s: &Server) {
    refused_labels(s, "par=even,", "found '', expected: identifier after ','");
    refused_labels(s, "i=,", "found '', expected: identifier after ','");
}

fn two_words_are_refused(s: &Server) {
    refused_labels(s, "a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt");
}

fn an_open_set_is_refused(s: &Server) {
    refused_labels(s, "par in (", "unable to parse requirement: found '', expected: ',', ')' or identifier");
}

fn a_missing_key_is_refused(s: &Server) {
    refused_labels(s, "=x", "found '=', expected: !, identifier, or 'end of string'");
}

fn a_word_is_no_number(s: &Server) {
    let why = "values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer";
    refused_labels(s, "i>x", &format!("unable to parse requirement: {why}"));
}

fn a_bad_label_value_is_refused(s: &Server) {
    let reply = s.get("configmaps?labelSelector=a%3Db%2Fc").expect(400).reason("BadRequest");
    reply.message_has("values[0][a]: Invalid value: \"b/c\"");
}

/// The numbers of the maps that a field selector chooses.
fn by_fields(s: &Server, selector: &str) -> String {
    let list = s.get(&format!("configmaps?fieldSelector={}", escaped(selector))).expect(200);
    list.names().concat().replace('c', "")
}

fn a_name_is_selected(s: &Server) {
    seven(s);
    assert_eq!(by_fields(s, "metadata.name=c1"), "1");
    assert_eq!(by_fields(s, "metadata.name==c1"), "1");
    assert_eq!(by_fields(s, "metadata.name=nope"), "");
}

fn names_can_be_excluded(s: &Server) {
    seven(s);
    assert_eq!(by_fields(s, "metadata.name!=c1"), "023456");
}

fn a_namespace_is_selected(s: &Server) {
    seven(s);
    assert_eq!(by_fields(s, &format!("metadata.namespace={}", s.namespace())), "0123456");
    assert_eq!(by_fields(s, "metadata.namespace=other"), "");
}

fn fields_are_all_needed(s: &Server) {
    seven(s);
    assert_eq!(by_fields(s, &format!("metadata.name=c1,metadata.namespace={}", s.namespace())), "1");
    assert_eq!(by_fields(s, "metadata.name=c1,metadata.name!=c1"), "");
}

fn refused_fields(s: &Server, path: &str, selector: &str, message: &str) {
    s.get(&format!("{path}?fieldSelector={}", escaped(selector))).bad_request(message);
}

fn an_unknown_field_is_refused(s: &Server) {
    for (path, field) in [
        ("configmaps", "data.x"),
        ("configmaps", "metadata.labels.x"),
        ("configmaps", "metadata.uid"),
        ("apps/v1:deployments", "spec.replicas"),
        ("apps/v1:replicasets", "status.replicas"),
    ] {
        let message = format!(
            "\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        );
        refused_fields(s, path, &format!("{field}=1"), &message);
    }
}

fn a_set_of_fields_is_refused(s: &Server) {
    let message = "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'";
    refused_fields(s, "configmaps", "metadata.name in (a)", message);
}

fn half_a_field_selector_is_refused(s: &Server) {
    let message = "invalid selector: 'metadata.name'; can't understand 'metadata.name'";
    refused_fields(s, "configmaps", "metadata.name", message);
}

fn names(s: &Server, path: &str, selector: &str) -> Vec<String> {
    s.get(&format!("{path}?fieldSelector={}", escaped(selector))).expect(200).names()
}

fn fields_of_pods(s: &Server) {
    s.post("pods", pod("free")).expect(201);
    let mut object = pod("bound");
    object["spec"]["nodeName"] = json!("n");
    object["spec"]["restartPolicy"] = json!("Never");
    s.post("pods", object).expect(201);
    s.merge("pods/bound/status", json!({"status": {"phase": "Running", "podIP": "1.2.3.4"}})).expect(200);
    assert_eq!(names(s, "pods", "spec.nodeName=n"), ["bound"]);
    assert_eq!(names(s, "pods", "spec.nodeName="), ["free"]);
    assert_eq!(names(s, "pods", "spec.nodeName!=n"), ["free"]);
    assert_eq!(names(s, "pods", "status.phase=Running"), ["bound"]);
    assert_eq!(names(s, "pods", "status.phase=Pending"), ["free"]);
    assert_eq!(names(s, "pods", "spec.restartPolicy=Never,status.podIP=1.2.3.4"), ["bound"]);
    assert_eq!(names(s, "pods", "spec.schedulerName=default-scheduler").len(), 2);
    assert_eq!(names(s, "pods", "spec.hostNetwork=false").len(), 2);
}

fn fields_of_other_kinds(s: &Server) {
    s.post("secrets", json!({"metadata": {"name": "s"}, "type": "example.com/x"})).expect(201);
    assert_eq!(names(s, "secrets", "type=example.com/x"), ["s"]);
    assert_eq!(names(s, "secrets", "type=Opaque"), Vec::<String>::new());
    s.post("services", json!({"metadata": {"name": "s"}, "spec": {"clusterIP": "None", "selector": {"a": "b"}}})).expect(201);
    assert_eq!(names(s, "services", "spec.clusterIP=None"), ["s"]);
    assert_eq!(names(s, "services", "spec.type=NodePort"), Vec::<String>::new());
    let path = format!("metadata.name={},status.phase=Active", s.namespace());
    assert_eq!(names(s, "/api/v1/namespaces", &path), [s.namespace()]);
    let involved: Value = json!({"kind": "Pod", "name": "p", "namespace": s.namespace()});
    let event = json!({"metadata": {"name": "e"}, "involvedObject": involved, "reason": "R", "type": "Normal", "source": {"component": "c"}});
    s.post("events", event).expect(201);
    assert_eq!(names(s, "events", "involvedObject.name=p,reason=R,type=Normal,source=c"), ["e"]);
    assert_eq!(names(s, "events", "involvedObject.kind=Node"), Vec::<String>::new());
}

fn an_unknown_field_of_a_pod_is_refused(s: &Server) {
    refused_fields(s, "pods", "spec.bogus=a", "field label not supported: spec.bogus");
}

fn an_unknown_field_of_a_custom_object_is_refused(s: &Server) {
    widgets::install(s);
    s.post(WIDGETS, widget("w", json!({}))).expect(201);
    refused_fields(s, WIDGETS, "spec.bogus=a", "field label not supported: spec.bogus");
    assert_eq!(names(s, WIDGETS, "metadata.name=w"), ["w"]);
}

fn labels_and_fields_are_both_needed(s: &Server) {
    seven(s);
    let list = s.get("configmaps?labelSelector=par%3Deven&fieldSelector=metadata.name%21%3Dc0").expect(200);
    assert_eq!(list.names(), ["c2", "c4", "c6"]);
}

fn escaped_commas_of_a_field_are_read(s: &Server) {
    seven(s);
    assert_eq!(by_fields(s, "metadata.name!=c\\,1"), "0123456");
    let reply = s.get("configmaps?fieldSelector=metadata.name%3Da%5Cb").expect(400).reason("BadRequest");
    reply.message_has("invalid");
}
