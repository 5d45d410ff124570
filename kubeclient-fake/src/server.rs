//! The server as its users see it: started, asked where it is, dropped.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::auth::User;
use crate::failure::Failure;
use crate::http::listener::Listener;
use crate::http::wire::Plan;
use crate::http::{Handler, Limits, Reply, Request, Response, Service};

/// A Kubernetes API server inside this process, on a free port of loopback. Dropped, it stops.
pub struct FakeServer {
    listener: Listener,
}

impl FakeServer {
    /// Starts a server.
    ///
    /// # Errors
    /// Loopback has no port to give, or the system no thread.
    pub fn start() -> io::Result<Self> {
        Self::start_with(Arc::new(Nothing))
    }

    pub(crate) fn start_with(service: Arc<dyn Service>) -> io::Result<Self> {
        let front = Front { service, requests: AtomicU64::new(0) };
        let listener = Listener::start(0, Arc::new(front), Limits::default(), None)?;
        Ok(Self { listener })
    }

    /// Where the server is: `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.address())
    }
}

impl fmt::Debug for FakeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeServer").field("url", &self.url()).finish_non_exhaustive()
    }
}

/// What stands before the service: it numbers the requests and finds out who asks.
struct Front {
    service: Arc<dyn Service>,
    requests: AtomicU64,
}

impl Handler for Front {
    fn arrive(&self, request: &mut Request) -> Plan {
        request.number = self.requests.fetch_add(1, Ordering::Relaxed);
        Plan::default()
    }

    fn answer(&self, request: &mut Request, _plan: &Plan) -> Reply {
        request.user = User::admin();
        self.service.answer(request)
    }

    fn stop(&self) {
        self.service.stop();
    }
}

/// A service that does nothing yet.
struct Nothing;

impl Service for Nothing {
    fn answer(&self, request: &Request) -> Reply {
        let failure = Failure::not_implemented(format_args!("{} {}", request.method, request.path));
        let body = failure.status().to_string() + "\n";
        Reply::Full(Response::new(failure.code, "application/json", body))
    }
}
