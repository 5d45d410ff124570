//! Protobuf, as Kubernetes speaks it: the fields of a [`Message`](super::message::Message), and the envelope
//! that objects travel in.
//!
//! Written for these messages rather than taken from prost: its types have prost's own shapes (and its
//! derive a function a type and wire), its errors no place, and it builds what nobody reads. Here one
//! reader serves all types: it fills fields in place, passes over what a struct does not have without
//! looking at it, and says of a mistake the field and the byte.

mod error;
mod input;
mod read;
mod scalar;
mod write;
pub(crate) mod envelope;

pub(crate) use error::ProtobufError;
pub(crate) use input::{Content, Input};
pub(crate) use read::merge;
pub(crate) use write::write;

#[cfg(test)]
mod tests;
