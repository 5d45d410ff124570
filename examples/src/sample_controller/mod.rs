//! client-go's sample-controller: a `Foo` names a deployment and how many replicas it is to have.
//!
//! The controller creates the deployment, keeps the number of its replicas, and writes into the Foo's status
//! how many are available. A deployment of that name that is somebody else's it leaves alone, and says so by an
//! event. When the Foo goes, the server collects what it controls.

mod controller;
mod foo;

pub use controller::SampleController;
pub use foo::{Foo, FooSpec, FooStatus, definition};
