//! Functions of the program that do not return: whoever waits for them may give up, and drops do.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::super::event::CacheEvent;
use super::super::factory::InformerFactory;
use super::super::handler::HandlerState;
use super::super::informer::SharedInformer;
use super::{PATIENCE, Thing, World, eventually, patience, quietly_panic};
use crate::api::Api;
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;

/// A drop waits for a second; what is promised is asserted at ten times its figure.
const DROP: Duration = Duration::from_secs(10);

/// A function that comes in and stays until it is let go.
struct Stuck {
    is_in: Receiver<()>,
    gate: Cell<Option<Sender<()>>>,
    is_gone: Arc<AtomicBool>,
}

impl Stuck {
    fn new() -> (Self, impl FnMut(CacheEvent<Thing>) + Send + 'static) {
        let (enter, is_in) = channel();
        let (gate, opens) = channel::<()>();
        let is_gone = Arc::new(AtomicBool::new(false));
        let at_end = Gone(Arc::clone(&is_gone));
        let function = move |_| {
            let _at_end = &at_end;
            let _ = enter.send(());
            let _ = opens.recv();
        };
        (Self { is_in, gate: Cell::new(Some(gate)), is_gone }, function)
    }

    fn wait(&self) {
        self.is_in.recv_timeout(PATIENCE).unwrap();
    }

    fn release(&self) {
        drop(self.gate.take());
    }

    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::SeqCst)
    }
}

/// Says that a function and all that it held is gone.
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn expect_late(outcome: Result<(), Error>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let text = error.to_string();
    assert!(text.contains("a handler, told of default/a,"), "{text}");
}

fn soon() -> Stop {
    Stop::after(Duration::from_millis(20))
}

fn drop_soon<T>(what: T) {
    let start = Instant::now();
    drop(what);
    assert!(start.elapsed() < DROP, "{:?}", start.elapsed());
}

/// Fidelity 93.
#[test]
fn who_waits_for_a_stuck_handler_may_give_up() {
    let world = World::with(&["a"]);
    let informer = world.builder().start().unwrap();
    let (stuck, function) = Stuck::new();
    let handler = informer.add_handler(function).unwrap();
    stuck.wait();
    assert!(handler.wait_synced(&soon()).unwrap_err().is_timeout());
    expect_late(handler.remove(&soon()));
    let health = informer.health().handlers;
    assert!(health.len() == 1 && health[0].is_removed, "it is removed all the same: {health:?}");
    assert!(matches!(health[0].state, HandlerState::Busy(..)));
    informer.stop();
    // Who was removed and is at it still is waited for.
    expect_late(informer.join(&soon()));
    let stopped = Stop::new();
    stopped.stop();
    assert!(informer.join(&stopped).unwrap_err().is_stopped());
    stuck.release();
    informer.join(&patience()).unwrap();
    assert!(stuck.is_gone());
}

/// F32.
#[test]
fn a_drop_leaves_a_stuck_handler_to_end_by_itself() {
    // Told of the first, and to be told of the other.
    let world = World::with(&["a", "b"]);
    let informer = world.builder().start().unwrap();
    let (stuck, function) = Stuck::new();
    let handler = informer.add_handler(function).unwrap();
    stuck.wait();
    drop_soon(handler);
    let (other, function) = Stuck::new();
    informer.add_handler(function).unwrap().keep();
    other.wait();
    drop_soon(informer);
    stuck.release();
    other.release();
    eventually("both functions are gone", || stuck.is_gone() && other.is_gone());
    let told = stuck.is_in.try_iter().count() + other.is_in.try_iter().count();
    assert_eq!(told, 0, "nothing more after the event in hand");
}

/// Fidelity 93: what is dropped has ended when the drop returns.
#[test]
fn a_drop_waits_for_functions_that_return_in_time() {
    let world = World::with(&["a"]);
    in_time(|| {
        let informer = world.builder().start().unwrap();
        let (stuck, function) = Stuck::new();
        let handler = informer.add_handler(function).unwrap();
        stuck.wait();
        let dropping = Dropping::start(handler, &stuck);
        eventually("it is being removed", || informer.health().handlers[0].is_removed);
        stuck.release();
        dropping.join().unwrap()
    });
    in_time(|| {
        let informer = world.builder().start().unwrap();
        let (stuck, function) = Stuck::new();
        informer.add_handler(function).unwrap().keep();
        stuck.wait();
        let stopper = informer.stopper();
        let dropping = Dropping::start(informer, &stuck);
        stopper.wait();
        stuck.release();
        dropping.join().unwrap()
    });
}

/// How long a drop took, and whether the function was gone after it.
struct Dropping {
    took: Duration,
    is_gone: bool,
}

impl Dropping {
    fn start<T: Send + 'static>(what: T, stuck: &Stuck) -> std::thread::JoinHandle<Self> {
        let is_gone = Arc::clone(&stuck.is_gone);
        std::thread::spawn(move || {
            let start = Instant::now();
            drop(what);
            Self { took: start.elapsed(), is_gone: is_gone.load(Ordering::SeqCst) }
        })
    }
}

/// Again, where the machine was too busy for the second that a drop waits.
fn in_time(drops: impl Fn() -> Dropping) {
    for _ in 0..10 {
        let Dropping { took, is_gone } = drops();
        if took < DROP / 20 {
            assert!(is_gone, "it was left after {took:?}");
            return;
        }
    }
    panic!("no drop of ten was seen to wait");
}

/// Fidelity 93: by the token of the cache, by that of the client, or before it was ever started.
#[test]
fn a_cache_that_its_token_ended_keeps_nobody_waiting() {
    for ended in ["cache", "client", "unstarted", "while joining"] {
        let world = World::with(&["a"]);
        let stop = Stop::new();
        let things = world.things.with_stop(&stop);
        let informer = SharedInformer::builder(&things).build();
        let handler = informer.add_handler(|_| {}).unwrap();
        if ["cache", "client"].contains(&ended) {
            informer.start().unwrap();
            handler.wait_synced(&patience()).unwrap();
        }
        std::thread::scope(|scope| {
            let joining =
                (ended == "while joining").then(|| scope.spawn(|| informer.join(&patience())));
            match ended {
                "client" => stop.stop(),
                _ => informer.stopper().stop(),
            }
            informer.join(&patience()).unwrap();
            if let Some(joining) = joining {
                joining.join().unwrap().unwrap();
            }
        });
        assert_eq!(informer.health().handlers[0].state, HandlerState::Ended, "{ended}");
        if !["cache", "client"].contains(&ended) {
            assert!(informer.wait_synced(&patience()).unwrap_err().is_stopped());
        }
    }
}

/// Nor do those that were pending when it was ended count as told.
#[test]
fn a_handler_that_was_ended_before_it_was_told_of_all_is_not_synced() {
    let world = World::with(&["a", "b"]);
    let informer = world.builder().start().unwrap();
    let (stuck, function) = Stuck::new();
    let handler = informer.add_handler(function).unwrap();
    stuck.wait();
    informer.wait_synced(&patience()).unwrap();
    informer.stop();
    stuck.release();
    informer.join(&patience()).unwrap();
    let health = handler.health();
    assert_eq!((health.state, health.pending, health.is_synced), (HandlerState::Ended, 0, false));
    assert!(handler.wait_synced(&patience()).unwrap_err().is_stopped());
}

/// F28: a function that is told of a panic may be stuck, too.
#[test]
fn a_handler_is_busy_while_its_panic_is_reported() {
    let world = World::with(&["a"]);
    let (enter, is_in) = channel();
    let (release, gate) = channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let builder = world.builder().on_error(move |_| {
        let _ = enter.send(());
        let _ = gate.lock().unwrap().recv();
    });
    let informer = builder.start().unwrap();
    let handler = informer.add_handler(|_| quietly_panic("planned")).unwrap();
    is_in.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(handler.health().state, HandlerState::Busy(..)), "{:?}", handler.health());
    drop(release);
    eventually("it is idle", || handler.health().state == HandlerState::Idle);
    assert_eq!(handler.health().panics, 1);
}

/// F32: a transformation is in the way of the reflector's own thread.
#[test]
fn a_drop_leaves_a_stuck_transformation_to_end_by_itself() {
    let world = World::with(&["a"]);
    let (enter, is_in) = channel();
    let (release, gate) = channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let informer = world
        .builder()
        .transform(move |_| {
            let _ = enter.send(());
            let _ = gate.lock().unwrap().recv();
        })
        .start()
        .unwrap();
    is_in.recv_timeout(PATIENCE).unwrap();
    let (key, since) = informer.health().cache.transforming.unwrap();
    assert!(key.to_string() == "default/a" && since <= Instant::now());
    informer.stop();
    let error = informer.join(&soon()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().starts_with("the cache of configmaps"), "{error}");
    drop_soon(informer);
    drop(release);
    assert!(is_in.recv_timeout(PATIENCE).is_err(), "its function is gone");
}

#[test]
fn a_factory_gives_up_on_a_stuck_handler() {
    let world = World::with(&["a"]);
    let factory = InformerFactory::new(&world.client);
    let informer = factory.informer(|client| Api::<Thing>::namespaced(client, "default"));
    let (stuck, function) = Stuck::new();
    informer.add_handler(function).unwrap().keep();
    factory.start().unwrap();
    stuck.wait();
    expect_late(factory.shut_down(&soon()));
    drop_soon(factory);
    stuck.release();
    informer.join(&patience()).unwrap();
}

/// Each of the two waits for the other, and gives up after a second.
#[test]
fn two_handlers_that_drop_each_other_do_not_hang() {
    let world = World::with(&["a"]);
    let informer = Arc::new(world.builder().build());
    let meet = Arc::new(std::sync::Barrier::new(2));
    let (over, is_over) = channel();
    let slots = [(); 2].map(|()| Arc::new(std::sync::Mutex::new(None)));
    for number in 0..2 {
        let (other, meet, over) = (Arc::clone(&slots[1 - number]), Arc::clone(&meet), over.clone());
        let handler = informer
            .add_handler(move |_| {
                meet.wait();
                let other = other.lock().unwrap().take();
                drop(other);
                over.send(()).unwrap();
            })
            .unwrap();
        *slots[number].lock().unwrap() = Some(handler);
    }
    informer.start().unwrap();
    (0..2).for_each(|_| is_over.recv_timeout(PATIENCE).unwrap());
    informer.stop();
    informer.join(&patience()).unwrap();
}

#[test]
fn health_says_what_each_handlers_thread_does_and_since_when() {
    let world = World::with(&["a"]);
    let start = Instant::now();
    let informer: SharedInformer<Thing> = world.builder().start().unwrap();
    let (stuck, function) = Stuck::new();
    let handler = informer.add_handler(function).unwrap();
    stuck.wait();
    let HandlerState::Busy(key, since) = handler.health().state else {
        panic!("{:?}", handler.health());
    };
    assert!(key.to_string() == "default/a" && start <= since && since <= Instant::now());
    let (_words, told) = {
        let (function, told) = super::words();
        (informer.add_handler(function).unwrap(), told)
    };
    assert_eq!(super::next(&told, 1), ["*a"]);
    let is_idle = || informer.health().handlers[1].state == HandlerState::Idle;
    eventually("it is idle", is_idle);
    informer.stop();
    assert!(matches!(handler.health().state, HandlerState::Busy(..)), "it has not returned");
    stuck.release();
    informer.join(&patience()).unwrap();
    let states = informer.health().handlers.into_iter().map(|handler| handler.state);
    assert_eq!(states.collect::<Vec<_>>(), [HandlerState::Ended, HandlerState::Ended]);
}
