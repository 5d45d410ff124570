//! [`Agent`]: HTTP/1.1 on our own connections. The only file that names ureq.
//!
//! ureq frames requests and answers and keeps the pool of idle connections. Everything it would decide
//! by itself is switched off: redirects, proxies, timeouts, statuses as errors, headers of its own.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use ureq::config::AutoHeaderValue;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use super::call::Call;
use super::connection::Connection;
use super::dial::Dialer;
use super::proxy::Proxy;
use super::secret;
use super::tls;
use crate::error::{Error, ErrorKind};

/// Idle connections that are kept for the next request, and for how long: less than the 90 s after
/// which load balancers begin to forget them.
const IDLE_CONNECTIONS: usize = 25;
const IDLE_TIME: Duration = Duration::from_secs(80);

/// One more than the largest head of an answer, so that a larger one is seen to be.
const INPUT_BUFFER: usize = LARGEST_HEAD + 1;
const LARGEST_HEAD: usize = 64 << 10;
const OUTPUT_BUFFER: usize = 64 << 10;

/// The longest header or path: one that does not fit the buffer with its end is never sent.
pub(super) const LONGEST_LINE: usize = OUTPUT_BUFFER - 64;

/// A pool of connections to one server, which show the same certificate.
#[derive(Clone)]
pub(super) struct Agent(ureq::Agent);

impl Agent {
    pub(super) fn new(dialer: Dialer) -> Self {
        let config = ureq::config::Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(AutoHeaderValue::None)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .max_response_header_size(LARGEST_HEAD)
            .max_idle_connections(IDLE_CONNECTIONS)
            .max_idle_connections_per_host(IDLE_CONNECTIONS)
            .max_idle_age(IDLE_TIME)
            .build();
        Self(ureq::Agent::with_parts(config, dialer, NoLookup))
    }

    /// Sends a request with an absolute URI, and waits for the head of the answer.
    pub(super) fn run(
        &self,
        request: http::Request<&[u8]>,
        call: &Arc<Call>,
    ) -> Result<http::Response<Body>, Error> {
        // Whatever the head says of its form: after a HEAD there is no body.
        let is_head = request.method() == http::Method::HEAD;
        let outcome = match request.body().is_empty() {
            true => self.0.run(request.map(|_| ())),
            false => self.0.run(request),
        };
        let (head, body) = outcome.map_err(|error| failure(call, error))?.into_parts();
        let body = body.into_with_config().limit(u64::MAX).reader();
        let reader = (!is_head).then_some(body);
        Ok(http::Response::from_parts(head, Body { reader, call: Arc::clone(call) }))
    }
}

/// The error that a socket left behind, or else what ureq's says.
fn failure(call: &Call, error: ureq::Error) -> Error {
    if let Some(failure) = call.take_failure() {
        return failure;
    }
    if call.stop().is_stopped() {
        return Error::stopped();
    }
    match error {
        ureq::Error::Io(error) => broken("the connection broke before the answer", error),
        ureq::Error::LargeResponseHeader(..) => {
            Error::new(ErrorKind::TooLarge, "the head of the answer is larger than 64 KiB")
        }
        // Of these, none quotes what was sent or received.
        ureq::Error::Http(_) | ureq::Error::BadUri(_) | ureq::Error::BodyExceedsLimit(_) => {
            Error::invalid("the request can't be written as HTTP").because(plain(&error))
        }
        ureq::Error::Protocol(_) if call.sent() == 0 => {
            Error::invalid("the request can't be written as HTTP").because(plain(&error))
        }
        error if call.has_ended() => {
            broken("the connection broke before the answer", plain(&error))
        }
        error => Error::new(ErrorKind::Decode, "the answer is not HTTP/1.1").because(plain(&error)),
    }
}

/// A connection that ended too early; TLS may have said why.
fn broken(message: &str, error: io::Error) -> Error {
    match tls::complaint(&error) {
        Some(complaint) => complaint,
        None => Error::new(ErrorKind::Connection, message).because(error),
    }
}

/// The words of an error whose type is none of ours.
fn plain(error: &dyn std::error::Error) -> io::Error {
    io::Error::other(error.to_string())
}

/// The body of an answer; dropped before its end, it closes the connection.
///
/// # Blocking
/// A read waits for the peer, within the bounds of the call.
pub(crate) struct Body {
    reader: Option<ureq::BodyReader<'static>>,
    call: Arc<Call>,
}

impl Body {
    /// Whether there is nothing to read, and never was.
    pub(crate) fn is_absent(&self) -> bool {
        self.reader.is_none()
    }

    /// Bounds the silence between two reads from now on.
    pub(crate) fn set_idle(&self, idle: Option<Duration>) {
        self.call.set_idle(idle);
    }

    /// Why a read failed, in this crate's words.
    pub(crate) fn explain(&self, error: io::Error) -> Error {
        if let Some(failure) = self.call.take_failure() {
            return failure;
        }
        if self.call.stop().is_stopped() {
            return Error::stopped();
        }
        let is_unreadable =
            matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput);
        let is_unframed = error.get_ref().is_some_and(|inner| inner.is::<ureq::Error>());
        // Where the peer has gone, what is missing is the reason that the rest makes no sense.
        match !self.call.has_ended() && (is_unreadable || is_unframed) {
            true if tls::complaint(&error).is_none() => {
                Error::new(ErrorKind::Decode, "the answer is not what its headers say")
                    .because(plain(&error))
            }
            _ => broken("the connection broke in the answer", error),
        }
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let _entered = self.call.enter();
        let read = match &mut self.reader {
            Some(reader) => reader.read(buffer),
            None => Ok(0),
        };
        // A socket that was shut down may look like the end of the body.
        if !matches!(read, Ok(1..)) && self.call.stop().is_stopped() {
            self.call.fail(Error::stopped());
            self.reader = None;
            return Err(io::ErrorKind::TimedOut.into());
        }
        read
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // Closing a TLS session may write: within the call, like everything else.
        let _entered = self.call.enter();
        self.reader = None;
    }
}

impl Connector for Dialer {
    type Out = Pooled;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Pooled>, ureq::Error> {
        let Some(call) = Call::current() else { return Err(ureq::Error::ConnectionFailed) };
        match self.open(&call) {
            Ok(connection) => {
                let buffers = LazyBuffers::new(INPUT_BUFFER, OUTPUT_BUFFER);
                Ok(Some(Pooled { connection, buffers, forward: self.forward() }))
            }
            Err(error) => {
                call.fail(error);
                Err(ureq::Error::ConnectionFailed)
            }
        }
    }
}

/// A connection as ureq's pool keeps it.
pub(super) struct Pooled {
    connection: Connection,
    buffers: LazyBuffers,
    /// The proxy that passes the requests on.
    forward: Option<Arc<Proxy>>,
}

impl Transport for Pooled {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let Some(call) = Call::current() else { return Err(ureq::Error::ConnectionFailed) };
        let output = &self.buffers.output()[..amount];
        secret::write(&mut self.connection, &call, self.forward.as_deref(), output)?;
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let Some(call) = Call::current() else { return Err(ureq::Error::ConnectionFailed) };
        let amount = self.connection.read(&call, self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        let wants_fresh = Call::current().is_some_and(|call| call.fresh_only() && call.reused());
        !wants_fresh && self.connection.is_open()
    }

    fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }
}

impl fmt::Debug for Pooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pooled").field("tls", &self.connection.is_tls()).finish_non_exhaustive()
    }
}

/// The dialer resolves names itself, within the bounds of the call.
#[derive(Debug)]
struct NoLookup;

impl Resolver for NoLookup {
    fn resolve(
        &self,
        _: &http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
