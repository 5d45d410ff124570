//! One request's life: path → request → client (throttle, authorize, send, retry) → response → decode.
//!
//! [`RestClient`] sends a [`Request`]; everything else here prepares one or reads its answer. Building
//! and deciding ([`path`], [`request`], `retry`, `decode`) do no IO; `client` does.
//! [`Api`](crate::api::Api) is built on this module alone.
//!
//! # What is logged
//!
//! By the `log` facade: at debug, each attempt (verb, path template, code, time); at warn, what the server
//! warns of and what a watch gets over. Never a body, a query or a credential. Beneath, at level **trace**
//! and under the target `ureq_proto`, the HTTP library prints the bytes of what it frames: requests without
//! their credential and their body, and answers, Secrets among them. Leave that target below trace.

pub mod path;
pub mod request;
pub mod client;
pub mod builder;
pub mod response;
pub mod stream;
pub mod warnings;
pub mod attempt;
mod prepared;
mod process;
pub(crate) mod gate;
pub(crate) mod endpoint;
pub(crate) mod retry;
pub(crate) mod throttle;
pub(crate) mod decode;
pub(crate) mod salvage;
#[cfg(feature = "protobuf")]
pub(crate) mod protobuf;
pub(crate) mod wire;
pub(crate) mod lines;

pub use attempt::Attempt;
pub use builder::RestClientBuilder;
pub use client::RestClient;
pub use path::ResourcePath;
pub use request::{Request, RequestPath, Retry};
pub use response::Response;
pub use stream::ByteStream;
pub use warnings::Warning;
