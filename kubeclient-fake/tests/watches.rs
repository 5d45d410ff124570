//! What thousands of watches leave behind: no thread, no file descriptor, no memory. It counts those of the
//! whole process, so there is one test here.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use kubeclient_fake::FakeServer;

const LONG: Duration = Duration::from_secs(60);
const WAVES: usize = 8;
const WATCHES: usize = 250;
/// Rather more than what a wave's events take in memory.
const GROWTH: usize = 24 << 10;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Count {
    threads: usize,
    files: usize,
    kilobytes: usize,
}

fn count() -> Count {
    let entries = |path: &str| fs::read_dir(path).unwrap().count();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes = rss.trim().trim_end_matches(" kB").parse().unwrap();
    Count { threads: entries("/proc/self/task"), files: entries("/proc/self/fd"), kilobytes }
}

/// Looks again and again until there are no more threads and files than before.
fn settled(before: Count) -> Count {
    let deadline = Instant::now() + LONG;
    loop {
        let now = count();
        let is_settled = now.threads <= before.threads && now.files <= before.files;
        if is_settled || Instant::now() > deadline {
            return now;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn watch(server: &FakeServer) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(b"GET /api/v1/configmaps?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    stream
}

/// Reads until this comes by.
fn read_until(stream: &mut TcpStream, mark: &str) {
    let (mut seen, mut piece) = (String::new(), [0; 4096]);
    while !seen.contains(mark) {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "ended before {mark}: {seen}");
        seen.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
}

/// Events that tell which they are.
fn write(server: &FakeServer, number: usize, events: usize, size: usize) {
    let data = "x".repeat(size);
    for event in 0..events {
        let object = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, \
             data: {{k: {data}, v: e{number}-{event}.}}}}"
        );
        server.seed(&object).unwrap();
    }
}

/// Watches that nobody reads, until the server can write no more to them.
fn fill(server: &FakeServer) -> Vec<TcpStream> {
    let mut streams: Vec<TcpStream> = (0..4).map(|_| watch(server)).collect();
    streams.iter_mut().for_each(|stream| read_until(stream, "200 OK\r\n"));
    write(server, 0, 40, 400_000);
    streams
}

fn wave(server: &FakeServer, number: usize) {
    let mut streams: Vec<TcpStream> = (0..WATCHES).map(|_| watch(server)).collect();
    streams.iter_mut().for_each(|stream| read_until(stream, "200 OK\r\n"));
    write(server, number, 5, 1000);
    for (index, stream) in streams.iter_mut().enumerate() {
        match index % 3 {
            0 if index % 18 == 0 => read_until(stream, &format!("e{number}-4.")),
            1 => stream.shutdown(Shutdown::Write).unwrap(),
            _ => {}
        }
    }
    match number % 4 {
        0 => server.drop_watches(),
        1 => server.drop_connections(),
        _ => {}
    }
    drop(streams);
}

#[test]
fn thousands_of_watches_leave_nothing_behind() {
    let nothing = count();
    let server = FakeServer::builder().record(100).start().unwrap();
    let started = count();
    let mut first = None;
    for number in 0..WAVES {
        wave(&server, number);
        let left = settled(started);
        assert_eq!((left.threads, left.files), (started.threads, started.files), "wave {number}");
        // The log of events is bounded: it is full of these after some waves.
        if number >= WAVES / 2 {
            let first = first.get_or_insert(left);
            let grown = left.kilobytes.saturating_sub(first.kilobytes);
            assert!(grown < GROWTH, "{grown} KiB more than in the middle");
        }
    }
    drop(fill(&server));
    let left = settled(started);
    assert_eq!((left.threads, left.files), (started.threads, started.files), "full sockets");
    // Stopped in the middle of watches, some of which it cannot write to, it leaves nothing either.
    let full = fill(&server);
    let streams: Vec<TcpStream> = (0..WATCHES).map(|_| watch(&server)).collect();
    let stopping = Instant::now();
    drop(server);
    assert!(stopping.elapsed() < Duration::from_secs(5), "{:?}", stopping.elapsed());
    drop((streams, full));
    let left = settled(nothing);
    assert_eq!((left.threads, left.files), (nothing.threads, nothing.files));
}
