//! [`Health`]: how a reflector is; and the [`Monitor`] that keeps it and wakes who waits for better.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::key::ObjectKey;
use crate::error::Error;
use crate::stop::Stop;
use crate::sync::{Condvar, Mutex, lock, wait_timeout};

/// How a reflector is, at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Health {
    /// What its thread does.
    pub state: ReflectorState,
    /// Whether the cache has been filled once.
    pub is_synced: bool,
    /// When the server was last heard: an answer, an event, a bookmark.
    pub last_heard: Option<Instant>,
    /// The last failure of a request or a connection, and when it was.
    pub last_failure: Option<(Instant, Arc<Error>)>,
    /// How often it had to read all objects anew.
    pub restarts: u64,
    /// How often the objects that it read anew were of an older version than what it had: the server was put
    /// back to a backup. The cache is as the server is then.
    pub rewinds: u64,
    /// How many objects could not be read or transformed.
    pub rejected: u64,
    /// How often its thread panicked and began anew.
    pub panics: u64,
    /// Which object the program's transformation has in hand, and since when. One that stays so is stuck.
    pub transforming: Option<(ObjectKey, Instant)>,
    /// Whether it is to read the objects that are there, or hears of changes already.
    pub(super) is_filling: bool,
}

/// What a reflector's thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReflectorState {
    /// It was not started yet.
    New,
    /// It reads the objects that are there.
    Filling,
    /// It hears of changes.
    Following,
    /// The last attempt failed; it tries again after a pause.
    Failing,
    /// It was stopped, or its client was.
    Stopped,
}

impl Health {
    /// The state while nothing fails.
    fn alive(&self) -> ReflectorState {
        if self.is_filling { ReflectorState::Filling } else { ReflectorState::Following }
    }
}

/// Keeps the health, and wakes who waits.
#[derive(Debug)]
pub(super) struct Monitor {
    watched: Mutex<Watched>,
    changed: Condvar,
}

#[derive(Debug)]
struct Watched {
    health: Health,
    /// How many threads wait for it to change: where nobody does, nobody is woken.
    waiters: usize,
}

impl Monitor {
    pub(super) fn new() -> Self {
        let health = Health {
            state: ReflectorState::New,
            is_synced: false,
            last_heard: None,
            last_failure: None,
            restarts: 0,
            rewinds: 0,
            rejected: 0,
            panics: 0,
            transforming: None,
            is_filling: true,
        };
        Self { watched: Mutex::new(Watched { health, waiters: 0 }), changed: Condvar::new() }
    }

    pub(super) fn health(&self) -> Health {
        lock(&self.watched).health.clone()
    }

    /// Changes the health. What the waiting look at besides must have been changed before.
    pub(super) fn update(&self, change: impl FnOnce(&mut Health)) {
        let mut watched = lock(&self.watched);
        change(&mut watched.health);
        if watched.waiters > 0 {
            drop(watched);
            self.changed.notify_all();
        }
    }

    /// The server was heard.
    pub(super) fn heard(&self) {
        self.update(|health| {
            health.last_heard = Some(Instant::now());
            if health.state == ReflectorState::Failing {
                health.state = health.alive();
            }
        });
    }

    /// The objects that are there are being read, or have been.
    pub(super) fn filling(&self, is_filling: bool) {
        self.update(|health| {
            health.is_filling = is_filling;
            health.is_synced |= !is_filling;
            health.state = health.alive();
        });
    }

    /// The transformation has this object in hand, or none. Nobody waits for that.
    pub(super) fn busy_with(&self, key: Option<&ObjectKey>) {
        lock(&self.watched).health.transforming = key.map(|key| (key.clone(), Instant::now()));
    }

    /// The token was stopped; where the thread was not started, nobody else says so.
    pub(super) fn stopped_unstarted(&self) {
        self.update(|health| {
            if health.state == ReflectorState::New {
                health.state = ReflectorState::Stopped;
            }
        });
    }

    /// An attempt failed.
    pub(super) fn failed(&self, error: Arc<Error>) {
        self.update(|health| {
            health.state = ReflectorState::Failing;
            health.last_failure = Some((Instant::now(), error));
        });
    }

    /// Waits until it is so, the thread has stopped, or the waiter's token is; the health then, if it is so.
    pub(super) fn wait(
        self: &Arc<Self>,
        stop: &Stop,
        mut is_so: impl FnMut(&Health) -> bool,
    ) -> Result<(), Health> {
        let monitor = Arc::clone(self);
        let _hook = stop.on_stop(move || {
            // Under the lock, so that it does not come between a waiter's look and its wait.
            let _watched = lock(&monitor.watched);
            monitor.changed.notify_all();
        });
        let mut watched = lock(&self.watched);
        loop {
            if is_so(&watched.health) {
                return Ok(());
            }
            if stop.is_stopped() || watched.health.state == ReflectorState::Stopped {
                return Err(watched.health.clone());
            }
            let left = stop.deadline().map_or(Duration::from_secs(3600), |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            watched.waiters += 1;
            watched = wait_timeout(&self.changed, watched, left);
            watched.waiters -= 1;
        }
    }
}
