//! Why a control plane does not run.

use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use crate::assets::MissingAssets;
use crate::pki::PkiError;
use crate::supervisor::Exit;

/// Why a control plane does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlPlaneError {
    /// The binaries are not there.
    #[error(transparent)]
    Assets(#[from] MissingAssets),
    /// The certificates cannot be made.
    #[error("cannot make the certificates of the control plane: {0}")]
    Pki(#[from] PkiError),
    /// The system refused something.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// A process ended that should run.
    #[error("{} ended early: {}{}", .exit.name, .exit.status, indented(&.exit.log_tail))]
    Ended {
        /// How it ended, and the last lines of its log.
        exit: Exit,
    },
    /// A server runs and is not ready.
    #[error("{process} is not ready after {bound:?}: {last}{}", indented(.log_tail))]
    NotReady {
        /// Which server.
        process: &'static str,
        /// How long it had.
        bound: Duration,
        /// Its last answer.
        last: String,
        /// The last lines of its log.
        log_tail: Vec<String>,
    },
    /// etcd did not do what it was asked.
    #[error("etcd {path}: {reason}")]
    Etcd {
        /// What was asked.
        path: &'static str,
        /// What etcd or the connection said.
        reason: String,
    },
    /// `USE_EXISTING_CLUSTER` names no cluster that can be used.
    #[error("USE_EXISTING_CLUSTER: {0}")]
    ExistingCluster(String),
}

fn indented(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = write!(text, "\n    {line}");
        text
    })
}
