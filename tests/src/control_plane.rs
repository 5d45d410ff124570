//! A real control plane for tests: etcd, kube-apiserver and kube-controller-manager on loopback.
//!
//! [`ControlPlane::start`] starts one with fresh certificates in a folder of its own. The supervisor
//! keeps the processes, so they end however this process ends. What is compared or asserted is the
//! tests' matter; which binaries run is `assets`'s.

mod arguments;
mod error;
mod etcd;
mod kubeconfig;

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub use error::ControlPlaneError;

use crate::assets::Assets;
use crate::http::{self, Target};
use crate::pki::Pki;
use crate::supervisor::{Exit, Plan, Supervisor, SupervisorProgram};

use arguments::{API_SERVER, CONTROLLER_MANAGER, ETCD, Ports};
use kubeconfig::Credential;

/// How long the API server may take until it is ready.
const READY_BOUND: Duration = Duration::from_secs(120);
/// How often it is asked.
const PROBE_INTERVAL: Duration = Duration::from_millis(50);
/// How long a restart waits for a process's end; kube-apiserver takes 1.1 s to end in good order.
const GRACE_MILLIS: u64 = 5_000;
/// As much when all end: the data is thrown away, and without etcd kube-apiserver would not end in order.
const END_GRACE_MILLIS: u64 = 200;
/// How often the start is tried when another process takes a port that was free.
const ATTEMPTS: usize = 3;

/// What to start, and how.
///
/// # Example
/// ```no_run
/// // Starts processes, so it is compiled only.
/// let plane = kubeclient_tests::Launcher::new()?.api_server_arg("--goaway-chance=0.02").start()?;
/// println!("{}", plane.kubeconfig_path().display());
/// # Ok::<(), kubeclient_tests::ControlPlaneError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Launcher {
    assets: Assets,
    supervisor: Option<SupervisorProgram>,
    api_server_args: Vec<String>,
}

impl Launcher {
    /// A launcher of the binaries that [`Assets::find`] finds.
    ///
    /// # Errors
    /// The binaries are not there.
    pub fn new() -> Result<Launcher, ControlPlaneError> {
        Ok(Launcher::with_assets(Assets::find()?))
    }

    /// A launcher of these binaries.
    pub fn with_assets(assets: Assets) -> Launcher {
        Launcher {
            assets,
            supervisor: None,
            api_server_args: Vec::new(),
        }
    }

    /// Uses this supervisor instead of the one that [`SupervisorProgram::find`] finds.
    #[must_use]
    pub fn supervisor(mut self, program: SupervisorProgram) -> Launcher {
        self.supervisor = Some(program);
        self
    }

    /// Passes a further argument to kube-apiserver; a repeated flag overrides ours.
    #[must_use]
    pub fn api_server_arg(mut self, argument: impl Into<String>) -> Launcher {
        self.api_server_args.push(argument.into());
        self
    }

    /// Starts the control plane and waits until it is ready.
    ///
    /// # Errors
    /// A process ends early or is not ready in time; the text has the last lines of its log.
    ///
    /// # Blocking
    /// Until the API server is ready: some seconds, at most 120 s.
    pub fn start(&self) -> Result<ControlPlane, ControlPlaneError> {
        let program = match &self.supervisor {
            Some(program) => program.clone(),
            None => SupervisorProgram::find().map_err(|source| ControlPlaneError::Io {
                doing: "find the supervisor".to_owned(),
                source,
            })?,
        };
        let mut attempt = 1;
        loop {
            match self.try_start(&program) {
                Err(ControlPlaneError::Ended { exit })
                    if attempt < ATTEMPTS && lost_its_port(&exit) =>
                {
                    attempt += 1
                }
                result => return result,
            }
        }
    }

    fn try_start(&self, program: &SupervisorProgram) -> Result<ControlPlane, ControlPlaneError> {
        let folder = tempfile::Builder::new()
            .prefix("kubeclient-control-plane-")
            .tempdir()
            .map_err(|source| ControlPlaneError::Io {
                doing: "make a folder".to_owned(),
                source,
            })?;
        let pki = Pki::new()?;
        let ports = free_ports().map_err(|source| ControlPlaneError::Io {
            doing: "find free loopback ports".to_owned(),
            source,
        })?;
        let files = Files::write(folder.path(), &pki, &ports)?;
        let plan = Plan {
            processes: arguments::processes(
                &self.assets,
                folder.path(),
                &ports,
                &self.api_server_args,
            ),
            grace_millis: GRACE_MILLIS,
            end_grace_millis: END_GRACE_MILLIS,
            remove: Some(folder.path().to_owned()),
        };
        let supervisor = Supervisor::start(program, &plan, folder.path()).map_err(|source| {
            ControlPlaneError::Io {
                doing: "start the supervisor".to_owned(),
                source,
            }
        })?;
        let probe = Target {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, ports.api_server)),
            tls: Some(http::client_config(&pki)?),
            token: Some(files.admin_token.clone()),
        };
        let plane = ControlPlane {
            supervisor,
            pki,
            files,
            ports,
            probe,
            kubectl: self.assets.kubectl(),
            folder,
        };
        plane.start_process(ETCD)?;
        plane.start_process(API_SERVER)?;
        plane.wait_until_ready()?;
        plane.start_process(CONTROLLER_MANAGER)?;
        Ok(plane)
    }
}

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
    folder: TempDir,
}

impl ControlPlane {
    /// Starts a control plane from the binaries that [`Assets::find`] finds, and waits until it is ready.
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

    /// The process ids of etcd, kube-apiserver and kube-controller-manager, as far as they run.
    pub fn pids(&self) -> Vec<i32> {
        [ETCD, API_SERVER, CONTROLLER_MANAGER]
            .into_iter()
            .filter_map(|name| self.supervisor.pid(name))
            .collect()
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
        etcd::compact(&Target {
            address,
            tls: None,
            token: None,
        })
    }

    /// Stops the API server from running until the guard is dropped: its connections stay open and
    /// nothing is answered, as on a half-open connection.
    ///
    /// # Errors
    /// The API server does not run.
    pub fn pause_api_server(&self) -> Result<Paused<'_>, ControlPlaneError> {
        self.supervisor
            .pause(API_SERVER)
            .map_err(|source| ControlPlaneError::Io {
                doing: format!("pause {API_SERVER}"),
                source,
            })?;
        Ok(Paused {
            supervisor: &self.supervisor,
        })
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
        self.supervisor
            .stop_process(API_SERVER)
            .map_err(|source| ControlPlaneError::Io {
                doing: format!("stop {API_SERVER}"),
                source,
            })?;
        self.start_process(API_SERVER)?;
        self.wait_until_ready()
    }

    fn start_process(&self, name: &str) -> Result<(), ControlPlaneError> {
        match self.supervisor.start_process(name) {
            Ok(_) => Ok(()),
            Err(source) => Err(self.supervisor.exit(name).map_or_else(
                || ControlPlaneError::Io {
                    doing: format!("start {name}"),
                    source,
                },
                |exit| ControlPlaneError::Ended { exit },
            )),
        }
    }

    /// Ready is `/readyz` and the default namespace, which is made a moment later.
    fn wait_until_ready(&self) -> Result<(), ControlPlaneError> {
        let start = Instant::now();
        for path in ["/readyz", "/api/v1/namespaces/default"] {
            loop {
                let last = match self.probe.send("GET", path, b"") {
                    Ok(response) if response.status == 200 => break,
                    Ok(response) => format!("{path} answered {}", response.status),
                    Err(error) => format!("{path}: {error}"),
                };
                if let Some(exit) = self.supervisor.early_exit() {
                    return Err(ControlPlaneError::Ended { exit });
                }
                if start.elapsed() > READY_BOUND {
                    let log_tail = crate::supervisor::log_tail(&arguments::log(
                        self.folder.path(),
                        API_SERVER,
                    ));
                    return Err(ControlPlaneError::NotReady {
                        bound: READY_BOUND,
                        last,
                        log_tail,
                    });
                }
                // The pause between two probes, which the end of the process cuts short.
                let _ = self.supervisor.wait_for_exit(API_SERVER, PROBE_INTERVAL);
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

/// What is written to the folder before anything starts.
struct Files {
    admin_token: String,
    user_token: String,
    kubeconfig: String,
    kubeconfig_path: PathBuf,
}

impl Files {
    fn write(folder: &Path, pki: &Pki, ports: &Ports) -> Result<Files, ControlPlaneError> {
        let (admin_token, user_token) = (token()?, token()?);
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text)
                .map(|()| path.clone())
                .map_err(|source| ControlPlaneError::Io {
                    doing: format!("write {}", path.display()),
                    source,
                })
        };
        let ca = pki.ca_pem();
        write("ca.crt", &ca)?;
        write("server.crt", &pki.server().certificate_pem)?;
        write("server.key", &pki.server().private_key_pem)?;
        write(
            "service-account.key",
            &pki.service_account().private_key_pem,
        )?;
        write("service-account.pub", &pki.service_account().public_key_pem)?;
        let tokens = format!(
            "{admin_token},admin,admin-uid,\"system:masters\"\n{user_token},plain-user,plain-user-uid,\"testers\"\n"
        );
        write("tokens.csv", &tokens)?;

        let server = ports.server_url();
        // With all rights: its controllers have theirs through service accounts, which would cost a token each.
        let manager = pki.issue_client("system:kube-controller-manager", &["system:masters"])?;
        let manager = [("controller-manager", Credential::Certificate(&manager))];
        write(
            "controller-manager.kubeconfig",
            &kubeconfig::kubeconfig(&server, &ca, &manager),
        )?;

        let admin = pki.issue_client("admin", &["system:masters"])?;
        let users = [
            ("admin", Credential::Certificate(&admin)),
            ("admin-token", Credential::Token(&admin_token)),
            ("user", Credential::Token(&user_token)),
        ];
        let kubeconfig = kubeconfig::kubeconfig(&server, &ca, &users);
        let kubeconfig_path = write("kubeconfig", &kubeconfig)?;
        Ok(Files {
            admin_token,
            user_token,
            kubeconfig,
            kubeconfig_path,
        })
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files")
            .field("kubeconfig_path", &self.kubeconfig_path)
            .finish_non_exhaustive()
    }
}

fn token() -> Result<String, ControlPlaneError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| ControlPlaneError::Io {
        doing: "make a token".to_owned(),
        source: io::Error::other(error.to_string()),
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Ports that are free now; they are taken together so that they differ.
fn free_ports() -> io::Result<Ports> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (client, peer, server) = (bind()?, bind()?, bind()?);
    Ok(Ports {
        etcd_client: client.local_addr()?.port(),
        etcd_peer: peer.local_addr()?.port(),
        api_server: server.local_addr()?.port(),
    })
}

fn lost_its_port(exit: &Exit) -> bool {
    exit.log_tail
        .iter()
        .any(|line| line.contains("address already in use"))
}
