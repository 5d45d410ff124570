//! The handlers of a cache, in every order of the threads' steps.
//!
//! What goes wrong in a handler's function is told outside of it: a panic in it does no harm.

use kubeclient_model_tests::cache::{CacheEvent, HandlerHandle, World};
use kubeclient_model_tests::{Metadata as _, Object, Stop};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// Every order in which threads are preempted at most so often.
fn check(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// What a handler was told: `+` added, `~` updated, `-` deleted, with names and versions.
#[derive(Clone, Default)]
struct Words(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Words {
    /// A handler that says in words what it is told.
    fn handler<T: Object>(&self) -> impl FnMut(CacheEvent<T>) + Send + use<T> {
        let words = self.clone();
        move |event| {
            let named = |object: &T| {
                let metadata = object.metadata();
                format!("{}{}", metadata.name(), metadata.resource_version())
            };
            let word = match &event {
                CacheEvent::Added { object, .. } => format!("+{}", named(object)),
                CacheEvent::Updated { old, new } => format!("{}~{}", named(old), named(new)),
                gone => format!("-{}", named(gone.object())),
            };
            words.0.0.lock().unwrap().push(word);
            words.0.1.notify_one();
        }
    }

    /// Waits for so many words; a wait that nobody ends is what loom finds.
    fn wait(&self, enough: impl Fn(&[String]) -> bool) -> Vec<String> {
        let mut words = self.0.0.lock().unwrap();
        while !enough(&words) {
            words = self.0.1.wait(words).unwrap();
        }
        words.clone()
    }
}

/// Fidelity 71: it hears of what is there first, or of the change; not of both, and not of neither.
#[test]
fn a_handler_that_comes_while_an_event_is_told_hears_of_the_object_once() {
    check(3, || {
        let mut world = World::new();
        world.replace(&[]);
        let (door, words) = (world.door(), Words::default());
        let adder = {
            let words = words.clone();
            thread::spawn(move || door.add(words.handler()).unwrap())
        };
        world.put("a", 1);
        let handler = adder.join().unwrap();
        words.wait(|words| !words.is_empty());
        handler.remove(&Stop::new()).unwrap();
        assert_eq!(words.wait(|_| true), ["+a1"]);
    });
}

/// Fidelity 71.
#[test]
fn a_handler_that_comes_while_all_is_replaced_ends_with_what_is_there() {
    check(2, || {
        let mut world = World::new();
        world.replace(&[("a", 1), ("b", 2)]);
        let (door, words) = (world.door(), Words::default());
        let adder = {
            let words = words.clone();
            thread::spawn(move || door.add(words.handler()).unwrap())
        };
        world.replace(&[("a", 3), ("c", 4)]);
        let handler = adder.join().unwrap();
        let told = words.wait(|words| words.iter().any(|word| word.ends_with("c4")));
        // Before it, and then what changed; or after it.
        let early = ["+a1", "+b2", "-b2", "a1~a3", "+c4"];
        assert!(told == early || told == ["+a3", "+c4"], "{told:?}");
        handler.remove(&Stop::new()).unwrap();
        assert_eq!(words.wait(|_| true).len(), told.len());
    });
}

#[test]
fn the_first_filling_completes_a_handler_whenever_it_comes() {
    check(3, || {
        let mut world = World::new();
        let (door, words) = (world.door(), Words::default());
        let adder = {
            let words = words.clone();
            thread::spawn(move || {
                let handler = door.add(words.handler()).unwrap();
                handler.wait_synced(&Stop::new()).unwrap();
                (handler, words.wait(|_| true))
            })
        };
        world.replace(&[("a", 1)]);
        let (handler, told) = adder.join().unwrap();
        assert_eq!(told, ["+a1"]);
        drop(handler);
    });
}

#[test]
fn a_handler_that_was_removed_is_told_nothing() {
    check(3, || {
        let mut world = World::new();
        world.replace(&[]);
        let is_removed = Arc::new(AtomicBool::new(false));
        let was_told = Arc::new(AtomicBool::new(false));
        let handler = {
            let (is_removed, was_told) = (Arc::clone(&is_removed), Arc::clone(&was_told));
            let tell = move |_| {
                if is_removed.load(Ordering::SeqCst) {
                    was_told.store(true, Ordering::SeqCst);
                }
            };
            world.door().add(tell).unwrap()
        };
        let remover = {
            let is_removed = Arc::clone(&is_removed);
            thread::spawn(move || {
                handler.remove(&Stop::new()).unwrap();
                is_removed.store(true, Ordering::SeqCst);
            })
        };
        world.put("a", 1);
        remover.join().unwrap();
        assert!(!was_told.load(Ordering::SeqCst));
    });
}

/// It ends by the one or the other, and who was given up is waited for at the end.
#[test]
fn a_removal_that_is_given_up_hangs_in_no_order() {
    check(2, || {
        let mut world = World::new();
        world.replace(&[]);
        let (handler, stop) = (world.door().add(|_| {}).unwrap(), Stop::new());
        let remover = {
            let stop = stop.clone();
            thread::spawn(move || handler.remove(&stop))
        };
        stop.stop();
        let outcome = remover.join().unwrap();
        assert!(outcome.is_ok() || outcome.unwrap_err().is_stopped());
        world.door().stop();
    });
}

/// A thread that were left behind would wait for ever, and loom say so.
#[test]
fn a_handler_that_comes_while_all_are_stopped_leaves_no_thread_behind() {
    check(3, || {
        let world = World::new();
        let door = world.door();
        let adder = thread::spawn(move || door.add(|_| {}).map(HandlerHandle::keep).ok());
        world.door().stop();
        adder.join().unwrap();
        assert!(world.door().add(|_| {}).is_err_and(|error| error.is_stopped()));
    });
}
