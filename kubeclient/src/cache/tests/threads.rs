//! Threads and connections: they end, and soon.
//!
//! Each test runs in a process of its own, so that no other test's threads and files are counted; the
//! server runs in the process that started it.

// What was measured is told.
#![allow(clippy::print_stdout)]

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::super::builder::CacheBuilder;
use super::super::informer::SharedInformer;
use super::{PATIENCE, Thing, World, hasty, patience};
use crate::api::{Api, WatchEvent, WatchParams};
use crate::config::Config;
use crate::rest::RestClient;
use crate::stop::Stop;
use crate::testing::alone;
use crate::testing::held::Held;
use crate::thread;

/// How many watches and informers a process has here.
const MANY: usize = 200;

/// How soon they are to be stopped and joined.
const SOON: Duration = Duration::from_millis(250);

/// How soon a thread that is blocked in a read is to return, 99 times of 100.
const AT_ONCE: Duration = Duration::from_millis(5);

/// What is promised is asserted at ten times its figure.
const SLACK: u32 = 10;

/// Fidelity 93.
#[test]
fn stopped_informers_leave_no_thread_behind() {
    alone("stopped_informers_leave_no_thread_behind", |things| {
        expect_threads(0);
        for round in 0..50 {
            let informer = informer_of(&things).start().unwrap();
            let handlers: Vec<_> = (0..3).map(|_| informer.add_handler(|_| {}).unwrap()).collect();
            informer.wait_synced(&patience()).unwrap();
            expect_threads(4);
            match round % 3 {
                0 => end(&informer),
                1 => drop(informer),
                _ => {
                    drop(handlers);
                    expect_threads(1);
                    informer.stopper().stop();
                    end(&informer);
                }
            }
            expect_threads(0);
        }
    });
}

/// Fidelity 93.
#[test]
fn a_thousand_informers_one_after_the_other_leave_nothing_behind() {
    alone("a_thousand_informers_one_after_the_other_leave_nothing_behind", |things| {
        let before = Held::now();
        for _ in 0..1_000 {
            let informer = informer_of(&things).start().unwrap();
            let handlers = [(); 2].map(|()| informer.add_handler(|_| {}).unwrap());
            handlers.iter().for_each(|handler| handler.wait_synced(&patience()).unwrap());
            end(&informer);
        }
        before.expect();
    });
}

/// Fidelity 93.
#[test]
fn two_hundred_watches_are_stopped_and_joined_soon() {
    alone("two_hundred_watches_are_stopped_and_joined_soon", |things| {
        let before = Held::now();
        let stop = Stop::new();
        let (synced, all_synced) = channel();
        let threads: Vec<_> = (0..MANY)
            .map(|_| {
                let (things, synced) = (things.with_stop(&stop), synced.clone());
                std::thread::spawn(move || {
                    let watch = things.watch(&WatchParams::default()).unwrap();
                    for event in watch {
                        if matches!(event, Ok(WatchEvent::Synced)) {
                            synced.send(()).unwrap();
                        }
                    }
                })
            })
            .collect();
        (0..MANY).for_each(|_| all_synced.recv_timeout(PATIENCE).unwrap());
        expect_more(&before, MANY, MANY);
        let start = Instant::now();
        stop.stop();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        expect_within(SOON, start.elapsed(), "200 watches, stopped and joined");
        before.expect();
    });
}

/// Fidelity 93.
#[test]
fn two_hundred_informers_are_stopped_and_joined_soon() {
    alone("two_hundred_informers_are_stopped_and_joined_soon", |things| {
        let before = Held::now();
        let informers: Vec<_> = (0..MANY).map(|_| informer_of(&things).start().unwrap()).collect();
        let handlers: Vec<_> =
            informers.iter().map(|informer| informer.add_handler(|_| {}).unwrap()).collect();
        handlers.iter().for_each(|handler| handler.wait_synced(&patience()).unwrap());
        expect_more(&before, 2 * MANY, MANY);
        let start = Instant::now();
        informers.iter().for_each(SharedInformer::stop);
        informers.iter().for_each(|informer| informer.join(&patience()).unwrap());
        expect_within(SOON, start.elapsed(), "200 informers, stopped and joined");
        before.expect();
    });
}

#[test]
fn a_watch_that_is_blocked_returns_at_once_when_it_is_stopped() {
    alone("a_watch_that_is_blocked_returns_at_once_when_it_is_stopped", |things| {
        let mut times: Vec<_> = (0..500)
            .map(|_| {
                let stop = Stop::new();
                let (synced, is_synced) = channel();
                let things = things.with_stop(&stop);
                let thread = std::thread::spawn(move || {
                    for event in things.watch(&WatchParams::default()).unwrap() {
                        if matches!(event, Ok(WatchEvent::Synced)) {
                            synced.send(()).unwrap();
                        }
                    }
                    Instant::now()
                });
                is_synced.recv_timeout(PATIENCE).unwrap();
                let start = Instant::now();
                stop.stop();
                thread.join().unwrap() - start
            })
            .collect();
        times.sort_unstable();
        println!("stopped after {:?}, half of them, at most {:?}", times[250], times[499]);
        expect_within(AT_ONCE, times[494], "a blocked watch, stopped, 99 of 100");
    });
}

fn end(informer: &SharedInformer<Thing>) {
    informer.stop();
    informer.join(&patience()).unwrap();
}

/// Runs a test in a process of its own, with the things of a server in this one: there are two.
fn alone(name: &str, test: impl FnOnce(Api<Thing>)) {
    if let Some(url) = alone::given() {
        let client = RestClient::new(Config::new(url)).unwrap();
        return test(Api::namespaced(&client, "default"));
    }
    let world = World::with(&["a", "b"]);
    println!("{}", alone::run(&format!("cache::tests::threads::{name}"), &world.server.url()));
}

fn informer_of(things: &Api<Thing>) -> CacheBuilder<Thing> {
    hasty(SharedInformer::builder(things))
}

fn expect_within(figure: Duration, took: Duration, what: &str) {
    println!("{what}: {took:?}, promised {figure:?}");
    assert!(took <= figure * SLACK, "{what}: {took:?}, promised {figure:?}");
}

/// So many threads and files more than before.
fn expect_more(before: &Held, threads: usize, files: usize) {
    let expected = Held { threads: before.threads + threads, files: before.files + files };
    assert_eq!(Held::now(), expected);
}

/// So many threads of caches. The system lists one a little longer than it lives, and names it a little later.
fn expect_threads(count: usize) {
    let end = Instant::now() + Duration::from_secs(10);
    while thread::count("cache") != count {
        assert!(Instant::now() < end, "{} threads, expected {count}", thread::count("cache"));
        std::thread::yield_now();
    }
}
