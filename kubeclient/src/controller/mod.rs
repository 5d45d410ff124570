//! Controllers: functions that bring what is closer to what is wanted, object by object, on threads.
//!
//! A [`Controller`] has a primary cache, whose objects say what is wanted, and others to look at. Each change
//! of them queues the key of the primary object that it is about; workers take keys and call the program's
//! reconcile function, which looks at the state now, whatever the change was.
//!
//! ```
//! # use kubeclient::{Api, ObjectMeta, Resource, RestClient, Stop};
//! # use serde::{Deserialize, Serialize};
//! use kubeclient::cache::InformerFactory;
//! use kubeclient::controller::{Action, Controller};
//! use std::sync::mpsc;
//! use std::time::Duration;
//!
//! #[derive(Resource, Serialize, Deserialize, Clone, Debug)]
//! #[resource(group = "", version = "v1")]
//! struct ConfigMap {
//!     metadata: ObjectMeta,
//! }
//! # let server = kubeclient_fake::FakeServer::start().unwrap();
//! # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
//! # let maps = Api::<ConfigMap>::namespaced(&client, "default");
//! # maps.create(&ConfigMap { metadata: ObjectMeta::named("settings") })?;
//!
//! let factory = InformerFactory::new(&client);
//! let controller = Controller::builder(&factory.informer(Api::<ConfigMap>::all)).workers(2).build()?;
//! let (sender, seen) = mpsc::channel();
//! let running = controller.spawn(move |request| {
//!     // What is there now; `None` once it is gone.
//!     let Some(map) = request.object() else {
//!         return Ok(Action::done());
//!     };
//!     sender.send(map.metadata.name.clone())?;
//!     Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Action::requeue_after(Duration::from_secs(600)))
//! })?;
//! assert_eq!(seen.recv_timeout(Duration::from_secs(30)).unwrap(), "settings");
//! // Dropped, it would end as well.
//! running.stop();
//! running.join(&Stop::after(Duration::from_secs(30)))?;
//! # Ok::<(), kubeclient::Error>(())
//! ```
//!
//! # What is promised
//! - **Nothing is lost.** A run begins with every primary object. A change queues its key, also one that
//!   nobody saw (an object that is gone when the server can be heard again). A reconcile that fails, or
//!   panics, comes again, at the pace of a [`RateLimiter`](crate::cache::queue::RateLimiter), until it goes
//!   well, unless [`max_attempts`](ControllerBuilder::max_attempts) says otherwise. (Where a program is built
//!   with `panic = "abort"`, a panic ends it, as it says.)
//! - **One key, one worker.** A key is never handled by two workers at once; queued meanwhile, it is handled
//!   once more afterwards. Several changes before a worker comes to them are handled once.
//! - **Caches first.** No key is handled before all caches have been filled. A cache that can't be makes
//!   [`Controller::run`] fail, with what the server said.
//! - **An end is an end.** Once it is stopped, no key is taken; running reconciles end, and the threads are
//!   joined. The reconcile function sees when it is to be over by [`ReconcileRequest::stopper`].
//!
//! # Under an election
//! ```no_run
//! # use kubeclient::{Api, ObjectMeta, Resource, RestClient, Stop};
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Resource, Serialize, Deserialize)]
//! # #[resource(group = "", version = "v1")]
//! # struct ConfigMap { metadata: ObjectMeta }
//! # fn main() -> kubeclient::Result<()> {
//! # let client = RestClient::try_default()?;
//! use kubeclient::controller::{Action, Controller};
//! use kubeclient::leaderelection::LeaderElector;
//!
//! let controller = Controller::for_api(&Api::<ConfigMap>::all(&client)).build()?;
//! LeaderElector::builder(&client, "default", "my-controller").build()?.run(&Stop::new(), |leadership| {
//!     let end = controller.run(leadership.stopper(), |request| {
//!         // Before each write.
//!         leadership.check()?;
//!         Ok::<_, kubeclient::Error>(Action::done())
//!     });
//!     if let Err(error) = end {
//!         eprintln!("{error:#}");
//!     }
//! })?;
//! # Ok(())
//! # }
//! ```
//! The workers have ended before the lease is given back.
//!
//! # One's own writes
//! A cache shows a write a little after it was answered, so that a reconcile that comes meanwhile sees the
//! state before. One that would do harm by doing its work twice waits for what it wrote:
//! [`Lister::wait_for_resource_version`](crate::cache::Lister::wait_for_resource_version), with the version in
//! the answer.

mod action;
mod attempts;
mod metrics;
mod request;
mod reconcile_error;
mod health;
mod predicate;
mod owner;
mod source;
mod guard;
mod work;
mod builder;
#[allow(clippy::module_inception)]
mod controller;
mod running;
pub mod finalizer;
#[cfg(all(test, feature = "derive"))]
mod tests;

pub use action::Action;
pub use builder::ControllerBuilder;
pub use controller::Controller;
pub use health::{ControllerHealth, WorkerHealth};
pub use metrics::{ControllerMetrics, Outcome};
pub use predicate::generation_changed;
pub use reconcile_error::ReconcileError;
pub use request::ReconcileRequest;
pub use running::RunningController;
