//! What is wrong with a message, and where.

use std::fmt;

use crate::meta::status::Printable;

/// Bytes that are not the message that they should be. It quotes nothing of them but keys of maps.
#[derive(Debug)]
pub(crate) struct ProtobufError {
    reason: &'static str,
    /// The byte of the whole answer at which it shows.
    at: usize,
    /// The fields that it stands in, from the inside out.
    path: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Field(&'static str),
    Element(usize),
    Key(String),
}

impl ProtobufError {
    pub(super) fn new(reason: &'static str, at: usize) -> Self {
        Self { reason, at, path: Vec::new() }
    }

    /// The same, in a field.
    #[cold]
    pub(crate) fn in_field(mut self, name: &'static str) -> Self {
        self.path.push(Step::Field(name));
        self
    }

    /// The same, in an element of a list.
    #[cold]
    pub(crate) fn in_element(mut self, place: usize) -> Self {
        self.path.push(Step::Element(place));
        self
    }

    /// The same, in an entry of a map.
    #[cold]
    pub(super) fn in_key(mut self, key: &str) -> Self {
        self.path.push(Step::Key(key.chars().take(100).collect()));
        self
    }
}

impl fmt::Display for ProtobufError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.path.iter().rev().enumerate() {
            match step {
                Step::Field(name) if i == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Element(place) => write!(f, "[{place}]")?,
                Step::Key(key) => write!(f, ".{}", Printable(key))?,
            }
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        write!(f, "{} at byte {}", self.reason, self.at)
    }
}
