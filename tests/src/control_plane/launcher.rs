//! Starts a control plane: free ports, files, supervisor, processes, in this order.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use super::arguments::{self, API_SERVER, CONTROLLER_MANAGER, ETCD, KWOK, Ports};
use super::files::Files;
use super::kwok::{self, Kwok};
use super::{ControlPlane, ControlPlaneError};
use crate::assets::Assets;
use crate::http::{self, Target};
use crate::pki::Pki;
use crate::supervisor::{Exit, Plan, Supervisor, SupervisorProgram};

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
    kwok: Option<Kwok>,
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
        Launcher { assets, supervisor: None, api_server_args: Vec::new(), kwok: None }
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

    /// Starts kwok as well, as the kubelet of every node that names [`ControlPlane::kubelet_port`].
    #[must_use]
    pub fn kwok(mut self, kwok: Kwok) -> Launcher {
        self.kwok = Some(kwok);
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
        let folder =
            tempfile::Builder::new().prefix("kubeclient-control-plane-").tempdir().map_err(
                |source| ControlPlaneError::Io { doing: "make a folder".to_owned(), source },
            )?;
        let pki = Pki::new()?;
        let ports = free_ports().map_err(|source| ControlPlaneError::Io {
            doing: "find free loopback ports".to_owned(),
            source,
        })?;
        let files = Files::write(folder.path(), &pki, &ports)?;
        if let Some(kwok) = &self.kwok {
            kwok::write_files(kwok, folder.path(), &pki, ports.kubelet)?;
        }
        let plan = Plan {
            processes: arguments::processes(
                &self.assets,
                folder.path(),
                &ports,
                &self.api_server_args,
                self.kwok.as_ref(),
            ),
            grace_millis: GRACE_MILLIS,
            end_grace_millis: END_GRACE_MILLIS,
            remove: Some(folder.path().to_owned()),
        };
        let supervisor = Supervisor::start(program, &plan, folder.path()).map_err(|source| {
            ControlPlaneError::Io { doing: "start the supervisor".to_owned(), source }
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
            has_kwok: self.kwok.is_some(),
            folder,
        };
        plane.start_process(ETCD)?;
        plane.start_process(API_SERVER)?;
        plane.wait_until_ready()?;
        plane.start_process(CONTROLLER_MANAGER)?;
        if self.kwok.is_some() {
            plane.start_process(KWOK)?;
            plane.wait_until_kwok_is_ready()?;
        }
        Ok(plane)
    }
}

/// Ports that are free now; they are taken together so that they differ.
fn free_ports() -> io::Result<Ports> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (client, peer, server, kubelet) = (bind()?, bind()?, bind()?, bind()?);
    Ok(Ports {
        etcd_client: client.local_addr()?.port(),
        etcd_peer: peer.local_addr()?.port(),
        api_server: server.local_addr()?.port(),
        kubelet: kubelet.local_addr()?.port(),
    })
}

fn lost_its_port(exit: &Exit) -> bool {
    exit.log_tail.iter().any(|line| line.contains("address already in use"))
}
