//! Which processes a control plane has and what they are told.

use std::path::{Path, PathBuf};

use super::kwok::{self, Kwok};
use crate::assets::Assets;
use crate::supervisor::ProcessPlan;

pub(super) const ETCD: &str = "etcd";
pub(super) const API_SERVER: &str = "kube-apiserver";
pub(super) const CONTROLLER_MANAGER: &str = "kube-controller-manager";
pub(super) const KWOK: &str = "kwok";

/// The loopback ports of a control plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) etcd_client: u16,
    pub(super) etcd_peer: u16,
    pub(super) api_server: u16,
    pub(super) kubelet: u16,
}

impl Ports {
    pub(super) fn server_url(&self) -> String {
        format!("https://127.0.0.1:{}", self.api_server)
    }
}

/// The processes, by name.
pub(super) fn processes(
    assets: &Assets,
    folder: &Path,
    ports: &Ports,
    api_server_args: &[String],
    kwok: Option<&Kwok>,
) -> Vec<ProcessPlan> {
    let mut api_server = api_server(folder, ports);
    if kwok.is_some() {
        api_server.extend(kubelet_client(folder));
    }
    api_server.extend_from_slice(api_server_args);
    let process = |name: &str, program: PathBuf, args: Vec<String>| ProcessPlan {
        name: name.to_owned(),
        program,
        args,
        log: log(folder, name),
    };
    let mut processes = vec![
        process(ETCD, assets.etcd(), etcd(folder, ports)),
        process(API_SERVER, assets.kube_apiserver(), api_server),
        process(CONTROLLER_MANAGER, assets.kube_controller_manager(), controller_manager(folder)),
    ];
    if let Some(kwok) = kwok {
        processes.push(process(KWOK, kwok.program().to_owned(), kwok::arguments(folder)));
    }
    processes
}

/// The log file of a process.
pub(super) fn log(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

fn etcd(folder: &Path, ports: &Ports) -> Vec<String> {
    let client = format!("http://127.0.0.1:{}", ports.etcd_client);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    vec![
        "--name=default".to_owned(),
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        // The data is thrown away at the end.
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
    ]
}

fn api_server(folder: &Path, ports: &Ports) -> Vec<String> {
    let file = |name: &str| folder.join(name).display().to_string();
    vec![
        format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd_client),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={}", ports.api_server),
        "--advertise-address=127.0.0.1".to_owned(),
        // Endpoints on loopback are invalid; nobody here needs those of the API server itself.
        "--endpoint-reconciler-type=none".to_owned(),
        format!("--cert-dir={}", folder.display()),
        format!("--tls-cert-file={}", file("server.crt")),
        format!("--tls-private-key-file={}", file("server.key")),
        format!("--client-ca-file={}", file("ca.crt")),
        format!("--token-auth-file={}", file("tokens.csv")),
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
        format!("--service-account-key-file={}", file("service-account.pub")),
        format!("--service-account-signing-key-file={}", file("service-account.key")),
        "--authorization-mode=RBAC".to_owned(),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--allow-privileged=true".to_owned(),
        // Or a pod could not be created before its namespace has a service account.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
    ]
}

/// Without these the API server asks no kubelet for anything.
fn kubelet_client(folder: &Path) -> [String; 2] {
    let file = |name: &str| folder.join(name).display().to_string();
    [
        format!("--kubelet-client-certificate={}", file("kubelet-client.crt")),
        format!("--kubelet-client-key={}", file("kubelet-client.key")),
    ]
}

fn controller_manager(folder: &Path) -> Vec<String> {
    let controllers = "garbage-collector-controller,namespace-controller,serviceaccount-controller,disruption-controller";
    vec![
        format!("--kubeconfig={}", folder.join("controller-manager.kubeconfig").display()),
        format!("--controllers={controllers}"),
        "--leader-elect=false".to_owned(),
        // It serves nothing: one port less to collide.
        "--secure-port=0".to_owned(),
    ]
}
