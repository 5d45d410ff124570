//! Kinds that nobody compiled in: client-go's `dynamic` and `scale` clients.
//!
//! [`DynamicClient`] finds an [`Api`](crate::Api) of [`DynamicObject`](crate::DynamicObject)s by any name of a
//! kind, [`ScaleClient`] the replicas of whatever can be scaled. The fields of such objects are read and set
//! by [path](crate::meta::field_path::FieldPath), with errors that name the place: [`DynamicObject::field`].
//!
//! [`DynamicObject::field`]: crate::DynamicObject::field

mod name;
mod client;
mod scale;
mod fields;
mod convert;

pub use client::DynamicClient;
pub use name::KindName;
pub use scale::ScaleClient;
