//! Did-you-mean: the known words nearest to one that is not known. Pure.

/// At most so many words are suggested.
const MOST: usize = 3;

/// What is longer than any name of a resource and its group is not compared: comparing costs the square.
const LONGEST: usize = 128;

/// The known words that were most likely meant, the nearest first.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if word.len() > LONGEST {
        return Vec::new();
    }
    let word: Vec<char> = word.to_lowercase().chars().collect();
    // One edit for each three letters, so that short words are not taken for each other.
    let allowed = (word.len() / 3).max(1);
    let mut near: Vec<(usize, &str)> = known
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(edits, candidate)| *edits <= allowed && *edits < candidate.len())
        .collect();
    near.sort_by_key(|(edits, _)| *edits);
    let mut words: Vec<&str> = Vec::new();
    for (_, candidate) in near {
        if words.len() < MOST && !words.contains(&candidate) {
            words.push(candidate);
        }
    }
    words
}

/// The insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut edits = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                edits = edits.min(before[j - 2] + 1);
            }
            row.push(edits);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: &[&str]) {
        let known = ["pods", "po", "deployments", "deploy", "services", "events", "leases"];
        assert_eq!(nearest(word, known.into_iter()), expected, "for {word:?}");
    }

    #[test]
    fn the_nearest_words_come_first() {
        check("pdos", &["pods"]);
        check("deploymnets", &["deployments"]);
        check("Sevices", &["services"]);
        check("depoly", &["deploy"]);
    }

    #[test]
    fn a_word_of_its_own_has_none() {
        check("frobnicators", &[]);
        check("x", &[]);
        check("", &[]);
        check(&"p".repeat(100_000), &[]);
    }
}
