//! Handlers that call their own cache, whatever it does meanwhile: nobody waits for ever.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Weak};

use super::super::event::CacheEvent;
use super::super::handlers::HandlerHandle;
use super::super::informer::SharedInformer;
use super::{PATIENCE, Thing, World, patience};
use crate::meta::selector::LabelSelector;
use crate::stop::Stop;

/// How many objects a handler is told of in each round, and calls back at each of them.
const OBJECTS: usize = 10;

/// How many caches there are, one after the other.
fn rounds() -> usize {
    match std::env::var("KUBECLIENT_FAULT_SEEDS") {
        Err(_) => 200,
        Ok(seeds) => 1_000 * seeds.parse::<usize>().expect("KUBECLIENT_FAULT_SEEDS: a number"),
    }
}

/// What a handler holds of its own cache.
#[derive(Clone, Default)]
struct Own {
    informer: Weak<SharedInformer<Thing>>,
    handle: Arc<Mutex<Option<HandlerHandle<Thing>>>>,
}

impl Own {
    fn take_handle(&self) -> Option<HandlerHandle<Thing>> {
        self.handle.lock().unwrap().take()
    }
}

/// F29. Two thousand calls (with `KUBECLIENT_FAULT_SEEDS`, ten thousand for each seed) of a handler that reads its
/// store and lister, looks at its health, and adds and removes another handler; at the last of each cache it stops
/// or removes what it belongs to, while others do the same.
#[test]
fn a_handler_may_call_back_thousands_of_times() {
    let names: Vec<_> = (0..OBJECTS).map(|number| format!("k{number}")).collect();
    let world = Arc::new(World::with(&names.iter().map(String::as_str).collect::<Vec<_>>()));
    let (sender, done) = channel();
    let rounds = rounds();
    std::thread::spawn(move || {
        for round in 0..rounds {
            let told = run(&world, round);
            // Whoever is stopped at the last of them was told of all others.
            if sender.send(told.iter().count()).is_err() {
                return;
            }
        }
    });
    let mut calls = 0;
    for round in 0..rounds {
        calls +=
            done.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("round {round} does not end"));
    }
    assert_eq!(calls, rounds * OBJECTS);
}

/// A cache, from its start to its end. Each call of its handler says a word.
fn run(world: &World, round: usize) -> Receiver<()> {
    let informer = Arc::new(world.builder().build());
    let own = Own { informer: Arc::downgrade(&informer), ..Own::default() };
    let (sender, told) = channel();
    let (mut count, is_over) = (0, Arc::new(std::sync::Barrier::new(2)));
    let handler = {
        let (own, is_over) = (own.clone(), Arc::clone(&is_over));
        move |event: CacheEvent<Thing>| {
            call_back(&own, &event);
            sender.send(()).unwrap();
            count += 1;
            if count < OBJECTS {
                return;
            }
            is_over.wait();
            let informer = own.informer.upgrade();
            match (round % 4, informer) {
                (0, Some(informer)) => {
                    informer.stop();
                    assert!(informer.join(&patience()).is_err(), "it would wait for itself");
                }
                (1, Some(informer)) => informer.stopper().stop(),
                (2, _) => drop(own.take_handle()),
                // Perhaps it is the last one who has it.
                (_, informer) => drop(informer),
            }
        }
    };
    *own.handle.lock().unwrap() = Some(informer.add_handler(handler).unwrap());
    informer.start().unwrap();
    // From outside, at the same time.
    informer.add_handler(|_| {}).unwrap().remove(&patience()).unwrap();
    assert_eq!(informer.health().cache.restarts, 0);
    is_over.wait();
    match round / 4 % 3 {
        0 => {
            informer.stop();
            informer.join(&patience()).unwrap();
        }
        1 => drop(own.take_handle()),
        _ => {}
    }
    drop(informer);
    // Whichever of them it was, the handler's function goes, and with it the sender of what is told.
    drop(own.take_handle());
    told
}

fn call_back(own: &Own, event: &CacheEvent<Thing>) {
    let informer = own.informer.upgrade().unwrap();
    let key = event.key();
    // The cache is first.
    assert!(informer.store().get(&key).is_some());
    assert_eq!(informer.store().snapshot().len(), OBJECTS);
    assert!(informer.lister().get(key.name()).is_ok());
    assert_eq!(informer.lister().select(&LabelSelector::default()).len(), OBJECTS);
    assert!(informer.health().handlers.iter().any(|handler| !handler.is_synced));
    assert!(informer.wait_synced(&patience()).is_ok());
    let inner = informer.add_handler(|_| {}).unwrap();
    assert!(inner.wait_synced(&Stop::after(PATIENCE)).is_ok());
    inner.remove(&patience()).unwrap();
}
