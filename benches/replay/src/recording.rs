//! Every answer's bytes, made before the first request: lists and pages are slices of one buffer.
//!
//! Nothing here knows of sockets or HTTP heads, save that watch events carry their chunk framing, so
//! that a stream is written as it stands. Called by `main` to build, by `routes` to answer.

use std::fmt::Write as _;
use std::ops::Range;

use crate::pod::{self, NAMESPACES, Place};

/// The resource version of the empty store: the first pod is written at the next one.
const EPOCH: usize = 1_000_000;

/// The pods, the events that follow, and the small answers.
pub(crate) struct Recording {
    items: String,
    item_at: Vec<Range<usize>>,
    events: String,
    event_at: Vec<Range<usize>>,
    namespaces: String,
}

impl Recording {
    /// Renders `pods` pods and `events` MODIFIED events, which go round the pods.
    pub(crate) fn new(pods: usize, events: usize) -> Self {
        let mut recording = Self {
            items: String::new(),
            item_at: Vec::with_capacity(pods),
            events: String::new(),
            event_at: Vec::with_capacity(events),
            namespaces: namespace_list(EPOCH + pods),
        };
        for index in 0..pods {
            let start = recording.items.len();
            pod::render(&mut recording.items, Place::Item, index, 0, EPOCH + 1 + index);
            recording.item_at.push(start..recording.items.len());
            recording.items.push(',');
        }
        let mut line = String::new();
        for number in 0..events {
            line.clear();
            line.push_str(r#"{"type":"MODIFIED","object":"#);
            let revision = number / pods.max(1) + 1;
            pod::render(
                &mut line,
                Place::Event,
                number % pods.max(1),
                revision,
                EPOCH + pods + 1 + number,
            );
            line.push_str("}\n");
            let start = recording.events.len();
            push_chunk(&mut recording.events, &line);
            recording.event_at.push(start..recording.events.len());
        }
        recording
    }

    /// How many pods there are.
    pub(crate) fn pods(&self) -> usize {
        self.item_at.len()
    }

    /// The resource version that a list answers with, where a watch goes on.
    pub(crate) fn list_version(&self) -> usize {
        EPOCH + self.pods()
    }

    /// The resource version of the last event.
    pub(crate) fn last_version(&self) -> usize {
        self.list_version() + self.event_at.len()
    }

    /// A `PodList` of at most `limit` pods from number `start`: head, items, tail.
    pub(crate) fn page(&self, start: usize, limit: usize) -> [String; 2] {
        let end = start.saturating_add(limit).min(self.pods());
        let mut head = format!(
            r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{}""#,
            self.list_version()
        );
        if end < self.pods() {
            let _ = write!(
                head,
                r#","continue":"{}","remainingItemCount":{}"#,
                token(end),
                self.pods() - end
            );
        }
        head.push_str(r#"},"items":["#);
        [head, "]}\n".to_owned()]
    }

    /// The items of that page, comma-separated.
    pub(crate) fn items(&self, start: usize, limit: usize) -> &str {
        let end = start.saturating_add(limit).min(self.pods());
        match (self.item_at.get(start), self.item_at.get(end.wrapping_sub(1))) {
            (Some(first), Some(last)) if start < end => &self.items[first.start..last.end],
            _ => "",
        }
    }

    /// The events after `version`, each framed as one chunk of a chunked body.
    pub(crate) fn events_after(&self, version: usize) -> impl Iterator<Item = &str> {
        let skipped = version.saturating_sub(self.list_version()).min(self.event_at.len());
        self.event_at[skipped..].iter().map(|range| &self.events[range.clone()])
    }

    /// Every pod as an ADDED event, framed as chunks, then the bookmark that ends the initial list.
    pub(crate) fn initial_events(&self) -> impl Iterator<Item = String> {
        let bookmark = format!(
            concat!(
                r#"{{"type":"BOOKMARK","object":{{"kind":"Pod","apiVersion":"v1","metadata":{{"resourceVersion":"{}","#,
                r#""annotations":{{"k8s.io/initial-events-end":"true"}}}},"spec":{{"containers":null}},"status":{{}}}}}}"#,
                "\n"
            ),
            self.list_version()
        );
        let added = self.item_at.iter().map(|range| {
            // An item lacks its kind: the rest of it follows the brace that opens it.
            let rest = &self.items[range.start + 1..range.end];
            format!("{{\"type\":\"ADDED\",\"object\":{{\"kind\":\"Pod\",\"apiVersion\":\"v1\",{rest}}}\n")
        });
        added.chain([bookmark]).map(|line| {
            let mut chunk = String::with_capacity(line.len() + 8);
            push_chunk(&mut chunk, &line);
            chunk
        })
    }

    /// The `NamespaceList`.
    pub(crate) fn namespaces(&self) -> &str {
        &self.namespaces
    }
}

/// The number of the first pod of the page that `token` stands for.
pub(crate) fn page_start(token: &str) -> Option<usize> {
    token.strip_prefix("pods-from-")?.parse().ok()
}

fn token(start: usize) -> String {
    format!("pods-from-{start}")
}

fn push_chunk(out: &mut String, line: &str) {
    let _ = write!(out, "{:x}\r\n{line}\r\n", line.len());
}

fn namespace_list(version: usize) -> String {
    let mut list = format!(
        r#"{{"kind":"NamespaceList","apiVersion":"v1","metadata":{{"resourceVersion":"{version}"}},"items":["#
    );
    for (index, name) in NAMESPACES.iter().enumerate() {
        let _ = write!(
            list,
            concat!(
                r#"{{"metadata":{{"name":"{name}","uid":"5f6c2f0e-8d5b-4f3a-9c71-0000000000{index:02}","#,
                r#""resourceVersion":"{rv}","creationTimestamp":"2026-03-01T08:00:00Z","#,
                r#""labels":{{"kubernetes.io/metadata.name":"{name}"}},"managedFields":[{{"manager":"kube-apiserver","#,
                r#""operation":"Update","apiVersion":"v1","time":"2026-03-01T08:00:00Z","fieldsType":"FieldsV1","#,
                r#""fieldsV1":{{"f:metadata":{{"f:labels":{{".":{{}},"f:kubernetes.io/metadata.name":{{}}}}}}}}}}]}},"#,
                r#""spec":{{"finalizers":["kubernetes"]}},"status":{{"phase":"Active"}}}},"#,
            ),
            name = name,
            index = index,
            rv = index + 3,
        );
    }
    list.pop();
    list.push_str("]}\n");
    list
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Recording, page_start};

    #[test]
    fn pages_by_continue_token_hold_every_pod_once() {
        let recording = Recording::new(25, 0);
        let (mut start, mut seen) = (0, Vec::new());
        loop {
            let [head, tail] = recording.page(start, 10);
            let page: Value =
                serde_json::from_str(&format!("{head}{}{tail}", recording.items(start, 10)))
                    .expect("JSON");
            seen.extend(
                page["items"]
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(|pod| pod["metadata"]["name"].to_string()),
            );
            match page["metadata"]["continue"].as_str() {
                Some(token) => start = page_start(token).expect("our own token"),
                None => break,
            }
        }
        let listed = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((listed, seen.len()), (25, 25));
    }

    #[test]
    fn events_go_on_after_the_version_that_the_list_told() {
        let recording = Recording::new(3, 8);
        assert_eq!(recording.events_after(recording.list_version()).count(), 8);
        assert_eq!(recording.events_after(recording.list_version() + 5).count(), 3);
        assert_eq!(recording.events_after(recording.last_version()).count(), 0);
        for chunk in recording.events_after(0).map(str::to_owned).chain(recording.initial_events())
        {
            let (size, line) = chunk.split_once("\r\n").expect("a chunk's size stands on a line");
            let line = line.strip_suffix("\r\n").expect("a chunk ends its data with a line break");
            assert_eq!(usize::from_str_radix(size, 16).expect("hexadecimal"), line.len());
            serde_json::from_str::<Value>(line).expect("an event is JSON");
        }
    }

    #[test]
    fn the_namespace_list_is_json() {
        let list: Value = serde_json::from_str(Recording::new(0, 0).namespaces()).expect("JSON");
        assert_eq!(list["items"].as_array().map(Vec::len), Some(5));
    }
}
