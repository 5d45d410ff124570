//! Protobuf's wire: numbered fields, one after the other.

/// Reads the fields of a message.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// What a field holds, as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    /// Fields between two marks, which nothing uses any more: they are skipped.
    Group,
    Fixed32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field's number and value; the message's name is for what is said of errors.
    pub(super) fn next(&mut self, message: &str) -> Result<Option<(u64, Wire<'a>)>, String> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, kind) = self.tag()?;
        if kind == 4 {
            return Err(format!("proto: {message}: wiretype end group for non-group"));
        }
        if number == 0 || number > MAX_NUMBER {
            return Err(format!("proto: {message}: illegal tag {number} (wire type {kind})"));
        }
        let wire = match kind {
            3 => {
                self.skip_group()?;
                Wire::Group
            }
            kind => self.value(kind)?,
        };
        Ok(Some((number, wire)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0;
        for index in 0..10 {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("proto: integer overflow".to_owned())
    }

    fn tag(&mut self) -> Result<(u64, u8), String> {
        let tag = self.varint()?;
        // Invariant: three bits fit into eight.
        Ok((tag >> 3, (tag & 7) as u8))
    }

    fn value(&mut self, kind: u8) -> Result<Wire<'a>, String> {
        Ok(match kind {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = self.varint()?;
                if i64::try_from(length).is_err() {
                    return Err("proto: negative length found during unmarshaling".to_owned());
                }
                Wire::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => {
                self.array::<4>()?;
                Wire::Fixed32
            }
            _ => return Err(format!("proto: illegal wireType {kind}")),
        })
    }

    /// Skips to behind a group's end, with the groups in it.
    fn skip_group(&mut self) -> Result<(), String> {
        let mut open = 1_usize;
        while open > 0 {
            match self.tag()?.1 {
                3 => open += 1,
                4 => open -= 1,
                kind => {
                    self.value(kind)?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| "unexpected EOF".to_owned())?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) =
            self.rest.split_first_chunk().ok_or_else(|| "unexpected EOF".to_owned())?;
        self.rest = rest;
        Ok(*taken)
    }
}

const MAX_NUMBER: u64 = (1 << 29) - 1;

impl<'a> Wire<'a> {
    /// What a field holds that is a string, bytes or a message.
    pub(super) fn bytes(self, field: &str) -> Result<&'a [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            other => Err(other.wrong(field)),
        }
    }

    /// What a field holds that is an integer or a boolean.
    pub(super) fn varint(self, field: &str) -> Result<u64, String> {
        match self {
            Self::Varint(value) => Ok(value),
            other => Err(other.wrong(field)),
        }
    }

    /// What a field holds that is a floating-point number.
    pub(super) fn double(self, field: &str) -> Result<f64, String> {
        match self {
            Self::Fixed64(bits) => Ok(f64::from_bits(bits)),
            other => Err(other.wrong(field)),
        }
    }

    fn wrong(self, field: &str) -> String {
        let kind = match self {
            Self::Varint(_) => 0,
            Self::Fixed64(_) => 1,
            Self::Bytes(_) => 2,
            Self::Group => 3,
            Self::Fixed32 => 5,
        };
        // The server names the field of its own type.
        let mut letters = field.chars();
        let name = match letters.next() {
            _ if field == "metadata" => "ObjectMeta".to_owned(),
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => String::new(),
        };
        format!("proto: wrong wireType = {kind} for field {name}")
    }
}
