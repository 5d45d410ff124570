//! What a field can be: [`Value`] to be read, [`Slot`] to be filled, and the Rust types that are one.

use super::{Described, Descriptor, Message, Shape};
use crate::meta::budget;
use crate::meta::byte_string::ByteString;
use crate::meta::int_or_string::IntOrString;
use crate::meta::quantity::Quantity;
use crate::meta::raw::RawJson;
use crate::meta::time::{MicroTime, Time};

/// A type that a field of a [`Message`] may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a field of a message",
    label = "no field of the API has this type",
    note = "a struct of your own: `#[derive(kubeclient::Message)]`; one that may be absent: `Option` of it"
)]
pub trait Field {
    /// The value; `None` where it is absent.
    fn get(&self) -> Option<Value<'_>>;

    /// The place of the value, to be filled.
    fn slot(&mut self) -> Slot<'_>;

    /// Whether it is what Go calls empty: zero, nothing, or a struct of such. What may be absent is empty
    /// only while it is.
    fn is_unset(&self) -> bool {
        self.get().is_none_or(|value| value.is_empty())
    }
}

/// A field's value.
pub enum Value<'a> {
    /// A text.
    Str(&'a str),
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Double(f64),
    /// Bytes.
    Bytes(&'a ByteString),
    /// A quantity.
    Quantity(Quantity),
    /// An integer or a text.
    IntOrString(&'a IntOrString),
    /// An instant, to the second.
    Time(Time),
    /// An instant, to the microsecond.
    MicroTime(MicroTime),
    /// Any JSON.
    Raw(&'a RawJson),
    /// A struct.
    Message(&'a dyn Message),
    /// A list.
    List(&'a dyn List),
    /// A map with texts as keys.
    Map(&'a dyn Entries),
}

/// A place that a value is read into.
pub enum Slot<'a> {
    /// A text.
    Str(&'a mut String),
    /// A truth value.
    Bool(&'a mut bool),
    /// An integer of 32 bits.
    Int32(&'a mut i32),
    /// An integer of 64 bits.
    Int64(&'a mut i64),
    /// A floating point number.
    Double(&'a mut f64),
    /// Bytes.
    Bytes(&'a mut ByteString),
    /// A quantity.
    Quantity(&'a mut Quantity),
    /// An integer or a text.
    IntOrString(&'a mut IntOrString),
    /// An instant, to the second.
    Time(&'a mut Time),
    /// An instant, to the microsecond.
    MicroTime(&'a mut MicroTime),
    /// Any JSON.
    Raw(&'a mut RawJson),
    /// A struct.
    Message(&'a mut dyn Message),
    /// A list.
    List(&'a mut dyn List),
    /// A map with texts as keys.
    Map(&'a mut dyn Entries),
    /// What may be absent.
    Optional(&'a mut dyn Optional),
}

/// A list of fields of one type.
pub trait List {
    /// How many there are.
    fn count(&self) -> usize;

    /// The one at a place.
    fn at(&self, place: usize) -> Option<Value<'_>>;

    /// Removes them all.
    fn clear(&mut self);

    /// Adds one and gives its place to be filled.
    fn push(&mut self) -> Slot<'_>;

    /// All are there: gives back unused memory.
    fn settle(&mut self);
}

/// The entries of a map whose keys are texts.
pub trait Entries {
    /// How many there are.
    fn count(&self) -> usize;

    /// Passes each entry on, in the order of the map, until one fails.
    fn each(&self, visit: &mut dyn FnMut(&str, Value<'_>) -> bool) -> bool;

    /// Removes them all.
    fn clear(&mut self);

    /// Adds one and gives its value's place to be filled.
    fn push(&mut self, key: String) -> Slot<'_>;

    /// All are there: puts them in order.
    fn settle(&mut self);
}

/// What may be absent.
pub trait Optional {
    /// Makes it absent.
    fn clear(&mut self);

    /// Makes it present, if it is not, and gives its place to be filled.
    fn make(&mut self) -> Slot<'_>;
}

impl Value<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Str(text) => text.is_empty(),
            Self::Bool(yes) => !yes,
            Self::Int(number) => *number == 0,
            Self::Double(number) => *number == 0.0,
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::IntOrString(value) => matches!(value, IntOrString::Int(0)),
            // Zero is a quantity.
            Self::Quantity(_) | Self::Time(_) | Self::MicroTime(_) | Self::Raw(_) => false,
            Self::Message(message) => {
                (0..message.descriptor().fields.len()).all(|place| message.field(place).is_unset())
            }
            Self::List(list) => list.count() == 0,
            Self::Map(entries) => entries.count() == 0,
        }
    }
}

/// What may be absent, of a type that is a field.
macro_rules! optional {
    ($type:ty $(, $param:ident: $($bound:ident)|+)*) => {
        impl<$($param: $($bound +)+),*> Field for Option<$type> {
            fn get(&self) -> Option<Value<'_>> {
                Field::get(self.as_ref()?)
            }

            fn slot(&mut self) -> Slot<'_> {
                Slot::Optional(self)
            }

            fn is_unset(&self) -> bool {
                self.is_none()
            }
        }

        impl<$($param: $($bound +)+),*> Optional for Option<$type> {
            fn clear(&mut self) {
                *self = None;
            }

            fn make(&mut self) -> Slot<'_> {
                Field::slot(self.get_or_insert_default())
            }
        }
    };
}
pub(super) use optional;

/// Fields that are a value of one form.
macro_rules! plain {
    ($($type:ty: $value:expr, $slot:ident;)*) => {$(
        impl Field for $type {
            fn get(&self) -> Option<Value<'_>> {
                let get: fn(&Self) -> Value<'_> = $value;
                Some(get(self))
            }

            fn slot(&mut self) -> Slot<'_> {
                Slot::$slot(self)
            }
        }

        optional! { $type }
    )*};
}

plain! {
    String: |text| Value::Str(text), Str;
    bool: |yes| Value::Bool(*yes), Bool;
    i32: |number| Value::Int((*number).into()), Int32;
    i64: |number| Value::Int(*number), Int64;
    f64: |number| Value::Double(*number), Double;
    ByteString: |bytes| Value::Bytes(bytes), Bytes;
    Quantity: |quantity| Value::Quantity(*quantity), Quantity;
    IntOrString: |value| Value::IntOrString(value), IntOrString;
    Time: |time| Value::Time(*time), Time;
    MicroTime: |time| Value::MicroTime(*time), MicroTime;
    RawJson: |raw| Value::Raw(raw), Raw;
}

/// A struct, in a box or not: this is one impl, since the compiler can't rule out that a box of someone's
/// struct is a message.
impl<T: Message + Field + Default> Field for Option<T> {
    fn get(&self) -> Option<Value<'_>> {
        self.as_ref()?.get()
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::Optional(self)
    }

    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

impl<T: Message + Field + Default> Optional for Option<T> {
    fn clear(&mut self) {
        *self = None;
    }

    fn make(&mut self) -> Slot<'_> {
        let was_absent = self.is_none();
        let made = self.get_or_insert_default();
        if was_absent {
            budget::spend(made.boxed_size());
        }
        made.slot()
    }
}

impl<T: Message> Message for Box<T> {
    fn descriptor(&self) -> &'static Descriptor {
        (**self).descriptor()
    }

    fn field(&self, place: usize) -> &dyn Field {
        (**self).field(place)
    }

    fn field_mut(&mut self, place: usize) -> &mut dyn Field {
        (**self).field_mut(place)
    }

    fn boxed_size(&self) -> usize {
        size_of::<T>() + budget::PIECE
    }
}

impl<T: Described> Described for Box<T> {
    const DESCRIPTOR: &'static Descriptor = T::DESCRIPTOR;
    const SHAPES: &'static [Shape] = T::SHAPES;
}

impl<T: Field> Field for Box<T> {
    fn get(&self) -> Option<Value<'_>> {
        (**self).get()
    }

    fn slot(&mut self) -> Slot<'_> {
        (**self).slot()
    }

    fn is_unset(&self) -> bool {
        (**self).is_unset()
    }
}
