//! [`Message`]: a struct that tells its fields at run time, so that one reader and one writer a wire serve
//! all types.
//!
//! The built-in types are a thousand structs. Code for each of them and each wire would take minutes to
//! compile, in this crate and in each that uses it. So a struct gives out its fields as trait objects, by
//! their place, and a table that says what they are called: `read` and `write` are the JSON of all of them,
//! `protobuf` the protobuf, `debug` the `Debug`. Objects are filled in place, from the outside in, so that
//! nothing is built twice or moved.

mod check;
mod debug;
mod field;
mod many;
mod read;
mod shape;
#[cfg(all(test, feature = "derive", feature = "protobuf"))]
mod tests;
mod write;

#[doc(hidden)]
pub use check::{check_place, check_shape, field_as, protobuf_of};
pub use field::{Entries, Field, List, Optional, Slot, Value};
pub use shape::{Shape, Shaped};

pub(crate) use debug::{LAST_APPLIED, debug};
pub(crate) use read::read;
pub(crate) use write::write;

/// A struct whose fields can be read and written at run time; `#[derive(Message)]` writes it.
///
/// # Panics
/// `field` and `field_mut` panic beyond the number of fields that the descriptor says.
pub trait Message {
    /// What the fields are called, in their order.
    fn descriptor(&self) -> &'static Descriptor;

    /// The field at a place.
    fn field(&self, place: usize) -> &dyn Field;

    /// The field at a place, to be filled.
    fn field_mut(&mut self, place: usize) -> &mut dyn Field;

    /// How many bytes it takes beside its own place: those of what stands in a box.
    #[doc(hidden)]
    fn boxed_size(&self) -> usize {
        0
    }
}

/// A [`Message`] whose descriptor is known to the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no message of protobuf",
    label = "the numbers of its fields are not known",
    note = "a built-in type is one; so is a struct of your own that holds some of the fields of a built-in type: `#[derive(kubeclient::Message)]` with `#[message(of = \"..\")]`",
    note = "the API server takes custom resources as JSON only: their types have no `protobuf`"
)]
pub trait Described: Message + Shaped + Default {
    /// What the fields are called, in their order.
    const DESCRIPTOR: &'static Descriptor;

    /// What the fields are to the wire, in their order: only the compiler looks at it.
    const SHAPES: &'static [Shape];
}

/// What a [`Message`] is called, and its fields.
#[derive(Debug)]
pub struct Descriptor {
    /// The `apiVersion` of the types beside it, such as `apps/v1`.
    pub group_version: &'static str,
    /// The name of the type, as in Go.
    pub name: &'static str,
    /// The fields, in the order in which they are written.
    pub fields: &'static [FieldInfo],
    /// Whether JSON holds one of the fields in place of the struct: the one that has the value's form.
    pub is_untagged: bool,
}

impl Descriptor {
    /// The place of the field of this name in JSON, looked for from a place on: objects come in the order
    /// of the table, so that the next field is mostly the next one.
    pub(crate) fn place_of(&self, json: &str, from: usize) -> Option<usize> {
        let is_it = |field: &FieldInfo| field.json == json;
        let (before, after) = self.fields.split_at(from.min(self.fields.len()));
        match after.iter().position(is_it) {
            Some(place) => Some(before.len() + place),
            None => before.iter().position(is_it),
        }
    }

    /// The place of the field of this name in JSON, for the compiler to look up.
    #[doc(hidden)]
    pub const fn find(&self, json: &str) -> Option<usize> {
        let mut place = 0;
        while place < self.fields.len() {
            if equal(self.fields[place].json, json) {
                return Some(place);
            }
            place += 1;
        }
        None
    }

    /// Whether the type is this kind, for the compiler to check; one without a name, which stands in for a
    /// mistake that the derive told of, is any.
    #[doc(hidden)]
    pub const fn is_kind(&self, api_version: &str, kind: &str) -> bool {
        let is_unknown = self.name.is_empty();
        is_unknown || equal(self.group_version, api_version) && equal(self.name, kind)
    }
}

/// Whether two texts are equal, for the compiler to find out.
const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// What is known of one field.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    /// Its name in JSON.
    pub json: &'static str,
    /// Its number in protobuf; 0 where protobuf does not have it.
    pub number: u32,
    /// The message that it stands in, in protobuf, where JSON has it higher up; 0 where both agree. Its
    /// number, or with a message between, that one's number and 65,536 times its own.
    pub group: u32,
    flags: u8,
}

const OMIT: u8 = 1;
const SECRET: u8 = 2;
const MANAGED: u8 = 4;
const ABSENT_WHEN_EMPTY: u8 = 8;

impl FieldInfo {
    /// A field with a number, within a group.
    #[doc(hidden)]
    pub const fn new(json: &'static str, (group, number): (u32, u32)) -> Self {
        Self { json, number, group, flags: 0 }
    }

    /// The same field, not written while it is empty.
    #[doc(hidden)]
    pub const fn omit(self) -> Self {
        Self { flags: self.flags | OMIT, ..self }
    }

    /// The same field, never shown.
    #[doc(hidden)]
    pub const fn secret(self) -> Self {
        Self { flags: self.flags | SECRET, ..self }
    }

    /// The same field, passed over where nobody wants to know who manages what.
    #[doc(hidden)]
    pub const fn managed(self) -> Self {
        Self { flags: self.flags | MANAGED, ..self }
    }

    /// The group next below a group that the field stands in, if it does, and the number of that group's
    /// message.
    #[cfg(feature = "protobuf")]
    pub(crate) fn group_below(&self, group: u32) -> Option<(u32, u32)> {
        let (outer, inner) = (self.group & 0xffff, self.group >> 16);
        match group {
            0 if outer != 0 => Some((outer, outer)),
            group if group == outer && inner != 0 => Some((self.group, inner)),
            _ => None,
        }
    }

    /// The same field, absent where protobuf has an empty value.
    const fn absent_when_empty(self) -> Self {
        Self { flags: self.flags | ABSENT_WHEN_EMPTY, ..self }
    }

    #[cfg(feature = "protobuf")]
    pub(crate) fn is_absent_when_empty(&self) -> bool {
        self.flags & ABSENT_WHEN_EMPTY != 0
    }

    pub(crate) const fn is_omitted_when_empty(&self) -> bool {
        self.flags & OMIT != 0
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.flags & SECRET != 0
    }

    /// Whether the field is to be passed over while an object is read.
    pub(crate) fn is_skipped(&self) -> bool {
        self.flags & MANAGED != 0 && super::managed_fields::are_skipped()
    }
}

/// Declares structs that are messages: each field once, with its number in protobuf, its name in JSON, and
/// what else is to know of it.
///
/// `= 4 "image" omit` is field 4, `image` in JSON, not written while empty; `= [2 19] ..` is field 19 of the
/// message that is field 2 in protobuf and inlined in JSON (`[2 3 1]` of one that is inlined in such).
/// `secret` fields never show in `Debug`; `managed` ones are passed over for `Api::without_managed_fields`.
macro_rules! message {
    ($(
        $(#[$attribute:meta])*
        pub struct $name:ident($group_version:literal, $kind:literal $(, $untagged:ident)?) {$(
            $(#[$field_attribute:meta])*
            pub $field:ident: $type:ty = $number:tt $json:literal $($flag:ident)*,
        )*}
    )*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Default, PartialEq)]
        pub struct $name {$(
            $(#[$field_attribute])*
            pub $field: $type,
        )*}

        impl $crate::meta::message::Described for $name {
            const DESCRIPTOR: &'static $crate::meta::message::Descriptor =
                &$crate::meta::message::Descriptor {
                    group_version: $group_version,
                    name: $kind,
                    fields: &[$(
                        $crate::meta::message::FieldInfo::new(
                            $json,
                            $crate::meta::message::number!($number),
                        )$(.$flag())*,
                    )*],
                    is_untagged: $crate::meta::message::is_untagged!($($untagged)?),
                };

            const SHAPES: &'static [$crate::meta::message::Shape] =
                &[$(<$type as $crate::meta::message::Shaped>::SHAPE,)*];
        }

        impl $crate::meta::message::Shaped for $name {
            const SHAPE: $crate::meta::message::Shape =
                $crate::meta::message::Shape::Message($group_version, $kind);
        }

        #[allow(dead_code, non_camel_case_types, non_upper_case_globals)]
        const _: () = {
            enum Place { $($field,)* }
            $(const $field: usize = Place::$field as usize;)*

            impl $crate::meta::message::Message for $name {
                fn descriptor(&self) -> &'static $crate::meta::message::Descriptor {
                    <Self as $crate::meta::message::Described>::DESCRIPTOR
                }

                fn field(&self, place: usize) -> &dyn $crate::meta::message::Field {
                    match place {
                        $($field => &self.$field,)*
                        _ => $crate::meta::message::no_such_field(),
                    }
                }

                fn field_mut(&mut self, place: usize) -> &mut dyn $crate::meta::message::Field {
                    match place {
                        $($field => &mut self.$field,)*
                        _ => $crate::meta::message::no_such_field(),
                    }
                }
            }
        };

        impl $crate::meta::message::Field for $name {
            fn get(&self) -> Option<$crate::meta::message::Value<'_>> {
                Some($crate::meta::message::Value::Message(self))
            }

            fn slot(&mut self) -> $crate::meta::message::Slot<'_> {
                $crate::meta::message::Slot::Message(self)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::meta::message::debug(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::meta::message::write(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut message = Self::default();
                $crate::meta::message::read(&mut message, deserializer)?;
                Ok(message)
            }
        }
    )*};
}

/// A field's group and number, from the form in which [`message!`] has them.
macro_rules! number {
    ([$outer:literal $inner:literal $number:literal]) => {
        ($outer | $inner << 16, $number)
    };
    ([$group:literal $number:literal]) => {
        ($group, $number)
    };
    ($number:literal) => {
        (0, $number)
    };
}

/// Whether `untagged` stands beside a message's name.
macro_rules! is_untagged {
    () => {
        false
    };
    (untagged) => {
        true
    };
}

pub(crate) use {is_untagged, message, number};

/// Where a place is beyond the fields.
#[doc(hidden)]
#[cold]
pub fn no_such_field() -> ! {
    // Invariant: only this crate counts places, by the table of the same struct.
    panic!("a message was asked for a field that its table does not have")
}
