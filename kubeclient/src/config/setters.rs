//! The setters of [`Config`], for one that is built in code.

use std::path::PathBuf;
use std::time::Duration;

use super::secret::Secret;
use super::{Auth, Config, Exec, ExecPolicy, Impersonate, Pem, Proxy, SecretPem, Throttle};

impl Config {
    /// Sends this bearer token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<Secret>) -> Self {
        self.auth = Auth::Token(token.into().trimmed());
        self
    }

    /// Sends the bearer token that this file holds.
    #[must_use]
    pub fn with_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.auth = Auth::TokenFile { path: path.into(), fallback: None };
        self
    }

    /// Sends this name and password.
    #[must_use]
    pub fn with_basic_auth(
        mut self,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        self.auth = Auth::Basic { username: username.into(), password: password.into() };
        self
    }

    /// Sends what this program gives.
    #[must_use]
    pub fn with_exec(mut self, exec: Exec) -> Self {
        self.auth = Auth::Exec(exec);
        self
    }

    /// Lets these programs run, and no other, where the credential is a program's.
    #[must_use]
    pub fn with_exec_policy(mut self, policy: ExecPolicy) -> Self {
        self.exec_policy = policy;
        self
    }

    /// Trusts these certificate authorities alone.
    #[must_use]
    pub fn with_certificate_authority(mut self, pem: Pem) -> Self {
        self.tls.certificate_authority = Some(pem);
        self
    }

    /// Shows this certificate to the server.
    #[must_use]
    pub fn with_client_certificate(mut self, certificate: Pem, key: SecretPem) -> Self {
        self.tls.client_certificate = Some(certificate);
        self.tls.client_key = Some(key);
        self
    }

    /// Goes through the proxy at this URL, whatever the environment says.
    #[must_use]
    pub fn with_proxy_url(self, url: impl Into<String>) -> Self {
        self.with_proxy(Proxy::Url(url.into()))
    }

    /// Takes this way to the server.
    #[must_use]
    pub fn with_proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Asks on this user's behalf.
    #[must_use]
    pub fn with_impersonation(mut self, impersonate: Impersonate) -> Self {
        self.impersonate = Some(impersonate);
        self
    }

    /// Uses this namespace where none is named.
    #[must_use]
    pub fn with_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Sends this `User-Agent`.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Lets a request with one answer take this long, a list page, too; `None` for no limit. It begins when a program
    /// or an issuer that is asked for the credential has given it.
    #[must_use]
    pub fn with_timeout(mut self, time: impl Into<Option<Duration>>) -> Self {
        let time = time.into();
        self.timeouts.request = time;
        self.timeouts.list = time;
        self
    }

    /// Makes at most `qps` requests a second on average, and `burst` at once.
    #[must_use]
    pub fn with_throttle(mut self, qps: f32, burst: u32) -> Self {
        self.throttle = Some(Throttle { qps, burst });
        self
    }

    /// Lets a credential go over plain http to a host that is not this machine, or through a proxy.
    #[must_use]
    pub fn allow_plaintext_credentials(mut self) -> Self {
        self.allow_plaintext_credentials = true;
        self
    }
}
