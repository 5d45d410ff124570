//! [`Config::from_untrusted`]: kubeconfigs of people who are not trusted. What stands in the text itself is taken;
//! what reaches for anything else is refused, before anything is made of it.

use super::description::Description;
use super::infer::resolve_and_warn;
use super::kubeconfig::{AuthInfo, Cluster, Kubeconfig};
use super::loader::Loaded;
use super::options::KubeconfigOptions;
use super::{Config, ExecPolicy};
use crate::error::{Error, Result};

/// As many refused fields are told; a text may hold thousands.
const MOST_TOLD: usize = 20;

impl Config {
    /// The configuration of a kubeconfig that is somebody else's, who is not trusted: one that a service's user has
    /// uploaded. No file that it could name is read and no program is run, neither now nor by its clients.
    ///
    /// What is taken: `server` at `https://`, `tls-server-name`, `certificate-authority-data`, `disable-compression`;
    /// `token`, `username` and `password`, `client-certificate-data` and `client-key-data`; `namespace`. All else
    /// that means anything is refused:
    ///
    /// | field | why |
    /// |---|---|
    /// | `tokenFile`, `client-certificate`, `client-key` | any file of this machine would be sent to the server |
    /// | `certificate-authority` | a file again, and the error would tell whether it is there |
    /// | `exec` | runs a program |
    /// | `auth-provider` | asks a second server, may name a file, and is written back |
    /// | `proxy-url` | leads past the proxy that the environment names |
    /// | `insecure-skip-tls-verify` | then any host would do for the server |
    /// | a `server` at `http://` | no credential goes there, so it finds only what asks for none |
    /// | `as`, `as-uid`, `as-groups`, `as-user-extra` | who asks is whoever has the credential |
    ///
    /// All entries are looked at, not those of the current context alone; [`Kubeconfig::minify`] takes the others
    /// out first. Unknown fields and extensions mean nothing. The text has the bounds of
    /// [`Kubeconfig::from_yaml`]: 1 MiB, 32 levels, 50,000 values, 100 aliases. The configuration's
    /// [`exec_policy`](Config::exec_policy) denies all programs.
    ///
    /// # What is left to you
    /// **The kubeconfig says where to connect.** Its server may stand in your own network, or on this machine, and a
    /// name may lead elsewhere the next time. Who must not let that happen runs the client where such servers can't
    /// be reached: behind a network policy, or behind a proxy that the environment names, which is used as ever
    /// ([`Proxy::Environment`](super::Proxy::Environment)). Nothing is sent before TLS has succeeded, but time and
    /// error tell whether something answers there; an error also holds what a server said.
    ///
    /// **A credential of your own** ([`Config::with_token`] and the like) would go to the author's server.
    ///
    /// ```
    /// use kubeclient::config::{Config, Kubeconfig};
    ///
    /// let uploaded = "{current-context: theirs, contexts: [{name: theirs, context: {cluster: c, user: u}}],
    ///     clusters: [{name: c, cluster: {server: 'https://203.0.113.7'}}],
    ///     users: [{name: u, user: {token: s3cret}}]}";
    /// let config = Config::from_untrusted(&Kubeconfig::from_yaml(uploaded)?)?;
    /// assert_eq!(config.server, "https://203.0.113.7");
    ///
    /// let hostile = uploaded.replace("token: s3cret", "tokenFile: /var/run/secrets/mine");
    /// let error = Config::from_untrusted(&Kubeconfig::from_yaml(&hostile)?).unwrap_err();
    /// assert!(error.to_string().starts_with("untrusted kubeconfig: user \"u\": tokenFile: "));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming each entry and field that is refused, or what is wrong
    /// otherwise.
    pub fn from_untrusted(kubeconfig: &Kubeconfig) -> Result<Self> {
        let refused = kubeconfig.reaching_out();
        if !refused.is_empty() {
            let more = refused.len().saturating_sub(MOST_TOLD);
            let mut told = refused[..refused.len() - more].join("; ");
            if more > 0 {
                told.push_str(&format!("; and {more} more"));
            }
            return Err(Error::config(told).at("untrusted kubeconfig"));
        }
        let loaded = Loaded::of_text(kubeconfig.clone());
        let options = KubeconfigOptions::default();
        let config = resolve_and_warn(&loaded, &options)?.with_exec_policy(ExecPolicy::DenyAll);
        let description = Description::of_kubeconfig(&loaded, &options);
        let description = description.with_exec_policy(&config.exec_policy);
        Ok(config.described(description))
    }
}

impl Kubeconfig {
    /// The fields that reach for anything beyond the text, each with its entry and what is wrong with it.
    fn reaching_out(&self) -> Vec<String> {
        let clusters = self.clusters.iter().flat_map(|entry| {
            of_cluster(&entry.cluster).map(|refused| format!("cluster {:?}: {refused}", entry.name))
        });
        let users = self.users.iter().flat_map(|entry| {
            of_user(&entry.user).map(|refused| format!("user {:?}: {refused}", entry.name))
        });
        clusters.chain(users).collect()
    }
}

fn of_cluster(cluster: &Cluster) -> impl Iterator<Item = String> {
    // Taken apart so that a new field can't be forgotten.
    let Cluster {
        server: _,
        tls_server_name: _,
        insecure_skip_tls_verify,
        certificate_authority,
        certificate_authority_data: _,
        proxy_url,
        disable_compression: _,
        extensions: _,
        other: _,
    } = cluster;
    let is_plain = cluster.server_url().is_ok_and(|server| !server.is_tls);
    told([
        ("server", is_plain, "expected https://"),
        (
            "certificate-authority",
            !certificate_authority.is_empty(),
            "a file is not read: expected certificate-authority-data",
        ),
        (
            "insecure-skip-tls-verify",
            *insecure_skip_tls_verify,
            "not every server is trusted: expected certificate-authority-data",
        ),
        ("proxy-url", !proxy_url.is_empty(), "the proxy is not the kubeconfig's to choose"),
    ])
}

fn of_user(user: &AuthInfo) -> impl Iterator<Item = String> {
    // Taken apart so that a new field can't be forgotten.
    let AuthInfo {
        client_certificate,
        client_certificate_data: _,
        client_key,
        client_key_data: _,
        token: _,
        token_file,
        impersonate,
        impersonate_uid,
        impersonate_groups,
        impersonate_user_extra,
        username: _,
        password: _,
        auth_provider,
        exec,
        extensions: _,
        other: _,
    } = user;
    const AS: &str = "nobody is impersonated: expected a credential of that user";
    told([
        (
            "client-certificate",
            !client_certificate.is_empty(),
            "a file is not read: expected client-certificate-data",
        ),
        ("client-key", !client_key.is_empty(), "a file is not read: expected client-key-data"),
        ("tokenFile", !token_file.is_empty(), "a file is not read: expected token"),
        ("exec", exec.is_some(), "a program is not run: expected token"),
        ("auth-provider", auth_provider.is_some(), "nobody else is asked: expected token"),
        ("as", !impersonate.is_empty(), AS),
        ("as-uid", !impersonate_uid.is_empty(), AS),
        ("as-groups", !impersonate_groups.is_empty(), AS),
        ("as-user-extra", !impersonate_user_extra.is_empty(), AS),
    ])
}

/// The fields that are set, with what is said of them.
fn told<const N: usize>(
    fields: [(&'static str, bool, &'static str); N],
) -> impl Iterator<Item = String> {
    fields
        .into_iter()
        .filter(|(_, is_set, _)| *is_set)
        .map(|(field, _, reason)| format!("{field}: {reason}"))
}

#[cfg(test)]
mod tests;
