//! The harness of the integration tests: a real control plane, and a stub server for what a real one
//! never does.
//!
//! Nothing here knows the client under test; tests bring the two together.

pub mod assets;
pub mod pki;
pub mod supervisor;
pub mod chaos;
mod http;
mod control_plane;
mod shared;
mod served;
pub mod fake_schemas;
pub mod recorded_types;
pub mod stub;
pub mod proxy;

pub use control_plane::{ControlPlane, ControlPlaneError, Kwok, Launcher, Paused};
pub use shared::{Cluster, ExistingCluster, cluster, control_plane, shared};
