use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::api::service;
use crate::api::testing::{World, world};
use crate::auth::User;
use crate::http::{Reply, Request, Service, Sink};

const PODS: &str = "/api/v1/namespaces/default/pods";

fn pod() -> World {
    let world = world();
    let spec = json!({"containers": [{"name": "c", "image": "i"}]});
    world.create(PODS, &json!({"metadata": {"name": "p"}, "spec": spec}));
    world
}

#[track_caller]
fn log(world: &World, query: &str) -> String {
    let answer = world.get(&format!("{PODS}/p/log?{query}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body.as_str().unwrap().to_owned()
}

#[test]
fn a_log_is_what_the_test_says() {
    let world = pod();
    world.cluster.set_logs("default", "p", "c", "one\ntwo\n");
    world.cluster.append_log("default", "p", "c", "thr");
    world.cluster.append_log("default", "p", "c", "ee\nfour\n");
    assert_eq!(log(&world, ""), "one\ntwo\nthree\nfour\n");
    assert_eq!(log(&world, "tailLines=2"), "three\nfour\n");
    assert_eq!(log(&world, "tailLines=0"), "");
    assert_eq!(log(&world, "limitBytes=5"), "one\nt");
    world.cluster.set_logs("default", "p", "c", "new\n");
    assert_eq!(log(&world, "container=c"), "new\n");
    let answer = world.get(&format!("{PODS}/p/log"));
    assert!(answer.headers.contains(&("Content-Type".into(), "text/plain".into())));
}

#[test]
fn a_log_has_its_times() {
    let world = pod();
    world.cluster.clock.set("2026-01-02T03:04:05Z".parse().unwrap());
    world.cluster.set_logs("default", "p", "c", "old\n");
    world.cluster.clock.advance(Duration::from_secs(60));
    world.cluster.append_log("default", "p", "c", "new\n");
    assert_eq!(
        log(&world, "timestamps=true"),
        "2026-01-02T03:04:05.000000000Z old\n2026-01-02T03:05:05.000000000Z new\n"
    );
    assert_eq!(log(&world, "sinceSeconds=10"), "new\n");
    assert_eq!(log(&world, "sinceTime=2026-01-02T03:04:30Z"), "new\n");
    assert_eq!(log(&world, "sinceTime=2026-01-02T03:04:05Z"), "old\nnew\n");
}

#[test]
fn the_last_runs_log_is_another() {
    let world = pod();
    world.cluster.set_logs("default", "p", "c", "now\n");
    world.cluster.set_previous_logs("default", "p", "c", "then\n");
    assert_eq!(log(&world, "previous=true"), "then\n");
    assert_eq!(log(&world, "previous=false"), "now\n");
}

#[test]
fn a_pod_without_a_log_says_why() {
    let world = pod();
    assert_eq!(world.get(&format!("{PODS}/p/log")).status, 204);
    world.ask(
        "POST",
        &format!("{PODS}/p/binding"),
        &json!({"metadata": {"name": "p"}, "target": {"name": "n"}}),
    );
    world.get(&format!("{PODS}/p/log")).refuses(404, "pods \"n\" not found");
    world.create("/api/v1/nodes", &json!({"metadata": {"name": "n"}}));
    world
        .get(&format!("{PODS}/p/log"))
        .refuses(400, "container \"c\" in pod \"p\" is waiting to start: ContainerCreating");
    let state = json!({"running": {}});
    let status = json!({"name": "c", "state": state, "image": "i", "imageID": "", "ready": true, "restartCount": 0});
    let body = json!({"status": {"phase": "Running", "containerStatuses": [status]}});
    world.ask("PATCH", &format!("{PODS}/p/status"), &body);
    assert_eq!(log(&world, ""), "");
    world
        .get(&format!("{PODS}/p/log?previous=true"))
        .refuses(400, "previous terminated container \"c\" in pod \"p\" not found");
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let world = pod();
    let ask = |query: &str| world.get(&format!("{PODS}/p/log?{query}"));
    ask("tailLines=-1&limitBytes=0&sinceSeconds=0").refuses(
        422,
        "PodLogOptions \"p\" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, \
         limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater \
         than 0]",
    );
    ask("sinceSeconds=5&sinceTime=2020-01-01T00:00:00Z").refuses(
        422,
        "PodLogOptions \"p\" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    );
    ask("stream=Stdout")
        .refuses(422, "PodLogOptions \"p\" is invalid: stream: Forbidden: may not be specified");
    ask("tailLines=abc").refuses(400, "strconv.ParseInt: parsing \"abc\": invalid syntax");
    ask("container=zz").refuses(400, "container zz is not valid for pod p");
}

/// A sink that sends on what it gets.
struct Channel(mpsc::Sender<Vec<u8>>);

impl Sink for Channel {
    fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.0.send(chunk.to_vec()).map_err(io::Error::other)
    }

    fn is_closed(&mut self) -> bool {
        false
    }
}

/// Follows the log; what it says comes out of the channel, which ends with it.
fn follow(world: &World, query: &str) -> mpsc::Receiver<Vec<u8>> {
    let mut pairs = vec![("follow".to_owned(), "true".to_owned())];
    pairs.extend(query.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned())));
    let request = Request {
        method: "GET".into(),
        path: format!("{PODS}/p/log"),
        query: pairs,
        user: User::admin(),
        ..Request::default()
    };
    let (sender, receiver) = mpsc::channel();
    let Reply::Stream(response, body) =
        service(std::sync::Arc::clone(&world.cluster)).answer(&request)
    else {
        panic!("no stream");
    };
    assert_eq!(response.status, 200);
    thread::spawn(move || body(&mut Channel(sender)).unwrap());
    receiver
}

fn next(receiver: &mpsc::Receiver<Vec<u8>>) -> Option<String> {
    // Long enough for a busy machine; it never waits so long where all is well.
    let chunk = receiver.recv_timeout(Duration::from_secs(20));
    chunk.ok().map(|chunk| String::from_utf8(chunk).unwrap())
}

#[test]
fn a_follower_hears_what_comes_until_the_log_ends() {
    let world = pod();
    world.cluster.set_logs("default", "p", "c", "one\ntwo\n");
    let follower = follow(&world, "tailLines=1");
    assert_eq!(next(&follower).as_deref(), Some("two\n"));
    world.cluster.append_log("default", "p", "c", "thr");
    assert_eq!(next(&follower).as_deref(), Some("thr"));
    world.cluster.append_log("default", "p", "c", "ee\n");
    assert_eq!(next(&follower).as_deref(), Some("ee\n"));
    world.cluster.end_log("default", "p", "c");
    assert_eq!(next(&follower), None);
}

#[test]
fn a_follower_comes_to_the_end_with_the_pod() {
    let world = pod();
    world.cluster.set_logs("default", "p", "c", "one\n");
    let follower = follow(&world, "");
    assert_eq!(next(&follower).as_deref(), Some("one\n"));
    world.delete(&format!("{PODS}/p"));
    assert_eq!(next(&follower), None);
}

#[test]
fn a_follower_comes_to_the_end_with_the_server() {
    let world = pod();
    world.cluster.set_logs("default", "p", "c", "one\n");
    let follower = follow(&world, "");
    assert_eq!(next(&follower).as_deref(), Some("one\n"));
    world.cluster.store.stop();
    assert_eq!(next(&follower), None);
}
