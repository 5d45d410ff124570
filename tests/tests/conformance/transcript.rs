//! What was said, normalised: what is each server's own (uids, versions, times, addresses) becomes a
//! label, so that two servers that behave alike have the same transcript.

mod difference;
mod normal;

use std::fmt::Write as _;

use serde_json::Value;

use crate::wire::Head;

pub(crate) use difference::differences;
use normal::Normal;

/// Headers that belong to the behaviour; the others are the connection's matter.
const HEADERS: &[&str] = &[
    "Content-Type",
    "Cache-Control",
    "Warning",
    "Retry-After",
    "Vary",
    "X-Content-Type-Options",
    "Allow",
];

/// The exchanges of one case with one server.
#[derive(Default)]
pub(crate) struct Transcript {
    entries: Vec<Entry>,
    normal: Normal,
}

/// One exchange, or one event of a watch.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// `GET /api/v1/..`.
    title: String,
    status: u16,
    headers: Vec<String>,
    body: Value,
    compared: Compared,
}

/// How much of an entry is compared.
#[derive(Clone, Debug, Default)]
pub(crate) enum Compared {
    #[default]
    Whole,
    /// Not the texts: code and, of a Status, the reason.
    CodeAndReason,
    /// Everything but these JSON pointers.
    Without(Vec<&'static str>),
    Nothing,
}

impl Transcript {
    /// Adds an answer; returns its place.
    pub(crate) fn answer(&mut self, title: String, head: &Head, body: &[u8]) -> usize {
        let mut headers = Vec::new();
        for name in HEADERS {
            headers.extend(
                head.all(name).iter().map(|value| format!("{name}: {}", self.normal.text(value))),
            );
        }
        if !head.all("Audit-Id").is_empty() {
            headers.push("Audit-Id: <uid>".to_owned());
        }
        let body = head
            .value(body)
            .unwrap_or_else(|| Value::String(String::from_utf8_lossy(body).into_owned()));
        self.push(title, head.status, headers, body)
    }

    /// Adds any value under a title; returns its place.
    pub(crate) fn value(&mut self, title: String, value: Value) -> usize {
        self.push(title, 0, Vec::new(), value)
    }

    fn push(&mut self, title: String, status: u16, headers: Vec<String>, body: Value) -> usize {
        let body = self.normal.value(body);
        let title = self.normal.text(&title);
        self.entries.push(Entry { title, status, headers, body, compared: Compared::Whole });
        self.entries.len() - 1
    }

    /// Says how much of an entry is compared.
    pub(crate) fn compare(&mut self, place: usize, compared: Compared) {
        let entry = &mut self.entries[place];
        entry.compared = match (std::mem::take(&mut entry.compared), compared) {
            (Compared::Without(mut before), Compared::Without(more)) => {
                before.extend(more);
                Compared::Without(before)
            }
            (_, compared) => compared,
        };
    }

    /// A text of this server's own that becomes a label wherever it comes.
    pub(crate) fn hide(&mut self, text: &str, label: &str) {
        self.normal.hide(text, label);
    }

    /// The last exchanges, for a failure's message.
    pub(crate) fn tail(&self, count: usize) -> String {
        let mut text = String::new();
        for entry in self.entries.iter().rev().take(count).rev() {
            let body: String = entry.body.to_string().chars().take(1500).collect();
            let _ = writeln!(text, "    {} -> {} {body}", entry.title, entry.status);
        }
        text
    }
}
