//! Answers that are larger, longer or slower than they may be.

use std::io::Write as _;
use std::time::Duration;

use kubeclient::rest::ResourcePath;
use kubeclient::{Error, ErrorKind, ListParams, Request, WatchParams};
use kubeclient_tests::stub::Reply;

use super::{SOON, client_with, foo, foos, gzip, page, refusal, script, timed};

const LIMIT: usize = 1 << 20;

/// What one answer is to a POST whose answer may hold [`LIMIT`] bytes.
#[track_caller]
fn answered(reply: Reply) -> Result<usize, Error> {
    let stub = script([reply]);
    let client = client_with(&stub, |config| config.limits.object = LIMIT);
    let outcome = client.send(&Request::post("/x"));
    assert_eq!(stub.requests().len(), 1);
    outcome.map(|response| response.bytes().len())
}

#[track_caller]
fn check(reply: Reply, expected: Result<usize, ErrorKind>) {
    assert_eq!(answered(reply).map_err(|error| error.kind()), expected);
}

#[test]
fn the_limit_is_the_last_size_that_is_read() {
    let too_large = Err(ErrorKind::TooLarge);
    for (size, expected) in [(0, Ok(0)), (LIMIT, Ok(LIMIT)), (LIMIT + 1, too_large)] {
        let body = vec![b'x'; size];
        check(Reply::text(200, body.clone()), expected);
        check(Reply::text(200, body.clone()).chunked(), expected);
        check(Reply::text(200, body.clone()).without_length(), expected);
        check(Reply::text(200, gzip(&body)).header("Content-Encoding", "gzip"), expected);
    }
}

#[test]
fn the_head_of_an_answer_has_a_limit_too() {
    let with_head = |bytes: usize| {
        let text = "x".repeat(bytes);
        Reply::raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: {text}\r\n\r\n"))
    };
    check(with_head(60 << 10), Ok(0));
    check(with_head(65 << 10), Err(ErrorKind::TooLarge));
    check(with_head(LIMIT), Err(ErrorKind::TooLarge));
}

/// 1 GiB in 1 MB: what is inflated counts, not what came. What memory it takes is measured in a process of its own
/// (`kubeclient/tests/hostile/memory.rs`).
#[test]
fn a_bomb_is_not_inflated() {
    let member = gzip(&vec![0; 16 << 20]);
    let bomb = member.repeat(64);
    let (error, took) =
        timed(|| answered(Reply::text(200, bomb.clone()).header("Content-Encoding", "gzip")));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::TooLarge);
    assert!(took < Duration::from_secs(5), "{took:?}");
    // The reason of a refusal is bounded, too.
    let error = answered(Reply::text(500, bomb).header("Content-Encoding", "gzip")).unwrap_err();
    assert!(error.is_internal_error());
}

#[test]
fn an_endless_body_is_left_where_it_is_too_large() {
    let (reply, sender) = Reply::stream(200);
    (0..64).for_each(|_| sender.chunk(vec![b' '; 64 << 10]));
    let stub = script([reply]);
    let client = client_with(&stub, |config| config.limits.list = LIMIT);
    let error = foos(&client).list(&ListParams::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("1048576 bytes"), "{error}");
    stub.wait_for_disconnect(0);
    drop(sender);
    // Nor is more read of the reason of a refusal than a reason may hold.
    let (reply, sender) = Reply::stream(500);
    (0..16).for_each(|_| sender.chunk(vec![b' '; 64 << 10]));
    let stub = script([reply]);
    let (outcome, took) = timed(|| client_with(&stub, |_| {}).send(&Request::post("/x")));
    assert!(outcome.unwrap_err().is_internal_error());
    assert!(took < SOON, "{took:?}");
    drop(sender);
}

#[test]
fn a_request_may_have_a_limit_of_its_own() {
    let stub = script([Reply::text(200, "12345"), Reply::text(200, "123456")]);
    let client = client_with(&stub, |_| {});
    let request = Request::get("/x").limit(5);
    assert!(client.send(&request).is_ok());
    assert_eq!(client.send(&request).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn an_endless_line_ends_a_watch() {
    let (reply, sender) = Reply::stream(200);
    sender.line(super::event("ADDED", foo("a", 1)));
    (0..64).for_each(|_| sender.chunk(vec![b'x'; 64 << 10]));
    let stub = script([reply]);
    let client = client_with(&stub, |config| config.limits.watch_event = LIMIT);
    let mut watch = foos(&client).watch_raw(&WatchParams::default()).unwrap();
    assert!(watch.next().unwrap().is_ok());
    let error = watch.next().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.verb()), (ErrorKind::TooLarge, Some("GET")));
    assert!(watch.next().is_none());
    drop((watch, sender));
    stub.wait_for_disconnect(0);
}

#[test]
fn a_length_that_lies_is_found_out() {
    let broken = Err(ErrorKind::Connection);
    let short = Reply::text(200, "{}").header("Content-Length", "3").close();
    check(short, broken);
    check(Reply::text(200, "{}").header("Content-Length", "9223372036854775807").close(), broken);
    check(Reply::text(200, "hello").chunked().truncated_at(90), broken);
    // What follows the answer is nobody's: the connection is not used again.
    let stub = script([
        Reply::text(200, "{}HTTP/1.1 200 OK\r\n\r\n").header("Content-Length", "2"),
        Reply::text(200, "second"),
    ]);
    let client = client_with(&stub, |_| {});
    assert_eq!(client.send(&Request::get("/x")).unwrap().into_text().unwrap(), "{}");
    assert_eq!(client.send(&Request::get("/x")).unwrap().into_text().unwrap(), "second");
    assert_eq!(stub.connections(), 2);
}

/// A HEAD's answer says what a body would be like, and has none.
#[test]
fn an_answer_to_a_head_has_no_body() {
    let stub = script([Reply::json(200, "").header("Content-Encoding", "gzip")]);
    let head = Request::new(kubeclient::http::Method::HEAD, "/x");
    let response = client_with(&stub, |_| {}).send(&head).unwrap();
    assert_eq!((response.code(), response.bytes()), (200, &b""[..]));
    assert_eq!(response.header("content-encoding"), Some("gzip"));
}

#[test]
fn a_compressed_answer_that_is_cut_or_spoilt_is_an_error() {
    let mut whole = gzip(foo("a", 1).to_string().as_bytes());
    let gzipped = |body: &[u8]| Reply::json(200, body).header("Content-Encoding", "gzip");
    for cut in 1..whole.len() {
        assert!(answered(gzipped(&whole[..cut])).is_err(), "cut at {cut}");
    }
    assert!(answered(gzipped(&whole)).is_ok());
    let middle = whole.len() / 2;
    whole[middle] ^= 0xff;
    assert!(answered(gzipped(&whole)).is_err());
    assert!(answered(gzipped(b"no gzip at all")).is_err());
}

/// Every cut of a list is an error, never a shorter list.
#[test]
fn a_list_that_is_cut_anywhere_is_an_error() {
    let reply = || page([foo("a", 1), foo("b", 2)], 3, "");
    let head = reply().head_length();
    let stub = super::stub(move |_, nth| reply().truncated_at(head + nth));
    let client = client_with(&stub, |config| {
        // Not enough for the pause before a second attempt.
        config.timeouts.list = Some(Duration::from_millis(900));
    });
    for cut in 0..200 {
        let error = foos(&client).list(&ListParams::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "cut at {cut}: {error:?}");
    }
    assert_eq!(stub.requests().len(), 200);
}

#[test]
fn a_deep_answer_is_refused_and_not_overflown() {
    let deep = "[".repeat(1_000_000);
    let mut object = foo("a", 1).to_string();
    object.insert_str(1, &format!("\"x\":{deep},"));
    let stub = super::stub(move |_, _| Reply::json(200, object.clone()));
    let client = client_with(&stub, |_| {});
    let dynamic = foos(&client).read_as::<kubeclient::DynamicObject>();
    assert_eq!(dynamic.get("a").unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(foos(&client).get("a").unwrap_err().kind(), ErrorKind::Decode);
}

/// A server that sends a byte now and then: the whole call has one budget.
#[test]
fn an_answer_that_drips_does_not_outlive_its_budget() {
    let budget = Duration::from_millis(400);
    let (reply, sender) = Reply::stream(200);
    let (refused, refusing) = Reply::stream(500);
    let stub = script([reply, refused, Reply::text(200, "x").stalled_at(5)]);
    let client = client_with(&stub, |config| config.timeouts.request = Some(budget));
    std::thread::scope(|scope| {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            // Every 20 ms, for as long as the test runs.
            while ended.recv_timeout(budget / 20) == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                sender.chunk(" ");
                refusing.chunk(" ");
            }
        });
        let path = ResourcePath::new("", "v1", "pods");
        let (outcome, took) = timed(|| client.send(&Request::get(path.clone())));
        assert!(outcome.unwrap_err().is_timeout());
        assert!(took >= budget && took < budget + SOON, "{took:?}");
        // A refusal whose reason never ends is a refusal all the same.
        let (outcome, took) = timed(|| client.send(&Request::post(path.clone())));
        assert!(outcome.unwrap_err().is_internal_error());
        assert!(took < budget + SOON, "{took:?}");
        let (outcome, took) = timed(|| client.send(&Request::get(path)));
        assert!(outcome.unwrap_err().is_timeout());
        assert!(took >= budget && took < budget + SOON, "{took:?}");
        drop(end);
    });
}

#[test]
fn a_head_that_drips_does_not_outlive_its_budget() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = kubeclient::Config::new(format!("http://{}", listener.local_addr().unwrap()));
    let budget = Duration::from_millis(400);
    config.timeouts.request = Some(budget);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut socket, _) = listener.accept().unwrap();
            let mut byte = "HTTP/1.1 200 OK\r\nX: ".bytes().chain(std::iter::repeat(b'x'));
            // Until the client leaves.
            while socket.write_all(&[byte.next().unwrap()]).is_ok() {
                std::thread::sleep(budget / 100);
            }
        });
        let client = kubeclient::RestClient::new(config).unwrap();
        let (outcome, took) = timed(|| client.send(&Request::get("/x")));
        assert!(outcome.unwrap_err().is_timeout());
        assert!(took >= budget && took < budget + SOON, "{took:?}");
    });
}

/// Only an answer that says yes may take as long as it likes.
#[test]
fn a_stream_that_is_refused_without_end_is_an_error_in_time() {
    let budget = Duration::from_millis(300);
    let reply = refusal(403, "Forbidden").header("Content-Length", "100000");
    let length = reply.head_length() + 5;
    let stub = super::stub(move |_, _| {
        refusal(403, "Forbidden").header("Content-Length", "100000").stalled_at(length)
    });
    let client = client_with(&stub, |config| config.timeouts.request = Some(budget));
    let (outcome, took) = timed(|| client.stream(&Request::get("/log")));
    assert!(outcome.unwrap_err().is_forbidden());
    assert!(took < budget + SOON, "{took:?}");
    let (outcome, took) = timed(|| foos(&client).watch_raw(&WatchParams::default()));
    assert!(outcome.unwrap_err().is_forbidden());
    assert!(took < budget + SOON, "{took:?}");
}
