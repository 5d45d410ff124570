//! Servers that send now and then a little, wherever that keeps a client waiting: a call has one budget.

// What was measured is told.
#![allow(clippy::print_stderr)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use kubeclient::config::Pem;
use kubeclient::{Config, Error, ListParams, Request, RestClient, WatchParams};
use kubeclient_tests::pki::Pki;

use super::{foos, gzip, timed};

const BUDGET: Duration = Duration::from_millis(400);

/// What may come after the budget: ten times what is promised.
const LATE: Duration = Duration::from_secs(5);

/// How often a drop comes.
const DRIP: Duration = Duration::from_millis(10);

/// A slow answer: what comes at once, and what then comes again and again, or nothing.
struct Slow {
    what: &'static str,
    first: Vec<u8>,
    drop: Vec<u8>,
    is_tls: bool,
    /// Whether the head of an answer comes, which is all that a stream has to wait for.
    has_head: bool,
}

fn slow(what: &'static str, first: impl Into<Vec<u8>>, drop: impl Into<Vec<u8>>) -> Slow {
    Slow { what, first: first.into(), drop: drop.into(), is_tls: false, has_head: false }
}

fn body(what: &'static str, headers: &str, first: &[u8], drop: &[u8]) -> Slow {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n");
    Slow { has_head: true, ..slow(what, [head.as_bytes(), first].concat(), drop) }
}

fn all() -> Vec<Slow> {
    let chunked = "Transfer-Encoding: chunked";
    // The record and the message that it holds are as long as can be.
    let hello = [22, 3, 3, 0x3f, 0xff, 2, 0, 0xff, 0xff];
    vec![
        Slow { is_tls: true, ..slow("no TLS", "", "") },
        Slow { is_tls: true, ..slow("TLS in drops", hello, [0]) },
        slow("no answer", "", ""),
        slow("a status line in drops", "HTTP/1.1 200 O", "K"),
        slow("a header in drops", "HTTP/1.1 200 OK\r\nX: ", "x"),
        slow("heads that announce another", "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        slow("a refusal in drops", "HTTP/1.1 500 X\r\nContent-Length: 99999\r\n\r\n", "x"),
        body("a body in drops", "Content-Length: 99999", b"", b" "),
        body("a body until the end in drops", "X: y", b"", b" "),
        body("small chunks", chunked, b"", b"1\r\n \r\n"),
        body("the size of a chunk in drops", chunked, b"", b"0"),
        body("trailers in drops", chunked, b"0\r\nX: ", b"x"),
        body(
            "compressed nothing",
            "Content-Encoding: gzip",
            &gzip(b"")[..10],
            &[0, 0, 0, 0xff, 0xff],
        ),
    ]
}

/// Makes a call to a server that answers so, and reads the request or not.
fn answered(
    slow: &Slow,
    reads: bool,
    pki: &Pki,
    call: impl FnOnce(&RestClient) -> Result<(), Error>,
) -> (Result<(), Error>, Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let scheme = if slow.is_tls { "https" } else { "http" };
    let mut config = Config::new(format!("{scheme}://{}", listener.local_addr().unwrap()))
        .with_certificate_authority(Pem::Data(pki.ca_pem().into_bytes()));
    config.timeouts.request = Some(BUDGET);
    config.timeouts.list = Some(BUDGET);
    let client = RestClient::new(config).unwrap();
    let (over, is_over) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            if reads && !slow.is_tls {
                let _ = socket.read(&mut [0; 16 << 10]).unwrap();
            }
            socket.write_all(&slow.first).unwrap();
            // Until the client has gone.
            while is_over.recv_timeout(DRIP) == Err(RecvTimeoutError::Timeout)
                && socket.write_all(&slow.drop).is_ok()
            {}
        });
        let outcome = timed(|| call(&client));
        drop(over);
        outcome
    })
}

#[track_caller]
fn check(what: &str, (outcome, took): (Result<(), Error>, Duration)) {
    let error = outcome.expect_err(what);
    assert!(error.is_timeout() || error.is_internal_error(), "{what}: {error:?}");
    assert!(took >= BUDGET && took < BUDGET + LATE, "{what}: {took:?}");
    eprintln!("{what}: {} ms after its budget", (took - BUDGET).as_millis());
}

#[test]
fn a_slow_server_does_not_outlive_the_budget_wherever_it_is_slow() {
    let pki = Pki::new().unwrap();
    let (pki, slows) = (&pki, all());
    thread::scope(|scope| {
        for slow in &slows {
            let post = |client: &RestClient| client.send(&Request::post("/x")).map(drop);
            let list = |client: &RestClient| foos(client).list(&ListParams::default()).map(drop);
            scope.spawn(move || check(slow.what, answered(slow, true, pki, post)));
            scope.spawn(move || check(slow.what, answered(slow, true, pki, list)));
            if !slow.has_head {
                let watch =
                    |client: &RestClient| foos(client).watch_raw(&WatchParams::default()).map(drop);
                scope.spawn(move || check(slow.what, answered(slow, true, pki, watch)));
            }
        }
    });
}

/// A server that does not take what it is sent holds a call up no longer.
#[test]
fn a_request_that_nobody_reads_does_not_outlive_its_budget() {
    let pki = Pki::new().unwrap();
    let silent = slow("a request that nobody reads", "", "");
    let outcome = answered(&silent, false, &pki, |client| {
        let body = vec![b' '; 16 << 20];
        client.send(&Request::post("/x").body("text/plain", body)).map(drop)
    });
    assert!(outcome.0.as_ref().unwrap_err().is_ambiguous());
    check(silent.what, outcome);
}
