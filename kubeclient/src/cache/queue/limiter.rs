//! [`RateLimiter`]: how fast failed items come back, and the limiters of client-go.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use super::state::give_back;
use crate::sync::{Mutex, lock};
use crate::token_bucket::TokenBucket;

/// How many items are remembered before the old ones are looked for.
const FIRST_SWEEP: usize = 1024;

/// Says how long an item that failed waits before it comes back.
///
/// # Threads
/// Called on the threads that use the queue, without its lock.
pub trait RateLimiter<T>: Send + Sync {
    /// Counts a failure at this moment; how long the item is to wait.
    fn when(&self, item: &T, now: Instant) -> Duration;

    /// The item is no longer failing: its next failure is its first.
    fn forget(&self, item: &T);

    /// How many failures of the item were counted since it was last forgotten.
    fn num_requeues(&self, item: &T) -> u32;
}

/// client-go's default for controllers: an item waits 5 ms, twice as long after each failure up to
/// 1000 s, and all items together come back 10 times a second after a burst of 100.
pub fn default_limiter<T: Clone + Eq + Hash + Send + 'static>() -> MaxOf<T> {
    let (first, longest) = (Duration::from_millis(5), Duration::from_secs(1000));
    MaxOf::new([
        Box::new(ItemExponentialFailure::new(first, longest)) as Box<dyn RateLimiter<T>>,
        Box::new(Bucket::new(10.0, 100)),
    ])
}

/// Each failure of an item doubles its wait.
///
/// Items that are never forgotten are after all: when the last failure is longer ago than twice the longest
/// wait.
///
/// ```
/// use kubeclient::cache::queue::{ItemExponentialFailure, RateLimiter};
/// use std::time::{Duration, Instant};
///
/// let (now, second) = (Instant::now(), Duration::from_secs(1));
/// let limiter = ItemExponentialFailure::new(second, second * 5);
/// let waits = [(); 4].map(|()| limiter.when(&"a", now).as_secs());
/// assert_eq!(waits, [1, 2, 4, 5]);
/// limiter.forget(&"a");
/// assert_eq!(limiter.when(&"a", now), second);
/// ```
#[derive(Debug)]
pub struct ItemExponentialFailure<T> {
    first: Duration,
    longest: Duration,
    failures: Mutex<Failures<T>>,
}

impl<T: Eq + Hash> ItemExponentialFailure<T> {
    /// Waits from `first` to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        // An item that still waits must not be forgotten.
        let failures = Mutex::new(Failures::new(longest.saturating_mul(2)));
        Self { first, longest, failures }
    }
}

impl<T: Clone + Eq + Hash + Send> RateLimiter<T> for ItemExponentialFailure<T> {
    fn when(&self, item: &T, now: Instant) -> Duration {
        let before = lock(&self.failures).count(item, now);
        let factor = 2u32.checked_pow(before);
        let wait = factor.and_then(|factor| self.first.checked_mul(factor));
        wait.unwrap_or(self.longest).min(self.longest)
    }

    fn forget(&self, item: &T) {
        lock(&self.failures).forget(item);
    }

    fn num_requeues(&self, item: &T) -> u32 {
        lock(&self.failures).of(item)
    }
}

/// The first failures of an item wait a short time each, the others a long one.
#[derive(Debug)]
pub struct ItemFastSlow<T> {
    fast: Duration,
    slow: Duration,
    most_fast: u32,
    failures: Mutex<Failures<T>>,
}

impl<T: Eq + Hash> ItemFastSlow<T> {
    /// `most_fast` waits of `fast`, then waits of `slow`.
    pub fn new(fast: Duration, slow: Duration, most_fast: u32) -> Self {
        let failures = Mutex::new(Failures::new(fast.max(slow).saturating_mul(2)));
        Self { fast, slow, most_fast, failures }
    }
}

impl<T: Clone + Eq + Hash + Send> RateLimiter<T> for ItemFastSlow<T> {
    fn when(&self, item: &T, now: Instant) -> Duration {
        match lock(&self.failures).count(item, now) < self.most_fast {
            true => self.fast,
            false => self.slow,
        }
    }

    fn forget(&self, item: &T) {
        lock(&self.failures).forget(item);
    }

    fn num_requeues(&self, item: &T) -> u32 {
        lock(&self.failures).of(item)
    }
}

/// All items together come back at a rate, after a burst.
#[derive(Debug)]
pub struct Bucket(TokenBucket);

impl Bucket {
    /// So many items a second, after so many at once.
    pub fn new(rate: f64, burst: u32) -> Self {
        Self(TokenBucket::new(rate, burst))
    }
}

impl<T> RateLimiter<T> for Bucket {
    fn when(&self, _: &T, now: Instant) -> Duration {
        self.0.take(now)
    }

    fn forget(&self, _: &T) {}

    fn num_requeues(&self, _: &T) -> u32 {
        0
    }
}

/// The longest of the waits that several limiters ask for.
pub struct MaxOf<T>(Vec<Box<dyn RateLimiter<T>>>);

impl<T> MaxOf<T> {
    /// All of these limiters at once.
    pub fn new(limiters: impl IntoIterator<Item = Box<dyn RateLimiter<T>>>) -> Self {
        Self(limiters.into_iter().collect())
    }
}

impl<T> RateLimiter<T> for MaxOf<T> {
    fn when(&self, item: &T, now: Instant) -> Duration {
        self.0.iter().map(|limiter| limiter.when(item, now)).max().unwrap_or_default()
    }

    fn forget(&self, item: &T) {
        self.0.iter().for_each(|limiter| limiter.forget(item));
    }

    fn num_requeues(&self, item: &T) -> u32 {
        self.0.iter().map(|limiter| limiter.num_requeues(item)).max().unwrap_or_default()
    }
}

impl<T> std::fmt::Debug for MaxOf<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MaxOf").field("limiters", &self.0.len()).finish()
    }
}

/// The waits of another limiter, cut to a longest one.
#[derive(Debug)]
pub struct WithMaxWait<L> {
    limiter: L,
    longest: Duration,
}

impl<L> WithMaxWait<L> {
    /// What `limiter` says, but never more than `longest`.
    pub fn new(limiter: L, longest: Duration) -> Self {
        Self { limiter, longest }
    }
}

impl<T, L: RateLimiter<T>> RateLimiter<T> for WithMaxWait<L> {
    fn when(&self, item: &T, now: Instant) -> Duration {
        self.limiter.when(item, now).min(self.longest)
    }

    fn forget(&self, item: &T) {
        self.limiter.forget(item);
    }

    fn num_requeues(&self, item: &T) -> u32 {
        self.limiter.num_requeues(item)
    }
}

/// How often each item failed. What failed long ago goes by itself, or else every object that was deleted
/// while its item failed would stay for ever.
#[derive(Debug)]
struct Failures<T> {
    counts: HashMap<T, (u32, Instant)>,
    kept: Duration,
    next_sweep: usize,
}

impl<T: Eq + Hash> Failures<T> {
    fn new(kept: Duration) -> Self {
        Self { counts: HashMap::new(), kept, next_sweep: FIRST_SWEEP }
    }

    /// Counts a failure; how many there were before.
    fn count(&mut self, item: &T, now: Instant) -> u32
    where
        T: Clone,
    {
        if let Some((count, last)) = self.counts.get_mut(item) {
            let is_old = now.saturating_duration_since(*last) > self.kept;
            let before = if is_old { 0 } else { *count };
            (*count, *last) = (before.saturating_add(1), now);
            return before;
        }
        if self.counts.len() >= self.next_sweep {
            self.counts.retain(|_, (_, last)| now.saturating_duration_since(*last) <= self.kept);
            self.counts.shrink_to(self.counts.len() * 2);
            self.next_sweep = (self.counts.len() * 2).max(FIRST_SWEEP);
        }
        self.counts.insert(item.clone(), (1, now));
        0
    }

    fn forget(&mut self, item: &T) {
        self.counts.remove(item);
        give_back(self.counts.capacity(), self.counts.len(), |to| self.counts.shrink_to(to));
    }

    fn of(&self, item: &T) -> u32 {
        self.counts.get(item).map_or(0, |(count, _)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    /// Fidelity 83.
    #[test]
    fn the_default_is_client_gos() {
        let now = Instant::now();
        let limiter = default_limiter();
        let waits: Vec<_> = (0..10).map(|_| limiter.when(&0, now).as_millis()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560]);
        for _ in 10..18 {
            limiter.when(&0, now);
        }
        assert_eq!(limiter.when(&0, now), Duration::from_secs(1000));
        assert_eq!(limiter.num_requeues(&0), 19);
        limiter.forget(&0);
        assert_eq!(limiter.when(&0, now), 5 * MILLI);
        // 20 of the burst are used; the other 80 wait for themselves alone, then ten a second come.
        let waits: Vec<_> = (1..=90).map(|item| limiter.when(&item, now)).collect();
        assert!(waits[..80].iter().all(|wait| *wait == 5 * MILLI));
        assert_eq!(waits[80], 100 * MILLI);
        assert_eq!(waits[89], 1000 * MILLI);
        let later = now + Duration::from_secs(100);
        assert_eq!(limiter.when(&1000, later), 5 * MILLI);
    }

    #[test]
    fn many_failures_wait_the_longest_time_and_no_longer() {
        let now = Instant::now();
        let limiter = ItemExponentialFailure::new(MILLI, Duration::from_secs(1000));
        let last = (0..1000).map(|_| limiter.when(&"a", now)).last();
        assert_eq!(last, Some(Duration::from_secs(1000)));
    }

    #[test]
    fn fast_then_slow_and_a_longest_wait() {
        let now = Instant::now();
        let limiter = ItemFastSlow::new(MILLI, 100 * MILLI, 2);
        let waits = [(); 3].map(|()| limiter.when(&"a", now));
        assert_eq!(waits, [MILLI, MILLI, 100 * MILLI]);
        assert_eq!(limiter.num_requeues(&"a"), 3);
        let limiter = WithMaxWait::new(limiter, 50 * MILLI);
        assert_eq!(limiter.when(&"a", now), 50 * MILLI);
        limiter.forget(&"a");
        assert_eq!(limiter.when(&"a", now), MILLI);
    }

    #[test]
    fn what_failed_long_ago_and_what_is_forgotten_takes_no_room() {
        let start = Instant::now();
        let limiter = ItemExponentialFailure::new(MILLI, Duration::from_secs(1));
        for item in 0..100_000u32 {
            limiter.when(&item, start + MILLI * item);
        }
        let left = lock(&limiter.failures).counts.len();
        assert!(left < 10_000, "{left} are remembered, about 2,000 are young");
        for item in 0..100_000 {
            limiter.forget(&item);
        }
        assert!(lock(&limiter.failures).counts.capacity() <= 2 * FIRST_SWEEP);
        limiter.when(&1, start);
        assert_eq!(limiter.when(&1, start + Duration::from_secs(3)), MILLI, "it is a new failure");
    }
}
