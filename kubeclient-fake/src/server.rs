//! The server as its users see it: built, started, asked where it is, given faults, dropped.

mod builder;
mod front;
mod pods;
mod replica;
mod state;

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub use self::builder::Builder;
pub use self::state::{SeedError, Snapshot};
use crate::api::Cluster;
use crate::auth::{Access, User};
use crate::fault::{Fault, Faults, Injection};
use crate::http::Limits;
use crate::http::listener::Listener;
use crate::random;
use crate::recorder::{Recorder, Requests};
use crate::tls::{ClientCertificate, Tls};

/// A Kubernetes API server inside this process, on a free port of loopback. Dropped, it stops.
///
/// # Threads
/// One that accepts connections, and one for each connection. Dropping the server closes its sockets in the
/// middle of whatever they are at, and joins its threads.
///
/// # Example
/// ```
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
///
/// # fn main() -> std::io::Result<()> {
/// let server = kubeclient_fake::FakeServer::start()?;
///
/// let mut stream = TcpStream::connect(server.address())?;
/// stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer)?;
///
/// assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("ok"));
/// assert_eq!(server.requests().path("/healthz").status(200).count(), 1);
/// # Ok(())
/// # }
/// ```
pub struct FakeServer {
    // First, so that it stops before what it works on goes.
    listener: Listener,
    pub(crate) cluster: Arc<Cluster>,
    /// The state in which it started.
    begun: Snapshot,
    tls: Option<Arc<Tls>>,
    access: Access,
    limits: Limits,
    /// The administrator's, where one has to say who one is.
    admin: Credentials,
    faults: Arc<Faults>,
    recorder: Arc<Recorder>,
}

/// How somebody says who they are.
#[derive(Clone)]
enum Credentials {
    None,
    Token(String),
    Certificate(ClientCertificate),
}

impl FakeServer {
    /// Starts a server: plain HTTP, and nobody has to say who they are.
    ///
    /// # Errors
    /// Loopback has no port to give, or the system no thread.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// A server with other ways.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where the server is: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address())
    }

    /// Where the server listens.
    #[must_use]
    pub fn address(&self) -> std::net::SocketAddr {
        self.listener.address()
    }

    /// The certificate of the authority that the server's own is from, in PEM; `None` without TLS.
    #[must_use]
    pub fn authority(&self) -> Option<String> {
        self.tls.as_ref().map(|tls| tls.authority_pem())
    }

    /// A kubeconfig of an administrator, as YAML: all that it needs is in it.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        self.kubeconfig_with("admin", &self.admin)
    }

    /// A kubeconfig of this user, as YAML, with a token that is issued for it.
    #[must_use]
    pub fn kubeconfig_as(&self, user: &str, groups: &[&str]) -> String {
        let token = self.token_for(user, groups);
        self.kubeconfig_with(user, &Credentials::Token(token))
    }

    /// Writes the administrator's [`kubeconfig`](Self::kubeconfig) to a file that only its owner can read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_kubeconfig(&self, path: impl AsRef<Path>) -> io::Result<()> {
        use std::io::Write;

        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)?.write_all(self.kubeconfig().as_bytes())
    }

    /// Issues a bearer token for a user; the group `system:authenticated` comes by itself.
    #[must_use]
    pub fn token_for(&self, user: &str, groups: &[&str]) -> String {
        let token = random::uuid();
        self.access.tokens.issue(token.as_str(), User::new(user, groups), None);
        token
    }

    /// Issues a certificate for a client: the user is its common name, the group its organization.
    ///
    /// # Errors
    /// The server speaks no TLS, or the system has no randomness to give.
    pub fn client_certificate(
        &self,
        user: &str,
        group: Option<&str>,
    ) -> io::Result<ClientCertificate> {
        match &self.tls {
            Some(tls) => tls.client(user, group),
            None => Err(io::Error::new(io::ErrorKind::Unsupported, "the server speaks no TLS")),
        }
    }

    /// Puts a fault in place; it is there until the returned injection is dropped.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::net::TcpStream;
    ///
    /// use kubeclient_fake::{Fault, FakeServer};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let server = FakeServer::start()?;
    /// let overload = server.inject(Fault::overload(1).verb("list").resource("pods").once());
    ///
    /// let mut stream = TcpStream::connect(server.address())?;
    /// stream.write_all(b"GET /api/v1/pods HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n\r\n")?;
    /// let mut answer = String::new();
    /// stream.read_to_string(&mut answer)?;
    ///
    /// assert!(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
    /// assert!(answer.contains("Retry-After: 1\r\n"));
    /// assert_eq!(overload.strikes(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn inject(&self, fault: Fault) -> Injection {
        self.faults.inject(fault)
    }

    /// Cuts every connection that is open now, in the middle of whatever it is at.
    pub fn drop_connections(&self) {
        self.listener.drop_connections();
    }

    /// How many connections are open: what a client keeps, or leaks.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listener.connections()
    }

    /// The requests that the server has had.
    pub fn requests(&self) -> Requests {
        Requests::of(&self.recorder)
    }

    fn kubeconfig_with(&self, user: &str, credentials: &Credentials) -> String {
        let embedded = |pem: &str| STANDARD.encode(pem);
        let mut lines = vec![
            "apiVersion: v1".to_owned(),
            "kind: Config".into(),
            "current-context: fake".into(),
            "clusters:".into(),
            "- name: fake".into(),
            "  cluster:".into(),
            format!("    server: {}", self.url()),
        ];
        if let Some(authority) = self.authority() {
            lines.push(format!("    certificate-authority-data: {}", embedded(&authority)));
        }
        // A JSON string is a YAML string.
        let user = Value::from(user).to_string();
        lines.extend([
            "contexts:".to_owned(),
            "- name: fake".into(),
            "  context:".into(),
            "    cluster: fake".into(),
            format!("    user: {user}"),
            "    namespace: default".into(),
            "users:".into(),
            format!("- name: {user}"),
        ]);
        match credentials {
            Credentials::None => lines.push("  user: {}".into()),
            Credentials::Token(token) => {
                lines.extend([
                    "  user:".into(),
                    format!("    token: {}", Value::from(token.as_str())),
                ]);
            }
            Credentials::Certificate(certificate) => lines.extend([
                "  user:".into(),
                format!("    client-certificate-data: {}", embedded(&certificate.certificate)),
                format!("    client-key-data: {}", embedded(&certificate.key)),
            ]),
        }
        lines.join("\n") + "\n"
    }
}

impl fmt::Debug for FakeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeServer").field("url", &self.url()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
