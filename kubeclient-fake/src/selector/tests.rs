//! Selectors against the words and answers of a real server.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Selection;
use crate::resource::{Custom, ResourceType};

fn resource(group: &str, kind: &str) -> ResourceType {
    let namespaced = !matches!(kind, "Node" | "Namespace" | "ResourceSlice");
    ResourceType { namespaced, ..ResourceType::sample(group, kind) }
}

fn widget() -> ResourceType {
    let custom = Custom {
        selectable_fields: vec![".spec.color".into(), ".spec.size".into()],
        ..Custom::default()
    };
    ResourceType { custom: Some(Arc::new(custom)), ..resource("ex.io", "Widget") }
}

fn message(resource: &ResourceType, labels: &str, fields: &str) -> String {
    match Selection::parse(resource, labels, fields) {
        Ok(_) => "fine".into(),
        Err(failure) => {
            assert_eq!(failure.code, 400);
            let status = failure.status();
            assert_eq!(status["reason"], "BadRequest");
            status["message"].as_str().unwrap_or_default().to_owned()
        }
    }
}

#[track_caller]
fn wrong_labels(selector: &str, expected: &str) {
    assert_eq!(message(&resource("", "ConfigMap"), selector, ""), expected, "{selector}");
}

#[track_caller]
fn selects(selector: &str, labels: Value, expected: bool) {
    let selection = Selection::parse(&resource("", "ConfigMap"), selector, "").expect(selector);
    let object = json!({"metadata": {"labels": labels}});
    assert_eq!(selection.matches(&object), expected, "{selector} on {object}");
}

#[test]
fn labels_match_as_asked() {
    for (selector, labels, expected) in [
        ("", json!({}), true),
        ("a=b", json!({"a": "b"}), true),
        ("a==b", json!({"a": "c"}), false),
        ("a=b", json!({}), false),
        ("a=", json!({"a": ""}), true),
        ("a=", json!({}), false),
        ("a!=b", json!({}), true),
        ("a!=b", json!({"a": "b"}), false),
        ("a in (b,c)", json!({"a": "c"}), true),
        ("a in (b,c)", json!({}), false),
        ("a in ()", json!({"a": ""}), true),
        ("a in (,b)", json!({"a": ""}), true),
        ("a in (b,)", json!({"a": ""}), true),
        ("a in (b,,c)", json!({"a": ""}), true),
        ("a notin (b)", json!({}), true),
        ("a notin (b)", json!({"a": "b"}), false),
        ("a", json!({"a": "x"}), true),
        ("a", json!({}), false),
        ("!a", json!({}), true),
        ("!a", json!({"a": "x"}), false),
        ("a>1", json!({"a": "2"}), true),
        ("a>1", json!({"a": "1"}), false),
        ("a<1", json!({"a": "-1"}), true),
        ("a<1", json!({"a": "x"}), false),
        ("a<1", json!({}), false),
        ("a=b,c!=d", json!({"a": "b", "c": "d"}), false),
        (" a = b , c ", json!({"a": "b", "c": ""}), true),
        ("in in (in,notin)", json!({"in": "notin"}), true),
        ("notin", json!({"notin": ""}), true),
        ("x.io/a=b", json!({"x.io/a": "b"}), true),
    ] {
        selects(selector, labels, expected);
    }
}

#[test]
fn wrong_syntax_is_told_in_the_servers_words() {
    for (selector, expected) in [
        ("a,", "found '', expected: identifier after ','"),
        ("a in", "unable to parse requirement: found '' expected: '('"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("x in b", "unable to parse requirement: found 'b' expected: '('"),
        ("=b", "found '=', expected: !, identifier, or 'end of string'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("a==b=c", "found '=', expected: ',' or 'end of string'"),
        ("a=!b", "unable to parse requirement: found '!', expected: identifier"),
        ("!k=a", "found '=', expected: ',' or 'end of string'"),
        ("a<<b", "unable to parse requirement: found '<', expected: identifier"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("a notin (b,=)", "unable to parse requirement: found '=', expected: ',', or identifier"),
        ("a in (=", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
        ("!!a", "unable to parse requirement: found '!', expected: identifier"),
        ("a=1>2", "found '>', expected: ',' or 'end of string'"),
    ] {
        wrong_labels(selector, expected);
    }
}

#[test]
fn wrong_keys_and_values_are_told_in_the_servers_words() {
    let name = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    let value = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    let start = "unable to parse requirement: ";
    let long = "x".repeat(64);
    wrong_labels("-a=b", &format!("{start}<nil>: Invalid value: \"-a\": name part {name}"));
    wrong_labels(
        "/a",
        &format!("{start}<nil>: Invalid value: \"/a\": prefix part must be non-empty"),
    );
    wrong_labels(
        "a/b/c",
        &format!(
            "{start}<nil>: Invalid value: \"a/b/c\": a valid label key {name} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ),
    );
    wrong_labels(
        "A../b",
        &format!(
            "{start}<nil>: Invalid value: \"A../b\": prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
        ),
    );
    wrong_labels(
        &long,
        &format!(
            "{start}<nil>: Invalid value: \"{long}\": name part must be no more than 63 bytes"
        ),
    );
    wrong_labels("a=-b", &format!("{start}values[0][a]: Invalid value: \"-b\": {value}"));
    wrong_labels(
        &format!("a={long}"),
        &format!("{start}values[0][a]: Invalid value: \"{long}\": must be no more than 63 bytes"),
    );
    wrong_labels(
        "a in (c*,-b)",
        &format!(
            "{start}[values[0][a]: Invalid value: \"-b\": {value}, values[1][a]: Invalid value: \"c*\": {value}]"
        ),
    );
    wrong_labels(
        "a>1x",
        &format!(
            "{start}values[0]: Invalid value: \"1x\": for 'Gt', 'Lt' operators, the value must be an integer"
        ),
    );
}

#[test]
fn fields_that_a_kind_does_not_have_are_refused_in_the_servers_words() {
    for (group, kind, selector, expected) in [
        ("", "ConfigMap", "a", "invalid selector: 'a'; can't understand 'a'"),
        (
            "",
            "ConfigMap",
            "data.x=1",
            "\"data.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        ),
        (
            "",
            "ConfigMap",
            "=x",
            "\"\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        ),
        ("", "ConfigMap", "=", "fine"),
        ("", "ConfigMap", ",,metadata.name=x,", "fine"),
        (
            "",
            "ConfigMap",
            "metadata.name=a\\x",
            "invalid field selector: invalid escape sequence: \\x",
        ),
        (
            "",
            "ConfigMap",
            "metadata.name=a\\",
            "invalid field selector: invalid escape sequence: \\",
        ),
        (
            "",
            "ConfigMap",
            "metadata.name=a=b",
            "invalid field selector: unescaped character in value: 61",
        ),
        ("", "Pod", "spec.x=1", "field label not supported: spec.x"),
        ("", "Node", "metadata.namespace=x", "field label not supported: metadata.namespace"),
        ("", "Namespace", "name=x", "field label not supported: name"),
        ("batch", "Job", "x=y", "field label \"x\" not supported for Job"),
        (
            "batch",
            "CronJob",
            "x=y",
            "\"x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
        ),
        (
            "events.k8s.io",
            "Event",
            "involvedObject.name=y",
            "field label not supported: involvedObject.name",
        ),
        (
            "resource.k8s.io",
            "ResourceSlice",
            "x=y",
            "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: x",
        ),
    ] {
        assert_eq!(message(&resource(group, kind), "", selector), expected, "{kind} {selector}");
    }
    assert_eq!(message(&widget(), "", "spec.bogus=x"), "field label not supported: spec.bogus");
}

#[test]
fn fields_match_as_text() {
    let pod = json!({
        "metadata": {"name": "p", "namespace": "n"},
        "spec": {"nodeName": "m"},
        "status": {"phase": "Running", "podIPs": [{"ip": "10.0.0.1"}]},
    });
    let check = |kind: &ResourceType, object: &Value, selector: &str, expected: bool| {
        let selection = Selection::parse(kind, "", selector).expect(selector);
        assert_eq!(selection.matches(object), expected, "{selector}");
    };
    for (selector, expected) in [
        ("metadata.name=p,metadata.namespace==n", true),
        ("metadata.name!=p", false),
        ("spec.host=m", true),
        ("spec.hostNetwork=false", true),
        ("status.podIP=10.0.0.1", true),
        ("status.podIPs=10.0.0.1", false),
        ("status.nominatedNodeName=", true),
        ("spec.schedulerName!=x", true),
    ] {
        check(&resource("", "Pod"), &pod, selector, expected);
    }
    let job = json!({"status": {"succeeded": 2}});
    check(&resource("batch", "Job"), &job, "status.successful=2", true);
    check(&resource("batch", "Job"), &json!({}), "status.successful=0", true);
    let event = json!({"involvedObject": {"name": "p"}, "source": {}, "reportingComponent": "c"});
    check(
        &resource("events.k8s.io", "Event"),
        &event,
        "regarding.name=p,reportingController=c",
        true,
    );
    check(&resource("", "Event"), &event, "source=c", true);
    let value = json!({"metadata": {"namespace": "n"}, "spec": {"color": "a,b=\\", "size": 3}});
    check(&widget(), &value, "spec.color=a\\,b\\=\\\\,spec.size=3", true);
    check(&widget(), &json!({}), "spec.color=", true);
}
