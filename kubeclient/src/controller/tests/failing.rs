//! Reconciles that fail or panic.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::super::{Action, ControllerMetrics, Outcome, ReconcileRequest};
use super::{NoWait, PATIENCE, World, eventually, quietly_panic};
use crate::cache::ObjectKey;
use crate::cache::queue::{QueueMetrics, RateLimiter};
use crate::clock::ManualClock;
use crate::error::Error;

const MILLI: Duration = Duration::from_millis(1);

#[test]
fn what_fails_comes_again_later_each_time_and_from_the_start_once_it_went_well() {
    let world = World::with(&["a"]);
    let clock = ManualClock::new();
    let (told, errors) = channel();
    let builder = world.builder().clock(&clock.clock());
    let controller = builder
        .on_error(move |error| told.send((error.attempt(), error.retry_after())).unwrap())
        .build()
        .unwrap();
    let (sender, attempts) = channel();
    let running = controller
        .spawn(move |request| {
            sender.send(request.attempt()).unwrap();
            match request.attempt() {
                1..=3 => Err("not yet"),
                4 => Ok(Action::requeue_with_backoff()),
                5 => Ok(Action::requeue_after(Duration::from_secs(60))),
                _ => unreachable!("it went well"),
            }
        })
        .unwrap();
    for (number, wait) in [(1, 5), (2, 10), (3, 20), (4, 40)] {
        assert_eq!(attempts.recv_timeout(PATIENCE).unwrap(), number);
        clock.wait_for_sleepers(1);
        assert_eq!(controller.health().retrying, 1);
        clock.advance(MILLI * (wait - 1));
        clock.wait_for_sleepers(1);
        assert!(attempts.try_recv().is_err());
        clock.advance(MILLI);
    }
    assert_eq!(attempts.recv_timeout(PATIENCE).unwrap(), 5);
    // It went well: a minute later it is the first attempt again, and fails as the first did.
    clock.wait_for_sleepers(1);
    assert_eq!(controller.health().retrying, 0);
    clock.advance(Duration::from_secs(60));
    assert_eq!(attempts.recv_timeout(PATIENCE).unwrap(), 1);
    clock.wait_for_sleepers(1);
    drop(running);
    let waits = [5, 10, 20, 5].map(|wait| Some(MILLI * wait));
    let expected: Vec<_> = [1, 2, 3, 1].into_iter().zip(waits).collect();
    assert_eq!(errors.try_iter().collect::<Vec<_>>(), expected);
}

#[derive(Default)]
struct Counts {
    outcomes: Mutex<HashMap<Outcome, usize>>,
    panicked: AtomicUsize,
    gave_up: AtomicUsize,
    retried: AtomicUsize,
    finished: AtomicUsize,
}

impl QueueMetrics for Counts {
    fn retried(&self) {
        self.retried.fetch_add(1, Ordering::SeqCst);
    }

    fn finished(&self, _: Duration) {
        self.finished.fetch_add(1, Ordering::SeqCst);
    }
}

impl ControllerMetrics for Counts {
    fn reconciled(&self, outcome: Outcome, _: Duration) {
        *self.outcomes.lock().unwrap().entry(outcome).or_default() += 1;
    }

    fn panicked(&self) {
        self.panicked.fetch_add(1, Ordering::SeqCst);
    }

    fn gave_up(&self) {
        self.gave_up.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_thousand_panics_lose_no_key_and_no_thread() {
    let names: Vec<_> = (0..200).map(|number| format!("thing-{number}")).collect();
    let world = World::with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let counts = Arc::new(Counts::default());
    let builder = world.builder().workers(4).rate_limiter(NoWait).metrics(Arc::clone(&counts));
    let controller = builder.on_error(|error| assert!(error.is_panic())).build().unwrap();
    let done = Arc::new(Mutex::new(Vec::new()));
    let running = {
        let done = Arc::clone(&done);
        controller.spawn(move |request| {
            // From none to ten times, by the name.
            let number: u32 = request.name()["thing-".len()..].parse().unwrap();
            if request.attempt() <= number % 11 {
                quietly_panic("a mistake");
            }
            done.lock().unwrap().push(request.name().to_owned());
            Ok::<_, Error>(Action::done())
        })
    }
    .unwrap();
    eventually("all keys", || done.lock().unwrap().len() >= names.len());
    let expected: u32 = (0..200).map(|number| number % 11).sum();
    eventually("the last worker", || {
        counts.outcomes.lock().unwrap().get(&Outcome::Done) == Some(&names.len())
    });
    let health = controller.health();
    assert_eq!(
        health.workers.iter().map(|worker| worker.panicked).sum::<u64>(),
        u64::from(expected)
    );
    assert!(health.retrying == 0 && health.workers.len() == 4, "{health:?}");
    drop(running);
    assert_eq!(counts.panicked.load(Ordering::SeqCst), expected as usize);
    assert_eq!(counts.retried.load(Ordering::SeqCst), expected as usize);
    assert!(expected >= 980, "{expected}");
}

#[test]
fn after_panics_each_worker_still_works() {
    let world = World::with(&["a", "b", "c", "d"]);
    let controller = world.builder().workers(4).rate_limiter(NoWait).build().unwrap();
    let together = Arc::new(std::sync::Barrier::new(4));
    let (sender, done) = channel();
    let _running = controller
        .spawn(move |request| {
            // Each key is with a worker of its own, or this waits for ever.
            together.wait();
            if request.attempt() <= 10 {
                quietly_panic("a mistake");
            }
            sender.send(request.name().to_owned()).unwrap();
            Ok::<_, Error>(Action::done())
        })
        .unwrap();
    let mut names: Vec<_> = (0..4).map(|_| done.recv_timeout(PATIENCE).unwrap()).collect();
    names.sort();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[test]
fn a_key_that_fails_as_often_as_it_may_is_left_alone_until_it_changes() {
    let world = World::with(&["a"]);
    let counts = Arc::new(Counts::default());
    let builder = world.builder().rate_limiter(NoWait).max_attempts(3).metrics(Arc::clone(&counts));
    let (told, errors) = channel();
    let controller = builder
        .on_error(move |error| told.send((error.attempt(), error.retry_after().is_some())).unwrap())
        .build()
        .unwrap();
    let _running = controller.spawn(|_| Err::<Action, _>("never")).unwrap();
    for _ in 0..2 {
        let told: Vec<_> = (0..3).map(|_| errors.recv_timeout(PATIENCE).unwrap()).collect();
        assert_eq!(told, [(1, true), (2, true), (3, false)]);
        eventually("at rest", || counts.finished.load(Ordering::SeqCst) % 3 == 0);
        assert!(errors.try_recv().is_err());
        assert_eq!(controller.health().retrying, 0);
        world.change("a", &counts.gave_up.load(Ordering::SeqCst).to_string());
    }
}

/// Only what failed counts, in a row.
#[test]
fn a_key_that_asked_to_come_again_has_not_failed() {
    let world = World::with(&["a"]);
    let builder = world.builder().rate_limiter(NoWait).max_attempts(2);
    let (told, errors) = channel();
    let controller = builder
        .on_error(move |error| told.send((error.attempt(), error.retry_after().is_some())).unwrap())
        .build()
        .unwrap();
    let reconcile = |request: &ReconcileRequest<'_, _>| match request.attempt() {
        4 | 6.. => Err("not now"),
        _ => Ok(Action::requeue_with_backoff()),
    };
    let _running = controller.spawn(reconcile).unwrap();
    let told: Vec<_> = (0..3).map(|_| errors.recv_timeout(PATIENCE).unwrap()).collect();
    assert_eq!(told, [(4, true), (6, true), (7, false)]);
}

/// A rate limiter, metrics and an error handler that always panic.
struct Broken;

impl RateLimiter<ObjectKey> for Broken {
    fn when(&self, _: &ObjectKey, _: Instant) -> Duration {
        quietly_panic("when")
    }

    fn forget(&self, _: &ObjectKey) {
        quietly_panic("forget")
    }

    fn num_requeues(&self, _: &ObjectKey) -> u32 {
        quietly_panic("num_requeues")
    }
}

impl QueueMetrics for Broken {
    fn added(&self) {
        quietly_panic("added")
    }

    fn started(&self, _: Duration) {
        quietly_panic("started")
    }

    fn finished(&self, _: Duration) {
        quietly_panic("finished")
    }

    fn retried(&self) {
        quietly_panic("retried")
    }
}

impl ControllerMetrics for Broken {
    fn reconciled(&self, _: Outcome, _: Duration) {
        quietly_panic("reconciled")
    }

    fn panicked(&self) {
        quietly_panic("panicked")
    }
}

#[test]
fn a_program_whose_every_function_panics_loses_no_key() {
    let world = World::with(&["a", "b"]);
    let clock = ManualClock::new();
    let builder = world.builder().clock(&clock.clock()).rate_limiter(Broken).metrics(Broken);
    let controller = builder.on_error(|_| quietly_panic("on_error")).build().unwrap();
    let (sender, attempts) = channel();
    let _running = controller
        .spawn(move |request| {
            sender.send((request.attempt(), request.name().to_owned())).unwrap();
            if request.attempt() == 1 { Err("not yet") } else { Ok(Action::done()) }
        })
        .unwrap();
    let next = || attempts.recv_timeout(PATIENCE).unwrap();
    let mut first = [next(), next()];
    first.sort();
    assert_eq!(first, [(1, "a".into()), (1, "b".into())]);
    clock.wait_for_sleepers(1);
    clock.advance(Duration::from_secs(1));
    let mut second = [next(), next()];
    second.sort();
    assert_eq!(second, [(2, "a".into()), (2, "b".into())]);
}

#[test]
fn an_error_tells_all_it_knows() {
    let world = World::with(&["a"]);
    let (told, errors) = channel();
    let builder = world.builder().rate_limiter(NoWait).max_attempts(2);
    let controller = builder
        .on_error(move |error| {
            let source = std::error::Error::source(error).unwrap();
            let is_ours = source.downcast_ref::<Error>().is_some();
            told.send((format!("{error:#}"), is_ours)).unwrap();
        })
        .build()
        .unwrap();
    let _running = controller
        .spawn(|request| match request.attempt() {
            1 => Err::<Action, _>(Error::invalid("no such part")),
            _ => quietly_panic("a mistake"),
        })
        .unwrap();
    let next = || errors.recv_timeout(PATIENCE).unwrap();
    assert_eq!(
        next(),
        (
            "reconcile of ConfigMap default/a: attempt 1 failed, the next comes after 0ns: \
             no such part"
                .into(),
            true
        )
    );
    assert_eq!(
        next(),
        (
            "reconcile of ConfigMap default/a: attempt 2 failed, it was the last: \
             the reconcile function panicked: a mistake"
                .into(),
            true
        )
    );
}
