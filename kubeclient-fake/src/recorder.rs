//! What was asked of the server, for tests to look at.

use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::attributes::Attributes;
use crate::http::Request;
use crate::matcher::{Condition, Glob, Matcher, conditions};

/// The bodies that are kept, in bytes.
const BODIES: usize = 64 << 20;

/// A request that the server has had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path as it was sent, percent-encoded, without the query.
    pub path: String,
    /// The query's pairs in their order, decoded.
    pub query: Vec<(String, String)>,
    /// The headers in their order. Credentials read `[redacted]`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; of what is no
    /// resource the method in lower case.
    pub verb: String,
    /// The resource in the plural with its group: `pods`, `deployments.apps`. Empty of what is none.
    pub resource: String,
    /// `status`, or empty.
    pub subresource: String,
    /// The namespace, or empty.
    pub namespace: String,
    /// The name of the object, or empty.
    pub name: String,
    /// Who asked, as far as it was found out.
    pub user: Option<String>,
    /// The status of the answer, once there was one.
    pub status: Option<u16>,
    pub(crate) number: u64,
}

impl RecordedRequest {
    pub(crate) fn of(request: &Request) -> Self {
        let asked = Attributes::of(request);
        let resource = match asked.group.as_str() {
            "" => asked.resource,
            group => format!("{}.{group}", asked.resource),
        };
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.iter().map(redacted).collect(),
            body: request.body.clone(),
            verb: asked.verb,
            resource,
            subresource: asked.subresource,
            namespace: asked.namespace,
            name: asked.name,
            user: None,
            status: None,
            number: request.number,
        }
    }

    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first parameter of this name in the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl fmt::Display for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (number, (key, value)) in self.query.iter().enumerate() {
            write!(f, "{}{key}={value}", if number == 0 { '?' } else { '&' })?;
        }
        match self.status {
            Some(status) => write!(f, " -> {status}"),
            None => f.write_str(" (not answered)"),
        }
    }
}

fn redacted((name, value): &(String, String)) -> (String, String) {
    const REDACTED: &str = "[redacted]";
    let value = match name.to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" => match value.trim().split_once(' ') {
            Some((scheme, _)) => format!("{scheme} {REDACTED}"),
            None => REDACTED.into(),
        },
        "cookie" => REDACTED.into(),
        "sec-websocket-protocol" if value.contains("bearer.authorization") => REDACTED.into(),
        _ => value.clone(),
    };
    (name.clone(), value)
}

/// Keeps the last requests.
#[derive(Debug)]
pub(crate) struct Recorder {
    most: usize,
    kept: Mutex<Kept>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<Arc<RecordedRequest>>,
    bodies: usize,
}

impl Recorder {
    /// Keeps at most so many requests, and 64 MiB of their bodies.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default(), changed: Condvar::new() }
    }

    /// A request has come in.
    pub(crate) fn arrived(&self, request: Arc<RecordedRequest>) {
        let mut kept = self.lock();
        kept.bodies += request.body.len();
        kept.requests.push_back(request);
        while kept.requests.len() > self.most || kept.bodies > BODIES {
            let Some(oldest) = kept.requests.pop_front() else { break };
            kept.bodies -= oldest.body.len();
        }
        self.changed.notify_all();
    }

    /// It has been answered.
    pub(crate) fn answered(&self, number: u64, user: &str, status: u16) {
        let mut kept = self.lock();
        // Most answers are to one of the last requests.
        let found = kept.requests.iter_mut().rev().find(|request| request.number == number);
        if let Some(request) = found {
            let request = Arc::make_mut(request);
            request.status = Some(status);
            request.user = (!user.is_empty()).then(|| user.to_owned());
        }
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The requests that the server has had, those that match. See [`FakeServer::requests`].
///
/// The last 10,000 are kept, unless the server was told otherwise.
///
/// [`FakeServer::requests`]: crate::FakeServer::requests
#[derive(Clone, Debug)]
#[must_use]
pub struct Requests {
    recorder: Arc<Recorder>,
    matcher: Matcher,
}

conditions!(Requests);

impl Requests {
    pub(crate) fn of(recorder: &Arc<Recorder>) -> Self {
        Self { recorder: Arc::clone(recorder), matcher: Matcher::default() }
    }

    /// Answered with this status.
    pub fn status(self, status: u16) -> Self {
        self.on(Condition::Status(status))
    }

    /// Answered, with whatever status.
    pub fn answered(self) -> Self {
        self.on(Condition::Answered)
    }

    /// Answered to this user.
    pub fn user(self, user: &str) -> Self {
        self.on(Condition::User(user.to_owned()))
    }

    /// All of them, the oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<RecordedRequest>> {
        self.matching(&self.recorder.lock())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        let kept = self.recorder.lock();
        kept.requests.iter().filter(|request| self.matcher.matches(request)).count()
    }

    /// The oldest.
    #[must_use]
    pub fn first(&self) -> Option<Arc<RecordedRequest>> {
        let kept = self.recorder.lock();
        kept.requests.iter().find(|request| self.matcher.matches(request)).cloned()
    }

    /// The newest.
    #[must_use]
    pub fn last(&self) -> Option<Arc<RecordedRequest>> {
        let kept = self.recorder.lock();
        kept.requests.iter().rev().find(|request| self.matcher.matches(request)).cloned()
    }

    /// Waits until there are so many, and returns all that there are then.
    ///
    /// A request is there as soon as it has come in; [`answered`](Self::answered) waits for its answer.
    ///
    /// # Errors
    /// There are fewer when the time is over.
    ///
    /// # Blocking
    /// Until then, at most for the given time.
    pub fn wait_for(
        &self,
        count: usize,
        timeout: Duration,
    ) -> Result<Vec<Arc<RecordedRequest>>, TooFewRequests> {
        let deadline = Instant::now().checked_add(timeout);
        let mut kept = self.recorder.lock();
        loop {
            let found = self.matching(&kept);
            if found.len() >= count {
                return Ok(found);
            }
            let left =
                deadline.map_or(timeout, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                let conditions = format!("{:?}", self.matcher);
                return Err(TooFewRequests { wanted: count, seen: found.len(), conditions });
            }
            let waited = self.recorder.changed.wait_timeout(kept, left);
            kept = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Forgets them.
    pub fn clear(&self) {
        let mut kept = self.recorder.lock();
        kept.requests.retain(|request| !self.matcher.matches(request));
        kept.bodies = kept.requests.iter().map(|request| request.body.len()).sum();
    }

    fn matching(&self, kept: &Kept) -> Vec<Arc<RecordedRequest>> {
        let matching = kept.requests.iter().filter(|request| self.matcher.matches(request));
        matching.cloned().collect()
    }
}

/// There were fewer requests than waited for. See [`Requests::wait_for`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooFewRequests {
    wanted: usize,
    seen: usize,
    conditions: String,
}

impl TooFewRequests {
    /// How many there were.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen
    }
}

impl fmt::Display for TooFewRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, seen, conditions } = self;
        write!(f, "{seen} requests in time, not {wanted}, of {conditions}")
    }
}

impl Error for TooFewRequests {}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(number: u64, body: usize) -> Arc<RecordedRequest> {
        let request = Request {
            method: "POST".into(),
            path: format!("/apis/apps/v1/namespaces/n/deployments/{number}"),
            headers: vec![
                ("authorization".into(), "Bearer secret".into()),
                ("Cookie".into(), "secret".into()),
                ("Accept".into(), "x".into()),
            ],
            body: vec![b'x'; body],
            number,
            ..Request::default()
        };
        Arc::new(RecordedRequest::of(&request))
    }

    #[test]
    fn credentials_are_not_recorded() {
        let headers = &request(1, 0).headers;
        let values: Vec<&str> = headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["Bearer [redacted]", "[redacted]", "x"]);
    }

    #[test]
    fn only_the_last_requests_are_kept() {
        let recorder = Arc::new(Recorder::new(3));
        (0..10).for_each(|number| recorder.arrived(request(number, 1)));
        let names: Vec<String> =
            Requests::of(&recorder).all().iter().map(|request| request.name.clone()).collect();
        assert_eq!(names, ["7", "8", "9"]);
        (10..20).for_each(|number| recorder.arrived(request(number, BODIES / 2)));
        assert_eq!(Requests::of(&recorder).count(), 2);
        Requests::of(&recorder).name("19").clear();
        assert_eq!(Requests::of(&recorder).count(), 1);
        assert_eq!(recorder.lock().bodies, BODIES / 2);
    }

    #[test]
    fn a_wait_ends_when_enough_have_come() {
        let recorder = Arc::new(Recorder::new(100));
        let requests = Requests::of(&recorder).resource("deployments.apps").status(201);
        let writer = Arc::clone(&recorder);
        let thread = std::thread::spawn(move || {
            for number in 0..3 {
                writer.arrived(request(number, 0));
                writer.answered(number, "al", 201);
            }
        });
        let found = requests.wait_for(3, Duration::from_secs(20)).unwrap();
        thread.join().unwrap();
        assert_eq!(found[2].user.as_deref(), Some("al"));
        assert_eq!(found[0].to_string(), "POST /apis/apps/v1/namespaces/n/deployments/0 -> 201");
        let error = requests.wait_for(4, Duration::from_millis(10)).unwrap_err();
        assert_eq!(error.seen(), 3);
    }
}
