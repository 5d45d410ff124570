//! [`Controller`]: the caches, the queue and the threads around a reconcile function.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::action::Action;
use super::attempts::Attempts;
use super::builder::ControllerBuilder;
use super::guard::{Limiter, Metrics};
use super::health::{Board, ControllerHealth};
use super::reconcile_error::ReconcileError;
use super::request::ReconcileRequest;
use super::running::RunningController;
use super::source::{Sink, Source};
use super::work::{Run, Work};
use crate::api::Api;
use crate::cache::queue::WorkQueue;
use crate::cache::report::guarded;
use crate::cache::{ObjectKey, SharedInformer};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::meta::resource::Object;
use crate::stop::{Stop, any_of};
use crate::sync::{Mutex, lock};
use crate::thread;

/// A function that brings what is closer to what is wanted, and what calls it.
///
/// The [module](super) says how it goes and what it promises.
///
/// # Threads
/// Clones are the same controller. It runs on one thread at a time, with one more for each worker and for
/// each cache that it looks at; any thread may ask [`health`](Self::health) and [`enqueue`](Self::enqueue).
pub struct Controller<T: Object + Send + Sync + 'static>(Arc<Shared<T>>);

pub(super) struct Shared<T: Object + Send + Sync + 'static> {
    pub(super) primary: Arc<SharedInformer<T>>,
    /// All caches, the primary one first.
    pub(super) sources: Vec<Box<dyn Source>>,
    pub(super) workers: usize,
    pub(super) limiter: Limiter,
    pub(super) metrics: Metrics,
    pub(super) on_error: Option<Box<OnError>>,
    pub(super) max_attempts: Option<u32>,
    pub(super) clock: Clock,
    pub(super) sync_timeout: Duration,
    pub(super) grace: Duration,
    /// What there is while it runs.
    pub(super) run: Mutex<Option<Arc<Run>>>,
}

/// A function of the program's that is told of failures.
pub(super) type OnError = dyn Fn(&ReconcileError) + Send + Sync;

impl<T: Object + DeserializeOwned + Send + Sync + 'static> Controller<T> {
    /// A controller of the objects of this cache, to be told more about.
    ///
    /// Its caches are started when it runs, where they are not yet.
    pub fn builder(primary: &Arc<SharedInformer<T>>) -> ControllerBuilder<T> {
        ControllerBuilder::new(Arc::clone(primary))
    }

    /// A controller of the objects of an Api, which it has a cache of its own for.
    pub fn for_api(primary: &Api<T>) -> ControllerBuilder<T> {
        ControllerBuilder::new(Arc::new(SharedInformer::builder(primary).build()))
    }
}

impl<T: Object + Send + Sync + 'static> Controller<T> {
    pub(super) fn new(shared: Shared<T>) -> Self {
        Self(Arc::new(shared))
    }

    /// Starts the caches and waits for them, then calls `reconcile` for each primary object, and for each
    /// whose key is queued, until `stop` is stopped.
    ///
    /// What `reconcile` returns says when the key comes again. Its error may be any: one of this crate, of
    /// `anyhow`, a text.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout): a cache was not filled within
    /// [`sync_timeout`](ControllerBuilder::sync_timeout); the source is what the server last said.
    /// [`Stopped`](ErrorKind::Stopped): somebody else stopped one of the caches.
    /// [`Invalid`](ErrorKind::Invalid): it is running already. [`System`](ErrorKind::System): the system has
    /// no thread to give.
    ///
    /// # Blocking
    /// Until `stop` is stopped and the reconciles that run then have ended.
    pub fn run<F, E>(&self, stop: &Stop, reconcile: F) -> Result<(), Error>
    where
        F: Fn(&ReconcileRequest<'_, T>) -> Result<Action, E> + Sync,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let shared = &*self.0;
        let run = Arc::new(Run {
            queue: WorkQueue::builder()
                .clock(&shared.clock)
                .metrics(shared.metrics.clone())
                .build(),
            attempts: Attempts::default(),
            board: Board::new(shared.workers),
            is_synced: AtomicBool::new(false),
            threads: Mutex::default(),
        });
        let _running = shared.enter(&run)?;
        let stoppers = shared.sources.iter().map(|source| source.stopper());
        let (end, _hooks) = any_of(stoppers.chain([stop.clone()]), None);
        let outcome = shared.run(&run, &end, reconcile);
        if stop.is_stopped() {
            return Ok(());
        }
        let stopped = shared.sources.iter().find(|source| source.stopper().is_stopped());
        let Some(source) = stopped else { return outcome };
        let what = source.what();
        let message = format!("{self}: the cache of {what} was stopped");
        Err(Error::new(ErrorKind::Stopped, message))
    }

    /// Runs on a thread of its own, until what this returns is dropped.
    ///
    /// # Errors
    /// [`System`](ErrorKind::System): the system has no thread to give. How the run ends is told by
    /// [`RunningController::join`].
    pub fn spawn<F, E>(&self, reconcile: F) -> Result<RunningController<T>, Error>
    where
        F: Fn(&ReconcileRequest<'_, T>) -> Result<Action, E> + Send + Sync + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        RunningController::start(self.clone(), reconcile)
    }

    /// Queues a key, for events of the program's own. While it does not run, nothing happens: a run begins
    /// with all objects.
    pub fn enqueue(&self, key: ObjectKey) {
        let run = lock(&self.0.run).clone();
        if let Some(run) = run {
            run.queue.add(key);
        }
    }

    /// Whether this is the thread of one of its workers.
    pub(super) fn is_worker(&self) -> bool {
        let run = lock(&self.0.run).clone();
        run.is_some_and(|run| lock(&run.threads).contains(&thread::current().id()))
    }

    /// The cache of the primary objects.
    pub fn primary(&self) -> &Arc<SharedInformer<T>> {
        &self.0.primary
    }

    /// How it is: what each worker does and since when, what is queued.
    pub fn health(&self) -> ControllerHealth {
        let run = lock(&self.0.run).clone();
        run.map_or_else(ControllerHealth::default, |run| ControllerHealth {
            is_running: true,
            is_synced: run.is_synced.load(Ordering::SeqCst),
            workers: run.board.workers(),
            queue: run.queue.stats(),
            retrying: run.attempts.len(),
        })
    }
}

impl<T: Object + Send + Sync + 'static> Shared<T> {
    fn run<F, E>(&self, run: &Arc<Run>, end: &Stop, reconcile: F) -> Result<(), Error>
    where
        F: Fn(&ReconcileRequest<'_, T>) -> Result<Action, E> + Sync,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let store = self.primary.store().clone();
        let all = move || {
            let snapshot = store.snapshot();
            snapshot.iter().map(|object| ObjectKey::of(&**object)).collect()
        };
        let (queue, metrics) = (run.queue.clone(), self.metrics.clone());
        let sink = Sink { queue, metrics, all: Arc::new(all) };
        let attached = self.sources.iter().map(|source| source.attach(&sink));
        // Dropped at the end, after the workers.
        let _attached = attached.collect::<Result<Vec<_>, _>>()?;
        self.sources.iter().try_for_each(|source| source.start())?;
        self.wait_synced(end)?;
        run.is_synced.store(true, Ordering::SeqCst);
        let token = Stop::new();
        let work = Work { shared: self, run, reconcile, end, token: &token };
        self.work(&work)
    }

    /// Waits until all caches are filled.
    fn wait_synced(&self, end: &Stop) -> Result<(), Error> {
        let deadline = Instant::now().checked_add(self.sync_timeout);
        let (wait, _hooks) = any_of([end.clone()], deadline);
        self.sources.iter().try_for_each(|source| Ok(source.wait_synced(&wait)?))
    }

    /// Lets the workers work until the end.
    fn work<F, E>(&self, work: &Work<'_, T, F>) -> Result<(), Error>
    where
        F: Fn(&ReconcileRequest<'_, T>) -> Result<Action, E> + Sync,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let role = format!("controller-{}", self.primary.lister().resource().plural);
        let working = Working { left: AtomicUsize::new(self.workers), over: Stop::new() };
        let working = &working;
        std::thread::scope(|scope| {
            let start = |worker| {
                let at_work = AtWork(working);
                let run = move || {
                    let _at_work = at_work;
                    while let Err(panic) = guarded("a worker", || work.run(worker)) {
                        log::error!("{panic}");
                    }
                };
                thread::spawn_scoped(scope, &role, run).map(drop)
            };
            let started = (0..self.workers).try_for_each(start);
            if started.is_ok() {
                work.end.wait();
                self.clock.sleep(&working.over, self.grace);
            }
            work.end.stop();
            work.token.stop();
            started.map_err(no_thread)
        })
    }

    /// Says that it runs, until what this returns is dropped.
    fn enter(&self, run: &Arc<Run>) -> Result<Entered<'_, T>, Error> {
        let mut current = lock(&self.run);
        if current.is_some() {
            return Err(Error::invalid(format!("{self}: it is running already")));
        }
        *current = Some(Arc::clone(run));
        Ok(Entered(self))
    }
}

struct Entered<'a, T: Object + Send + Sync + 'static>(&'a Shared<T>);

impl<T: Object + Send + Sync + 'static> Drop for Entered<'_, T> {
    fn drop(&mut self) {
        // Dropped outside the lock.
        let run = lock(&self.0.run).take();
        drop(run);
    }
}

/// How many workers are at work; stops a token when none is.
struct Working {
    left: AtomicUsize,
    over: Stop,
}

struct AtWork<'a>(&'a Working);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if self.0.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.over.stop();
        }
    }
}

pub(super) fn no_thread(error: std::io::Error) -> Error {
    Error::new(ErrorKind::System, "no thread could be started for the controller").because(error)
}

impl<T: Object + Send + Sync + 'static> Clone for Controller<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Object + Send + Sync + 'static> fmt::Display for Controller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Object + Send + Sync + 'static> fmt::Display for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "controller of {}", self.primary.store().what())
    }
}

impl<T: Object + Send + Sync + 'static> fmt::Debug for Controller<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controller")
            .field("of", &self.0.primary.store().what())
            .field("workers", &self.0.workers)
            .finish_non_exhaustive()
    }
}
