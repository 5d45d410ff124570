//! [`RestClientBuilder`]: from a configuration to a client.

use std::sync::Arc;
use std::time::Instant;

use http::header::HeaderValue;

use super::client::{RestClient, Shared};
use super::endpoint::Endpoint;
use super::observer::Observer;
use super::throttle::TokenBucket;
use super::warnings::{LogWarnings, WarningHandler};
use crate::auth::Authorizer;
use crate::config::Config;
use crate::error::Error;
use crate::transport::Transport;

/// Makes a [`RestClient`] with more than a [`Config`].
#[must_use]
pub struct RestClientBuilder {
    config: Config,
    warnings: Arc<dyn WarningHandler>,
    observer: Option<Arc<dyn Observer>>,
}

impl RestClientBuilder {
    pub(super) fn new(config: Config) -> Self {
        Self { config, warnings: Arc::new(LogWarnings), observer: None }
    }

    /// Who hears the server's warnings; by default the log.
    pub fn warning_handler(mut self, handler: impl WarningHandler + 'static) -> Self {
        self.warnings = Arc::new(handler);
        self
    }

    /// Who sees each attempt of each request.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// As [`RestClient::new`].
    pub fn build(self) -> Result<RestClient, Error> {
        let Self { config, warnings, observer } = self;
        config.check()?;
        let endpoint = Endpoint::new(&config.server)?;
        let user_agent = HeaderValue::try_from(&config.user_agent).map_err(|_| {
            Error::config("user agent: expected text without line breaks and control characters")
        })?;
        let shared = Shared {
            transport: Transport::new(&config, &endpoint.origin)?,
            authorizer: Authorizer::new(&config)?,
            throttle: config.throttle.map(|throttle| TokenBucket::new(throttle, Instant::now())),
            endpoint,
            config,
            user_agent,
            warnings,
            observer,
        };
        Ok(RestClient::of(shared))
    }
}

impl std::fmt::Debug for RestClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RestClientBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
