//! [`Transport`]: HTTP/1.1 on our own connections. The only file that names ureq.
//!
//! ureq frames requests and answers and keeps the pool of idle connections. Everything it would decide
//! by itself is switched off: redirects, proxies, timeouts, statuses as errors, headers of its own.

use std::fmt;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::HeaderMap;
use ureq::config::AutoHeaderValue;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport as unversioned;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, LazyBuffers, NextTimeout};

use super::call::{Bounds, Call, earlier};
use super::connection::Connection;
use super::proxy::Proxy;
use super::resolve::Resolver;
use super::rotation::{Contents, Rotation};
use super::tcp;
use super::tls::{self, ClientIdentity, TlsClient};
use zeroize::Zeroizing;

use crate::config::{Config, Tls};
use crate::error::{Error, ErrorKind};
use crate::sync::lock;

/// Idle connections that are kept for the next request, and for how long: less than the 90 s after
/// which load balancers begin to forget them.
const IDLE_CONNECTIONS: usize = 25;
const IDLE_TIME: Duration = Duration::from_secs(80);

/// One more than the largest head of an answer, so that a larger one is seen to be.
const INPUT_BUFFER: usize = LARGEST_HEAD + 1;
const LARGEST_HEAD: usize = 64 << 10;
const OUTPUT_BUFFER: usize = 64 << 10;

/// The longest header or path: one that does not fit the buffer with its end is never sent.
const LONGEST_LINE: usize = OUTPUT_BUFFER - 64;

/// The way to one server.
#[derive(Clone)]
pub(crate) struct Transport(Arc<Shared>);

struct Shared {
    /// The agent of what the configuration names.
    agent: Mutex<ureq::Agent>,
    /// The files among it, which somebody may rotate.
    files: Option<Rotation>,
    /// The agent of the certificate that was issued last. Each has connections of its own, so that none
    /// that was made with one certificate is used with another.
    issued: Mutex<Option<(Arc<ClientIdentity>, ureq::Agent)>>,
    /// How often a certificate was replaced; changed while its agent is locked.
    generation: AtomicU64,
    server: Origin,
    tls: Tls,
    proxy: Option<Arc<Proxy>>,
    timeout: Duration,
    resolver: Resolver,
    /// `https://host:port`.
    origin: String,
}

impl Transport {
    /// Reads the certificates and keys that the configuration names, and the environment where it says which
    /// proxy to use; makes no connection yet.
    pub(crate) fn new(config: &Config, origin: &Origin, resolver: Resolver) -> Result<Self, Error> {
        // Looked at before they are read: what changes in between is seen the next time.
        let files = origin.tls.then(|| Rotation::of(&config.tls)).flatten();
        let tls = match origin.tls {
            true => Some(TlsClient::new(&config.tls, &origin.host)?),
            false => None,
        };
        let proxy = config.proxy_url()?;
        let proxy =
            proxy.map(|url| Proxy::new(url, origin, &config.tls)).transpose()?.map(Arc::new);
        if let Some(proxy) = &proxy {
            log::debug!("{origin} is reached through {proxy}");
        }
        let timeout = config.timeouts.connect;
        Ok(Self(Arc::new(Shared {
            agent: Mutex::new(agent(origin, tls, proxy.clone(), timeout, resolver.clone())),
            files,
            issued: Mutex::new(None),
            generation: AtomicU64::new(0),
            server: origin.clone(),
            tls: config.tls.clone(),
            proxy,
            timeout,
            resolver,
            origin: origin.to_string(),
        })))
    }

    /// Sends a request whose URI is a path and query, and waits for the head of the answer.
    ///
    /// A request on a connection used before, that died before anything of it was written (a GET or
    /// HEAD: before anything of an answer came), goes once more on a fresh one.
    pub(crate) fn round_trip(
        &self,
        request: &http::Request<Vec<u8>>,
        headers: &HeaderMap,
        identity: Option<&Arc<ClientIdentity>>,
        bounds: &Bounds,
    ) -> (Result<http::Response<Body>, Error>, Arc<Call>) {
        let call = Call::new(bounds.clone(), false);
        let (agent, generation) = match self.agent(identity) {
            Ok(agent) => agent,
            Err(error) => return (Err(error), call),
        };
        let bound = |call: &Call| {
            if bounds.follows_certificates && (self.0.files.is_some() || identity.is_some()) {
                let shared = Arc::downgrade(&self.0);
                call.end_when(move || {
                    shared.upgrade().is_some_and(|shared| Self(shared).has_moved_on(generation))
                });
            }
        };
        bound(&call);
        let outcome = self.attempt(&agent, request, headers, &call);
        if outcome.is_err() && call.reused() && may_repeat(request.method(), &call) {
            log::debug!("a pooled connection had died: sending again on a fresh one");
            let call = Call::new(bounds.clone(), true);
            bound(&call);
            return (self.attempt(&agent, request, headers, &call), call);
        }
        (outcome, call)
    }

    /// Reads the files of certificates and keys again, if they have changed: whether they have. What is
    /// under way ends on the old connections.
    ///
    /// Files that can't be used, such as a certificate whose key is not written yet, leave the old ones in
    /// use.
    pub(crate) fn read_again(&self) -> bool {
        let Some(files) = &self.0.files else { return false };
        let Some(found) = files.look_now() else { return false };
        self.rotate(files, found)
    }

    fn rotate(&self, files: &Rotation, found: Contents) -> bool {
        let Shared { server, tls, proxy, timeout, resolver, .. } = &*self.0;
        match TlsClient::new(tls, &server.host) {
            Ok(client) => {
                let made = agent(server, Some(client), proxy.clone(), *timeout, resolver.clone());
                // Those that were issued stand beside the same authorities.
                let issued = lock(&self.0.issued).take();
                let old = {
                    let mut agent = lock(&self.0.agent);
                    self.0.generation.fetch_add(1, Ordering::SeqCst);
                    std::mem::replace(&mut *agent, made)
                };
                files.take(found);
                log::debug!("certificates and keys were read again from their files");
                // Closing idle connections may write.
                drop((old, issued));
                true
            }
            Err(error) => {
                log::warn!("{error}; the last certificates and keys stay in use");
                false
            }
        }
    }

    /// Looks at the files, where it is time to.
    fn look(&self) {
        if let Some(files) = &self.0.files
            && let Some(found) = files.look(Instant::now())
        {
            self.rotate(files, found);
        }
    }

    /// Whether a certificate was replaced since this generation.
    fn has_moved_on(&self, generation: u64) -> bool {
        self.look();
        self.0.generation.load(Ordering::SeqCst) != generation
    }

    /// The agent whose connections show this certificate, and its generation.
    fn agent(&self, identity: Option<&Arc<ClientIdentity>>) -> Result<(ureq::Agent, u64), Error> {
        let Shared { server, tls, proxy, timeout, resolver, .. } = &*self.0;
        let of_now =
            |agent: &ureq::Agent| (agent.clone(), self.0.generation.load(Ordering::SeqCst));
        self.look();
        let Some(identity) = identity.filter(|_| server.tls) else {
            return Ok(of_now(&lock(&self.0.agent)));
        };
        if let Some((known, agent)) = &*lock(&self.0.issued)
            && Arc::ptr_eq(known, identity)
        {
            return Ok(of_now(agent));
        }
        // Made without the lock: it may read files.
        let client = TlsClient::issued(tls, &server.host, identity)?;
        let made = agent(server, Some(client), proxy.clone(), *timeout, resolver.clone());
        let mut issued = lock(&self.0.issued);
        match &*issued {
            Some((known, agent)) if Arc::ptr_eq(known, identity) => Ok(of_now(agent)),
            _ => {
                let old = issued.replace((Arc::clone(identity), made.clone()));
                if old.is_some() {
                    self.0.generation.fetch_add(1, Ordering::SeqCst);
                }
                let made = of_now(&made);
                // Closing its idle connections may write.
                drop((issued, old));
                Ok(made)
            }
        }
    }

    fn attempt(
        &self,
        agent: &ureq::Agent,
        request: &http::Request<Vec<u8>>,
        headers: &HeaderMap,
        call: &Arc<Call>,
    ) -> Result<http::Response<Body>, Error> {
        if call.stop().is_stopped() {
            return Err(Error::stopped());
        }
        let _entered = call.enter();
        let (open, secret) = set_apart(headers);
        call.set_secret_head(secret);
        let secret = request.extensions().get::<SecretBody>();
        call.set_secret_body(secret.map(|body| body.0.clone()).unwrap_or_default());
        let stand_in = secret.map(|body| vec![STAND_IN; body.0.len()]);
        let body = stand_in.as_ref().unwrap_or(request.body());
        let outcome = match body.is_empty() {
            true => agent.run(self.addressed(request, open, ())?),
            false => agent.run(self.addressed(request, open, body.as_slice())?),
        };
        let response = outcome.map_err(|error| failure(call, error))?;
        if let Some(proxy) = self.0.proxy.as_ref().filter(|proxy| proxy.forwards())
            && response.status() == http::StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            return Err(proxy.refusal(response.status().as_u16()));
        }
        // The reason of a refusal is awaited as the head is: it may not come for ever either.
        if response.status().is_success() {
            call.note_head();
        }
        let (head, body) = response.into_parts();
        let body = body.into_with_config().limit(u64::MAX).reader();
        // Whatever the head says of its form: after a HEAD there is none.
        let reader = (request.method() != http::Method::HEAD).then_some(body);
        Ok(http::Response::from_parts(head, Body { reader, call: Arc::clone(call) }))
    }

    fn addressed<B>(
        &self,
        request: &http::Request<Vec<u8>>,
        headers: HeaderMap,
        body: B,
    ) -> Result<http::Request<B>, Error> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let lines =
            headers.iter().map(|(name, value)| (name.as_str(), name.as_str().len() + value.len()));
        if let Some((what, _)) =
            lines.chain([("path", path.len())]).find(|(_, length)| *length > LONGEST_LINE)
        {
            return Err(Error::invalid(format!("{what}: expected at most {LONGEST_LINE} bytes")));
        }
        let mut addressed = http::Request::builder()
            .method(request.method())
            .uri(format!("{}{path}", self.0.origin))
            .body(body)
            .map_err(|error| {
                Error::invalid("the request can't be written as HTTP").because(error)
            })?;
        *addressed.headers_mut() = headers;
        Ok(addressed)
    }
}

fn agent(
    origin: &Origin,
    tls: Option<TlsClient>,
    proxy: Option<Arc<Proxy>>,
    timeout: Duration,
    resolver: Resolver,
) -> ureq::Agent {
    let connector =
        Connector { host: origin.host.clone(), port: origin.port, tls, proxy, timeout, resolver };
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
    ureq::Agent::with_parts(config, connector, NoLookup)
}

/// A body that holds credentials, as an extension of the request: ureq gets as many bytes in its stead.
#[derive(Clone)]
pub(crate) struct SecretBody(pub(crate) Zeroizing<Vec<u8>>);

/// What ureq gets for each byte of a [`SecretBody`]; no head ends in it.
const STAND_IN: u8 = b'*';

/// Takes the headers that hold a credential out: ureq logs, at level trace, every byte that it writes.
fn set_apart(headers: &HeaderMap) -> (HeaderMap, Zeroizing<Vec<u8>>) {
    let mut open = HeaderMap::with_capacity(headers.len());
    let mut secret = Zeroizing::new(Vec::new());
    for (name, value) in headers {
        if value.is_sensitive() {
            secret.extend_from_slice(name.as_str().as_bytes());
            secret.extend_from_slice(b": ");
            secret.extend_from_slice(value.as_bytes());
            secret.extend_from_slice(b"\r\n");
        } else {
            open.append(name, value.clone());
        }
    }
    (open, secret)
}

/// A server, without the path of its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) tls: bool,
    /// A name or address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

fn may_repeat(method: &http::Method, call: &Call) -> bool {
    if call.stop().is_stopped() || call.is_overdue() {
        return false;
    }
    let harmless = matches!(*method, http::Method::GET | http::Method::HEAD);
    call.sent() == 0 || (harmless && call.received() == 0)
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

/// Opens connections to one server.
struct Connector {
    host: String,
    port: u16,
    tls: Option<TlsClient>,
    proxy: Option<Arc<Proxy>>,
    timeout: Duration,
    resolver: Resolver,
}

impl Connector {
    fn open(&self, call: &Call) -> Result<Connection, Error> {
        call.note_connecting();
        let deadline = earlier(Instant::now().checked_add(self.timeout), call.deadline());
        let proxy = self.proxy.as_deref();
        let dial = |host, port| {
            let addresses = self.resolver.resolve(call, host, port, deadline)?;
            tcp::connect(call, &addresses, deadline)
        };
        let stream = match proxy {
            Some(proxy) => dial(proxy.host(), proxy.port()).map_err(|error| proxy.blame(error))?,
            None => dial(&self.host, self.port)?,
        };
        Connection::open(call, stream, proxy, self.tls.as_ref(), deadline)
    }
}

impl unversioned::Connector for Connector {
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
                let forward = self.proxy.clone().filter(|proxy| proxy.forwards());
                Ok(Some(Pooled { connection, buffers, forward }))
            }
            Err(error) => {
                call.fail(error);
                Err(ureq::Error::ConnectionFailed)
            }
        }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("host", &self.host).finish_non_exhaustive()
    }
}

/// A connection as ureq's pool keeps it.
struct Pooled {
    connection: Connection,
    buffers: LazyBuffers,
    /// The proxy that passes the requests on.
    forward: Option<Arc<Proxy>>,
}

impl unversioned::Transport for Pooled {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let Some(call) = Call::current() else { return Err(ureq::Error::ConnectionFailed) };
        let output = &self.buffers.output()[..amount];
        let stand_ins = output.iter().rev().take_while(|byte| **byte == STAND_IN).count();
        let body = call.take_secret_body(stand_ins);
        let output = &output[..amount - body.len()];
        match (output.windows(2).position(|two| two == b"\r\n"), call.take_secret_head()) {
            // The first write holds the request line: the credential's lines go behind it.
            (Some(end), Some(secret)) => {
                let (line, rest) = output.split_at(end + 2);
                match &self.forward {
                    None => self.connection.write(&call, line)?,
                    Some(proxy) => {
                        let verb =
                            line.iter().position(|byte| *byte == b' ').map_or(0, |at| at + 1);
                        let (verb, path) = line.split_at(verb);
                        self.connection.write(&call, verb)?;
                        self.connection.write(&call, proxy.prefix().as_bytes())?;
                        self.connection.write(&call, path)?;
                        self.connection.write(&call, &proxy.authorization())?;
                    }
                }
                self.connection.write(&call, &secret)?;
                self.connection.write(&call, rest)?;
            }
            (None, Some(secret)) => {
                call.set_secret_head(secret);
                self.connection.write(&call, output)?;
            }
            (_, None) => self.connection.write(&call, output)?,
        }
        self.connection.write(&call, &body)?;
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

/// The connector resolves names itself, within the bounds of the call.
#[derive(Debug)]
struct NoLookup;

impl UreqResolver for NoLookup {
    fn resolve(
        &self,
        _: &http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
