//! A hundred thousand events, and the memory after them.

// What was measured is told.
#![allow(clippy::print_stdout)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;

use super::super::super::{HandlerOptions, SharedInformer};
use super::super::{Thing, hasty, patience};
use super::script;
use crate::api::Api;
use crate::config::Config;
use crate::rest::RestClient;
use crate::testing::alone;

/// How many objects there are.
const KEYS: u64 = 100;

/// How many changes a connection tells before it is cut.
const PER_CONNECTION: u64 = 1000;

/// How many changes come before memory is looked at and how many after, and how many KiB more there may be then.
///
/// With `KUBECLIENT_FAULT_SEEDS` the allocator has settled before, and what may be more is what is promised: 1 KiB
/// for 10,000 changes, of which `KUBECLIENT_FAULT_EVENTS` says how many there are. Without it, one small object kept
/// of each event would be 30 MiB.
fn size() -> (u64, u64, u64) {
    if std::env::var_os("KUBECLIENT_FAULT_SEEDS").is_none() {
        return (20_000, 100_000, 1024);
    }
    let events = std::env::var("KUBECLIENT_FAULT_EVENTS").unwrap_or("600000".into());
    let events: u64 = events.parse().expect("KUBECLIENT_FAULT_EVENTS: a number");
    // Whole connections.
    let events = events.next_multiple_of(PER_CONNECTION);
    (600_000, events, events / 10_000)
}

/// In a process of its own, so that no other test's memory is counted: an informer with a handler that is told
/// each change, and one that does not return from the first.
#[test]
fn a_hundred_thousand_events_leave_no_memory_behind() {
    if alone::given().is_none() {
        let name = "cache::tests::faults::soak::a_hundred_thousand_events_leave_no_memory_behind";
        println!("{}", alone::run(name, ""));
        return;
    }
    let (warm, measured, most) = size();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config::new(format!("http://{}", listener.local_addr().unwrap()));
    std::thread::spawn(move || serve(&listener, warm + measured));
    let client = RestClient::new(config).unwrap();
    let things: Api<Thing> = Api::namespaced(&client, "default");
    let informer = hasty(SharedInformer::builder(&things)).build();
    let (entered, is_in) = channel();
    let (release, gate) = channel::<()>();
    let stuck = informer.add_handler(move |_| {
        let _ = entered.send(());
        let _ = gate.recv();
    });
    let quick = informer.add_handler_with(&HandlerOptions::default().raw(1000), |_| {});
    let (_stuck, quick) = (stuck.unwrap(), quick.unwrap());
    // Dropped before the handler, which is waited for.
    let _release = release;
    informer.start().unwrap();
    is_in.recv_timeout(super::PATIENCE).unwrap();
    let reach = |version: u64| {
        informer.store().wait_for_resource_version(&version.to_string(), &patience()).unwrap();
    };
    (1..=warm / PER_CONNECTION).for_each(|count| reach(count * PER_CONNECTION));
    let before = resident();
    (1..=measured / PER_CONNECTION).for_each(|count| reach(warm + count * PER_CONNECTION));
    let after = resident();
    let health = informer.health();
    assert_eq!((health.cache.restarts, informer.store().len() as u64), (0, KEYS));
    assert!(health.handlers[0].pending as u64 <= KEYS, "{:?}", health.handlers);
    assert!(quick.health().told > measured / 2, "{:?}", health.handlers);
    let growth = after.saturating_sub(before);
    println!("{measured} events after {warm}: {before} KiB became {after}, at most {most} more");
    assert!(growth <= most, "{growth} KiB more than {before} after {measured} events");
}

/// How much of this process is in memory, in KiB.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4
}

/// Answers each watch with changes, from where it was, and cuts it off.
fn serve(listener: &TcpListener, end: u64) {
    for stream in listener.incoming() {
        let _ = answer(stream.unwrap(), end);
    }
}

fn answer(mut stream: TcpStream, last: u64) -> std::io::Result<()> {
    let mut request = String::new();
    let mut lines = BufReader::new(stream.try_clone()?);
    lines.read_line(&mut request)?;
    let mut line = String::new();
    while lines.read_line(&mut line)? > 2 {
        line.clear();
    }
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )?;
    let mut tell = |line: String| write!(stream, "{:x}\r\n{line}\n\r\n", line.len() + 1);
    let after = request.split("resourceVersion=").nth(1).map(|rest| {
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u64>().unwrap()
    });
    let begin = match after {
        Some(version) => version,
        None => {
            (0..KEYS)
                .try_for_each(|key| tell(script::event("ADDED", &format!("k{key}"), key + 1)))?;
            tell(script::end(KEYS))?;
            KEYS
        }
    };
    if begin >= last {
        // No more happens.
        std::thread::park();
    }
    let until = (begin / PER_CONNECTION + 1) * PER_CONNECTION;
    (begin + 1..=until).try_for_each(|version| {
        tell(script::event("MODIFIED", &format!("k{}", version % KEYS), version))
    })
}
