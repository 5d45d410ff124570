//! An embedded Kubernetes API server for tests: real HTTP on loopback, no cluster, faults on demand.
//!
//! [`FakeServer::start`] listens on a free port of loopback and answers as a kube-apiserver does, or says `501` and
//! "not implemented": it never succeeds silently. Any client can talk to it: it has a [URL](FakeServer::url) and a
//! [kubeconfig](FakeServer::kubeconfig). Dropped, it stops and joins its threads.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use kubeclient_fake::FakeServer;
//!
//! # fn main() -> std::io::Result<()> {
//! let server = FakeServer::start()?;
//!
//! let mut stream = TcpStream::connect(server.address())?;
//! stream.write_all(b"GET /version HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n\r\n")?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//! assert!(answer.contains("gitVersion"));
//! # Ok(())
//! # }
//! ```
//!
//! # What goes wrong
//! A [`Fault`] says what goes wrong, at which requests, where in the answer and how often;
//! [`FakeServer::inject`] puts it in place until the returned [`Injection`] is dropped.
//!
//! ```
//! use kubeclient_fake::{FakeServer, Fault};
//!
//! # fn main() -> std::io::Result<()> {
//! let server = FakeServer::start()?;
//! // Watches of pods are cut off after five events, the first three times.
//! let cut = server.inject(Fault::close().after_events(5).verb("watch").resource("pods").times(3));
//! // ... run what is tested ...
//! assert_eq!(cut.strikes(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! # What is understood
//! JSON and YAML; and protobuf, which kubectl and typed Go clients write, with the feature `protobuf`. Answers
//! are JSON or YAML.
//!
//! # What was asked
//! [`FakeServer::requests`] tells, by the same conditions; [`Requests::wait_for`] waits without sleeping.
//!
//! # State and time
//! [`FakeServer::seed`] puts objects there past the API, [`FakeServer::object`] reads one,
//! [`FakeServer::snapshot`] and [`FakeServer::restore`] keep a state and bring it back.
//! [`FakeServer::compact`], [`FakeServer::skip_versions`] and [`FakeServer::drop_watches`] make clients list anew;
//! [`FakeServer::advance_clock`] stops the clock and moves it on. None of them waits for anything but the store.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use kubeclient_fake::FakeServer;
//!
//! let server = FakeServer::start()?;
//! server.seed("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}")?;
//! let begun = server.snapshot();
//! // ... run what is tested ...
//! server.restore(&begun);
//! let object = server.object("v1", "ConfigMap", "default", "a").ok_or("it is gone")?;
//! assert_eq!(object["data"]["k"], "v");
//! # Ok(())
//! # }
//! ```
//!
//! # Pods and controllers
//! Pods run when [`FakeServer::set_run_pods`] says so, and have the logs that [`FakeServer::set_logs`] gives them.
//! Garbage collection, the end of namespaces, default service accounts and the counts of disruption budgets are
//! there, each with a switch; there is no scheduler and no controller of workloads.
//!
//! # Features
//! `cel`: the rules of custom resources (`x-kubernetes-validations`). `protobuf`: request bodies in protobuf.
//! Without them, both are answered with 501. Both are off by default.
//!
//! # Who asks
//! Nobody has to say who they are, unless [`Builder::require_authentication`] says so. Bearer tokens, client
//! certificates and impersonation are understood in any case; [`Builder::rbac`] lets roles decide who may do what.

mod api;
mod apply;
mod attributes;
mod auth;
mod clock;
mod condition;
mod controllers;
mod failure;
mod fault;
mod field;
mod http;
mod kinds;
mod matcher;
mod mutation;
mod object;
mod patch;
#[cfg(feature = "protobuf")]
mod protobuf;
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
#[cfg(feature = "mutations")]
pub use mutation::mutations;
pub use recorder::{RecordedRequest, Requests, TooFewRequests};
pub use server::{Builder, FakeServer, SeedError, Snapshot};
pub use tls::ClientCertificate;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
