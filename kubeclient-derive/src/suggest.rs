//! Did-you-mean: the known word that a misspelt one was most likely meant to be.

/// The word of `known` nearest to `word`, when it is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let bare = bare(word);
    if let Some(same) = known.iter().find(|candidate| self::bare(candidate) == bare) {
        return Some(same);
    }
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(edits, candidate)| *edits <= allowed(word, candidate))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// `` `a`, `b` or `c` ``, for the messages that list what is known.
pub(crate) fn list(known: &[&str]) -> String {
    let quoted: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The word without what people vary: case and underscores.
fn bare(word: &str) -> String {
    word.chars().filter(|c| *c != '_' && *c != '-').flat_map(char::to_lowercase).collect()
}

/// One edit for each three letters, so that short words are not taken for each other.
fn allowed(word: &str, candidate: &str) -> usize {
    let letters = word.chars().count().max(candidate.chars().count());
    (letters / 3).max(1)
}

/// The insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut edits = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                edits = edits.min(rows[i - 2][j - 2] + 1);
            }
            row.push(edits);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, list, nearest};

    const KEYS: &[&str] = &["group", "version", "kind", "plural", "short_names", "scope"];

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(nearest(word, KEYS), expected, "for `{word}`");
    }

    #[test]
    fn a_misspelt_word_finds_the_one_that_was_meant() {
        check("gruop", Some("group"));
        check("groups", Some("group"));
        check("versoin", Some("version"));
        check("kinds", Some("kind"));
        check("shortname", Some("short_names"));
    }

    #[test]
    fn case_and_underscores_do_not_count() {
        check("shortNames", Some("short_names"));
        check("GROUP", Some("group"));
        check("short-names", Some("short_names"));
        check("S_C_O_P_E", Some("scope"));
    }

    #[test]
    fn a_word_of_its_own_finds_none() {
        check("frobnicate", None);
        check("name", None);
        check("", None);
        check("ü", None);
    }

    #[test]
    fn distance_counts_a_swap_of_neighbours_once() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(list(&[]), "");
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
