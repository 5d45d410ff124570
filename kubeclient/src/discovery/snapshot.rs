//! [`Snapshots`]: what was discovered, shared by threads and fetched by one of them at a time. It knows
//! nothing of names.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::found::Discovered;
use crate::error::Error;
use crate::stop::Stop;
use crate::sync;

/// Where what is discovered comes from.
pub(super) trait Source: Send + Sync {
    /// What there is; when it is to be renewed, nothing that was known before this call counts.
    fn discover(&self, stop: &Stop, renew: bool) -> Result<Found, Error>;
}

/// What a source gave.
pub(super) struct Found {
    pub(super) discovered: Arc<Discovered>,
    /// Whether the server was asked for it just now.
    pub(super) is_new: bool,
}

/// What was discovered at one moment.
#[derive(Clone)]
pub(super) struct Snapshot {
    number: u64,
    /// When it was fetched.
    pub(super) at: Instant,
    pub(super) discovered: Arc<Discovered>,
}

/// What became of a wish for a newer snapshot.
pub(super) enum Renewed {
    /// There is a newer one.
    Newer(Snapshot),
    /// It was not fetched, since the last time was only so long ago; and why that failed, if it did.
    TooSoon(Duration, Option<Error>),
}

/// Who fetches.
enum Turn<'a> {
    /// Nobody: there is a newer snapshot.
    Newer(Snapshot),
    /// This thread, which holds the lock until it does.
    Fetch(MutexGuard<'a, State>),
}

/// The last snapshot, and who fetches the next.
pub(super) struct Snapshots {
    source: Box<dyn Source>,
    now: Box<dyn Fn() -> Instant + Send + Sync>,
    state: Mutex<State>,
    landed: Condvar,
}

#[derive(Default)]
struct State {
    last: Option<Snapshot>,
    /// How many snapshots there were; they are numbered from 1.
    number: u64,
    /// Whether a thread is fetching.
    fetching: bool,
    /// How many fetches are over, and why the last one failed.
    fetches: u64,
    failed: Option<Error>,
    /// When a newer snapshot was last wished for and fetched.
    renewed: Option<Instant>,
    /// How often everything was forgotten.
    resets: u64,
    /// Whether what the source knows is to be forgotten, too.
    renews: bool,
}

impl Snapshots {
    pub(super) fn new(
        source: impl Source + 'static,
        now: impl Fn() -> Instant + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            source: Box::new(source),
            now: Box::new(now),
            state: Mutex::default(),
            landed: Condvar::new(),
        })
    }

    /// The last snapshot, or the first one; and whether the server was asked for it by this call.
    pub(super) fn get(self: &Arc<Self>, stop: &Stop) -> Result<(Snapshot, bool), Error> {
        match self.newer_than(0, stop)? {
            Turn::Newer(snapshot) => Ok((snapshot, false)),
            Turn::Fetch(state) => self.fetch(state, stop, false),
        }
    }

    /// The last snapshot, if there is one.
    pub(super) fn last(&self) -> Option<Snapshot> {
        self.lock().last.clone()
    }

    /// A snapshot newer than this one, fetched at most once in each `floor`.
    pub(super) fn renew(
        self: &Arc<Self>,
        seen: &Snapshot,
        floor: Duration,
        stop: &Stop,
    ) -> Result<Renewed, Error> {
        let mut state = match self.newer_than(seen.number, stop)? {
            Turn::Newer(snapshot) => return Ok(Renewed::Newer(snapshot)),
            Turn::Fetch(state) => state,
        };
        let now = (self.now)();
        if let Some(renewed) = state.renewed {
            let since = now.saturating_duration_since(renewed);
            if since < floor {
                return Ok(Renewed::TooSoon(since, state.failed.as_ref().map(copy)));
            }
        }
        // Set before it is known how it ends: a server in trouble is not asked more often than others.
        state.renewed = Some(now);
        self.fetch(state, stop, true).map(|(snapshot, _)| Renewed::Newer(snapshot))
    }

    /// Forgets everything: whoever asks next fetches anew.
    pub(super) fn reset(&self) {
        let mut state = self.lock();
        state.last = None;
        state.renewed = None;
        state.renews = true;
        state.resets += 1;
    }

    /// Waits for whoever fetches at the moment. Then there is a newer snapshot, or it is this thread's
    /// turn.
    fn newer_than(self: &Arc<Self>, seen: u64, stop: &Stop) -> Result<Turn<'_>, Error> {
        // Under the lock, so that no wait begins between the stop and the call that ends the wait.
        let shared = Arc::clone(self);
        let _hook = stop.on_stop(move || {
            let _state = shared.lock();
            shared.landed.notify_all();
        });
        let mut state = self.lock();
        while let State { fetching: true, fetches, .. } = *state {
            if stop.is_stopped() {
                return Err(Error::stopped());
            }
            state = self.wait(state, stop);
            // What failed for that thread failed for all that waited, unless it was only stopped.
            if let Some(error) = &state.failed
                && state.fetches != fetches
                && !error.is_stopped()
            {
                return Err(copy(error));
            }
        }
        match &state.last {
            Some(last) if last.number > seen => Ok(Turn::Newer(last.clone())),
            _ => Ok(Turn::Fetch(state)),
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, stop: &Stop) -> MutexGuard<'a, State> {
        // Whoever fetches ends within the client's timeouts, so this wait does too.
        let left = stop.deadline().map_or(Duration::from_secs(3600), |deadline| {
            deadline.saturating_duration_since(Instant::now())
        });
        sync::wait_timeout(&self.landed, state, left)
    }

    /// Fetches, without the lock, and tells whoever waits.
    fn fetch(
        &self,
        mut state: MutexGuard<'_, State>,
        stop: &Stop,
        renew: bool,
    ) -> Result<(Snapshot, bool), Error> {
        state.fetching = true;
        state.failed = None;
        let resets = state.resets;
        let renew = renew || state.renews;
        drop(state);
        let landing = Landing(self);
        let result = self.source.discover(stop, renew);
        let mut state = self.lock();
        let result = match result {
            Ok(Found { discovered, is_new }) => {
                state.number += 1;
                let snapshot = Snapshot { number: state.number, at: (self.now)(), discovered };
                // What was fetched before a reset is not what those want who ask after it.
                if state.resets == resets {
                    state.last = Some(snapshot.clone());
                    state.renews = false;
                }
                Ok((snapshot, is_new))
            }
            Err(error) => {
                state.failed = Some(copy(&error));
                Err(error)
            }
        };
        drop(state);
        drop(landing);
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        sync::lock(&self.state)
    }
}

/// Lets the next thread fetch, however this one ends.
struct Landing<'a>(&'a Snapshots);

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.fetching = false;
        state.fetches += 1;
        self.0.landed.notify_all();
    }
}

/// The same error for one more thread.
fn copy(error: &Error) -> Error {
    let Some(status) = error.status() else {
        // Debug tells the causes too.
        return Error::new(error.kind(), format!("{error:?}"));
    };
    let copy = Error::api(status.clone(), error.retry_after());
    match (error.verb(), error.path()) {
        (Some(verb), Some(path)) => copy.during(verb, path),
        _ => copy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread;

    /// Patience with a thread that hangs only when something is broken.
    const BOUND: Duration = Duration::from_secs(10);

    /// A source that answers when the test lets it, and counts how often it is asked.
    struct Gate {
        asked: Arc<AtomicUsize>,
        entered: Sender<()>,
        answers: Mutex<Receiver<Result<Discovered, Error>>>,
    }

    impl Source for Gate {
        fn discover(&self, _stop: &Stop, _renew: bool) -> Result<Found, Error> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let _ = self.entered.send(());
            let answer = self.answers.lock().unwrap().recv_timeout(BOUND).unwrap();
            answer.map(|discovered| Found { discovered: discovered.into(), is_new: true })
        }
    }

    struct Test {
        snapshots: Arc<Snapshots>,
        asked: Arc<AtomicUsize>,
        entered: Receiver<()>,
        answers: Sender<Result<Discovered, Error>>,
    }

    fn test() -> Test {
        let asked = Arc::new(AtomicUsize::new(0));
        let (entered, has_entered) = channel();
        let (answers, is_answered) = channel();
        let gate = Gate { asked: Arc::clone(&asked), entered, answers: Mutex::new(is_answered) };
        let snapshots = Snapshots::new(gate, Instant::now);
        Test { snapshots, asked, entered: has_entered, answers }
    }

    #[test]
    fn threads_that_ask_at_once_share_one_fetch() {
        let Test { snapshots, asked, entered, answers } = test();
        let barrier = Barrier::new(9);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    snapshots.get(&Stop::new()).unwrap();
                });
            }
            barrier.wait();
            entered.recv_timeout(BOUND).unwrap();
            answers.send(Ok(Discovered::default())).unwrap();
        });
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_thread_that_waits_for_another_ends_when_it_is_stopped() {
        let Test { snapshots, entered, answers, .. } = test();
        thread::scope(|scope| {
            scope.spawn(|| snapshots.get(&Stop::new()).unwrap());
            entered.recv_timeout(BOUND).unwrap();
            let stop = Stop::new();
            let (told, result) = channel();
            let waiter = stop.clone();
            let shared = &snapshots;
            scope.spawn(move || told.send(shared.get(&waiter).map(|_| ())).unwrap());
            stop.stop();
            assert!(result.recv_timeout(BOUND).unwrap().unwrap_err().is_stopped());
            let late = Stop::after(Duration::ZERO);
            assert!(snapshots.get(&late).map(|_| ()).unwrap_err().is_stopped());
            answers.send(Ok(Discovered::default())).unwrap();
        });
    }

    #[test]
    fn a_failure_is_told_and_the_next_call_fetches_again() {
        let Test { snapshots, asked, answers, .. } = test();
        answers.send(Err(Error::new(ErrorKind::Connect, "no connection"))).unwrap();
        answers.send(Ok(Discovered::default())).unwrap();
        let error = snapshots.get(&Stop::new()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(snapshots.get(&Stop::new()).unwrap().1);
        assert!(!snapshots.get(&Stop::new()).unwrap().1);
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_fetch_that_was_stopped_does_not_end_the_calls_that_wait_for_it() {
        let Test { snapshots, entered, answers, .. } = test();
        thread::scope(|scope| {
            let stopped = scope.spawn(|| snapshots.get(&Stop::new()).map(|_| ()));
            entered.recv_timeout(BOUND).unwrap();
            let waiter = scope.spawn(|| snapshots.get(&Stop::new()).map(|_| ()));
            answers.send(Err(Error::stopped())).unwrap();
            answers.send(Ok(Discovered::default())).unwrap();
            assert!(stopped.join().unwrap().unwrap_err().is_stopped());
            waiter.join().unwrap().unwrap();
        });
    }

    #[test]
    fn what_was_fetched_before_a_reset_is_not_kept() {
        let Test { snapshots, asked, entered, answers } = test();
        thread::scope(|scope| {
            scope.spawn(|| snapshots.get(&Stop::new()).unwrap());
            entered.recv_timeout(BOUND).unwrap();
            snapshots.reset();
            answers.send(Ok(Discovered::default())).unwrap();
        });
        answers.send(Ok(Discovered::default())).unwrap();
        assert!(snapshots.get(&Stop::new()).unwrap().1);
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_copied_error_keeps_what_it_is_told_apart_by() {
        let status = crate::meta::status::Status::from_answer(403, false, "no");
        let error = copy(&Error::api(status, None).during("GET", "/apis"));
        assert!(error.is_forbidden());
        assert_eq!(error.path(), Some("/apis"));
        let cut = Error::new(ErrorKind::Connect, "no connection")
            .because(std::io::Error::other("refused"))
            .during("GET", "/api");
        assert_eq!(copy(&copy(&cut)).to_string(), "GET /api: no connection: refused");
    }
}
