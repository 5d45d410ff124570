//! Connections that are dead for the kernel, too: nothing of theirs arrives any more, and nobody says so. In a
//! network namespace of its own, where a rule of routing drops their packets, and on the real clock: 90 s.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use kubeclient::cache::{CacheEvent, HandlerHandle, HandlerOptions, SharedInformer};
use kubeclient::{Api, ApiResource, Config, DynamicObject, Request, RestClient, Stop};
use kubeclient_fake::FakeServer;

/// How long the test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Set in the process that has the namespace.
const ALONE: &str = "KUBECLIENT_TEST_DEAD_LINKS";

/// At how many points of what happens a link dies.
const LINKS: usize = 20;

/// Within so long a dead link is found.
const BOUND: Duration = Duration::from_secs(45);

/// Longer than an idle connection may be kept, and less than the server keeps it.
const IDLE: Duration = Duration::from_secs(85);

/// The rules of a namespace in which those of single connections can come before all others.
const SETUP: &str = "ip link set lo up && ip rule add pref 10 lookup local && ip rule del pref 0 \
    && ip rule add pref 1 ipproto tcp sport 1 dport 1 blackhole";

/// Runs with `KUBECLIENT_FAULT_SEEDS`, where namespaces can be had. F1, F2. Fidelity 67.
#[test]
fn a_link_that_dies_is_found_within_45_seconds_and_loses_nothing() {
    if std::env::var_os(ALONE).is_some() {
        return dead_links();
    }
    if std::env::var_os("KUBECLIENT_FAULT_SEEDS").is_none() {
        return say("NOT RUN: dead links, which take 90 s: KUBECLIENT_FAULT_SEEDS is not set");
    }
    let unshare = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--net", "sh", "-c"]);
        unshare
    };
    if !unshare().arg(SETUP).output().is_ok_and(|output| output.status.success()) {
        let required =
            std::env::var_os("KUBECLIENT_REQUIRE_NAMESPACES").is_some_and(|it| it == "1");
        assert!(!required, "no network namespace for this test");
        return say("NOT RUN: dead links: no network namespace, or no `ip`, can be had here");
    }
    let name = "a_link_that_dies_is_found_within_45_seconds_and_loses_nothing";
    let status = unshare()
        .args([&format!("{SETUP} && exec \"$@\""), "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .status();
    assert!(status.unwrap().success());
}

fn dead_links() {
    let server = FakeServer::start().unwrap();
    let links = Links { port: server.address().port() };
    let followers: Vec<Follower> = (0..LINKS).map(|_| Follower::start(&server, &links)).collect();
    let forgotten = Pooled::open(&server, &links);
    let idle = Pooled::open(&server, &links);

    let begin = Instant::now();
    links.kill(forgotten.port);
    let mut history = Vec::new();
    for (number, follower) in followers.iter().enumerate() {
        for _ in 0..=number % 3 {
            history.push(happen(&server, history.len()));
        }
        links.kill(follower.port);
    }
    // What happens meanwhile would be told at once, were the links alive.
    let pace = Stop::new();
    while begin.elapsed() < BOUND {
        history.push(happen(&server, history.len()));
        pace.wait_timeout(Duration::from_millis(500));
    }
    let attempts = forgotten.check(&links);
    let mut silences: Vec<Duration> =
        followers.iter().map(|follower| follower.check(&history, begin)).collect();
    silences.sort();
    pace.wait_timeout((begin + IDLE).saturating_duration_since(Instant::now()));
    idle.check(&links);
    say(&format!(
        "{LINKS} dead links of watches: found and gone on from after {:.1?} to {:.1?}, 0 of {} events lost; a \
         pooled one: the next call took {attempts} attempt(s); an idle one was not used after {IDLE:?}",
        silences[0],
        silences[LINKS - 1],
        history.len(),
    ));
    for silence in silences {
        // It was dead, and the kernel found out: long before the watch's own limit of three minutes.
        assert!(silence > Duration::from_secs(15) && silence < 2 * BOUND, "{silence:?}");
    }
}

/// One more thing happens; its version.
fn happen(server: &FakeServer, number: usize) -> String {
    let map = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: m, uid: m}}, data: {{n: '{number}'}}}}"
    );
    server.seed(&map).unwrap();
    let map = server.object("v1", "ConfigMap", "default", "m").unwrap();
    map["metadata"]["resourceVersion"].as_str().unwrap().to_owned()
}

/// The connections to a port, all of which are this process's.
struct Links {
    port: u16,
}

impl Links {
    /// The ports that connections come from.
    fn open(&self) -> BTreeSet<u16> {
        let table = fs::read_to_string("/proc/net/tcp").unwrap();
        let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
        let open = |line: &str| {
            let words: Vec<_> = line.split_whitespace().collect();
            // 01: established.
            (words[3] == "01" && port(words[2]) == Some(self.port)).then(|| port(words[1]))?
        };
        table.lines().skip(1).filter_map(open).collect()
    }

    /// The one connection that this opens.
    fn opened_by(&self, open: impl FnOnce()) -> u16 {
        let before = self.open();
        open();
        let new: Vec<u16> = self.open().difference(&before).copied().collect();
        assert_eq!(new.len(), 1, "{new:?}");
        new[0]
    }

    /// From now on, the packets of a connection vanish, in both directions.
    fn kill(&self, from: u16) {
        for (source, target) in [(from, self.port), (self.port, from)] {
            let rule =
                format!("rule add pref 1 ipproto tcp sport {source} dport {target} blackhole");
            assert!(Command::new("ip").args(rule.split(' ')).status().unwrap().success());
        }
    }
}

/// An informer of a client of its own, whose handler hears of each event, and when.
struct Follower {
    informer: SharedInformer<DynamicObject>,
    _handler: HandlerHandle<DynamicObject>,
    told: Receiver<(String, Instant)>,
    port: u16,
}

impl Follower {
    fn start(server: &FakeServer, links: &Links) -> Self {
        let client = RestClient::new(Config::new(server.url())).unwrap();
        let kind = ApiResource::namespaced("", "v1", "ConfigMap", "configmaps");
        let maps = Api::dynamic_namespaced(&client, &kind, "default");
        let informer = SharedInformer::builder(&maps).on_error(|_| {}).build();
        let (sender, told) = channel();
        let tell = move |event: CacheEvent<DynamicObject>| {
            let metadata = &event.object().metadata;
            if metadata.name == "m" {
                drop(sender.send((metadata.resource_version.clone(), Instant::now())));
            }
        };
        let options = HandlerOptions::default().raw(usize::MAX);
        let handler = informer.add_handler_with(&options, tell).unwrap();
        let port = links.opened_by(|| {
            informer.start().unwrap();
            informer.wait_synced(&Stop::after(PATIENCE)).unwrap();
        });
        Self { informer, _handler: handler, told, port }
    }

    /// All that happened was told, once and in order; how long it was silent at most.
    fn check(&self, history: &[String], begin: Instant) -> Duration {
        let mut silence = Duration::ZERO;
        let mut last = begin;
        for version in history {
            let (told, at) = self.told.recv_timeout(PATIENCE * 4).expect("an event in time");
            assert_eq!(told, *version);
            silence = silence.max(at - last);
            last = at;
        }
        assert!(self.told.try_recv().is_err());
        assert_eq!(self.informer.health().cache.restarts, 0);
        silence
    }
}

/// A client that has a connection in its pool.
struct Pooled {
    client: RestClient,
    attempts: Arc<AtomicUsize>,
    port: u16,
}

impl Pooled {
    fn open(server: &FakeServer, links: &Links) -> Self {
        let attempts = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&attempts);
        let client = RestClient::builder(Config::new(server.url()))
            .observer(move |_: &kubeclient::Attempt<'_>| {
                counter.fetch_add(1, Ordering::SeqCst);
            })
            .build()
            .unwrap();
        let port = links.opened_by(|| drop(client.send(&Request::get("/version")).unwrap()));
        Self { client, attempts, port }
    }

    /// The next call is good, at once, and not over the old connection; how many attempts it took.
    fn check(&self, links: &Links) -> usize {
        let (before, begin) = (self.attempts.load(Ordering::SeqCst), Instant::now());
        let port = links.opened_by(|| drop(self.client.send(&Request::get("/version")).unwrap()));
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
        assert_ne!(port, self.port);
        let attempts = self.attempts.load(Ordering::SeqCst) - before;
        assert!(attempts <= 2, "{attempts}");
        attempts
    }
}

/// One line on standard error that the test runner does not capture.
fn say(text: &str) {
    let _ = io::stderr().write_all(format!("kubeclient: {text}\n").as_bytes());
}
