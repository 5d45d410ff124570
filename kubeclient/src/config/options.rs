//! [`KubeconfigOptions`]: what a program's flags say about the kubeconfig.

use std::path::PathBuf;
use std::time::Duration;

use super::kubeconfig::{AuthInfo, Cluster};
use super::secret::Secret;
use crate::error::{Error, Result};

/// Which kubeconfig, which of its entries, and what to use in place of what it says: kubectl's flags.
///
/// ```
/// use kubeclient::config::{Config, KubeconfigOptions};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("config");
/// # std::fs::write(&path, "{clusters: [{name: c, cluster: {server: 'https://h'}}],
/// #   contexts: [{name: test, context: {cluster: c}}]}").unwrap();
/// let options = KubeconfigOptions::default().path(&path).context("test").namespace("web");
/// let config = Config::from_kubeconfig(&options)?;
/// assert_eq!(config.namespace, "web");
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct KubeconfigOptions {
    /// The one file to read, which must be there; `$KUBECONFIG`'s or `~/.kube/config` when `None`.
    pub path: Option<PathBuf>,
    /// The context, in place of the file's current one.
    pub context: Option<String>,
    /// The name of the cluster, in place of the context's.
    pub cluster: Option<String>,
    /// The name of the user, in place of the context's.
    pub user: Option<String>,
    /// The namespace, in place of the context's.
    pub namespace: Option<String>,
    /// Takes the place of the cluster's fields, where set. A server clears the file's `tls-server-name`;
    /// `insecure-skip-tls-verify` and certificate authorities clear each other. Relative paths are
    /// relative to the working directory.
    pub cluster_info: Cluster,
    /// Takes the place of the user's fields, where set. A token, token file or password clears every
    /// other of the file's ways to authenticate but the client certificate.
    pub auth_info: AuthInfo,
    /// How long a request may take; `Some(Duration::ZERO)` for no limit.
    pub request_timeout: Option<Duration>,
}

impl KubeconfigOptions {
    /// Reads this file alone.
    #[must_use]
    pub fn path(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Uses this context.
    #[must_use]
    pub fn context(mut self, name: impl Into<String>) -> Self {
        self.context = Some(name.into());
        self
    }

    /// Uses the cluster of this name.
    #[must_use]
    pub fn cluster(mut self, name: impl Into<String>) -> Self {
        self.cluster = Some(name.into());
        self
    }

    /// Uses the user of this name.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// Uses this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Asks this server, with the rest of the cluster as the file has it but for `tls-server-name`.
    #[must_use]
    pub fn server(mut self, url: impl Into<String>) -> Self {
        self.cluster_info.server = url.into();
        self
    }

    /// Trusts any server; the file's certificate authorities do not count.
    #[must_use]
    pub fn insecure_skip_tls_verify(mut self) -> Self {
        self.cluster_info.insecure_skip_tls_verify = true;
        self
    }

    /// Authenticates with this token.
    #[must_use]
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.auth_info.token = token.into();
        self
    }

    /// Goes through the proxy at this URL.
    #[must_use]
    pub fn proxy_url(mut self, url: impl Into<String>) -> Self {
        self.cluster_info.proxy_url = url.into();
        self
    }

    /// Asks on behalf of this user.
    #[must_use]
    pub fn impersonate(mut self, user: impl Into<String>) -> Self {
        self.auth_info.impersonate = user.into();
        self
    }

    /// Lets a request take this long; zero for no limit.
    #[must_use]
    pub fn request_timeout(mut self, time: Duration) -> Self {
        self.request_timeout = Some(time);
        self
    }
}

impl KubeconfigOptions {
    /// The cluster of the file, overridden. Both have absolute paths.
    pub(super) fn override_cluster(&self, cluster: Cluster) -> Cluster {
        let with = &self.cluster_info;
        let mut merged = cluster;
        if with.insecure_skip_tls_verify
            || !with.certificate_authority.is_empty()
            || !with.certificate_authority_data.is_empty()
        {
            merged.insecure_skip_tls_verify = with.insecure_skip_tls_verify;
            merged.certificate_authority = with.certificate_authority.clone();
            merged.certificate_authority_data = with.certificate_authority_data.clone();
        }
        if !with.server.is_empty() || !with.tls_server_name.is_empty() {
            merged.tls_server_name = with.tls_server_name.clone();
        }
        replace(&mut merged.server, &with.server);
        replace(&mut merged.proxy_url, &with.proxy_url);
        merged.disable_compression |= with.disable_compression;
        merged
    }

    /// The user of the file, overridden. Both have absolute paths.
    pub(super) fn override_user(&self, user: AuthInfo) -> AuthInfo {
        let with = &self.auth_info;
        let mut merged = user;
        if with.has_way_to_authenticate() {
            merged.token = with.token.clone();
            merged.token_file = with.token_file.clone();
            merged.username = with.username.clone();
            merged.password = with.password.clone();
            merged.exec = with.exec.clone();
            merged.auth_provider = with.auth_provider.clone();
        }
        if !with.client_certificate.is_empty() || !with.client_certificate_data.is_empty() {
            merged.client_certificate = with.client_certificate.clone();
            merged.client_certificate_data = with.client_certificate_data.clone();
        }
        if !with.client_key.is_empty() || !with.client_key_data.is_empty() {
            merged.client_key = with.client_key.clone();
            merged.client_key_data = with.client_key_data.clone();
        }
        replace(&mut merged.impersonate, &with.impersonate);
        replace(&mut merged.impersonate_uid, &with.impersonate_uid);
        replace(&mut merged.impersonate_groups, &with.impersonate_groups);
        replace(&mut merged.impersonate_user_extra, &with.impersonate_user_extra);
        merged
    }

    /// Whether the options alone name something to connect to.
    pub(super) fn name_a_target(&self) -> bool {
        let named = |name: &Option<String>| name.as_deref().is_some_and(|name| !name.is_empty());
        self.path.is_some()
            || named(&self.context)
            || named(&self.cluster)
            || named(&self.user)
            || !self.cluster_info.server.is_empty()
    }
}

impl AuthInfo {
    /// Whether anything but a client certificate says who asks.
    pub(super) fn has_way_to_authenticate(&self) -> bool {
        !self.token.is_empty()
            || !self.token_file.is_empty()
            || !self.username.is_empty()
            || !self.password.is_empty()
            || self.exec.is_some()
            || self.auth_provider.is_some()
    }

    /// Whether a client certificate says who asks.
    pub(super) fn has_client_certificate(&self) -> bool {
        !self.client_certificate.is_empty() || !self.client_certificate_data.is_empty()
    }

    /// Whether there is a key, which says nothing without its certificate.
    pub(super) fn has_client_key(&self) -> bool {
        !self.client_key.is_empty() || !self.client_key_data.is_empty()
    }

    /// Whether anything says who asks.
    pub(super) fn has_credential(&self) -> bool {
        self.has_way_to_authenticate() || self.has_client_certificate() || self.has_client_key()
    }
}

fn replace<T: Clone + Default + PartialEq>(field: &mut T, with: &T) {
    if *with != T::default() {
        field.clone_from(with);
    }
}

/// Reads a time as kubectl's `--request-timeout` has it: seconds (`30`), or Go's notation (`1m30s`,
/// `500ms`); `0` is zero, for no limit.
///
/// ```
/// use kubeclient::config::parse_request_timeout;
/// use std::time::Duration;
///
/// assert_eq!(parse_request_timeout("1m30s")?, Duration::from_secs(90));
/// assert!(parse_request_timeout("soon").is_err());
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Config`](crate::ErrorKind::Config) for anything else.
pub fn parse_request_timeout(text: &str) -> Result<Duration> {
    let wrong = || {
        Error::config(format!(
            "request timeout {text:?}: expected seconds, or a number with a unit such as 1s, 2m or 3h"
        ))
    };
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(wrong()),
        } * number.parse::<f64>().map_err(|_| wrong())?;
        let part = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        rest = after;
    }
    if text.is_empty() { Err(wrong()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fidelity 33.
    #[test]
    fn a_server_clears_the_files_tls_server_name() {
        let file = Cluster {
            server: "https://a".into(),
            tls_server_name: "a.example".into(),
            certificate_authority: "/ca".into(),
            ..Cluster::default()
        };
        let merged =
            KubeconfigOptions::default().server("https://b").override_cluster(file.clone());
        assert_eq!((merged.server.as_str(), merged.tls_server_name.as_str()), ("https://b", ""));
        assert_eq!(merged.certificate_authority, "/ca");

        let mut both = KubeconfigOptions::default().server("https://b");
        both.cluster_info.tls_server_name = "b.example".into();
        assert_eq!(both.override_cluster(file.clone()).tls_server_name, "b.example");

        assert_eq!(KubeconfigOptions::default().override_cluster(file.clone()), file);
    }

    /// Fidelity 23.
    #[test]
    fn insecure_and_certificate_authorities_clear_each_other() {
        let file = Cluster { certificate_authority_data: "x".into(), ..Cluster::default() };
        let merged = KubeconfigOptions::default().insecure_skip_tls_verify().override_cluster(file);
        assert!(merged.insecure_skip_tls_verify && merged.certificate_authority_data.is_empty());

        let file = Cluster { insecure_skip_tls_verify: true, ..Cluster::default() };
        let mut options = KubeconfigOptions::default();
        options.cluster_info.certificate_authority = "/ca".into();
        assert!(!options.override_cluster(file).insecure_skip_tls_verify);
    }

    #[test]
    fn a_token_takes_the_place_of_every_other_way() {
        let file = AuthInfo {
            token_file: "/t".into(),
            username: "u".into(),
            exec: Some(Default::default()),
            client_certificate: "/c".into(),
            ..AuthInfo::default()
        };
        let merged = KubeconfigOptions::default().token("t").override_user(file);
        assert_eq!(merged.token.expose(), "t");
        assert!(merged.token_file.is_empty() && merged.username.is_empty());
        assert!(merged.exec.is_none());
        assert_eq!(merged.client_certificate, "/c");
    }

    #[test]
    fn a_request_timeout_is_seconds_or_a_go_duration() {
        for (text, millis) in [
            ("0", 0),
            ("30", 30_000),
            ("1.5s", 1_500),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("250ms", 250),
            ("0s", 0),
        ] {
            let expected = Duration::from_millis(millis);
            assert_eq!(parse_request_timeout(text).unwrap(), expected, "{text}");
        }
        for text in ["", "s", "-1", "-1s", "1d", "1 s", "1s ", "1.2.3s", "1e3", "s1", "1e400s", "∞"]
        {
            let error = parse_request_timeout(text).unwrap_err().to_string();
            assert!(error.contains("expected seconds"), "{text}: {error}");
        }
        assert!(parse_request_timeout(&format!("{}h", "9".repeat(400))).is_err());
    }
}
