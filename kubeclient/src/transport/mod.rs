//! The wire: one HTTP/1.1 request out, one answer in, over TCP and TLS, through a proxy where one is set.
//!
//! `rest` calls [`Transport::round_trip`] and nothing else. Nothing here knows of Kubernetes. What is
//! asked of one exchange (who may stop it, when it must be over) is a [`Call`]. It goes down through
//! `round_trip`, `agent`, `dial` and `connection`; `agent` is the only file that names ureq, `tls` the only
//! folder that names rustls.

mod call;
mod resolve;
mod tcp;
mod tls;
mod proxy;
mod wire;
mod rotation;
mod connection;
mod origin;
mod dial;
mod secret;
mod agent;
mod round_trip;

pub(crate) use agent::Body;
pub(crate) use call::{Bounds, Call};
pub(crate) use origin::Origin;
pub(crate) use resolve::Resolver;
pub(crate) use round_trip::Transport;
pub(crate) use secret::SecretBody;
pub(crate) use tls::ClientIdentity;
