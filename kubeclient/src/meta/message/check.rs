//! What the derives have the compiler check, and the words in which it says what is wrong.

use super::{Described, Descriptor, FieldInfo, Shape};
use crate::meta::resource::{Protobuf, Resource};

/// The place of the field of this name in JSON.
///
/// # Panics
/// While a program is compiled, with these words, where there is none.
#[doc(hidden)]
#[track_caller]
pub const fn check_place(of: &Descriptor, json: &str, otherwise: &str) -> usize {
    match of.find(json) {
        Some(place) => place,
        // Invariant: only the compiler runs it; what a user reads is this error.
        None => panic!("{}", otherwise),
    }
}

/// What a field is, once it is compared with what it is in the built-in type.
///
/// # Panics
/// While a program is compiled, with what both are, where they differ.
#[doc(hidden)]
#[track_caller]
pub const fn check_shape(expected: &Shape, found: Shape, field: &str) -> Shape {
    if !expected.is(&found) {
        let text = Text::new().add(field).add(" is `").add_shape(expected);
        let text = text.add("`, not `").add_shape(&found).add("`");
        match expected.innermost() {
            // Invariant: only the compiler runs it.
            Shape::Message(..) => panic!(
                "{}",
                text.add(": take that struct, or one of your own with `#[derive(Message)]` of it")
                    .as_str()
            ),
            // Invariant: only the compiler runs it.
            _ => panic!("{}", text.as_str()),
        }
    }
    found
}

/// A field of the built-in type as a struct of a user has it.
///
/// Go writes an empty value in protobuf where JSON leaves it out: where only the user's field may be absent,
/// it is then, on both wires.
#[doc(hidden)]
pub const fn field_as(info: FieldInfo, expected: &Shape, found: &Shape) -> FieldInfo {
    match found.is_optional() && !expected.is_optional() && info.is_omitted_when_empty() {
        true => info.absent_when_empty(),
        false => info,
    }
}

/// How a kind is read and written in protobuf, once its message is compared with it.
///
/// # Panics
/// While a program is compiled, with what both are, where they differ.
#[doc(hidden)]
#[track_caller]
pub const fn protobuf_of<T: Described + Resource>(name: &str) -> Protobuf<T> {
    let of = T::DESCRIPTOR;
    if !of.is_kind(T::API_VERSION, T::KIND) {
        let text = Text::new().add("`").add(name).add("` is ").add(T::API_VERSION).add(" ");
        let text = text.add(T::KIND).add(", but its message is that of ").add(of.group_version);
        let text = text.add(" ").add(of.name);
        let text = text.add(": only the built-in kind itself travels as protobuf");
        // Invariant: only the compiler runs it.
        panic!("{}", text.as_str());
    }
    Protobuf::of()
}

/// A text that the compiler puts together, to say what is wrong; beyond its size it ends.
struct Text {
    bytes: [u8; 512],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; 512], len: 0 }
    }

    const fn add(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    const fn add_shape(self, shape: &Shape) -> Self {
        match shape {
            Shape::Plain(name) => self.add(name),
            Shape::Message(group_version, name) => self.add(group_version).add(" ").add(name),
            Shape::List(of) => self.add("Vec<").add_shape(of).add(">"),
            Shape::Map(of) => self.add("Map<String, ").add_shape(of).add(">"),
            Shape::Optional(of) => self.add("Option<").add_shape(of).add(">"),
            Shape::Unknown => self.add("_"),
        }
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            // A name that was cut within a letter.
            Err(_) => "a field's type is another one in the built-in type",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{Text, check_place, check_shape};
    use crate::Scale;
    use crate::meta::message::{Described, Shape, Shaped};

    /// What a check says that fails.
    fn said<T>(check: impl FnOnce() -> T + std::panic::UnwindSafe) -> String {
        let said = catch_unwind(check).err().expect("a failed check");
        said.downcast_ref::<String>().cloned().expect("a text")
    }

    #[test]
    fn a_field_is_found_by_its_name() {
        assert_eq!(check_place(Scale::DESCRIPTOR, "status", ""), 2);
        let spelt = || check_place(Scale::DESCRIPTOR, "sttus", "no `sttus`");
        assert_eq!(said(spelt), "no `sttus`");
    }

    #[test]
    fn absence_and_the_kind_of_map_do_not_count() {
        type Tree = std::collections::BTreeMap<String, Vec<i32>>;
        type Map = crate::meta::map::Map<String, Vec<i32>>;
        check_shape(&Map::SHAPE, <Option<Tree>>::SHAPE, "");
        check_shape(&Scale::SHAPE, <Option<Box<Scale>>>::SHAPE, "");
        check_shape(&Scale::SHAPE, <Option<Scale>>::SHAPE, "");
        check_shape(&<Vec<Scale>>::SHAPE, Shape::List(&Shape::Unknown), "");
    }

    #[test]
    fn what_differs_is_said_in_words() {
        type Texts = crate::meta::map::Map<String, Vec<String>>;
        assert_eq!(
            said(|| check_shape(&Texts::SHAPE, i64::SHAPE, "`a` of `B`")),
            "`a` of `B` is `Map<String, Vec<String>>`, not `i64`"
        );
        assert_eq!(
            said(|| check_shape(&<Vec<Scale>>::SHAPE, String::SHAPE, "`a` of `B`")),
            "`a` of `B` is `Vec<autoscaling/v1 Scale>`, not `String`: take that struct, or one of your own \
             with `#[derive(Message)]` of it"
        );
        let of_another_group = Shape::Message("autoscaling/v2", "Scale");
        said(|| check_shape(&Scale::SHAPE, of_another_group, ""));
    }

    #[test]
    fn a_text_ends_at_its_size() {
        let text = Text::new().add(&"a".repeat(511)).add("bc");
        assert_eq!(text.as_str().len(), 512);
        assert!(text.as_str().ends_with("ab"));
    }
}
