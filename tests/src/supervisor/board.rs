//! What a supervisor has reported, kept for whoever asks or waits.
//!
//! The launcher's side only: a thread of [`super::Supervisor`] reads the events into it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::gone;
use super::protocol::{Event, Exit};

/// What the supervisor has reported, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Board {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) processes: BTreeMap<String, ProcessState>,
    ended: bool,
}

impl State {
    /// The supervisor is gone, and with it the processes that it has not reported as ended.
    fn end(&mut self) {
        self.ended = true;
        for (name, process) in &mut self.processes {
            if matches!(process, ProcessState::Running(_)) {
                let status = "the supervisor is gone".to_owned();
                *process = ProcessState::Exited(Exit {
                    name: name.clone(),
                    status,
                    expected: false,
                    log_tail: Vec::new(),
                });
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum ProcessState {
    Unknown,
    Running(i32),
    Failed(String),
    Exited(Exit),
}

impl Board {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clears what is known of a process that does not run.
    pub(super) fn forget(&self, name: &str) -> io::Result<()> {
        let mut state = self.lock();
        if matches!(state.processes.get(name), Some(ProcessState::Running(_))) {
            return Err(io::Error::other(format!("cannot start {name}: it runs already")));
        }
        state.processes.remove(name);
        Ok(())
    }

    /// Takes events until the supervisor ends.
    pub(super) fn read(&self, events: impl Read) {
        for line in BufReader::new(events).lines() {
            let Ok(line) = line else { break };
            let Ok(event) = serde_json::from_str(&line) else {
                continue;
            };
            let (name, process) = match event {
                Event::Started { name, pid } => (name, ProcessState::Running(pid)),
                Event::Failed { name, reason } => (name, ProcessState::Failed(reason)),
                Event::Exited(exit) => (exit.name.clone(), ProcessState::Exited(exit)),
            };
            self.lock().processes.insert(name, process);
            self.changed.notify_all();
        }
        self.lock().end();
        self.changed.notify_all();
    }

    pub(super) fn wait<T>(
        &self,
        name: &str,
        bound: Duration,
        done: impl Fn(&ProcessState) -> Option<T>,
    ) -> io::Result<T> {
        let deadline = Instant::now() + bound;
        let mut state = self.lock();
        loop {
            if let Some(found) = done(state.processes.get(name).unwrap_or(&ProcessState::Unknown)) {
                return Ok(found);
            }
            if state.ended {
                return Err(gone());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("{name}: no news within {bound:?}"),
                ));
            }
            (state, _) =
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn wait_for_end(&self, bound: Duration) {
        let _ = self.changed.wait_timeout_while(self.lock(), bound, |state| !state.ended);
    }
}
