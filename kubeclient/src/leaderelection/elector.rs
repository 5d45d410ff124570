//! [`LeaderElector`]: the requests, the clock and the threads around what `state` decides.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::builder::LeaderElectorBuilder;
use super::election::Election;
use super::health::{ElectorHealth, ElectorState};
use super::leadership::Leadership;
use super::lease::Lease;
use super::settings::{JITTER, Settings};
use super::state::{Answer, Core, Moment, Step};
use crate::api::Api;
use crate::api::backoff::jittered;
use crate::background::StopOnDrop;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::meta::time::MicroTime;
use crate::rest::RestClient;
use crate::stop::{Stop, any_of};
use crate::sync::{Mutex, lock};
use crate::thread::{self, ThreadId};

/// A candidate for the leadership that a Lease stands for.
///
/// The [module](super) says what it promises.
///
/// # Threads
/// Clones are the same candidate. [`is_leader`](Self::is_leader) and [`leader`](Self::leader) may be asked
/// from anywhere; it runs on one thread at a time.
#[derive(Clone)]
pub struct LeaderElector {
    leases: Api<Lease>,
    settings: Arc<Settings>,
    clock: Clock,
    callbacks: Arc<Callbacks>,
    status: Arc<Mutex<Status>>,
}

#[derive(Default)]
pub(super) struct Callbacks {
    pub(super) new_leader: Option<Box<Hears<str>>>,
    pub(super) stopped: Option<Box<dyn Fn() + Send + Sync>>,
    pub(super) error: Option<Box<Hears<Error>>>,
}

/// A function of the user's that is told something.
type Hears<T> = dyn Fn(&T) + Send + Sync;

/// What others may ask.
#[derive(Default)]
struct Status {
    leader: Option<String>,
    leadership: Option<Leadership>,
    is_running: bool,
    /// The thread of the work.
    worker: Option<ThreadId>,
    last_heard: Option<Instant>,
    last_failure: Option<(Instant, Arc<Error>)>,
}

/// How an election ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// It was stopped.
    Stopped,
    /// The work returned by itself.
    Finished,
    /// The lease could not be renewed in time, or another candidate has it. To stand again, run again.
    Lost,
    /// The work panicked.
    Panicked,
}

impl LeaderElector {
    /// An elector for the Lease of this name, which is set up first. Who writes it first creates it.
    ///
    /// It may get, create and update that Lease. A client with a limit of its own (`qps`) makes renewals wait
    /// behind other requests: give the elector one without.
    pub fn builder(
        client: &RestClient,
        namespace: impl Into<String>,
        name: impl Into<String>,
    ) -> LeaderElectorBuilder {
        LeaderElectorBuilder::new(client, namespace.into(), name.into())
    }

    pub(super) fn new(
        client: &RestClient,
        settings: Settings,
        clock: Clock,
        callbacks: Arc<Callbacks>,
    ) -> Self {
        let leases = Api::namespaced(client, &settings.namespace).without_managed_fields();
        let (settings, status) = (Arc::new(settings), Arc::default());
        Self { leases, settings, clock, callbacks, status }
    }

    /// The name of this candidate.
    pub fn identity(&self) -> &str {
        &self.settings.identity
    }

    /// Whether this candidate is the leader now.
    pub fn is_leader(&self) -> bool {
        lock(&self.status).leadership.as_ref().is_some_and(Leadership::is_valid)
    }

    /// Whether this is the thread of its work.
    pub(super) fn is_worker(&self) -> bool {
        lock(&self.status).worker == Some(thread::current().id())
    }

    /// The leader that was last seen.
    pub fn leader(&self) -> Option<String> {
        lock(&self.status).leader.clone()
    }

    /// How it is: what its thread does, when the server last answered, what failed last.
    pub fn health(&self) -> ElectorHealth {
        let status = lock(&self.status);
        let state = match &status.leadership {
            _ if !status.is_running => ElectorState::Idle,
            None => ElectorState::Standing,
            Some(term) if term.is_valid() && !term.stopper().is_stopped() => ElectorState::Leading,
            Some(_) => ElectorState::Ending,
        };
        ElectorHealth {
            state,
            leader: status.leader.clone(),
            last_heard: status.last_heard,
            last_failure: status.last_failure.clone(),
        }
    }

    /// Stands for the leadership; once it is had, runs `work` on a thread of its own, and renews the lease
    /// meanwhile.
    ///
    /// `work` is told by [`Leadership::stopper`] to end: at once when leadership is lost, or when `stop`, or the
    /// token of the elector's client, is stopped. In the latter case the lease is renewed until `work` has ended,
    /// and then given back.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid): it is running already. [`System`](ErrorKind::System): the system
    /// has no thread left. Failures of requests are no errors: they are retried, and told to
    /// [`on_error`](LeaderElectorBuilder::on_error).
    ///
    /// # Blocking
    /// Until the election is over and `work` has ended. When `stop` is stopped, that is as soon as `work`
    /// has ended and one or two requests to give the lease back are answered, each bounded by half of the
    /// renew deadline (at least 1 s).
    pub fn run<F>(&self, stop: &Stop, work: F) -> Result<End, Error>
    where
        F: FnOnce(&Leadership) + Send,
    {
        let _running = self.enter()?;
        let (stop, _hooks) = any_of([stop.clone(), self.leases.client().stop().clone()], None);
        let mut core = Core::new(Settings::clone(&self.settings), self.clock.now_with_suspend());
        // A callback may panic; the lease is given back all the same.
        let end = catch_unwind(AssertUnwindSafe(|| self.stand(&mut core, &stop, work)));
        let step = core.resign(self.moment());
        self.perform(&mut core, step, &Stop::new());
        end.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Stands until it leads, and leads.
    fn stand<F>(&self, core: &mut Core, stop: &Stop, work: F) -> Result<End, Error>
    where
        F: FnOnce(&Leadership) + Send,
    {
        while core.term().is_none() && !stop.is_stopped() {
            self.attempt(core, stop);
            if core.term().is_none() {
                self.clock.sleep(stop, jittered(self.settings.retry_period, JITTER));
            }
        }
        match core.term() {
            Some(_) if !stop.is_stopped() => self.lead(core, stop, work),
            _ => Ok(End::Stopped),
        }
    }

    /// Runs on a thread of its own until it is over, or until what this returns is dropped.
    ///
    /// # Errors
    /// [`System`](ErrorKind::System): the system has no thread left.
    pub fn spawn<F>(&self, work: F) -> Result<Election, Error>
    where
        F: FnOnce(&Leadership) + Send + 'static,
    {
        Election::start(self.clone(), work)
    }

    /// Runs the work, and renews the lease until it has ended or the lease is lost.
    fn lead<F>(&self, core: &mut Core, stop: &Stop, work: F) -> Result<End, Error>
    where
        F: FnOnce(&Leadership) + Send,
    {
        // A callback, told of the new leader, may have taken all the time that there was.
        let now = self.clock.now_with_suspend();
        let Some(term) = core.term().filter(|term| now < term.valid_until) else {
            return Ok(End::Lost);
        };
        log::info!("{self}: {} leads", self.identity());
        let leadership = Leadership::new(&self.clock, self.to_string(), term, stop.child());
        lock(&self.status).leadership = Some(leadership.clone());
        let over = Stop::new();
        let end = std::thread::scope(|scope| {
            // Also if a callback panics: the scope waits for the work.
            let _end = EndOnDrop(&leadership);
            let run = || {
                let _over = StopOnDrop(over.clone());
                lock(&self.status).worker = Some(thread::current().id());
                work(&leadership);
            };
            let worker = thread::spawn_scoped(scope, "leader", run).map_err(no_thread)?;
            let is_lost = self.renew(core, &leadership, &over);
            if is_lost {
                log::warn!("{self}: {} no longer leads", self.identity());
                leadership.end();
            }
            Ok(match worker.join() {
                Err(_) => End::Panicked,
                Ok(()) if is_lost => End::Lost,
                Ok(()) if stop.is_stopped() => End::Stopped,
                Ok(()) => End::Finished,
            })
        });
        if let Some(call) = &self.callbacks.stopped {
            call();
        }
        end
    }

    /// Renews the lease until the work is over; whether it was lost before.
    fn renew(&self, core: &mut Core, leadership: &Leadership, over: &Stop) -> bool {
        while let Some(term) = core.term() {
            let left = term.valid_until.saturating_duration_since(self.clock.now_with_suspend());
            if self.clock.sleep(over, self.settings.retry_period.min(left)) {
                return false;
            }
            self.attempt(core, over);
            if let Some(term) = core.term() {
                leadership.renew(term.valid_until);
            }
        }
        true
    }

    /// One attempt to get the lease, or to keep it.
    fn attempt(&self, core: &mut Core, stop: &Stop) {
        let step = core.attempt(self.moment());
        self.perform(core, step, stop);
        self.tell_leader(core.holder());
    }

    /// Asks the server, step by step, until there is nothing left to ask for now.
    fn perform(&self, core: &mut Core, mut step: Step, stop: &Stop) {
        loop {
            let time = match core.term() {
                Some(term) => {
                    term.valid_until.saturating_duration_since(self.clock.now_with_suspend())
                }
                None => Duration::MAX,
            };
            let time = time.min(self.settings.request_timeout());
            let answer = match step {
                Step::Rest => return,
                // There is no time left to ask.
                _ if time.is_zero() || stop.is_stopped() => Answer::Failed,
                step => self.ask(step, &self.leases.with_stop(stop).with_timeout(time)),
            };
            let is_stopped = stop.is_stopped();
            step = core.answered(answer, self.moment());
            if is_stopped {
                return;
            }
        }
    }

    fn ask(&self, step: Step, leases: &Api<Lease>) -> Answer {
        let stored = |lease| Answer::Stored(Box::new(lease));
        let result = match step {
            Step::Rest => return Answer::Failed,
            Step::Get => leases.get_opt(&self.settings.name).map(|lease| match lease {
                Some(lease) => Answer::Found(Box::new(lease)),
                None => Answer::Missing,
            }),
            Step::Create(lease) => match leases.create(&lease) {
                Err(error) if error.is_already_exists() => Ok(Answer::Refused),
                other => other.map(stored),
            },
            Step::Replace(lease) => match leases.replace(&lease) {
                Err(error) if error.is_conflict() || error.is_not_found() => Ok(Answer::Refused),
                other => other.map(stored),
            },
        };
        let now = self.clock.now();
        let error = match result {
            Ok(answer) => {
                lock(&self.status).last_heard = Some(now);
                return answer;
            }
            Err(error) => Arc::new(error),
        };
        lock(&self.status).last_failure = Some((now, Arc::clone(&error)));
        match &self.callbacks.error {
            Some(call) => call(&error),
            None if error.is_stopped() => {}
            None => log::warn!("{self}: {error:#}"),
        }
        Answer::Failed
    }

    fn tell_leader(&self, holder: &str) {
        {
            let mut status = lock(&self.status);
            if holder.is_empty() || status.leader.as_deref() == Some(holder) {
                return;
            }
            status.leader = Some(holder.to_owned());
        }
        if let Some(call) = &self.callbacks.new_leader {
            call(holder);
        }
    }

    fn moment(&self) -> Moment {
        Moment { now: self.clock.now_with_suspend(), wall: MicroTime::now() }
    }

    /// Says that it runs, until what this returns is dropped.
    fn enter(&self) -> Result<Running<'_>, Error> {
        let mut status = lock(&self.status);
        if std::mem::replace(&mut status.is_running, true) {
            return Err(Error::invalid(format!("{self}: this elector is running already")));
        }
        Ok(Running(&self.status))
    }
}

impl fmt::Display for LeaderElector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lease {}/{}", self.settings.namespace, self.settings.name)
    }
}

impl fmt::Debug for LeaderElector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaderElector").field("settings", &self.settings).finish_non_exhaustive()
    }
}

pub(super) fn no_thread(error: std::io::Error) -> Error {
    Error::new(ErrorKind::System, "no thread could be started for the election").because(error)
}

struct Running<'a>(&'a Mutex<Status>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut status = lock(self.0);
        (status.is_running, status.leadership, status.worker) = (false, None, None);
    }
}

struct EndOnDrop<'a>(&'a Leadership);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
