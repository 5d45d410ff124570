//! [`Env`]: what the process's surroundings say, so that tests can say something else. Which variables speak of
//! proxies, and how, `proxy_rules` knows.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::proxy_rules::ProxyRules;

/// Where a pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The variables that are looked at.
const VARIABLES: [&str; 8] = [
    "KUBECONFIG",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
    "POD_NAMESPACE",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
];

/// The environment variables that count, the home folder and the service account's folder.
#[derive(Clone)]
pub(super) struct Env {
    variables: BTreeMap<&'static str, OsString>,
    home: Option<PathBuf>,
    service_account: PathBuf,
    proxies: ProxyRules,
}

impl Env {
    /// The process's own.
    pub(super) fn of_process() -> Self {
        let value = |name| std::env::var_os(name).map(|value| (name, value));
        Self {
            variables: VARIABLES.into_iter().filter_map(value).collect(),
            home: home().filter(|home| !home.as_os_str().is_empty()),
            service_account: SERVICE_ACCOUNT.into(),
            proxies: ProxyRules::from_env(),
        }
    }

    /// The variable's value; an empty one counts as not set.
    pub(super) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Where the kubeconfig is when nothing says otherwise.
    pub(super) fn home_kubeconfig(&self) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(".kube").join("config"))
    }

    /// Which proxy leads to which server.
    pub(super) fn proxies(&self) -> &ProxyRules {
        &self.proxies
    }

    /// The folder with `token`, `ca.crt` and `namespace`.
    pub(super) fn service_account(&self) -> &Path {
        &self.service_account
    }
}

#[cfg(not(windows))]
fn home() -> Option<PathBuf> {
    std::env::home_dir()
}

/// The same folder as kubectl's.
#[cfg(windows)]
fn home() -> Option<PathBuf> {
    use super::windows::{self, Folder};

    let folder = |path: &Path| match path.metadata() {
        Err(_) => Folder::Missing,
        Ok(it) if it.is_dir() && !it.permissions().readonly() => Folder::Writable,
        Ok(_) => Folder::ReadOnly,
    };
    windows::home(|name| std::env::var_os(name), |path| path.exists(), folder)
}

#[cfg(test)]
impl Env {
    /// Nothing set, no home, and a service account's folder that is not there.
    pub(super) fn empty() -> Self {
        Self {
            variables: BTreeMap::new(),
            home: None,
            service_account: "/nonexistent/serviceaccount".into(),
            proxies: ProxyRules::default(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        assert!(VARIABLES.contains(&name), "{name} is never read");
        self.variables.insert(name, value.into());
        self
    }

    pub(super) fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    pub(super) fn with_proxies(mut self, proxies: ProxyRules) -> Self {
        self.proxies = proxies;
        self
    }

    pub(super) fn with_service_account(mut self, folder: impl Into<PathBuf>) -> Self {
        self.service_account = folder.into();
        self
    }
}
