//! The queue as its users see it: threads, clocks and all.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Item, QueueMetrics, QueueStats, WorkQueue};
use crate::clock::ManualClock;
use crate::stop::Stop;
use crate::sync::lock;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn stopped() -> Stop {
    Stop::after(Duration::ZERO)
}

/// Fidelity 82.
#[test]
fn what_is_added_thrice_is_handled_once_and_what_is_added_meanwhile_once_more() {
    let queue = WorkQueue::new();
    for item in ["a", "b", "a", "a"] {
        queue.add(item);
    }
    assert_eq!(queue.len(), 2);
    let a = queue.try_get().unwrap();
    assert_eq!(*a, "a");
    queue.add("a");
    queue.add("a");
    let b = queue.try_get().unwrap();
    assert_eq!(*b, "b");
    assert!(queue.try_get().is_none(), "a is with a worker");
    a.done();
    drop(b);
    assert_eq!(*queue.try_get().unwrap(), "a");
    assert!(queue.try_get().is_none());
    assert_eq!(queue.stats(), QueueStats::default());
}

#[test]
fn a_handler_that_panics_is_done_with_its_item() {
    let queue = WorkQueue::new();
    queue.add(1);
    let worker = queue.clone();
    std::thread::spawn(move || {
        let _item = worker.try_get();
        panic!("a handler's mistake");
    })
    .join()
    .unwrap_err();
    queue.add(1);
    assert_eq!(*queue.try_get().unwrap(), 1);
}

/// Fidelity 82.
#[test]
fn a_shutdown_hands_out_what_is_there_and_a_drain_waits_until_it_is_done() {
    let queue = WorkQueue::new();
    queue.add(1);
    queue.add(2);
    queue.add_after(3, seconds(1));
    let first = queue.try_get().unwrap();
    queue.add(1);
    assert!(!queue.shut_down_with_drain(&stopped()), "two are left");
    queue.add(4);
    queue.add_after(4, seconds(1));
    let drain = {
        let queue = queue.clone();
        std::thread::spawn(move || queue.shut_down_with_drain(&Stop::new()))
    };
    first.done();
    let stop = Stop::new();
    let rest: Vec<i32> = std::iter::from_fn(|| queue.get(&stop).map(|item| *item)).collect();
    assert_eq!(rest, [2, 1]);
    assert!(drain.join().unwrap());
    assert!(queue.is_shut_down());
}

/// Fidelity 84.
#[test]
fn of_two_delays_the_earlier_counts() {
    let manual = ManualClock::new();
    let queue = WorkQueue::builder().clock(&manual.clock()).build();
    queue.add_after("late", Duration::MAX);
    queue.add_after("a", seconds(5));
    queue.add_after("a", seconds(60));
    queue.add_after("b", seconds(60));
    queue.add_after("b", seconds(5));
    assert_eq!(queue.stats().delayed, 3);
    manual.advance(seconds(4));
    assert!(queue.try_get().is_none());
    manual.advance(seconds(1));
    assert_eq!(*queue.try_get().unwrap(), "a");
    assert_eq!(*queue.try_get().unwrap(), "b");
    manual.advance(seconds(1000));
    assert!(queue.try_get().is_none());
}

/// Fidelity 83.
#[test]
fn failures_wait_longer_and_longer_until_they_are_forgotten() {
    let manual = ManualClock::new();
    let queue = WorkQueue::builder().clock(&manual.clock()).build();
    let milli = Duration::from_millis(1);
    for wait in [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5] {
        if queue.num_requeues(&"a") == 10 {
            queue.forget(&"a");
        }
        queue.add_rate_limited("a");
        manual.advance(milli * (wait - 1));
        assert!(queue.try_get().is_none(), "{wait}");
        manual.advance(milli);
        assert_eq!(*queue.try_get().unwrap(), "a");
    }
    assert_eq!(queue.num_requeues(&"a"), 1);
}

#[test]
fn a_worker_that_waits_hears_items_delays_stops_deadlines_and_shutdowns() {
    let manual = ManualClock::new();
    let queue = WorkQueue::builder().clock(&manual.clock()).build();
    let get = |stop: &Stop| {
        let (queue, stop) = (queue.clone(), stop.clone());
        std::thread::spawn(move || queue.get(&stop).map(|item| *item))
    };
    let stop = Stop::new();
    let waiter = get(&stop);
    manual.wait_for_sleepers(1);
    queue.add(1);
    assert_eq!(waiter.join().unwrap(), Some(1));

    let waiter = get(&stop);
    manual.wait_for_sleepers(1);
    queue.add_after(2, seconds(9));
    queue.add_after(2, seconds(1));
    manual.advance(seconds(1));
    assert_eq!(waiter.join().unwrap(), Some(2));

    let waiter = get(&stop);
    manual.wait_for_sleepers(1);
    stop.stop();
    assert_eq!(waiter.join().unwrap(), None);
    assert_eq!(get(&Stop::after(Duration::from_millis(1))).join().unwrap(), None);
    assert!(!queue.is_shut_down());

    let waiter = get(&Stop::new());
    manual.wait_for_sleepers(1);
    queue.shut_down();
    assert_eq!(waiter.join().unwrap(), None);
}

#[test]
fn metrics_hear_what_happens() {
    #[derive(Default)]
    struct Counts {
        added: AtomicUsize,
        retried: AtomicUsize,
        waited: AtomicUsize,
        worked: AtomicUsize,
    }
    impl QueueMetrics for Arc<Counts> {
        fn added(&self) {
            self.added.fetch_add(1, Ordering::SeqCst);
        }
        fn started(&self, waited: Duration) {
            self.waited.fetch_add(waited.as_secs() as usize, Ordering::SeqCst);
        }
        fn finished(&self, worked: Duration) {
            self.worked.fetch_add(worked.as_secs() as usize, Ordering::SeqCst);
        }
        fn retried(&self) {
            self.retried.fetch_add(1, Ordering::SeqCst);
        }
    }
    let manual = ManualClock::new();
    let counts = Arc::new(Counts::default());
    let queue = WorkQueue::builder().clock(&manual.clock()).metrics(Arc::clone(&counts)).build();
    queue.add(1);
    queue.add(1);
    manual.advance(seconds(2));
    let item = queue.try_get().unwrap();
    queue.add_rate_limited(1);
    manual.advance(seconds(3));
    assert_eq!(queue.len(), 0);
    let stats = queue.stats();
    assert_eq!((stats.depth, stats.in_work), (1, 1));
    assert_eq!((stats.unfinished, stats.longest_running), (seconds(3), seconds(3)));
    item.done();
    let read = |count: &AtomicUsize| count.load(Ordering::SeqCst);
    assert_eq!((read(&counts.added), read(&counts.retried)), (2, 1));
    assert_eq!((read(&counts.waited), read(&counts.worked)), (2, 3));
}

/// By the machine's clock: the worker that was told of both leaves with the first.
#[test]
fn a_worker_that_leaves_tells_another_to_look_for_what_is_due_later() {
    let queue = WorkQueue::new();
    let workers = [(); 2].map(|()| {
        let queue = queue.clone();
        // They keep their items: to be done with one wakes others, too.
        std::thread::spawn(move || queue.get(&Stop::after(seconds(30))))
    });
    while lock(&queue.0.state).getters() < 2 {
        std::thread::yield_now();
    }
    {
        // Both under one lock, so that one notice tells of both.
        let now = queue.0.clock.now();
        let mut state = lock(&queue.0.state);
        state.add_at(1, now + Duration::from_millis(10));
        state.add_at(2, now + Duration::from_millis(20));
        queue.0.wake_getter(&mut state);
    }
    let items = workers.map(|worker| worker.join().unwrap());
    let mut values = items.each_ref().map(|item| item.as_deref().copied());
    values.sort();
    assert_eq!(values, [Some(1), Some(2)]);
}

/// Workers on threads: each item is handled after each add, and by one worker at a time.
#[test]
fn no_add_is_lost_and_no_item_is_with_two_workers() {
    const ITEMS: usize = 8;
    let queue: WorkQueue<usize> = WorkQueue::new();
    let at_work: Vec<_> = (0..ITEMS).map(|_| AtomicUsize::new(0)).collect();
    let wanted: Vec<_> = (0..ITEMS).map(|_| AtomicUsize::new(0)).collect();
    let seen: Vec<_> = (0..ITEMS).map(|_| AtomicUsize::new(0)).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(item) = queue.get(&Stop::new()) {
                    assert_eq!(at_work[*item].fetch_add(1, Ordering::SeqCst), 0);
                    seen[*item].store(wanted[*item].load(Ordering::SeqCst), Ordering::SeqCst);
                    at_work[*item].fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
        let adders: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    for round in 0..5_000 {
                        let item = round % ITEMS;
                        wanted[item].fetch_add(1, Ordering::SeqCst);
                        match round % 3 {
                            0 => queue.add_after(item, Duration::from_micros(1)),
                            _ => queue.add(item),
                        }
                    }
                    (0..ITEMS).for_each(|item| queue.add(item));
                })
            })
            .collect();
        adders.into_iter().for_each(|adder| adder.join().unwrap());
        assert!(queue.shut_down_with_drain(&Stop::after(seconds(60))));
    });
    for item in 0..ITEMS {
        let value = |of: &[AtomicUsize]| of[item].load(Ordering::SeqCst);
        assert_eq!(value(&seen), value(&wanted), "{item}");
    }
}

#[test]
fn metrics_that_panic_leave_no_item_with_a_worker_that_is_not_there() {
    struct Panics;
    impl QueueMetrics for Panics {
        fn started(&self, _: Duration) {
            std::panic::resume_unwind(Box::new("started"));
        }
    }
    let queue = WorkQueue::builder().metrics(Panics).build();
    type Take = fn(&WorkQueue<u8>) -> Option<Item<u8>>;
    let takes: [Take; 2] = [WorkQueue::try_get, |queue| queue.get(&Stop::new())];
    for take in takes {
        queue.add(1);
        let taken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(take(&queue))));
        assert!(taken.is_err());
        assert_eq!(queue.stats().in_work, 0);
    }
    queue.shut_down();
    assert!(queue.shut_down_with_drain(&Stop::new()));
}
