//! An embedded Kubernetes API server for tests: real HTTP on loopback, no cluster, faults on demand.
//!
//! It answers as a kube-apiserver does, or says `501` and "not implemented": it never succeeds silently.

mod api;
mod apply;
mod attributes;
mod auth;
mod clock;
mod failure;
mod fault;
mod field;
mod http;
mod kinds;
mod matcher;
mod object;
mod patch;
mod random;
mod recorder;
mod registry;
mod resource;
mod schema;
mod selector;
mod server;
mod store;
mod tls;

pub use fault::{Fault, Injection};
pub use recorder::{RecordedRequest, Requests, TooFewRequests};
pub use server::{Builder, FakeServer};
pub use tls::ClientCertificate;
