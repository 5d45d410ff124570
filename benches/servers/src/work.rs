//! What is asked of each server, and how fast it answered.

use std::io;
use std::thread;
use std::time::Instant;

use crate::client::{Connection, Target};

/// What is measured beside the start, in the order of [`round`]'s figures: all are per second.
pub(crate) const NAMES: [&str; 8] = [
    "creates, 1 connection",
    "creates, 4 connections",
    "gets, 1 connection",
    "lists of 1,000",
    "lists of 10,000",
    "creates beside 10,000 objects",
    "watch events, 1 watcher",
    "watch events, 20 watchers",
];

/// Runs everything once, in namespaces of this round.
pub(crate) fn round(target: &Target, round: usize) -> io::Result<Vec<f64>> {
    let namespace = |what: &str| -> io::Result<String> {
        let name = format!("{what}-{round}");
        let body =
            format!(r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"{name}"}}}}"#);
        target.connect()?.send("POST", "/api/v1/namespaces", &body)?;
        Ok(format!("/api/v1/namespaces/{name}/configmaps"))
    };
    let mut connection = target.connect()?;
    let small = namespace("small")?;
    let mut figures = vec![timed(500, || create(&mut connection, &small, 0..500))?];
    figures.push(timed(500, || create_on(4, target, &small, 500..1000))?);
    figures.push(timed(500, || {
        (0..500).try_for_each(|n| connection.send("GET", &format!("{small}/c{n}"), "").map(drop))
    })?);
    let mut lists = |path: &str, count: usize| {
        timed(count, || (0..count).try_for_each(|_| connection.send("GET", path, "").map(drop)))
    };
    figures.push(lists(&small, 50)?);
    let large = namespace("large")?;
    create_on(4, target, &large, 0..10_000)?;
    figures.push(lists(&large, 5)?);
    figures.push(timed(500, || create(&mut connection, &large, 10_000..10_500))?);
    figures.push(watched(1, target, &namespace("watched")?)?);
    figures.push(watched(20, target, &namespace("crowd")?)?);
    Ok(figures)
}

/// How many a second.
fn timed(count: usize, work: impl FnOnce() -> io::Result<()>) -> io::Result<f64> {
    let begun = Instant::now();
    work()?;
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

fn create(
    connection: &mut Connection,
    path: &str,
    mut names: std::ops::Range<usize>,
) -> io::Result<()> {
    names.try_for_each(|n| {
        let body = format!(
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c{n}","labels":{{"bench":"yes"}}}},"data":{{"key":"value"}}}}"#
        );
        connection.send("POST", path, &body).map(drop)
    })
}

/// The same from several connections at a time.
fn create_on(
    connections: usize,
    target: &Target,
    path: &str,
    names: std::ops::Range<usize>,
) -> io::Result<()> {
    let share = names.len() / connections;
    thread::scope(|scope| {
        let begin = |index: usize| {
            let start = names.start + index * share;
            scope.spawn(move || create(&mut target.connect()?, path, start..start + share))
        };
        let threads: Vec<_> = (0..connections).map(begin).collect();
        threads.into_iter().try_for_each(joined)
    })
}

/// Events delivered to all the watchers of what one connection creates, a second.
fn watched(watchers: usize, target: &Target, path: &str) -> io::Result<f64> {
    const WRITES: usize = 500;
    let watch = format!("{path}?watch=true&labelSelector=bench%3Dyes");
    let mut connections = Vec::new();
    for _ in 0..watchers {
        let mut connection = target.connect()?;
        connection.watch(&watch)?;
        connections.push(connection);
    }
    let mut writer = target.connect()?;
    timed(WRITES * watchers, || {
        thread::scope(|scope| {
            let threads: Vec<_> = connections
                .iter_mut()
                .map(|watcher| scope.spawn(move || watcher.events(WRITES)))
                .collect();
            create(&mut writer, path, 0..WRITES)?;
            threads.into_iter().try_for_each(joined)
        })
    })
}

fn joined(thread: thread::ScopedJoinHandle<'_, io::Result<()>>) -> io::Result<()> {
    thread.join().unwrap_or_else(|_panic| Err(io::Error::other("a thread panicked")))
}
