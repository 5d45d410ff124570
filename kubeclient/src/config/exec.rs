//! What a kubeconfig's `exec` means: [`Exec`], the program that gives the credential, and [`ExecPolicy`],
//! which programs may run at all. Nothing is run here: `auth` does.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use super::kubeconfig::{Cluster, ExecConfig};
use super::secret::Secret;
use crate::error::{Error, Result};

/// The cluster's extension that holds what a program should know of it.
const EXTENSION: &str = "client.authentication.k8s.io/exec";

/// A program that gives the credential: an exec plugin (`client.authentication.k8s.io`).
///
/// It runs when the first request needs it; what it gives is used until it expires or the server refuses it, by all
/// clients of one configuration. It runs for at most 60 s, and for as long as it takes where it has the terminal:
/// the time of [`Config::with_timeout`](super::Config::with_timeout) begins when the credential is there. A stop, or
/// [`Request::timeout`](crate::Request::timeout), ends it with the request that runs it. No shell is between. A
/// program that it starts itself is not ended with it.
///
/// What it prints is read as kubectl reads it: JSON, or the first document of YAML.
///
/// ```
/// use kubeclient::config::{Config, Exec, ExecPolicy};
///
/// let mut exec = Exec::new("aws-iam-authenticator");
/// exec.args = vec!["token".into(), "-i".into(), "prod".into()];
/// let config = Config::new("https://10.0.0.1:6443")
///     .with_exec(exec)
///     .with_exec_policy(ExecPolicy::Allowlist(vec!["aws-iam-authenticator".into()]));
/// config.check()?;
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exec {
    /// The program: a path, or a name that is looked for in `PATH`.
    pub command: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables that its environment has beside those of this process.
    pub env: Vec<(String, Secret)>,
    /// The version of the protocol between us and the program.
    pub api_version: ExecVersion,
    /// What to tell the user when the program is not there.
    pub install_hint: String,
    /// Whether the program may use the terminal.
    pub interactive_mode: InteractiveMode,
    /// Whether the program is told of the cluster: its URL, certificate authorities and the like.
    pub provide_cluster_info: bool,
    /// What else the program is told of the cluster: its extension `client.authentication.k8s.io/exec`.
    pub cluster_config: Value,
}

/// The version of the protocol between us and an exec plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExecVersion {
    /// `client.authentication.k8s.io/v1`.
    #[default]
    V1,
    /// `client.authentication.k8s.io/v1beta1`.
    V1Beta1,
}

impl ExecVersion {
    /// The version as an `apiVersion`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "client.authentication.k8s.io/v1",
            Self::V1Beta1 => "client.authentication.k8s.io/v1beta1",
        }
    }
}

/// Whether an exec plugin may use the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InteractiveMode {
    /// It has no standard input.
    #[default]
    Never,
    /// It has the standard input of this process, where that is a terminal.
    IfAvailable,
    /// It needs a terminal; without one it is not run.
    Always,
}

/// Which exec plugins may run.
///
/// A kubeconfig from somebody else names programs of his choice: [`ExecPolicy::DenyAll`] runs none, and
/// [`Config::from_untrusted`](super::Config::from_untrusted) does not even take them.
/// [`Kubeconfig::programs`](super::Kubeconfig::programs) tells which ones there are, and what a policy makes of them.
///
/// A list speaks of programs alone. Arguments and variables stay the kubeconfig's: a shell on the list allows
/// everything, and so may a variable such as `LD_PRELOAD`. So a list is for kubeconfigs whose author is known, and may
/// be mistaken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExecPolicy {
    /// Any.
    #[default]
    AllowAll,
    /// None.
    DenyAll,
    /// These. An absolute path allows that file, under this very path; a name without a separator allows
    /// the file that is found in `PATH` by it. A relative path allows nothing.
    Allowlist(Vec<PathBuf>),
}

impl Exec {
    /// A program in version `v1` of the protocol, without arguments, that may not use the terminal.
    pub fn new(command: impl Into<PathBuf>) -> Self {
        Self {
            command: command.into(),
            args: Vec::new(),
            env: Vec::new(),
            api_version: ExecVersion::V1,
            install_hint: String::new(),
            interactive_mode: InteractiveMode::Never,
            provide_cluster_info: false,
            cluster_config: Value::Null,
        }
    }

    /// What the kubeconfig says; the command is absolute already, where it is a path.
    pub(super) fn of_kubeconfig(exec: &ExecConfig, cluster: &Cluster) -> Result<Self> {
        let api_version = [ExecVersion::V1, ExecVersion::V1Beta1]
            .into_iter()
            .find(|version| version.as_str() == exec.api_version)
            .ok_or_else(|| {
                Error::config(
                    "apiVersion: expected client.authentication.k8s.io/v1 or \
                     client.authentication.k8s.io/v1beta1",
                )
            })?;
        let interactive_mode = match (exec.interactive_mode.as_str(), api_version) {
            ("Never", _) => InteractiveMode::Never,
            ("IfAvailable", _) | ("", ExecVersion::V1Beta1) => InteractiveMode::IfAvailable,
            ("Always", _) => InteractiveMode::Always,
            _ => {
                return Err(Error::config(
                    "interactiveMode: expected Never, IfAvailable or Always",
                ));
            }
        };
        let extension = cluster.extensions.iter().find(|extension| extension.name == EXTENSION);
        let made = Self {
            command: exec.command.clone().into(),
            args: exec.args.clone(),
            env: exec.env.iter().map(|var| (var.name.clone(), var.value.clone())).collect(),
            api_version,
            install_hint: exec.install_hint.clone(),
            interactive_mode,
            provide_cluster_info: exec.provide_cluster_info,
            cluster_config: extension.map_or(Value::Null, |found| found.extension.clone()),
        };
        made.check()?;
        Ok(made)
    }

    /// The program alone, with what its user is told where it is not there; no argument and no variable.
    pub(super) fn bare(&self) -> Self {
        Self { install_hint: self.install_hint.clone(), ..Self::new(&self.command) }
    }

    /// Checks what no program could be started with.
    pub(super) fn check(&self) -> Result<()> {
        let command = self.command.as_os_str();
        if command.is_empty() || command.as_encoded_bytes().contains(&0) {
            return Err(Error::config("command: expected a program"));
        }
        if self.args.iter().any(|arg| arg.contains('\0')) {
            return Err(Error::config("args: expected text without NUL characters"));
        }
        for (name, value) in &self.env {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(Error::config("env: expected a name without `=`, found another"));
            }
            if value.expose().contains('\0') {
                return Err(Error::config("env: expected values without NUL characters"));
            }
        }
        Ok(())
    }
}

/// Shows no argument and no variable's value.
impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let env: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("Exec")
            .field("command", &self.command)
            .field("args", &self.args.len())
            .field("env", &env)
            .field("api_version", &self.api_version)
            .field("interactive_mode", &self.interactive_mode)
            .field("provide_cluster_info", &self.provide_cluster_info)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::kubeconfig::{ExecEnvVar, NamedExtension};

    fn file(api_version: &str, interactive_mode: &str) -> ExecConfig {
        ExecConfig {
            command: "p".into(),
            api_version: api_version.into(),
            interactive_mode: interactive_mode.into(),
            ..ExecConfig::default()
        }
    }

    fn made(exec: &ExecConfig) -> Result<Exec> {
        Exec::of_kubeconfig(exec, &Cluster::default())
    }

    /// Fidelity 39.
    #[test]
    fn the_mode_is_required_in_v1_and_has_a_default_before() {
        let (v1, beta) = (ExecVersion::V1.as_str(), ExecVersion::V1Beta1.as_str());
        let mode = |version, mode| made(&file(version, mode)).unwrap().interactive_mode;
        assert_eq!(mode(v1, "Never"), InteractiveMode::Never);
        assert_eq!(mode(v1, "Always"), InteractiveMode::Always);
        assert_eq!(mode(v1, "IfAvailable"), InteractiveMode::IfAvailable);
        assert_eq!(mode(beta, ""), InteractiveMode::IfAvailable);
        assert_eq!(mode(beta, "Never"), InteractiveMode::Never);
        for (version, mode, expected) in [
            (v1, "", "interactiveMode: expected Never"),
            (v1, "CANARY", "interactiveMode: expected Never"),
            (beta, "never", "interactiveMode: expected Never"),
            ("", "Never", "apiVersion: expected client.authentication.k8s.io/v1 or"),
            ("CANARY", "Never", "apiVersion: expected"),
            ("client.authentication.k8s.io/v1alpha1", "Never", "apiVersion: expected"),
        ] {
            let error = made(&file(version, mode)).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
            assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
        }
    }

    #[test]
    fn what_no_program_could_be_started_with_is_refused() {
        let refused = |expected: &str, change: &dyn Fn(&mut ExecConfig)| {
            let mut exec = file(ExecVersion::V1.as_str(), "Never");
            change(&mut exec);
            let error = made(&exec).unwrap_err();
            assert!(error.to_string().starts_with(expected), "{error}");
            assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
        };
        let variable = |name: &str, value: &str| {
            let mut variable = ExecEnvVar::default();
            (variable.name, variable.value) = (name.into(), value.into());
            vec![variable]
        };
        refused("command: ", &|exec| exec.command = String::new());
        refused("command: ", &|exec| exec.command = "CANARY\0".into());
        refused("args: ", &|exec| exec.args = vec!["CANARY\0".into()]);
        refused("env: expected a name", &|exec| exec.env = variable("", "CANARY"));
        refused("env: expected a name", &|exec| exec.env = variable("A=CANARY", "CANARY"));
        refused("env: expected values", &|exec| exec.env = variable("A", "CANARY\0"));
    }

    #[test]
    fn the_clusters_extension_is_taken_by_its_name() {
        let extension = |name: &str, value: i64| {
            let mut extension = NamedExtension::default();
            (extension.name, extension.extension) = (name.into(), value.into());
            extension
        };
        let extensions = vec![extension("other", 1), extension(EXTENSION, 2)];
        let cluster = Cluster { extensions, ..Cluster::default() };
        let exec = file(ExecVersion::V1.as_str(), "Never");
        assert_eq!(Exec::of_kubeconfig(&exec, &cluster).unwrap().cluster_config, 2);
        assert_eq!(made(&exec).unwrap().cluster_config, Value::Null);
    }
}
