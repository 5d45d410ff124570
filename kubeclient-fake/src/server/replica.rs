//! Further servers of a cluster: one state behind several ports.

use std::io;
use std::sync::Arc;

use super::FakeServer;
use super::front::Front;
use crate::api;
use crate::http::listener::Listener;
use crate::http::{Reply, Request, Service};
use crate::recorder::Recorder;

/// How many requests a further server keeps to be looked at.
const RECORDED: usize = 10_000;

impl FakeServer {
    /// Starts another server of the same cluster, on this port of loopback (0: on a free one), as a control plane
    /// has several: what is written to one is read from all. Dropped, it alone is gone, as in a rolling restart.
    ///
    /// Users, certificates and time are the cluster's; faults, connections and the record of requests are each
    /// server's own. Watches on further servers end when the first one goes.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = kubeclient_fake::FakeServer::start()?;
    /// let replica = server.replica(0)?;
    /// server.seed("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
    /// assert!(replica.object("v1", "ConfigMap", "default", "a").is_some());
    ///
    /// let port = replica.address().port();
    /// drop(replica);
    /// let again = server.replica(port)?;
    /// assert_eq!(again.address().port(), port);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The port is taken, loopback has none to give, or the system no thread.
    pub fn replica(&self, port: u16) -> io::Result<Self> {
        let faults = Arc::default();
        let recorder = Arc::new(Recorder::new(RECORDED));
        let service = Further(api::service(Arc::clone(&self.cluster)));
        let front = Front::new(service, self.access.clone(), &faults, &recorder);
        let (limits, tls) = (self.limits.clone(), self.tls.clone());
        Ok(Self {
            listener: Listener::start(port, Arc::new(front), limits, tls)?,
            cluster: Arc::clone(&self.cluster),
            begun: self.begun.clone(),
            tls: self.tls.clone(),
            access: self.access.clone(),
            limits: self.limits.clone(),
            admin: self.admin.clone(),
            faults,
            recorder,
        })
    }
}

/// The API at a further server, whose end is not the cluster's: its streams find out that nobody listens.
struct Further<S>(S);

impl<S: Service> Service for Further<S> {
    fn answer(&self, request: &Request) -> Reply {
        self.0.answer(request)
    }
}
