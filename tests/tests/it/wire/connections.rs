//! Connections: used again, found dead, kept apart.

use std::io::Read;
use std::thread;
use std::time::Duration;

use kubeclient::{ErrorKind, Request, Stop, WatchParams};
use kubeclient_tests::stub::Reply;

use super::{SOON, client, foos, script, stub, timed};

#[test]
fn many_requests_share_one_connection() {
    let stub =
        stub(|_, nth| if nth % 2 == 0 { Reply::text(200, "ok") } else { Reply::text(404, "no") });
    let client = client(&stub);
    for _ in 0..50 {
        client.send(&Request::get("/x")).unwrap();
        client.send(&Request::post("/x").json("body")).unwrap_err();
    }
    assert_eq!((stub.requests().len(), stub.connections()), (100, 1));
}

/// Servers and load balancers close idle connections, with notice and without.
#[test]
fn a_server_that_closes_after_each_reply_is_not_noticed() {
    const SILENTLY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    for reply in [|| Reply::text(200, "ok").close(), || Reply::raw(SILENTLY)] {
        let stub = stub(move |_, _| reply());
        let client = client(&stub);
        let (_, took) = timed(|| {
            for _ in 0..400 {
                assert_eq!(client.send(&Request::get("/x")).unwrap().bytes(), b"ok");
            }
        });
        assert!(took < Duration::from_secs(5), "{took:?}");
        // A request may have reached a connection that was being closed: then it came again.
        assert!(stub.requests().len() >= 400);
    }
}

#[test]
fn a_write_goes_to_a_fresh_connection_when_the_pooled_one_was_closed() {
    let stub = stub(|_, _| Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    let client = client(&stub);
    for nth in 0..100 {
        client.send(&Request::post("/x").json("once")).unwrap();
        stub.wait_for_disconnect(nth);
    }
    assert_eq!((stub.requests().len(), stub.connections()), (100, 100));
}

/// Fidelity 9: on a connection that was used before, too, a write is sent once.
#[test]
fn a_write_that_was_cut_on_a_pooled_connection_is_not_sent_again() {
    for cut in [Reply::disconnect, Reply::reset, || Reply::text(200, "ok").truncated_at(9)] {
        let stub = stub(move |request, _| match request.method.as_str() {
            "GET" => Reply::text(200, "ok"),
            _ => cut(),
        });
        let client = client(&stub);
        client.send(&Request::get("/x")).unwrap();
        let error = client.send(&Request::post("/x").json("once")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.is_ambiguous(), "{error:?}");
        let requests = stub.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[1].connection, 0, "the write went to the pooled connection");
    }
}

#[test]
fn a_read_that_was_cut_on_a_pooled_connection_goes_to_a_fresh_one_at_once() {
    for cut in [Reply::disconnect, Reply::reset] {
        let stub = stub(move |_, nth| if nth == 1 { cut() } else { Reply::text(200, "ok") });
        let client = client(&stub);
        client.send(&Request::get("/x")).unwrap();
        let (outcome, took) = timed(|| client.send(&Request::get("/x")));
        assert!(outcome.is_ok());
        assert!(took < SOON, "{took:?}");
        assert_eq!((stub.requests().len(), stub.connections()), (3, 2));
        // Not to another that may have died, too.
        let stub = super::stub(move |_, nth| if nth == 2 { cut() } else { Reply::text(200, "ok") });
        let client = super::client(&stub);
        let mut stream = client.stream(&Request::get("/x")).unwrap();
        client.send(&Request::get("/x")).unwrap();
        stream.read_to_string(&mut String::new()).unwrap();
        client.send(&Request::get("/x")).unwrap();
        let used: Vec<_> = stub.requests().iter().map(|request| request.connection).collect();
        assert!(used.len() == 4 && used[2] < 2 && used[3] == 2, "{used:?}");
    }
}

#[test]
fn threads_get_their_own_answers() {
    let stub = stub(|request, _| Reply::text(200, format!("{} {}", request.path, request.text())));
    let client = client(&stub);
    thread::scope(|scope| {
        for thread in 0..8 {
            let client = client.clone();
            scope.spawn(move || {
                for nth in 0..50 {
                    let path = format!("/{thread}/{nth}");
                    let request = Request::post(path.clone()).body("text/plain", path.clone());
                    let answer = client.send(&request).unwrap().into_text().unwrap();
                    assert_eq!(answer, format!("{path} {path}"));
                }
            });
        }
    });
    assert_eq!(stub.requests().len(), 400);
    assert!(stub.connections() <= 8 + 8, "{}", stub.connections());
}

/// A token that is stopped after its call must not hit who has the connection now.
#[test]
fn a_stop_ends_its_own_call_and_no_other() {
    let (slow, sender) = Reply::stream(200);
    let text = |text: &str| Reply::text(200, text);
    let stub = script([text("first"), text("second"), slow, Reply::stall(), text("fifth")]);
    let client = client(&stub);
    let early = Stop::new();
    client.with_stop(&early).send(&Request::get("/x")).unwrap();
    let mut ended = client.stream(&Request::get("/x")).unwrap();
    ended.read_to_string(&mut String::new()).unwrap();
    let mut stream = client.stream(&Request::get("/x")).unwrap();
    assert_eq!(stub.connections(), 1, "the stream has the connection of the call, and of another");
    early.stop();
    ended.stopper().stop();

    let stalled = Stop::new();
    thread::scope(|scope| {
        let call = scope.spawn(|| client.with_stop(&stalled).send(&Request::get("/x")));
        stub.wait_for_requests(4);
        stalled.stop();
        assert!(call.join().unwrap().unwrap_err().is_stopped());
    });
    client.send(&Request::get("/x")).unwrap();
    sender.chunk("still here");
    sender.finish();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "still here");
}

#[test]
fn a_stream_that_is_dropped_or_stopped_closes_its_connection() {
    let (first, _kept) = Reply::stream(200);
    let (second, _kept_too) = Reply::stream(200);
    let stub = script([first, second, Reply::text(200, "ok")]);
    let client = client(&stub);
    drop(client.stream(&Request::get("/x")).unwrap());
    stub.wait_for_disconnect(0);
    let mut stream = client.stream(&Request::get("/x")).unwrap();
    stream.stopper().stop();
    let error = stream.read(&mut [0; 8]).unwrap_err().downcast::<kubeclient::Error>().unwrap();
    assert!(error.is_stopped() && error.path() == Some("/x"), "{error:?}");
    stub.wait_for_disconnect(1);
    client.send(&Request::get("/x")).unwrap();
}

/// Fidelity 93.
#[test]
fn a_client_that_is_dropped_closes_its_connections() {
    let (reply, _sender) = Reply::stream(200);
    let stub = script([reply, Reply::text(200, "ok")]);
    let client = client(&stub);
    let watch = foos(&client).watch(&WatchParams::default()).unwrap();
    client.send(&Request::get("/x")).unwrap();
    assert_eq!(stub.connections(), 2);
    drop(client);
    drop(watch);
    stub.wait_for_disconnect(0);
    stub.wait_for_disconnect(1);
}

/// Fidelity 53: what has come is given at once.
#[test]
fn a_stream_gives_what_has_come() {
    let (reply, sender) = Reply::stream(200);
    let stub = script([reply]);
    let mut stream = client(&stub).stream(&Request::get("/log").query("follow", "true")).unwrap();
    let mut buffer = [0; 64];
    for line in ["one\n", "two\n"] {
        sender.chunk(line);
        let read = stream.read(&mut buffer).unwrap();
        assert_eq!(&buffer[..read], line.as_bytes());
    }
    sender.finish();
    assert_eq!(stream.read(&mut buffer).unwrap(), 0);
}
