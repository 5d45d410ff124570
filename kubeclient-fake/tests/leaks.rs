//! What connections leave behind: no thread, no file descriptor, no memory. It counts those of the whole
//! process, so each test here runs alone in it: there is one.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use kubeclient_fake::{FakeServer, Fault};

const LONG: Duration = Duration::from_secs(60);

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

/// Waits until the server's threads are those of before: a connection ends when it finds its peer gone.
fn settled(before: Count) -> Count {
    let deadline = Instant::now() + LONG;
    loop {
        let now = count();
        if (now.threads <= before.threads && now.files <= before.files) || Instant::now() > deadline
        {
            return now;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Opens streams that have begun and say nothing more.
fn open(server: &FakeServer, number: usize) -> Vec<TcpStream> {
    let mut streams: Vec<TcpStream> =
        (0..number).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    for stream in &mut streams {
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.write_all(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    for stream in &mut streams {
        assert!(stream.read(&mut [0; 64]).unwrap() > 0);
    }
    streams
}

#[test]
fn thousands_of_streams_leave_nothing_behind() {
    let nothing = count();
    let server = FakeServer::builder().record(100).start().unwrap();
    let stall = server.inject(Fault::stall().after_bytes(1));
    let started = count();
    let mut first = None;
    for round in 0..20 {
        let streams = open(&server, 100);
        let open = count();
        assert!(open.threads >= started.threads + 100, "{open:?} after {started:?}");
        // Every other round the connections are reset.
        if round % 2 == 1 {
            server.drop_connections();
        }
        drop(streams);
        let left = settled(started);
        assert_eq!((left.threads, left.files), (started.threads, started.files), "round {round}");
        let first = first.get_or_insert(left);
        let grown = left.kilobytes.saturating_sub(first.kilobytes);
        assert!(grown < 16 << 10, "{grown} KiB more than after the first round");
    }
    assert_eq!(stall.strikes(), 2000);
    // Stopped in the middle, it leaves nothing either.
    let streams = open(&server, 100);
    let stopping = Instant::now();
    drop(server);
    assert!(stopping.elapsed() < Duration::from_secs(5), "{:?}", stopping.elapsed());
    drop(streams);
    drop(stall);
    let left = settled(nothing);
    assert_eq!((left.threads, left.files), (nothing.threads, nothing.files));
}
