//! Recorders against the embedded server, by clocks that are moved by hand.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use kubeclient_fake::{FakeServer, Fault};
use serde_json::Value;

use super::queue::MOST_WAITING;
use super::worker::MOST_TRIES;
use super::{EventRecorder, EventRecorderBuilder};
use crate::clock::ManualClock;
use crate::config::Config;
use crate::meta::object_reference::ObjectReference;
use crate::rest::{Request, RestClient};
use crate::stop::Stop;

const SECOND: Duration = Duration::from_secs(1);

struct Bench {
    server: FakeServer,
    clock: ManualClock,
}

impl Bench {
    fn new() -> Self {
        Self { server: FakeServer::start().unwrap(), clock: ManualClock::new() }
    }

    fn builder(&self) -> EventRecorderBuilder {
        let client = RestClient::new(Config::new(self.server.url())).unwrap();
        EventRecorder::builder(&client, "tester").clock(&self.clock.clock())
    }

    /// A recorder, and what it tells of failures.
    fn start(
        &self,
        change: impl FnOnce(EventRecorderBuilder) -> EventRecorderBuilder,
    ) -> (EventRecorder, mpsc::Receiver<String>) {
        let (sender, errors) = mpsc::channel();
        let builder = self.builder().on_error(move |error| {
            // The test may have ended.
            let _ = sender.send(format!("{error:#}"));
        });
        (change(builder).start().unwrap(), errors)
    }

    /// The verb and the answer of each request, in their order.
    fn requests(&self) -> Vec<(&'static str, u16)> {
        let verb = |verb: &str| match verb {
            "create" => "create",
            "patch" => "patch",
            _ => "other",
        };
        let all = self.server.requests().resource("events").answered().all();
        let all = all.into_iter().filter(|request| request.verb != "list").collect::<Vec<_>>();
        all.iter().map(|request| (verb(&request.verb), request.status.unwrap())).collect()
    }

    /// The events that the server has, in the order of their names.
    fn events(&self) -> Vec<Value> {
        self.list("/api/v1/events")
    }

    fn list(&self, path: &str) -> Vec<Value> {
        let client = RestClient::new(Config::new(self.server.url())).unwrap();
        let list: Value = client.send(&Request::get(path)).unwrap().json().unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// Until the recorder's thread has nothing to do.
    fn wait(&self, recorder: &EventRecorder) {
        assert!(recorder.flush(&Stop::after(60 * SECOND)), "{:?}", recorder.stats());
    }
}

fn web() -> ObjectReference {
    ObjectReference {
        kind: "ConfigMap".into(),
        namespace: "default".into(),
        name: "web".into(),
        uid: "u".into(),
        api_version: "v1".into(),
        ..ObjectReference::default()
    }
}

/// Fidelity 89.
#[test]
fn thirty_times_the_same_is_one_create_and_patches_of_its_count_up_to_the_burst() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder);
    for _ in 0..30 {
        recorder.normal(&web(), "Reason", "said");
    }
    bench.wait(&recorder);
    let mut expected = vec![("create", 201)];
    expected.extend([("patch", 200); 24]);
    assert_eq!(bench.requests(), expected);
    let [event] = &bench.events()[..] else { panic!("{:?}", bench.events()) };
    assert_eq!((&event["count"], &event["message"]), (&25.into(), &"said".into()));
    assert_eq!(event["source"]["component"], "tester");
    let stats = recorder.stats();
    assert_eq!((stats.created, stats.patched, stats.held_back), (1, 24, 5));
    bench.clock.advance(300 * SECOND);
    recorder.normal(&web(), "Reason", "said");
    bench.wait(&recorder);
    assert_eq!(bench.events()[0]["count"], 31);
    assert_eq!(errors.try_iter().count(), 0);
}

/// Fidelity 89.
#[test]
fn of_eleven_messages_two_are_combined() {
    let bench = Bench::new();
    let (recorder, _errors) = bench.start(|builder| builder);
    for number in 1..=11 {
        recorder.warning(&web(), "Reason", format!("m{number}"));
    }
    bench.wait(&recorder);
    let mut expected = vec![("create", 201); 10];
    expected.push(("patch", 200));
    assert_eq!(bench.requests(), expected);
    let events = bench.events();
    let messages: Vec<&str> =
        events.iter().map(|event| event["message"].as_str().unwrap()).collect();
    let combined = "(combined from similar events): m11";
    assert_eq!(messages, ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", combined]);
    assert_eq!((&events[9]["count"], &events[9]["type"]), (&2.into(), &"Warning".into()));
}

/// Fidelity 89.
#[test]
fn an_event_that_is_gone_is_made_again() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder);
    recorder.normal(&web(), "Reason", "said");
    bench.wait(&recorder);
    bench.server.reset();
    recorder.normal(&web(), "Reason", "said");
    bench.wait(&recorder);
    assert_eq!(bench.requests(), [("create", 201), ("patch", 404), ("create", 201)]);
    assert_eq!(bench.events().last().unwrap()["count"], 2);
    assert_eq!(recorder.stats().created, 2);
    assert_eq!(errors.try_iter().count(), 0);
}

#[test]
fn in_the_events_group_what_comes_again_is_a_series() {
    let bench = Bench::new();
    let events = || bench.list("/apis/events.k8s.io/v1/events");
    let (recorder, errors) = bench.start(EventRecorderBuilder::events_v1);
    for number in 1..=5 {
        recorder.normal(&web(), "Reason", format!("m{number}"));
    }
    bench.wait(&recorder);
    assert_eq!(bench.requests(), [("create", 201), ("patch", 200)]);
    let event = events().remove(0);
    assert_eq!((&event["series"]["count"], &event["note"]), (&2.into(), &"m1".into()));
    assert_eq!(
        (&event["action"], &event["reportingController"]),
        (&"Reason".into(), &"tester".into())
    );
    // The thread waits for the end of the series.
    bench.clock.wait_for_sleepers(1);
    bench.clock.advance(360 * SECOND);
    bench.server.requests().verb("patch").answered().wait_for(2, 60 * SECOND).unwrap();
    assert_eq!(events()[0]["series"]["count"], 5);
    // The next one is a new event, and another series.
    for _ in 0..4 {
        recorder.normal(&web(), "Reason", "m6");
    }
    assert!(recorder.shut_down(&Stop::after(60 * SECOND)));
    assert_eq!(events()[1]["series"]["count"], 4, "what was not told yet is told at the end");
    assert_eq!(errors.try_iter().collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn what_the_server_refuses_is_told_and_given_up() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder);
    let fault = Fault::status(403, "Forbidden", "events is forbidden").once();
    bench.server.inject(fault).keep();
    recorder.warning(&web(), "Reason", "said");
    bench.wait(&recorder);
    assert_eq!(
        errors.try_iter().collect::<Vec<_>>(),
        ["POST /api/v1/namespaces/default/events: event Warning Reason of ConfigMap default/web: \
             events is forbidden (403 Forbidden)"]
    );
    assert_eq!((bench.requests().len(), recorder.stats().failed), (1, 1));
    // The next one patches an event that is not there.
    recorder.warning(&web(), "Reason", "said");
    bench.wait(&recorder);
    assert_eq!(bench.events()[0]["count"], 2);
}

/// Fidelity 89.
#[test]
fn a_namespace_that_ends_takes_no_event_and_nobody_hears_of_it() {
    let bench = Bench::new();
    let seed = "{apiVersion: v1, kind: Namespace, metadata: {name: ending, finalizers: [a.com/b]}}";
    bench.server.seed(seed).unwrap();
    let client = RestClient::new(Config::new(bench.server.url())).unwrap();
    client.send(&Request::delete("/api/v1/namespaces/ending")).unwrap();
    let (recorder, errors) = bench.start(|builder| builder);
    recorder.normal(&ObjectReference { namespace: "ending".into(), ..web() }, "Reason", "said");
    bench.wait(&recorder);
    assert_eq!(bench.requests(), [("create", 403)]);
    assert_eq!((errors.try_iter().count(), recorder.stats().failed), (0, 1));
}

/// Fidelity 89.
#[test]
fn what_gets_no_answer_is_tried_twelve_times_ten_seconds_apart() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder);
    bench.server.inject(Fault::close().times(u64::from(MOST_TRIES) + 1)).keep();
    recorder.normal(&web(), "Reason", "first");
    recorder.normal(&web(), "Reason", "second");
    for tries in 1..MOST_TRIES {
        let error = errors.recv().unwrap();
        assert!(
            error.contains(&format!("event Normal Reason of ConfigMap default/web: try {tries}: ")),
            "{error}"
        );
        bench.clock.wait_for_sleepers(1);
        assert!(errors.try_recv().is_err(), "it waits");
        bench.clock.advance(10 * SECOND);
    }
    assert!(!errors.recv().unwrap().contains("try"));
    // The second one has waited meanwhile.
    assert!(errors.recv().unwrap().contains("try 1"));
    bench.clock.wait_for_sleepers(1);
    bench.clock.advance(10 * SECOND);
    bench.wait(&recorder);
    assert_eq!((recorder.stats().failed, recorder.stats().created), (1, 1));
}

#[test]
fn an_event_whose_answer_was_lost_is_written_once() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder);
    bench.server.inject(Fault::close().after_handling().once()).keep();
    recorder.normal(&web(), "Reason", "said");
    errors.recv().unwrap();
    bench.clock.wait_for_sleepers(1);
    bench.clock.advance(10 * SECOND);
    bench.wait(&recorder);
    assert_eq!(bench.requests().last(), Some(&("create", 409)));
    assert_eq!(errors.try_iter().count(), 0);
}

#[test]
fn a_full_queue_drops_what_comes_and_says_so() {
    let bench = Bench::new();
    let (sender, errors) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let builder = bench.builder().on_error(move |error| {
        sender.send(error.to_string()).unwrap();
        let _ = may_go_on.lock().unwrap().recv();
    });
    let recorder = builder.start().unwrap();
    recorder.normal(&web(), "", "holds the thread up");
    errors.recv().unwrap();
    for number in 0..MOST_WAITING + 3 {
        let object = ObjectReference { name: format!("web-{number}"), ..web() };
        recorder.normal(&object, "Reason", "said");
    }
    let stats = recorder.stats();
    assert_eq!((stats.waiting, stats.dropped), (MOST_WAITING, 3));
    drop(go_on);
    bench.wait(&recorder);
    assert_eq!(recorder.stats().created, 1000);
    assert_eq!(
        errors.try_iter().collect::<Vec<_>>(),
        ["3 events came faster than they could be written: dropped"]
    );
}

#[test]
fn the_drop_of_the_last_clone_writes_what_waits() {
    let bench = Bench::new();
    let (recorder, _errors) = bench.start(|builder| builder);
    let clone = recorder.clone();
    for number in 0..20 {
        clone.normal(&web(), format!("Reason{number}"), "said");
    }
    drop(recorder);
    clone.normal(&web(), "Last", "said");
    drop(clone);
    assert_eq!(bench.events().len(), 21);
}

#[test]
fn a_drop_does_not_wait_for_long_where_the_server_hangs() {
    let bench = Bench::new();
    let timeout = Duration::from_millis(200);
    let (recorder, errors) = bench.start(|builder| builder.drop_timeout(timeout));
    let stall = bench.server.inject(Fault::stall());
    for number in 0..5 {
        recorder.normal(&web(), format!("Reason{number}"), "said");
    }
    assert!(stall.wait_for(1, 60 * SECOND));
    let start = Instant::now();
    drop(recorder);
    let took = start.elapsed();
    assert!(timeout <= took && took < timeout + 10 * Duration::from_millis(50), "{took:?}");
    let told: Vec<String> = errors.iter().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("event Normal Reason0") && told[0].ends_with("stopped"), "{told:?}");
    assert_eq!(told[1], "4 events could not be written in the time that was left: dropped");
}

/// F32: the thread is in a function of the program that does not return.
#[test]
fn a_stuck_error_function_holds_up_no_shutdown() {
    let bench = Bench::new();
    let (enter, is_in) = mpsc::channel();
    let (release, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let builder = bench.builder().on_error(move |_| {
        let _ = enter.send(());
        let _ = gate.lock().unwrap().recv();
    });
    let recorder = builder.drop_timeout(20 * SECOND).start().unwrap();
    recorder.normal(&web(), "", "said");
    is_in.recv_timeout(60 * SECOND).unwrap();
    let start = Instant::now();
    assert!(!recorder.shut_down(&Stop::after(SECOND / 50)) && !recorder.is_over());
    // A second is promised.
    assert!(start.elapsed() < 10 * SECOND, "{:?}", start.elapsed());
    // A drop after that waits for nothing more, and who asks again waits as the token says.
    let start = Instant::now();
    drop(recorder);
    assert!(start.elapsed() < SECOND, "{:?}", start.elapsed());
    drop(release);
    assert!(is_in.recv_timeout(60 * SECOND).is_err(), "its function is gone");
}

#[test]
fn a_shutdown_tries_what_waits_once_and_ends_a_pause() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder);
    let cut = bench.server.inject(Fault::close().times(1000));
    recorder.normal(&web(), "First", "said");
    recorder.normal(&web(), "Second", "said");
    errors.recv().unwrap();
    bench.clock.wait_for_sleepers(1);
    assert!(recorder.shut_down(&Stop::after(60 * SECOND)));
    assert!(recorder.shut_down(&Stop::new()), "it is over");
    drop(cut);
    recorder.normal(&web(), "Late", "said");
    assert!(recorder.flush(&Stop::after(60 * SECOND)), "nothing is left that could be done");
    let stats = recorder.stats();
    assert_eq!((stats.failed, stats.dropped, stats.waiting), (2, 1, 0));
}

#[test]
fn what_says_nothing_is_told_and_not_sent() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder);
    let recorded = |object: &ObjectReference, reason: &str, expected: &str| {
        recorder.normal(object, reason, "said");
        assert_eq!(errors.recv().unwrap(), expected);
    };
    recorded(
        &web(),
        "",
        "event \"\" of ConfigMap default/web: reason: expected 1 to 128 bytes, found 0",
    );
    let long = "x".repeat(129);
    let clipped = "x".repeat(128);
    let of = format!("event {clipped:?} of ConfigMap default/web");
    recorded(&web(), &long, &format!("{of}: reason: expected 1 to 128 bytes, found 129"));
    let nameless = ObjectReference { name: String::new(), ..web() };
    recorded(&nameless, "R", "event \"R\" of ConfigMap default/: expected the name of the object");
    let kindless = ObjectReference { kind: String::new(), ..web() };
    recorded(&kindless, "R", "event \"R\" of  default/web: expected the kind of the object");
    recorder.event(&web(), "R", "said").action(long).record();
    assert!(errors.recv().unwrap().ends_with("action: expected at most 128 bytes, found 129"));
    assert_eq!((bench.requests().len(), recorder.stats().invalid), (0, 5));
}

#[test]
fn messages_are_cut_and_objects_outside_of_namespaces_have_their_events_in_default() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder.instance("host"));
    let node = ObjectReference { kind: "Node".into(), namespace: String::new(), ..web() };
    let long = format!("{}é{}", "x".repeat(1023), "y".repeat(100));
    recorder.event(&node, "Reason", long).annotation("a", "b").record();
    bench.wait(&recorder);
    let event = &bench.events()[0];
    assert_eq!(event["metadata"]["namespace"], "default");
    assert_eq!(event["message"], "x".repeat(1023));
    assert_eq!(event["metadata"]["annotations"]["a"], "b");
    assert_eq!(event["source"]["host"], "host");
    assert_eq!(errors.try_iter().count(), 0);
}

#[test]
fn names_of_one_moment_differ() {
    let bench = Bench::new();
    let (recorder, errors) = bench.start(|builder| builder);
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let recorder = recorder.clone();
            scope.spawn(move || {
                for number in 0..100 {
                    let object = ObjectReference { uid: format!("{thread}-{number}"), ..web() };
                    recorder.normal(&object, "Reason", "said");
                }
            });
        }
    });
    bench.wait(&recorder);
    assert_eq!((recorder.stats().created, errors.try_iter().count()), (200, 0));
}

#[test]
fn a_handler_that_panics_harms_nothing_and_may_hold_the_recorder() {
    let bench = Bench::new();
    let recorder = bench.builder().on_error(|_| panic!("oh")).start().unwrap();
    recorder.normal(&web(), "", "said");
    recorder.normal(&web(), "Reason", "said");
    bench.wait(&recorder);
    assert_eq!(recorder.stats().created, 1);
}

#[test]
fn a_recorder_without_a_name_is_refused() {
    let bench = Bench::new();
    let client = RestClient::new(Config::new(bench.server.url())).unwrap();
    let refused = |component: &str, instance: Option<&str>| {
        let mut builder = EventRecorder::builder(&client, component).events_v1();
        if let Some(instance) = instance {
            builder = builder.instance(instance);
        }
        builder.start().map(|_| ()).unwrap_err().to_string()
    };
    let error = EventRecorder::builder(&client, "").start().unwrap_err();
    assert_eq!(error.to_string(), "event recorder \"\": expected the name of a component");
    assert!(
        refused("a b", None)
            .starts_with("event recorder \"a b\": expected a name for events.k8s.io/v1")
    );
    assert!(refused("a", Some("")).contains("expected an instance of 1 to 128 bytes"));
    assert!(EventRecorder::builder(&client, "a b").start().is_ok());
    assert!(EventRecorder::builder(&client, "example.com/a").events_v1().start().is_ok());
}
