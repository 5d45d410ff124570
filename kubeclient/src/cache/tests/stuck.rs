//! Functions of the program that do not return: whoever waits for them may give up, and drops do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::super::event::CacheEvent;
use super::super::factory::InformerFactory;
use super::super::handler::HandlerState;
use super::super::informer::SharedInformer;
use super::{PATIENCE, Thing, World, patience};
use crate::api::Api;
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;

/// A drop waits for a second; what is promised is asserted at ten times its figure.
const DROP: Duration = Duration::from_secs(10);

/// A function that comes in and stays until it is let go.
struct Stuck {
    is_in: Receiver<()>,
    release: Sender<()>,
    is_gone: Arc<AtomicBool>,
}

impl Stuck {
    fn new() -> (Self, impl FnMut(CacheEvent<Thing>) + Send + 'static) {
        let (enter, is_in) = channel();
        let (release, gate) = channel::<()>();
        let is_gone = Arc::new(AtomicBool::new(false));
        let at_end = Gone(Arc::clone(&is_gone));
        let function = move |_| {
            let _at_end = &at_end;
            let _ = enter.send(());
            let _ = gate.recv();
        };
        (Self { is_in, release, is_gone }, function)
    }

    fn wait(&self) {
        self.is_in.recv_timeout(PATIENCE).unwrap();
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
    assert!(informer.health().handlers.is_empty(), "it is removed all the same");
    informer.stop();
    // Who was removed and is at it still is waited for.
    expect_late(informer.join(&soon()));
    let stopped = Stop::new();
    stopped.stop();
    assert!(informer.join(&stopped).unwrap_err().is_stopped());
    drop(stuck.release);
    informer.join(&patience()).unwrap();
    assert!(stuck.is_gone.load(Ordering::SeqCst));
}

/// F32.
#[test]
fn a_drop_leaves_a_stuck_handler_to_end_by_itself() {
    let world = World::with(&["a"]);
    let informer = world.builder().start().unwrap();
    let (stuck, function) = Stuck::new();
    let handler = informer.add_handler(function).unwrap();
    stuck.wait();
    drop_soon(handler);
    let (other, function) = Stuck::new();
    informer.add_handler(function).unwrap().keep();
    other.wait();
    drop_soon(informer);
    drop(stuck.release);
    drop(other.release);
    while !(stuck.is_gone.load(Ordering::SeqCst) && other.is_gone.load(Ordering::SeqCst)) {
        std::thread::yield_now();
    }
    let told = stuck.is_in.try_iter().count() + other.is_in.try_iter().count();
    assert_eq!(told, 0, "nothing more after the event in hand");
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
    drop(stuck.release);
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
    while informer.health().handlers[1].state != HandlerState::Idle {
        std::thread::yield_now();
    }
    informer.stop();
    assert!(matches!(handler.health().state, HandlerState::Busy(..)), "it has not returned");
    drop(stuck.release);
    informer.join(&patience()).unwrap();
    let states = informer.health().handlers.into_iter().map(|handler| handler.state);
    assert_eq!(states.collect::<Vec<_>>(), [HandlerState::Ended, HandlerState::Ended]);
}
