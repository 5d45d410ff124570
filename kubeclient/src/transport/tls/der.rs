//! [`Elements`]: as much of DER as it takes to find a key in a certificate, or in another key.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;
/// `[0]` and `[1]`, with the element itself inside.
pub(super) const EXPLICIT: [u8; 2] = [0xa0, 0xa1];

/// Elements that stand one behind the other.
pub(super) struct Elements<'a>(&'a [u8]);

/// One of them.
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) contents: &'a [u8],
    /// With its tag and its length.
    pub(super) whole: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(super) fn of(der: &'a [u8]) -> Self {
        Self(der)
    }

    /// Takes the next element, where it has this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        let (element, rest) = first(self.0).filter(|(element, _)| element.tag == tag)?;
        self.0 = rest;
        Some(element)
    }

    /// Takes the next element, whatever it is.
    pub(super) fn take_any(&mut self) -> Option<Element<'a>> {
        let (element, rest) = first(self.0)?;
        self.0 = rest;
        Some(element)
    }

    /// Takes the one element with this tag that there is, and goes into it.
    pub(super) fn within(mut self, tag: u8) -> Option<Elements<'a>> {
        let element = self.take(tag)?;
        self.0.is_empty().then_some(Self(element.contents))
    }
}

/// The first element, and what follows it. Tags of several bytes, and lengths that are not written as DER has it, are
/// no DER that is read here.
fn first(der: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        ..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            let is_shortest = length >= 0x80 && bytes.first() != Some(&0);
            (is_shortest.then_some(length)?, rest)
        }
        _ => return None,
    };
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (contents, behind) = rest.split_at_checked(length)?;
    let whole = &der[..der.len() - behind.len()];
    Some((Element { tag, contents, whole }, behind))
}

/// An element of these contents.
pub(super) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut der = Vec::with_capacity(contents.len() + 2 + length.len());
    der.push(tag);
    match length {
        [] => der.push(0),
        [short @ ..=0x7f] => der.push(*short),
        long => {
            der.push(long.iter().fold(0x80, |mark, _| mark + 1));
            der.extend(long);
        }
    }
    der.extend(contents);
    der
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65535, 65536] {
            let contents = vec![7; length];
            let mut two = element(SEQUENCE, &contents);
            two.extend(element(INTEGER, &[1]));
            let mut elements = Elements::of(&two);
            assert!(elements.take(INTEGER).is_none(), "another one comes first");
            let read = elements.take(SEQUENCE).unwrap();
            assert_eq!((read.contents, read.whole), (&contents[..], &two[..two.len() - 3]));
            assert_eq!(elements.take_any().unwrap().contents, [1]);
            assert!(elements.take_any().is_none());
            assert!(Elements::of(&two).within(SEQUENCE).is_none(), "something follows it");
        }
    }

    #[test]
    fn what_is_cut_or_says_too_much_is_nothing() {
        for der in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x30, 0x81],
            &[0x30, 0x82, 1],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0],
            // Of more bytes than a length may have here, of no known length, and reserved.
            &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0xff],
            // Longer than need be.
            &[0x30, 0x81, 1, 0],
            &[0x30, 0x82, 0, 1, 0],
            // A tag that goes on.
            &[0x3f, 0x30, 0],
        ] {
            assert!(Elements::of(der).take_any().is_none(), "{der:x?}");
        }
    }
}
