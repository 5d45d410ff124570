//! What goes wrong on demand: which requests a fault strikes, how often, and what it does to them.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::http::Response;
use crate::http::wire::{Act, Gate, Plan, Point, Step};
use crate::matcher::{Condition, Glob, Matcher, conditions};
use crate::recorder::RecordedRequest;
use crate::store::Json;

/// Something that goes wrong: what, at which requests, where in the answer, how often.
///
/// It strikes every request that matches all conditions, unless [`nth`](Self::nth), [`times`](Self::times) or
/// [`skip`](Self::skip) say otherwise. [`FakeServer::inject`](crate::FakeServer::inject) puts it in place.
///
/// Several faults may strike one request. Of those that end or replace the answer only the one that was
/// injected first does; those that delay it or cut it into pieces all do.
///
/// ```
/// use kubeclient_fake::Fault;
///
/// // The second list of pods gets 503.
/// let fault = Fault::status(503, "ServiceUnavailable", "busy").verb("list").resource("pods").nth(2);
/// // Every watch is cut off by a reset after three events.
/// let fault = Fault::reset().after_events(3).verb("watch");
/// // The first write to a ConfigMap happens, and its answer is lost.
/// let fault = Fault::reset().after_handling().verb("update").resource("configmaps").once();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault {
    matcher: Matcher,
    at: Point,
    what: What,
    skip: u64,
    times: u64,
}

#[derive(Clone, Debug)]
enum What {
    Reset,
    Close,
    Truncate,
    Stall(Option<Duration>),
    Slow(u64),
    Chop(u64),
    Garbage(Vec<u8>),
    Answer(Response),
    Last(Vec<u8>),
}

conditions!(Fault);

/// What goes wrong.
impl Fault {
    /// The connection is reset, before the request is dealt with unless told otherwise.
    pub fn reset() -> Self {
        Self::new(What::Reset)
    }

    /// The connection is closed in the middle, before the request is dealt with unless told otherwise: the
    /// client sees that something is missing.
    pub fn close() -> Self {
        Self::new(What::Close)
    }

    /// The answer ends early and looks whole: its length, or its last chunk, fits what has been sent.
    pub fn truncate() -> Self {
        Self::new(What::Truncate)
    }

    /// Nothing goes on until [`Injection::release`], or until the injection is dropped; before the request is
    /// dealt with unless told otherwise.
    pub fn stall() -> Self {
        Self::new(What::Stall(None))
    }

    /// Nothing goes on for this long; before the request is dealt with unless told otherwise.
    pub fn latency(time: Duration) -> Self {
        Self::new(What::Stall(Some(time)))
    }

    /// The answer's body comes at this speed.
    pub fn slow(bytes_per_second: u64) -> Self {
        Self::new(What::Slow(bytes_per_second))
    }

    /// The answer's body comes in pieces of random sizes, whatever its events are; the same ones for the same
    /// seed. What a watch has said last may be held back for a fraction of a second.
    pub fn chop(seed: u64) -> Self {
        Self::new(What::Chop(seed))
    }

    /// These bytes come instead of an answer or in its middle, and the connection is closed.
    pub fn garbage(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(What::Garbage(bytes.into()))
    }

    /// 429 as an overloaded server says it: in plain text, with `Retry-After`. The request is not dealt with
    /// unless told otherwise.
    pub fn overload(retry_after_seconds: u32) -> Self {
        let text = "Too many requests, please try again later.\n";
        Self::answer(429, "text/plain; charset=utf-8", text)
            .answer_header("X-Content-Type-Options", "nosniff")
            .answer_header("Retry-After", &retry_after_seconds.to_string())
    }

    /// A `Status` of failure. The request is not dealt with unless told otherwise.
    pub fn status(code: u16, reason: &str, message: &str) -> Self {
        Self::answer(code, "application/json", status(code, reason, message))
    }

    /// Any answer. The request is not dealt with unless told otherwise.
    pub fn answer(code: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(What::Answer(Response::new(code, content_type, body)))
    }

    /// The watch says `ERROR` with this `Status`, and ends; before its first event unless told otherwise.
    pub fn error_event(code: u16, reason: &str, message: &str) -> Self {
        let mut line = br#"{"type":"ERROR","object":"#.to_vec();
        line.extend(status(code, reason, message).trim_ascii_end());
        line.extend_from_slice(b"}\n");
        Self::new(What::Last(line))
    }

    /// Adds a header to [`answer`](Self::answer), [`status`](Self::status) or [`overload`](Self::overload).
    pub fn answer_header(mut self, name: &str, value: &str) -> Self {
        if let What::Answer(response) = &mut self.what {
            response.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    fn new(what: What) -> Self {
        let matcher = Matcher::default();
        Self { matcher, at: Point::Arrival, what, skip: 0, times: u64::MAX }
    }
}

/// Where in the answer.
impl Fault {
    /// When the request has been dealt with, and nothing been sent: the client cannot know.
    pub fn after_handling(mut self) -> Self {
        self.at = Point::Handled;
        self
    }

    /// After the answer's head and so many bytes of its body.
    pub fn after_bytes(mut self, count: u64) -> Self {
        self.at = Point::Bytes(count);
        self
    }

    /// After the answer's head and so many lines of its body: a watch's events, bookmarks too.
    pub fn after_events(mut self, count: u64) -> Self {
        self.at = Point::Events(count);
        self
    }
}

/// How often.
impl Fault {
    /// At the nth matching request only, counted from one.
    pub fn nth(self, number: u64) -> Self {
        self.skip(number.saturating_sub(1)).once()
    }

    /// Not at the first so many matching requests.
    pub fn skip(mut self, count: u64) -> Self {
        self.skip = count;
        self
    }

    /// So many times, then no more.
    pub fn times(mut self, count: u64) -> Self {
        self.times = count;
        self
    }

    /// One time, then no more.
    pub fn once(self) -> Self {
        self.times(1)
    }
}

impl Fault {
    /// Whether it ends or replaces the answer, which only one fault can.
    fn is_final(&self) -> bool {
        !matches!(self.what, What::Stall(_) | What::Slow(_) | What::Chop(_))
    }

    fn step(&self, gate: &Arc<Gate>, strike: u64) -> Step {
        let act = match &self.what {
            What::Reset => Act::Reset,
            What::Close => Act::Close,
            What::Truncate => Act::End,
            What::Stall(time) => Act::Wait(Arc::clone(gate), *time),
            What::Slow(rate) => Act::Rate(*rate),
            // Each strike is its own, and the same in every run.
            What::Chop(seed) => Act::Chop(seed.wrapping_add(strike << 32)),
            What::Garbage(bytes) => Act::Raw(bytes.clone()),
            What::Answer(response) => Act::Answer(response.clone()),
            What::Last(line) => Act::Last(line.clone()),
        };
        Step { at: self.at, act }
    }
}

fn status(code: u16, reason: &str, message: &str) -> Vec<u8> {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    let mut body = Json::new(&status).bytes().to_vec();
    body.push(b'\n');
    body
}

/// The faults that are in place.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    injected: Mutex<Vec<Arc<Injected>>>,
}

#[derive(Debug)]
struct Injected {
    fault: Fault,
    gate: Arc<Gate>,
    counts: Mutex<Counts>,
    struck: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    matches: u64,
    strikes: u64,
}

impl Faults {
    pub(crate) fn inject(self: &Arc<Self>, fault: Fault) -> Injection {
        let injected = Arc::new(Injected {
            fault,
            gate: Arc::default(),
            counts: Mutex::default(),
            struck: Condvar::new(),
        });
        self.lock().push(Arc::clone(&injected));
        Injection { faults: Arc::clone(self), injected, kept: false }
    }

    /// What happens to a request.
    pub(crate) fn plan(&self, request: &RecordedRequest) -> Plan {
        let injected = self.lock().clone();
        let mut plan = Plan::default();
        let mut ended = false;
        for injected in injected {
            let is_final = injected.fault.is_final();
            if (is_final && ended) || !injected.fault.matcher.matches(request) {
                continue;
            }
            if let Some(strike) = injected.count() {
                ended |= is_final;
                plan.steps.push(injected.fault.step(&injected.gate, strike));
            }
        }
        plan
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Injected>>> {
        self.injected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Injected {
    /// Counts a match; the number of the strike, if it is one.
    fn count(&self) -> Option<u64> {
        let mut counts = self.lock();
        counts.matches += 1;
        if counts.matches <= self.fault.skip || counts.strikes >= self.fault.times {
            return None;
        }
        let strike = counts.strikes;
        counts.strikes += 1;
        self.struck.notify_all();
        Some(strike)
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fault in place. Dropped, it is gone, and what it stalls goes on.
#[must_use = "the fault is gone when this is dropped"]
pub struct Injection {
    faults: Arc<Faults>,
    injected: Arc<Injected>,
    kept: bool,
}

impl Injection {
    /// How many requests it has struck.
    #[must_use]
    pub fn strikes(&self) -> u64 {
        self.injected.lock().strikes
    }

    /// How many requests have matched, struck or not.
    #[must_use]
    pub fn matches(&self) -> u64 {
        self.injected.lock().matches
    }

    /// Waits until it has struck so many requests; whether it has.
    ///
    /// # Blocking
    /// Until then, at most for the given time.
    #[must_use]
    pub fn wait_for(&self, strikes: u64, timeout: Duration) -> bool {
        let counts = self.injected.lock();
        let waited = self
            .injected
            .struck
            .wait_timeout_while(counts, timeout, |counts| counts.strikes < strikes);
        waited.unwrap_or_else(PoisonError::into_inner).0.strikes >= strikes
    }

    /// Lets go on what [`Fault::stall`] holds up, now and from now on.
    pub fn release(&self) {
        self.injected.gate.open();
    }

    /// Takes the fault away. So does dropping.
    pub fn remove(self) {}

    /// Leaves the fault in place for as long as the server lives.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Injection {
    fn drop(&mut self) {
        if !self.kept {
            self.faults.lock().retain(|other| !Arc::ptr_eq(other, &self.injected));
            self.injected.gate.open();
        }
    }
}

impl fmt::Debug for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Injection")
            .field("fault", &self.injected.fault)
            .field("strikes", &self.strikes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acts(faults: &Arc<Faults>) -> Vec<String> {
        let plan = faults.plan(&RecordedRequest::default());
        plan.steps.iter().map(|step| format!("{:?}", step.act)).collect()
    }

    #[test]
    fn a_fault_strikes_as_often_as_it_says() {
        let faults = Arc::new(Faults::default());
        let fault = faults.inject(Fault::reset().skip(1).times(2));
        let struck: Vec<usize> = (0..5).map(|_| acts(&faults).len()).collect();
        assert_eq!(struck, [0, 1, 1, 0, 0]);
        assert_eq!((fault.matches(), fault.strikes()), (5, 2));
        let nth = faults.inject(Fault::close().nth(3));
        let struck: Vec<usize> = (0..5).map(|_| acts(&faults).len()).collect();
        assert_eq!(struck, [0, 0, 1, 0, 0]);
        assert!(nth.wait_for(1, Duration::ZERO) && !nth.wait_for(2, Duration::ZERO));
    }

    #[test]
    fn a_dropped_fault_is_gone_and_a_kept_one_stays() {
        let faults = Arc::new(Faults::default());
        faults.inject(Fault::reset()).remove();
        assert!(acts(&faults).is_empty());
        faults.inject(Fault::reset()).keep();
        assert_eq!(acts(&faults), ["Reset"]);
    }

    #[test]
    fn one_fault_ends_the_answer_and_any_number_delay_it() {
        let faults = Arc::new(Faults::default());
        let _reset = faults.inject(Fault::reset().once());
        let close = faults.inject(Fault::close());
        let _slow = faults.inject(Fault::slow(7));
        assert_eq!(acts(&faults), ["Reset", "Rate(7)"]);
        assert_eq!(close.matches(), 0);
        assert_eq!(acts(&faults), ["Close", "Rate(7)"]);
    }
}
