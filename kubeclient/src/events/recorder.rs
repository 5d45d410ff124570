//! [`EventRecorder`]: what programs tell events to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::builder::EventRecorderBuilder;
use super::event::{Event, MESSAGE_BYTES, Source, WORD_BYTES};
use super::event_type::EventType;
use super::name::event_name;
use super::new_event::NewEvent;
use super::queue::{Entry, Queue};
use super::stats::EventStats;
use super::worker::{Decider, Worker};
use crate::background::{Background, drop_wait};
use crate::error::{Error, ErrorKind};
use crate::meta::object_reference::ToReference;
use crate::meta::status::clip;
use crate::meta::time::MicroTime;
use crate::rest::RestClient;
use crate::stop::Stop;

/// The namespace of events about objects that are in none.
const DEFAULT_NAMESPACE: &str = "default";

/// Tells what happens to objects, as events that `kubectl describe` and `kubectl events` show.
///
/// The [module](super) says what becomes of them.
///
/// # Threads
/// One, which [`start`](EventRecorderBuilder::start) starts and the drop of the last clone joins. Clones are
/// the same recorder; any thread may record, and none is ever blocked or failed by it.
#[derive(Clone)]
pub struct EventRecorder(Arc<Handle>);

struct Handle {
    source: Arc<Source>,
    queue: Arc<Queue>,
    /// The last moment that a name was made of.
    last_nanos: AtomicU64,
    drop_timeout: Duration,
    hurry: Stop,
    end: Stop,
    thread: Background<()>,
}

impl EventRecorder {
    /// A recorder for a component, such as `shop-controller`, to be told more about.
    ///
    /// It may create and patch `events` in the namespaces of the objects, and in `default` where these are
    /// cluster-scoped. A client with a limit of its own (`qps`) makes other requests wait behind the events.
    pub fn builder(client: &RestClient, component: impl Into<String>) -> EventRecorderBuilder {
        EventRecorderBuilder::new(client, component.into())
    }

    pub(super) fn start(
        builder: EventRecorderBuilder,
        source: Arc<Source>,
        decider: Decider,
    ) -> Result<Self, Error> {
        let EventRecorderBuilder { client, clock, reporter, drop_timeout, .. } = builder;
        let queue = Queue::new(&clock);
        let end = client.stop().child();
        let hurry = end.child();
        let worker = Worker {
            queue: Arc::clone(&queue),
            client: client.with_stop(&end),
            clock,
            decider,
            reporter,
            hurry: hurry.clone(),
            end: end.clone(),
        };
        let thread = Background::spawn("events", move || worker.run()).map_err(|(error, _)| {
            Error::new(ErrorKind::System, "no thread could be started for events").because(error)
        })?;
        Ok(Self(Arc::new(Handle {
            source,
            queue,
            last_nanos: AtomicU64::new(0),
            drop_timeout,
            hurry,
            end,
            thread,
        })))
    }

    /// Tells that something went as it should.
    ///
    /// The reason is one word in upper camel case that programs can go by; the message is for people, and is
    /// cut at 1024 bytes.
    pub fn normal<T>(&self, object: &T, reason: impl Into<String>, message: impl Into<String>)
    where
        T: ToReference + ?Sized,
    {
        self.event(object, reason, message).record();
    }

    /// Tells that something did not go as it should.
    pub fn warning<T>(&self, object: &T, reason: impl Into<String>, message: impl Into<String>)
    where
        T: ToReference + ?Sized,
    {
        self.event(object, reason, message).warning().record();
    }

    /// An event to be told more about.
    ///
    /// ```
    /// # use kubeclient::{Config, ObjectReference, RestClient, Stop};
    /// # use kubeclient::events::EventRecorder;
    /// # let server = kubeclient_fake::FakeServer::start().unwrap();
    /// # let client = RestClient::new(Config::new(server.url()))?;
    /// # let reference = |kind: &str, name: &str| ObjectReference {
    /// #     api_version: "v1".into(), kind: kind.into(), name: name.into(), namespace: "default".into(),
    /// #     ..ObjectReference::default()
    /// # };
    /// # let (pod, node) = (reference("Pod", "web-0"), reference("Node", "n1"));
    /// let recorder = EventRecorder::builder(&client, "example.com/scheduler").events_v1().start()?;
    /// recorder
    ///     .event(&pod, "Scheduled", "web-0 goes to n1")
    ///     .action("Binding")
    ///     .related(&node)
    ///     .record();
    /// assert!(recorder.shut_down(&Stop::new()));
    /// # let sent = server.requests().verb("create").first().unwrap().json().unwrap();
    /// # assert_eq!((&sent["action"], &sent["related"]["name"]), (&"Binding".into(), &"n1".into()));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    pub fn event<T>(
        &self,
        object: &T,
        reason: impl Into<String>,
        message: impl Into<String>,
    ) -> NewEvent<'_>
    where
        T: ToReference + ?Sized,
    {
        NewEvent {
            recorder: self,
            event_type: EventType::Normal,
            regarding: object.to_reference(),
            related: None,
            reason: reason.into(),
            action: None,
            message: message.into(),
            annotations: BTreeMap::new(),
        }
    }

    /// Whether its thread has ended, after it was shut down.
    pub fn is_over(&self) -> bool {
        self.0.thread.is_over()
    }

    /// What became of the events so far.
    pub fn stats(&self) -> EventStats {
        self.0.queue.stats()
    }

    /// Waits until each event that was recorded before is written or given up; whether that was so before the
    /// token was stopped. What is held back stays so. Called by a function that the recorder itself calls, it
    /// does not wait: that would be for itself.
    ///
    /// # Blocking
    /// Until then: where the server can't be reached, for up to 2 minutes an event.
    pub fn flush(&self, stop: &Stop) -> bool {
        !self.0.thread.is_current() && self.0.queue.wait_idle(stop)
    }

    /// Writes what waits, trying each event once, and ends the thread; whether all of it was tried before
    /// the token was stopped. What clones of the recorder are given from then on is dropped.
    ///
    /// So does the drop of the last clone, for at most 5 s or what
    /// [`drop_timeout`](EventRecorderBuilder::drop_timeout) says, and a second where its thread is stuck.
    ///
    /// # Blocking
    /// Until then; when the token is stopped, until the request under way has heard of it, within 50 ms, or, where
    /// the thread is in a function of the program, for a second: it is left to end by itself then.
    pub fn shut_down(&self, stop: &Stop) -> bool {
        self.0.finish(stop)
    }

    pub(super) fn take(&self, new: NewEvent<'_>) {
        let entry = match self.check(&new) {
            Ok(()) => Entry::Event(Box::new(self.made_of(new))),
            Err(error) => Entry::Mistake(error),
        };
        self.0.queue.push(entry);
    }

    fn check(&self, new: &NewEvent<'_>) -> Result<(), Error> {
        let NewEvent { regarding, reason, action, .. } = new;
        let message = if regarding.kind.is_empty() {
            "expected the kind of the object".to_owned()
        } else if regarding.name.is_empty() {
            "expected the name of the object".to_owned()
        } else if reason.is_empty() || reason.len() > WORD_BYTES {
            format!("reason: expected 1 to {WORD_BYTES} bytes, found {}", reason.len())
        } else if let Some(action) = action.as_ref().filter(|action| action.len() > WORD_BYTES) {
            format!("action: expected at most {WORD_BYTES} bytes, found {}", action.len())
        } else {
            return Ok(());
        };
        let reason = clip(reason, WORD_BYTES);
        Err(Error::invalid(message).at(format_args!("event {reason:?} of {regarding}")))
    }

    fn made_of(&self, new: NewEvent<'_>) -> Event {
        let NewEvent {
            event_type, regarding, related, reason, action, message, annotations, ..
        } = new;
        let now = SystemTime::now();
        let namespace = match regarding.namespace.as_str() {
            "" => DEFAULT_NAMESPACE,
            namespace => namespace,
        };
        Event {
            source: Arc::clone(&self.0.source),
            namespace: namespace.to_owned(),
            name: event_name(&regarding.name, self.0.moment(now)),
            annotations,
            regarding,
            related,
            event_type,
            reason,
            action: action.unwrap_or_default(),
            message: match message.len() <= MESSAGE_BYTES {
                true => message,
                false => clip(&message, MESSAGE_BYTES).to_owned(),
            },
            at: MicroTime::try_from(now).unwrap_or_default(),
        }
    }
}

impl Handle {
    /// A moment that no other event of this recorder has.
    fn moment(&self, now: SystemTime) -> u64 {
        let nanos = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let nanos = u64::try_from(nanos).unwrap_or(u64::MAX);
        let next = |last: u64| nanos.max(last.saturating_add(1));
        let update = self
            .last_nanos
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        next(update.unwrap_or_else(|last| last))
    }

    fn finish(&self, stop: &Stop) -> bool {
        self.queue.close();
        self.hurry.stop();
        if self.thread.is_current() {
            // A function of the program, called by the thread itself: it ends after that.
            return false;
        }
        let is_over = self.thread.wait(stop);
        if !is_over {
            self.end.stop();
            let what = format_args!("the event recorder of {}", self.source.component);
            self.thread.leave(what, &drop_wait());
        }
        is_over
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // Who has given up before does not wait again.
        if !self.thread.is_left() {
            self.finish(&Stop::after(self.drop_timeout));
        }
    }
}

impl fmt::Debug for EventRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventRecorder")
            .field("component", &self.0.source.component)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
