//! Writing `apiVersion` and `kind` for types that don't have them as fields: a serializer that puts the
//! two keys before the object's own. `typed` is the other direction.

use serde::ser::{self, Serialize, SerializeMap, SerializeStruct, Serializer};

use super::typed::{API_VERSION, KIND};

/// Writes an object with these two keys before its own.
pub(crate) struct Typed<'a, T> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) object: &'a T,
}

impl<T: Serialize> Serialize for Typed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(Injecting {
            inner: serializer,
            api_version: self.api_version,
            kind: self.kind,
        })
    }
}

/// Serializes as `inner` does, with the two keys first.
struct Injecting<'a, S> {
    inner: S,
    api_version: &'a str,
    kind: &'a str,
}

macro_rules! refuse {
    ($($method:ident($($type:ty),*);)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<S::Ok, S::Error> {
            Err(not_an_object())
        }
    )*};
}

fn not_an_object<E: ser::Error>() -> E {
    E::custom("expected an object that is written as a struct or a map")
}

impl<S: Serializer> Serializer for Injecting<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = ser::Impossible<S::Ok, S::Error>;
    type SerializeTuple = ser::Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = ser::Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = ser::Impossible<S::Ok, S::Error>;
    type SerializeStructVariant = ser::Impossible<S::Ok, S::Error>;
    type SerializeMap = S::SerializeMap;
    type SerializeStruct = InjectedStruct<S::SerializeStruct>;

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let mut inner = self.inner.serialize_struct(name, len + 2)?;
        inner.serialize_field(API_VERSION, self.api_version)?;
        inner.serialize_field(KIND, self.kind)?;
        Ok(InjectedStruct(inner))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let mut inner = self.inner.serialize_map(len.map(|len| len + 2))?;
        inner.serialize_entry(API_VERSION, self.api_version)?;
        inner.serialize_entry(KIND, self.kind)?;
        Ok(inner)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, _: &T) -> Result<S::Ok, S::Error> {
        Err(not_an_object())
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<S::Ok, S::Error> {
        Err(not_an_object())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        Err(not_an_object())
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, S::Error> {
        Err(not_an_object())
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        Err(not_an_object())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        Err(not_an_object())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        Err(not_an_object())
    }

    refuse! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }
}

/// A struct that has the two keys already; fields of these names are passed over.
struct InjectedStruct<S>(S);

impl<S: SerializeStruct> SerializeStruct for InjectedStruct<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        match key {
            API_VERSION | KIND => Ok(()),
            key => self.0.serialize_field(key, value),
        }
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), S::Error> {
        self.0.skip_field(key)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(serde::Serialize)]
    struct Strict {
        a: i32,
    }

    #[derive(serde::Serialize)]
    struct Flat {
        #[serde(flatten)]
        strict: BTreeMap<String, i32>,
    }

    /// Fidelity 42.
    #[test]
    fn the_keys_are_written_first() {
        fn write<T: Serialize>(object: &T) -> String {
            serde_json::to_string(&Typed { api_version: "x.io/v1", kind: "Foo", object }).unwrap()
        }
        let text = r#"{"apiVersion":"x.io/v1","kind":"Foo","a":1}"#;
        assert_eq!(write(&Strict { a: 1 }), text);
        assert_eq!(write(&Flat { strict: [("a".to_owned(), 1)].into() }), text);
        let typed = Typed { api_version: "v1", kind: "Foo", object: &5 };
        assert!(serde_json::to_string(&typed).is_err());
    }
}
