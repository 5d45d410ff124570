//! [`Shape`]: what a field's type is to the wire, for the compiler to compare.
//!
//! A struct of a user takes its field numbers from a built-in type. Were one of its fields a text where the
//! built-in type has a struct, protobuf could not tell: both are bytes of a length. So the types of both
//! are compared, in `check`, before there is a program.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::{Described, Field, equal};
use crate::meta::byte_string::ByteString;
use crate::meta::int_or_string::IntOrString;
use crate::meta::map::Map;
use crate::meta::quantity::Quantity;
use crate::meta::raw::RawJson;
use crate::meta::time::{MicroTime, Time};

/// What a field's type is to the wire.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A type of one value, by its name in Rust.
    Plain(&'static str),
    /// A struct: the `apiVersion` of the types beside it, and its name.
    Message(&'static str, &'static str),
    /// A list.
    List(&'static Shape),
    /// A map with texts as keys.
    Map(&'static Shape),
    /// What may be absent; that of a struct is its own shape.
    Optional(&'static Shape),
    /// Not known, since the derive found a mistake and said so: takes the place of any.
    Unknown,
}

/// A [`Field`] whose [`Shape`] is known to the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a field of a message",
    label = "no field of the API has this type",
    note = "a struct of your own: `#[derive(kubeclient::Message)]` with `#[message(of = \"..\")]`",
    note = "as in the API, integers are `i32` or `i64`, and times `kubeclient::Time` or `MicroTime`"
)]
pub trait Shaped: Field + Sized {
    /// The shape.
    const SHAPE: Shape;

    /// The field itself.
    #[doc(hidden)]
    fn as_field(&self) -> &dyn Field {
        self
    }

    /// The field itself, to be filled.
    #[doc(hidden)]
    fn as_field_mut(&mut self) -> &mut dyn Field {
        self
    }
}

macro_rules! plain {
    ($($type:ident)*) => {$(
        impl Shaped for $type {
            const SHAPE: Shape = Shape::Plain(stringify!($type));
        }

        impl Shaped for Option<$type> {
            const SHAPE: Shape = Shape::Optional(&$type::SHAPE);
        }
    )*};
}

plain! { String bool i32 i64 f64 ByteString Quantity IntOrString Time MicroTime RawJson }

impl<T: Described> Shaped for Option<T> {
    const SHAPE: Shape = T::SHAPE;
}

impl<T: Shaped> Shaped for Box<T> {
    const SHAPE: Shape = T::SHAPE;
}

impl<T: Shaped + Default> Shaped for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
}

impl<T: Shaped + Default> Shaped for Map<String, T> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);
}

impl<T: Shaped + Default> Shaped for BTreeMap<String, T> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);
}

impl<T: Shaped + Default, S: BuildHasher> Shaped for HashMap<String, T, S> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);
}

impl<T: Shaped + Default> Shaped for Option<Vec<T>> {
    const SHAPE: Shape = Vec::<T>::SHAPE;
}

impl<T: Shaped + Default> Shaped for Option<BTreeMap<String, T>> {
    const SHAPE: Shape = BTreeMap::<String, T>::SHAPE;
}

impl<T: Shaped + Default, S: BuildHasher + Default> Shaped for Option<HashMap<String, T, S>> {
    const SHAPE: Shape = HashMap::<String, T, S>::SHAPE;
}

impl Shape {
    /// Whether one can be read as the other; whether it may be absent does not count.
    pub(super) const fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Optional(of), other) => of.is(other),
            (_, Self::Optional(of)) => self.is(of),
            (Self::Plain(a), Self::Plain(b)) => equal(a, b),
            (Self::Message(a, name), Self::Message(b, other)) => equal(a, b) && equal(name, other),
            (Self::List(a), Self::List(b)) | (Self::Map(a), Self::Map(b)) => a.is(b),
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            _ => false,
        }
    }

    /// Whether it is a value that may be absent.
    pub(super) const fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_))
    }

    /// What a list or map is of, in the end.
    pub(super) const fn innermost(&self) -> &Self {
        match self {
            Self::List(of) | Self::Map(of) => of.innermost(),
            _ => self,
        }
    }
}
