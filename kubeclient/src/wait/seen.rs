//! [`Seen`]: an object as a wait sees it.

use std::cell::OnceCell;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed};

use crate::error::{Error, ErrorKind};
use crate::meta::dynamic::DynamicObject;
use crate::meta::resource::Object;
use crate::meta::typed::{Expected, ObjectSeed};

/// An object as a wait sees it: as JSON, and as its type where a condition asks for that.
pub struct Seen<'a, T> {
    object: &'a DynamicObject,
    typed: OnceCell<Result<T, Error>>,
}

impl<'a, T: Object + DeserializeOwned> Seen<'a, T> {
    /// Wraps an object, for tests of a condition.
    pub fn new(object: &'a DynamicObject) -> Self {
        Self { object, typed: OnceCell::new() }
    }

    /// The object as JSON.
    pub fn json(&self) -> &'a DynamicObject {
        self.object
    }

    /// The object as its type; it is read when this is first asked.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode): it does not fit.
    pub fn typed(&self) -> Result<&T, &Error> {
        self.typed.get_or_init(|| read(self.object)).as_ref()
    }

    pub(super) fn into_typed(self) -> Result<T, Error> {
        self.typed.into_inner().unwrap_or_else(|| read(self.object))
    }
}

fn read<T: Object + DeserializeOwned>(object: &DynamicObject) -> Result<T, Error> {
    let types = &object.types;
    let unread = || Error::new(ErrorKind::Decode, format!("the {} can't be read", types.kind));
    let text = serde_json::to_vec(object).map_err(|error| unread().because(error))?;
    // Its kind was checked when it came.
    let expected = Expected { api_version: &types.api_version, kind: &types.kind, required: false };
    let mut reader = serde_json::Deserializer::from_slice(&text);
    // What serde says may quote a value.
    let read: Result<T, _> = ObjectSeed::new(expected).deserialize(&mut reader);
    let mut read = read.map_err(|_| unread())?;
    read.set_type_meta(types.clone());
    Ok(read)
}

impl<T> fmt::Debug for Seen<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)
    }
}
