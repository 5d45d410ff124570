//! Proxies: what is asked of them, what goes through them, and what becomes of a call when they don't play.

use std::fs;
use std::process::Command;
use std::time::Duration;

use kubeclient::config::{Exec, Pem, ProxyRules};
use kubeclient::{
    Api, Config, Error, ErrorKind, Request, RestClient, Stop, WatchEvent, WatchParams,
};
use kubeclient::{ApiResource, DynamicObject, LogParams};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::proxy::{Builder, Manner, Proxy, Speaks};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};

use super::stops::stopped;
use super::{FOOS, PATIENCE, SOON, end_of_initial_events, event, foo, foos, stub, timed};
use crate::common::eventually;

/// A name that the server's certificate has, and that nobody resolves but the proxy.
const HOST: &str = "kubernetes.default.svc";

/// What must not show.
const CANARY: &str = "c4n4ry";

/// The ways through a proxy: what it speaks, whether to it and to the server it is TLS.
const WAYS: [(Speaks, bool, bool); 6] = [
    (Speaks::Http, false, true),
    (Speaks::Http, true, true),
    (Speaks::Socks5, false, true),
    (Speaks::Http, false, false),
    (Speaks::Http, true, false),
    (Speaks::Socks5, false, false),
];

/// A server, the proxy before it, and the configuration that leads through.
struct Setting {
    stub: Stub,
    proxy: Proxy,
    config: Config,
}

impl Setting {
    fn new(
        (speaks, proxy_tls, server_tls): (Speaks, bool, bool),
        change: impl FnOnce(Builder) -> Builder,
        answer: impl Fn(&RecordedRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let pki = Pki::new().unwrap();
        let tls = pki.server_config().unwrap();
        let stub = match server_tls {
            true => Stub::start_tls(tls.clone(), answer).unwrap(),
            false => stub(answer),
        };
        let mut builder = Proxy::builder(speaks).to(stub.address());
        if proxy_tls {
            builder = builder.tls(tls);
        }
        let proxy = change(builder).start().unwrap();
        let scheme = if server_tls { "https" } else { "http" };
        let config = Config::new(format!("{scheme}://{HOST}:6443"))
            .with_certificate_authority(Pem::Data(pki.ca_pem().into_bytes()))
            .with_proxy_url(proxy.url());
        Self { stub, proxy, config }
    }

    fn client(&self) -> RestClient {
        self.client_with(|_| {})
    }

    fn client_with(&self, change: impl FnOnce(&mut Config)) -> RestClient {
        let mut config = self.config.clone();
        change(&mut config);
        RestClient::new(config).unwrap().with_stop(&Stop::after(PATIENCE))
    }
}

/// Answers a get, a watch that goes on, and a log that is followed.
fn answers(request: &RecordedRequest, _: usize) -> Reply {
    if request.query_value("watch").is_none() && request.query_value("follow").is_none() {
        return Reply::json(200, foo("a", 1).to_string());
    }
    let (reply, sender) = Reply::stream(200);
    if request.query_value("watch").is_some() {
        sender.line(event("ADDED", foo("a", 1)));
        sender.line(end_of_initial_events(5));
    } else {
        sender.chunk("one\ntwo\n");
    }
    // Left open by the stub until it is dropped.
    std::mem::forget(sender);
    reply
}

/// Fidelity 24.
#[test]
fn calls_watches_and_logs_go_through_every_kind_of_proxy() {
    for way in WAYS {
        let setting = Setting::new(way, |builder| builder, answers);
        let client = setting.client();
        assert_eq!(foos(&client).get("a").unwrap().metadata.name, "a", "{way:?}");

        let mut watch = foos(&client).watch(&WatchParams::default()).unwrap();
        let Some(Ok(WatchEvent::Added(added))) = watch.next() else { panic!("{way:?}") };
        assert_eq!(added.metadata.name, "a");
        assert!(matches!(watch.next(), Some(Ok(WatchEvent::Synced))), "{way:?}");
        let stop = watch.stopper();
        assert!(stopped(&stop, || {}, move || watch.next().is_none()), "{way:?}");

        let kind = ApiResource::namespaced("", "v1", "Pod", "pods");
        let pods = Api::<DynamicObject>::dynamic_namespaced(&client, &kind, "ns");
        let mut lines = pods.log_lines("p", &LogParams::default().follow()).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), "one");
        assert_eq!(lines.next().unwrap().unwrap(), "two");

        let asked = setting.proxy.asked();
        let forwarded = format!("GET http://{HOST}:6443{FOOS}/a");
        match way {
            (Speaks::Http, _, true) => {
                assert!(asked.iter().all(|asked| *asked == format!("CONNECT {HOST}:6443")));
            }
            (Speaks::Socks5, ..) => {
                assert!(asked.iter().all(|asked| *asked == format!("SOCKS {HOST}:6443")));
            }
            (Speaks::Http, _, false) => assert_eq!(asked[0], forwarded),
        }
        assert!((2..=3).contains(&asked.len()), "{asked:?}");
        let requests = setting.stub.requests();
        assert_eq!(requests.len(), 3, "{way:?}");
        for request in requests {
            assert_eq!(request.header("host"), Some("kubernetes.default.svc:6443"));
            assert!(request.target.starts_with('/'), "{}", request.target);
        }
    }
}

/// A tunnel is a connection like any other: kept, found dead, made anew.
#[test]
fn tunnels_are_kept_and_found_dead() {
    for way in WAYS.into_iter().filter(|(speaks, _, tls)| *tls || *speaks == Speaks::Socks5) {
        let setting = Setting::new(
            way,
            |builder| builder,
            |_, nth| match nth {
                9 => Reply::text(200, "ok").close(),
                _ => Reply::text(200, "ok"),
            },
        );
        let client = setting.client();
        for nth in 0..20 {
            client.send(&Request::post("/x").json("body")).unwrap();
            if nth == 9 {
                setting.stub.wait_for_disconnect(0);
            }
        }
        assert_eq!(
            (setting.stub.requests().len(), setting.proxy.asked().len()),
            (20, 2),
            "{way:?}"
        );
    }
}

/// TLS within TLS: pieces of any size, both ways.
#[test]
fn large_bodies_go_through_tunnels() {
    for way in WAYS {
        let echo = |request: &RecordedRequest, _: usize| Reply::text(200, request.body.clone());
        let setting = Setting::new(way, |builder| builder, echo);
        let client = setting.client();
        for length in [1, 16 << 10, (1 << 20) + 7, 8 << 20] {
            let body: Vec<u8> = (0..length).map(|i| (i * 7 / 3) as u8).collect();
            let sent = Request::post("/x").body("text/plain", body.clone());
            let answer =
                client.send(&sent).unwrap_or_else(|error| panic!("{way:?} {length}: {error:?}"));
            assert!(answer.into_bytes() == body, "{way:?} {length}");
        }
    }
}

#[test]
fn a_proxy_that_wants_a_credential_gets_it_and_nobody_else() {
    for way in WAYS {
        let wants = |builder: Builder| builder.credential("jane", CANARY);
        let setting = Setting::new(way, wants, answers);
        let call = |url: String| {
            let client = setting.client_with(|config| *config = config.clone().with_proxy_url(url));
            let outcome = client.send(&Request::get("/x"));
            outcome.map(drop).map_err(|error| {
                assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
                let shown = format!("{error} {error:?} {:?} {client:?}", client.config());
                assert!(!shown.contains(CANARY) && !shown.contains("wrong"), "{shown}");
                assert!(shown.contains(&setting.proxy.url()), "{shown}");
                error.to_string()
            })
        };
        let refused = call(setting.proxy.url()).unwrap_err();
        assert!(refused.contains("a user name and password in its URL"), "{refused}");
        let refused = call(setting.proxy.url_with("jane", "wrong")).unwrap_err();
        assert!(refused.contains("does not take the user name and password"), "{refused}");
        assert!(
            way.0 == Speaks::Socks5 || refused.contains("407 Proxy Authentication"),
            "{refused}"
        );
        assert_eq!(setting.stub.requests().len(), 0, "{way:?}");

        call(setting.proxy.url_with("jane", "c4n4r%79")).unwrap();
        let requests = setting.stub.requests();
        assert_eq!(requests.len(), 1, "{way:?}");
        assert_eq!(requests[0].header("proxy-authorization"), None);
    }
}

/// The proxy of a tunnel sees host, port and its own credential.
#[test]
fn a_proxy_sees_no_more_of_a_tunnel_than_it_must() {
    for way in WAYS.into_iter().filter(|(.., tls)| *tls) {
        let setting = Setting::new(way, |builder| builder, answers);
        let client = setting.client_with(|config| {
            *config = config.clone().with_token(CANARY).with_user_agent(CANARY);
        });
        client.send(&Request::get("/x")).unwrap();
        let heads = setting.proxy.heads();
        match way.0 {
            Speaks::Http => assert_eq!(
                heads,
                [format!("CONNECT {HOST}:6443 HTTP/1.1\r\nHost: {HOST}:6443\r\n\r\n")]
            ),
            Speaks::Socks5 => assert!(!heads[0].contains(CANARY), "{heads:?}"),
        }
        let authorization = format!("Bearer {CANARY}");
        assert_eq!(
            setting.stub.requests()[0].header("authorization"),
            Some(authorization.as_str())
        );
    }
}

/// An issued certificate has connections of its own: they take the same way.
#[cfg(unix)]
#[test]
fn a_certificate_that_a_program_gives_goes_through_the_proxy() {
    let pki = Pki::new().unwrap();
    let tls = pki.server_config_with_client_auth().unwrap();
    let stub = Stub::start_tls(tls, answers).unwrap();
    let proxy = Proxy::builder(Speaks::Http).to(stub.address()).start().unwrap();
    let ada = pki.issue_client("ada", &[]).unwrap();
    let credential = serde_json::json!({
        "kind": "ExecCredential",
        "apiVersion": "client.authentication.k8s.io/v1",
        "status": {
            "clientCertificateData": ada.certificate_pem,
            "clientKeyData": ada.private_key_pem,
        },
    });
    let mut exec = Exec::new("/bin/sh");
    exec.args = vec!["-c".into(), "printf %s \"$CREDENTIAL\"".into()];
    exec.env = vec![("CREDENTIAL".into(), credential.to_string().into())];
    let config = Config::new(format!("https://{HOST}:6443"))
        .with_certificate_authority(Pem::Data(pki.ca_pem().into_bytes()))
        .with_proxy_url(proxy.url())
        .with_exec(exec);
    RestClient::new(config).unwrap().send(&Request::get("/x")).unwrap();
    let expected = ada.to_der().unwrap().0[0].to_vec();
    assert_eq!(stub.requests()[0].client_certificate.as_ref(), Some(&expected));
    assert_eq!(proxy.asked(), [format!("CONNECT {HOST}:6443")]);
}

/// Fails within the time for connecting, and says whose fault it is.
#[track_caller]
fn check_failure(way: (Speaks, bool, bool), manner: Manner, kind: ErrorKind, expected: &str) {
    let setting = Setting::new(way, |builder| builder.manner(manner), answers);
    let client = setting.client_with(|config| config.timeouts.connect = SOON);
    let request = Request::get("/x");
    let error = |outcome: Result<kubeclient::Response, Error>| outcome.map(drop).unwrap_err();
    let (error, took) = timed(|| error(client.send(&request)));
    assert_eq!(error.kind(), kind, "{way:?} {manner:?}: {error:?}");
    let expected = format!("GET /x: proxy {}: {expected}", setting.proxy.url());
    assert!(error.to_string().starts_with(&expected), "{way:?} {manner:?}: {error:?}");
    assert!(took < SOON * 2, "{took:?}");
    assert_eq!(setting.stub.requests().len(), 0);
}

#[test]
fn a_proxy_that_makes_no_tunnel_is_told_of_in_time() {
    use Manner::{Closes, Floods, Hangs, Refuses};

    for way in WAYS.into_iter().filter(|(speaks, _, tls)| *tls || *speaks == Speaks::Socks5) {
        let socks = way.0 == Speaks::Socks5;
        let either = |http, of_socks| if socks { of_socks } else { http };
        let hangs = "timed out while waiting for its answer";
        check_failure(way, Hangs, ErrorKind::Timeout, hangs);
        check_failure(way, Closes, ErrorKind::Connect, "the connection broke before its answer");
        let floods = "the head of its answer is larger than 16 KiB";
        check_failure(way, Floods, ErrorKind::Connect, either(floods, "its answer is not SOCKS 5"));
        let refuses = either("answered 5", "answered 5 (connection refused) to SOCKS for");
        check_failure(way, Refuses(if socks { 5 } else { 502 }), ErrorKind::Connect, refuses);
    }
    let forbids = "answered 403 Forbidden to CONNECT kubernetes.default.svc:6443";
    check_failure(WAYS[0], Refuses(403), ErrorKind::Connect, forbids);
}

/// A proxy that is not there, or that never says a word.
#[test]
fn a_proxy_that_is_not_reached_is_named() {
    let setting = Setting::new(WAYS[0], |builder| builder, answers);
    let gone = setting.proxy.address();
    drop(setting.proxy);
    let error = |url: String| {
        let mut config = setting.config.clone().with_proxy_url(url);
        config.timeouts.connect = SOON;
        RestClient::new(config).unwrap().send(&Request::post("/x")).unwrap_err()
    };
    for scheme in ["http", "https", "socks5"] {
        let refused = error(format!("{scheme}://u:{CANARY}@{gone}"));
        assert_eq!(refused.kind(), ErrorKind::Connect);
        assert!(refused.to_string().contains(&format!("proxy {scheme}://{gone}: ")), "{refused}");
        assert!(!format!("{refused:?}").contains(CANARY), "{refused:?}");
    }
    let mute = Stub::mute().unwrap();
    let refused = error(format!("https://{}", mute.address()));
    assert_eq!(refused.kind(), ErrorKind::Timeout, "{refused:?}");
}

/// What trusts the server says nothing of the proxy, and the other way round.
#[test]
fn a_proxy_with_tls_is_verified_for_itself() {
    let theirs = Pki::new().unwrap();
    let tls = theirs.server_config().unwrap();
    let setting = Setting::new(WAYS[1], move |builder| builder.tls(tls), answers);
    let by_rules = |config: Config| {
        let mut rules = ProxyRules::default();
        rules.https_proxy = setting.proxy.url();
        config.with_proxy(kubeclient::config::Proxy::Rules(rules))
    };
    let mut insecure = setting.config.clone();
    insecure.tls.certificate_authority = None;
    insecure.tls.insecure_skip_tls_verify = true;
    let config = setting.config.clone();
    for config in [config.clone(), by_rules(config)] {
        let error = RestClient::new(config).unwrap().send(&Request::get("/x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls);
        let expected = format!("proxy {}: TLS failed", setting.proxy.url());
        assert!(error.to_string().contains(&expected), "{error}");
    }
    assert_eq!(setting.proxy.asked().len(), 0);
    for config in [insecure.clone(), by_rules(insecure)] {
        RestClient::new(config).unwrap().send(&Request::get("/x")).unwrap();
    }
    assert_eq!(setting.proxy.asked().len(), 2);

    // And the server, behind a proxy that is trusted.
    let setting = Setting::new(WAYS[1], |builder| builder, answers);
    let wrong = |config: &mut Config| config.server = "https://wrong.example:6443".into();
    let error = setting.client_with(wrong).send(&Request::get("/x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(!error.to_string().contains("proxy"), "{error}");
    assert_eq!(setting.stub.requests().len(), 0);
}

/// What is rotated in its file counts for a proxy with TLS as for the server.
#[test]
fn the_authority_of_a_proxy_may_be_rotated_in_its_file() {
    let theirs = Pki::new().unwrap();
    let tls = theirs.server_config().unwrap();
    let closes = |_: &RecordedRequest, _| Reply::text(200, "ok").close();
    let setting = Setting::new(WAYS[1], move |builder| builder.tls(tls), closes);
    let Some(Pem::Data(ours)) = setting.config.tls.certificate_authority.clone() else {
        panic!("{:?}", setting.config);
    };
    let both = [ours.as_slice(), theirs.ca_pem().as_bytes()].concat();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.crt");
    fs::write(&file, &both).unwrap();
    let config = setting.config.clone().with_certificate_authority(Pem::File(file.clone()));
    let client = RestClient::new(config).unwrap();
    let ask = || client.send(&Request::get("/x")).map(drop);
    ask().unwrap();
    fs::write(&file, &ours).unwrap();
    let error = eventually("the proxy is not trusted", || ask().err());
    let expected = format!("proxy {}: TLS failed", setting.proxy.url());
    assert!(error.to_string().contains(&expected), "{error}");
    fs::write(&file, &both).unwrap();
    eventually("it is again", || ask().ok());
}

/// A proxy may show a certificate of the system's authorities beside those of the configuration, the server may not.
/// The system's are the process's, so it takes a process.
#[cfg(not(any(windows, target_vendor = "apple")))]
#[test]
fn a_proxy_may_be_of_the_systems_authorities_and_the_server_may_not() {
    const CHILD: &str = "KUBECLIENT_TESTS_PROXY_OF_THE_SYSTEM";
    const NAME: &str =
        "wire::proxies::a_proxy_may_be_of_the_systems_authorities_and_the_server_may_not";

    if let Ok(told) = std::env::var(CHILD) {
        let [proxy, given, manner] = told.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{told}");
        };
        let config = Config::new(format!("https://{HOST}:6443"))
            .with_certificate_authority(Pem::File(given.into()));
        let config = match manner {
            "own" => config.with_proxy_url(proxy),
            _ => {
                let mut rules = ProxyRules::default();
                rules.https_proxy = proxy.into();
                config.with_proxy(kubeclient::config::Proxy::Rules(rules))
            }
        };
        RestClient::new(config).unwrap().send(&Request::get("/x")).unwrap();
        return;
    }
    let theirs = Pki::new().unwrap();
    let tls = theirs.server_config().unwrap();
    let setting = Setting::new(WAYS[1], move |builder| builder.tls(tls), answers);
    let Some(Pem::Data(ours)) = setting.config.tls.certificate_authority.clone() else {
        panic!("{:?}", setting.config);
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, pem: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, pem).unwrap();
        path
    };
    let of_server = write("server", &ours);
    let of_proxy = write("proxy", theirs.ca_pem().as_bytes());
    let other = write("other", Pki::new().unwrap().ca_pem().as_bytes());
    for manner in ["own", "rules"] {
        for (given, system, tunnels, requests) in [
            (&of_server, &of_proxy, 1, 1),
            (&of_server, &other, 0, 0),
            (&of_proxy, &of_server, 1, 0),
        ] {
            let before = (setting.proxy.asked().len(), setting.stub.requests().len());
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", NAME]);
            child.env(CHILD, format!("{} {} {manner}", setting.proxy.url(), given.display()));
            child.env("SSL_CERT_FILE", system).env_remove("SSL_CERT_DIR");
            let output = child.output().unwrap();
            let what = format!("{manner} {given:?} {system:?}: {output:?}");
            assert_eq!(output.status.success(), requests == 1, "{what}");
            let after = (setting.proxy.asked().len(), setting.stub.requests().len());
            assert_eq!((after.0 - before.0, after.1 - before.1), (tunnels, requests), "{what}");
        }
    }
}

/// Fidelity 93.
#[test]
fn a_call_that_waits_for_a_proxy_can_be_stopped() {
    for way in WAYS {
        let setting = Setting::new(way, |builder| builder.manner(Manner::Hangs), answers);
        let client = setting.client_with(|config| config.timeouts.connect = PATIENCE);
        let stop = Stop::new();
        let waits = || setting.proxy.wait_until_asked(1);
        let call = || client.with_stop(&stop).send(&Request::post("/x"));
        let error = stopped(&stop, waits, call).unwrap_err();
        assert!(error.is_stopped(), "{way:?}: {error:?}");

        let time = Duration::from_millis(100);
        let (outcome, took) =
            timed(|| client.with_stop(&Stop::after(time)).send(&Request::post("/x")));
        assert!(outcome.unwrap_err().is_stopped(), "{way:?}");
        assert!(took >= time && took < time + SOON, "{way:?}: {took:?}");

        let (outcome, took) = timed(|| {
            let api = foos(&client).with_stop(&Stop::after(time));
            api.watch(&WatchParams::default()).map(|mut watch| watch.next().is_none())
        });
        assert!(outcome.is_ok_and(|ended| ended) || took >= time, "{way:?}");
        assert!(took < time + SOON, "{way:?}: {took:?}");
    }
    // TLS to the proxy itself.
    let mute = Stub::mute().unwrap();
    let setting = Setting::new(WAYS[1], |builder| builder, answers);
    let url = format!("https://{}", mute.address());
    let client = setting.client_with(|config| *config = config.clone().with_proxy_url(url));
    let stop = Stop::new();
    let call = || client.with_stop(&stop).send(&Request::post("/x"));
    assert!(stopped(&stop, || mute.wait_for_connections(1), call).unwrap_err().is_stopped());
}

/// A body of which the half is on its way, through TLS within TLS.
#[test]
fn a_call_within_a_tunnel_can_be_stopped() {
    for way in WAYS {
        let setting = Setting::new(way, |builder| builder, |_, _| Reply::stall());
        let client = setting.client();
        let stop = Stop::new();
        let waits = || drop(setting.stub.wait_for_requests(1));
        let call = || client.with_stop(&stop).send(&Request::post("/x").json("x"));
        assert!(stopped(&stop, waits, call).unwrap_err().is_stopped(), "{way:?}");
    }
}

/// Fidelity 24. The kernel takes 0.0.0.0 for this machine; the rules do not.
#[test]
fn servers_that_need_no_proxy_are_reached_directly() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let proxy = Proxy::builder(Speaks::Http).to(stub.address()).start().unwrap();
    let port = stub.address().port();
    let mut asked = 0;
    for (host, no_proxy, through) in [
        ("0.0.0.0", "", true),
        ("0.0.0.0", "10.0.0.0/8,example.com,0.0.0.0:1", true),
        ("0.0.0.0", "0.0.0.0/8", false),
        ("0.0.0.0", "x, 0.0.0.0", false),
        ("0.0.0.0", "*", false),
        ("127.0.0.1", "", false),
        ("kubernetes.default.svc", ".cluster.local", true),
    ] {
        let mut rules = ProxyRules::default();
        rules.http_proxy = proxy.address().to_string();
        rules.no_proxy = no_proxy.into();
        let config = Config::new(format!("http://{host}:{port}"))
            .with_proxy(kubeclient::config::Proxy::Rules(rules));
        RestClient::new(config).unwrap().send(&Request::get("/x")).unwrap();
        asked += usize::from(through);
        assert_eq!(proxy.asked().len(), asked, "{host} {no_proxy:?}");
    }
}

/// Fidelity 24. The environment is the process's, so it takes a process.
#[test]
fn the_environment_says_which_proxy_to_use() {
    const CHILD: &str = "KUBECLIENT_TESTS_PROXIED_SERVER";
    const NAME: &str = "wire::proxies::the_environment_says_which_proxy_to_use";

    if let Ok(server) = std::env::var(CHILD) {
        let config = Config::from_kubeconfig_str(&format!(
            "{{current-context: x, contexts: [{{name: x, context: {{cluster: c, user: u}}}}],
              clusters: [{{name: c, cluster: {{server: '{server}'}}}}], users: [{{name: u, user: {{}}}}]}}"
        ));
        let answer = RestClient::new(config.unwrap()).unwrap().send(&Request::get("/x")).unwrap();
        assert_eq!(answer.into_text().unwrap(), "ok");
        return;
    }
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let proxy = Proxy::builder(Speaks::Http).to(stub.address()).start().unwrap();
    let run = |variables: &[(&str, &str)]| {
        let before = proxy.asked().len();
        let mut child = Command::new(std::env::current_exe().unwrap());
        for name in ["HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
            child.env_remove(name);
        }
        child.args(["--exact", NAME]).envs(variables.iter().copied());
        let server = format!("http://0.0.0.0:{}", stub.address().port());
        let output = child.env(CHILD, server).output().unwrap();
        (output.status.success(), proxy.asked().len() - before)
    };
    let url = proxy.url();
    let bare = proxy.address().to_string();
    assert_eq!(run(&[]), (true, 0));
    assert_eq!(run(&[("HTTP_PROXY", &url)]), (true, 1));
    assert_eq!(run(&[("http_proxy", &bare)]), (true, 1));
    assert_eq!(run(&[("HTTPS_PROXY", &url)]), (true, 0));
    assert_eq!(run(&[("HTTP_PROXY", &url), ("NO_PROXY", "0.0.0.0/32")]), (true, 0));
    assert_eq!(run(&[("HTTP_PROXY", &url), ("no_proxy", "*")]), (true, 0));
    assert_eq!(run(&[("HTTP_PROXY", &url), ("REQUEST_METHOD", "GET")]), (false, 0));
    assert_eq!(run(&[("HTTP_PROXY", "ftp://x")]), (false, 0));
}
