//! JSON, or whatever serde reads, into the fields of a message, in place.
//!
//! As Go reads: `null` leaves a value as it is, an unknown field is passed over, of a field that comes twice
//! the last one counts.

use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::{Descriptor, Entries, List, Message, Slot};
use crate::meta::budget;

/// Fills a message.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    message: &mut dyn Message,
    deserializer: D,
) -> Result<(), D::Error> {
    match message.descriptor().is_untagged {
        false => deserializer.deserialize_map(Fields(message)),
        true => deserializer.deserialize_any(Untagged(message)),
    }
}

/// Fills a place.
fn fill<'de, D: Deserializer<'de>>(slot: Slot<'_>, deserializer: D) -> Result<(), D::Error> {
    match slot {
        Slot::Str(place) => {
            *place = String::deserialize(deserializer)?;
            budget::spend(place.len() + budget::PIECE);
        }
        Slot::Bool(place) => *place = bool::deserialize(deserializer)?,
        Slot::Int32(place) => *place = i32::deserialize(deserializer)?,
        Slot::Int64(place) => *place = i64::deserialize(deserializer)?,
        Slot::Double(place) => *place = f64::deserialize(deserializer)?,
        Slot::Bytes(place) => {
            *place = Deserialize::deserialize(deserializer)?;
            budget::spend(place.len() + budget::PIECE);
        }
        Slot::Quantity(place) => *place = Deserialize::deserialize(deserializer)?,
        Slot::IntOrString(place) => *place = Deserialize::deserialize(deserializer)?,
        Slot::Time(place) => *place = Deserialize::deserialize(deserializer)?,
        Slot::MicroTime(place) => *place = Deserialize::deserialize(deserializer)?,
        Slot::Raw(place) => {
            *place = Deserialize::deserialize(deserializer)?;
            budget::spend(place.get().len() + budget::PIECE);
        }
        Slot::Message(message) => read(message, deserializer)?,
        Slot::List(list) => deserializer.deserialize_seq(Items(list))?,
        Slot::Map(entries) => deserializer.deserialize_map(Pairs(entries))?,
        Slot::Optional(optional) => fill(optional.make(), deserializer)?,
    }
    Ok(())
}

/// Fills a place with what may be `null`.
struct Place<'a>(Slot<'a>);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        match self.0 {
            Slot::Optional(optional) => optional.clear(),
            Slot::List(list) => list.clear(),
            Slot::Map(entries) => entries.clear(),
            _ => {}
        }
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        fill(self.0, deserializer)
    }
}

/// The fields of a message.
struct Fields<'a>(&'a mut dyn Message);

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "struct {}", self.0.descriptor().name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let descriptor = self.0.descriptor();
        let mut from = 0;
        while let Some(place) = map.next_key_seed(FieldName { descriptor, from })? {
            match place {
                Some(place) if !descriptor.fields[place].is_skipped() => {
                    map.next_value_seed(Place(self.0.field_mut(place).slot()))?;
                    from = place + 1;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The name of a field, found in the table; `None` for one that is not there.
struct FieldName {
    descriptor: &'static Descriptor,
    from: usize,
}

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.descriptor.place_of(name, self.from))
    }
}

/// The elements of a list.
struct Items<'a>(&'a mut dyn List);

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        /// Adds an element only where there is one.
        struct Next<'a>(&'a mut dyn List);

        impl<'de> DeserializeSeed<'de> for Next<'_> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                budget::check()?;
                Place(self.0.push()).deserialize(deserializer)
            }
        }

        self.0.clear();
        while seq.next_element_seed(Next(self.0))?.is_some() {}
        self.0.settle();
        Ok(())
    }
}

/// The entries of a map.
struct Pairs<'a>(&'a mut dyn Entries);

impl<'de> Visitor<'de> for Pairs<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.clear();
        while let Some(key) = map.next_key::<String>()? {
            budget::check()?;
            map.next_value_seed(Place(self.0.push(key)))?;
        }
        self.0.settle();
        Ok(())
    }
}

/// A message that stands in JSON as one of its fields.
struct Untagged<'a>(&'a mut dyn Message);

impl Untagged<'_> {
    /// The first field whose place is of a form.
    fn first(&mut self, is_it: impl Fn(&Slot<'_>) -> bool) -> Option<Slot<'_>> {
        let places = self.0.descriptor().fields.len();
        let place = (0..places).find(|place| is_it(&self.0.field_mut(*place).slot()))?;
        Some(self.0.field_mut(place).slot())
    }

    fn set_bool(&mut self, yes: bool) -> bool {
        match self.first(|slot| matches!(slot, Slot::Bool(_))) {
            Some(Slot::Bool(place)) => *place = yes,
            _ => return false,
        }
        true
    }
}

impl<'de> Visitor<'de> for Untagged<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of the forms of {}", self.0.descriptor().name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(mut self, yes: bool) -> Result<(), E> {
        match self.set_bool(yes) {
            true => Ok(()),
            false => Err(E::invalid_type(de::Unexpected::Bool(yes), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, seq: A) -> Result<(), A::Error> {
        match self.first(|slot| matches!(slot, Slot::List(_))) {
            Some(Slot::List(list)) => Items(list).visit_seq(seq),
            _ => Err(de::Error::invalid_type(de::Unexpected::Seq, &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        // In Go a struct in place of a truth value means yes.
        self.set_bool(true);
        let slot = self.first(|slot| matches!(slot, Slot::Optional(_)));
        match slot.map(|slot| if let Slot::Optional(place) = slot { place.make() } else { slot }) {
            Some(Slot::Message(message)) => Fields(message).visit_map(map),
            _ => Err(de::Error::invalid_type(de::Unexpected::Map, &self)),
        }
    }
}
