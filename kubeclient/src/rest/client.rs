//! [`RestClient`]: sends requests to one server as one user.
//!
//! [`RestClient::send`] is the life of a request: prepare, throttle, authorize, round trip, check, read;
//! and the same again where `retry` says so.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, HeaderValue};

use super::attempt::{Attempt, Observer};
use super::builder::RestClientBuilder;
use super::endpoint::Endpoint;
use super::gate::Gate;
use super::prepared::{Prepared, Time};
use super::process::Process;
use super::request::{Class, Request};
use super::response::{Response, check, read_body, reader};
use super::retry::{self, Failed};
use super::stream::ByteStream;
use super::throttle::Throttle;
use super::warnings::{self, WarningHandler};
use super::wire::Wire;
use crate::auth::{Authorizer, Issued};
use crate::config::Config;
use crate::error::Error;
use crate::stop::Stop;
use crate::transport::{Body, Call, Transport};

/// A client of one API server, with one identity.
///
/// It sends [`Request`]s: any verb to any path. [`Api`](crate::api::Api) is the typed door on top of it.
///
/// ```
/// use kubeclient::{Config, Request, RestClient};
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// // `RestClient::try_default()` asks the server of your kubeconfig.
/// let client = RestClient::new(Config::new(server.url()))?;
/// assert_eq!(client.send(&Request::get("/readyz"))?.into_text()?, "ok");
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Blocking
/// Each call does its work on the calling thread and returns when it is done: within the client's
/// [`Timeouts`](crate::config::Timeouts), and within 50 ms once its [`Stop`] is stopped.
///
/// # Threads
/// A clone costs a reference count and shares everything: connections, credentials, the limiter. Any
/// number of threads may call at once; each has a connection of its own while it does.
///
/// # Fork
/// A client belongs to the process that made it. In a fork of that process (a daemon, a prefork server), which has
/// copies of its sockets and none of its threads, each call fails with [`Invalid`](crate::ErrorKind::Invalid)
/// before anything is sent: make the client, and the caches on it, after the fork. A fork should end, or start
/// another program, without dropping the client that it was born with: closing a TLS session may write on a
/// connection that the parent uses. Programs that are started (`std::process::Command`) inherit none of this.
#[derive(Clone)]
pub struct RestClient {
    shared: Arc<Shared>,
    stop: Stop,
    wire: Wire,
}

/// What the clones of a client have in common.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) endpoint: Endpoint,
    pub(super) transport: Transport,
    pub(super) authorizer: Authorizer,
    pub(super) throttle: Option<Throttle>,
    pub(super) user_agent: HeaderValue,
    pub(super) warnings: Arc<WarningHandler>,
    pub(super) observer: Option<Arc<Observer>>,
    pub(super) gate: Gate,
    pub(super) process: Process,
}

impl RestClient {
    /// A client for the server that the environment names: `$KUBECONFIG`, `~/.kube/config`, then the
    /// cluster that the program runs in.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config): no configuration was found, or it can't be used.
    pub fn try_default() -> Result<Self, Error> {
        Self::new(Config::infer()?)
    }

    /// A client for this configuration. Certificates and keys are read now; no connection is made.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config): the configuration contradicts itself, or a file that it
    /// names can't be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        Self::builder(config).build()
    }

    /// A client that is made in steps.
    pub fn builder(config: Config) -> RestClientBuilder {
        RestClientBuilder::new(config)
    }

    /// The same client, whose calls this token ends.
    #[must_use]
    pub fn with_stop(&self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self.clone() }
    }

    /// The same client, whose typed calls are in protobuf where the type has it: the built-in types, and
    /// projections of them that say `protobuf`.
    ///
    /// Lists and watches of many objects cost less than half of what they do as JSON. Any other type, such
    /// as a custom resource's, goes as JSON as ever; so do patches, and what a server has no protobuf for.
    ///
    /// Wire form: `Accept: application/vnd.kubernetes.protobuf,application/json`; bodies in an envelope.
    #[cfg(feature = "protobuf")]
    #[must_use]
    pub fn with_protobuf(&self) -> Self {
        Self { wire: Wire::Protobuf, ..self.clone() }
    }

    pub(super) fn of(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), stop: Stop::new(), wire: Wire::default() }
    }

    /// The configuration that the client was made of.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The token that ends the client's calls.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// What its watches have in common when they fail.
    pub(crate) fn gate(&self) -> &Gate {
        &self.shared.gate
    }

    /// The wire in which objects are asked for.
    pub(crate) fn wire(&self) -> Wire {
        self.wire
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the request can't be built, or the process is a fork of the client's;
    /// nothing was sent.
    /// [`Api`](crate::ErrorKind::Api): the server did not answer with 2xx, nor with 304 to a request with
    /// `If-None-Match`.
    /// [`Connect`](crate::ErrorKind::Connect), [`Tls`](crate::ErrorKind::Tls),
    /// [`Connection`](crate::ErrorKind::Connection), [`Timeout`](crate::ErrorKind::Timeout),
    /// [`Stopped`](crate::ErrorKind::Stopped), [`Auth`](crate::ErrorKind::Auth),
    /// [`TooLarge`](crate::ErrorKind::TooLarge): as they say.
    ///
    /// # Blocking
    /// Until the answer is read or the request's time is over, retries included. That of the client's
    /// [`Timeouts`](crate::config::Timeouts) begins when the credential is there: who gives it has a limit of its
    /// own ([`Exec`](crate::config::Exec), [`Oidc`](crate::config::Oidc)). What the caller has set, a [`Stop`] or
    /// [`Request::timeout`], ends the wait for it, too.
    pub fn send(&self, request: &Request) -> Result<Response, Error> {
        self.send_into(request, Vec::new())
    }

    /// [`RestClient::send`], into a buffer that was used before.
    pub(crate) fn send_into(&self, request: &Request, buffer: Vec<u8>) -> Result<Response, Error> {
        let prepared = Prepared::new(&self.shared, &self.stop, request)?;
        let mut buffer = buffer;
        self.attempts(&prepared, |response| {
            let (head, body) = response.into_parts();
            let buffer = std::mem::take(&mut buffer);
            let body = read_body(body, &head.headers, prepared.limit, buffer)?;
            Ok(Response {
                code: head.status.as_u16(),
                headers: head.headers,
                body,
                verb: prepared.verb().into(),
                path: prepared.path.clone(),
                memory: prepared.memory,
            })
        })
    }

    /// Sends a request and gives its answer to be read as it comes.
    ///
    /// # Errors
    /// As [`RestClient::send`], for the head of the answer.
    ///
    /// # Blocking
    /// As [`RestClient::send`], until the head of the answer is there; then each read waits for the server.
    pub fn stream(&self, request: &Request) -> Result<ByteStream, Error> {
        match request.answer_class() {
            Class::Unary | Class::List => self.open(&request.clone().class(Class::Stream)),
            Class::Watch | Class::Stream | Class::Follow => self.open(request),
        }
    }

    fn open(&self, request: &Request) -> Result<ByteStream, Error> {
        let mut prepared = Prepared::new(&self.shared, &self.stop, request)?;
        // A token of its own: stopping one stream leaves the others.
        prepared.time.bounds.stop = prepared.time.bounds.stop.child();
        self.attempts(&prepared, |response| {
            let (head, body) = response.into_parts();
            let reader = reader(body, &head.headers);
            Ok(ByteStream::new(
                reader,
                prepared.time.bounds.stop.clone(),
                prepared.verb(),
                &prepared.path,
            ))
        })
    }

    /// Makes attempts until one succeeds or `retry` gives up.
    fn attempts<T>(
        &self,
        prepared: &Prepared<'_>,
        mut finish: impl FnMut(http::Response<Body>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let process = self.shared.process.check(Process::this());
        process.map_err(|error| prepared.describe(error))?;
        let mut time = prepared.time.clone();
        let mut renewed = false;
        let mut number = 0;
        let mut last = None;
        loop {
            if (number > 0 || prepared.throttled_at_once)
                && let Err(error) = self.throttle(prepared, &time)
            {
                return Err(last.filter(|_| error.is_timeout()).unwrap_or(error));
            }
            let Failure { error, code, retry_after_seconds, credential, issued } =
                match self.attempt(prepared, &mut time, number, &mut finish) {
                    Ok(done) => return Ok(done),
                    Err(failure) => *failure,
                };
            // A credential that the caller gave can't be renewed here.
            let is_ours = !prepared.http.headers().contains_key(AUTHORIZATION);
            if code == Some(401) && is_ours && !renewed {
                renewed = true;
                let authorizer = &self.shared.authorizer;
                let begin = Instant::now();
                let bounds = time.of_credential();
                let is_new = authorizer.renew(credential.as_ref(), issued.as_ref(), &bounds);
                time.pass_over(begin.elapsed());
                if is_new || self.shared.transport.read_again() {
                    continue;
                }
            }
            let failed =
                Failed { method: prepared.http.method(), error: &error, code, retry_after_seconds };
            let Some(wait) = retry::decide(prepared.retry, number, &failed) else {
                return Err(error);
            };
            if time.ends_within(wait) {
                return Err(error);
            }
            log::debug!("{error}; again in {wait:?}");
            if time.bounds.stop.wait_timeout(wait) {
                return Err(prepared.describe(Error::stopped()));
            }
            last = Some(error);
            number += 1;
        }
    }

    fn throttle(&self, prepared: &Prepared<'_>, time: &Time) -> Result<(), Error> {
        let Some(bucket) = &self.shared.throttle else { return Ok(()) };
        bucket.wait(&time.bounds.stop, time.end()).map_err(|error| prepared.describe(error))
    }

    /// One attempt: authorize, round trip, check, read.
    fn attempt<T>(
        &self,
        prepared: &Prepared<'_>,
        time: &mut Time,
        number: u32,
        finish: &mut impl FnMut(http::Response<Body>) -> Result<T, Error>,
    ) -> Result<T, Box<Failure>> {
        let begin = Instant::now();
        let mut headers = prepared.http.headers().clone();
        let issued = match self.shared.authorizer.authorize(&mut headers, &time.of_credential()) {
            Ok(issued) => issued,
            Err(error) => return Err(Box::new(Failure::of(prepared.describe(error)))),
        };
        time.pass_over(begin.elapsed());

        let identity = issued.as_ref().and_then(|issued| issued.identity());
        let (outcome, call) =
            self.shared.transport.round_trip(&prepared.http, &headers, identity, &time.bounds);
        let mut code = None;
        let outcome = outcome.map_err(Failure::of).and_then(|response| {
            code = Some(response.status().as_u16());
            for warning in warnings::read(response.headers()) {
                (self.shared.warnings)(&warning);
            }
            let response = check(response, &prepared.http).map_err(|(error, seconds)| Failure {
                retry_after_seconds: seconds,
                ..Failure::of(error)
            })?;
            finish(response).map_err(Failure::of)
        });
        let outcome = outcome.map_err(|failure| {
            let error = prepared.describe(failure.error).sent(call.sent() > 0);
            let credential = headers.remove(AUTHORIZATION);
            Box::new(Failure { error, code, credential, issued, ..failure })
        });

        let error = outcome.as_ref().err().map(|failure| &failure.error);
        self.observe(prepared, &call, code, number + 1, begin.elapsed(), error);
        outcome
    }

    fn observe(
        &self,
        prepared: &Prepared<'_>,
        call: &Call,
        code: Option<u16>,
        number: u32,
        duration: Duration,
        error: Option<&Error>,
    ) {
        let observer = self.shared.observer.as_deref();
        if observer.is_none() && !log::log_enabled!(log::Level::Debug) {
            return;
        }
        let (verb, template) = (prepared.verb(), prepared.request.template());
        log::debug!("{verb} {template}: {code:?} in {duration:?}");
        if let Some(observer) = observer {
            observer(&Attempt {
                verb,
                is_watch: prepared.request.answer_class() == Class::Watch,
                template: &template,
                code,
                number,
                duration,
                bytes_sent: call.sent(),
                bytes_received: call.received(),
                error,
            });
        }
    }
}

impl std::fmt::Debug for RestClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let server = self.shared.endpoint.origin.to_string();
        f.debug_struct("RestClient").field("server", &server).finish_non_exhaustive()
    }
}

/// An attempt that failed, and what the next one must know of it.
struct Failure {
    error: Error,
    /// The code of the answer, where there was one.
    code: Option<u16>,
    retry_after_seconds: Option<u64>,
    /// The credential that was refused, if it was that.
    credential: Option<HeaderValue>,
    /// What a program had issued for it.
    issued: Option<Arc<Issued>>,
}

impl Failure {
    fn of(error: Error) -> Self {
        Self { error, code: None, retry_after_seconds: None, credential: None, issued: None }
    }
}
