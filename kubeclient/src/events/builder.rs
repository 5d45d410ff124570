//! [`EventRecorderBuilder`]: how a recorder is to be.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::correlator::Correlator;
use super::event::{Source, WORD_BYTES};
use super::recorder::EventRecorder;
use super::series::SeriesCache;
use super::worker::Decider;
use crate::cache::report::Reporter;
use crate::clock::Clock;
use crate::error::Error;
use crate::host::host_name;
use crate::meta::names::is_prefixed_name;
use crate::meta::status::clip;
use crate::rest::RestClient;

/// How long the drop of a recorder waits for what it has not written yet.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// How an [`EventRecorder`] is to be.
pub struct EventRecorderBuilder {
    pub(super) client: RestClient,
    component: String,
    instance: Option<String>,
    is_events_v1: bool,
    pub(super) clock: Clock,
    pub(super) reporter: Reporter,
    pub(super) drop_timeout: Duration,
}

impl EventRecorderBuilder {
    pub(super) fn new(client: &RestClient, component: String) -> Self {
        Self {
            client: client.clone(),
            component,
            instance: None,
            is_events_v1: false,
            clock: Clock::real(),
            reporter: Reporter::default(),
            drop_timeout: DROP_TIMEOUT,
        }
    }

    /// Which of several instances of the component tells: the source's host in `core/v1`, which is empty
    /// without it; the reporting instance in `events.k8s.io/v1`, which is `COMPONENT-HOST` without it.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// Writes to `events.k8s.io/v1` instead of `core/v1`.
    ///
    /// They are the same objects. There, what happens again becomes a series, however its message differs:
    /// the first event is written at once, then that it came twice, and then the number when the series ends
    /// (after 6 minutes without another) or each 30 minutes. No event is held back for being one of many.
    #[must_use]
    pub fn events_v1(mut self) -> Self {
        self.is_events_v1 = true;
        self
    }

    /// The clock by which events are combined, held back and tried again; the machine's without it. When
    /// something happened is always told by the wall clock.
    #[must_use]
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock.clone();
        self
    }

    /// Called with each failure: of a request (which may be tried again all the same), of an event that says
    /// nothing, and when events were dropped. Without it, failures are logged.
    ///
    /// It runs on the recorder's thread, which writes no event meanwhile: it should be short. A recorder that
    /// it holds is never dropped.
    #[must_use]
    pub fn on_error(mut self, call: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.reporter = Reporter::new(call);
        self
    }

    /// How long the drop of the last clone waits for events to be written: 5 s without it.
    #[must_use]
    pub fn drop_timeout(mut self, time: Duration) -> Self {
        self.drop_timeout = time;
        self
    }

    /// The recorder, with its thread.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the component is empty; or, for `events.k8s.io/v1`, it is no
    /// qualified name, or the instance is empty or longer than 128 bytes.
    /// [`System`](crate::ErrorKind::System): the system has no thread left.
    pub fn start(self) -> Result<EventRecorder, Error> {
        let source = self.source()?;
        let decider = match self.is_events_v1 {
            true => Decider::Series(Box::new(SeriesCache::new())),
            false => Decider::Core(Box::new(Correlator::new())),
        };
        EventRecorder::start(self, Arc::new(source), decider)
    }

    fn source(&self) -> Result<Source, Error> {
        let component = self.component.clone();
        let invalid =
            |what: &str| Err(Error::invalid(format!("event recorder {component:?}: {what}")));
        if component.is_empty() {
            return invalid("expected the name of a component");
        }
        if !self.is_events_v1 {
            let instance = self.instance.clone().unwrap_or_default();
            return Ok(Source { component, instance });
        }
        if !is_prefixed_name(&component) {
            return invalid(
                "expected a name for events.k8s.io/v1: an optional DNS name and `/`, then at most 63 letters, digits, `-`, `_` or `.`",
            );
        }
        let instance = match &self.instance {
            Some(instance) => instance.clone(),
            None => clip(&format!("{component}-{}", host_name()), WORD_BYTES).to_owned(),
        };
        if instance.is_empty() || instance.len() > WORD_BYTES {
            return invalid("expected an instance of 1 to 128 bytes for events.k8s.io/v1");
        }
        Ok(Source { component, instance })
    }
}

impl fmt::Debug for EventRecorderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventRecorderBuilder")
            .field("component", &self.component)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}
