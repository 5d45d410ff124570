//! The two servers: the real control plane and the fake, each started on first use.

use std::net::SocketAddr;
use std::sync::OnceLock;

use crate::wire::Endpoint;

/// Which server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Real,
    Fake,
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

/// The servers to run on. `KUBECLIENT_CONFORMANCE=real` or `fake` leaves the other one out.
pub(crate) fn targets() -> Vec<&'static Target> {
    let only = std::env::var("KUBECLIENT_CONFORMANCE").unwrap_or_default();
    let mut found = Vec::new();
    if only != "fake" {
        found.extend(real());
    }
    if only != "real" {
        found.extend(fake());
    }
    found
}

/// The real control plane; `None`, said loudly, where there is none.
fn real() -> Option<&'static Target> {
    static REAL: OnceLock<Option<Target>> = OnceLock::new();
    let target = REAL.get_or_init(|| {
        let plane = kubeclient_tests::control_plane()?;
        let address: SocketAddr = plane.server_url().strip_prefix("https://")?.parse().ok()?;
        Some(Target {
            kind: Kind::Real,
            endpoint: Endpoint::new(address, Some(&plane.ca_pem())),
            admin_token: Some(plane.admin_token().to_owned()),
            user_token: Some(plane.user_token().to_owned()),
            kubeconfig: plane.kubeconfig().to_owned(),
        })
    });
    target.as_ref()
}

/// The fake.
fn fake() -> Option<&'static Target> {
    None
}
