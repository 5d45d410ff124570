//! [`Config`]: where the server is, who asks, and how. No connection is made here.
//!
//! It comes from a kubeconfig ([`Config::from_kubeconfig`]), from a pod's service account
//! ([`Config::in_cluster`]), from whichever of them is there ([`Config::infer`]), from the kubeconfig of somebody
//! who is not trusted ([`Config::from_untrusted`]), or is built in code ([`Config::new`]). `rest` makes a client of
//! it; the certificates and keys that it names are read there.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

mod secret;
mod env;
#[cfg(any(windows, test))]
mod windows;
mod model;
mod kubeconfig;
mod parse;
mod options;
mod loader;
mod edit;
mod view;
#[cfg(feature = "kubeconfig-write")]
mod write;
pub(crate) mod file;
pub(crate) mod server;
pub(crate) mod pem;
mod setters;
mod check;
mod proxy;
mod proxy_rules;
mod choose;
mod cluster;
mod exec;
pub(crate) mod lookup;
mod oidc;
mod user;
mod resolve;
mod in_cluster;
mod infer;
mod untrusted;
mod program;
mod description;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod printing;

pub use description::{Description, Setting, Source, Unused};
pub use exec::{Exec, ExecPolicy, ExecVersion, InteractiveMode};
pub use kubeconfig::{
    AuthInfo, AuthProviderConfig, Cluster, Context, ExecConfig, ExecEnvVar, Kubeconfig,
    NamedAuthInfo, NamedCluster, NamedContext, NamedExtension,
};
pub use oidc::Oidc;
pub(crate) use oidc::Tokens;
pub use options::{KubeconfigOptions, parse_request_timeout};
pub use program::Program;
pub use proxy::Proxy;
pub(crate) use proxy::{ProxyScheme, ProxyUrl};
pub use proxy_rules::ProxyRules;
pub use secret::Secret;

/// Everything a [`RestClient`](crate::rest::RestClient) must know.
///
/// [`Config::infer`] finds one as kubectl does; [`Config::new`] starts from a server's URL. Files that
/// it names (certificates, keys, tokens) are read when a client is made of it. `Debug` shows no
/// credential.
///
/// ```
/// use kubeclient::config::Config;
///
/// let config = Config::new("https://10.0.0.1:6443").with_token("s3cret").with_namespace("web");
/// config.check()?;
/// assert!(!format!("{config:?}").contains("s3cret"));
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// The server's URL: `https://host:port`, with a path prefix where the server has one.
    pub server: String,
    /// The namespace that [`Api::default_namespaced`](crate::api::Api::default_namespaced) uses.
    pub namespace: String,
    /// How the server is recognized, and how it recognizes the client.
    pub tls: Tls,
    /// The way to the server; what the environment says by default.
    pub proxy: Proxy,
    /// Who asks.
    pub auth: Auth,
    /// Which programs may run to give a credential; any by default.
    pub exec_policy: ExecPolicy,
    /// On whose behalf, if on another's.
    pub impersonate: Option<Impersonate>,
    /// How long each phase of a request may take.
    pub timeouts: Timeouts,
    /// How much an answer may hold.
    pub limits: Limits,
    /// How many requests a second the client allows itself; `None` (the default) for no limit: the
    /// server has its own priority and fairness.
    pub throttle: Option<Throttle>,
    /// The `User-Agent` header; by default `program/unknown (os/arch) kubeclient/version`. The server names a
    /// writer who gives no field manager after what stands before its first `/`.
    pub user_agent: String,
    /// Whether answers may be compressed. `true` by default; no effect without feature `gzip`.
    pub compression: bool,
    /// Whether a credential may go over plain http to a host that is not this machine, or to one that is through
    /// [`Proxy::Url`]. `false`.
    pub allow_plaintext_credentials: bool,
    /// What it was made from; `None` where the program says all.
    origin: Option<Arc<description::Origin>>,
}

/// How the server is recognized, and the client certificate.
///
/// TLS is 1.2 or 1.3. Keys are RSA of 2048 to 8192 bits (a client's to 4096, in steps of 512), ECDSA on P-256 or P-384,
/// or Ed25519. With feature `aws-lc-rs` they may be on P-521, too, and a client's RSA of up to 8192 bits. With another
/// key of a client's none is made; the TLS of a server fails whose key, or whose authority's, is another. The error
/// names it. `docs/credentials/client-certificate.md` has the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// The certificate authorities to trust, alone. When `None`, the system says whom to trust: Windows and Apple's
    /// systems are asked about each server; elsewhere its authorities count, or those that `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` name, as they are when the client is made.
    pub certificate_authority: Option<Pem>,
    /// Trusts any server, and any proxy at `https://` before it. Refused together with `certificate_authority`.
    pub insecure_skip_tls_verify: bool,
    /// The name that the server's certificate must carry, when it is not the URL's host.
    pub server_name: Option<String>,
    /// The client's certificate chain.
    pub client_certificate: Option<Pem>,
    /// The key of the client's certificate.
    pub client_key: Option<SecretPem>,
}

/// PEM text, or the file that holds it.
#[derive(Clone, PartialEq, Eq)]
pub enum Pem {
    /// The text itself.
    Data(Vec<u8>),
    /// A file.
    File(PathBuf),
}

/// Shows how much text there is: a key may have got into it.
impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(pem) => write!(f, "Data({} bytes)", pem.len()),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// PEM text that must not be seen, or the file that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPem {
    /// The text itself.
    Data(Secret),
    /// A file.
    File(PathBuf),
}

/// The credential that goes with each request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Auth {
    /// None, or the client certificate alone.
    #[default]
    None,
    /// A bearer token.
    Token(Secret),
    /// A file that holds a bearer token; read again as it is rotated.
    TokenFile {
        /// The file.
        path: PathBuf,
        /// The token to start with, until the file could be read once.
        fallback: Option<Secret>,
    },
    /// A name and password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: Secret,
    },
    /// What a program gives: a bearer token, a client certificate, or both.
    Exec(Exec),
    /// An ID token of an OpenID Connect issuer.
    Oidc(Oidc),
}

/// The user on whose behalf requests are made; the caller needs the right to impersonate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impersonate {
    /// The user's name.
    pub user: String,
    /// The user's identity.
    pub uid: Option<String>,
    /// The groups.
    pub groups: Vec<String>,
    /// Further facts about the user.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// How long each phase of a request may take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Name resolution, TCP and TLS together. 10 s. Where no authority is configured on Windows and Apple's systems,
    /// the system judges the server within the handshake, and may use the network for it (revocation, missing
    /// certificates), which takes its own time.
    pub connect: Duration,
    /// A request with one answer, retries included, from when its credential is there; `None` for no limit. 30 s.
    pub request: Option<Duration>,
    /// A list page or a discovery answer, retries included, from when its credential is there; `None` for no limit.
    /// 60 s.
    pub list: Option<Duration>,
    /// Silence on a watch after which it is opened anew; `None` for no limit. 3 minutes: a server sends
    /// a bookmark about each minute.
    pub watch_idle: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Some(Duration::from_secs(30)),
            list: Some(Duration::from_secs(60)),
            watch_idle: Some(Duration::from_secs(180)),
        }
    }
}

/// How many bytes an answer may hold, counted after decompression; and how many the objects that are made of it
/// may take in memory, as they are counted while they are read: a sixteenth less for a list, eight times as many for
/// a single object or event, and in any case 30 MiB.
///
/// A text of two bytes may stand for an object of a thousand. What is counted are this crate's types: the
/// built-in ones, [`DynamicObject`](crate::DynamicObject), metadata, tables, discovery. Of a type that serde reads by
/// code of its own, each object of a list counts with the size of its struct, and not what its fields point to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// One object. 16 MiB.
    pub object: usize,
    /// A list, or one page of it. 1 GiB.
    pub list: usize,
    /// One event of a watch. 16 MiB.
    pub watch_event: usize,
    /// One line of a log that is read line by line. 16 MiB.
    pub log_line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { object: 16 << 20, list: 1 << 30, watch_event: 16 << 20, log_line: 16 << 20 }
    }
}

/// A limit that the client sets itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throttle {
    /// Requests a second, on average. client-go's default is 5.
    pub qps: f32,
    /// Requests at once. client-go's default is 10.
    pub burst: u32,
}

impl Config {
    /// A configuration for this server, with defaults and without a credential.
    pub fn new(server: impl Into<String>) -> Self {
        Self {
            server: server.into(),
            namespace: "default".into(),
            tls: Tls::default(),
            proxy: Proxy::default(),
            auth: Auth::None,
            exec_policy: ExecPolicy::default(),
            impersonate: None,
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            throttle: None,
            user_agent: default_user_agent(),
            compression: true,
            allow_plaintext_credentials: false,
            origin: None,
        }
    }

    /// The same server, without any credential: no certificate, no token, nobody impersonated. The way
    /// there stays the same, with what a proxy wants to be told.
    pub fn anonymous(&self) -> Self {
        Self {
            namespace: self.namespace.clone(),
            tls: Tls {
                certificate_authority: self.tls.certificate_authority.clone(),
                insecure_skip_tls_verify: self.tls.insecure_skip_tls_verify,
                server_name: self.tls.server_name.clone(),
                ..Tls::default()
            },
            proxy: self.proxy.clone(),
            exec_policy: self.exec_policy.clone(),
            timeouts: self.timeouts.clone(),
            limits: self.limits.clone(),
            throttle: self.throttle,
            user_agent: self.user_agent.clone(),
            compression: self.compression,
            origin: self.origin.clone(),
            ..Self::new(&self.server)
        }
    }
}

/// Shows no credential, and none that a URL holds.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Taken apart so that a new field can't be forgotten.
        let Self {
            server,
            namespace,
            tls,
            proxy,
            auth,
            exec_policy,
            impersonate,
            timeouts,
            limits,
            throttle,
            user_agent,
            compression,
            allow_plaintext_credentials,
            origin: _,
        } = self;
        f.debug_struct("Config")
            .field("server", &model::without_userinfo(server))
            .field("namespace", namespace)
            .field("tls", tls)
            .field("proxy", proxy)
            .field("auth", auth)
            .field("exec_policy", exec_policy)
            .field("impersonate", impersonate)
            .field("timeouts", timeouts)
            .field("limits", limits)
            .field("throttle", throttle)
            .field("user_agent", user_agent)
            .field("compression", compression)
            .field("allow_plaintext_credentials", allow_plaintext_credentials)
            .finish()
    }
}

/// `program/unknown (os/arch) kubeclient/version`: the program's version is not known here.
///
/// Up to the slash it is what the server calls a writer who names no field manager.
fn default_user_agent() -> String {
    let program = std::env::args_os().next().map(PathBuf::from);
    let program: String = program
        .as_deref()
        .and_then(|path| path.file_name())
        .map(|name| name.to_string_lossy().chars().filter(|c| is_token_char(*c)).collect())
        .filter(|name: &String| !name.is_empty())
        .unwrap_or_else(|| "unknown".into());
    format!(
        "{program}/unknown ({}/{}) kubeclient/{}",
        std::env::consts::OS,
        std::env::consts::ARCH,
        env!("CARGO_PKG_VERSION")
    )
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.+".contains(c)
}
