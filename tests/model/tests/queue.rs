//! The work queue and the stop token, in every order of the threads' steps.

use kubeclient_model_tests::Stop;
use kubeclient_model_tests::cache::queue::WorkQueue;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

/// Every order in which threads are preempted at most so often.
fn check(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

#[test]
fn a_stop_ends_a_wait_whenever_it_comes() {
    check(4, || {
        let queue = WorkQueue::<u8>::new();
        let stop = Stop::new();
        let getter = {
            let (queue, stop) = (queue.clone(), stop.clone());
            thread::spawn(move || assert!(queue.get(&stop).is_none()))
        };
        stop.stop();
        getter.join().unwrap();
    });
}

#[test]
fn a_stop_runs_a_hook_once_or_takes_it_back() {
    check(4, || {
        let stop = Stop::new();
        let ran = Arc::new(AtomicBool::new(false));
        let registrar = {
            let (stop, ran) = (stop.clone(), Arc::clone(&ran));
            thread::spawn(move || {
                let hook = stop.on_stop(move || assert!(!ran.swap(true, Ordering::SeqCst)));
                stop.wait();
                drop(hook);
            })
        };
        let child = stop.child();
        stop.stop();
        assert!(child.is_stopped());
        registrar.join().unwrap();
        assert!(ran.load(Ordering::SeqCst));
    });
}

#[test]
fn an_add_while_the_item_is_handled_is_never_lost() {
    check(4, || {
        let queue = WorkQueue::new();
        queue.add(1);
        let changed = Arc::new(AtomicBool::new(false));
        let worker = {
            let (queue, changed) = (queue.clone(), Arc::clone(&changed));
            thread::spawn(move || {
                let item = queue.try_get().unwrap();
                let seen = changed.load(Ordering::SeqCst);
                item.done();
                seen
            })
        };
        changed.store(true, Ordering::SeqCst);
        queue.add(1);
        let seen = worker.join().unwrap();
        // Handled once more unless the worker saw the change; and then at most once more.
        let again = queue.try_get();
        assert!(seen || again.is_some());
        drop(again);
        assert!(queue.try_get().is_none());
    });
}

#[test]
fn no_item_is_with_two_workers() {
    check(3, || {
        let queue = WorkQueue::new();
        let at_work = Arc::new(AtomicBool::new(false));
        queue.add(1);
        let work = |queue: WorkQueue<u8>, at_work: Arc<AtomicBool>| {
            if let Some(item) = queue.try_get() {
                assert!(!at_work.swap(true, Ordering::SeqCst));
                at_work.store(false, Ordering::SeqCst);
                drop(item);
            }
        };
        let worker = {
            let (queue, at_work) = (queue.clone(), Arc::clone(&at_work));
            thread::spawn(move || work(queue, at_work))
        };
        queue.add(1);
        work(queue, at_work);
        worker.join().unwrap();
    });
}

#[test]
fn two_adds_wake_two_workers() {
    check(2, || {
        let queue = WorkQueue::new();
        let workers = [(); 2].map(|()| {
            let queue = queue.clone();
            thread::spawn(move || {
                // Given back undone, so that the other one needs an item of its own.
                queue.get(&Stop::new()).unwrap()
            })
        });
        queue.add(1);
        queue.add(2);
        let items = workers.map(|worker| worker.join().unwrap());
        assert_ne!(*items[0], *items[1]);
    });
}

#[test]
fn a_worker_that_is_stopped_leaves_its_notice_to_another() {
    check(2, || {
        let queue = WorkQueue::new();
        let stop = Stop::new();
        let stopped = {
            let (queue, stop) = (queue.clone(), stop.clone());
            thread::spawn(move || queue.get(&stop).is_some())
        };
        let other = {
            let queue = queue.clone();
            thread::spawn(move || drop(queue.get(&Stop::new()).unwrap()))
        };
        queue.add(1);
        stop.stop();
        if stopped.join().unwrap() {
            queue.add(2);
        }
        other.join().unwrap();
    });
}

#[test]
fn a_drain_ends_when_the_last_item_is_done_and_not_before() {
    check(3, || {
        let queue = WorkQueue::new();
        queue.add(1);
        let handled = Arc::new(AtomicBool::new(false));
        let worker = {
            let (queue, handled) = (queue.clone(), Arc::clone(&handled));
            thread::spawn(move || {
                while let Some(item) = queue.get(&Stop::new()) {
                    handled.store(true, Ordering::SeqCst);
                    drop(item);
                }
            })
        };
        assert!(queue.shut_down_with_drain(&Stop::new()));
        assert!(handled.load(Ordering::SeqCst));
        worker.join().unwrap();
    });
}

#[test]
fn a_drain_ends_when_it_is_stopped() {
    check(3, || {
        let queue = WorkQueue::new();
        queue.add(1);
        let stop = Stop::new();
        let drain = {
            let (queue, stop) = (queue.clone(), stop.clone());
            thread::spawn(move || queue.shut_down_with_drain(&stop))
        };
        stop.stop();
        assert!(!drain.join().unwrap());
    });
}
