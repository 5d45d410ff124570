//! [`wrap`]: texts in lines. [`printable`]: texts that a terminal shows and does not obey.

/// Breaks lines that are longer than this between words, as kubectl does: spaces at a break are dropped, the
/// others stay, and a word that is longer than a line has one of its own.
///
/// ```
/// use kubeclient_examples::cli::wrap;
///
/// assert_eq!(wrap("a word  or two\nand more", 9), "a word\nor two\nand more");
/// ```
pub fn wrap(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| wrap_line(line, width)).collect();
    lines.join("\n")
}

/// A text of the server with the characters that act on a terminal written out: control characters but line
/// breaks and tabs, and the marks that turn the direction of what follows.
///
/// ```
/// use kubeclient_examples::cli::printable;
///
/// assert_eq!(printable("a\tb\n\u{1b}[2J"), "a\tb\n\\u{1b}[2J");
/// ```
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match acts(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// Whether a terminal obeys a character, or shows what follows it elsewhere.
pub(super) fn acts(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    turns || (c.is_control() && c != '\n' && c != '\t')
}

fn wrap_line(line: &str, width: usize) -> String {
    let is_space = |c: char| c.is_whitespace() && c != '\u{a0}';
    let (mut wrapped, mut taken) = (String::new(), 0);
    let mut rest = line;
    while !rest.is_empty() {
        let (spaces, after) = rest.split_at(rest.find(|c| !is_space(c)).unwrap_or(rest.len()));
        let (word, after) = after.split_at(after.find(is_space).unwrap_or(after.len()));
        rest = after;
        let (gap, length) = (spaces.chars().count(), word.chars().count());
        let is_over = taken + gap + length > width;
        if word.is_empty() {
            // Spaces at the end of a line stay where they have room.
            if !is_over {
                wrapped.push_str(spaces);
            }
            continue;
        }
        if is_over && (length < width || taken + gap > 1) {
            wrapped.push('\n');
            taken = length;
        } else {
            wrapped.push_str(spaces);
            taken += gap + length;
        }
        wrapped.push_str(word);
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        for (text, expected) in [
            ("a\tb\né", "a\tb\né"),
            ("\u{1b}]0;x\u{7}", "\\u{1b}]0;x\\u{7}"),
            ("a\rb\u{9b}", "a\\u{d}b\\u{9b}"),
            ("\u{202e}a\u{2069}\u{200f}", "\\u{202e}a\\u{2069}\\u{200f}"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn lines_are_broken_between_words_and_what_is_longer_stands_alone() {
        for (text, expected) in [
            ("", ""),
            ("abc", "abc"),
            ("abc def", "abc\ndef"),
            ("a b c d", "a b c\nd"),
            ("abcdefgh ij", "abcdefgh\nij"),
            ("ij abcdefgh", "ij\nabcdefgh"),
            ("a\n\nb", "a\n\nb"),
            ("ab  ", "ab  "),
            ("abcd   ", "abcd"),
            ("  ab", "  ab"),
            ("a\u{a0}b cd", "a\u{a0}b\ncd"),
        ] {
            assert_eq!(wrap(text, 5), expected, "{text:?}");
        }
    }
}
