//! [`LeaderElectorBuilder`]: how an election is to go.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use super::elector::{Callbacks, LeaderElector};
use super::settings::{LEASE_DURATION, RENEW_DEADLINE, RETRY_PERIOD, Settings};
use crate::clock::Clock;
use crate::error::Error;
use crate::host::host_name;
use crate::rest::RestClient;

/// How a [`LeaderElector`] is to be; client-go's figures unless it says otherwise.
pub struct LeaderElectorBuilder {
    client: RestClient,
    settings: Settings,
    clock: Clock,
    callbacks: Callbacks,
}

impl LeaderElectorBuilder {
    pub(super) fn new(client: &RestClient, namespace: String, name: String) -> Self {
        let settings = Settings {
            namespace,
            name,
            identity: unique_identity(),
            lease_duration: LEASE_DURATION,
            renew_deadline: RENEW_DEADLINE,
            retry_period: RETRY_PERIOD,
        };
        let client = client.clone();
        Self { client, settings, clock: Clock::real(), callbacks: Callbacks::default() }
    }

    /// The name of this candidate, which no other one may have; without it, the host's name with a random
    /// number.
    #[must_use]
    pub fn identity(mut self, identity: impl Into<String>) -> Self {
        self.settings.identity = identity.into();
        self
    }

    /// How long others wait after they last saw the lease renewed before they take it: 15 s. Whole seconds.
    #[must_use]
    pub fn lease_duration(mut self, time: Duration) -> Self {
        self.settings.lease_duration = time;
        self
    }

    /// How long a leader is one after it last renewed the lease: 10 s. Less than the lease duration.
    #[must_use]
    pub fn renew_deadline(mut self, time: Duration) -> Self {
        self.settings.renew_deadline = time;
        self
    }

    /// How long a leader waits between renewals: 2 s; a candidate waits 1 to 2.2 times as long. Less than the
    /// renew deadline over 1.2.
    #[must_use]
    pub fn retry_period(mut self, time: Duration) -> Self {
        self.settings.retry_period = time;
        self
    }

    /// Called with the identity of each new leader, this one included, when it is first seen.
    ///
    /// It runs on the electing thread, between renewals: it should be short.
    #[must_use]
    pub fn on_new_leader(mut self, call: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.callbacks.new_leader = Some(Box::new(call));
        self
    }

    /// Called when this candidate was the leader and its work has ended, before the lease is given back.
    #[must_use]
    pub fn on_stopped(mut self, call: impl Fn() + Send + Sync + 'static) -> Self {
        self.callbacks.stopped = Some(Box::new(call));
        self
    }

    /// Called with each request's failure; it is retried all the same. Without it, failures are logged.
    ///
    /// It runs on the electing thread, between renewals: it should be short.
    #[must_use]
    pub fn on_error(mut self, call: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.callbacks.error = Some(Box::new(call));
        self
    }

    /// The clock by which the election goes; the machine's without it.
    #[must_use]
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// The elector.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the identity is empty, or lease duration > renew deadline >
    /// retry period x 1.2 does not hold.
    pub fn build(self) -> Result<LeaderElector, Error> {
        let settings = self.settings.checked()?;
        Ok(LeaderElector::new(&self.client, settings, self.clock, Arc::new(self.callbacks)))
    }
}

impl fmt::Debug for LeaderElectorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaderElectorBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The host's name and a random number: two processes on one host are two candidates.
fn unique_identity() -> String {
    let host = host_name();
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{host}_{:016x}{:016x}", random(), random())
}
