//! Manifests: sets of objects of any kinds, read from YAML and applied as a whole.
//!
//! [`Manifests`] is the set, read from texts, files and folders. [`Applier`] applies it with server-side
//! apply, says how it differs from what the server has, deletes it, prunes what it lost, and waits for it.
//! `order` says what goes before what; everything that decides is pure, and asks nobody.

mod origin;
mod read_error;
mod split;
mod value;
mod object;
mod set;
mod order;
mod outcome;
mod set_error;
mod kinds;
mod plan;
mod applier;
mod apply;
mod prune;
mod delete;
mod diff;
mod readiness;
mod wait;

pub use applier::{Applier, SET_LABEL};
pub use diff::{Diff, FieldChange};
pub use origin::Origin;
pub use outcome::{Change, ObjectRef, Outcome, Summary};
pub use read_error::{Problem, ReadError};
pub use readiness::Readiness;
pub use set::{Manifested, Manifests};
pub use set_error::SetError;

#[cfg(test)]
mod tests;
