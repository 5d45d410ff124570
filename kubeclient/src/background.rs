//! [`Background`]: a thread that somebody owns, and whose end others wait for as long as their token allows.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::stop::{Stop, any_of};
use crate::sync::{Mutex, lock};
use crate::thread::{self, JoinHandle, ThreadId};

/// How long a drop waits for threads that are in a function of the program; then they end by themselves.
const DROP_WAIT: Duration = Duration::from_secs(1);

/// A token for the threads of one drop.
pub(crate) fn drop_wait() -> Stop {
    Stop::after(DROP_WAIT)
}

/// Where a token ended a wait: `what` is still at work.
pub(crate) fn still_busy(what: impl fmt::Display, stop: &Stop) -> Error {
    let (kind, why) = match stop.deadline_passed() {
        true => (ErrorKind::Timeout, "the time for it ran out"),
        false => (ErrorKind::Stopped, "the wait for it was stopped"),
    };
    Error::new(kind, format!("{what} has not ended yet: {why}"))
}

/// A thread would wait for its own end.
pub(crate) fn waits_for_itself(what: impl fmt::Display) -> Error {
    Error::invalid(format!("{what}: its own thread can't wait for its end"))
}

pub(crate) struct Background<T> {
    id: ThreadId,
    /// Stopped once the function and all that it held are gone.
    over: Stop,
    outcome: Mutex<Outcome<T>>,
    /// Whether a drop has given up waiting for it.
    is_left: AtomicBool,
}

enum Outcome<T> {
    Pending(JoinHandle<T>),
    There(std::thread::Result<T>),
    Taken,
}

impl<T: Send + 'static> Background<T> {
    /// Starts a thread named `kubeclient-{role}`. Where there is none to be had, the function comes back, so that
    /// nothing of it is dropped under a lock.
    pub(crate) fn spawn<F>(role: &str, run: F) -> Result<Self, (io::Error, F)>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        let over = Stop::new();
        let at_end = StopOnDrop(over.clone());
        let slot = Arc::new(Mutex::new(Some(run)));
        let body = {
            let slot = Arc::clone(&slot);
            move || {
                let _at_end = at_end;
                let run = lock(&slot).take();
                // Invariant: it is taken out here alone, once the thread is there.
                run.expect("a function")()
            }
        };
        let thread = match thread::spawn(role, body) {
            Ok(thread) => thread,
            Err(error) => {
                let run = lock(&slot).take();
                // Invariant: there is no thread that could have taken it.
                return Err((error, run.expect("a function")));
            }
        };
        Ok(Self {
            id: thread.thread().id(),
            over,
            outcome: Mutex::new(Outcome::Pending(thread)),
            is_left: AtomicBool::new(false),
        })
    }

    /// Whether this is the thread.
    pub(crate) fn is_current(&self) -> bool {
        self.id == thread::current().id()
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.over.is_stopped()
    }

    /// Waits until it has ended, and the system has its thread back, or the token is stopped; whether it has.
    pub(crate) fn wait(&self, stop: &Stop) -> bool {
        if !self.is_over() {
            let (either, _hooks) = any_of([self.over.clone(), stop.clone()], None);
            either.wait();
        }
        if !self.is_over() {
            return false;
        }
        // Held, so that each who waits finds the thread gone.
        let mut outcome = lock(&self.outcome);
        *outcome = match std::mem::replace(&mut *outcome, Outcome::Taken) {
            Outcome::Pending(thread) => Outcome::There(thread.join()),
            other => other,
        };
        true
    }

    /// What it returned, or with what it panicked, after [`wait`](Self::wait); once.
    pub(crate) fn take(&self) -> Option<std::thread::Result<T>> {
        let mut outcome = lock(&self.outcome);
        if !matches!(*outcome, Outcome::There(_)) {
            return None;
        }
        match std::mem::replace(&mut *outcome, Outcome::Taken) {
            Outcome::There(outcome) => Some(outcome),
            Outcome::Pending(_) | Outcome::Taken => None,
        }
    }

    /// No drop waits for it any more: it ends by itself.
    pub(crate) fn abandon(&self) {
        self.is_left.store(true, Ordering::SeqCst);
    }

    /// Whether a drop, or who was to wait, has given up.
    pub(crate) fn is_left(&self) -> bool {
        self.is_left.load(Ordering::SeqCst)
    }

    /// Waits at a drop: not for itself, and no longer than this token. Then it says so, and the thread ends
    /// by itself.
    pub(crate) fn leave(&self, what: impl fmt::Display, stop: &Stop) {
        if self.is_current() || self.is_left() || self.wait(stop) {
            return;
        }
        self.abandon();
        log::warn!("{what} has not ended in time, and is left to end by itself");
    }
}

/// Stops a token also when what runs panics.
pub(crate) struct StopOnDrop(pub(crate) Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn start<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Background<T> {
        Background::spawn("test", run).map_err(|(error, _)| error).unwrap()
    }

    fn soon() -> Stop {
        Stop::after(Duration::from_secs(60))
    }

    #[test]
    fn who_waits_gives_up_with_its_token_and_may_come_back() {
        let (end, ended) = mpsc::channel::<()>();
        let thread = start(move || ended.recv().is_err());
        assert!(!thread.wait(&Stop::after(Duration::ZERO)) && !thread.is_over());
        assert!(thread.take().is_none(), "it is not over");
        thread.leave("it", &Stop::after(Duration::ZERO));
        drop(end);
        assert!(thread.wait(&soon()) && thread.is_over() && thread.wait(&soon()));
        assert!(thread.take().unwrap().unwrap());
        assert!(thread.take().is_none(), "once");
    }

    #[test]
    fn what_a_thread_held_is_gone_before_it_counts_as_over() {
        struct Slow(mpsc::Receiver<()>);
        impl Drop for Slow {
            fn drop(&mut self) {
                let _ = self.0.recv();
            }
        }
        let (end, ended) = mpsc::channel();
        let slow = Slow(ended);
        let thread = start(move || drop(slow));
        assert!(!thread.wait(&Stop::after(Duration::ZERO)));
        end.send(()).unwrap();
        assert!(thread.wait(&soon()));
    }

    #[test]
    fn a_panic_is_an_outcome() {
        let thread = start::<()>(|| panic!("planned"));
        assert!(thread.wait(&soon()));
        assert!(thread.take().unwrap().is_err());
    }

    #[test]
    fn a_wait_that_failed_says_why() {
        let late = still_busy("it", &Stop::after(Duration::ZERO));
        assert_eq!(late.kind(), ErrorKind::Timeout);
        let stop = Stop::new();
        stop.stop();
        assert!(still_busy("it", &stop).is_stopped());
    }
}
