//! Signals, each in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kubeclient_fake::FakeServer;
use signal_hook::consts::{SIGTERM, SIGUSR1};

use super::SignalHandler;
use crate::api::{Api, ListParams, WatchParams};
use crate::config::Config;
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::rest::RestClient;
use crate::stop::Stop;

const ALONE: &str = "KUBECLIENT_TEST_ALONE";

fn is_alone() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// Tells the test that started this process.
fn say(word: &str) {
    // On a line of its own, whatever the test runner writes.
    std::io::stdout().write_all(format!("\n{word}\n").as_bytes()).unwrap();
}

/// This test alone, on the main thread of another process.
struct Alone {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Alone {
    fn start(name: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                &format!("signals::tests::{name}"),
                "--nocapture",
                "--test-threads=1",
            ])
            .env(ALONE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Waits until it says so.
    fn hear(&mut self, word: &str) {
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "it ended before {word:?}");
        }
    }

    fn signal(&self, name: &str, times: u32) {
        let kill = format!(
            "i=0; while [ $i -lt {times} ]; do kill -{name} $0 || exit 1; i=$((i+1)); done"
        );
        let pid = self.child.id().to_string();
        assert!(Command::new("sh").args(["-c", &kill, &pid]).status().unwrap().success());
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// F33.
#[test]
fn the_first_signal_stops_the_token_and_the_second_ends_the_process() {
    if is_alone() {
        let stop = Stop::new();
        let _signals = SignalHandler::setup(&stop).unwrap();
        say("ready");
        stop.wait();
        say("stopped");
        Stop::new().wait();
    }
    let mut alone =
        Alone::start("the_first_signal_stops_the_token_and_the_second_ends_the_process");
    alone.hear("ready");
    alone.signal("TERM", 1);
    alone.hear("stopped");
    assert!(alone.child.try_wait().unwrap().is_none());
    alone.signal("TERM", 1);
    assert_eq!(alone.child.wait().unwrap().signal(), Some(SIGTERM));
}

#[test]
fn without_a_handler_the_signals_do_what_they_do_by_default() {
    if is_alone() {
        let (first, second) = (Stop::new(), Stop::new());
        drop(SignalHandler::setup(&first).unwrap());
        let again = SignalHandler::setup(&second).unwrap();
        say("ready");
        second.wait();
        assert!(!first.is_stopped());
        drop(again);
        say("dropped");
        Stop::new().wait();
    }
    let mut alone = Alone::start("without_a_handler_the_signals_do_what_they_do_by_default");
    alone.hear("ready");
    alone.signal("INT", 1);
    alone.hear("dropped");
    alone.signal("TERM", 1);
    assert_eq!(alone.child.wait().unwrap().signal(), Some(SIGTERM));
}

/// F33: signals that are handled harm no call, and no watch.
#[test]
fn ten_thousand_signals_harm_no_call() {
    if is_alone() {
        let server = FakeServer::start().unwrap();
        let client = RestClient::new(Config::new(server.url())).unwrap();
        let kind = ApiResource::namespaced("", "v1", "ConfigMap", "configmaps");
        let maps = Api::<DynamicObject>::dynamic_namespaced(&client, &kind, "default");
        let handled = Arc::new(AtomicUsize::new(0));
        signal_hook::flag::register_usize(SIGUSR1, Arc::clone(&handled), 1).unwrap();
        let end = Stop::new();
        let input = {
            let end = end.clone();
            std::thread::spawn(move || {
                let _ = std::io::stdin().read(&mut [0]);
                end.stop();
            })
        };
        say("ready");
        let (mut calls, mut signals) = (0, 0);
        let mut watch = maps.watch(&WatchParams::default()).unwrap();
        while !end.is_stopped() {
            let map = serde_json::json!({"metadata": {"name": format!("map-{calls}")}});
            maps.create(&serde_json::from_value(with_type(map)).unwrap()).unwrap();
            assert!(!maps.list(&ListParams::default().limit(1)).unwrap().items.is_empty());
            // Blocks until it comes.
            watch.next().unwrap().unwrap();
            calls += 1;
            signals += handled.swap(0, Ordering::SeqCst);
        }
        input.join().unwrap();
        assert!(signals >= 10, "{signals} of {calls}");
        say("unharmed");
        return;
    }
    let mut alone = Alone::start("ten_thousand_signals_harm_no_call");
    alone.hear("ready");
    for _ in 0..100 {
        alone.signal("USR1", 100);
    }
    alone.child.stdin.take().unwrap().write_all(b"\n").unwrap();
    alone.hear("unharmed");
    assert!(alone.child.wait().unwrap().success());
}

fn with_type(mut map: serde_json::Value) -> serde_json::Value {
    map["apiVersion"] = "v1".into();
    map["kind"] = "ConfigMap".into();
    map
}
