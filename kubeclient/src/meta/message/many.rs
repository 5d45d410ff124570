//! Lists and maps as fields of a message.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::field::optional;
use super::{Entries, Field, List, Optional, Slot, Value};
use crate::meta::budget;
use crate::meta::map::Map;

impl<T: Field + Default> Field for Vec<T> {
    fn get(&self) -> Option<Value<'_>> {
        Some(Value::List(self))
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::List(self)
    }
}

impl<T: Field + Default> List for Vec<T> {
    fn count(&self) -> usize {
        Vec::len(self)
    }

    fn at(&self, place: usize) -> Option<Value<'_>> {
        self.as_slice().get(place)?.get()
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }

    fn push(&mut self) -> Slot<'_> {
        let room = self.capacity();
        // Most lists have one element or two; the standard growth would make room for four.
        if Vec::len(self) == room {
            self.reserve_exact(room.max(1));
        }
        Vec::push(self, T::default());
        budget::spend((self.capacity() - room) * budget::element::<T>());
        // Invariant: an element was just pushed.
        self.last_mut().expect("an element").slot()
    }

    fn settle(&mut self) {
        self.shrink_to_fit();
    }
}

impl<T: Field + Default> Field for Map<String, T> {
    fn get(&self) -> Option<Value<'_>> {
        Some(Value::Map(self))
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::Map(self)
    }
}

impl<T: Field + Default> Entries for Map<String, T> {
    fn count(&self) -> usize {
        Map::len(self)
    }

    fn each(&self, visit: &mut dyn FnMut(&str, Value<'_>) -> bool) -> bool {
        each(self, visit)
    }

    fn clear(&mut self) {
        Map::clear(self);
    }

    fn push(&mut self, key: String) -> Slot<'_> {
        budget::spend(key.len() + budget::PIECE + 2 * budget::element::<(String, T)>());
        Map::push(self, key, T::default()).slot()
    }

    fn settle(&mut self) {
        Map::settle(self);
    }
}

/// Passes the entries of a map on, until one fails.
fn each<'a, T: Field + 'a>(
    entries: impl IntoIterator<Item = (&'a String, &'a T)>,
    visit: &mut dyn FnMut(&str, Value<'_>) -> bool,
) -> bool {
    entries.into_iter().all(|(key, field)| field.get().is_none_or(|value| visit(key, value)))
}

/// The maps of the standard library, for structs of users.
macro_rules! standard_map {
    ($($type:ident $(, $hasher:ident: $($bound:ident)|*)?;)*) => {$(
        impl<T: Field + Default $(, $hasher: $($bound +)*)?> Field for $type<String, T $(, $hasher)?> {
            fn get(&self) -> Option<Value<'_>> {
                Some(Value::Map(self))
            }

            fn slot(&mut self) -> Slot<'_> {
                Slot::Map(self)
            }
        }

        impl<T: Field + Default $(, $hasher: $($bound +)*)?> Entries for $type<String, T $(, $hasher)?> {
            fn count(&self) -> usize {
                $type::len(self)
            }

            fn each(&self, visit: &mut dyn FnMut(&str, Value<'_>) -> bool) -> bool {
                each(self, visit)
            }

            fn clear(&mut self) {
                $type::clear(self);
            }

            fn push(&mut self, key: String) -> Slot<'_> {
                // A tree makes room for eleven at once.
                let room = if self.is_empty() { 11 } else { 2 };
                budget::spend(key.len() + budget::PIECE + room * size_of::<(String, T)>());
                self.entry(key).or_default().slot()
            }

            fn settle(&mut self) {}
        }
    )*};
}

standard_map! {
    BTreeMap;
    HashMap, S: BuildHasher;
}

// Lists and maps that may be absent, for structs of users.
optional! { Vec<T>, T: Field | Default }
optional! { BTreeMap<String, T>, T: Field | Default }
optional! { HashMap<String, T, S>, T: Field | Default, S: BuildHasher | Default }
