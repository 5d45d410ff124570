//! Events that come again, out of order, or are none.

use serde_json::{Value, json};

use super::script::{Script, end, event, object, of};

/// What comes between `a` at 6 and `z`, and what is told of it.
#[track_caller]
fn check(way: &str, lines: &[String], told: &[&str]) {
    let begin = [event("ADDED", "a", 2), event("ADDED", "b", 3), end(5), event("MODIFIED", "a", 6)];
    let lines = [&begin[..], lines, &[event("ADDED", "z", 90)]].concat();
    // A line that is no event ends the connection; the next one tells the rest again.
    let script = Script::new(&[&lines, &[event("ADDED", "z", 90)]]);
    let followed = script.follow(script.world.builder());
    let told: Vec<&str> = [&["*a", "*b", "~a"], told, &["+z"]].concat();
    followed.expect("90", &told);
    assert_eq!(followed.informer.health().cache.restarts, 0, "{way}");
}

fn change(name: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut object = object(name, name, 8);
    change(&mut object);
    of("MODIFIED", object)
}

/// Fidelity 75. Nothing is told twice, nothing out of order, and what is no event takes no other with it.
#[test]
fn odd_events_lose_and_double_nothing() {
    let a6 = event("MODIFIED", "a", 6);
    check("the same again", &[a6.clone(), a6.clone(), event("ADDED", "a", 6)], &[]);
    check(
        "out of order",
        &[event("MODIFIED", "a", 9), event("MODIFIED", "a", 8), a6.clone()],
        &["~a"],
    );
    check("added, and there already", &[event("ADDED", "a", 8)], &["~a"]);
    check("modified, and new", &[event("MODIFIED", "c", 8)], &["+c"]);
    check("deleted, and unknown", &[event("DELETED", "c", 8)], &[]);
    check("deleted twice", &[event("DELETED", "b", 8), event("DELETED", "b", 8)], &["-b"]);
    check("deleted before it was changed", &[event("DELETED", "a", 4)], &[]);
    let second = of("ADDED", object("b", "b2", 8));
    check("another one of its name", &[second, event("DELETED", "b", 7)], &["?b", "+b"]);
    check("of an unknown type", &[event("MOVED", "a", 8), event("MODIFIED", "a", 9)], &["~a"]);
    let table =
        json!({"apiVersion": "meta.k8s.io/v1", "kind": "Table", "metadata": {}, "rows": []});
    check("a table", &[of("MODIFIED", table), event("MODIFIED", "a", 9)], &["~a"]);
    let secret = change("a", |object| object["kind"] = "Secret".into());
    check("of another kind", &[secret, event("MODIFIED", "a", 9)], &["~a"]);
    let beta = change("a", |object| object["apiVersion"] = "v1beta1".into());
    check("of another version", &[beta, event("MODIFIED", "a", 9)], &["~a"]);
    check(
        "empty lines",
        &[String::new(), "\r".into(), String::new(), event("MODIFIED", "a", 9)],
        &["~a"],
    );
    check("lines that end as on Windows", &[event("MODIFIED", "a", 9) + "\r"], &["~a"]);
    check("without an object", &[r#"{"type":"MODIFIED"}"#.into()], &[]);
    check("of null", &[of("MODIFIED", Value::Null), event("MODIFIED", "a", 9)], &["~a"]);
    let versionless = change("a", |object| {
        object["metadata"] = json!({"name": "a", "namespace": "default", "uid": "a"})
    });
    check("without a version", &[versionless, event("MODIFIED", "a", 9)], &["~a", "~a"]);
    let odd = change("a", |object| object["metadata"]["resourceVersion"] = "x".into());
    check("of no version", &[odd, event("MODIFIED", "a", 9)], &["~a", "~a"]);
}

/// A place that no server takes for one is given up.
#[test]
fn a_version_that_the_server_refuses_is_no_place_to_stay_at() {
    for (code, reason) in [(400, "BadRequest"), (422, "Invalid"), (404, "NotFound")] {
        let refused = kubeclient_fake::Fault::status(code, reason, "no").verb("watch");
        let begin = super::script::answer(&[event("ADDED", "a", 2), end(5)]);
        let again = super::script::answer(&[event("ADDED", "b", 7), end(9)]);
        let script = Script::on(super::World::new(), [begin, refused, again]);
        let followed = script.follow(script.world.builder());
        followed.expect("9", &["*a", "?a", "+b"]);
        assert_eq!(script.asked()[..3], ["initial", "5", "initial"], "{code}");
        assert_eq!(followed.informer.health().cache.restarts, 1);
    }
}
