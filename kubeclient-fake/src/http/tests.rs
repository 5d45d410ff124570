//! The server's sockets from outside: raw bytes in, raw bytes out.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::listener::Listener;
use super::wire::{Act, Plan, Point, Step};
use super::{Handler, Limits, Reply, Request, Response};

/// Says what it was asked; a path of `/stream` is streamed until the peer goes, `/long` is long.
#[derive(Default)]
struct Echo {
    plan: Mutex<Plan>,
    streams_ended: Mutex<usize>,
}

impl Handler for Arc<Echo> {
    fn arrive(&self, _: &mut Request) -> Plan {
        self.plan.lock().unwrap().clone()
    }

    fn answer(&self, request: &mut Request, _: &Plan) -> Reply {
        let echo = Arc::clone(self);
        match request.path.as_str() {
            "/stream" => Reply::Stream(
                Response::new(200, "application/json", "one\n"),
                Box::new(move |sink| {
                    sink.write(b"two\n")?;
                    while !sink.is_closed() {
                        std::thread::park_timeout(Duration::from_millis(5));
                    }
                    *echo.streams_ended.lock().unwrap() += 1;
                    Ok(())
                }),
            ),
            "/lines" => Reply::Stream(
                Response::default_ok(),
                Box::new(|sink| {
                    (0..100).try_for_each(|n| sink.write(format!("line {n}\n").as_bytes()))
                }),
            ),
            "/flood" => Reply::Stream(
                Response::default_ok(),
                Box::new(move |sink| {
                    while sink.write(&[b'x'; 64 << 10]).is_ok() {}
                    *echo.streams_ended.lock().unwrap() += 1;
                    Ok(())
                }),
            ),
            "/long" => Reply::Full(Response::new(200, "application/json", "x".repeat(200_000))),
            "/none" => Reply::Full(Response { status: 204, ..Response::default() }),
            _ => {
                let body = match request.content() {
                    Ok(body) => String::from_utf8_lossy(body).into_owned(),
                    Err(failure) => {
                        let body = failure.status().to_string();
                        return Reply::Full(Response::new(failure.code, "application/json", body));
                    }
                };
                let said =
                    format!("{} {} {:?} {body}", request.method, request.path, request.query);
                Reply::Full(Response::new(200, "text/plain", said))
            }
        }
    }

    fn stop(&self) {}
}

impl Response {
    fn default_ok() -> Self {
        Self::new(200, "application/json", "")
    }
}

struct Fixture {
    echo: Arc<Echo>,
    listener: Listener,
}

fn start() -> Fixture {
    start_with(Limits::default())
}

fn start_with(limits: Limits) -> Fixture {
    let echo = Arc::new(Echo::default());
    let listener = Listener::start(0, Arc::new(Arc::clone(&echo)), limits, None).unwrap();
    Fixture { echo, listener }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

impl Fixture {
    fn connect(&self) -> TcpStream {
        connect(self.listener.address())
    }

    fn plan(&self, at: Point, act: Act) {
        self.echo.plan.lock().unwrap().steps.push(Step { at, act });
    }

    /// Sends bytes and reads to the end of the connection.
    fn tell(&self, bytes: &str) -> String {
        let (answer, error) = self.tell_all(bytes);
        assert!(error.is_none(), "{error:?} after {answer}");
        answer
    }

    /// The same where the end may be an error.
    fn tell_all(&self, bytes: &str) -> (String, Option<io::Error>) {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let error = stream.read_to_end(&mut answer).err();
        (String::from_utf8_lossy(&answer).into_owned(), error)
    }
}

const LAST: &str = "Host: x\r\nConnection: close\r\n\r\n";

/// Reads until the text is there.
fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let so_far = String::from_utf8_lossy(&read).into_owned();
        if so_far.contains(text) {
            return so_far;
        }
        match stream.read(&mut piece).unwrap() {
            0 => panic!("the end after {so_far}"),
            count => read.extend_from_slice(&piece[..count]),
        }
    }
}

#[test]
fn a_request_is_answered_with_its_length_and_date() {
    let answer = start().tell(&format!("GET /a%20b?x=1+2&y=%26&bad=%zz HTTP/1.1\r\n{LAST}"));
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: "),
        "{answer}"
    );
    assert!(answer.contains(" GMT\r\nContent-Length: "), "{answer}");
    assert!(answer.contains("Connection: close\r\n"), "{answer}");
    assert!(answer.ends_with(r#"GET /a%20b [("x", "1 2"), ("y", "&")] "#), "{answer}");
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let one = "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
    let two = "POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1;x=y\r\nf\r\n0\r\nT: t\r\n\r\n";
    let answer = start().tell(&format!("{one}{two}GET /3 HTTP/1.1\r\n{LAST}"));
    let places = ["POST /1 [] abc", "POST /2 [] def", "GET /3 [] "].map(|text| answer.find(text));
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{answer}");
}

#[test]
fn malformed_requests_are_answered_in_plain_text_and_end_the_connection() {
    let fixture = start();
    let check = |request: &str, status: &str| {
        let answer = fixture.tell(request);
        let head = "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n";
        assert_eq!(answer, format!("HTTP/1.1 {status}\r\n{head}{status}"), "{request:?}");
    };
    check("nonsense\r\n\r\n", "400 Bad Request");
    check("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request");
    check("GET / HTTP/1.1\r\nHo st: x\r\n\r\n", "400 Bad Request");
    check("GET x HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request");
    check("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request");
    check("GET / HTTP/1.1\r\n\r\n", "400 Bad Request: missing required Host header");
    check("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400 Bad Request: too many Host headers");
    check(
        "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        "505 HTTP Version Not Supported: unsupported protocol version",
    );
    check("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", "400 Bad Request");
    check("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n1", "400 Bad Request");
    let two = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
    check(two, "400 Bad Request");
    let answer = fixture.tell("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n");
    assert!(answer.ends_with("\r\n\r\nUnsupported transfer encoding"), "{answer}");
}

#[test]
fn headers_beyond_the_limit_are_refused() {
    let fixture = start_with(Limits { head: 1000, ..Limits::default() });
    let answer = fixture.tell(&format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}", "a".repeat(2000)));
    assert!(answer.ends_with("\r\n\r\n431 Request Header Fields Too Large"), "{answer}");
}

#[test]
fn many_headers_are_no_matter_within_the_limit() {
    let many = "a: b\r\n".repeat(5000);
    let answer = start().tell(&format!("GET / HTTP/1.1\r\n{many}{LAST}"));
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn what_is_asked_of_the_server_itself_is_answered_emptily() {
    let answer = start().tell(&format!("OPTIONS * HTTP/1.1\r\n{LAST}"));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("Content-Length: 0\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn expectations_other_than_permission_are_refused() {
    let answer = start().tell("GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 417 Expectation Failed\r\n"), "{answer}");
}

#[test]
fn broken_bodies_are_answered_and_end_the_connection() {
    let fixture = start();
    let check = |body: &str, message: &str| {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = fixture.tell(&format!("{head}{body}"));
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(answer.contains("Connection: close"), "{answer}");
        assert!(answer.contains(&format!("\"message\":\"{message}\"")), "{answer}");
    };
    check("zz\r\n", "invalid byte in chunk length");
    check("\r\n", "empty hex number for chunk length");
    check("1\r\nabc\r\n", "malformed chunked encoding");
    check("11111111111111111\r\n", "http chunk length too large");
    check(&"0".repeat(5000), "header line too long");
}

#[test]
fn a_body_that_ends_early_is_answered_to_a_peer_that_still_listens() {
    let fixture = start();
    let mut stream = fixture.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(read_until(&mut stream, "unexpected EOF").starts_with("HTTP/1.1 500 "));
}

#[test]
fn a_body_beyond_the_limit_is_answered_with_its_status() {
    let fixture = start();
    let check = |framing: &str, body: &str| {
        let request = format!("POST / HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n{body}");
        let answer = fixture.tell(&request);
        assert!(answer.starts_with("HTTP/1.1 413 Request Entity Too Large\r\n"), "{answer}");
        assert!(answer.contains("Request entity too large: limit is 3145728"), "{answer}");
    };
    check("Content-Length: 3145729", &"x".repeat(3_145_729));
    check(
        "Transfer-Encoding: chunked",
        &format!("300001\r\n{}\r\n0\r\n\r\n", "x".repeat(3_145_729)),
    );
    let fits = "x".repeat(3 << 20);
    let request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n{LAST}{fits}", fits.len());
    assert!(fixture.tell(&request).starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_client_that_waits_for_permission_gets_it_before_its_body() {
    let fixture = start();
    let mut stream = fixture.connect();
    let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    read_until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"ok").unwrap();
    read_until(&mut stream, "POST / [] ok");
}

#[test]
fn what_is_too_large_is_refused_before_it_is_sent() {
    let fixture = start();
    let mut stream = fixture.connect();
    let head =
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    assert!(read_until(&mut stream, "limit is").starts_with("HTTP/1.1 413 "));
}

#[test]
fn slow_clients_are_left_alone_within_their_time_and_closed_after_it() {
    let limits = Limits { head_time: Duration::from_millis(200), ..Limits::default() };
    let fixture = start_with(limits);
    let mut stream = fixture.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost:").unwrap();
    let started = Instant::now();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
    assert!(started.elapsed() >= Duration::from_millis(150));
    // In pieces, but in time.
    let mut stream = fixture.connect();
    for byte in format!("GET / HTTP/1.1\r\n{LAST}").bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    read_until(&mut stream, "GET / [] ");
}

#[test]
fn idle_connections_are_closed_after_their_time() {
    let fixture = start_with(Limits { idle_time: Duration::from_millis(50), ..Limits::default() });
    let mut stream = fixture.connect();
    stream.write_all(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert!(all.ends_with("GET /a [] "), "{all}");
}

#[test]
fn old_clients_get_no_chunks() {
    let fixture = start();
    let answer = fixture.tell("GET /lines HTTP/1.0\r\n\r\n");
    assert!(!answer.contains("chunked"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n") || answer.ends_with("line 99\n"), "{answer}");
    let answer = fixture.tell("GET /long HTTP/1.0\r\n\r\n");
    assert!(answer.contains("Content-Length: 200000\r\n"), "{}", &answer[..200]);
}

#[test]
fn head_and_empty_answers_have_no_body() {
    let fixture = start();
    let answer = fixture.tell(&format!("HEAD /abc HTTP/1.1\r\n{LAST}"));
    assert!(answer.contains("Content-Length: ") && answer.ends_with("\r\n\r\n"), "{answer}");
    let answer = fixture.tell(&format!("GET /none HTTP/1.1\r\n{LAST}"));
    assert!(!answer.contains("Content-Length") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn long_answers_are_compressed_for_those_who_accept_it() {
    let fixture = start();
    let mut stream = fixture.connect();
    let request = format!("GET /long HTTP/1.1\r\nAccept-Encoding: br, gzip;q=1\r\n{LAST}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains("Content-Encoding: gzip\r\n"), "{text}");
    assert!(answer.len() < 10_000);
    let plain = fixture.tell(&format!("GET /long HTTP/1.1\r\n{LAST}"));
    assert!(!plain.contains("gzip") && plain.len() > 200_000);
}

#[test]
fn a_stream_is_sent_piece_by_piece_and_ends_when_the_peer_goes() {
    let fixture = start();
    let mut stream = fixture.connect();
    stream.write_all(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    read_until(&mut stream, "4\r\none\n\r\n4\r\ntwo\n\r\n");
    stream.shutdown(Shutdown::Write).unwrap();
    read_until(&mut stream, "0\r\n\r\n");
    assert_eq!(*fixture.echo.streams_ended.lock().unwrap(), 1);
}

#[test]
fn a_stream_that_nobody_reads_ends_after_its_time() {
    let fixture = start_with(Limits { write_time: Duration::from_millis(50), ..Limits::default() });
    let mut stream = fixture.connect();
    stream.write_all(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while *fixture.echo.streams_ended.lock().unwrap() == 0 {
        assert!(Instant::now() < deadline);
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn stopping_ends_streams_and_half_read_requests() {
    let fixture = start();
    let mut streams: Vec<TcpStream> = (0..50).map(|_| fixture.connect()).collect();
    for (number, stream) in streams.iter_mut().enumerate() {
        let request: &[u8] = match number % 3 {
            0 => b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n",
            1 => b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
            _ => b"GET /",
        };
        stream.write_all(request).unwrap();
    }
    let address = fixture.listener.address();
    let started = Instant::now();
    drop(fixture);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(TcpStream::connect(address).is_err());
    for stream in &mut streams {
        let mut rest = Vec::new();
        // A reset is an end as well.
        let _ = stream.read_to_end(&mut rest);
    }
}

fn steps(at: Point, act: Act) -> Fixture {
    let fixture = start();
    fixture.plan(at, act);
    fixture
}

#[test]
fn an_answer_is_reset_after_so_many_bytes() {
    let (answer, error) =
        steps(Point::Bytes(10), Act::Reset).tell_all(&format!("GET /long HTTP/1.1\r\n{LAST}"));
    assert_eq!(error.unwrap().kind(), io::ErrorKind::ConnectionReset);
    assert!(answer.len() < 400, "{answer}");
}

#[test]
fn a_stream_is_closed_after_so_many_lines() {
    let answer =
        steps(Point::Events(3), Act::Close).tell(&format!("GET /lines HTTP/1.1\r\n{LAST}"));
    assert!(answer.ends_with("7\r\nline 2\n\r\n"), "{answer}");
}

#[test]
fn a_stream_ends_whole_after_so_many_bytes_and_the_connection_stays() {
    let fixture = steps(Point::Bytes(9), Act::End);
    let answer = fixture
        .tell(&format!("GET /lines HTTP/1.1\r\nHost: x\r\n\r\nGET /abcdefgh HTTP/1.1\r\n{LAST}"));
    assert!(answer.contains("7\r\nline 0\n\r\n2\r\nli\r\n0\r\n\r\nHTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("Content-Length: 9\r\n") && answer.ends_with("GET /abcd"), "{answer}");
}

#[test]
fn chopped_streams_say_the_same_in_other_pieces() {
    let whole: String = (0..100).map(|n| format!("line {n}\n")).collect();
    let mut framings = Vec::new();
    for seed in [1, 2, 2] {
        let answer =
            steps(Point::Bytes(0), Act::Chop(seed)).tell(&format!("GET /lines HTTP/1.1\r\n{LAST}"));
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut said = String::new();
        let mut rest = body;
        while let Some((length, after)) = rest.split_once("\r\n") {
            let length = usize::from_str_radix(length, 16).unwrap();
            said.push_str(&after[..length]);
            rest = after[length..].strip_prefix("\r\n").unwrap();
        }
        assert_eq!(said, whole);
        framings.push(body.to_owned());
    }
    assert_ne!(framings[0], framings[1]);
    assert_eq!(framings[1], framings[2]);
}

#[test]
fn slow_answers_take_their_time() {
    let started = Instant::now();
    let answer =
        steps(Point::Bytes(0), Act::Rate(100)).tell(&format!("GET /123456789 HTTP/1.1\r\n{LAST}"));
    assert!(answer.ends_with("GET /123456789 [] "), "{answer}");
    assert!(started.elapsed() >= Duration::from_millis(150), "{:?}", started.elapsed());
}
