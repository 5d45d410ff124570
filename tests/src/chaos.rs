//! A TCP proxy on loopback that does to connections what networks and machines between do to them, by a seed.
//!
//! It knows nothing of what goes through it, which is TLS mostly: it cuts bytes blindly. Tests put it between a
//! client and a real API server; for what goes wrong inside of HTTP there are the [stub](crate::stub) and
//! `kubeclient-fake`.

mod connection;
mod proxy;
mod trouble;

pub use proxy::ChaosProxy;
pub use trouble::{Plan, Plans, Trouble};
