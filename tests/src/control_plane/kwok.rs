//! kwok in the place of a kubelet: where it is, what it is told, what it reads.
//!
//! It plays no pod's life: the tests write every status themselves. What it does is answer the API server
//! for a pod's logs, from a file a container.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::ControlPlaneError;
use crate::assets::{self, MissingAssets};
use crate::pki::Pki;

const CONFIG: &str = "kwok.yaml";
const LOGS: &str = "pod-logs";

/// kwok, and the containers whose logs it serves.
#[derive(Clone, Debug)]
pub struct Kwok {
    program: PathBuf,
    containers: Vec<Container>,
}

#[derive(Clone, Debug)]
struct Container {
    namespace: String,
    pod: String,
    name: String,
}

impl Kwok {
    /// The kwok that [`assets::find_kwok`] finds, which serves no logs yet.
    ///
    /// # Errors
    /// The binary is not there.
    pub fn find() -> Result<Kwok, MissingAssets> {
        Ok(Kwok { program: assets::find_kwok()?, containers: Vec::new() })
    }

    /// Serves the log of one more container, empty until someone writes the file that
    /// [`ControlPlane::pod_log`](super::ControlPlane::pod_log) names.
    #[must_use]
    pub fn pod_log(mut self, namespace: &str, pod: &str, container: &str) -> Kwok {
        self.containers.push(Container {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            name: container.to_owned(),
        });
        self
    }

    pub(super) fn program(&self) -> &Path {
        &self.program
    }
}

pub(super) fn arguments(folder: &Path) -> Vec<String> {
    vec![
        format!("--config={}", folder.join(CONFIG).display()),
        format!("--kubeconfig={}", folder.join("kubeconfig").display()),
    ]
}

/// The file that holds a container's log.
pub(super) fn log_file(folder: &Path, namespace: &str, pod: &str, container: &str) -> PathBuf {
    folder.join(LOGS).join(format!("{namespace}_{pod}_{container}.log"))
}

/// Writes what kwok reads, and the certificate by which the API server comes to it.
pub(super) fn write_files(
    kwok: &Kwok,
    folder: &Path,
    pki: &Pki,
    port: u16,
) -> Result<(), ControlPlaneError> {
    let failed = |path: &Path| {
        let doing = format!("write {}", path.display());
        move |source| ControlPlaneError::Io { doing, source }
    };
    let write = |path: PathBuf, text: &str| fs::write(&path, text).map_err(failed(&path));

    let client = pki.issue_client("kube-apiserver-kubelet-client", &["system:masters"])?;
    write(folder.join("kubelet-client.crt"), &client.certificate_pem)?;
    write(folder.join("kubelet-client.key"), &client.private_key_pem)?;

    let logs = folder.join(LOGS);
    fs::create_dir_all(&logs).map_err(failed(&logs))?;
    for Container { namespace, pod, name } in &kwok.containers {
        write(log_file(folder, namespace, pod, name), "")?;
    }
    write(folder.join(CONFIG), &config(kwok, folder, port))
}

/// Its configuration: documents of YAML, each written as the JSON that YAML is too.
fn config(kwok: &Kwok, folder: &Path, port: u16) -> String {
    let mut documents = vec![options(folder, port), idle_stage()];
    documents.extend(kwok.containers.iter().map(|container| logs(folder, container)));
    let documents: Vec<String> =
        documents.iter().map(|document| format!("{document:#}\n")).collect();
    documents.join("---\n")
}

fn options(folder: &Path, port: u16) -> Value {
    json!({
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": "KwokConfiguration",
        "metadata": { "name": "kwok" },
        "options": {
            "enableDebuggingHandlers": true,
            "nodeIP": "127.0.0.1",
            "nodePort": port,
            // Idle, but it refuses to start with none.
            "podPlayStageParallelism": 1,
            "nodePlayStageParallelism": 1,
            "nodeLeaseParallelism": 1,
            "podsOnNodeSyncParallelism": 1,
            "serverAddress": format!("127.0.0.1:{port}"),
            "tlsCertFile": folder.join("server.crt"),
            "tlsPrivateKeyFile": folder.join("server.key"),
            // No node bears it: kwok writes to none, nor to any pod.
            "manageNodesWithLabelSelector": "kubeclient.invalid/managed-by=kwok",
        },
    })
}

/// kwok refuses to start without a stage; this one fits no pod.
fn idle_stage() -> Value {
    json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": { "name": "idle" },
        "spec": {
            "resourceRef": { "apiGroup": "v1", "kind": "Pod" },
            "selector": { "matchLabels": { "kubeclient.invalid/stage": "idle" } },
            "next": {},
        },
    })
}

fn logs(folder: &Path, Container { namespace, pod, name }: &Container) -> Value {
    json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterLogs",
        "metadata": { "name": format!("{namespace}.{pod}.{name}") },
        "spec": {
            "selector": { "matchNamespaces": [namespace], "matchNames": [pod] },
            "logs": [{
                "containers": [name],
                "logsFile": log_file(folder, namespace, pod, name),
            }],
        },
    })
}
