//! Tests of the stub through plain sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use super::{Reply, Stub};
use crate::http;
use crate::pki::Pki;

const GET: &[u8] = b"GET /a?b=c HTTP/1.1\r\nHost: stub\r\n\r\n";

fn connect(stub: &Stub) -> TcpStream {
    let socket = TcpStream::connect(stub.address()).unwrap();
    socket.set_read_timeout(Some(super::BOUND)).unwrap();
    socket
}

/// Sends a request and reads exactly this answer.
#[track_caller]
fn check(stream: &mut (impl Read + Write), request: &[u8], expected: &str) {
    stream.write_all(request).unwrap();
    expect(stream, expected);
}

#[track_caller]
fn expect(stream: &mut impl Read, expected: &str) {
    let mut answer = vec![0; expected.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), expected);
}

#[track_caller]
fn expect_end(stream: &mut impl Read) {
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
}

#[test]
fn a_connection_is_reused_until_a_reply_closes_it() {
    let replies = [Reply::json(200, "{}"), Reply::status(204), Reply::text(500, "no").close()];
    let stub = Stub::script(replies).unwrap();
    let mut socket = connect(&stub);
    check(
        &mut socket,
        GET,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    );
    check(&mut socket, GET, "HTTP/1.1 204 Status\r\n\r\n");
    check(
        &mut socket,
        GET,
        "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\
         Content-Length: 2\r\n\r\nno",
    );
    expect_end(&mut socket);
    let requests = stub.requests();
    assert_eq!((requests.len(), stub.connections()), (3, 1));
    assert_eq!((requests[2].method.as_str(), requests[2].path.as_str()), ("GET", "/a"));
    assert_eq!((requests[2].query.as_str(), requests[2].header("HOST")), ("b=c", Some("stub")));
}

#[test]
fn a_script_that_is_over_answers_500() {
    let stub = Stub::script([]).unwrap();
    let mut socket = connect(&stub);
    check(&mut socket, GET, "HTTP/1.1 500 ");
}

#[test]
fn requests_carry_the_number_of_their_connection() {
    let stub =
        Stub::start(|request, nth| Reply::text(200, format!("{} {nth}", request.connection)))
            .unwrap();
    for number in 0..2 {
        let mut socket = connect(&stub);
        let mut answer = String::new();
        socket.write_all(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with(&format!("\r\n\r\n{number} {number}")), "{answer}");
    }
    stub.wait_for_disconnect(1);
    assert!(stub.errors().is_empty());
}

#[test]
fn pieces_of_a_stream_come_when_they_are_sent() {
    let (reply, sender) = Reply::stream(200);
    let stub = Stub::script([reply, Reply::text(200, "next")]).unwrap();
    let mut socket = connect(&stub);
    check(
        &mut socket,
        GET,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    sender.line("{}");
    expect(&mut socket, "3\r\n{}\n\r\n");
    sender.raw("zz");
    expect(&mut socket, "zz");
    sender.finish();
    expect(&mut socket, "0\r\n\r\n");
    check(&mut socket, GET, "HTTP/1.1 200 OK\r\n");
    assert_eq!(stub.connections(), 1);
}

#[test]
fn a_stream_whose_sender_is_dropped_breaks_off() {
    let (reply, sender) = Reply::stream(200);
    let stub = Stub::script([reply]).unwrap();
    let mut socket = connect(&stub);
    socket.write_all(GET).unwrap();
    sender.chunk("ab");
    drop(sender);
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\n2\r\nab\r\n"), "{answer}");
}

#[test]
fn a_client_that_leaves_a_stream_or_a_stall_is_noticed() {
    let (reply, _sender) = Reply::stream(200);
    let stub = Stub::script([reply, Reply::stall()]).unwrap();
    for number in 0..2 {
        let mut socket = connect(&stub);
        socket.write_all(GET).unwrap();
        stub.wait_for_requests(number + 1);
        drop(socket);
        stub.wait_for_disconnect(number);
    }
    assert!(stub.errors().is_empty(), "{:?}", stub.errors());
}

#[test]
fn an_answer_is_cut_where_it_should_be() {
    let reply = Reply::text(200, "hello");
    let length = reply.head_length();
    let stub =
        Stub::script([reply.truncated_at(length + 2), Reply::disconnect(), Reply::raw("nonsense")])
            .unwrap();
    let mut answers = Vec::new();
    for _ in 0..3 {
        let mut socket = connect(&stub);
        socket.write_all(GET).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answers.push(answer);
    }
    assert!(answers[0].ends_with("\r\n\r\nhe"), "{answers:?}");
    assert_eq!(answers[1..], ["", "nonsense"]);
}

#[test]
fn a_reset_is_a_reset() {
    let stub = Stub::script([Reply::reset()]).unwrap();
    let mut socket = connect(&stub);
    socket.write_all(GET).unwrap();
    let error = socket.read(&mut [0; 16]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn bodies_are_framed_as_asked() {
    let stub =
        Stub::script([Reply::text(200, "a").chunked(), Reply::text(200, "b").without_length()])
            .unwrap();
    let mut socket = connect(&stub);
    socket.write_all(&[GET, GET].concat()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let expected = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n\
        1\r\na\r\n0\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nb";
    assert_eq!(answer, expected);
}

#[test]
fn a_request_that_breaks_off_is_an_error_of_its_connection() {
    let stub = Stub::script([]).unwrap();
    let mut socket = connect(&stub);
    socket.write_all(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf").unwrap();
    drop(socket);
    stub.wait_for_disconnect(0);
    assert!(stub.requests().is_empty());
    assert!(stub.errors()[0].starts_with("connection 0: "), "{:?}", stub.errors());
}

#[test]
fn dropping_the_stub_ends_stalls_streams_and_mute_connections() {
    let (reply, sender) = Reply::stream(200);
    let stub = Stub::script([reply, Reply::stall(), Reply::text(200, "x").stalled_at(3)]).unwrap();
    let mut sockets: Vec<TcpStream> = Vec::new();
    for number in 1..=3 {
        let mut socket = connect(&stub);
        socket.write_all(GET).unwrap();
        stub.wait_for_requests(number);
        sockets.push(socket);
    }
    expect(&mut sockets[2], "HTT");
    let mute = Stub::mute().unwrap();
    let mut mute_socket = connect(&mute);
    mute_socket.write_all(GET).unwrap();
    mute.wait_for_connections(1);
    drop((stub, mute));
    sender.chunk("nobody reads this");
    let mut answers = Vec::new();
    for mut socket in sockets.into_iter().chain([mute_socket]) {
        let mut answer = Vec::new();
        // The server may end with a reset where it has not read everything.
        let _ = socket.read_to_end(&mut answer);
        answers.push(String::from_utf8(answer).unwrap());
    }
    assert_eq!(answers[1..], ["", "", ""]);
}

#[test]
#[should_panic(expected = "the handler says no")]
fn a_panic_in_the_handler_is_the_tests_panic() {
    let stub = Stub::start(|_, _| panic!("the handler says no")).unwrap();
    let mut socket = connect(&stub);
    socket.write_all(GET).unwrap();
    stub.wait_for_disconnect(0);
    drop(stub);
}

#[test]
fn tls_serves_records_and_notices_the_end() {
    let pki = Pki::new().unwrap();
    let (reply, sender) = Reply::stream(200);
    let replies = std::sync::Mutex::new(vec![reply, Reply::text(200, "first")]);
    let stub = Stub::start_tls(pki.server_config().unwrap(), move |_, _| {
        replies.lock().unwrap().pop().unwrap()
    })
    .unwrap();
    assert!(stub.url().starts_with("https://127.0.0.1:"));
    let mut stream = tls(&stub, &pki);
    check(
        &mut stream,
        GET,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nfirst",
    );
    check(
        &mut stream,
        GET,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    sender.chunk("a");
    expect(&mut stream, "1\r\na\r\n");
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    stub.wait_for_disconnect(0);
    assert_eq!(stub.requests()[1].client_certificate, None);
}

#[test]
fn a_refused_handshake_is_an_error_of_its_connection() {
    let pki = Pki::new().unwrap();
    let stub =
        Stub::start_tls(pki.server_config_with_client_auth().unwrap(), |_, _| Reply::status(200))
            .unwrap();
    let mut stream = tls(&stub, &pki);
    let _ = stream.write_all(GET);
    assert!(stream.read(&mut [0; 16]).is_err());
    stub.wait_for_disconnect(0);
    assert_eq!((stub.requests().len(), stub.errors().len()), (0, 1), "{:?}", stub.errors());
}

fn tls(stub: &Stub, pki: &Pki) -> StreamOwned<ClientConnection, TcpStream> {
    let config = http::client_config(pki).unwrap();
    let name = ServerName::from(stub.address().ip());
    StreamOwned::new(ClientConnection::new(Arc::clone(&config), name).unwrap(), connect(stub))
}
