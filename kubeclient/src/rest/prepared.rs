//! [`Prepared`]: a request with everything that the client adds to it, before it is sent.

use std::time::{Duration, Instant};

use http::header::{ACCEPT_ENCODING, HeaderValue, USER_AGENT};
use zeroize::Zeroizing;

use super::client::Shared;
use super::decode::DENSE;
use super::request::{Class, Request, Retry};
use crate::error::Error;
use crate::stop::Stop;
use crate::transport::{Bounds, SecretBody};

/// A request, ready to be sent as often as it takes.
pub(super) struct Prepared<'r> {
    pub(super) request: &'r Request,
    pub(super) http: http::Request<Vec<u8>>,
    /// The path as it was asked for, without the server's prefix.
    pub(super) path: String,
    pub(super) time: Time,
    pub(super) retry: Retry,
    /// How many bytes the answer may hold.
    pub(super) limit: usize,
    /// What may be made of the answer.
    pub(super) memory: usize,
    /// Whether the first attempt waits for the client's own limit, too.
    pub(super) throttled_at_once: bool,
}

impl<'r> Prepared<'r> {
    /// Adds what the client knows: the prefix, headers, bounds.
    pub(super) fn new(shared: &Shared, stop: &Stop, request: &'r Request) -> Result<Self, Error> {
        let mut http = request.build()?;
        let path = http.uri().path().to_owned();
        if !shared.endpoint.prefix.is_empty() {
            let target = format!("{}{}", shared.endpoint.prefix, http.uri());
            *http.uri_mut() = target.parse().map_err(|_| {
                Error::config("server: expected a URL whose path can stand before others")
            })?;
        }
        let class = request.answer_class();
        let headers = http.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| shared.user_agent.clone());
        let encoding = match class {
            // Compressed events and lines would come late, or in members that some readers stop after.
            Class::Watch | Class::Follow => Some("identity"),
            _ if cfg!(feature = "gzip") && shared.config.compression => Some("gzip"),
            _ => None,
        };
        if let Some(encoding) = encoding {
            headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(encoding));
        }
        // What the HTTP library frames, it logs at this level.
        if log::max_level() == log::LevelFilter::Trace && !http.body().is_empty() {
            let body = Zeroizing::new(http.body().clone());
            http.extensions_mut().insert(SecretBody(body));
        }
        let limits = &shared.config.limits;
        let (limit, memory) = match class {
            // Both together, and what else it takes to read them, are at most twice the limit.
            Class::List => (limits.list, limits.list - limits.list / 16),
            _ => (limits.object, limits.object.saturating_mul(DENSE)),
        };
        Ok(Prepared {
            request,
            http,
            path,
            time: Time::of(shared, stop, request),
            retry: request.retry_policy(),
            limit: request.own_limit().unwrap_or(limit),
            memory: request.own_limit().unwrap_or(memory),
            throttled_at_once: class != Class::Watch,
        })
    }

    pub(super) fn verb(&self) -> &str {
        self.http.method().as_str()
    }

    /// Adds what was asked to an error.
    pub(super) fn describe(&self, error: Error) -> Error {
        error.during(self.verb(), &self.path)
    }
}

/// How long a request may take, all attempts together.
#[derive(Clone)]
pub(super) struct Time {
    pub(super) bounds: Bounds,
    /// The end that the caller has set for this request. What the client sets for all of them begins when the
    /// credential is there.
    own: Option<Instant>,
}

impl Time {
    /// When the head of the answer must be there at the latest.
    pub(super) fn end(&self) -> Option<Instant> {
        let bounds = &self.bounds;
        [bounds.deadline, bounds.head, bounds.stop.deadline()].into_iter().flatten().min()
    }

    /// Whether a wait would outlast the request: then its last error is worth more than a timeout.
    pub(super) fn ends_within(&self, wait: Duration) -> bool {
        match (self.end(), Instant::now().checked_add(wait)) {
            (Some(end), Some(then)) => then >= end,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// What bounds the wait for a credential: what the caller has set alone. A program has its own limit, or none
    /// where somebody types at it.
    pub(super) fn of_credential(&self) -> Bounds {
        Bounds { stop: self.bounds.stop.clone(), deadline: self.own, ..Bounds::default() }
    }

    /// Does not count the time that a credential has taken.
    pub(super) fn pass_over(&mut self, time: Duration) {
        let later = |end: Option<Instant>| end?.checked_add(time);
        self.bounds.head = later(self.bounds.head);
        if self.own.is_none() {
            self.bounds.deadline = later(self.bounds.deadline);
        }
    }

    fn of(shared: &Shared, stop: &Stop, request: &Request) -> Self {
        let timeouts = &shared.config.timeouts;
        let end = |timeout: Option<Duration>| Instant::now().checked_add(timeout?);
        let stop = request.own_stop().unwrap_or(stop).clone();
        let own = end(request.own_timeout());
        let bounds = match request.answer_class() {
            Class::Unary => {
                Bounds { stop, deadline: own.or(end(timeouts.request)), ..Bounds::default() }
            }
            Class::List => {
                Bounds { stop, deadline: own.or(end(timeouts.list)), ..Bounds::default() }
            }
            Class::Stream => {
                Bounds { stop, deadline: own, head: end(timeouts.request), ..Bounds::default() }
            }
            Class::Follow => Bounds { stop, deadline: own, ..Bounds::default() },
            Class::Watch => Bounds {
                stop,
                deadline: own,
                head: end(timeouts.request),
                idle: request.own_idle().unwrap_or(timeouts.watch_idle),
                follows_certificates: true,
            },
        };
        Self { bounds, own }
    }
}
