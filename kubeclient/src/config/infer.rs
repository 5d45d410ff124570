//! Where a [`Config`] comes from: the kubeconfig, the pod, or whichever of them is there.

use std::fmt;

use super::env::Env;
use super::loader::{self, Loaded};
use super::options::KubeconfigOptions;
use super::{Config, in_cluster, resolve};
use crate::error::{Error, Result};

impl Config {
    /// Finds the configuration as kubectl does: the kubeconfig (`$KUBECONFIG`, else `~/.kube/config`)
    /// when it has a current context, else the pod's service account.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config). When there is neither,
    /// [`Error::is_no_configuration`] holds and the message tells what was looked at; a kubeconfig that
    /// is there and wrong is never passed over.
    pub fn infer() -> Result<Self> {
        Self::infer_with(&KubeconfigOptions::default())
    }

    /// [`infer`](Self::infer) for a program with kubectl's flags.
    ///
    /// Options that name a file, a context, a cluster or a server must be met by the kubeconfig; the
    /// others apply to the service account, too.
    ///
    /// # Errors
    /// As [`infer`](Self::infer).
    pub fn infer_with(options: &KubeconfigOptions) -> Result<Self> {
        infer(options, &Env::of_process())
    }

    /// The configuration of the kubeconfig, with these options.
    ///
    /// A credential is not taken from it when its server is plain http; a warning is logged then.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming the file, the entry and the field.
    pub fn from_kubeconfig(options: &KubeconfigOptions) -> Result<Self> {
        let env = Env::of_process();
        resolve::resolve(&loader::load(options, &env)?, options, &env)
    }

    /// The configuration of the text of a kubeconfig. It is trusted as a file would be: it may name
    /// other files, and relative ones stand relative to the working directory.
    ///
    /// ```
    /// use kubeclient::config::Config;
    ///
    /// let config = Config::from_kubeconfig_str(
    ///     "current-context: test
    /// contexts: [{name: test, context: {cluster: here, user: me, namespace: web}}]
    /// clusters: [{name: here, cluster: {server: 'https://10.0.0.1:6443'}}]
    /// users: [{name: me, user: {token: s3cret}}]",
    /// )?;
    /// assert_eq!(config.server, "https://10.0.0.1:6443");
    /// assert_eq!(config.namespace, "web");
    /// assert!(!format!("{config:?}").contains("s3cret"));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming the line or the entry, and the field.
    pub fn from_kubeconfig_str(text: &str) -> Result<Self> {
        resolve::from_text(text, "kubeconfig", &Env::of_process())
    }

    /// The configuration of the service account of the pod that the program runs in.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when it runs in none, or when the token or the
    /// certificate authorities can't be used.
    pub fn in_cluster() -> Result<Self> {
        in_cluster::in_cluster(&Env::of_process())
    }
}

/// Infers in this environment.
fn infer(options: &KubeconfigOptions, env: &Env) -> Result<Config> {
    let loaded = loader::load(options, env)?;
    if resolve::is_usable(&loaded.kubeconfig, options) {
        return resolve::resolve(&loaded, options, env);
    }
    if let Err(missing) = in_cluster::is_possible(env) {
        return Err(Error::config("no configuration").because(NoConfiguration {
            kubeconfig: what_was_found(&loaded),
            missing,
        }));
    }
    log::debug!("no kubeconfig: using the pod's service account");
    apply(options, in_cluster::in_cluster(env)?)
}

/// The options that make sense for a service account.
fn apply(options: &KubeconfigOptions, mut config: Config) -> Result<Config> {
    resolve::override_config(&mut config, options)?;
    config.check().map_err(|error| error.at("service account"))?;
    Ok(config)
}

fn what_was_found(loaded: &Loaded) -> String {
    let missing: Vec<_> = loaded.missing.iter().map(|path| path.display().to_string()).collect();
    match (&loaded.found[..], &missing[..]) {
        ([], []) => "there is no kubeconfig: KUBECONFIG names no file and there is no home folder".into(),
        ([], missing) => format!("there is no kubeconfig {}", missing.join(", ")),
        _ => format!("{loaded} has no current-context"),
    }
}

/// Neither a kubeconfig nor a service account is there.
#[derive(Debug)]
struct NoConfiguration {
    kubeconfig: String,
    missing: String,
}

impl fmt::Display for NoConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; not in a pod: {}", self.kubeconfig, self.missing)
    }
}

impl std::error::Error for NoConfiguration {}

impl Error {
    /// Whether [`Config::infer`] found no configuration at all, rather than a wrong one.
    pub fn is_no_configuration(&self) -> bool {
        std::error::Error::source(self).is_some_and(|source| source.is::<NoConfiguration>())
    }
}
