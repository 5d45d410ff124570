//! An embedded Kubernetes API server for tests: real HTTP on loopback, no cluster, faults on demand.
//!
//! It answers as a kube-apiserver does, or says `501` and "not implemented": it never succeeds silently.

mod api;
mod apply;
mod auth;
mod clock;
mod failure;
mod field;
mod http;
mod kinds;
mod object;
mod patch;
mod random;
mod registry;
mod resource;
mod schema;
mod selector;
mod server;
mod store;
mod tls;

pub use server::FakeServer;
pub use tls::ClientCertificate;
