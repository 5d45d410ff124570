//! How a controller ends.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::super::{Action, Controller, RunningController};
use super::{PATIENCE, Thing, World, eventually};
use crate::clock::ManualClock;
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;
use crate::testing::alone;
use crate::thread;

/// A controller whose reconciles tell their name and their token, and wait until they are let end.
struct Stuck {
    controller: Controller<Thing>,
    running: RunningController<Thing>,
    seen: Receiver<(String, Stop)>,
    /// Lets one end by a word, and all when it is dropped.
    end: Sender<()>,
}

impl Stuck {
    fn start(world: &World) -> Self {
        let controller = world.builder().build().unwrap();
        let (sender, seen) = channel();
        let (end, may_end) = channel();
        let may_end = Mutex::new(may_end);
        let running = controller
            .spawn(move |request| {
                sender.send((request.name().to_owned(), request.stopper().clone())).unwrap();
                let _ = may_end.lock().unwrap().recv();
                Ok::<_, Error>(Action::done())
            })
            .unwrap();
        Self { controller, running, seen, end }
    }
}

/// Gives a reconcile its own controller, waits until that has ended, and gives back what the reconcile made of it.
fn given_itself<T: Send + 'static>(
    make: impl Fn(RunningController<Thing>) -> T + Send + Sync + 'static,
) -> T {
    let world = World::with(&["a"]);
    let controller = world.builder().build().unwrap();
    let (give, is_given) = channel();
    let (sender, made) = channel();
    let is_given = Mutex::new(is_given);
    let running = controller
        .spawn(move |_| {
            sender.send(make(is_given.lock().unwrap().recv().unwrap())).unwrap();
            Ok::<_, Error>(Action::done())
        })
        .unwrap();
    give.send(running).unwrap();
    let made = made.recv_timeout(PATIENCE).unwrap();
    eventually("the end", || !controller.health().is_running);
    made
}

#[test]
fn a_reconcile_that_runs_when_it_is_stopped_ends_and_no_other_begins() {
    let world = World::with(&["a", "b"]);
    let Stuck { controller, running, seen, end } = Stuck::start(&world);
    let (name, token) = seen.recv_timeout(PATIENCE).unwrap();
    assert!(!token.is_stopped());
    let health = controller.health();
    let (key, since) = health.workers[0].working_on.clone().unwrap();
    assert!(key.name() == name && since <= Instant::now());
    running.stop();
    token.wait();
    assert!(controller.health().is_running, "it waits for what runs");
    end.send(()).unwrap();
    running.join(&Stop::after(PATIENCE)).unwrap();
    assert!(seen.try_recv().is_err(), "the other key is left");
}

#[test]
fn what_runs_has_the_grace_that_it_is_given() {
    let world = World::with(&["a"]);
    let clock = ManualClock::new();
    let builder = world.builder().clock(&clock.clock()).grace(Duration::from_secs(30));
    let controller = builder.build().unwrap();
    let (sender, seen) = channel();
    let running = controller
        .spawn(move |request| {
            sender.send(request.stopper().clone()).unwrap();
            request.stopper().wait();
            Err::<Action, _>(Error::stopped())
        })
        .unwrap();
    let token = seen.recv_timeout(PATIENCE).unwrap();
    running.stop();
    clock.wait_for_sleepers(1);
    assert!(!token.is_stopped());
    clock.advance(Duration::from_secs(29));
    clock.wait_for_sleepers(1);
    assert!(!token.is_stopped());
    clock.advance(Duration::from_secs(1));
    running.join(&Stop::after(PATIENCE)).unwrap();
    assert!(token.is_stopped());
}

#[test]
fn a_token_with_a_deadline_ends_it() {
    let world = World::with(&["a"]);
    let controller = world.builder().build().unwrap();
    let stop = Stop::after(Duration::from_millis(100));
    controller.run(&stop, |_| Ok::<_, Error>(Action::done())).unwrap();
    assert!(stop.is_stopped());
}

#[test]
fn a_reconcile_that_drops_its_own_controller_does_not_wait_for_itself() {
    given_itself(drop);
}

/// Fidelity 93, F32: who waits for it may give up, and a drop does after a second.
#[test]
fn a_stuck_reconcile_is_left_to_end_by_itself() {
    let world = World::with(&["a"]);
    for drops in [false, true] {
        let Stuck { controller, running, seen, end } = Stuck::start(&world);
        seen.recv_timeout(PATIENCE).unwrap();
        assert!(!running.is_over());
        let start = Instant::now();
        if drops {
            drop(running);
            // Ten times what is promised.
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        } else {
            let error = running.join(&Stop::after(Duration::from_millis(20))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout);
            assert!(error.to_string().starts_with("controller of configmaps"), "{error}");
        }
        assert!(controller.health().workers[0].working_on.is_some(), "it is at it still");
        drop(end);
        eventually("the end", || !controller.health().is_running);
    }
}

/// Fidelity 93. Again, where the machine was too busy for the second that a drop waits.
#[test]
fn a_drop_waits_for_a_reconcile_that_returns_in_time() {
    let world = World::with(&["a"]);
    for _ in 0..10 {
        let Stuck { controller, running, seen, end } = Stuck::start(&world);
        let (_, token) = seen.recv_timeout(PATIENCE).unwrap();
        let (took, is_running) = std::thread::scope(|scope| {
            let dropping = scope.spawn(|| {
                let start = Instant::now();
                drop(running);
                (start.elapsed(), controller.health().is_running)
            });
            token.wait();
            drop(end);
            dropping.join().unwrap()
        });
        if took < Duration::from_millis(500) {
            assert!(!is_running, "it was left after {took:?}");
            return;
        }
        eventually("the end", || !controller.health().is_running);
    }
    panic!("no drop of ten was seen to wait");
}

#[test]
fn a_reconcile_cant_wait_for_its_own_controller() {
    let kind = given_itself(|own| own.join(&Stop::after(PATIENCE)).unwrap_err().kind());
    assert_eq!(kind, ErrorKind::Invalid);
}

/// In a process of its own, so that no other test's threads are counted.
#[test]
fn an_ended_controller_leaves_no_thread_behind() {
    if alone::given().is_none() {
        let name = "controller::tests::stopping::an_ended_controller_leaves_no_thread_behind";
        alone::run(name, "");
        return;
    }
    let world = World::with(&["a"]);
    for round in 0..20 {
        let controller = world.builder().workers(3).build().unwrap();
        let running = controller.spawn(|_| Ok::<_, Error>(Action::done())).unwrap();
        // The run and three workers.
        eventually("threads", || thread::count("controller") == 4);
        if round % 2 == 0 {
            drop(running);
        } else {
            running.stop();
            running.join(&Stop::after(PATIENCE)).unwrap();
        }
        eventually("no thread", || thread::count("controller") == 0);
    }
}
