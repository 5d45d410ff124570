//! Takes a text apart into documents, as kubectl does: by lines that begin with `---`. Pure.
//!
//! They are taken apart before they are parsed, so that one that can't be parsed does not hide what is wrong
//! with those behind it.

/// A document, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    /// The line on which `text` begins, from 1.
    pub(super) first_line: usize,
    /// Whether something other than a comment stands behind the `---` that begins it.
    pub(super) has_bad_separator: bool,
}

impl Document<'_> {
    /// The line of the first thing that is neither empty nor a comment.
    pub(super) fn line(&self) -> usize {
        let blank = self.text.lines().take_while(|line| is_blank(line)).count();
        self.first_line + blank
    }
}

/// The documents that hold something, in order.
pub(super) fn documents(text: &str) -> Vec<Document<'_>> {
    let mut found = Vec::new();
    let (mut start, mut first_line, mut bad) = (0, 1, false);
    let mut at = 0;
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let is_begin = line.strip_prefix("---");
        // Behind `...` only directives may come before the next document.
        let is_end = line.trim_end() == "...";
        if is_begin.is_some() || is_end {
            push(&mut found, text, start..at, first_line, bad);
            start = at + line.len();
            first_line = i + 2;
            let behind = is_begin.unwrap_or_default().trim();
            bad = !behind.is_empty() && !behind.starts_with('#');
        }
        at += line.len();
    }
    push(&mut found, text, start..text.len(), first_line, bad);
    found
}

fn push<'a>(
    found: &mut Vec<Document<'a>>,
    text: &'a str,
    range: std::ops::Range<usize>,
    first_line: usize,
    has_bad_separator: bool,
) {
    let text = text.get(range).unwrap_or_default();
    let holds_nothing = text.lines().all(|line| is_blank(line) || line.starts_with('%'));
    if !holds_nothing || has_bad_separator {
        found.push(Document { text, first_line, has_bad_separator });
    }
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, usize, usize)]) {
        let found: Vec<_> = documents(text)
            .iter()
            .map(|document| (document.text, document.first_line, document.line()))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn documents_stand_between_lines_of_dashes() {
        check("", &[]);
        check("# only words\n\n---\n---\n", &[]);
        check("a: 1", &[("a: 1", 1, 1)]);
        check(
            "---\na: 1\n--- # next\n\n# b\nb: 2\n---\n",
            &[("a: 1\n", 2, 2), ("\n# b\nb: 2\n", 4, 6)],
        );
        check(
            "%YAML 1.1\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2\n",
            &[("a: 1\n", 3, 3), ("b: 2\n", 7, 7)],
        );
        check("a: 1\r\n---\r\nb: 2\r\n", &[("a: 1\r\n", 1, 1), ("b: 2\r\n", 3, 3)]);
        check("a: |\n  x\n  ---\n  y\n", &[("a: |\n  x\n  ---\n  y\n", 1, 1)]);
    }

    #[test]
    fn what_stands_behind_the_dashes_is_told() {
        assert!(documents("--- a: 1\n")[0].has_bad_separator);
        assert!(documents("----\n")[0].has_bad_separator);
        assert!(!documents("---   \na: 1\n")[0].has_bad_separator);
    }
}
