//! Manifests: sets of objects of any kinds, read from YAML and applied as a whole.
//!
//! [`Manifests`] is the set, read from texts, files and folders.

mod origin;
mod read_error;
mod split;
mod value;
mod object;
mod set;

pub use origin::Origin;
pub use read_error::{Problem, ReadError};
pub use set::{Manifested, Manifests};
