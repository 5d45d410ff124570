//! What containers wrote: given by tests, read through `pods/log`.

mod options;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use self::options::LogOptions;
use super::connect::{container, pod};
use super::{items_at, text_at};
use crate::api::{Call, Cluster};
use crate::failure::{Details, Failure, Result};
use crate::http::{Reply, Response, Sink};
use crate::object::Object;
use crate::store::{Key, Stored};

/// How long a follower goes without asking whether anybody listens.
const PATIENCE: Duration = Duration::from_millis(250);

/// The logs of all containers.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    by_container: Mutex<HashMap<Place, Log>>,
}

/// Namespace, pod, container, and whether it is of the container's last run.
type Place = (String, String, String, bool);

/// What one container wrote.
#[derive(Clone, Debug, Default)]
struct Log {
    lines: Vec<Line>,
    /// How many times it began anew.
    turns: u64,
    ended: bool,
}

/// A piece of the log, written at once: a line, or the part of one that is there so far.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    time: Timestamp,
    text: String,
}

impl Log {
    fn append(&mut self, time: Timestamp, text: &str) {
        for piece in text.split_inclusive('\n') {
            match self.lines.last_mut() {
                Some(last) if !last.text.ends_with('\n') => last.text.push_str(piece),
                _ => self.lines.push(Line { time, text: piece.to_owned() }),
            }
        }
    }
}

impl Logs {
    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Log>> {
        self.by_container.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, place: &Place) -> Option<Log> {
        self.lock().get(place).cloned()
    }
}

impl Cluster {
    /// From now on this is what the container has written.
    pub(crate) fn set_logs(&self, namespace: &str, pod: &str, container: &str, text: &str) {
        self.change_log(namespace, pod, container, false, |log, now| {
            *log = Log { turns: log.turns + 1, ..Log::default() };
            log.append(now, text);
        });
    }

    /// The container writes this besides.
    pub(crate) fn append_log(&self, namespace: &str, pod: &str, container: &str, text: &str) {
        self.change_log(namespace, pod, container, false, |log, now| log.append(now, text));
    }

    /// The container writes no more: whoever follows its log comes to the end.
    pub(crate) fn end_log(&self, namespace: &str, pod: &str, container: &str) {
        self.change_log(namespace, pod, container, false, |log, _| log.ended = true);
    }

    /// What the container wrote in its last run.
    pub(crate) fn set_previous_logs(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        text: &str,
    ) {
        self.change_log(namespace, pod, container, true, |log, now| {
            *log = Log::default();
            log.append(now, text);
        });
    }

    /// Nobody wrote anything.
    pub(crate) fn forget_logs(&self) {
        self.subresources.logs.lock().clear();
        self.store.wake();
    }

    fn change_log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
        change: impl FnOnce(&mut Log, Timestamp),
    ) {
        let place = (namespace.to_owned(), pod.to_owned(), container.to_owned(), previous);
        let now = self.clock.now();
        change(self.subresources.logs.lock().entry(place).or_default(), now);
        self.store.wake();
    }
}

/// The log of a container.
pub(super) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    let options = LogOptions::of(call)?;
    let pod = pod(cluster, call)?;
    let container = container(&pod.value, &options.container)?;
    let Key { namespace, name, .. } = &pod.key;
    let place = (namespace.clone(), name.clone(), container.clone(), options.previous);
    let log = match cluster.subresources.logs.get(&place) {
        Some(log) => log,
        None if text_at(&pod.value, &["spec", "nodeName"]).is_empty() => {
            return Ok(Reply::Full(Response { status: 204, ..Response::default() }));
        }
        None => {
            has_begun(cluster, &pod.value, &container, options.previous)?;
            Log::default()
        }
    };
    let response = Response::new(200, "text/plain", Vec::new());
    let mut reader = Reader::new(cluster, options);
    if !reader.options.follow || reader.options.previous {
        let body = reader.next(&log);
        return Ok(Reply::Full(Response { body, ..response }));
    }
    let follower = Follower { cluster: Arc::clone(cluster), pod, place, reader };
    Ok(Reply::Stream(response, Box::new(move |sink| follower.run(sink))))
}

/// Refuses the log of a container that has none: as a node does, or the server that knows no such node.
fn has_begun(cluster: &Cluster, pod: &Value, container: &str, previous: bool) -> Result<()> {
    let name = pod.name();
    if previous {
        return Err(Failure::bad_request(format!(
            "previous terminated container {container:?} in pod {name:?} not found"
        )));
    }
    let statuses = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let mut statuses = statuses.iter().flat_map(|list| items_at(pod, &["status", list]));
    let status = statuses.find(|status| text_at(status, &["name"]) == container);
    let state = |key: &str| status.and_then(|status| status.get("state")?.get(key));
    if state("running").is_some() || state("terminated").is_some() {
        return Ok(());
    }
    let node = text_at(pod, &["spec", "nodeName"]);
    if cluster.store.get(&Key::new("nodes", "", node)).is_none() {
        // It says so of a pod, though it is the node that is missing.
        let message = format!("pods {node:?} not found");
        return Err(Failure::new(404, "NotFound", message).with_details(Details {
            name: node.to_owned(),
            kind: "pods".to_owned(),
            ..Details::default()
        }));
    }
    let reason = state("waiting").map_or("", |waiting| text_at(waiting, &["reason"]));
    let reason = if reason.is_empty() { "ContainerCreating" } else { reason };
    Err(Failure::bad_request(format!(
        "container {container:?} in pod {name:?} is waiting to start: {reason}"
    )))
}

/// Reads a log from where it got to.
struct Reader {
    options: LogOptions,
    /// Only what was written since then.
    since: Option<Timestamp>,
    turns: u64,
    /// How many lines, and how many bytes of the next.
    lines: usize,
    bytes: usize,
    begun: bool,
    /// How many bytes may still be said.
    left: Option<usize>,
}

impl Reader {
    fn new(cluster: &Cluster, options: LogOptions) -> Self {
        let since = options.since(cluster.clock.now());
        let left = options.limit_bytes;
        Self { options, since, turns: 0, lines: 0, bytes: 0, begun: false, left }
    }

    /// What there is to say that was not said.
    fn next(&mut self, log: &Log) -> Vec<u8> {
        if !self.begun {
            self.begun = true;
            self.turns = log.turns;
            let tail = self.options.tail_lines.unwrap_or(usize::MAX);
            self.lines = log.lines.len().saturating_sub(tail);
        } else if self.turns != log.turns {
            (self.turns, self.lines, self.bytes) = (log.turns, 0, 0);
        }
        let mut said = String::new();
        while let Some(line) = log.lines.get(self.lines) {
            let wanted = self.since.is_none_or(|since| line.time >= since);
            let rest = line.text.get(self.bytes..).unwrap_or_default();
            if wanted && self.bytes == 0 && !rest.is_empty() && self.options.timestamps {
                said.push_str(&line.time.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string());
            }
            if wanted {
                said.push_str(rest);
            }
            if !line.text.ends_with('\n') {
                self.bytes = line.text.len();
                break;
            }
            (self.lines, self.bytes) = (self.lines + 1, 0);
        }
        let mut said = said.into_bytes();
        if let Some(left) = &mut self.left {
            said.truncate(*left);
            *left -= said.len();
        }
        said
    }

    fn is_done(&self) -> bool {
        self.left == Some(0)
    }
}

/// Says what comes to the log until it ends, the pod goes, or the server stops.
struct Follower {
    cluster: Arc<Cluster>,
    pod: Stored,
    place: Place,
    reader: Reader,
}

impl Follower {
    fn run(mut self, sink: &mut dyn Sink) -> io::Result<()> {
        let feed = self.cluster.store.feed("pods");
        loop {
            let seen = feed.ticks();
            // Asked before the log is read, so that what was written before the end is said.
            let gone = self.is_pod_gone();
            let log = self.cluster.subresources.logs.get(&self.place).unwrap_or_default();
            let said = self.reader.next(&log);
            if !said.is_empty() {
                sink.write(&said)?;
            }
            if log.ended || gone || self.reader.is_done() || self.cluster.store.is_stopped() {
                return Ok(());
            }
            if sink.is_closed() {
                return Ok(());
            }
            feed.wait(seen, PATIENCE);
        }
    }

    fn is_pod_gone(&self) -> bool {
        let now = self.cluster.store.get(&self.pod.key);
        now.is_none_or(|now| now.value.uid() != self.pod.value.uid())
    }
}

#[cfg(test)]
mod tests;
