//! Watches as the real server tells them.

mod model;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::super::list::fixture::{World, world};
use super::*;
use crate::failure::Body;

const LONG: Duration = Duration::from_secs(60);

/// What was told, in short: `ADDED a x=1 @101`.
fn short(told: &Told<'_>) -> String {
    match told {
        Told::Object(kind, object) => {
            let x = object.value["metadata"]["labels"]["x"].as_str().unwrap_or_default();
            assert_eq!(object.value["metadata"]["resourceVersion"], object.version.to_string());
            format!("{kind} {} x={x} @{}", object.key.name, object.version)
        }
        Told::Bookmark { version, ends_initial: true } => format!("END @{version}"),
        Told::Bookmark { version, ends_initial: false } => format!("BOOKMARK @{version}"),
        Told::Error(failure) => match &*failure.body {
            Body::Status { message, .. } => format!("ERROR {} {message}", failure.code),
            Body::Text(text) => panic!("{text}"),
        },
    }
}

struct Ear {
    told: Sender<String>,
    is_closed: bool,
}

impl Listener for Ear {
    fn tell(&mut self, told: Told<'_>) -> io::Result<()> {
        self.told.send(short(&told)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn is_closed(&mut self) -> bool {
        self.is_closed
    }
}

impl World {
    fn watch(&self, namespace: Option<&str>, query: &str) -> Result<Stream> {
        let query = format!("watch=1&{query}");
        self.call(namespace, &query, |call| open(&self.cluster, call))
    }

    /// All that a watch has to say up to now.
    fn ended(&self, stream: Stream) -> Vec<String> {
        self.cluster.store.end_watches("configmaps");
        let (told, heard) = channel();
        stream.run(&mut Ear { told, is_closed: false }).unwrap();
        heard.into_iter().collect()
    }

    /// All that a watch tells of what `then` does.
    fn told(&self, query: &str, then: impl FnOnce()) -> Vec<String> {
        let stream = self.watch(Some("d"), query).unwrap();
        then();
        self.ended(stream)
    }
}

/// A watch that runs on a thread.
struct Live {
    heard: Receiver<String>,
    thread: thread::JoinHandle<io::Result<()>>,
}

impl Live {
    fn of(stream: Stream) -> Self {
        let (told, heard) = channel();
        let run = move || stream.run(&mut Ear { told, is_closed: false });
        Self { heard, thread: thread::spawn(run) }
    }

    fn next(&self) -> String {
        self.heard.recv_timeout(LONG).unwrap()
    }

    fn end(self) -> io::Result<()> {
        self.thread.join().unwrap()
    }
}

#[test]
fn without_a_version_it_begins_with_what_is_there() {
    for query in ["", "resourceVersion=0", "resourceVersion=0&limit=1"] {
        let world = world();
        let (a, b) = (world.put("d", "a", "1"), world.put("d", "b", "1"));
        world.put("e", "other", "1");
        let told = world.told(query, || {
            world.put("d", "a", "2");
            world.put("e", "other", "2");
        });
        let expected = [
            format!("ADDED a x=1 @{a}"),
            format!("ADDED b x=1 @{b}"),
            format!("MODIFIED a x=2 @{}", b + 2),
        ];
        assert_eq!(told, expected);
    }
}

#[test]
fn from_a_version_it_replays_what_came_after_with_the_deletes() {
    let world = world();
    let a = world.put("d", "a", "1");
    world.put("d", "a", "2");
    world.remove("d", "a");
    world.put("d", "a", "3");
    let told = world.told(&format!("resourceVersion={a}"), || {});
    let expected = [
        format!("MODIFIED a x=2 @{}", a + 1),
        format!("DELETED a x=2 @{}", a + 2),
        format!("ADDED a x=3 @{}", a + 3),
    ];
    assert_eq!(told, expected);
    assert_eq!(world.told(&format!("resourceVersion={}", a + 3), || {}), [""; 0]);
}

#[test]
fn leaving_the_selection_is_a_delete_with_the_labels_of_before() {
    let world = world();
    let a = world.put("d", "a", "0");
    let told = world.told(&format!("resourceVersion={a}&labelSelector=x=1"), || {
        world.put("d", "a", "1");
        world.put("d", "a", "1");
        world.put("d", "a", "2");
        world.put("d", "a", "3");
        world.put("d", "a", "1");
        world.remove("d", "a");
    });
    let expected = [
        format!("ADDED a x=1 @{}", a + 1),
        format!("MODIFIED a x=1 @{}", a + 2),
        format!("DELETED a x=1 @{}", a + 3),
        format!("ADDED a x=1 @{}", a + 5),
        format!("DELETED a x=1 @{}", a + 6),
    ];
    assert_eq!(told, expected);
}

#[test]
fn one_object_is_watched_by_its_name() {
    let world = world();
    world.put("d", "a", "1");
    let b = world.put("d", "b", "1");
    let told = world.told("fieldSelector=metadata.name=b", || {
        world.put("d", "a", "2");
        world.put("e", "b", "2");
        world.remove("d", "b");
    });
    assert_eq!(told, [format!("ADDED b x=1 @{b}"), format!("DELETED b x=1 @{}", b + 3)]);
}

#[test]
fn all_namespaces_are_watched_together() {
    let world = world();
    let stream = world.watch(None, "").unwrap();
    let (a, b) = (world.put("d", "a", "1"), world.put("e", "b", "1"));
    assert_eq!(world.ended(stream), [format!("ADDED a x=1 @{a}"), format!("ADDED b x=1 @{b}")]);
}

#[test]
fn bookmarks_that_are_asked_for_end_the_initial_events() {
    let world = world();
    let a = world.put("d", "a", "1");
    world.cluster.store.bump(5);
    let initial = [format!("ADDED a x=1 @{a}"), format!("END @{}", a + 5)];
    let asked = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
    assert_eq!(world.told("allowWatchBookmarks=true", || {}), initial);
    assert_eq!(world.told(&format!("{asked}&allowWatchBookmarks=1"), || {}), initial);
    let query = format!("{asked}&allowWatchBookmarks=1&resourceVersion={a}");
    assert_eq!(world.told(&query, || {}), initial);
    assert_eq!(world.told(asked, || {}), initial[..1]);
    let query = format!("{asked}&allowWatchBookmarks=1&labelSelector=x=2");
    assert_eq!(world.told(&query, || {}), initial[1..]);
    let query =
        "sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    assert_eq!(world.told(query, || {}), [""; 0]);
}

#[test]
fn a_forgotten_version_is_an_error_event() {
    let world = world();
    let a = world.put("d", "a", "1");
    let b = world.put("d", "b", "1");
    world.cluster.store.compact();
    let told = world.told(&format!("resourceVersion={a}"), || {});
    assert_eq!(told, [format!("ERROR 410 too old resource version: {a} ({b})")]);
    assert_eq!(world.told(&format!("resourceVersion={b}"), || {}), [""; 0]);
    // Other resources' writes do not push out what this one's watchers need.
    world.cluster.store.keep_events(1);
    let c = world.put("d", "c", "1");
    let told = world.told(&format!("resourceVersion={b}"), || {});
    assert_eq!(told, [format!("ADDED c x=1 @{c}")]);
    world.put("d", "c", "2");
    let told = world.told(&format!("resourceVersion={b}"), || {});
    assert_eq!(told, [format!("ERROR 410 too old resource version: {b} ({c})")]);
}

#[test]
fn a_watch_that_falls_behind_the_log_is_told_so() {
    let world = world();
    let a = world.put("d", "a", "1");
    world.cluster.store.keep_events(2);
    let told = world.told(&format!("resourceVersion={a}"), || {
        for _ in 0..3 {
            world.put("d", "a", "2");
        }
    });
    assert_eq!(told, [format!("ERROR 410 too old resource version: {a} ({})", a + 1)]);
}

#[test]
fn compaction_leaves_a_watch_under_way_alone() {
    let world = world();
    let told = world.told("resourceVersion=0", || {
        world.put("d", "a", "1");
        world.cluster.store.compact();
    });
    assert_eq!(told.len(), 1);
}

#[test]
fn a_version_to_come_hears_nothing_before_it() {
    let world = world();
    let now = world.cluster.store.version();
    let told = world.told(&format!("resourceVersion={}", now + 2), || {
        world.put("d", "a", "1");
        world.put("d", "b", "1");
        world.put("d", "c", "1");
    });
    assert_eq!(told, [format!("ADDED c x=1 @{}", now + 3)]);
}

#[test]
fn initial_events_of_a_version_to_come_are_an_error_event() {
    let world = world();
    let now = world.cluster.store.version();
    world.cluster.clock.advance(Duration::ZERO);
    let query = "resourceVersion=999999999&sendInitialEvents=1&resourceVersionMatch=NotOlderThan";
    let told = thread::scope(|scope| {
        let told = scope.spawn(|| world.told(query, || {}));
        while !told.is_finished() {
            world.cluster.clock.advance(Duration::from_secs(1));
            thread::yield_now();
        }
        told.join().unwrap()
    });
    let expected =
        format!("ERROR 504 Timeout: Too large resource version: 999999999, current: {now}");
    assert_eq!(told, [expected]);
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let world = world();
    let is = "ListOptions.meta.k8s.io \"\" is invalid: ";
    let unasked = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    let required = "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    let exact =
        "resourceVersionMatch: Unsupported value: \"Exact\": supported values: \"NotOlderThan\"";
    let garbage = "resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax";
    for (query, code, expected) in [
        ("resourceVersion=5&resourceVersionMatch=NotOlderThan", 422, format!("{is}{unasked}")),
        ("resourceVersion=5&resourceVersionMatch=Exact", 422, format!("{is}[{unasked}, {exact}]")),
        ("sendInitialEvents=true", 422, format!("{is}{required}")),
        ("sendInitialEvents=false", 422, format!("{is}{required}")),
        (
            "sendInitialEvents=true&resourceVersionMatch=Exact",
            422,
            format!("{is}[{required}, {exact}]"),
        ),
        (
            "continue=x",
            422,
            format!(
                "{is}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided"
            ),
        ),
        ("resourceVersion=abc", 500, garbage.to_owned()),
        ("timeoutSeconds=x", 400, "strconv.ParseInt: parsing \"x\": invalid syntax".to_owned()),
    ] {
        let Err(failure) = world.watch(Some("d"), query) else { panic!("{query}") };
        assert_eq!(failure.status()["message"], expected, "{query}");
        assert_eq!(failure.code, code, "{query}");
    }
}

#[test]
fn it_ends_cleanly_when_its_time_is_over() {
    let world = world();
    let live = Live::of(world.watch(None, "timeoutSeconds=100").unwrap());
    let a = world.put("d", "a", "1");
    assert_eq!(live.next(), format!("ADDED a x=1 @{a}"));
    world.cluster.clock.advance(Duration::from_secs(101));
    live.end().unwrap();
    // A negative time is over at once.
    let stream = world.watch(None, "timeoutSeconds=-1").unwrap();
    assert_eq!(world.ended(stream), [""; 0]);
}

#[test]
fn unasked_it_lasts_half_an_hour_to_an_hour() {
    let world = world();
    world.cluster.clock.advance(Duration::ZERO);
    let now = world.cluster.clock.now();
    let minutes = || {
        let stream = world.watch(None, "timeoutSeconds=0").unwrap();
        stream.deadline().duration_since(now).as_mins()
    };
    let some: Vec<i64> = (0..20).map(|_| minutes()).collect();
    assert!(some.iter().all(|minutes| (30..60).contains(minutes)), "{some:?}");
    assert!(some.iter().any(|minutes| *minutes != some[0]));
}

#[test]
fn bookmarks_come_each_minute_and_before_the_end() {
    let world = world();
    let clock = &world.cluster.clock;
    clock.advance(Duration::ZERO);
    let a = world.put("d", "a", "1");
    let query = format!("resourceVersion={a}&allowWatchBookmarks=true&timeoutSeconds=100");
    let live = Live::of(world.watch(None, &query).unwrap());
    clock.advance(Duration::from_secs(59));
    let b = world.put("d", "b", "1");
    assert_eq!(live.next(), format!("ADDED b x=1 @{b}"));
    world.cluster.store.bump(7);
    clock.advance(Duration::from_secs(1));
    assert_eq!(live.next(), format!("BOOKMARK @{}", b + 7));
    clock.advance(Duration::from_secs(38));
    assert_eq!(live.next(), format!("BOOKMARK @{}", b + 7));
    clock.advance(Duration::from_secs(2));
    assert!(live.heard.recv_timeout(LONG).is_err());
    live.end().unwrap();
}

#[test]
fn the_period_of_bookmarks_can_be_set() {
    let world = world();
    world.cluster.store.set_bookmark_period(Duration::from_millis(1));
    let live = Live::of(world.watch(None, "allowWatchBookmarks=true").unwrap());
    assert!(live.next().starts_with("END"));
    assert!(live.next().starts_with("BOOKMARK"));
    world.cluster.store.stop();
    live.end().unwrap();
}

#[test]
fn a_live_watch_hears_each_write() {
    let world = world();
    let live: Vec<Live> = (0..20).map(|_| Live::of(world.watch(Some("d"), "").unwrap())).collect();
    for index in 0..50 {
        let name = format!("c{index}");
        let version = world.put("d", &name, "1");
        let expected = format!("ADDED {name} x=1 @{version}");
        assert!(live.iter().all(|live| live.next() == expected));
    }
    world.cluster.store.end_watches("configmaps");
    live.into_iter().for_each(|live| live.end().unwrap());
}

#[test]
fn dropped_watches_are_cut_and_those_of_an_ended_resource_end() {
    let world = world();
    let live = Live::of(world.watch(None, "").unwrap());
    world.cluster.store.drop_watches();
    assert!(live.end().is_err());
    let live = Live::of(world.watch(None, "").unwrap());
    world.cluster.store.end_watches("secrets");
    let a = world.put("d", "a", "1");
    assert_eq!(live.next(), format!("ADDED a x=1 @{a}"));
    world.cluster.store.end_watches("configmaps");
    live.end().unwrap();
}

#[test]
fn a_restored_store_cuts_watches_and_forgets_their_version() {
    let world = world();
    let a = world.put("d", "a", "1");
    let snapshot = world.cluster.store.snapshot();
    let b = world.put("d", "b", "1");
    let live = Live::of(world.watch(None, &format!("resourceVersion={a}")).unwrap());
    assert_eq!(live.next(), format!("ADDED b x=1 @{b}"));
    world.cluster.store.restore(&snapshot);
    assert!(live.end().is_err());
    let told = world.told(&format!("resourceVersion={b}"), || {});
    assert_eq!(told, [format!("ERROR 410 too old resource version: {b} ({})", b + 1)]);
    let told = world.told("resourceVersion=0", || {});
    assert_eq!(told, [format!("ADDED a x=1 @{a}")]);
}

#[test]
fn a_watch_that_nobody_hears_ends() {
    let world = world();
    let stream = world.watch(None, "").unwrap();
    let (told, _heard) = channel();
    stream.run(&mut Ear { told, is_closed: true }).unwrap();
}

#[test]
fn each_event_is_a_chunk_and_the_type_is_json() {
    struct Chunks(Sender<Vec<u8>>);
    impl Sink for Chunks {
        fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
            self.0.send(chunk.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
        fn is_closed(&mut self) -> bool {
            false
        }
    }
    let world = world();
    let a = world.put("d", "a", "1");
    world.put("d", "b", "1");
    world.cluster.store.compact();
    let ask = |query| {
        let reply = world.call(Some("d"), query, |call| answer(&world.cluster, call));
        let Ok(Reply::Stream(head, run)) = reply else { panic!("no stream") };
        assert_eq!(head.headers, [("Content-Type".to_owned(), "application/json".to_owned())]);
        let (sent, chunks) = channel();
        world.cluster.store.end_watches("configmaps");
        run(&mut Chunks(sent)).unwrap();
        chunks.into_iter().map(|chunk| String::from_utf8(chunk).unwrap()).collect::<Vec<_>>()
    };
    let chunks = ask("watch=1&allowWatchBookmarks=1");
    let starts = [r#"{"type":"ADDED","#, r#"{"type":"ADDED","#, r#"{"type":"BOOKMARK","#];
    assert!(chunks.iter().zip(starts).all(|(chunk, start)| chunk.starts_with(start)));
    assert!(chunks.len() == 3 && chunks.iter().all(|chunk| chunk.ends_with("}\n")));
    let told = ask(&format!("watch=1&resourceVersion={a}"));
    let [line] = &told[..] else { panic!("{told:?}") };
    let event: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((&event["type"], &event["object"]["code"]), (&json!("ERROR"), &json!(410)));
}
