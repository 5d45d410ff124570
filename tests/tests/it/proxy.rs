//! The real server through proxies, as kubeclient and as kubectl go through them.

use std::net::SocketAddr;
use std::process::Command;

use kubeclient::config::KubeconfigOptions;
use kubeclient::{Api, Config, DeleteParams, ListParams, RestClient, WatchParams};
use kubeclient_tests::ControlPlane;
use kubeclient_tests::proxy::{Builder, Proxy, Speaks};

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
