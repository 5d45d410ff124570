//! Exec plugins: programs that give the credential. Here they are scripts for `/bin/sh`.

// What was measured is told.
#![allow(clippy::print_stderr)]

mod processes;

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::config::{Exec, ExecVersion, InteractiveMode, KubeconfigOptions, Pem};
use kubeclient::{Config, Error, ErrorKind, Request, RestClient, Stop};
use kubeclient_tests::pki::{Identity, Pki};
use kubeclient_tests::stub::{Reply, Stub};
use serde_json::{Value, json};

use super::{PATIENCE, client_with, stub, timed};

/// A plugin: a script that counts its runs.
pub(super) struct Plugin {
    folder: tempfile::TempDir,
}

impl Plugin {
    /// `$runs` is the number of the run, from 1.
    pub(super) fn new(script: &str) -> Self {
        let plugin = Self { folder: tempfile::tempdir().unwrap() };
        let counts = "cd \"$(dirname \"$0\")\"; echo >> runs; runs=$(grep -c '' runs)\n";
        fs::write(plugin.script(), format!("{counts}{script}\n")).unwrap();
        plugin
    }

    /// Gives the tokens `t1`, `t2` and so on, each with this end.
    pub(super) fn tokens(expires: &str) -> Self {
        Self::new(&says(&json!({"token": "t$runs", "expirationTimestamp": expires})))
    }

    fn script(&self) -> PathBuf {
        self.path("plugin.sh")
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn exec(&self) -> Exec {
        let mut exec = Exec::new("/bin/sh");
        exec.args = vec![self.script().to_str().unwrap().into()];
        exec
    }

    pub(super) fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).map_or(0, |runs| runs.lines().count())
    }

    /// A client of the stub that has its credential from the plugin.
    pub(super) fn client(&self, stub: &Stub) -> RestClient {
        client_with(stub, |config| config.auth = kubeclient::config::Auth::Exec(self.exec()))
    }
}

/// The command that prints this status in an answer of version 1.
fn says(status: &Value) -> String {
    says_in(ExecVersion::V1, status)
}

fn says_in(version: ExecVersion, status: &Value) -> String {
    let credential =
        json!({"kind": "ExecCredential", "apiVersion": version.as_str(), "status": status});
    format!("cat <<END\n{credential}\nEND")
}

pub(super) const LATER: &str = "2999-01-01T00:00:00Z";
const LONG_AGO: &str = "2020-01-01T00:00:00Z";

fn ok() -> Stub {
    stub(|_, _| Reply::text(200, "ok"))
}

fn tokens(stub: &Stub) -> Vec<String> {
    let requests = stub.requests();
    requests.iter().map(|request| request.header("authorization").unwrap().to_owned()).collect()
}

/// Sends from so many threads at once, each with a clone of the client.
fn at_once(client: &RestClient, count: usize) -> Vec<Result<(), Error>> {
    all_send(client, count, &Request::post("/x"))
}

fn all_send(client: &RestClient, count: usize, request: &Request) -> Vec<Result<(), Error>> {
    let barrier = Barrier::new(count);
    thread::scope(|scope| {
        let send = || {
            let client = client.clone();
            barrier.wait();
            client.send(request).map(drop)
        };
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Waits until a program has written a line into this file.
fn line_of(path: &Path) -> String {
    let patience = Stop::after(PATIENCE);
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => assert!(!patience.wait_timeout(Duration::from_millis(2)), "nothing in {path:?}"),
        }
    }
}

/// Says so past the harness, which keeps the words of tests that pass.
fn not_run(why: &str) {
    use std::io::Write as _;

    let _ = writeln!(std::io::stderr(), "NOT RUN: {why}");
}

fn is_gone(pid: &str) -> bool {
    !cfg!(target_os = "linux") || !Path::new("/proc").join(pid).exists()
}

#[track_caller]
fn refused(plugin: &Plugin, change: impl FnOnce(&mut Config), expected: &str) -> Error {
    let stub = ok();
    let client = client_with(&stub, |config| {
        *config = config.clone().with_exec(plugin.exec());
        change(config);
    });
    let error = client.send(&Request::get("/x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth, "{error:?}");
    assert!(error.to_string().contains(expected), "{error}");
    assert!(!format!("{error:?} {client:?} {:?}", client.config()).contains("CANARY"), "{error:?}");
    assert_eq!(stub.connections(), 0, "nothing is sent without a credential");
    error
}

/// Fidelity 36. In both versions; whether the program may use the terminal need not be said in the older one, which
/// the programs of EKS, GKE and AKS speak.
#[test]
fn a_kubeconfigs_program_is_told_of_the_cluster_where_it_asks_for_it() {
    let pki = Pki::new().unwrap();
    let stub =
        Stub::start_tls(pki.server_config().unwrap(), |_, _| Reply::text(200, "ok")).unwrap();
    let authorities = STANDARD.encode(pki.ca_pem());
    let (v1, beta) = (ExecVersion::V1, ExecVersion::V1Beta1);
    for (version, asks) in [(v1, true), (v1, false), (beta, true), (beta, false)] {
        let plugin = Plugin::new(&format!(
            "printf '%s\\n' \"$KUBERNETES_EXEC_INFO\" > info; echo \"$ADDED $1 $HOME\" > seen\n{}",
            says_in(version, &json!({"token": "t"}))
        ));
        let mut kubeconfig = json!({
            "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {
                "server": stub.url(),
                "certificate-authority-data": authorities,
                "extensions": [
                    {"name": "other", "extension": 1},
                    {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}},
                ],
            }}],
            "users": [{"name": "u", "user": {"exec": {
                "command": "/bin/sh",
                "args": [plugin.script(), "argument"],
                "env": [{"name": "ADDED", "value": "value"}],
                "apiVersion": version.as_str(),
                "provideClusterInfo": asks,
            }}}],
        });
        if version == v1 {
            kubeconfig["users"][0]["user"]["exec"]["interactiveMode"] = "Never".into();
        }
        let path = plugin.path("config");
        fs::write(&path, kubeconfig.to_string()).unwrap();
        let config = Config::from_kubeconfig(&KubeconfigOptions::default().path(path)).unwrap();
        RestClient::new(config).unwrap().send(&Request::get("/x")).unwrap();

        let info: Value = serde_json::from_str(&line_of(&plugin.path("info"))).unwrap();
        let mut expected = json!({
            "kind": "ExecCredential",
            "apiVersion": version.as_str(),
            "spec": {"interactive": version == beta && std::io::stdin().is_terminal()},
        });
        if asks {
            expected["spec"]["cluster"] = json!({
                "server": stub.url(),
                "certificate-authority-data": authorities,
                "config": {"audience": "a"},
            });
        }
        assert_eq!(info, expected);
        let home = std::env::var("HOME").unwrap_or_default();
        assert_eq!(line_of(&plugin.path("seen")), format!("value argument {home}").trim());
    }
    assert_eq!(tokens(&stub), ["Bearer t"; 4]);
}

/// Fidelity 37.
#[test]
fn a_credential_that_lasts_is_asked_for_once() {
    for plugin in [Plugin::tokens(LATER), Plugin::new(&says(&json!({"token": "t1"})))] {
        let stub = ok();
        let client = plugin.client(&stub);
        assert_eq!(plugin.runs(), 0, "not before it is needed");
        for _ in 0..100 {
            client.send(&Request::get("/x")).unwrap();
        }
        assert_eq!(plugin.runs(), 1);
        assert_eq!(tokens(&stub), vec!["Bearer t1"; 100]);
    }
}

/// Fidelity 37.
#[test]
fn a_credential_that_has_expired_is_asked_for_again() {
    let plugin = Plugin::tokens(LONG_AGO);
    let stub = ok();
    let client = plugin.client(&stub);
    client.send(&Request::get("/x")).unwrap();
    // Between two runs is at least a second, whatever the credential says.
    Stop::after(Duration::from_millis(1050)).wait();
    client.send(&Request::get("/x")).unwrap();
    assert_eq!(plugin.runs(), 2);
    assert_eq!(tokens(&stub), ["Bearer t1", "Bearer t2"]);
}

/// Fidelity 37.
#[test]
fn twenty_threads_share_one_run() {
    let status = says(&json!({"token": "t"}));
    let plugin = Plugin::new(&format!("sleep 0.2\n{status}"));
    let stub = ok();
    let outcomes = at_once(&plugin.client(&stub), 20);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!((plugin.runs(), stub.requests().len()), (1, 20));
}

/// Fidelity 37. Another configuration has a program of its own.
#[test]
fn clients_of_one_configuration_share_one_run() {
    let plugin = Plugin::new(&format!("sleep 0.2\n{}", says(&json!({"token": "t"}))));
    let stubs = [ok(), ok()];
    let clients = stubs.each_ref().map(|stub| plugin.client(stub));
    thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| client.send(&Request::get("/x")).unwrap());
        }
    });
    assert_eq!((plugin.runs(), stubs.each_ref().map(|stub| stub.requests().len())), (1, [1, 1]));
    let mut exec = plugin.exec();
    exec.args.push("other".into());
    let other = client_with(&stubs[0], |config| config.auth = kubeclient::config::Auth::Exec(exec));
    other.send(&Request::get("/x")).unwrap();
    assert_eq!(plugin.runs(), 2);
    drop(clients);
    plugin.client(&stubs[0]).send(&Request::get("/x")).unwrap();
    assert_eq!(plugin.runs(), 3, "nothing is kept of clients that are gone");
}

#[test]
fn a_broken_program_is_not_started_in_a_storm() {
    let plugin = Plugin::new("sleep 0.2; echo CANARY; exit 3");
    let stub = ok();
    let client = plugin.client(&stub);
    for error in at_once(&client, 20).into_iter().map(Result::unwrap_err) {
        assert_eq!(error.kind(), ErrorKind::Auth);
        let expected = "POST /x: exec plugin \"/bin/sh\": it failed with exit status: 3";
        assert_eq!(format!("{error:?}"), expected);
    }
    assert_eq!((plugin.runs(), stub.connections()), (1, 0));
}

/// Twelve programs that do what none should, each for 32 threads: there is one of it at a time, each caller hears in
/// time, and none is left, not even as a zombie. Each run looks whether those before it have ended.
#[test]
fn bad_programs_run_one_at_a_time_and_none_is_left() {
    const THREADS: usize = 32;
    const LIMIT: Duration = Duration::from_secs(1);
    let other = says_in(ExecVersion::V1Beta1, &json!({"token": "CANARY"}));
    for (number, (script, kind)) in [
        ("exec sleep 1000", ErrorKind::Timeout),
        ("printf '{\"kind\": \"CANARY'; exec sleep 1000", ErrorKind::Timeout),
        ("exec >&-; exec sleep 1000", ErrorKind::Timeout),
        ("trap '' TERM INT HUP; while :; do sleep 0.1; done", ErrorKind::Timeout),
        ("kill -STOP $$", ErrorKind::Timeout),
        ("for i in 1 2 3 4 5 6 7 8; do sleep 2 & done; exec sleep 1000", ErrorKind::Timeout),
        ("exec cat /dev/zero", ErrorKind::Auth),
        ("exec yes CANARY", ErrorKind::Auth),
        ("sleep 2 & echo CANARY; exit 3", ErrorKind::Auth),
        ("kill -KILL $$", ErrorKind::Auth),
        ("exit 0", ErrorKind::Auth),
        (other.as_str(), ErrorKind::Auth),
    ]
    .into_iter()
    .enumerate()
    {
        let looks = "for pid in $(cat pids); do kill -0 $pid && echo $pid >> overlaps; done; echo $$ >> pids";
        let plugin = Plugin::new(&format!("({looks}) 2> /dev/null\n{script}"));
        fs::write(plugin.path("pids"), "").unwrap();
        let stub = ok();
        let client = plugin.client(&stub);
        let request = Request::post("/x").timeout(LIMIT);
        let (outcomes, took) = timed(|| all_send(&client, THREADS, &request));
        for error in outcomes.into_iter().map(Result::unwrap_err) {
            assert_eq!(error.kind(), kind, "{script}: {error:?}");
            assert!(!format!("{error:?}").contains("CANARY"), "{script}: {error:?}");
        }
        assert!(took < LIMIT + Duration::from_secs(10), "{script}: {took:?}");
        let pids = fs::read_to_string(plugin.path("pids")).unwrap();
        eprintln!("bad program {number}: {} runs, {took:?}", pids.lines().count());
        assert!(!pids.is_empty() && pids.lines().all(is_gone), "{script}: {pids}");
        assert!(!plugin.path("overlaps").exists(), "{script}: two at once");
        assert_eq!(stub.connections(), 0);
    }
}

/// Fidelity 38.
#[test]
fn a_refused_credential_is_asked_for_again_and_the_request_sent_once_more() {
    let plugin = Plugin::tokens(LATER);
    let stub = stub(|request, _| match request.header("authorization") {
        Some("Bearer t2") if request.path == "/x" => Reply::text(200, "ok"),
        _ => Reply::status(401),
    });
    let client = plugin.client(&stub);
    let outcomes = at_once(&client, 20);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(plugin.runs(), 2, "once for all who were refused");
    let sent = tokens(&stub);
    assert_eq!(sent.iter().filter(|token| *token == "Bearer t2").count(), 20);

    let own = Request::get("/x").header("Authorization", "Bearer own");
    assert!(client.send(&own).unwrap_err().is_unauthorized());
    assert_eq!(plugin.runs(), 2, "the caller's own credential is not the program's");

    let before = stub.requests().len();
    assert!(client.send(&Request::post("/never")).unwrap_err().is_unauthorized());
    assert_eq!(tokens(&stub)[before..], ["Bearer t2", "Bearer t3"]);
}

/// Fidelity 38.
#[test]
fn connections_of_a_certificate_that_was_replaced_are_not_used_again() {
    let pki = Pki::new().unwrap();
    let (ada, bob) = (pki.issue_client("ada", &[]).unwrap(), pki.issue_client("bob", &[]).unwrap());
    let der = |identity: &Identity| Some(identity.to_der().unwrap().0[0].to_vec());
    let (adas, bobs) = (der(&ada), der(&bob));
    let tls = pki.server_config_with_client_auth().unwrap();
    let first = adas.clone();
    let stub = Stub::start_tls(tls, move |request, _| {
        match request.path == "/new" && request.client_certificate == first {
            true => Reply::status(401),
            false => Reply::text(200, "ok"),
        }
    })
    .unwrap();
    let plugin = Plugin::new("cat $runs");
    for (run, identity) in [("1", &ada), ("2", &bob)] {
        let credential = json!({
            "kind": "ExecCredential",
            "apiVersion": "client.authentication.k8s.io/v1",
            "status": {
                "clientCertificateData": identity.certificate_pem,
                "clientKeyData": identity.private_key_pem,
            },
        });
        fs::write(plugin.path(run), credential.to_string()).unwrap();
    }
    let authority = Pem::Data(pki.ca_pem().into_bytes());
    let config = Config::new(stub.url()).with_certificate_authority(authority);
    let client = RestClient::new(config.with_exec(plugin.exec())).unwrap();
    for path in ["/x", "/x", "/new", "/x"] {
        client.send(&Request::post(path)).unwrap();
    }
    let seen: Vec<_> = stub
        .requests()
        .into_iter()
        .map(|request| (request.connection, request.client_certificate))
        .collect();
    let (on_first, on_second) = ((0, adas), (1, bobs));
    let expected = [&on_first, &on_first, &on_first, &on_second, &on_second];
    assert_eq!(seen.iter().collect::<Vec<_>>(), expected);
    stub.wait_for_disconnect(0);
}

/// Fidelity 39.
#[test]
fn a_program_that_must_have_a_terminal_is_not_run_without_one() {
    if std::io::stdin().is_terminal() {
        not_run("the standard input of this test is a terminal");
        return;
    }
    let plugin = Plugin::tokens(LATER);
    let mut exec = plugin.exec();
    exec.interactive_mode = InteractiveMode::Always;
    refused(&plugin, |config| *config = config.clone().with_exec(exec), "expected a terminal");
    assert_eq!(plugin.runs(), 0);
}

/// Fidelity 40.
#[test]
fn a_program_that_is_not_there_is_told_with_its_hint() {
    let mut exec = Exec::new("kubeclient-no-such-plugin");
    exec.install_hint = "get it from the cellar".into();
    let error = refused(
        &Plugin::new(""),
        |config| *config = config.clone().with_exec(exec),
        "no such program in PATH: get it from the cellar",
    );
    assert!(error.to_string().contains("\"kubeclient-no-such-plugin\""), "{error}");
}

/// Fidelity 40. As kubectl takes it.
#[test]
fn an_answer_may_be_yaml_and_need_not_say_its_kind() {
    let plugin = Plugin::new(
        "echo '# of a program'; echo 'apiVersion: client.authentication.k8s.io/v1'; echo 'status: {token: t}'",
    );
    let stub = ok();
    plugin.client(&stub).send(&Request::get("/x")).unwrap();
    assert_eq!(tokens(&stub), ["Bearer t"]);
}

/// Fidelity 40.
#[test]
fn an_answer_that_is_no_credential_is_an_error_that_does_not_show_it() {
    let pem = "-----BEGIN CERTIFICATE-----\\nMAA=\\n-----END CERTIFICATE-----\\n";
    let v1 = "\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1\"";
    for (answer, expected) in [
        (
            r#"{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1",
               "status": {"token": "CANARY"}}"#
                .to_owned(),
            "expected apiVersion client.authentication.k8s.io/v1,",
        ),
        (
            format!(
                r#"{{{v1}, "status": {{"clientCertificateData": "{pem}", "token": "CANARY"}}}}"#
            ),
            "expected status.clientKeyData beside status.clientCertificateData",
        ),
        (format!("{{{v1}, \"status\": {{}}}}"), "expected status.token"),
        ("CANARY".into(), "expected an ExecCredential in JSON or YAML (line 1, column 1)"),
        (
            format!("hello\n{{{v1}, \"status\": {{\"token\": \"CANARY\"}}}}"),
            "expected an ExecCredential",
        ),
    ] {
        let plugin = Plugin::new(&format!("cat <<'END'\n{answer}\nEND"));
        refused(&plugin, |_| {}, expected);
        assert_eq!(plugin.runs(), 1);
    }
}
