//! The one cluster that all tests of a process share, and what happens when there is none.

use std::env;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Once, OnceLock};

use crate::assets::Assets;
use crate::control_plane::{ControlPlane, ControlPlaneError};

/// The cluster that tests run on: our own control plane, or the user's.
#[derive(Debug)]
pub enum Cluster {
    /// A control plane that this process started.
    Own(Box<ControlPlane>),
    /// The user's cluster, since `USE_EXISTING_CLUSTER` is `true`.
    Existing(ExistingCluster),
}

impl Cluster {
    /// The kubeconfig's text; its current context is the cluster's administrator.
    pub fn kubeconfig(&self) -> &str {
        match self {
            Cluster::Own(plane) => plane.kubeconfig(),
            Cluster::Existing(cluster) => &cluster.kubeconfig,
        }
    }

    /// The kubeconfig's file.
    pub fn kubeconfig_path(&self) -> &Path {
        match self {
            Cluster::Own(plane) => plane.kubeconfig_path(),
            Cluster::Existing(cluster) => &cluster.path,
        }
    }

    /// The path of `kubectl`: of the control plane, or whatever the user's `PATH` has.
    pub fn kubectl(&self) -> PathBuf {
        match self {
            Cluster::Own(plane) => plane.kubectl().to_owned(),
            Cluster::Existing(_) => {
                Assets::find().map_or_else(|_| PathBuf::from("kubectl"), |assets| assets.kubectl())
            }
        }
    }

    /// The control plane, for tests that need its tokens, its certificates or its processes.
    pub fn control_plane(&self) -> Option<&ControlPlane> {
        match self {
            Cluster::Own(plane) => Some(plane),
            Cluster::Existing(_) => None,
        }
    }
}

/// The user's cluster: their kubeconfig's current context.
pub struct ExistingCluster {
    path: PathBuf,
    kubeconfig: String,
}

impl fmt::Debug for ExistingCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExistingCluster").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The cluster for the calling test, or `None` when the test cannot run here.
///
/// Started on first use, once a process; it ends with the process. `None` means that the binaries are
/// missing: one line on standard error says so and how to build them, once a process.
///
/// # Panics
/// The binaries are missing and `KUBECLIENT_REQUIRE_CLUSTER` is `1`, or they are there and the control
/// plane does not start.
///
/// # Blocking
/// Some seconds for the first caller and who comes meanwhile, at most 120 s.
///
/// # Example
/// ```
/// fn lists_namespaces() {
///     let Some(cluster) = kubeclient_tests::cluster() else { return };
///     assert!(cluster.kubeconfig().contains("server: "));
/// }
/// ```
#[track_caller]
pub fn cluster() -> Option<&'static Cluster> {
    match shared() {
        Ok(cluster) => Some(cluster),
        Err(error @ ControlPlaneError::Assets(_)) if !is_required() => {
            static SAID: Once = Once::new();
            SAID.call_once(|| say(&format!("NOT RUN: the tests on a real API server: {error}")));
            None
        }
        Err(error) => panic!("no cluster for this test: {error}"),
    }
}

/// The control plane for the calling test, or `None` when the test cannot run here.
///
/// As [`cluster`], for tests that need more than a kubeconfig; on a user's cluster they do not run, and
/// one line on standard error says so.
///
/// # Panics
/// As [`cluster`].
///
/// # Blocking
/// As [`cluster`].
#[track_caller]
pub fn control_plane() -> Option<&'static ControlPlane> {
    let plane = cluster()?.control_plane();
    if plane.is_none() {
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            say("NOT RUN: the tests that need a control plane of their own: USE_EXISTING_CLUSTER is true");
        });
    }
    plane
}

/// The shared cluster, or why there is none; the first answer is kept.
///
/// # Errors
/// The binaries are missing, the control plane does not start, or the user's kubeconfig is not there.
///
/// # Blocking
/// As [`cluster`].
pub fn shared() -> Result<&'static Cluster, &'static ControlPlaneError> {
    // Never dropped: the supervisor sees this process end.
    static SHARED: OnceLock<Result<Cluster, ControlPlaneError>> = OnceLock::new();
    SHARED.get_or_init(start).as_ref()
}

fn start() -> Result<Cluster, ControlPlaneError> {
    if env::var_os("USE_EXISTING_CLUSTER").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        existing().map(Cluster::Existing).map_err(ControlPlaneError::ExistingCluster)
    } else {
        ControlPlane::start().map(|plane| Cluster::Own(Box::new(plane)))
    }
}

fn existing() -> Result<ExistingCluster, String> {
    let list = env::var_os("KUBECONFIG").filter(|list| !list.is_empty());
    let path = match &list {
        Some(list) => {
            let mut files = env::split_paths(list).filter(|path| !path.as_os_str().is_empty());
            match (files.next(), files.next()) {
                (Some(path), None) => path,
                _ => return Err("KUBECONFIG names several files, expected 1".to_owned()),
            }
        }
        None => {
            let home = env::home_dir().ok_or("no KUBECONFIG and no home folder")?;
            home.join(".kube/config")
        }
    };
    let kubeconfig = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(ExistingCluster { path, kubeconfig })
}

fn is_required() -> bool {
    env::var_os("KUBECLIENT_REQUIRE_CLUSTER").is_some_and(|value| value == "1")
}

/// One line on standard error that the test runner does not capture.
fn say(text: &str) {
    let _ = io::stderr().write_all(format!("kubeclient-tests: {text}\n").as_bytes());
}
