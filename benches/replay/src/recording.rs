//! Every answer's bytes, made before the first request: lists and pages are slices of one buffer.
//!
//! Nothing here knows of sockets or HTTP heads, save that watch events carry their chunk framing, so
//! that a stream is written as it stands. Called by `main` to build, by `routes` to answer.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use crate::pod::{self, NAMESPACES, Place};
use crate::protobuf::{self, Result};
use crate::wire::Wire;

/// The resource version of the empty store: the first pod is written at the next one.
const EPOCH: usize = 1_000_000;

/// The pods, the events that follow, and the small answers, in both wires.
pub(crate) struct Recording {
    json: Answers,
    protobuf: Answers,
}

/// The answers in one wire.
#[derive(Default)]
struct Answers {
    items: Pieces,
    /// Every pod as an ADDED event, then the bookmark that ends the initial list.
    initial: Pieces,
    events: Pieces,
    namespaces: Vec<u8>,
}

/// Many pieces in one buffer.
#[derive(Default)]
struct Pieces {
    bytes: Vec<u8>,
    at: Vec<Range<usize>>,
}

impl Recording {
    /// Renders `pods` pods and `events` MODIFIED events, which go round the pods.
    pub(crate) fn new(pods: usize, events: usize) -> Result<Self> {
        let (mut json, mut protobuf) = (Answers::default(), Answers::default());
        // Written last, as it were: so a client knows which event is the last one.
        json.namespaces = namespace_list(EPOCH + pods + events).into_bytes();
        protobuf.namespaces = protobuf::answer(&namespace_list(EPOCH + pods + events))?;
        let mut text = String::new();
        for index in 0..pods {
            text.clear();
            pod::render(&mut text, Place::Item, index, 0, EPOCH + 1 + index);
            json.items.push(text.as_bytes(), b",");
            let mut item = Vec::new();
            protobuf::bytes(&mut item, 2, &protobuf::pod(&text)?);
            protobuf.items.push(&item, b"");
        }
        for index in 0..=pods {
            let (mut object, mut kind) = (String::new(), "ADDED");
            if index < pods {
                pod::render(&mut object, Place::Event, index, 0, EPOCH + 1 + index);
            } else {
                kind = "BOOKMARK";
                object = bookmark(EPOCH + pods);
            }
            json.initial.push(&chunk(&json_event(kind, &object)), b"");
            let event = protobuf::event(kind, &protobuf::pod(&object)?);
            protobuf.initial.push(&chunk(&event), b"");
        }
        for number in 0..events {
            text.clear();
            let (index, revision) = (number % pods.max(1), number / pods.max(1) + 1);
            pod::render(&mut text, Place::Event, index, revision, EPOCH + pods + 1 + number);
            json.events.push(&chunk(&json_event("MODIFIED", &text)), b"");
            let event = protobuf::event("MODIFIED", &protobuf::pod(&text)?);
            protobuf.events.push(&chunk(&event), b"");
        }
        Ok(Self { json, protobuf })
    }

    /// How many pods there are.
    pub(crate) fn pods(&self) -> usize {
        self.json.items.at.len()
    }

    /// The resource version that a list answers with, where a watch goes on.
    pub(crate) fn list_version(&self) -> usize {
        EPOCH + self.pods()
    }

    /// The resource version of the last event.
    pub(crate) fn last_version(&self) -> usize {
        self.list_version() + self.json.events.at.len()
    }

    /// A `PodList` of at most `limit` pods from number `start`: head, items, tail.
    pub(crate) fn page(
        &self,
        wire: Wire,
        start: usize,
        limit: usize,
    ) -> Result<[Cow<'_, [u8]>; 3]> {
        let end = start.saturating_add(limit).min(self.pods());
        let mut metadata = format!(r#"{{"resourceVersion":"{}""#, self.list_version());
        if end < self.pods() {
            let left = self.pods() - end;
            let _ = write!(metadata, r#","continue":"{}","remainingItemCount":{left}"#, token(end));
        }
        metadata.push('}');
        let items = self.of(wire).items.between(start, end);
        Ok(match wire {
            Wire::Json => {
                let head = format!(
                    r#"{{"kind":"PodList","apiVersion":"v1","metadata":{metadata},"items":["#
                );
                [head.into_bytes().into(), items.into(), b"]}\n".into()]
            }
            Wire::Protobuf => {
                let metadata = protobuf::list_metadata(&metadata)?;
                let length = metadata.len() + items.len();
                let head = [protobuf::envelope_start("v1", "PodList", length), metadata].concat();
                [head.into(), items.into(), protobuf::ENVELOPE_END.into()]
            }
        })
    }

    /// The events after `version`, each framed as one chunk of a chunked body.
    pub(crate) fn events_after(&self, wire: Wire, version: usize) -> impl Iterator<Item = &[u8]> {
        let events = &self.of(wire).events;
        let skipped = version.saturating_sub(self.list_version()).min(events.at.len());
        events.at[skipped..].iter().map(|range| &events.bytes[range.clone()])
    }

    /// Every pod as an ADDED event, then the bookmark that ends the initial list; each framed as a chunk.
    pub(crate) fn initial_events(&self, wire: Wire) -> impl Iterator<Item = &[u8]> {
        let initial = &self.of(wire).initial;
        initial.at.iter().map(|range| &initial.bytes[range.clone()])
    }

    /// The `NamespaceList`.
    pub(crate) fn namespaces(&self, wire: Wire) -> &[u8] {
        &self.of(wire).namespaces
    }

    fn of(&self, wire: Wire) -> &Answers {
        match wire {
            Wire::Json => &self.json,
            Wire::Protobuf => &self.protobuf,
        }
    }
}

impl Pieces {
    fn push(&mut self, piece: &[u8], separator: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(piece);
        self.at.push(start..self.bytes.len());
        self.bytes.extend_from_slice(separator);
    }

    /// The pieces from `start` up to `end` with what separates them.
    fn between(&self, start: usize, end: usize) -> &[u8] {
        match (self.at.get(start), self.at.get(end.wrapping_sub(1))) {
            (Some(first), Some(last)) if start < end => &self.bytes[first.start..last.end],
            _ => b"",
        }
    }
}

/// The number of the first pod of the page that `token` stands for.
pub(crate) fn page_start(token: &str) -> Option<usize> {
    token.strip_prefix("pods-from-")?.parse().ok()
}

fn token(start: usize) -> String {
    format!("pods-from-{start}")
}

fn json_event(kind: &str, object: &str) -> Vec<u8> {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n").into_bytes()
}

fn chunk(event: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", event.len()).as_bytes(), event, b"\r\n"].concat()
}

fn bookmark(version: usize) -> String {
    format!(
        concat!(
            r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"resourceVersion":"{}","#,
            r#""annotations":{{"k8s.io/initial-events-end":"true"}}}},"spec":{{"containers":null}},"status":{{}}}}"#,
        ),
        version
    )
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
    use crate::pod::{self, Place};
    use crate::wire::Wire;

    fn recording(pods: usize, events: usize) -> Recording {
        Recording::new(pods, events).expect("valid")
    }

    #[test]
    fn pages_by_continue_token_hold_every_pod_once() {
        let recording = recording(25, 0);
        let (mut start, mut seen) = (0, Vec::new());
        loop {
            let page = recording.page(Wire::Json, start, 10).expect("valid").concat();
            let page: Value = serde_json::from_slice(&page).expect("JSON");
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
        let recording = recording(3, 8);
        for wire in [Wire::Json, Wire::Protobuf] {
            let after = |version| recording.events_after(wire, version).count();
            let list = recording.list_version();
            assert_eq!((after(list), after(list + 5), after(recording.last_version())), (8, 3, 0));
        }
    }

    #[test]
    fn an_event_is_a_chunk_of_its_own() {
        let recording = recording(3, 8);
        for wire in [Wire::Json, Wire::Protobuf] {
            let events = recording.events_after(wire, 0).map(<[u8]>::to_vec);
            let initial = recording.initial_events(wire).map(<[u8]>::to_vec);
            for chunk in events.chain(initial) {
                let end = chunk.windows(2).position(|pair| pair == b"\r\n").expect("a size");
                let size = str::from_utf8(&chunk[..end]).expect("digits");
                let size = usize::from_str_radix(size, 16).expect("hexadecimal");
                let event = &chunk[end + 2..chunk.len() - 2];
                assert_eq!((size, &chunk[chunk.len() - 2..]), (event.len(), &b"\r\n"[..]));
                if wire == Wire::Json {
                    serde_json::from_slice::<Value>(event).expect("an event is JSON");
                }
            }
        }
    }

    #[test]
    fn managed_fields_are_the_same_text_in_both_wires() {
        let mut json = String::new();
        pod::render(&mut json, Place::Item, 0, 0, 1_000_001);
        let pod: Value = serde_json::from_str(&json).expect("a pod is JSON");
        let items = recording(1, 0).page(Wire::Protobuf, 0, 1).expect("valid").concat();
        for entry in pod["metadata"]["managedFields"].as_array().expect("two managers") {
            let text = entry["fieldsV1"].to_string();
            assert!(json.contains(&text), "{text}");
            assert!(items.windows(text.len()).any(|bytes| bytes == text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn the_namespace_list_is_json() {
        let list: Value =
            serde_json::from_slice(recording(0, 0).namespaces(Wire::Json)).expect("JSON");
        assert_eq!(list["items"].as_array().map(Vec::len), Some(5));
    }
}
