//! Every blocked call can be stopped from another thread, and by a deadline.

use std::fmt::Debug;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use kubeclient::rest::Attempt;
use kubeclient::{Api, Config, Error, ErrorKind, Request, RestClient, Stop, WatchParams};
use kubeclient_tests::pki::Pki;
use kubeclient_tests::stub::{Reply, Stub};

use super::{SOON, bookmark, client, end_of_initial_events, foos, refusal, script, stub, timed};
use crate::foo::Foo;

/// Runs a call on a thread of its own, stops it once it waits, and gives what it says.
#[track_caller]
pub(super) fn stopped<T: Send + Debug>(
    stop: &Stop,
    waits: impl FnOnce(),
    call: impl FnOnce() -> T + Send,
) -> T {
    thread::scope(|scope| {
        let caller = scope.spawn(call);
        waits();
        let (outcome, took) = timed(|| {
            stop.stop();
            caller.join().unwrap()
        });
        assert!(took < SOON, "the call ended {took:?} after its stop");
        outcome
    })
}

/// Stops a request that waits, by a stop and by a deadline.
#[track_caller]
fn check(client: &RestClient, waits: impl Fn(), request: &Request) {
    check_stop(client, waits, request);
    let time = Duration::from_millis(100);
    let (outcome, took) = timed(|| client.with_stop(&Stop::after(time)).send(request));
    let error = outcome.unwrap_err();
    assert!(error.is_stopped(), "{error:?}");
    assert!(took >= time && took < time + SOON, "{took:?}");
}

/// Stops a request that waits, by a stop alone.
#[track_caller]
fn check_stop(client: &RestClient, waits: impl Fn(), request: &Request) {
    let stop = Stop::new();
    let error = stopped(&stop, &waits, || client.with_stop(&stop).send(request)).unwrap_err();
    assert!(error.is_stopped(), "{error:?}");
    assert_eq!(error.verb(), Some(request.method().as_str()));

    let own = Stop::new();
    let request = request.clone().stop(&own);
    assert!(stopped(&own, || {}, || client.send(&request)).unwrap_err().is_stopped());
    assert!(client.send(&request).unwrap_err().is_stopped(), "a stopped token stays stopped");
}

#[test]
fn a_call_that_waits_for_its_answer_can_be_stopped() {
    let stub = stub(|_, _| Reply::stall());
    check(&client(&stub), || drop(stub.wait_for_requests(1)), &Request::post("/x").json("x"));
}

#[test]
fn a_call_that_sends_its_body_can_be_stopped() {
    // The kernel connects, and nobody reads.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let client = RestClient::new(Config::new(server)).unwrap();
    check(&client, || {}, &Request::post("/x").body("text/plain", vec![b'x'; 32 << 20]));
}

#[test]
fn a_call_that_reads_its_answer_can_be_stopped() {
    let stub = stub(|_, _| {
        let reply = Reply::text(200, "0123456789");
        let half = reply.head_length() + 5;
        reply.stalled_at(half)
    });
    check(&client(&stub), || drop(stub.wait_for_requests(1)), &Request::get("/x"));
}

/// A body without a length looks complete when its socket is shut down.
#[test]
fn a_stop_is_not_taken_for_the_end_of_an_answer() {
    let head = "HTTP/1.1 200 OK\r\n\r\nhalf".len();
    let stub =
        stub(move |_, _| Reply::raw("HTTP/1.1 200 OK\r\n\r\nhalf and half").stalled_at(head));
    let mut stream = client(&stub).stream(&Request::get("/x")).unwrap();
    stream.read_exact(&mut [0; 4]).unwrap();
    let stop = stream.stopper();
    let error = stopped(&stop, || {}, move || stream.read(&mut [0; 8])).unwrap_err();
    assert!(error.downcast::<Error>().unwrap().is_stopped());
    check(&client(&stub), || drop(stub.wait_for_requests(1)), &Request::get("/x"));
}

#[test]
fn a_call_that_connects_can_be_stopped() {
    // Nobody accepts, and the queue is full: the kernel leaves further greetings unanswered.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let socket = socket2::SockRef::from(&listener);
    socket.listen(0).unwrap();
    let _queued: Vec<TcpStream> = (0..8)
        .map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(50)).ok())
        .collect();
    let client = RestClient::new(Config::new(format!("http://{address}"))).unwrap();
    check(&client, || {}, &Request::get("/x"));
}

#[test]
fn a_call_that_shakes_hands_can_be_stopped() {
    let stub = Stub::mute().unwrap();
    let server = format!("https://{}", stub.address());
    let mut config = Config::new(server);
    config.tls.certificate_authority =
        Some(kubeclient::config::Pem::Data(Pki::new().unwrap().ca_pem().into_bytes()));
    let client = RestClient::new(config.clone()).unwrap();
    check(&client, || stub.wait_for_connections(1), &Request::get("/x"));
    config.timeouts.connect = Duration::from_millis(200);
    let (outcome, took) = timed(|| RestClient::new(config).unwrap().send(&Request::post("/x")));
    let error = outcome.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect | ErrorKind::Timeout), "{error:?}");
    assert!(took < Duration::from_millis(200) + SOON, "{took:?}");
}

#[test]
fn a_call_within_tls_can_be_stopped() {
    let pki = Pki::new().unwrap();
    let stub = Stub::start_tls(pki.server_config().unwrap(), |_, _| Reply::stall()).unwrap();
    let authority = kubeclient::config::Pem::Data(pki.ca_pem().into_bytes());
    let config = Config::new(stub.url()).with_certificate_authority(authority);
    let client = RestClient::new(config).unwrap();
    check(&client, || drop(stub.wait_for_requests(1)), &Request::post("/x").json("x"));
}

#[test]
fn a_call_that_waits_to_be_sent_again_can_be_stopped() {
    let stub = stub(|_, _| refusal(503, "x").header("Retry-After", "20"));
    let (seen, attempted) = mpsc::channel();
    let client = RestClient::builder(Config::new(stub.url()))
        .observer(move |_: &Attempt<'_>| seen.send(()).unwrap_or_default())
        .build()
        .unwrap();
    // A deadline would not: it is known to be too soon, and so not waited for.
    check_stop(&client, || attempted.recv().unwrap(), &Request::get("/x"));
}

#[test]
fn a_call_that_the_clients_own_limit_holds_back_can_be_stopped() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let config = Config::new(stub.url()).with_throttle(0.001, 1).with_timeout(None);
    let client = RestClient::new(config).unwrap();
    client.send(&Request::get("/x")).unwrap();
    check_stop(&client, || {}, &Request::get("/x"));
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn a_stream_that_is_read_can_be_stopped() {
    let (reply, _sender) = Reply::stream(200);
    let stub = script([reply]);
    let mut stream = client(&stub).stream(&Request::get("/log")).unwrap();
    let stop = stream.stopper();
    let error = stopped(&stop, || {}, move || stream.read(&mut [0; 8])).unwrap_err();
    assert!(error.downcast::<Error>().unwrap().is_stopped());
}

/// Stops a watch that waits for what comes after its first item.
#[track_caller]
fn check_watch(replies: impl IntoIterator<Item = Reply>, requests: usize) {
    let stub = script(replies);
    let mut watch = foos(&client(&stub)).watch(&WatchParams::default()).unwrap();
    let stop = watch.stopper();
    let (tell, synced) = mpsc::channel();
    let waits = || {
        synced.recv().unwrap();
        stub.wait_for_requests(requests);
    };
    let items = stopped(&stop, waits, || {
        let mut items = 0;
        for item in watch.by_ref() {
            items += 1;
            tell.send(item.is_ok()).unwrap();
        }
        items
    });
    assert_eq!(items, 1, "Synced, and then the end");
    assert!(watch.next().is_none(), "and it stays ended");
}

#[test]
fn a_watch_can_be_stopped_wherever_it_waits() {
    let synced = || {
        let (reply, sender) = Reply::stream(200);
        sender.line(end_of_initial_events(5));
        (reply, sender)
    };
    let (initial, sender) = synced();
    check_watch([initial], 1);
    drop(sender);
    // In the pause after a refusal.
    let (initial, sender) = synced();
    sender.finish();
    check_watch([initial, Reply::status(500)], 2);
    // While it opens.
    let (initial, sender) = synced();
    sender.finish();
    check_watch([initial, Reply::stall()], 2);
    // While the server asks for a pause.
    let (initial, sender) = synced();
    sender.finish();
    check_watch([initial, Reply::status(429).header("Retry-After", "20")], 2);
}

#[test]
fn stopping_an_api_ends_its_watches_and_leaves_others() {
    let stub = stub(|_, _| {
        let (reply, sender) = Reply::stream(200);
        sender.line(end_of_initial_events(5));
        // Left open by the stub until it is dropped.
        std::mem::forget(sender);
        reply
    });
    let client = client(&stub);
    let stop = Stop::new();
    let api: Api<Foo> = foos(&client).with_stop(&stop);
    let mut other = foos(&client).watch(&WatchParams::default()).unwrap();
    assert!(other.next().unwrap().is_ok());
    let mut watches: Vec<_> =
        (0..50).map(|_| api.watch(&WatchParams::default()).unwrap()).collect();
    for watch in &mut watches {
        assert!(watch.next().unwrap().is_ok());
    }
    let ended = stopped(
        &stop,
        || {},
        || {
            thread::scope(|scope| {
                let waiting: Vec<_> = watches
                    .iter_mut()
                    .map(|watch| scope.spawn(|| watch.next().is_none()))
                    .collect();
                waiting.into_iter().all(|ended| ended.join().unwrap())
            })
        },
    );
    assert!(ended);
    assert!(!other.stopper().is_stopped());
    assert!(api.get("a").unwrap_err().is_stopped());
}

#[test]
fn a_raw_watch_ends_when_it_is_stopped() {
    let (reply, sender) = Reply::stream(200);
    sender.line(bookmark(5));
    let stub = script([reply]);
    let mut watch = foos(&client(&stub)).watch_raw(&WatchParams::default()).unwrap();
    assert!(watch.next().unwrap().is_ok());
    let stop = watch.stopper();
    assert!(stopped(&stop, || {}, move || watch.next().is_none()));
    drop(sender);
}
