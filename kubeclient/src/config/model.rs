//! `model!`: makes the types of a kubeconfig from one table of fields each.
//!
//! Serde's derive is not used because its `flatten`, which would keep the unknown fields, guesses the
//! type of every scalar first: a password of digits would no longer be text.

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::secret::Secret;

/// Defines a mapping of the kubeconfig: each field with its key in the file and how `Debug` shows it
/// (`plain`, `url`, `size` or `hidden`), then the fields that are not in the file.
macro_rules! model {
    (
        $(#[$doc:meta])*
        $name:ident, $what:literal
        {
            $( $(#[$field_doc:meta])* $field:ident: $type:ty = $key:literal, $show:ident; )*
        }
        $( not_in_file { $( $(#[$extra_doc:meta])* $extra:ident: $extra_type:ty; )* } )?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_doc])* pub $field: $type, )*
            /// What else the file says here; kept, so that writing it back loses nothing.
            pub other: std::collections::BTreeMap<String, serde_json::Value>,
            $( $( $(#[$extra_doc])* pub $extra: $extra_type, )* )?
        }

        impl $name {
            /// The keys of the file that have a field here.
            pub(super) const KEYS: &[&str] = &[$($key),*];
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader;

                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("a mapping with the fields of ", $what))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$name, A::Error> {
                        let mut read = $name::default();
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                $( $key => {
                                    let value: $crate::config::model::Given<$type> = map.next_value()?;
                                    read.$field = value.0;
                                } )*
                                _ => {
                                    let value = map.next_value()?;
                                    read.other.insert(key, value);
                                }
                            }
                        }
                        Ok(read)
                    }
                }

                deserializer.deserialize_map(Reader)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;

                let mut map = serializer.serialize_map(None)?;
                $( if self.$field != <$type>::default() {
                    map.serialize_entry($key, &$crate::config::model::Written(&self.$field))?;
                } )*
                for (key, value) in &self.other {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }

        impl $crate::config::model::Read for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }
        }

        impl $crate::config::model::Write for $name {
            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $( if self.$field != <$type>::default() {
                    shown.field(stringify!($field), &$crate::config::model::$show(&self.$field));
                } )*
                // An unknown field may hold anything: its value is not shown.
                if !self.other.is_empty() {
                    shown.field("other", &self.other.keys().collect::<Vec<_>>());
                }
                $( $( shown.field(stringify!($extra), &self.$extra); )* )?
                shown.finish()
            }
        }
    };
}

pub(super) use model;

/// Shows a field as it is.
pub(super) fn plain<T: fmt::Debug>(value: &T) -> &T {
    value
}

/// Shows a URL without what may be a password in it.
pub(super) fn url(value: &str) -> String {
    without_userinfo(value)
}

/// Shows how much a text holds.
pub(super) fn size(value: &str) -> String {
    format!("{} bytes", value.len())
}

/// Shows only that the field is set.
pub(super) fn hidden<T>(_: &T) -> &'static str {
    "--redacted--"
}

/// The URL up to its path, and without a user name and password.
pub(super) fn without_userinfo(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (kept, cut) = url.split_at(end);
    let start = kept.find("://").map_or(0, |colon| colon + 3);
    let kept = match kept.rfind('@') {
        Some(at) if at >= start => format!("{}--redacted--{}", &kept[..start], &kept[at..]),
        _ => kept.to_owned(),
    };
    if cut.is_empty() { kept } else { format!("{kept}{}--redacted--", &cut[..1]) }
}

/// Reads a field of a kubeconfig, where something is given. Null is the same as nothing, as in Go, wherever it stands:
/// for a field, in a list or in a map.
pub(super) trait Read: Default {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A value that may be null.
pub(super) struct Given<T>(pub(super) T);

/// A value that is not null.
struct Told<T>(T);

impl<'de, T: Read> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told = Option::<Told<T>>::deserialize(deserializer)?;
        Ok(Self(told.map(|told| told.0).unwrap_or_default()))
    }
}

impl<'de, T: Read> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// The types that serde reads as they should be.
macro_rules! read {
    ($($type:ty),*) => { $(
        impl Read for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Deserialize::deserialize(deserializer)
            }
        }
    )* };
}

read!(String, bool, Value, Secret);

impl<T: Read> Read for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Some)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Given<T>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|item| item.0).collect())
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = BTreeMap::<String, Given<T>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|(key, value)| (key, value.0)).collect())
    }
}

/// Writes a field into a kubeconfig, credentials too: [`Secret`] itself can't be serialized, so that it
/// never is by accident.
pub(super) trait Write {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// A field as it is written.
pub(super) struct Written<'a, T>(pub(super) &'a T);

impl<T: Write> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl Write for Secret {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl Write for String {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl Write for bool {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }
}

impl Write for Value {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl<T: Write> Write for Option<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Written).serialize(serializer)
    }
}

impl<T: Write> Write for Vec<T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        for item in self {
            list.serialize_element(&Written(item))?;
        }
        list.end()
    }
}

impl<T: Write> Write for BTreeMap<String, T> {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, &Written(value))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        for (url, shown) in [
            ("https://h:6443/p", "https://h:6443/p"),
            ("https://u:p@h", "https://--redacted--@h"),
            ("https://u:p@w@h/x", "https://--redacted--@h/x"),
            ("https://u:p/q@h", "https://--redacted--@h"),
            ("u:p@h", "--redacted--@h"),
            ("https://h/?token=t", "https://h/?--redacted--"),
            ("https://h#f", "https://h#--redacted--"),
            ("@", "--redacted--@"),
            ("", ""),
        ] {
            assert_eq!(without_userinfo(url), shown, "{url}");
        }
    }
}
