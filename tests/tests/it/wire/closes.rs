//! Servers that close the connections which a client keeps, while it takes them for its next request.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;
use std::thread;

use kubeclient::http::Method;
use kubeclient::rest::Retry;
use kubeclient::{Error, ErrorKind, ListParams, Request, RestClient};
use kubeclient_tests::stub::{RecordedRequest, Reply, Stub};

use super::{FOOS, client, foo, foos, full_size, page, stub, timed};

const THREADS: usize = 4;

/// How many requests each thread makes.
fn rounds() -> usize {
    if full_size() { 1_000 } else { 100 }
}

/// How a server closes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Close {
    /// After each reply, without a word.
    Silently,
    /// In good order, when the second request of a connection has come.
    Late,
    /// The same by a reset.
    Reset,
}

const CLOSES: [Close; 3] = [Close::Silently, Close::Late, Close::Reset];

/// A server that closes so.
fn closing(close: Close) -> Stub {
    let used = Mutex::new(HashSet::new());
    stub(move |request, _| {
        let is_first = used.lock().unwrap().insert(request.connection);
        match close {
            Close::Silently => answer(request).truncated_at(usize::MAX),
            Close::Late if !is_first => Reply::disconnect(),
            Close::Reset if !is_first => Reply::reset(),
            Close::Late | Close::Reset => answer(request),
        }
    })
}

fn answer(request: &RecordedRequest) -> Reply {
    match request.path == FOOS {
        true => page([foo("a", 1)], 5, ""),
        false => Reply::text(200, "ok"),
    }
}

/// Sends from several threads at once; what failed.
fn at_once(
    client: &RestClient,
    send: impl Fn(&RestClient, String, usize) -> Result<(), Error> + Sync,
) -> Vec<(String, Error)> {
    let send = &send;
    let work = |thread: usize| {
        let client = client.clone();
        move || {
            let ids = (0..rounds()).map(|round| (round, format!("{thread}-{round}")));
            let failed =
                ids.filter_map(|(round, id)| Some((id.clone(), send(&client, id, round).err()?)));
            failed.collect::<Vec<_>>()
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(work(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn no_read_notices_that_connections_close() {
    for close in CLOSES {
        let stub = closing(close);
        let (failed, took) = timed(|| {
            at_once(&client(&stub), |client, _, round| match round % 4 {
                0 => foos(client).list(&ListParams::default()).map(drop),
                1 => client.send(&Request::new(Method::HEAD, "/x").retry(Retry::Never)).map(drop),
                _ => client.send(&Request::get("/x").retry(Retry::Never)).map(drop),
            })
        });
        assert!(failed.is_empty(), "{close:?}: {} failed: {:?}", failed.len(), failed[0]);
        let (calls, requests) = (THREADS * rounds(), stub.requests().len());
        assert!((calls..=2 * calls).contains(&requests), "{close:?}: {requests}");
        // What is sent to a connection that has closed already comes to nobody's ears; the others close at a request.
        let met = requests - calls;
        assert!(close == Close::Silently || met > calls / 2, "{close:?}: {met} connections closed");
        eprintln!("{close:?}: {calls} reads, {requests} requests, {took:?}");
    }
}

/// Fidelity 9. What was sent to a connection that closes may have happened; it is not sent again.
#[test]
fn no_write_is_sent_twice_where_connections_close() {
    for close in CLOSES {
        let stub = closing(close);
        let failed = at_once(&client(&stub), |client, id, round| {
            let path = format!("/x/{id}");
            let request = match round % 4 {
                0 => Request::post(path).json("once"),
                1 => Request::put(path).json("once"),
                2 => Request::patch(path).json("once"),
                _ => Request::delete(path),
            };
            client.send(&request).map(drop)
        });
        let mut seen = BTreeMap::<String, usize>::new();
        stub.requests().into_iter().for_each(|request| *seen.entry(request.path).or_default() += 1);
        let twice = seen.iter().filter(|(_, times)| **times > 1).count();
        assert_eq!(twice, 0, "{close:?}");
        for (id, error) in &failed {
            assert_eq!(error.kind(), ErrorKind::Connection, "{close:?}: {error:?}");
            let path = format!("/x/{id}");
            assert!(error.is_ambiguous() || !seen.contains_key(&path), "{close:?}: {error:?}");
            assert_eq!(error.path(), Some(path.as_str()));
        }
        assert_eq!(seen.len() + unseen(&failed, &seen), THREADS * rounds(), "{close:?}");
        assert!(
            close == Close::Silently || failed.len() >= rounds(),
            "{close:?}: {}",
            failed.len()
        );
        eprintln!("{close:?}: {} writes, {} of unknown outcome", THREADS * rounds(), failed.len());
    }
}

/// How many failed of which the server has seen nothing.
fn unseen(failed: &[(String, Error)], seen: &BTreeMap<String, usize>) -> usize {
    failed.iter().filter(|(id, _)| !seen.contains_key(&format!("/x/{id}"))).count()
}
