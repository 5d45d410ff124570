//! A list whose broken items are set apart. Pure.

use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::value::RawValue;

use super::decode;
use crate::error::{Error, ErrorKind};
use crate::meta::budget;
use crate::meta::list::{ListMeta, ObjectList};
use crate::meta::typed::Expected;
use crate::meta::typed_list::{ListKey, list_mismatch};

/// What an error of an item takes at most, nearly always.
pub(super) const ERROR: usize = 1024;

/// A list whose broken items are set apart.
pub(crate) struct Salvaged<T> {
    pub(crate) list: ObjectList<T>,
    /// One error for each item that could not be decoded.
    pub(crate) broken: Vec<Error>,
}

/// Reads item by item what could not be read in one go.
pub(super) fn salvage<T: DeserializeOwned>(
    bytes: &[u8],
    expected: Expected<'_>,
) -> Result<Salvaged<T>, Error> {
    let list = ObjectList { metadata: ListMeta::default(), items: Vec::new() };
    let mut salvaged = Salvaged { list, broken: Vec::new() };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let item = Expected { required: false, ..expected };
    let read = Items { expected: item, salvaged: &mut salvaged }.deserialize(&mut json);
    let (api_version, kind) = read.and_then(|own| json.end().map(|()| own)).map_err(|error| {
        decode::too_large("the list").unwrap_or_else(|| {
            Error::new(ErrorKind::Decode, format!("the list: {}", decode::reason(&error)))
        })
    })?;
    match list_mismatch(expected, &api_version, &kind) {
        Some(mismatch) => Err(Error::new(ErrorKind::Decode, mismatch.to_string())),
        None => Ok(salvaged),
    }
}

/// Reads a list, or its items; gives what the list says of its type.
struct Items<'s, 'a, T> {
    expected: Expected<'a>,
    salvaged: &'s mut Salvaged<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Items<'_, '_, T> {
    type Value = (String, String);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Items<'_, '_, T> {
    type Value = (String, String);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Self::Value::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Self { expected, salvaged } = self;
        let mut own = Self::Value::default();
        while let Some(key) = map.next_key::<ListKey>()? {
            match key {
                ListKey::ApiVersion => own.0 = map.next_value()?,
                ListKey::Kind => own.1 = map.next_value()?,
                ListKey::Metadata => salvaged.list.metadata = map.next_value()?,
                ListKey::Items => {
                    let salvaged = &mut *salvaged;
                    map.next_value_seed(Items { expected, salvaged })?;
                }
                ListKey::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(own)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let Salvaged { list, broken } = self.salvaged;
        while let Some(item) = seq.next_element::<&RawValue>()? {
            let place = list.items.len() + broken.len();
            match decode::object(item.get().as_bytes(), self.expected) {
                Ok(object) => {
                    budget::spend(budget::element::<T>());
                    list.items.push(object);
                }
                Err(error) if error.kind() == ErrorKind::TooLarge => {
                    return Err(de::Error::custom("too large"));
                }
                Err(error) => {
                    let name = decode::name(item.get());
                    let error = error.at(format_args!("items[{place}] {name}"));
                    budget::spend(ERROR);
                    broken.push(error.of_object(name));
                }
            }
            budget::check()?;
        }
        Ok(Self::Value::default())
    }
}
