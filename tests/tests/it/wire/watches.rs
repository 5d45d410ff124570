//! Watches: what is asked for, what is told, and what one connection is.

use std::time::Duration;

use kubeclient::api::{RawEvent, RawWatch, Watch};
use kubeclient::{ErrorKind, ListParams, WatchEvent, WatchParams};
use kubeclient_tests::stub::{RecordedRequest, Reply, StreamSender, Stub};

use super::{
    bad_foo, bookmark, client, end_of_initial_events, event, foo, foos, page, refusal, script,
    status, stub,
};
use crate::foo::Foo;

/// Starts a watch on these answers.
pub(super) fn watch(replies: impl IntoIterator<Item = Reply>) -> (Stub, Watch<Foo>) {
    let stub = script(replies);
    let watch = foos(&client(&stub)).watch(&WatchParams::default()).unwrap();
    (stub, watch)
}

/// An answer that tells of `a`, of the end of the initial events at version 5, and of what follows.
pub(super) fn synced(lines: &[String]) -> (Reply, StreamSender) {
    let (reply, sender) = Reply::stream(200);
    sender.line(event("ADDED", foo("a", 2)));
    sender.line(end_of_initial_events(5));
    lines.iter().for_each(|line| sender.line(line));
    (reply, sender)
}

/// The same, ended in good order.
pub(super) fn synced_and_closed(lines: &[String]) -> Reply {
    let (reply, sender) = synced(lines);
    sender.finish();
    reply
}

/// A watch's whole answer.
pub(super) fn lines(lines: &[String]) -> Reply {
    Reply::json(200, lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

/// The next so many items of a watch, a word each.
pub(super) fn told(watch: &mut Watch<Foo>, count: usize) -> Vec<String> {
    watch.by_ref().take(count).map(word).collect()
}

fn word(item: kubeclient::Result<WatchEvent<Foo>>) -> String {
    match item {
        Ok(WatchEvent::Added(object)) => format!("+{}", object.metadata.name),
        Ok(WatchEvent::Modified(object)) => format!("~{}", object.metadata.name),
        Ok(WatchEvent::Deleted(object)) => format!("-{}", object.metadata.name),
        Ok(WatchEvent::Synced) => "synced".into(),
        Ok(WatchEvent::Restarted) => "restarted".into(),
        Ok(other) => format!("{other:?}"),
        Err(error) => format!("{:?}", error.kind()),
    }
}

/// What kind of request it is: the initial objects, a list, or what follows a version.
pub(super) fn asked(requests: &[RecordedRequest]) -> Vec<String> {
    let kind = |request: &RecordedRequest| {
        let value = |name| request.query_value(name);
        match (value("watch"), value("sendInitialEvents"), value("resourceVersion")) {
            (None, None, None) => "list".to_owned(),
            (Some(_), Some(_), None) => "initial".to_owned(),
            (Some(_), None, Some(version)) => format!("after {version}"),
            other => format!("{other:?}"),
        }
    };
    requests.iter().map(kind).collect()
}

/// Fidelity 61.
#[test]
fn the_initial_objects_and_their_changes_come_through_one_watch() {
    let changes = [
        event("MODIFIED", foo("a", 6)),
        event("ADDED", foo("b", 7)),
        event("DELETED", foo("a", 8)),
    ];
    let (reply, _sender) = synced(&changes);
    let stub = script([reply]);
    let params = WatchParams::default().labels("a=b").fields("metadata.name=c");
    let mut watch = foos(&client(&stub)).watch(&params).unwrap();
    assert_eq!(watch.resource_version(), "");
    assert_eq!(told(&mut watch, 2), ["+a", "synced"]);
    assert_eq!(watch.resource_version(), "5");
    assert_eq!(told(&mut watch, 3), ["~a", "+b", "-a"]);
    assert_eq!(watch.resource_version(), "8");
    let requests = stub.requests();
    assert_eq!(requests.len(), 1, "the stream is not opened again after the initial events");
    let mut pairs = requests[0].query_pairs();
    pairs.retain(|(name, _)| name != "timeoutSeconds");
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(
        pairs,
        [
            ("allowWatchBookmarks", "true"),
            ("fieldSelector", "metadata.name=c"),
            ("labelSelector", "a=b"),
            ("resourceVersionMatch", "NotOlderThan"),
            ("sendInitialEvents", "true"),
            ("watch", "true"),
        ]
    );
}

/// Fidelity 62.
#[test]
fn a_server_that_knows_no_initial_events_is_listed_and_watched() {
    for (code, reason) in
        [(400, "BadRequest"), (422, "Invalid"), (500, "InternalError"), (501, "NotImplemented")]
    {
        let (reply, _sender) = {
            let (reply, sender) = Reply::stream(200);
            sender.line(event("ADDED", foo("c", 9)));
            (reply, sender)
        };
        let list = [page([foo("a", 1)], 7, "t"), page([foo("b", 2)], 7, "")];
        let replies = [refusal(code, reason)].into_iter().chain(list).chain([reply]);
        let (stub, mut watch) = watch(replies);
        assert_eq!(asked(&stub.requests()), ["initial", "list"], "in the same cycle");
        assert_eq!(told(&mut watch, 4), ["+a", "+b", "synced", "+c"]);
        let requests = stub.requests();
        assert_eq!(asked(&requests)[3], "after 7");
        assert_eq!(requests[1].query_value("limit").as_deref(), Some("500"));
    }
}

/// A list whose token expires is of two moments: no watch can go on from it.
#[test]
fn an_inconsistent_list_is_not_what_a_watch_starts_from() {
    let mut expired = status(410, "Expired");
    expired["metadata"]["continue"] = "t2".into();
    let (stub, mut watch) = watch([
        refusal(400, "BadRequest"),
        page([foo("a", 1)], 5, "t1"),
        Reply::json(410, expired.to_string()),
        page([foo("a", 1)], 9, "t3"),
        page([foo("b", 2)], 9, ""),
        Reply::stall(),
    ]);
    assert_eq!(told(&mut watch, 5), ["+a", "restarted", "+a", "+b", "synced"]);
    assert_eq!(watch.resource_version(), "9");
    let tokens: Vec<_> =
        stub.requests().iter().map(|request| request.query_value("continue")).collect();
    assert_eq!(tokens, [None, None, Some("t1".into()), None, Some("t3".into())]);
}

/// Fidelity 64.
#[test]
fn a_thousand_watches_do_not_come_back_at_once() {
    let stub = stub(|_, _| Reply::json(200, ""));
    let api = foos(&client(&stub));
    for _ in 0..1000 {
        assert!(api.watch_raw(&WatchParams::default()).unwrap().next().is_none());
    }
    let times: std::collections::BTreeSet<u64> = stub
        .requests()
        .iter()
        .map(|request| request.query_value("timeoutSeconds").unwrap().parse().unwrap())
        .collect();
    assert!(times.iter().all(|seconds| (300..600).contains(seconds)), "{times:?}");
    assert!(times.len() > 100, "{} different times", times.len());
}

#[test]
fn a_watchs_time_may_be_given() {
    let stub = stub(|_, _| Reply::json(200, ""));
    let api = foos(&client(&stub));
    for (time, sent) in [
        (Duration::from_secs(7), "7"),
        (Duration::from_millis(1), "1"),
        (Duration::MAX, "18446744073709551615"),
    ] {
        let params = WatchParams::default().after("3").timeout(time);
        assert!(api.watch_raw(&params).unwrap().next().is_none());
        let request = stub.requests().pop().unwrap();
        assert_eq!(request.query_value("timeoutSeconds").as_deref(), Some(sent));
        assert_eq!(request.query_value("resourceVersion").as_deref(), Some("3"));
        assert_eq!(request.query_value("timeout"), None);
    }
}

fn raw(reply: Reply) -> (Stub, RawWatch<Foo>) {
    let stub = script([reply]);
    let watch = foos(&client(&stub)).watch_raw(&WatchParams::default()).unwrap();
    (stub, watch)
}

/// Fidelity 59.
#[test]
fn an_expired_version_is_an_error_and_the_end_of_a_raw_watch() {
    let (_stub, mut watch) =
        raw(lines(&[event("ADDED", foo("a", 1)), event("ERROR", status(410, "Expired"))]));
    assert!(matches!(watch.next(), Some(Ok(RawEvent::Added(_)))));
    let error = watch.next().unwrap().unwrap_err();
    assert!(error.is_expired());
    assert_eq!((error.verb(), error.status().unwrap().code), (Some("GET"), 410));
    assert!(watch.next().is_none());

    let stub = script([refusal(410, "Expired")]);
    let params = WatchParams::default().after("1");
    assert!(foos(&client(&stub)).watch_raw(&params).unwrap_err().is_expired());
}

/// Fidelity 60.
#[test]
fn a_raw_watch_tells_bookmarks_as_what_they_are() {
    let (_stub, watch) = raw(lines(&[bookmark(7), end_of_initial_events(8), String::new()]));
    let events: Vec<_> = watch.map(Result::unwrap).collect();
    let bookmark = |version: &str, ends| RawEvent::Bookmark {
        resource_version: version.into(),
        ends_initial_events: ends,
    };
    assert_eq!(events, [bookmark("7", false), bookmark("8", true)]);
}

/// Fidelity 75.
#[test]
fn an_unknown_type_of_event_is_an_error() {
    let (_stub, mut watch) =
        raw(lines(&[event("MOVED", foo("a", 1)), event("ADDED", foo("b", 2))]));
    let error = watch.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("expected one of `ADDED`"), "{error}");
    assert!(matches!(watch.next(), Some(Ok(RawEvent::Added(_)))));
}

/// Fidelity 74.
#[test]
fn a_cut_line_is_the_end_and_a_garbled_one_an_error() {
    for whole in [true, false] {
        let (reply, sender) = Reply::stream(200);
        sender.line(event("ADDED", foo("a", 1)));
        sender.chunk(r#"{"type":"ADDED","object":{"#);
        if whole {
            sender.finish()
        } else {
            sender.abort()
        }
        let (_stub, watch) = raw(reply);
        let items: Vec<_> = watch.map(|item| item.is_ok()).collect();
        assert_eq!(items, [true]);
    }
    let (_stub, watch) = raw(lines(&["garbage".into(), event("ADDED", foo("b", 2))]));
    let items: Vec<_> = watch.map(|item| item.is_ok()).collect();
    assert_eq!(items, [false]);
}

/// The pieces in which a line comes don't matter.
#[test]
fn an_event_may_come_a_byte_at_a_time() {
    let (reply, sender) = Reply::stream(200);
    for byte in format!("{}\r\n", event("ADDED", foo("a", 1))).into_bytes() {
        sender.chunk([byte]);
    }
    sender.finish();
    let (_stub, watch) = raw(reply);
    assert_eq!(watch.map(Result::unwrap).count(), 1);
}

/// One object that nobody can decode takes no other with it, and is not read twice.
#[test]
fn a_bad_object_is_reported_and_passed() {
    let (reply, sender) = Reply::stream(200);
    sender.line(event("ADDED", bad_foo("bad", 1)));
    sender.line(event("ADDED", foo("a", 2)));
    sender.line(end_of_initial_events(5));
    sender.line(event("MODIFIED", foo("a", 6)));
    sender.line(event("MODIFIED", bad_foo("bad", 7)));
    sender.finish();
    let (stub, mut watch) = watch([reply, lines(&[event("ADDED", foo("b", 8))]), Reply::stall()]);
    let told = told(&mut watch, 6);
    assert_eq!(told, ["Decode", "+a", "synced", "~a", "Decode", "+b"]);
    assert_eq!(asked(&stub.requests()), ["initial", "after 7"]);
}

/// As above, where the objects come in a list.
#[test]
fn a_bad_object_in_the_first_list_is_reported_and_passed() {
    let (stub, mut watch) = watch([
        refusal(400, "BadRequest"),
        page([bad_foo("bad", 1), foo("a", 2)], 5, "t"),
        page([foo("b", 3), bad_foo("worse", 4)], 5, ""),
        Reply::stall(),
    ]);
    let told = told(&mut watch, 5);
    assert_eq!(told, ["+a", "Decode", "+b", "Decode", "synced"]);
    stub.wait_for_requests(3);
    assert_eq!(asked(&stub.requests())[..2], ["initial", "list"]);
    assert_eq!(watch.restarts(), 0);
}

#[test]
fn one_bad_object_of_ten_thousand_takes_no_other_with_it() {
    let stub = stub(|request, _| {
        if request.query_value("sendInitialEvents").is_some() {
            return refusal(400, "BadRequest");
        }
        if request.query_value("watch").is_some() {
            return Reply::stall();
        }
        let first = request.query_value("continue").map_or(0, |token| token.parse().unwrap());
        let object = |n| if n == 7777 { bad_foo("bad", n) } else { foo(&format!("foo-{n}"), n) };
        let token = if first + 500 < 10_000 { (first + 500).to_string() } else { String::new() };
        page((first..first + 500).map(object), 10_000, &token)
    });
    let mut watch = foos(&client(&stub)).watch(&WatchParams::default()).unwrap();
    let told = told(&mut watch, 10_001);
    let added = told.iter().filter(|word| word.starts_with("+foo-")).count();
    let failed = told.iter().filter(|word| *word == "Decode").count();
    assert_eq!((added, failed, told.last().unwrap().as_str()), (9_999, 1, "synced"));
    assert_eq!(watch.restarts(), 0);
}

#[test]
fn a_watch_that_can_not_begin_says_why() {
    let stub = stub(|_, _| refusal(403, "Forbidden"));
    let error = foos(&client(&stub)).watch(&WatchParams::default()).unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    let (params, before) = (WatchParams::default().labels("a b"), stub.requests().len());
    let error = foos(&client(&stub)).watch(&params).unwrap_err();
    assert_eq!((error.kind(), stub.requests().len()), (ErrorKind::Invalid, before));
    assert!(foos(&client(&stub)).list(&ListParams::default()).unwrap_err().is_forbidden());
}
