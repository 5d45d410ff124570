//! Requests that mean no good: thousands of mutated ones, from a seed. Each gets an HTTP answer, an error is a
//! `Status`, nothing panics, and the server still answers afterwards.

mod addresses;
mod client;
mod definitions;
mod mutate;
mod patches;
mod random;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kubeclient_fake::FakeServer;
use serde_json::{Value, json};

use client::{Answer, Client};
use random::Random;

/// What the real server was sent, each followed by what it answered.
const CREATED: &str = include_str!("../../src/kinds/recorded/created.txt");
const REFUSED: &str = include_str!("../../src/kinds/recorded/refused.txt");

static PANICS: AtomicUsize = AtomicUsize::new(0);
static WHERE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Counts the panics of the server's threads; those of a test's own thread go where they went.
fn count_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let thread = std::thread::current();
            if thread.name().is_some_and(|name| name.starts_with("fake-")) {
                PANICS.fetch_add(1, Ordering::SeqCst);
                WHERE.lock().unwrap().push(info.to_string());
            }
            before(info);
        }));
    });
}

/// For how long each test goes on, and from which seed; both can be given, to look for more.
fn budget() -> (Duration, u64) {
    let given = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let time = Duration::from_millis(given("HOSTILE_MILLIS").unwrap_or(1000));
    (time, given("HOSTILE_SEED").unwrap_or(1))
}

struct Run {
    server: FakeServer,
    client: Client,
    random: Random,
    codes: BTreeMap<u16, usize>,
}

impl Run {
    /// Sends mutants until the time is over, at least so many.
    fn go(mut next: impl FnMut(&mut Run), at_least: usize) {
        count_panics();
        let (time, seed) = budget();
        let server = FakeServer::builder().record(10).start().unwrap();
        let client = Client::new(server.address());
        let mut run = Self { server, client, random: Random(seed), codes: BTreeMap::new() };
        let begun = Instant::now();
        let mut rounds = 0;
        while rounds < at_least || begun.elapsed() < time {
            rounds += 1;
            next(&mut run);
        }
        let health = Client::new(run.server.address()).send("GET", "/healthz", &[], b"");
        assert_eq!(health.map(|answer| answer.status).ok(), Some(200));
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "{:#?}", WHERE.lock().unwrap());
        // Neither is all refused, nor is all taken.
        let is_of = |hundreds: u16| run.codes.keys().any(|code| code / 100 == hundreds);
        assert!(is_of(2) && is_of(4), "{:?}", run.codes);
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let shown = || {
            let body = String::from_utf8_lossy(&body[..body.len().min(2000)]).into_owned();
            format!("{method} {path} {headers:?} {body}")
        };
        let answer = match self.client.send(method, path, headers, body) {
            Ok(answer) => answer,
            Err(error) => panic!("{error}: {}, {:#?}", shown(), WHERE.lock().unwrap()),
        };
        *self.codes.entry(answer.status).or_default() += 1;
        answer.check().unwrap_or_else(|why| panic!("{why}: {}: {answer}", shown()));
        answer
    }
}

/// The objects that were sent to the real server, with the collections that they belong into.
fn corpus(server: &FakeServer) -> Vec<(String, Value)> {
    let mut collections = BTreeMap::new();
    let mut client = Client::new(server.address());
    let mut versions = vec!["/api/v1".to_owned()];
    let groups = client.json("/apis");
    for group in groups["groups"].as_array().unwrap() {
        for version in group["versions"].as_array().unwrap() {
            versions.push(format!("/apis/{}", version["groupVersion"].as_str().unwrap()));
        }
    }
    for root in versions {
        let list = client.json(&root);
        for resource in list["resources"].as_array().unwrap() {
            let name = resource["name"].as_str().unwrap();
            if name.contains('/') {
                continue;
            }
            let place = if resource["namespaced"] == true { "/namespaces/default" } else { "" };
            let key = (list["groupVersion"].to_string(), resource["kind"].to_string());
            collections.insert(key, format!("{root}{place}/{name}"));
        }
    }
    CREATED
        .lines()
        .chain(REFUSED.lines())
        .step_by(2)
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|object| {
            let key = (object["apiVersion"].to_string(), object["kind"].to_string());
            Some((collections.get(&key)?.clone(), object))
        })
        .collect()
}

const PATCHES: [&str; 4] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

#[test]
fn objects_of_all_kinds_can_be_wrong_everywhere() {
    let mut all: Vec<(String, Value)> = Vec::new();
    Run::go(
        |run| {
            if all.is_empty() {
                all = corpus(&run.server);
                assert!(all.len() > 100, "{}", all.len());
            }
            let random = &mut run.random;
            let (collection, object) = all[random.below(all.len())].clone();
            let mut object = object;
            object["metadata"]["name"] = format!("m{}", random.below(40)).into();
            if random.one_in(4) {
                object["metadata"] = mutate::metadata(random, &object["metadata"]["name"]);
            }
            for _ in 0..random.below(4) {
                mutate::value(random, &mut object);
            }
            let query = if random.one_in(2) { addresses::query(random) } else { String::new() };
            let name = object["metadata"]["name"].as_str().unwrap_or("m1").to_owned();
            let name = addresses::escaped(&name);
            let one = format!("{collection}/{name}{query}");
            let accept = addresses::accept(random);
            let text = mutate::text(random, &object);
            match random.below(8) {
                0..=2 => {
                    let headers =
                        [("Content-Type", addresses::content_type(random)), ("Accept", accept)];
                    run.send("POST", &format!("{collection}{query}"), &headers, &text);
                }
                3 => {
                    let headers = [("Content-Type", "application/json"), ("Accept", accept)];
                    run.send("PUT", &one, &headers, &text);
                }
                4 | 5 => {
                    let kind = random.pick(&PATCHES);
                    let patch = match kind {
                        "application/json-patch+json" => patches::json_patch(random, &object),
                        _ => {
                            let patch = patches::merge_patch(random, &object);
                            mutate::text(random, &patch)
                        }
                    };
                    let headers = [("Content-Type", kind), ("Accept", accept)];
                    let mark = if query.is_empty() { "?" } else { "&" };
                    run.send("PATCH", &format!("{one}{mark}fieldManager=m"), &headers, &patch);
                }
                6 => {
                    run.send("GET", &format!("{collection}{query}"), &[("Accept", accept)], b"");
                }
                _ => {
                    let options = mutate::delete_options(random);
                    let headers = [("Content-Type", "application/json")];
                    run.send("DELETE", &one, &headers, options.to_string().as_bytes());
                }
            }
        },
        300,
    );
}

#[test]
fn paths_queries_and_subresources_can_be_anything() {
    Run::go(
        |run| {
            let random = &mut run.random;
            let path = addresses::path(random) + &addresses::query(random);
            let method = random.pick(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "BREW"]);
            let accept = addresses::accept(random);
            let kind = addresses::content_type(random);
            let mut body = json!({"kind": "x", "metadata": {"name": "a"}, "spec": {"replicas": 1}});
            mutate::value(random, &mut body);
            let body = if random.one_in(3) { Vec::new() } else { mutate::text(random, &body) };
            run.send(method, &path, &[("Accept", accept), ("Content-Type", kind)], &body);
        },
        300,
    );
}

#[test]
fn definitions_can_have_any_schema() {
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let objects = "/apis/hostile.example.com/v1/namespaces/default/things";
    let json = [("Content-Type", "application/json")];
    Run::go(
        |run| {
            let random = &mut run.random;
            let mut definition = definitions::definition(random);
            for _ in 0..random.below(3) {
                mutate::value(random, &mut definition);
            }
            let mut custom = json!({"apiVersion": "hostile.example.com/v1", "kind": "Thing"});
            custom["spec"] = mutate::any(random, 4);
            custom["metadata"] = mutate::metadata(random, &json!("t"));
            let patch = patches::json_patch(random, &custom);
            let accept = [("Accept", addresses::accept(random))];
            let kind = [("Content-Type", random.pick(&PATCHES))];
            let body = definition.to_string();
            let made = run.send("POST", definitions, &json, body.as_bytes());
            if made.status != 201 {
                let name = "things.hostile.example.com";
                let headers = [("Content-Type", "application/merge-patch+json")];
                run.send("PATCH", &format!("{definitions}/{name}"), &headers, body.as_bytes());
            }
            run.send("POST", objects, &json, custom.to_string().as_bytes());
            run.send("PATCH", &format!("{objects}/t?fieldManager=m"), &kind, &patch);
            run.send("GET", objects, &accept, b"");
            run.send("GET", "/openapi/v3/apis/hostile.example.com/v1", &[], b"");
            run.send("GET", &format!("{objects}/t/scale"), &[], b"");
            run.send("DELETE", &format!("{definitions}/things.hostile.example.com"), &[], b"");
        },
        30,
    );
}
