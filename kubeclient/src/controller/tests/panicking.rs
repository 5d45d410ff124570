//! Every function of a program panics, again and again, at random: no key is lost, and no thread.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use super::super::{Action, ControllerBuilder};
use super::{NoWait, PATIENCE, Thing, World, eventually, quietly_panic};
use crate::cache::random::Random;
use crate::cache::{CacheEvent, HandlerOptions, SharedInformer};
use crate::error::Error;
use crate::stop::Stop;

/// How often each function is to panic.
const PANICS: usize = 1_000;

const KEYS: u64 = 50;

/// Panics at random, until it is told to be calm.
#[derive(Clone)]
struct Mine {
    random: Arc<Mutex<Random>>,
    calls: Arc<AtomicUsize>,
    panics: Arc<AtomicUsize>,
    is_calm: Arc<AtomicBool>,
}

impl Mine {
    fn new(seed: u64, is_calm: &Arc<AtomicBool>) -> Self {
        let random = Arc::new(Mutex::new(Random::new(seed)));
        Self { random, calls: Arc::default(), panics: Arc::default(), is_calm: Arc::clone(is_calm) }
    }

    /// Once of so many times.
    fn step_on(&self, times: u64) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if !self.is_calm.load(Ordering::SeqCst) && self.random.lock().unwrap().below(times) == 0 {
            self.panics.fetch_add(1, Ordering::SeqCst);
            quietly_panic("a mistake");
        }
    }

    fn panics(&self) -> usize {
        self.panics.load(Ordering::SeqCst)
    }
}

/// The versions of each object, in the order in which a function was given them.
type Versions = Arc<Mutex<BTreeMap<String, Vec<u64>>>>;

fn note(versions: &Versions, thing: &Thing) {
    let version = thing.metadata.resource_version.parse().unwrap();
    versions.lock().unwrap().entry(thing.metadata.name.clone()).or_default().push(version);
}

/// F28. What a transformation let pass comes to the handler, each once, and of each key the last state to the
/// reconcile function, whoever panicked over it.
#[test]
fn a_thousand_panics_in_each_function_lose_no_key_and_no_thread() {
    let world = World::new();
    let is_calm = Arc::new(AtomicBool::new(false));
    let mine = |seed| Mine::new(seed, &is_calm);
    let (transform, handler, predicate, reconcile) = (mine(1), mine(2), mine(3), mine(4));
    let (passed, told, done) = (Versions::default(), Versions::default(), Versions::default());

    let builder = SharedInformer::builder(&world.things).on_error(|_| {});
    let (mine, noted) = (transform.clone(), Arc::clone(&passed));
    let builder = builder.transform(move |thing| {
        mine.step_on(4);
        note(&noted, thing);
    });
    let informer = Arc::new(builder.build());
    let (mine, noted) = (handler.clone(), Arc::clone(&told));
    let options = HandlerOptions::default().raw(usize::MAX);
    let handle = informer.add_handler_with(&options, move |event: CacheEvent<Thing>| {
        note(&noted, event.object());
        mine.step_on(2);
    });
    let handle = handle.unwrap();
    let mine = predicate.clone();
    let controller = ControllerBuilder::new(Arc::clone(&informer))
        .filter(move |_| {
            mine.step_on(2);
            true
        })
        .workers(4)
        .rate_limiter(NoWait)
        .on_error(|error| assert!(error.is_panic()))
        .build()
        .unwrap();
    let (mine, noted) = (reconcile.clone(), Arc::clone(&done));
    let (all_four, have_met) = (Barrier::new(4), Arc::new(AtomicUsize::new(0)));
    let met = Arc::clone(&have_met);
    let running = controller
        .spawn(move |request| {
            let thing = request.object().unwrap();
            mine.step_on(2);
            if request.name().starts_with("meeting") {
                // Each of the workers, with one of these in hand.
                all_four.wait();
                met.fetch_add(1, Ordering::SeqCst);
            }
            note(&noted, &thing);
            Ok::<_, Error>(Action::done())
        })
        .unwrap();

    informer.wait_synced(&Stop::after(PATIENCE)).unwrap();
    let change = |number: u64| {
        let name = format!("k{}", number % KEYS);
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, uid: {name}}}, data: {{n: 'x{number}'}}}}"
        );
        world.server.seed(&text).unwrap();
    };
    let all = [&transform, &handler, &predicate, &reconcile];
    let transformed = || transform.calls.load(Ordering::SeqCst) as u64;
    let mut changes = 0;
    eventually("a thousand panics in each", || {
        (0..KEYS).for_each(|_| {
            changes += 1;
            change(changes);
        });
        // The server's history is bounded: a cache that is left behind lists.
        eventually("few changes are on their way", || transformed() + 1_000 >= changes);
        all.iter().all(|mine| mine.panics() >= PANICS)
    });
    let last = |versions: &Versions| -> BTreeMap<String, u64> {
        let versions = versions.lock().unwrap();
        versions.iter().map(|(name, all)| (name.clone(), *all.last().unwrap())).collect()
    };
    // Nothing more happens, and whatever panics at the last state of an object, that is reconciled.
    eventually("all changes came", || transformed() == changes);
    eventually("what was let pass is reconciled", || last(&done) == last(&passed));
    is_calm.store(true, Ordering::SeqCst);
    (0..KEYS).for_each(|number| change(changes + 1 + number));

    let there: BTreeMap<String, u64> = {
        let list = world.things.list(&Default::default()).unwrap();
        let things = list.items.into_iter();
        things
            .map(|thing| (thing.metadata.name, thing.metadata.resource_version.parse().unwrap()))
            .collect()
    };
    assert_eq!(there.len() as u64, KEYS);
    let arrived = |versions: &Versions| {
        let last = last(versions);
        there.iter().all(|(name, version)| last.get(name) == Some(version))
    };
    eventually("the last state is told", || arrived(&told));
    eventually("the last state is reconciled", || arrived(&done));
    assert_eq!(*told.lock().unwrap(), *passed.lock().unwrap());
    eventually("the last panic is counted", || handle.health().panics == handler.panics() as u64);
    let health = controller.health();
    let panicked: u64 = health.workers.iter().map(|worker| worker.panicked).sum();
    assert_eq!((panicked, health.retrying), (reconcile.panics() as u64, 0));
    assert_eq!(informer.health().cache.restarts, 0);
    for name in ["meeting-1", "meeting-2", "meeting-3", "meeting-4"] {
        world.create(name);
    }
    eventually("four workers are alive", || have_met.load(Ordering::SeqCst) == 4);
    drop(running);
}
