//! [`Clock`]: the time by which queues and elections decide, and [`ManualClock`], which a test moves by
//! hand. Monotonic: nothing here asks what day it is. Std only.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::stop::Stop;
use crate::sync::{Condvar, Mutex, MutexGuard, lock, wait_timeout};

/// A wait that is looked at again when it ends: long enough to cost nothing.
const LONG: Duration = Duration::from_secs(3600);

/// A monotonic clock: the machine's, or one that a test moves.
///
/// # Threads
/// Clones are the same clock.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<Manual>>);

impl Clock {
    /// The machine's clock. It is the default.
    pub fn real() -> Self {
        Self::default()
    }

    /// This moment.
    pub fn now(&self) -> Instant {
        match &self.0 {
            None => Instant::now(),
            Some(manual) => manual.now(&lock(&manual.state)),
        }
    }

    /// This moment, by a clock that goes on while the machine is suspended (where it says so: on Linux).
    ///
    /// Not to be compared with [`Clock::now`]; [`Clock::suspended`] is the difference.
    pub(crate) fn now_with_suspend(&self) -> Instant {
        self.now() + self.suspended()
    }

    /// For how long the machine was suspended since this was first asked.
    pub(crate) fn suspended(&self) -> Duration {
        match &self.0 {
            None => machine_suspended(),
            Some(manual) => lock(&manual.state).suspended,
        }
    }

    /// Waits so long, or until the token is stopped; whether it is stopped.
    ///
    /// # Blocking
    /// At most `time` by this clock.
    pub fn sleep(&self, stop: &Stop, time: Duration) -> bool {
        let Some(manual) = &self.0 else {
            return stop.wait_timeout(time);
        };
        // Dropped after the lock below is.
        let _hook = {
            let manual = Arc::clone(manual);
            stop.on_stop(move || {
                drop(lock(&manual.state));
                manual.changed.notify_all();
            })
        };
        let mut state = lock(&manual.state);
        let until = manual.now(&state).checked_add(time);
        let sleeper = state.enter(until);
        manual.changed.notify_all();
        let stopped = loop {
            if stop.is_stopped() {
                break true;
            }
            if until.is_some_and(|until| until <= manual.now(&state)) {
                break false;
            }
            state = wait_timeout(&manual.changed, state, left(stop.deadline()));
        };
        state.sleepers.remove(&sleeper);
        stopped
    }

    /// Waits for a notice, until a moment of this clock, or one of the machine's; it may wake without any.
    ///
    /// Whoever waits so under a manual clock also asks to be woken by [`Clock::on_move`].
    pub(crate) fn wait<'a, T>(
        &self,
        condvar: &Condvar,
        guard: MutexGuard<'a, T>,
        until: Option<Instant>,
        deadline: Option<Instant>,
    ) -> MutexGuard<'a, T> {
        let Some(manual) = &self.0 else {
            let time = left(until).min(left(deadline));
            return wait_timeout(condvar, guard, time);
        };
        let sleeper = lock(&manual.state).enter(until);
        manual.changed.notify_all();
        // The clock may have moved since the caller looked: its waker then waits for the caller's lock.
        let guard = match until.is_some_and(|until| until <= self.now()) {
            true => guard,
            false => wait_timeout(condvar, guard, left(deadline)),
        };
        lock(&manual.state).sleepers.remove(&sleeper);
        guard
    }

    /// Calls `wake` after each move of a manual clock, until what this returns is dropped. It must take
    /// the lock that its waiters wait with before it notifies them.
    pub(crate) fn on_move(&self, wake: impl Fn() + Send + Sync + 'static) -> Option<Waker> {
        let manual = Arc::clone(self.0.as_ref()?);
        let id = {
            let mut state = lock(&manual.state);
            let id = state.next();
            state.wakers.insert(id, Arc::new(wake));
            id
        };
        Some(Waker { manual, id })
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Clock(manual)" } else { "Clock(real)" })
    }
}

/// How long until a moment of the machine's clock.
fn left(until: Option<Instant>) -> Duration {
    until.map_or(LONG, |until| until.saturating_duration_since(Instant::now()).min(LONG))
}

/// How long the machine has been up, suspended or not (`CLOCK_BOOTTIME`), to 10 ms.
fn uptime() -> Option<Duration> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
}

/// For how long the machine was suspended since this was first asked: `Instant` stands still meanwhile.
fn machine_suspended() -> Duration {
    static START: OnceLock<Option<(Duration, Instant)>> = OnceLock::new();
    let start = START.get_or_init(|| uptime().map(|up| (up, Instant::now())));
    let passed = start.and_then(|(up, at)| Some((uptime()?.checked_sub(up)?, at.elapsed())));
    passed.map_or(Duration::ZERO, |(up, awake)| suspended(up, awake))
}

/// What two clocks differ by, beyond what one of them is coarse.
fn suspended(up: Duration, awake: Duration) -> Duration {
    let difference = up.saturating_sub(awake);
    if difference < Duration::from_millis(100) { Duration::ZERO } else { difference }
}

/// A clock that stands still until it is moved: for tests that neither sleep nor wait.
///
/// ```
/// use kubeclient::Stop;
/// use kubeclient::clock::ManualClock;
/// use std::time::Duration;
///
/// let manual = ManualClock::new();
/// let sleeper = {
///     let clock = manual.clock();
///     std::thread::spawn(move || clock.sleep(&Stop::new(), Duration::from_secs(3600)))
/// };
/// manual.wait_for_sleepers(1);
/// manual.advance(Duration::from_secs(3600));
/// assert_eq!(sleeper.join().unwrap(), false, "the hour is over, nobody stopped it");
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Manual>);

impl ManualClock {
    /// A clock that stands still.
    pub fn new() -> Self {
        let state = Mutex::new(State::default());
        Self(Arc::new(Manual { start: Instant::now(), state, changed: Condvar::new() }))
    }

    /// The clock to give to what is tested.
    pub fn clock(&self) -> Clock {
        Clock(Some(Arc::clone(&self.0)))
    }

    /// Moves the clock on and wakes whoever waits for a moment up to the new one.
    pub fn advance(&self, by: Duration) {
        let wakers: Vec<_> = {
            let mut state = lock(&self.0.state);
            state.passed += by;
            let now = self.0.now(&state);
            // They no longer sleep, even where they have yet to find out.
            state.sleepers.retain(|_, until| until.is_none_or(|until| until > now));
            state.wakers.values().cloned().collect()
        };
        self.0.changed.notify_all();
        for wake in wakers {
            wake();
        }
    }

    /// Suspends the machine, as it were: when it goes on, so much time has passed, but not for those who
    /// wait. Elections count it all the same.
    pub fn suspend(&self, time: Duration) {
        lock(&self.0.state).suspended += time;
    }

    /// How many threads wait by this clock, for a moment that has not come.
    pub fn sleepers(&self) -> usize {
        lock(&self.0.state).sleepers.len()
    }

    /// Waits until so many threads wait by this clock.
    ///
    /// # Blocking
    /// Until then.
    pub fn wait_for_sleepers(&self, number: usize) {
        let mut state = lock(&self.0.state);
        while state.sleepers.len() < number {
            state = wait_timeout(&self.0.changed, state, LONG);
        }
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = lock(&self.0.state).passed;
        f.debug_struct("ManualClock").field("passed", &passed).finish_non_exhaustive()
    }
}

struct Manual {
    start: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

impl Manual {
    fn now(&self, state: &State) -> Instant {
        self.start + state.passed
    }
}

#[derive(Default)]
struct State {
    passed: Duration,
    suspended: Duration,
    last_id: u64,
    /// Who waits, and until when.
    sleepers: BTreeMap<u64, Option<Instant>>,
    wakers: BTreeMap<u64, Arc<dyn Fn() + Send + Sync>>,
}

impl State {
    fn next(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    fn enter(&mut self, until: Option<Instant>) -> u64 {
        let id = self.next();
        self.sleepers.insert(id, until);
        id
    }
}

/// A wake-up call in a manual clock; dropping it takes it back.
pub(crate) struct Waker {
    manual: Arc<Manual>,
    id: u64,
}

impl Drop for Waker {
    fn drop(&mut self) {
        // Dropped outside the lock: what it holds may be another waker.
        let wake = lock(&self.manual.state).wakers.remove(&self.id);
        drop(wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_by_hand_only() {
        let manual = ManualClock::new();
        let clock = manual.clock();
        let start = clock.now();
        assert_eq!(clock.now(), start);
        manual.advance(Duration::from_secs(86_400));
        assert_eq!(clock.now() - start, Duration::from_secs(86_400));
        assert!(!clock.sleep(&Stop::new(), Duration::ZERO));
    }

    #[test]
    fn only_a_suspended_machine_lets_its_clocks_differ() {
        let seconds = Duration::from_secs;
        assert_eq!(suspended(seconds(100), Duration::from_millis(99_990)), Duration::ZERO);
        assert_eq!(suspended(seconds(100), seconds(101)), Duration::ZERO);
        assert_eq!(suspended(seconds(100), seconds(40)), seconds(60));
        #[cfg(target_os = "linux")]
        assert!(uptime().is_some());
        assert!(Clock::real().suspended() < seconds(3600));
    }

    #[test]
    fn a_stop_ends_a_sleep_by_either_clock() {
        for clock in [Clock::real(), ManualClock::new().clock()] {
            let stop = Stop::new();
            let sleeper = {
                let stop = stop.clone();
                std::thread::spawn(move || clock.sleep(&stop, Duration::MAX))
            };
            stop.stop();
            assert!(sleeper.join().unwrap());
        }
        assert!(ManualClock::new().clock().sleep(&Stop::after(Duration::ZERO), LONG));
    }
}
