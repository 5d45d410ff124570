//! Many watches beside many calls, in one client.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use kubeclient::api::RawWatch;
use kubeclient::{Api, Config, Request, RestClient, Stop, WatchParams};
use kubeclient_fake::FakeServer;

use super::full_size;
use crate::common::eventually;
use crate::foo::ConfigMap;

/// How many connections a client keeps for its next calls.
const IDLE: usize = 25;

const CALLERS: usize = 4;

/// How long calls take of which there are so many a second: the longest but one of a hundred.
fn p99(client: &RestClient, seconds: u32) -> Duration {
    const PER_SECOND: u32 = 100;
    let callers = CALLERS as u32;
    let caller = || {
        let begin = Instant::now();
        let pace = Stop::new();
        let calls = (0..seconds * PER_SECOND / callers).map(|nth| {
            let due = begin + Duration::from_secs(1) * nth * callers / PER_SECOND;
            pace.wait_timeout(due.saturating_duration_since(Instant::now()));
            let begin = Instant::now();
            client.send(&Request::get("/readyz")).unwrap();
            begin.elapsed()
        });
        calls.collect::<Vec<_>>()
    };
    let mut all: Vec<_> = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(caller)).collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    all.sort();
    all[all.len() * 99 / 100]
}

/// So many calls, all under way at once.
fn at_once(client: &RestClient, count: usize) {
    let barrier = Barrier::new(count);
    thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| {
                barrier.wait();
                client.send(&Request::get("/readyz")).unwrap();
            });
        }
    });
}

/// Each watch has a connection to itself, which is in no pool: calls have theirs as before, and keep a few.
#[test]
fn watches_take_no_connection_from_calls() {
    let (watches, seconds) = if full_size() { (500, 20) } else { (50, 1) };
    let server = FakeServer::builder().record(10).start().unwrap();
    let client = RestClient::new(Config::new(server.url())).unwrap();
    let alone = p99(&client, seconds);
    assert!((1..=CALLERS).contains(&server.connections()), "{}", server.connections());
    let before = server.connections();

    let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
    let open = || maps.watch_raw(&WatchParams::default()).unwrap();
    let open: Vec<RawWatch<_>> = (0..watches).map(|_| open()).collect();
    // They may have taken the connections that were there.
    let beside = server.connections();
    assert!((watches..=watches + before).contains(&beside), "{beside}");
    let with = p99(&client, seconds);
    let calls = server.connections() - watches;
    assert!((1..=CALLERS).contains(&calls), "{calls} connections for calls");
    // Promised is twice as long.
    assert!(with < 20 * alone.max(Duration::from_millis(1)), "{with:?} and {alone:?} alone");
    eprintln!("p99 {alone:?} alone, {with:?} beside {watches} watches");

    // What more is opened for a moment is not kept.
    at_once(&client, 3 * IDLE);
    eventually("those that are too many close", || {
        (server.connections() <= watches + IDLE).then_some(())
    });
    drop(open);
    eventually("the watches close theirs", || (server.connections() <= IDLE).then_some(()));
}
