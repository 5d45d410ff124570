//! Leader election on a Lease, after client-go's `tools/leaderelection`, and on the wire the same: candidates
//! of both kinds can stand against each other.
//!
//! Of several replicas of a program one leads, and does the work; when it ends, breaks or is cut off,
//! another one takes over.
//!
//! ```
//! use kubeclient::leaderelection::{End, LeaderElector};
//! use kubeclient::{RestClient, Stop};
//!
//! # let server = kubeclient_fake::FakeServer::start().unwrap();
//! # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
//! let elector = LeaderElector::builder(&client, "default", "my-controller")
//!     .on_new_leader(|leader| println!("{leader} leads"))
//!     .build()?;
//! let mut changed = 0;
//! let end = elector.run(&Stop::new(), |leadership| {
//!     // Until told to end: here, three times.
//!     while !leadership.stopper().is_stopped() && changed < 3 {
//!         // Before each write that only a leader may do.
//!         if leadership.check().is_err() {
//!             return;
//!         }
//!         changed += 1;
//!     }
//! })?;
//! assert_eq!((end, changed), (End::Finished, 3));
//! # let lease = server.object("coordination.k8s.io/v1", "Lease", "default", "my-controller").unwrap();
//! # assert_eq!(lease["spec"]["holderIdentity"], "");
//! # Ok::<(), kubeclient::Error>(())
//! ```
//!
//! # What is promised
//! - **One leader at most**, as [`Leadership::check`] tells it, as long as no process's monotonic clock runs
//!   faster than another's by more than lease duration over renew deadline (1.5 by default). What the wall
//!   clocks say does not matter. Leadership counts from the moment at which the last successful renewal was
//!   *sent*, and for the renew deadline: a process that was paused, or a request that hangs, does not stay
//!   leader.
//! - **The work ends before the lease is given back.** A leader that is stopped goes on renewing until its
//!   work has ended, then releases the lease; the next candidate takes it with its next attempt. The work has ended
//!   when its function returns: what it started on other threads it is to join, and not only to drop.
//! - **A leader that can't renew is told at the renew deadline**, before another can take the lease: its work
//!   has lease duration less renew deadline (5 s by default) to end. This is no fencing: work that goes on
//!   longer overlaps with that of the next leader.
//! - **A dead leader is replaced** after lease duration plus at most 4.4 retry periods (23.8 s by default).
//!
//! # Differences from client-go
//! The election ends when the work returns or panics: nobody leads without doing the work. The lease is always
//! given back. `on_stopped` is called only if this candidate was the leader. A candidate does not take a lease
//! for its own because its identity stands in it, and does not create one at once that it saw held and then
//! deleted: it waits until the holder had its time.

mod elector;
mod election;
mod builder;
mod health;
mod leadership;
mod settings;
mod state;
mod lease;
#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;

pub use builder::LeaderElectorBuilder;
pub use election::Election;
pub use elector::{End, LeaderElector};
pub use health::{ElectorHealth, ElectorState};
pub use leadership::Leadership;
