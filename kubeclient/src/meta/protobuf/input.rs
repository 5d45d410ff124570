//! The bytes of a message, cut into fields: tags, varints, lengths.

use super::ProtobufError;

/// How deep groups may stand in one another; Kubernetes writes none.
const GROUPS: u32 = 16;

/// A part of an answer that is read from front to back, and that knows where it stands in the whole.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    rest: &'a [u8],
    /// Where the part ends in the whole.
    end: usize,
}

/// What a field holds on the wire.
#[derive(Clone, Copy)]
pub(crate) enum Content<'a> {
    /// An integer or a truth value.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Four bytes.
    Fixed32,
    /// A text, bytes, or a message.
    Bytes(Input<'a>),
    /// A group, which nothing uses.
    Group,
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, end: bytes.len() }
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The byte of the whole at which the part goes on.
    fn at(&self) -> usize {
        self.end - self.rest.len()
    }

    #[cold]
    pub(super) fn error(&self, reason: &'static str) -> ProtobufError {
        ProtobufError::new(reason, self.at())
    }

    /// What remains, as text.
    pub(crate) fn text(&self) -> Result<&'a str, ProtobufError> {
        std::str::from_utf8(self.rest)
            .map_err(|error| ProtobufError::new("not UTF-8", self.at() + error.valid_up_to()))
    }

    /// What remains behind a prefix, if that is what it begins with.
    pub(crate) fn strip_prefix(&self, prefix: &[u8]) -> Option<Self> {
        Some(Self { rest: self.rest.strip_prefix(prefix)?, end: self.end })
    }

    /// The next field: its number and what it holds.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<(u32, Content<'a>)>, ProtobufError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let before = *self;
        let (number, wire) = self.tag()?;
        let content = match wire {
            0 => Content::Varint(self.varint()?),
            1 => Content::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let len = self.varint()?;
                Content::Bytes(self.take(len)?)
            }
            3 => {
                self.skip_group(number, GROUPS)?;
                Content::Group
            }
            5 => {
                self.array::<4>()?;
                Content::Fixed32
            }
            4 => return Err(before.error("the end of a group that did not begin")),
            _ => return Err(before.error("an unknown wire type")),
        };
        Ok(Some((number, content)))
    }

    #[inline]
    fn tag(&mut self) -> Result<(u32, u32), ProtobufError> {
        let before = *self;
        let tag = self.varint()?;
        match u32::try_from(tag) {
            Ok(tag) if tag >> 3 != 0 => Ok((tag >> 3, tag & 7)),
            _ => Err(before.error("a field number beyond what there can be")),
        }
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, ProtobufError> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok((*byte).into())
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, ProtobufError> {
        let mut number = 0u64;
        for (i, byte) in self.rest.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * i);
            if *byte < 0x80 {
                if i == 9 && *byte > 1 {
                    break;
                }
                self.rest = &self.rest[i + 1..];
                return Ok(number);
            }
        }
        let is_cut = self.rest.len() < 10;
        Err(self.error(if is_cut {
            "cut off in a number"
        } else {
            "a number of more than 64 bits"
        }))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ProtobufError> {
        match self.rest.split_first_chunk() {
            Some((array, rest)) => {
                self.rest = rest;
                Ok(*array)
            }
            None => Err(self.error("cut off in a number")),
        }
    }

    /// The part of so many bytes that comes next.
    #[inline]
    fn take(&mut self, len: u64) -> Result<Self, ProtobufError> {
        match usize::try_from(len).ok().and_then(|len| self.rest.split_at_checked(len)) {
            Some((part, rest)) => {
                self.rest = rest;
                Ok(Self { rest: part, end: self.at() })
            }
            None => Err(self.error("a length beyond the end")),
        }
    }

    fn skip_group(&mut self, group: u32, depth: u32) -> Result<(), ProtobufError> {
        loop {
            if self.rest.is_empty() {
                return Err(self.error("cut off in a group"));
            }
            let before = *self;
            let (number, wire) = self.tag()?;
            match wire {
                0 => drop(self.varint()?),
                1 => drop(self.array::<8>()?),
                2 => {
                    let len = self.varint()?;
                    self.take(len)?;
                }
                3 if depth > 0 => self.skip_group(number, depth - 1)?,
                4 if number == group => return Ok(()),
                5 => drop(self.array::<4>()?),
                _ => return Err(before.error("not what can stand in a group")),
            }
        }
    }
}
