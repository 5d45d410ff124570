//! Writes whose connections are cut at any byte of the request or of its answer: none happens twice, and of none
//! that may have happened it is said that it has not.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use kubeclient::rest::Retry;
use kubeclient::{
    Api, Config, DeleteParams, Error, ErrorKind, ListParams, ObjectMeta, Patch, PatchParams,
    Request, RestClient,
};
use kubeclient_fake::FakeServer;
use kubeclient_tests::chaos::{ChaosProxy, Plan, Plans, Trouble};
use serde_json::json;

use crate::common::{Sandbox, eventually};
use crate::foo::ConfigMap;

/// How many writes there are.
fn count(full: u64, slice: u64) -> u64 {
    if std::env::var_os("KUBECLIENT_FAULT_SEEDS").is_some() { full } else { slice }
}

/// A proxy that cuts, before a server.
struct Line {
    proxy: ChaosProxy,
    config: Config,
    namespace: String,
}

impl Line {
    fn to(server: SocketAddr, mut config: Config, namespace: &str) -> Self {
        let proxy = ChaosProxy::start(server).unwrap();
        let scheme = config.server.split("//").next().unwrap_or_default().to_owned();
        config.server = format!("{scheme}//{}", proxy.address());
        Self { proxy, config, namespace: namespace.to_owned() }
    }

    /// ConfigMaps over a new connection, which will be cut; of each second one, something else has used it.
    fn maps(&self, plan: Plan, is_used: bool) -> Api<ConfigMap> {
        let client = RestClient::new(self.config.clone()).unwrap();
        self.proxy.plan([plan]);
        if is_used {
            // It may meet the cut itself.
            let _ = client.send(&Request::get("/readyz").retry(Retry::Never));
        }
        Api::namespaced(&client, &self.namespace)
    }
}

/// What became of writes.
#[derive(Debug, Default)]
struct Tally {
    told: usize,
    done_and_unknown: usize,
    not_done_and_unknown: usize,
    not_sent: usize,
}

impl Tally {
    fn count(&mut self, outcome: &Result<(), Error>, verb: &str, is_done: bool) {
        match outcome {
            Ok(()) => {
                assert!(is_done);
                self.told += 1;
            }
            Err(error) if error.is_ambiguous() => {
                assert_eq!(error.verb(), Some(verb), "{error:?}");
                assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
                match is_done {
                    true => self.done_and_unknown += 1,
                    false => self.not_done_and_unknown += 1,
                }
            }
            Err(error) => {
                assert!(!is_done, "{error:?}");
                let is_of_the_wire = matches!(
                    error.kind(),
                    ErrorKind::Connect | ErrorKind::Connection | ErrorKind::Tls
                );
                assert!(is_of_the_wire, "{error:?}");
                self.not_sent += 1;
            }
        }
    }
}

/// Makes objects whose names the server chooses, so that one that is made twice is two.
fn create(line: &Line, direct: &Api<ConfigMap>, plans: impl Iterator<Item = Plan>) -> Tally {
    let mut outcomes = Vec::new();
    for (number, plan) in plans.enumerate() {
        let metadata = ObjectMeta {
            generate_name: "m-".into(),
            labels: [("attempt".to_owned(), number.to_string())].into(),
            ..ObjectMeta::default()
        };
        let map = ConfigMap { metadata, ..ConfigMap::default() };
        outcomes.push(line.maps(plan, number % 2 == 1).create(&map).map(drop));
    }
    let mut made = BTreeMap::<String, usize>::new();
    for map in direct.list_all(&ListParams::default().labels("attempt")) {
        *made.entry(map.unwrap().metadata.labels["attempt"].clone()).or_default() += 1;
    }
    let twice = made.values().filter(|times| **times > 1).count();
    assert_eq!(twice, 0, "made twice");
    let mut tally = Tally::default();
    for (number, outcome) in outcomes.iter().enumerate() {
        tally.count(outcome, "POST", made.contains_key(&number.to_string()));
    }
    tally
}

/// Fidelity 9.
#[test]
fn a_thousand_creations_that_are_cut_make_no_object_twice() {
    let server = FakeServer::start().unwrap();
    let config = Config::new(server.url());
    let direct = Api::namespaced(&RestClient::new(config.clone()).unwrap(), "default");
    let line = Line::to(server.address(), config, "default");
    let tally = create(&line, &direct, Plans::cuts(1, count(1_000, 150), 900, 1_200));
    let struck = line.proxy.struck();
    eprintln!("{tally:?}, {struck:?}");
    assert!(struck[&Trouble::CutRequest] > 10 && struck[&Trouble::CutAnswer] > 10, "{struck:?}");
    assert!(tally.done_and_unknown > 10 && tally.not_done_and_unknown > 10, "{tally:?}");
}

/// The same of the real server, within TLS.
#[test]
fn creations_on_the_real_server_that_are_cut_make_no_object_twice() {
    let Some(sandbox) = Sandbox::new() else { return };
    let server = sandbox.config.server.strip_prefix("https://").unwrap().parse().unwrap();
    let line = Line::to(server, sandbox.config.clone(), &sandbox.namespace);
    let tally = create(&line, &sandbox.maps(), Plans::cuts(2, count(200, 100), 4_000, 5_000));
    eprintln!("{tally:?}, {:?}", line.proxy.struck());
    assert!(tally.done_and_unknown > 0 && tally.not_sent > 0, "{tally:?}");
}

/// Whether this write happened twice is seen at the server; and what is safe to send again is sent again: an
/// apply, and writes with a precondition.
#[test]
fn changes_that_are_cut_are_sent_once_and_some_may_be_sent_again() {
    const OWNER: &str = "owner";
    let server = FakeServer::builder().record(100_000).start().unwrap();
    let config = Config::new(server.url());
    let direct: Api<ConfigMap> =
        Api::namespaced(&RestClient::new(config.clone()).unwrap(), "default");
    let mut line = Line::to(server.address(), config, "default");
    line.config.user_agent = "cut".into();
    let mut tallies = [(); 4].map(|()| Tally::default());
    for (number, plan) in Plans::cuts(3, count(1_000, 120), 900, 1_200).enumerate() {
        let name = format!("m-{number}");
        let made = direct.create(&ConfigMap::named(&name)).unwrap();
        let mut changed = made.clone();
        changed.data.insert("v".into(), "new".into());
        let version = &made.metadata.resource_version;
        let patch = Patch::Json(json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": version},
            {"op": "add", "path": "/data", "value": {"v": "new"}},
        ]));
        let doomed = DeleteParams::default().uid(&made.metadata.uid);
        let write = |maps: &Api<ConfigMap>| match number % 4 {
            0 => maps.replace(&changed).map(drop),
            1 => maps.apply(&name, OWNER, &json!({"data": {"v": "new"}})).map(drop),
            2 => maps.patch(&name, &patch, &PatchParams::default()).map(drop),
            _ => maps.delete(&name, &doomed).map(drop),
        };
        let outcome = write(&line.maps(plan, number % 8 >= 4));
        eventually("the server is done with it", || (server.connections() == 1).then_some(()));

        let found = direct.get_opt(&name).unwrap();
        let is_done = found.as_ref() != Some(&made);
        let verb = ["PUT", "PATCH", "PATCH", "DELETE"][number % 4];
        tallies[number % 4].count(&outcome, verb, is_done);
        if !outcome.is_err_and(|error| error.is_ambiguous()) {
            continue;
        }
        if found.is_none() {
            // Somebody else's by now.
            direct.create(&ConfigMap::named(&name)).unwrap();
        }
        if let Err(error) = write(&direct) {
            let is_answered = error.is_conflict() || error.is_invalid();
            assert!(is_answered && is_done && number % 4 != 1, "{error:?}");
        }
        match direct.get_opt(&name).unwrap() {
            Some(map) if number % 4 == 3 => assert_ne!(map.metadata.uid, made.metadata.uid),
            Some(map) => assert_eq!(map.data["v"], "new"),
            None => assert!(number % 4 == 3 && !is_done),
        }
    }
    let mut seen = BTreeMap::<(String, String), usize>::new();
    for request in server.requests().all() {
        if request.header("user-agent") == Some("cut") && request.method != "GET" {
            *seen.entry((request.method.clone(), request.path.clone())).or_default() += 1;
        }
    }
    assert!(seen.values().all(|times| *times == 1), "sent twice: {seen:?}");
    eprintln!("{tallies:?}");
    for tally in tallies {
        assert!(tally.done_and_unknown > 0 && tally.not_done_and_unknown > 0, "{tally:?}");
    }
}
