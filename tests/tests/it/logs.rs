//! Logs from a node, through the real server: kwok is the kubelet, and serves what the test writes to a file.

use std::fs::OpenOptions;
use std::io::Write as _;

use kubeclient::config::KubeconfigOptions;
use kubeclient::core_v1::{Namespace, Node, Pod};
use kubeclient::{
    Api, Config, LogLines, LogParams, ObjectMeta, Patch, PatchParams, RestClient, Stop,
};
use kubeclient_tests::{ControlPlane, Kwok, Launcher};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::common::PATIENCE;

const NAMESPACE: &str = "logs";

/// A control plane with a kubelet that serves the log of `web`; `None`, said loudly, without the binaries.
fn plane() -> Option<ControlPlane> {
    kubeclient_tests::control_plane()?;
    let kwok = match Kwok::find() {
        Ok(kwok) => kwok.pod_log(NAMESPACE, "web", "app"),
        Err(error) => {
            let is_required = std::env::var("KUBECLIENT_REQUIRE_CLUSTER").as_deref() == Ok("1");
            assert!(!is_required, "no kwok to read logs from: {error}");
            let line = format!("NOT RUN: logs through a real API server: {error}\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        }
    };
    Some(Launcher::new().unwrap().kwok(kwok).start().unwrap())
}

/// The container writes a line, in the form that container runtimes have.
fn write(plane: &ControlPlane, second: u8, line: &str) {
    let path = plane.pod_log(NAMESPACE, "web", "app");
    let mut file = OpenOptions::new().append(true).open(path).unwrap();
    writeln!(file, "2026-01-02T03:04:{second:02}.000000000Z stdout F {line}").unwrap();
}

fn object<T: DeserializeOwned>(fields: Value) -> T {
    serde_json::from_value(fields).unwrap()
}

/// A node whose kubelet is kwok, and a pod that runs on it.
fn run(plane: &ControlPlane, client: &RestClient) -> Api<Pod> {
    let status = |fields: Value| Patch::Merge(json!({ "status": fields }));
    let params = PatchParams::default();
    let namespace = Namespace { metadata: ObjectMeta::named(NAMESPACE), ..Namespace::default() };
    Api::<Namespace>::all(client).create(&namespace).unwrap();
    let nodes: Api<Node> = Api::all(client);
    nodes.create(&object(json!({"metadata": {"name": "n"}}))).unwrap();
    let at = json!({
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": plane.kubelet_port().unwrap()}},
    });
    nodes.patch_status("n", &status(at), &params).unwrap();
    let pods: Api<Pod> = Api::namespaced(client, NAMESPACE);
    let containers = json!([{"name": "app", "image": "i"}]);
    let pod =
        json!({"metadata": {"name": "web"}, "spec": {"nodeName": "n", "containers": containers}});
    pods.create(&object(pod)).unwrap();
    let app = json!({
        "name": "app", "image": "i", "imageID": "", "ready": true, "restartCount": 0,
        "containerID": "test://app", "state": {"running": {"startedAt": "2026-01-02T03:04:00Z"}},
    });
    let running = json!({"phase": "Running", "containerStatuses": [app]});
    pods.patch_status("web", &status(running), &params).unwrap();
    pods
}

fn next(lines: &mut LogLines) -> Option<String> {
    lines.next().transpose().unwrap()
}

/// Fidelity 53.
#[test]
fn a_log_comes_from_the_node_whole_and_line_by_line() {
    let Some(plane) = plane() else { return };
    let options = KubeconfigOptions::default().path(plane.kubeconfig_path());
    let client = RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap();
    let pods = run(&plane, &client.with_stop(&Stop::after(PATIENCE)));
    write(&plane, 1, "begin");
    write(&plane, 2, "it's é");

    let params = LogParams::default;
    assert_eq!(pods.logs("web", &params()).unwrap(), "begin\nit's é\n");
    let last = params().container("app").tail(1).timestamps();
    assert_eq!(pods.logs("web", &last).unwrap(), "2026-01-02T03:04:02.000000000Z it's é\n");
    let since = params().since_time("2026-01-02T03:04:02Z".parse().unwrap());
    assert_eq!(pods.logs("web", &since).unwrap(), "it's é\n");
    // The limit falls within the last character.
    assert_eq!(pods.logs("web", &params().limit_bytes(12)).unwrap(), "begin\nit's ");
    let broken = pods.log_bytes("web", &params().limit_bytes(12)).unwrap();
    assert_eq!(broken, b"begin\nit's \xc3");

    let mut lines = pods.log_lines("web", &params().follow()).unwrap();
    assert_eq!(next(&mut lines).as_deref(), Some("begin"));
    assert_eq!(next(&mut lines).as_deref(), Some("it's é"));
    write(&plane, 3, "while you looked");
    assert_eq!(next(&mut lines).as_deref(), Some("while you looked"));
    let stop = lines.stopper();
    let ended = std::thread::scope(|scope| {
        let reader = scope.spawn(|| lines.next().is_none());
        stop.stop();
        reader.join().unwrap()
    });
    assert!(ended);
}
