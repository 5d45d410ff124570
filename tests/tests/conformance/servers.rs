//! The two servers: the real control plane and the fake, each started on first use.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use kubeclient_fake::FakeServer;

use crate::wire::Endpoint;

/// Which server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Real,
    Fake,
}

impl Kind {
    /// `real`, `fake`: as many letters, so that texts that are cut are cut alike.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Real => "real",
            Kind::Fake => "fake",
        }
    }

    /// How long what a server does in its own time may take.
    pub(crate) fn patience(self) -> Duration {
        match self {
            Kind::Real => Duration::from_secs(60),
            // With a mistake, what is waited for may never come.
            Kind::Fake if crate::mutations::is_planted() => Duration::from_secs(2),
            // Nothing to start, nobody to wait for.
            Kind::Fake => Duration::from_secs(15),
        }
    }
}

/// A running server.
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) endpoint: Endpoint,
    /// The bearer token of who may do everything.
    pub(crate) admin_token: Option<String>,
    /// The bearer token of `plain-user` in the group `testers`, who may do nothing.
    pub(crate) user_token: Option<String>,
    /// For cases that speak through a client.
    pub(crate) kubeconfig: String,
}

/// The servers to run on. `KUBECLIENT_CONFORMANCE=real` or `fake` leaves the other one out; `twice` takes
/// the real one in the fake's place, too: what differs then is the suite's own noise.
pub(crate) fn targets() -> Vec<&'static Target> {
    match std::env::var("KUBECLIENT_CONFORMANCE").unwrap_or_default().as_str() {
        "real" => Vec::from_iter(real()),
        "fake" => Vec::from_iter(fake()),
        "twice" => real().into_iter().chain(twin()).collect(),
        _ => real().into_iter().chain(fake()).collect(),
    }
}

/// The real control plane; `None`, said loudly, where there is none.
fn real() -> Option<&'static Target> {
    static REAL: OnceLock<Option<Target>> = OnceLock::new();
    REAL.get_or_init(|| control_plane(Kind::Real)).as_ref()
}

/// The real control plane once more.
fn twin() -> Option<&'static Target> {
    static TWIN: OnceLock<Option<Target>> = OnceLock::new();
    TWIN.get_or_init(|| control_plane(Kind::Fake)).as_ref()
}

fn control_plane(kind: Kind) -> Option<Target> {
    let plane = kubeclient_tests::control_plane()?;
    let address: SocketAddr = plane.server_url().strip_prefix("https://")?.parse().ok()?;
    Some(Target {
        kind,
        endpoint: Endpoint::new(address, Some(&plane.ca_pem())),
        admin_token: Some(plane.admin_token().to_owned()),
        user_token: Some(plane.user_token().to_owned()),
        kubeconfig: plane.kubeconfig().to_owned(),
    })
}

/// The fake, by TLS and with the same two users as the real one.
fn fake() -> Option<&'static Target> {
    // Never dropped, as the real one.
    static FAKE: OnceLock<(Target, FakeServer)> = OnceLock::new();
    let (target, _) = FAKE.get_or_init(|| {
        let (admin, user) = ("token-of-admin", "token-of-plain-user");
        let server = FakeServer::builder()
            .tls(true)
            .require_authentication()
            .rbac(true)
            .token(admin, "admin", &["system:masters"])
            .token(user, "plain-user", &["testers"])
            .start()
            .expect("the fake starts");
        let target = Target {
            kind: Kind::Fake,
            endpoint: Endpoint::new(server.address(), server.authority().as_deref()),
            admin_token: Some(admin.to_owned()),
            user_token: Some(user.to_owned()),
            kubeconfig: server.kubeconfig(),
        };
        (target, server)
    });
    Some(target)
}
