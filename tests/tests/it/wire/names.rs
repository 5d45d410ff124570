//! Names that are resolved late, never, or badly: within the time of the call.

use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use kubeclient::{Config, Error, ErrorKind, Request, RestClient, Stop};
use kubeclient_tests::stub::{Reply, Stub};

use super::{PATIENCE, SOON, stub, timed};

type Addresses = io::Result<Vec<SocketAddr>>;

/// A client of a server with a name, which this resolves.
fn client(
    timeout: Duration,
    resolve: impl Fn(&str, u16) -> Addresses + Send + Sync + 'static,
) -> RestClient {
    let mut config = Config::new("http://server.example:6443");
    config.timeouts.connect = timeout;
    RestClient::builder(config).resolver(resolve).build().unwrap().with_stop(&Stop::after(PATIENCE))
}

fn ok() -> Stub {
    stub(|_, _| Reply::text(200, "ok"))
}

fn ask(client: &RestClient) -> Result<(), Error> {
    client.send(&Request::post("/x")).map(drop)
}

/// An address where nobody listens.
fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What holds a resolver up until it is opened.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn pass(&self) {
        drop(self.1.wait_while(self.0.lock().unwrap(), |is_open| !*is_open).unwrap());
    }

    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }
}

#[test]
fn a_name_that_leads_nowhere_is_an_error_that_says_so() {
    let check = |resolve: fn() -> Addresses, expected: &str| {
        let error = ask(&client(PATIENCE, move |_, _| resolve())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
        assert!(!error.is_ambiguous() && format!("{error:#}").contains(expected), "{error:#}");
    };
    check(|| Ok(Vec::new()), "host \"server.example\" has no address");
    check(|| Err(io::Error::other("no such name")), "no such name");
    check(|| std::panic::resume_unwind(Box::new("resolver")), "the resolver panicked");
    check(|| Ok(vec![nobody(), nobody()]), "can't connect to 127.0.0.1:");
}

/// The first ones refuse (IPv6 is not served), or never answer.
#[test]
fn the_next_address_is_tried() {
    let stub = ok();
    let address = stub.address();
    let refusing = SocketAddr::from((Ipv6Addr::LOCALHOST, nobody().port()));
    let (outcome, took) =
        timed(|| ask(&client(PATIENCE, move |_, _| Ok(vec![refusing, nobody(), address]))));
    outcome.unwrap();
    assert!(took < SOON, "{took:?}");

    // A listener whose queue is full lets nobody in and says nothing.
    let mute = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    mute.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    mute.listen(0).unwrap();
    let full = mute.local_addr().unwrap().as_socket().unwrap();
    let _queued: Vec<_> = (0..4)
        .map(|_| std::net::TcpStream::connect_timeout(&full, Duration::from_millis(50)))
        .collect();
    // It has a quarter of a second before the next is tried, however long it might be waited for.
    for mute in [1, 4] {
        let addresses = [vec![full; mute], vec![address]].concat();
        let (outcome, took) = timed(|| ask(&client(PATIENCE, move |_, _| Ok(addresses.clone()))));
        outcome.unwrap();
        assert!(took < PATIENCE / 3, "{took:?}");
    }
    assert_eq!(stub.requests().len(), 3);
    let (outcome, _) =
        timed(|| ask(&client(Duration::from_millis(100), move |_, _| Ok(vec![full, full]))));
    let error = outcome.unwrap_err();
    assert!(
        error.is_timeout() && error.to_string().contains(&format!("{full} and {full}")),
        "{error}"
    );
}

/// Each connection asks anew: a server may move.
#[test]
fn a_name_may_lead_elsewhere_for_the_next_connection() {
    let stubs = [(); 3].map(|()| stub(|_, _| Reply::text(200, "ok").close()));
    let addresses = stubs.each_ref().map(Stub::address);
    let asked = AtomicUsize::new(0);
    let client = client(PATIENCE, move |host, port| {
        assert_eq!((host, port), ("server.example", 6443));
        Ok(vec![addresses[asked.fetch_add(1, Ordering::SeqCst)]])
    });
    for stub in &stubs {
        ask(&client).unwrap();
        assert_eq!(stub.requests().len(), 1);
        assert_eq!(stub.requests()[0].header("host"), Some("server.example:6443"));
    }
}

/// A resolver that does not return holds a call up for as long as the call may take, and any number of calls have
/// at most four of them at once.
#[test]
fn a_slow_name_is_waited_for_within_the_time_of_the_call() {
    let stub = ok();
    let address = stub.address();
    let gate = Arc::new(Gate::default());
    let (within, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let client = client(PATIENCE * 6, {
        let (gate, within, most) = (Arc::clone(&gate), Arc::clone(&within), Arc::clone(&most));
        move |_, _| {
            most.fetch_max(within.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            gate.pass();
            within.fetch_sub(1, Ordering::SeqCst);
            Ok(vec![address])
        }
    });
    let budget = Duration::from_millis(300);
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let request = Request::get("/x").timeout(budget);
                let (outcome, took) = timed(|| client.send(&request));
                let error = outcome.unwrap_err();
                assert!(error.is_timeout() && !error.is_ambiguous(), "{error:?}");
                // Promised are 50 ms.
                assert!(took >= budget && took < budget + SOON, "{took:?}");
            });
        }
    });
    let stop = Stop::new();
    thread::scope(|scope| {
        let call = scope.spawn(|| ask(&client.with_stop(&stop)));
        let (outcome, took) = timed(|| {
            stop.stop();
            call.join().unwrap()
        });
        assert!(outcome.unwrap_err().is_stopped());
        assert!(took < SOON, "{took:?}");
    });
    gate.open();
    ask(&client).unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 4);
    assert_eq!(stub.requests().len(), 1);
}
