//! How a server shall be, before it is started.

use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::front::Front;
use super::{Credentials, FakeServer, Snapshot};
use crate::api::{self, Cluster};
use crate::auth::rbac::Roles;
use crate::auth::{Access, Authorizer, RoleSource, User};
use crate::clock::Clock;
use crate::http::Limits;
use crate::http::listener::Listener;
use crate::random;
use crate::recorder::Recorder;
use crate::tls::Tls;

/// A server that is not started yet. See [`FakeServer::builder`].
///
/// ```
/// use kubeclient_fake::FakeServer;
///
/// # fn main() -> std::io::Result<()> {
/// let server = FakeServer::builder()
///     .tls(true)
///     .require_authentication()
///     .token("s3cret", "alice", &["developers"])
///     .start()?;
/// assert!(server.url().starts_with("https://127.0.0.1:"));
/// assert!(server.kubeconfig().contains("client-certificate-data: "));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing listens until the server is started"]
pub struct Builder {
    port: u16,
    tls: bool,
    required: bool,
    rbac: bool,
    controllers: bool,
    tokens: Vec<(String, User)>,
    record: usize,
    limits: Limits,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            controllers: true,
            port: 0,
            tls: false,
            required: false,
            rbac: false,
            tokens: Vec::new(),
            record: 10_000,
            limits: Limits::default(),
        }
    }
}

impl Builder {
    /// On this port of loopback instead of a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Whether to speak TLS, with certificates that are made for this run.
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// Whoever shows no credentials is `system:anonymous`, and may see no more than health and version.
    ///
    /// Otherwise they are an administrator. Credentials that are shown are always looked at: a wrong token is
    /// answered with 401.
    pub fn require_authentication(mut self) -> Self {
        self.required = true;
        self
    }

    /// This bearer token names this user, of these groups and `system:authenticated`.
    pub fn token(mut self, token: &str, user: &str, groups: &[&str]) -> Self {
        self.tokens.push((token.to_owned(), User::new(user, groups)));
        self
    }

    /// Whether roles and their bindings, as they stand in the server, say who may do what. Otherwise
    /// everybody who is known may do everything.
    ///
    /// The group `system:masters` may do everything in any case, discovery is for all who are known, and
    /// `cluster-admin` is there to be bound. Other roles of a new cluster (`view`, `edit`) are not.
    pub fn rbac(mut self, rbac: bool) -> Self {
        self.rbac = rbac;
        self
    }

    /// Whether the server does what controllers do beside an API server: collects garbage, empties namespaces
    /// that go, makes service accounts. It does unless told otherwise.
    pub fn controllers(mut self, controllers: bool) -> Self {
        self.controllers = controllers;
        self
    }

    /// How many requests are kept to be looked at; 10,000 unless told otherwise.
    pub fn record(mut self, most: usize) -> Self {
        self.record = most;
        self
    }

    /// How long a client may take for the head of a request, TLS included: 32 seconds unless told otherwise.
    pub fn head_timeout(mut self, timeout: Duration) -> Self {
        self.limits.head_time = timeout;
        self
    }

    /// How long a client may take for the body of a request: 60 seconds unless told otherwise.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.limits.body_time = timeout;
        self
    }

    /// How long a connection may do nothing between requests: 90 seconds unless told otherwise.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.limits.idle_time = timeout;
        self
    }

    /// How long a client may leave an answer unread: 5 minutes unless told otherwise.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.limits.write_time = timeout;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// The port is taken, loopback has none to give, or the system no thread.
    pub fn start(self) -> io::Result<FakeServer> {
        let cluster = Arc::new(Cluster::start(Clock::wall(), self.controllers));
        let authorizer = match self.rbac {
            true => Authorizer::by_roles(roles_of(&cluster)),
            false => Authorizer::open(),
        };
        let tokens = cluster.tokens.clone();
        for (token, user) in self.tokens {
            tokens.issue(token, user, None);
        }
        let authorizer = cluster.authorizer.get_or_init(|| authorizer).clone();
        let access = Access { required: self.required, tokens, authorizer };

        let tls = if self.tls { Some(Arc::new(Tls::new()?)) } else { None };
        let admin = match &tls {
            Some(tls) => Credentials::Certificate(tls.client("admin", Some("system:masters"))?),
            None if self.required => {
                let token = random::uuid();
                access.tokens.issue(token.as_str(), User::new("admin", &["system:masters"]), None);
                Credentials::Token(token)
            }
            None => Credentials::None,
        };

        let recorder = Arc::new(Recorder::new(self.record));
        let faults = Arc::default();
        let service = api::service(Arc::clone(&cluster));
        let front = Front::new(service, access.clone(), &faults, &recorder);
        let begun = Snapshot::of(&cluster);
        let limits = self.limits;
        let listener = Listener::start(self.port, Arc::new(front), limits.clone(), tls.clone())?;
        Ok(FakeServer { listener, cluster, begun, tls, access, limits, admin, faults, recorder })
    }
}

/// The roles as they stand in the cluster's store.
fn roles_of(cluster: &Arc<Cluster>) -> RoleSource {
    let cluster: Weak<Cluster> = Arc::downgrade(cluster);
    Arc::new(move || {
        let Some(cluster) = cluster.upgrade() else { return Roles::default() };
        let all = |resource: &str| {
            let resource = format!("{resource}.rbac.authorization.k8s.io");
            let objects = cluster.store.list(&resource, None, "").objects;
            objects.iter().map(|stored| Arc::new(stored.value.clone())).collect()
        };
        Roles {
            cluster_roles: all("clusterroles"),
            cluster_role_bindings: all("clusterrolebindings"),
            roles: all("roles"),
            role_bindings: all("rolebindings"),
        }
    })
}
