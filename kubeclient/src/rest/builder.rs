//! [`RestClientBuilder`]: from a configuration to a client.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http::header::HeaderValue;

use super::attempt::{Attempt, Observer};
use super::client::{RestClient, Shared};
use super::endpoint::Endpoint;
use super::gate::Gate;
use super::process::Process;
use super::throttle::Throttle;
use super::warnings::{Warning, WarningHandler, WarningLog};
use crate::auth::Authorizer;
use crate::config::Config;
use crate::error::Error;
use crate::transport::{Resolver, Transport};

/// Makes a [`RestClient`] with more than a [`Config`].
///
/// ```
/// use kubeclient::{Config, RestClient};
///
/// let client = RestClient::builder(Config::new("https://127.0.0.1:6443"))
///     .warning_handler(|warning| eprintln!("{warning}"))
///     .observer(|attempt| eprintln!("{} {:?}", attempt.template, attempt.code))
///     .build();
/// assert!(client.is_ok() || client.unwrap_err().kind() == kubeclient::ErrorKind::Config);
/// ```
#[must_use]
pub struct RestClientBuilder {
    config: Config,
    warnings: Arc<WarningHandler>,
    observer: Option<Arc<Observer>>,
    resolver: Resolver,
}

impl RestClientBuilder {
    pub(super) fn new(config: Config) -> Self {
        let (log, resolver) = (WarningLog::default(), Resolver::default());
        let warnings = Arc::new(move |warning: &Warning| log.hear(warning));
        Self { config, warnings, observer: None, resolver }
    }

    /// Who hears the server's warnings (deprecated versions, unknown fields and the like), one by one and in
    /// their order; by default the log, which has each of the last 256 that differ once. `Display` shows a
    /// warning so that it can't act on a terminal.
    ///
    /// # Threads
    /// Called on the thread that makes the request, before the answer is given back.
    pub fn warning_handler(mut self, handler: impl Fn(&Warning) + Send + Sync + 'static) -> Self {
        self.warnings = Arc::new(handler);
        self
    }

    /// Who sees each attempt of each request, for metrics and traces.
    ///
    /// # Threads
    /// Called on the thread that makes the request, when an attempt is over: its answer read, or for a
    /// stream or watch, the head of it. What it does, the request waits for.
    pub fn observer(mut self, observer: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Who gives the addresses of a host and port, instead of the system: of the server, or of the proxy
    /// where there is one. They are tried in their order; certificates are checked for the name all the same.
    ///
    /// ```
    /// use kubeclient::{Config, Request, RestClient};
    ///
    /// # let server = kubeclient_fake::FakeServer::start().unwrap();
    /// let address = server.address();
    /// let client = RestClient::builder(Config::new("http://kubernetes.example:6443"))
    ///     .resolver(move |host, port| {
    ///         assert_eq!((host, port), ("kubernetes.example", 6443));
    ///         Ok(vec![address])
    ///     })
    ///     .build()?;
    /// assert_eq!(client.send(&Request::get("/readyz"))?.into_text()?, "ok");
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Blocking
    /// A call waits for it until its own time is over, or the time for connecting
    /// ([`Timeouts::connect`](crate::config::Timeouts::connect)); what it gives later is not used.
    ///
    /// # Threads
    /// Called for each new connection, on a thread of its own: at most four at once.
    pub fn resolver(
        mut self,
        resolver: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        self.resolver = Resolver::new(resolver);
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// As [`RestClient::new`].
    pub fn build(self) -> Result<RestClient, Error> {
        let Self { config, warnings, observer, resolver } = self;
        config.check()?;
        let endpoint = Endpoint::new(&config.server)?;
        let user_agent = HeaderValue::try_from(&config.user_agent).map_err(|_| {
            Error::config("user agent: expected text without line breaks and control characters")
        })?;
        let shared = Shared {
            transport: Transport::new(&config, &endpoint.origin, resolver)?,
            authorizer: Authorizer::new(&config)?,
            throttle: config.throttle.map(Throttle::new),
            endpoint,
            config,
            user_agent,
            warnings,
            observer,
            gate: Gate::by_chance(),
            process: Process::this(),
        };
        Ok(RestClient::of(shared))
    }
}

impl std::fmt::Debug for RestClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RestClientBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
