//! The real server through proxies, as kubeclient and as kubectl go through them.

// What kubectl said is shown where a test fails.
#![allow(clippy::print_stdout)]

use std::net::SocketAddr;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeclient::config::{KubeconfigOptions, ProxyRules};
use kubeclient::{Api, Config, DeleteParams, ListParams, Request, RestClient, WatchParams};
use kubeclient_tests::ControlPlane;
use kubeclient_tests::pki::Pki;
use kubeclient_tests::proxy::{Builder, Proxy, Speaks};
use kubeclient_tests::stub::{Reply, Stub};
use serde_json::{Value, json};

use crate::common::{Sandbox, names, told, watch};
use crate::foo::ConfigMap;

/// A name that the server's certificate has, and that nobody resolves but the proxy.
const SERVER: &str = "https://kubernetes.default.svc:6443";

/// The kubeconfig of the control plane, by which its server is reached through a proxy alone.
fn kubeconfig(plane: &ControlPlane, proxy: &str) -> tempfile::NamedTempFile {
    let server = format!("    server: {}\n", plane.server_url());
    let through = format!("    server: {SERVER}\n    proxy-url: {proxy}\n");
    let text = plane.kubeconfig();
    assert!(text.contains(&server), "the kubeconfig has another form");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text.replace(&server, &through)).unwrap();
    file
}

/// Fidelity 24.
#[track_caller]
fn check(speaks: Speaks, change: fn(Builder) -> Builder, userinfo: Option<(&str, &str)>) {
    let Some(sandbox) = Sandbox::new() else { return };
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let server: SocketAddr = plane.server_url().trim_start_matches("https://").parse().unwrap();
    let proxy = change(Proxy::builder(speaks).to(server)).start().unwrap();
    let url = match userinfo {
        Some((user, password)) => proxy.url_with(user, password),
        None => proxy.url(),
    };
    let file = kubeconfig(plane, &url);
    let options = KubeconfigOptions::default().path(file.path());
    let config = Config::from_kubeconfig(&options).unwrap();
    assert_eq!(config.server, SERVER);
    let client = RestClient::new(config).unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(&client, &sandbox.namespace);

    let mut events = watch(&maps, &WatchParams::default());
    while told(&mut events) != "synced" {}
    maps.create(&ConfigMap::named("proxied")).unwrap();
    assert_eq!(told(&mut events), "added proxied");
    let listed = maps.list(&ListParams::default()).unwrap().items;
    assert!(names(&listed).contains(&"proxied"), "{:?}", names(&listed));
    let all: Vec<_> = maps.list_all(&ListParams::default()).map(Result::unwrap).collect();
    assert_eq!(names(&all), names(&listed));

    let mut kubectl = Command::new(plane.kubectl());
    kubectl.arg("--kubeconfig").arg(file.path());
    kubectl.args(["-n", &sandbox.namespace, "get", "configmaps", "-o", "name"]);
    let output = kubectl.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told_by_kubectl = String::from_utf8(output.stdout).unwrap();
    let ours: String = names(&listed).iter().map(|name| format!("configmap/{name}\n")).collect();
    assert_eq!(told_by_kubectl, ours);

    maps.delete("proxied", &DeleteParams::default()).unwrap();
    assert_eq!(told(&mut events), "deleted proxied");
    let asked = proxy.asked();
    let target = SERVER.trim_start_matches("https://");
    let word = if speaks == Speaks::Http { "CONNECT" } else { "SOCKS" };
    assert!(asked.iter().all(|asked| *asked == format!("{word} {target}")), "{asked:?}");
    // The watch, the calls, and kubectl.
    assert!(asked.len() >= 3, "{asked:?}");
}

#[test]
fn the_real_server_is_reached_through_an_http_proxy() {
    check(Speaks::Http, |builder| builder, None);
    check(Speaks::Http, |builder| builder.credential("jane", "p@ss"), Some(("jane", "p%40ss")));
}

#[test]
fn the_real_server_is_reached_through_socks() {
    check(Speaks::Socks5, |builder| builder, None);
    check(Speaks::Socks5, |builder| builder.credential("jane", "p@ss"), Some(("jane", "p%40ss")));
}

/// kubectl verifies the proxy by the authorities of the cluster, so that is what the test must let it do.
#[test]
fn the_real_server_is_reached_through_a_proxy_with_tls() {
    fn tls(builder: Builder) -> Builder {
        let plane = kubeclient_tests::control_plane().unwrap();
        builder.tls(plane.pki().server_config().unwrap())
    }
    check(Speaks::Http, tls, None);
}

/// Whom a proxy with TLS is, and what the cluster of a kubeconfig says of TLS: whether kubectl gets through, and whether
/// kubeclient does where the kubeconfig names the proxy, and where rules of the environment do.
#[test]
fn a_proxy_with_tls_is_judged_as_kubectl_judges_it() {
    let Some(plane) = kubeclient_tests::control_plane() else { return };
    let (pki, stranger) = (Pki::new().unwrap(), Pki::new().unwrap());
    let server = Stub::start_tls(pki.server_config().unwrap(), |_, _| Reply::text(200, "ok"));
    let server = server.unwrap();
    let named = |name: &str| pki.issue_server(&[name]).unwrap().server_config().unwrap();
    let asks = pki.server_config_with_client_auth().unwrap();
    let client = pki.issue_client("jane", &[]).unwrap();
    let encoded = |text: &str| STANDARD.encode(text);
    let trusts = json!({"certificate-authority-data": encoded(&pki.ca_pem())});
    let with_name = json!({
        "certificate-authority-data": encoded(&pki.ca_pem()), "tls-server-name": "kubernetes",
    });
    let insecure = json!({"insecure-skip-tls-verify": true});
    // Without any, kubectl asks who is there.
    let nobody = json!({"token": "t"});
    let jane = json!({
        "client-certificate-data": encoded(&client.certificate_pem),
        "client-key-data": encoded(&client.private_key_pem),
    });
    let theirs = stranger.server_config().unwrap();
    for (what, tls, cluster, user, kubectl, own, foreign) in [
        ("the cluster's", pki.server_config().unwrap(), &trusts, &nobody, true, true, true),
        ("a stranger's", theirs.clone(), &trusts, &nobody, false, false, false),
        ("anybody's", theirs, &insecure, &nobody, true, true, false),
        ("of the server's name", named("kubernetes"), &with_name, &nobody, true, true, false),
        ("of its own name", named("127.0.0.1"), &with_name, &nobody, false, false, true),
        ("asks for a certificate", asks.clone(), &trusts, &jane, true, true, false),
        ("asks in vain", asks, &trusts, &nobody, false, false, false),
    ] {
        let proxy = Proxy::builder(Speaks::Http).to(server.address()).tls(tls).start().unwrap();
        let mut cluster = cluster.clone();
        cluster["server"] = SERVER.into();
        cluster["proxy-url"] = proxy.url().into();
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        });
        let seen = [
            passes_kubectl(plane, &kubeconfig),
            passes(&kubeconfig, |config| config),
            passes(&kubeconfig, |config| {
                let mut rules = ProxyRules::default();
                rules.https_proxy = proxy.url();
                config.with_proxy(kubeclient::config::Proxy::Rules(rules))
            }),
        ];
        assert_eq!(seen, [kubectl, own, foreign], "a proxy that is {what}");
        let passed = seen.iter().filter(|passed| **passed).count();
        assert_eq!(proxy.asked().len(), passed, "a proxy that is {what}");
    }
}

fn passes(kubeconfig: &Value, change: impl FnOnce(Config) -> Config) -> bool {
    let config = Config::from_kubeconfig_str(&kubeconfig.to_string()).unwrap();
    let client = RestClient::new(change(config)).unwrap();
    client.send(&Request::get("/x")).is_ok()
}

fn passes_kubectl(plane: &ControlPlane, kubeconfig: &Value) -> bool {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), kubeconfig.to_string()).unwrap();
    let mut kubectl = Command::new(plane.kubectl());
    kubectl.arg("--kubeconfig").arg(file.path()).args(["get", "--raw", "/x"]);
    let output = kubectl.output().unwrap();
    println!("{}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}
