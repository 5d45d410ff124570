//! [`Dialer`]: opens connections to one server, through its proxy where it has one.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call::{Call, earlier};
use super::connection::Connection;
use super::origin::Origin;
use super::proxy::Proxy;
use super::resolve::Resolver;
use super::tcp;
use super::tls::TlsClient;
use crate::config::Tls;
use crate::error::Error;

/// How one server is reached, and with which certificate.
#[derive(Clone)]
pub(super) struct Dialer {
    pub(super) server: Origin,
    pub(super) tls: Option<TlsClient>,
    pub(super) proxy: Option<Arc<Proxy>>,
    /// For name, connection, tunnel and handshakes together.
    pub(super) timeout: Duration,
    pub(super) resolver: Resolver,
}

impl Dialer {
    pub(super) fn open(&self, call: &Call) -> Result<Connection, Error> {
        call.note_connecting();
        let deadline = earlier(Instant::now().checked_add(self.timeout), call.deadline());
        let proxy = self.proxy.as_deref();
        let dial = |host, port| {
            let addresses = self.resolver.resolve(call, host, port, deadline)?;
            tcp::connect(call, &addresses, deadline)
        };
        let stream = match proxy {
            Some(proxy) => dial(proxy.host(), proxy.port()).map_err(|error| proxy.blame(error))?,
            None => dial(&self.server.host, self.server.port)?,
        };
        Connection::open(call, stream, proxy, self.tls.as_ref(), deadline)
    }

    /// Whether a certificate can be shown to anybody: to the server, or to a proxy before it.
    pub(super) fn speaks_tls(&self) -> bool {
        self.tls.is_some() || self.proxy.as_deref().is_some_and(|proxy| proxy.tls().is_some())
    }

    /// The proxy, where it passes requests on in plain sight instead of making a tunnel.
    pub(super) fn forward(&self) -> Option<Arc<Proxy>> {
        self.proxy.clone().filter(|proxy| proxy.forwards())
    }

    /// The same way by other settings of TLS: another certificate, other authorities.
    pub(super) fn with_tls(&self, tls: &Tls) -> Result<Self, Error> {
        let client = || TlsClient::new(tls, &self.server.host);
        let proxy = self.proxy.as_deref().map(|proxy| proxy.with_tls(tls)).transpose()?;
        Ok(Self {
            tls: self.server.tls.then(client).transpose()?,
            proxy: proxy.map(Arc::new),
            ..self.clone()
        })
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("server", &self.server).finish_non_exhaustive()
    }
}
