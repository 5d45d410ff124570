//! What fuzz targets are fed: texts and bytes that were right before they were damaged.
//!
//! The targets are tests beside what they try; their names hold `damaged`. `cargo test` runs each on the inputs of
//! its `__fuzz__` folder, then on random damage for a moment; `BOLERO_RANDOM_TEST_TIME_MS` says for how long.
//! `tests/fuzz/long.sh` has libFuzzer look for damage that reaches what other damage did not.

use bolero::TypeGenerator;

/// Bytes from nowhere, or a good example with mistakes in it.
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) enum Damage {
    Noise(Vec<u8>),
    One(u8, Mistake),
    Some(u8, Vec<Mistake>),
}

/// A place in bytes, as a part of their length.
type Place = u16;

/// One mistake.
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) enum Mistake {
    Cut(Place),
    Put(Place, u8),
    Flip(Place, u8),
    Remove(Place, u8),
    Insert(Place, Vec<u8>),
    Token(Place, u8),
    Double(Place, u8),
    Repeat(Place, u8, u8),
    Swap(Place, Place),
    Splice(Place, u8, Place, u8),
}

/// What parsers stumble over.
const TOKENS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"'",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b"\t",
    b" ",
    b"\0",
    b"\x7f",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    "\u{202e}".as_bytes(),
    "\u{1f980}".as_bytes(),
    b"\\u0000",
    b"\\ud800",
    b"&a ",
    b"*a",
    b"<<: *a\n",
    b"!!binary ",
    b"---\n",
    b"...\n",
    b"- ",
    b"? ",
    b"|\n",
    b"null",
    b"true",
    b"~",
    b"-1",
    b"0",
    b"1e400",
    b"1e-400",
    b"-0",
    b"NaN",
    b"9223372036854775808",
    b"18446744073709551616",
    b"%2e%2e",
    b"../",
    b"/",
    b"\\",
    b"?watch=1",
    b"#",
    b";",
    b"=",
    b"==",
    b"!=",
    b" in (",
    b" notin (",
    b")",
    b"Ei",
    b"m",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"k8s\x00",
    b"apiVersion",
    b"kind",
    b"metadata",
    b"items",
];

impl Damage {
    /// The bytes; the examples are those of the target.
    pub(crate) fn of(&self, examples: &[&[u8]]) -> Vec<u8> {
        let example = |number: u8| examples[usize::from(number) % examples.len()];
        match self {
            Self::Noise(bytes) => bytes.clone(),
            Self::One(number, mistake) => mistake.make(example(*number).to_vec(), examples),
            Self::Some(number, mistakes) => mistakes
                .iter()
                .fold(example(*number).to_vec(), |bytes, mistake| mistake.make(bytes, examples)),
        }
    }

    /// The text, where it is one.
    pub(crate) fn text_of(&self, examples: &[&str]) -> String {
        let examples: Vec<&[u8]> = examples.iter().map(|text| text.as_bytes()).collect();
        String::from_utf8_lossy(&self.of(&examples)).into_owned()
    }
}

impl Mistake {
    fn make(&self, mut bytes: Vec<u8>, examples: &[&[u8]]) -> Vec<u8> {
        let len = bytes.len();
        let at = |place: &Place| usize::from(*place) * len / usize::from(Place::MAX);
        let span = |place: &Place, count: &u8| {
            let start = at(place);
            start..(start + usize::from(*count)).min(len)
        };
        match self {
            Self::Cut(place) => bytes.truncate(at(place)),
            Self::Put(place, byte) => {
                if let Some(found) = bytes.get_mut(at(place)) {
                    *found = *byte;
                }
            }
            Self::Flip(place, bit) => {
                if let Some(found) = bytes.get_mut(at(place)) {
                    *found ^= 1 << (bit % 8);
                }
            }
            Self::Remove(place, count) => drop(bytes.drain(span(place, count))),
            Self::Insert(place, more) => drop(bytes.splice(at(place)..at(place), more.clone())),
            Self::Token(place, number) => {
                let token = TOKENS[usize::from(*number) % TOKENS.len()];
                drop(bytes.splice(at(place)..at(place), token.iter().copied()));
            }
            Self::Double(place, count) => {
                let part = bytes[span(place, count)].to_vec();
                drop(bytes.splice(at(place)..at(place), part));
            }
            Self::Repeat(place, count, times) => {
                let part = bytes[span(place, &(count % 8))].repeat(usize::from(*times) * 16);
                drop(bytes.splice(at(place)..at(place), part));
            }
            Self::Swap(one, other) => {
                if at(one) < len && at(other) < len {
                    bytes.swap(at(one), at(other));
                }
            }
            Self::Splice(place, number, from, count) => {
                let other = examples[usize::from(*number) % examples.len()];
                let start = usize::from(*from) * other.len() / usize::from(Place::MAX);
                let end = (start + usize::from(*count)).min(other.len());
                drop(bytes.splice(at(place)..at(place), other[start..end].iter().copied()));
            }
        }
        bytes
    }
}

/// The text, broken at each place of a mark in each of twelve ways: what stood behind a quote is cut,
/// unquoted, doubled or made something else.
pub(crate) fn broken_at(text: &str, mark: &str) -> Vec<Vec<u8>> {
    const WAYS: &[fn(&str) -> Vec<u8>] = &[
        |word| word.into(),
        |word| format!("\"{word}").into(),
        |word| format!("\"{word}\"{word}\"").into(),
        |word| format!("[{word}").into(),
        |word| format!("*{word}").into(),
        |word| format!("\"{word}\\q\"").into(),
        |word| format!("\"{word}\0\"").into(),
        |word| format!("@{word}").into(),
        |word| format!("{{{word}: {word}, {word}: {word}}}").into(),
        |word| [b"\"".as_slice(), word.as_bytes(), b"\xff\""].concat(),
        |word| format!("\"{word}\", \"{word}\"").into(),
        |word| format!("}} {word}").into(),
    ];
    let mut broken = Vec::new();
    for (at, _) in text.match_indices(mark) {
        let rest = &text[at..];
        let end = rest.find('"').unwrap_or(rest.len());
        let start = text[..at].rfind('"').unwrap_or(at);
        for (number, way) in WAYS.iter().enumerate() {
            // The first way cuts, the others go on behind it.
            let tail = if number == 0 { "" } else { rest.get(end + 1..).unwrap_or_default() };
            let bytes = [&text.as_bytes()[..start], &way(&rest[..end]), tail.as_bytes()].concat();
            broken.push(bytes);
        }
    }
    broken
}

/// An error's text fits on a screen, and no character in it moves the cursor.
#[track_caller]
pub(crate) fn assert_printable(error: &impl std::fmt::Display) {
    let text = error.to_string();
    assert!(text.len() < 4_000, "{} bytes: {text:.300}", text.len());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
