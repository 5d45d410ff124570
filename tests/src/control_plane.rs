//! A real control plane for tests: etcd, kube-apiserver and kube-controller-manager on loopback.
//!
//! [`ControlPlane::start`] starts one with fresh certificates in a folder of its own. The supervisor
//! keeps the processes, so they end however this process ends. What is compared or asserted is the
//! tests' matter; which binaries run is `assets`'s.

mod arguments;
mod error;
mod etcd;
mod files;
mod kubeconfig;
mod kwok;
mod launcher;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub use error::ControlPlaneError;
pub use kwok::Kwok;
pub use launcher::Launcher;

use crate::http::Target;
use crate::pki::Pki;
use crate::supervisor::Supervisor;

use arguments::{API_SERVER, CONTROLLER_MANAGER, ETCD, KWOK, Ports};
use files::Files;

/// How long the API server may take until it is ready.
const READY_BOUND: Duration = Duration::from_secs(120);
/// How often it is asked.
const PROBE_INTERVAL: Duration = Duration::from_millis(50);

/// A running control plane.
///
/// Dropping it ends its processes, waits for their end (at most 11 s, in practice 0.3 s) and removes
/// its folder. When the process ends without dropping it, the supervisor does the same.
///
/// # Threads
/// All methods take `&self`; one control plane may serve all tests of a process.
#[derive(Debug)]
pub struct ControlPlane {
    // Dropped in this order: the processes end before their folder goes.
    supervisor: Supervisor,
    pki: Pki,
    files: Files,
    ports: Ports,
    probe: Target,
    kubectl: PathBuf,
    has_kwok: bool,
    folder: TempDir,
}

impl ControlPlane {
    /// Starts a control plane from the binaries that [`Assets::find`](crate::assets::Assets::find) finds, and waits until it is ready.
    ///
    /// # Errors
    /// The binaries are not there, a process ends early, or it is not ready in time.
    ///
    /// # Blocking
    /// Some seconds, at most 120 s.
    pub fn start() -> Result<ControlPlane, ControlPlaneError> {
        Launcher::new()?.start()
    }

    /// The kubeconfig's text, with the contexts `admin` (current; a client certificate of
    /// `system:masters`), `admin-token` (the same rights by a token) and `user` (a token without rights).
    pub fn kubeconfig(&self) -> &str {
        &self.files.kubeconfig
    }

    /// The file that holds [`ControlPlane::kubeconfig`].
    pub fn kubeconfig_path(&self) -> &Path {
        &self.files.kubeconfig_path
    }

    /// The API server's address, as `https://127.0.0.1:40001`.
    pub fn server_url(&self) -> String {
        self.ports.server_url()
    }

    /// The CA that vouches for the API server, in PEM.
    pub fn ca_pem(&self) -> String {
        self.pki.ca_pem()
    }

    /// The bearer token of `admin`, in the group `system:masters`.
    pub fn admin_token(&self) -> &str {
        &self.files.admin_token
    }

    /// The bearer token of `plain-user`, in the group `testers`, who may do nothing yet.
    pub fn user_token(&self) -> &str {
        &self.files.user_token
    }

    /// The certificates; the API server accepts every client that `issue_client` signs.
    pub fn pki(&self) -> &Pki {
        &self.pki
    }

    /// The path of `kubectl` of the same version.
    pub fn kubectl(&self) -> &Path {
        &self.kubectl
    }

    /// The folder with the logs (`kube-apiserver.log` and so on), which goes when the control plane does.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The loopback port on which kwok is a kubelet, when the launcher was told to start one.
    ///
    /// A node whose status names it (`daemonEndpoints.kubeletEndpoint.Port`, and the address 127.0.0.1)
    /// has its pods' logs read there.
    pub fn kubelet_port(&self) -> Option<u16> {
        self.has_kwok.then_some(self.ports.kubelet)
    }

    /// The file that kwok serves as the log of a container that [`Kwok::pod_log`] named, in the form that
    /// container runtimes write: `2026-01-02T03:04:05.000000000Z stdout F the line`.
    pub fn pod_log(&self, namespace: &str, pod: &str, container: &str) -> PathBuf {
        kwok::log_file(self.folder.path(), namespace, pod, container)
    }

    /// The process ids of etcd, kube-apiserver, kube-controller-manager and kwok, as far as they run.
    pub fn pids(&self) -> Vec<i32> {
        [ETCD, API_SERVER, CONTROLLER_MANAGER, KWOK]
            .into_iter()
            .filter_map(|name| self.supervisor.pid(name))
            .collect()
    }

    /// What the API server answers an administrator's GET, where that is 200.
    ///
    /// # Errors
    /// The server cannot be reached, or answers another status.
    pub fn get(&self, path: &str, accept: &str) -> Result<Vec<u8>, ControlPlaneError> {
        let answer =
            self.probe.send_accepting(accept, "GET", path, b"").and_then(|response| match response
                .status
            {
                200 => Ok(response.body),
                status => Err(std::io::Error::other(format!("it answered {status}"))),
            });
        answer.map_err(|source| ControlPlaneError::Io { doing: format!("get {path}"), source })
    }

    /// Drops etcd's history before the current revision and returns that revision.
    ///
    /// The API server serves watches and lists from its own memory as long as it can. To make it answer
    /// 410 to an older `resourceVersion` for certain, call [`ControlPlane::restart_api_server`] next.
    ///
    /// # Errors
    /// etcd cannot be reached or refuses.
    pub fn compact(&self) -> Result<u64, ControlPlaneError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports.etcd_client));
        etcd::compact(&Target { address, tls: None, token: None })
    }

    /// Stops the API server from running until the guard is dropped: its connections stay open and
    /// nothing is answered, as on a half-open connection.
    ///
    /// # Errors
    /// The API server does not run.
    pub fn pause_api_server(&self) -> Result<Paused<'_>, ControlPlaneError> {
        self.supervisor.pause(API_SERVER).map_err(|source| ControlPlaneError::Io {
            doing: format!("pause {API_SERVER}"),
            source,
        })?;
        if let Some(pid) = self.supervisor.pid(API_SERVER) {
            wait_until_paused(pid);
        }
        Ok(Paused { supervisor: &self.supervisor })
    }

    /// Ends the API server, starts it again on the same port with the same data, and waits until it is
    /// ready.
    ///
    /// # Errors
    /// It does not start again.
    ///
    /// # Blocking
    /// Some seconds, at most about 140 s.
    pub fn restart_api_server(&self) -> Result<(), ControlPlaneError> {
        // The controller manager gives up where it can't reach the API server while it starts: it goes
        // first and comes last.
        for name in [CONTROLLER_MANAGER, API_SERVER] {
            self.supervisor.stop_process(name).map_err(|source| ControlPlaneError::Io {
                doing: format!("stop {name}"),
                source,
            })?;
        }
        self.start_process(API_SERVER)?;
        self.wait_until_ready()?;
        self.start_process(CONTROLLER_MANAGER)
    }

    fn start_process(&self, name: &str) -> Result<(), ControlPlaneError> {
        match self.supervisor.start_process(name) {
            Ok(_) => Ok(()),
            Err(source) => Err(self.supervisor.exit(name).map_or_else(
                || ControlPlaneError::Io { doing: format!("start {name}"), source },
                |exit| ControlPlaneError::Ended { exit },
            )),
        }
    }

    /// Ready is `/readyz` and the default namespace, which is made a moment later.
    fn wait_until_ready(&self) -> Result<(), ControlPlaneError> {
        self.wait_for_answers(API_SERVER, &self.probe, &["/readyz", "/api/v1/namespaces/default"])
    }

    fn wait_until_kwok_is_ready(&self) -> Result<(), ControlPlaneError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports.kubelet));
        let kubelet = Target { address, ..self.probe.clone() };
        self.wait_for_answers(KWOK, &kubelet, &["/healthz"])
    }

    fn wait_for_answers(
        &self,
        process: &'static str,
        target: &Target,
        paths: &[&str],
    ) -> Result<(), ControlPlaneError> {
        let start = Instant::now();
        for path in paths {
            loop {
                let last = match target.send("GET", path, b"") {
                    Ok(response) if response.status == 200 => break,
                    Ok(response) => format!("{path} answered {}", response.status),
                    Err(error) => format!("{path}: {error}"),
                };
                if let Some(exit) = self.supervisor.early_exit() {
                    return Err(ControlPlaneError::Ended { exit });
                }
                if start.elapsed() > READY_BOUND {
                    let log = arguments::log(self.folder.path(), process);
                    return Err(ControlPlaneError::NotReady {
                        process,
                        bound: READY_BOUND,
                        last,
                        log_tail: crate::supervisor::log_tail(&log),
                    });
                }
                // The pause between two probes, which the end of the process cuts short.
                let _ = self.supervisor.wait_for_exit(process, PROBE_INTERVAL);
            }
        }
        Ok(())
    }
}

/// Keeps the API server paused until it is dropped.
#[derive(Debug)]
#[must_use = "the API server runs on when this is dropped"]
pub struct Paused<'a> {
    supervisor: &'a Supervisor,
}

impl Paused<'_> {
    /// Lets the API server run on, as dropping does.
    pub fn resume(self) {}
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        // Fails only when the process is gone, and then there is nothing to resume.
        let _ = self.supervisor.resume(API_SERVER);
    }
}

/// Waits until every thread of a process stands still: the signal is sent, not yet obeyed, when `kill`
/// returns. Where the system does not tell of threads, the signal alone must do.
fn wait_until_paused(pid: i32) {
    let is_paused = |entry: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // `pid (name) state ..`, where the name may hold anything.
        stat.rsplit(')').next().is_none_or(|rest| rest.trim_start().starts_with(['T', 't']))
    };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return };
        if threads.flatten().all(is_paused) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
