//! Changes the text of a kubeconfig line by line, so that the rest of it stays as somebody wrote it.
//!
//! It looks at the form of the lines alone and may be mistaken about what they mean: the caller reads the
//! result and takes it only when it says what it should.

use super::Filed;
use super::yaml::to_yaml;
use crate::config::kubeconfig::{Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext};

/// The text with these changes; nothing where it is in another form than one field a line.
pub(super) fn splice(text: &str, before: &Kubeconfig, after: &Kubeconfig) -> Option<String> {
    if text.contains(['\r', '\t', '\u{feff}']) {
        return None;
    }
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n')) {
        last.push('\n');
    }
    entries::<NamedCluster>(&mut lines, before, after)?;
    entries::<NamedAuthInfo>(&mut lines, before, after)?;
    entries::<NamedContext>(&mut lines, before, after)?;
    scalar(&mut lines, "current-context", &before.current_context, &after.current_context)?;
    Some(lines.concat())
}

/// Changes a field of one line.
fn scalar(lines: &mut Vec<String>, key: &str, before: &str, after: &str) -> Option<()> {
    if before == after {
        return Some(());
    }
    let value = to_yaml(&after).ok()?;
    let line = format!("{key}: {}\n", value.trim_end());
    match header(lines, key)? {
        Some(at) => {
            let (_, comment) = without_comment(&lines[at]);
            lines[at] = match comment {
                Some(comment) => format!("{} {comment}", line.trim_end()),
                None => line,
            };
        }
        None => lines.push(line),
    }
    Some(())
}

/// Changes the entries of one list.
fn entries<E: Filed>(
    lines: &mut Vec<String>,
    before: &Kubeconfig,
    after: &Kubeconfig,
) -> Option<()> {
    let (old, new) = (E::list(before), E::list(after));
    if old == new {
        return Some(());
    }
    let find = |entries: &[E], name: &str| entries.iter().position(|entry| entry.name() == name);
    let added: Vec<&E> = new.iter().filter(|entry| find(old, entry.name()).is_none()).collect();
    let Some(at) = header(lines, E::LIST)? else {
        if !old.is_empty() {
            return None;
        }
        lines.push(format!("{}:\n", E::LIST));
        for entry in added {
            lines.push(item(entry, 0)?);
        }
        return Some(());
    };
    let section = Section::find(lines, at)?;
    if section.items.len() != old.len() {
        return None;
    }
    // From the end, so that what comes before stays where it is.
    let end = section.items.last().map_or(at + 1, |(_, end)| *end);
    for (shift, entry) in added.iter().enumerate() {
        lines.insert(end + shift, item(*entry, section.indent)?);
    }
    for (entry, (start, end)) in old.iter().zip(&section.items).rev() {
        let with = match find(new, entry.name()) {
            Some(at) if new[at] == *entry => continue,
            Some(at) => Some(item(&new[at], section.indent)?),
            None => None,
        };
        lines.splice(*start..*end, with);
    }
    lines[at] = match new.is_empty() {
        true => format!("{}: []\n", E::LIST),
        false if section.items.is_empty() => format!("{}:\n", E::LIST),
        false => std::mem::take(&mut lines[at]),
    };
    Some(())
}

/// An entry as an item of a list that stands so far to the right.
fn item<E: Filed>(entry: &E, indent: usize) -> Option<String> {
    let yaml = to_yaml(entry).ok()?;
    let mut item = String::with_capacity(yaml.len() * 2);
    for (number, line) in yaml.lines().enumerate() {
        item.push_str(&" ".repeat(indent));
        item.push_str(if number == 0 { "- " } else { "  " });
        item.push_str(line);
        item.push('\n');
    }
    Some(item)
}

/// The line of a key of the file, if there is one; nothing if there are several.
#[expect(clippy::option_option, reason = "no form that is known, or no such key")]
fn header(lines: &[String], key: &str) -> Option<Option<usize>> {
    let is_header =
        |line: &String| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
    let mut found = lines.iter().enumerate().filter(|(_, line)| is_header(line));
    let first = found.next().map(|(at, _)| at);
    if found.next().is_some() { None } else { Some(first) }
}

/// The lines of a list.
struct Section {
    /// How far to the right its items stand.
    indent: usize,
    /// The first line of each item, and the one behind its last.
    items: Vec<(usize, usize)>,
}

impl Section {
    fn find(lines: &[String], header: usize) -> Option<Self> {
        let (line, _) = without_comment(&lines[header]);
        let value = line.split_once(':')?.1.trim();
        if !matches!(value, "" | "[]" | "null" | "~") {
            return None;
        }
        let ends =
            |line: &String| !line.starts_with([' ', '#', '-', '\n']) || line.trim_end() == "---";
        let start = header + 1;
        let end = lines[start..].iter().position(ends).map_or(lines.len(), |length| start + length);
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let is_item = |line: &str| line.trim_start_matches(' ').starts_with("- ");
        let Some(first) = (start..end).find(|at| !is_empty(&lines[*at])) else {
            return Some(Self { indent: 0, items: Vec::new() });
        };
        let left = indent(&lines[first]);
        if !is_item(&lines[first]) {
            return None;
        }
        let starts: Vec<_> =
            (first..end).filter(|at| indent(&lines[*at]) == left && is_item(&lines[*at])).collect();
        let nexts = starts.iter().skip(1).copied().chain([end]);
        let items = starts.iter().zip(nexts).map(|(start, next)| {
            // What stands before the next one belongs to it.
            let mut end = next;
            while end > start + 1 && is_empty(&lines[end - 1]) {
                end -= 1;
            }
            (*start, end)
        });
        Some(Self { indent: left, items: items.collect() })
    }
}

/// Whether nothing stands there, or a comment.
fn is_empty(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The line up to its comment, and the comment.
fn without_comment(line: &str) -> (&str, Option<&str>) {
    match line.find(" #") {
        Some(at) if !line.contains(['"', '\'']) => (&line[..at], Some(&line[at + 1..])),
        _ => (line, None),
    }
}
