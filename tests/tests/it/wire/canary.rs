//! One canary in every place where a credential or a body stands, and all that such a program may print: the
//! `Debug` of what it holds, every kind of error, the log at level trace.

// What was measured is told.
#![allow(clippy::print_stdout)]

mod answers;
mod configurations;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use kubeclient::cache::Reflector;
use kubeclient::core_v1::Secret;
use kubeclient::events::EventRecorder;
use kubeclient::{Api, Config, Error, Request, RestClient, Stop};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::stub::{Reply, Stub};

use self::answers::answers;
use self::configurations::configurations;
use super::secrets::{BODY, TOKEN, check, logged};
use super::{status, stub};

/// All that was printed.
struct Printed {
    place: &'static str,
    kinds: BTreeSet<String>,
    texts: usize,
}

impl Printed {
    fn text(&mut self, text: &str) {
        check(self.place, text);
        self.texts += 1;
    }

    fn debug(&mut self, value: &impl std::fmt::Debug) {
        self.text(&format!("{value:?}"));
        self.text(&format!("{value:#?}"));
    }

    fn error(&mut self, error: &Error) {
        self.kinds.insert(format!("{:?}", error.kind()));
        self.debug(error);
        self.text(&format!("{error} {error:#} {:?}", error.status()));
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            self.text(&format!("{cause} {cause:?}"));
            source = cause.source();
        }
    }

    fn outcome<T: std::fmt::Debug>(&mut self, outcome: Result<T, Error>) {
        match outcome {
            Ok(value) => self.debug(&value),
            Err(error) => self.error(&error),
        }
    }
}

/// Every way in which a server may not do what it was asked, and one in which it does.
const ANSWERS: [fn() -> Reply; 12] = [
    || Reply::text(200, "{}"),
    || Reply::status(401),
    || Reply::json(403, status(403, "Forbidden").to_string()),
    || Reply::json(500, status(500, "InternalError").to_string()),
    || Reply::status(307).header("Location", "https://127.0.0.1:1/"),
    Reply::disconnect,
    || Reply::raw("nonsense\r\n\r\n"),
    || Reply::json(200, format!(r#"{{"kind":"Secret","apiVersion":"v1","data":"{BODY}"}}"#)),
    || Reply::json(200, format!(r#"{{"data":{{"a":{BODY}"#)),
    || Reply::json(200, format!("\"{}\"", BODY.repeat(1_000))),
    || Reply::text(200, gone_wrong()).header("Content-Encoding", "gzip"),
    Reply::stall,
];

fn gone_wrong() -> String {
    format!("{BODY} that is no gzip")
}

fn secret() -> Secret {
    let metadata = kubeclient::ObjectMeta::named("a");
    let mut secret = Secret { metadata, ..Secret::default() };
    secret.metadata.resource_version = "1".into();
    secret.string_data = [("a", TOKEN)].into();
    secret.data = [("b", TOKEN.as_bytes().to_vec())].into();
    let applied = "kubectl.kubernetes.io/last-applied-configuration";
    secret.metadata.annotations.insert(applied.into(), TOKEN.into());
    secret
}

/// The places that stand in the configuration's server, and are gone where the test gives it another.
const IN_SERVER: [&str; 2] = ["a user in a server's URL", "a query in a server's URL"];

/// What a server gives of a Secret.
fn with_body() -> Secret {
    let metadata = kubeclient::ObjectMeta::named("a");
    let mut secret = Secret { metadata, ..Secret::default() };
    secret.data = [("b", BODY.as_bytes().to_vec())].into();
    let applied = "kubectl.kubernetes.io/last-applied-configuration";
    secret.metadata.annotations.insert(applied.into(), BODY.into());
    secret
}

/// Asks with a configuration, of which all is printed.
fn ask(printed: &mut Printed, config: Config) {
    printed.debug(&config);
    printed.debug(&config.anonymous());
    let made = RestClient::new(config.clone());
    assert!(made.is_err() || !IN_SERVER.contains(&printed.place), "{made:?}");
    printed.outcome(made);
    for answer in ANSWERS {
        let stub = stub(move |_, _| answer());
        ask_at(printed, config.clone(), &stub.url());
    }
    // Nobody there; somebody who speaks no TLS; a stop.
    ask_at(printed, config.clone(), "http://127.0.0.1:1");
    let plain = stub(|_, _| Reply::text(200, "x"));
    ask_at(printed, config.clone(), &plain.url().replace("http:", "https:"));
}

fn ask_at(printed: &mut Printed, mut config: Config, server: &str) {
    config.server = server.into();
    config.limits.object = 10_000;
    config.timeouts.request = Some(Duration::from_millis(150));
    config.timeouts.connect = Duration::from_secs(1);
    let client = match RestClient::new(config.allow_plaintext_credentials()) {
        Ok(client) => client,
        Err(error) => return printed.error(&error),
    };
    printed.debug(&client);
    let secrets: Api<Secret> = Api::namespaced(&client, "ns");
    printed.debug(&secrets);
    let own = Request::post("/x").json(TOKEN).header("Authorization", format!("Bearer {TOKEN}"));
    printed.debug(&own);
    printed.outcome(client.send(&own));
    printed.outcome(secrets.replace(&secret()));
    let stop = Stop::new();
    stop.stop();
    printed.outcome(client.with_stop(&stop).send(&own));
}

/// Tells the test below that its process can't start a thread.
const WITHOUT_THREADS: &str = "KUBECLIENT_TESTS_WITHOUT_THREADS";

const THREADLESS: &str = "wire::canary::what_a_system_without_threads_is_told_of_shows_no_canary";

const MET: &str = "met an error of the system";

/// A process of its own, which the next test starts; in any other one it does nothing.
#[test]
fn what_a_system_without_threads_is_told_of_shows_no_canary() {
    if std::env::var_os(WITHOUT_THREADS).is_none() {
        return;
    }
    let place = "a system that has no thread to give";
    let mut printed = Printed { place, kinds: BTreeSet::new(), texts: 0 };
    let client = RestClient::new(Config::new("http://localhost:1").with_token(TOKEN)).unwrap();
    printed.debug(&client);
    printed.outcome(client.send(&Request::get("/x")).map(drop));
    let reflector = Reflector::builder(&Api::<Secret>::all(&client)).start();
    printed.outcome(reflector.map(drop));
    let recorder = EventRecorder::builder(&client, "tests").start();
    printed.outcome(recorder.map(drop));
    assert!(printed.kinds.contains("System"), "{:?}", printed.kinds);
    println!("{MET}");
}

/// 35 places, and whatever is printed: 0 hits.
#[test]
fn a_canary_in_each_place_is_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let (configurations, answers) = (configurations(folder.path()), answers());
    let places = configurations.len() + 1 + answers.len();
    let told = Mutex::new((BTreeSet::new(), 0));
    let logged = logged(|| {
        let keep = |printed: Printed| {
            let mut told = told.lock().unwrap();
            assert!(printed.texts > 0, "{}: nothing was printed", printed.place);
            told.0.extend(printed.kinds);
            told.1 += printed.texts;
        };
        for (place, config) in configurations {
            let mut printed = Printed { place, kinds: BTreeSet::new(), texts: 0 };
            ask(&mut printed, config);
            keep(printed);
        }
        let pki = Pki::new().unwrap();
        let untrusted = pki.server_config().unwrap();
        let untrusted = Stub::start_tls(untrusted, |_, _| Reply::text(200, "x")).unwrap();
        let place = "a token for a server that is not trusted";
        let mut printed = Printed { place, kinds: BTreeSet::new(), texts: 0 };
        let client = RestClient::new(Config::new(untrusted.url()).with_token(TOKEN)).unwrap();
        printed.outcome(client.send(&Request::get("/x")).map(drop));
        keep(printed);
        for (place, print) in answers {
            let mut printed = Printed { place, kinds: BTreeSet::new(), texts: 0 };
            print(&mut printed);
            keep(printed);
        }
    });
    assert!(logged.is_empty(), "{logged:?}");
    let (kinds, texts) = told.into_inner().unwrap();
    println!("{places} places, {texts} texts, errors of {} kinds: 0 hits", kinds.len());
    assert!(places == 35 && texts > 3_000, "{places} places, {texts} texts");
    let all = [
        "Api",
        "Auth",
        "Config",
        "Connect",
        "Connection",
        "Decode",
        "Invalid",
        "Mixed",
        "Panic",
        "Stopped",
        "System",
        "Timeout",
        "Tls",
        "TooLarge",
        "Unmet",
    ];
    let missing: Vec<_> = all.iter().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "no error of {missing:?}");
}
