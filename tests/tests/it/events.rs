//! Events on the real server, beside client-go's.

use std::process::{Command, Stdio};

use kubeclient::events::EventRecorder;
use kubeclient::{ObjectMeta, Request, Stop};
use serde_json::Value;

use crate::common::{PATIENCE, Sandbox, eventually};
use crate::foo::ConfigMap;
use crate::go_program::GoProgram;

/// The events of a reporter that the server has, in the group of this path, in the order of their reasons and
/// messages.
fn events(sandbox: &Sandbox, group: &str, reporter: &str) -> Vec<Value> {
    let path = format!("{group}/namespaces/{}/events", sandbox.namespace);
    let list: Value = sandbox.client.send(&Request::get(path)).unwrap().json().unwrap();
    let mut events: Vec<Value> = list["items"].as_array().unwrap().clone();
    let is_of = |event: &Value| {
        let of = |field: &str| event[field].as_str().unwrap_or_default() == reporter;
        // A combined event of client-go's names its source alone.
        of("reportingComponent")
            || of("reportingController")
            || event["source"]["component"] == reporter
    };
    events.retain(is_of);
    events
        .sort_by_key(|event| format!("{} {} {}", event["reason"], event["message"], event["note"]));
    events
}

fn kubectl(arguments: &[&str]) -> String {
    let cluster = kubeclient_tests::cluster().unwrap();
    let Some(plane) = kubeclient_tests::control_plane() else { return String::new() };
    let mut kubectl = Command::new(plane.kubectl());
    let output = kubectl
        .arg("--kubeconfig")
        .arg(cluster.kubeconfig_path())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Fidelity 89.
#[test]
fn events_are_counted_on_the_server_and_kubectl_shows_them() {
    let Some(sandbox) = Sandbox::new() else { return };
    let map = sandbox.maps().create(&ConfigMap::named("web")).unwrap();
    let recorder = EventRecorder::builder(&sandbox.client, "core-tester").start().unwrap();
    for _ in 0..30 {
        recorder.warning(&map, "Outdated", "it lacks a colour");
    }
    assert!(recorder.shut_down(&Stop::after(PATIENCE)));
    let stats = recorder.stats();
    assert_eq!((stats.created, stats.patched, stats.held_back, stats.failed), (1, 24, 5, 0));
    let [event] = &events(&sandbox, "/api/v1", "core-tester")[..] else { panic!("not one event") };
    assert_eq!(
        (&event["count"], &event["involvedObject"]["uid"]),
        (&25.into(), &map.metadata.uid.as_str().into())
    );
    // The other group has it, too.
    let [event] = &events(&sandbox, "/apis/events.k8s.io/v1", "core-tester")[..] else {
        panic!("not one event")
    };
    assert_eq!(
        (&event["deprecatedCount"], &event["note"]),
        (&25.into(), &"it lacks a colour".into())
    );

    let recorder = EventRecorder::builder(&sandbox.client, "example.com/series-tester");
    let recorder = recorder.events_v1().start().unwrap();
    for _ in 0..5 {
        recorder.event(&map, "Loaded", "it is in use").action("Loading").related(&map).record();
    }
    assert!(recorder.shut_down(&Stop::after(PATIENCE)));
    let stats = recorder.stats();
    assert_eq!((stats.created, stats.patched, stats.failed), (1, 2, 0));
    let [event] = &events(&sandbox, "/apis/events.k8s.io/v1", "example.com/series-tester")[..]
    else {
        panic!("not one event")
    };
    assert_eq!((&event["series"]["count"], &event["action"]), (&5.into(), &"Loading".into()));

    if kubeclient_tests::control_plane().is_none() {
        return;
    }
    let namespace = &sandbox.namespace;
    let table = kubectl(&["get", "events", "-n", namespace]);
    assert!(table.contains("Outdated") && table.contains("it is in use"), "{table}");
    let text = kubectl(&["describe", "configmap", "web", "-n", namespace]);
    assert!(text.contains("(x25 over") && text.contains("core-tester"), "{text}");
}

/// Fidelity 89.
#[test]
fn they_are_those_of_client_go() {
    let Some(sandbox) = Sandbox::new() else { return };
    let Some(program) = GoProgram::build("recorder") else { return };
    let map = sandbox
        .maps()
        .create(&ConfigMap { metadata: ObjectMeta::named("web"), ..Default::default() });
    let map = map.unwrap();
    let theirs = program.start(&[&sandbox.namespace, "web"]);
    let recorder = EventRecorder::builder(&sandbox.client, "ours").start().unwrap();
    for _ in 0..3 {
        recorder.normal(&map, "Same", "said");
    }
    for number in 1..=11 {
        recorder.warning(&map, "Many", format!("m{number}"));
    }
    assert!(recorder.shut_down(&Stop::after(PATIENCE)));
    let recorder = EventRecorder::builder(&sandbox.client, "ours").events_v1().start().unwrap();
    recorder.event(&map, "Once", "said").action("Act").record();
    assert!(recorder.shut_down(&Stop::after(PATIENCE)));

    let recorded = eventually("client-go's events are there", || {
        let events = events(&sandbox, "/api/v1", "theirs");
        let is_last =
            |event: &Value| event["message"].as_str().is_some_and(|text| text.ends_with(": m11"));
        let is_once = |event: &Value| event["reason"] == "Once";
        (events.iter().any(is_last) && events.iter().any(is_once)).then_some(events)
    });
    drop(theirs);
    let ours = events(&sandbox, "/api/v1", "ours");
    let plain = |events: Vec<Value>, reporter: &str| -> Vec<String> {
        events.into_iter().map(|event| plain(event, reporter)).collect()
    };
    let (ours, theirs) = (plain(ours, "ours"), plain(recorded, "theirs"));
    assert_eq!(ours.len(), 12);
    assert_eq!(ours, theirs);
}

/// An event without what no two of them share.
fn plain(mut event: Value, reporter: &str) -> String {
    let name = event["metadata"]["name"].as_str().unwrap().to_owned();
    let (object, moment) = name.rsplit_once('.').unwrap();
    assert_eq!(object, "web");
    assert_eq!((moment.len(), u64::from_str_radix(moment, 16).is_ok()), (16, true), "{name}");
    event["metadata"] = Value::Null;
    for field in ["firstTimestamp", "lastTimestamp", "eventTime"] {
        // Whether it is there, and to the second or to the microsecond.
        event[field] = event[field].as_str().map(str::len).into();
    }
    // client-go's combined events leave it out.
    if event["message"].as_str().unwrap().starts_with("(combined") {
        event["reportingComponent"] = "".into();
    }
    event.to_string().replace(reporter, "REPORTER")
}
