//! Watches that go on: after a cut, silence, a refusal, and when their place is lost.

use std::time::Duration;

use kubeclient::{Stop, WatchParams};
use kubeclient_tests::stub::Reply;

use super::watches::{asked, lines, synced, synced_and_closed, told, watch};
use super::{
    bookmark, client, client_with, end_of_initial_events, event, foo, foos, of_the_future, page,
    refusal, script, status, stub, timed,
};

/// The shortest pause after a failure.
const PAUSE: Duration = Duration::from_millis(800);

/// Fidelity 63.
#[test]
fn a_watch_that_ends_in_good_order_goes_on_from_its_last_version() {
    let (stub, mut watch) = watch([
        synced_and_closed(&[event("MODIFIED", foo("a", 9))]),
        lines(&[event("DELETED", foo("a", 12))]),
        lines(&[event("ADDED", foo("b", 14))]),
        Reply::stall(),
    ]);
    let (told, took) = timed(|| told(&mut watch, 5));
    assert_eq!(told, ["+a", "synced", "~a", "-a", "+b"]);
    assert!(took < PAUSE, "{took:?}");
    assert_eq!(asked(&stub.requests()), ["initial", "after 9", "after 12"]);
}

/// Fidelity 60.
#[test]
fn a_bookmark_moves_the_version_and_is_not_told() {
    let (stub, mut watch) = watch([
        synced_and_closed(&[event("MODIFIED", foo("a", 9)), bookmark(17)]),
        lines(&[bookmark(18), event("ADDED", foo("b", 20))]),
        Reply::stall(),
    ]);
    assert_eq!(told(&mut watch, 4), ["+a", "synced", "~a", "+b"]);
    assert_eq!(asked(&stub.requests()), ["initial", "after 17"]);
}

/// A server that gives no version must not make the watch forget its place.
#[test]
fn an_event_without_a_version_leaves_the_place() {
    let versionless = |name: &str| {
        let mut object = foo(name, 1);
        object["metadata"].as_object_mut().unwrap().remove("resourceVersion");
        object
    };
    let (stub, mut watch) = watch([
        synced_and_closed(&[event("ADDED", versionless("b")), event("BOOKMARK", versionless(""))]),
        lines(&[event("ADDED", foo("c", 20))]),
        Reply::stall(),
    ]);
    assert_eq!(told(&mut watch, 4), ["+a", "synced", "+b", "+c"]);
    assert_eq!(asked(&stub.requests()), ["initial", "after 5"]);
}

/// A watch after a version knows no objects, and lists none.
#[test]
fn a_watch_may_begin_after_a_version() {
    let stub = script([lines(&[event("ADDED", foo("a", 44))]), Reply::stall()]);
    let mut watch = foos(&client(&stub)).watch(&WatchParams::default().after("42")).unwrap();
    assert_eq!(told(&mut watch, 1), ["+a"]);
    stub.wait_for_requests(1);
    assert_eq!(asked(&stub.requests())[0], "after 42");
}

/// Fidelity 74.
#[test]
fn a_watch_that_is_cut_anywhere_goes_on_from_its_last_whole_event() {
    let line = format!("{}\n", event("ADDED", foo("b", 9)));
    for cut in [1, line.len() / 2, line.len() - 1] {
        let (reply, sender) = synced(&[]);
        sender.chunk(&line.as_bytes()[..cut]);
        sender.abort();
        let (stub, mut watch) =
            watch([reply, lines(&[event("ADDED", foo("b", 9))]), Reply::stall()]);
        assert_eq!(told(&mut watch, 3), ["+a", "synced", "+b"], "cut at {cut}");
        assert_eq!(asked(&stub.requests()), ["initial", "after 5"]);
    }
}

/// Fidelity 74: also in the middle of what HTTP itself puts around an event.
#[test]
fn a_watch_that_is_cut_within_a_chunk_goes_on() {
    let line = format!("{}\n", event("ADDED", foo("b", 9)));
    let chunk = format!("{:x}\r\n{line}\r\n", line.len());
    let end = chunk.len();
    for cut in [1, 2, 3, 4, 5, end / 2, end - 3] {
        let (reply, sender) = synced(&[]);
        sender.raw(&chunk.as_bytes()[..cut]);
        sender.abort();
        let (stub, mut watch) =
            watch([reply, lines(&[event("ADDED", foo("b", 9))]), Reply::stall()]);
        assert_eq!(told(&mut watch, 3), ["+a", "synced", "+b"], "cut at {cut}");
        assert_eq!(asked(&stub.requests()), ["initial", "after 5"]);
    }
}

/// Fidelity 74.
#[test]
fn a_garbled_line_is_reported_once_and_the_watch_goes_on() {
    let (stub, mut watch) = watch([
        synced_and_closed(&["garbage".into(), event("ADDED", foo("never", 9))]),
        lines(&[event("ADDED", foo("b", 9))]),
        Reply::stall(),
    ]);
    assert_eq!(told(&mut watch, 4), ["+a", "synced", "Decode", "+b"]);
    assert_eq!(asked(&stub.requests()), ["initial", "after 5"]);
}

/// Fidelity 66.
#[test]
fn a_server_that_is_busy_is_asked_again_for_the_same_after_a_pause() {
    let unwell = [refusal(429, "TooManyRequests"), refusal(503, "ServiceUnavailable")];
    std::thread::scope(|scope| {
        for reply in unwell {
            scope.spawn(move || {
                let (stub, mut watch) = watch([
                    synced_and_closed(&[]),
                    reply,
                    lines(&[event("ADDED", foo("b", 9))]),
                    Reply::stall(),
                ]);
                let (told, took) = timed(|| told(&mut watch, 3));
                assert_eq!(told, ["+a", "synced", "+b"]);
                assert!(took >= PAUSE, "{took:?}");
                assert_eq!(asked(&stub.requests()), ["initial", "after 5", "after 5"]);
            });
        }
    });
}

/// An error in the stream that passes is no more than a refusal to open it.
#[test]
fn a_passing_error_event_is_waited_out() {
    let (stub, mut watch) = watch([
        synced_and_closed(&[event("ERROR", status(500, "InternalError"))]),
        lines(&[event("ADDED", foo("b", 9))]),
        Reply::stall(),
    ]);
    assert_eq!(told(&mut watch, 3), ["+a", "synced", "+b"]);
    assert_eq!(asked(&stub.requests()), ["initial", "after 5"]);
}

/// A right that was taken away is told, and the watch goes on when it is given back.
#[test]
fn a_lasting_refusal_is_told_and_tried_again() {
    let (stub, mut watch) = watch([
        synced_and_closed(&[]),
        refusal(403, "Forbidden"),
        lines(&[event("ADDED", foo("b", 9))]),
        Reply::stall(),
    ]);
    assert_eq!(told(&mut watch, 3), ["+a", "synced", "Api"]);
    let (told, took) = timed(|| told(&mut watch, 1));
    assert_eq!(told, ["+b"]);
    assert!(took >= PAUSE, "{took:?}");
    assert_eq!(asked(&stub.requests()), ["initial", "after 5", "after 5"]);
}

/// Fidelity 67.
#[test]
fn a_silent_watch_is_left_and_gone_on_from_its_last_version() {
    let (mute, _sender) = synced(&[bookmark(17)]);
    // The second says nothing at all: that bookmarks come is known by then.
    let (second, _kept) = Reply::stream(200);
    let stub = script([mute, second, lines(&[event("ADDED", foo("b", 20))]), Reply::stall()]);
    let idle = Duration::from_millis(300);
    let client = client_with(&stub, |config| config.timeouts.watch_idle = Some(idle));
    let mut watch = foos(&client).watch(&WatchParams::default()).unwrap();
    assert_eq!(told(&mut watch, 2), ["+a", "synced"]);
    let (told, took) = timed(|| told(&mut watch, 1));
    assert_eq!(told, ["+b"]);
    assert!(took >= idle * 2 && took < idle * 2 + PAUSE, "{took:?}");
    assert_eq!(asked(&stub.requests()), ["initial", "after 17", "after 17"]);
    assert_eq!(watch.restarts(), 0);
    stub.wait_for_disconnect(0);
    stub.wait_for_disconnect(1);
}

/// Fidelity 67: where no bookmark comes, silence means nothing before the server's own end.
#[test]
fn a_watch_without_bookmarks_may_be_silent_for_its_whole_time() {
    let (silent, sender) = Reply::stream(200);
    let stub = script([silent]);
    let idle = Duration::from_millis(50);
    let client = client_with(&stub, |config| config.timeouts.watch_idle = Some(idle));
    let mut watch = foos(&client.with_stop(&Stop::after(idle * 8)))
        .watch(&WatchParams::default().after("3"))
        .unwrap();
    assert!(watch.next().is_none(), "the test's own end");
    assert_eq!(stub.requests().len(), 1);
    drop(sender);
}

/// Fidelity 67.
#[test]
fn a_watch_without_bookmarks_is_left_five_seconds_after_its_time() {
    let (silent, _sender) = Reply::stream(200);
    let stub = script([silent, lines(&[event("ADDED", foo("a", 4))]), Reply::stall()]);
    let params = WatchParams::default().after("3").timeout(Duration::from_secs(1));
    let mut watch = foos(&client(&stub)).watch(&params).unwrap();
    let (told, took) = timed(|| told(&mut watch, 1));
    assert_eq!(told, ["+a"]);
    assert!(took >= Duration::from_secs(6) && took < Duration::from_secs(7), "{took:?}");
    assert_eq!(asked(&stub.requests()), ["after 3", "after 3"]);
}

/// The ways to say that a version is too old, or of the future.
fn lost() -> Vec<(String, Vec<Reply>)> {
    let mut ways = vec![
        ("answer".to_owned(), vec![synced_and_closed(&[]), refusal(410, "Expired")]),
        ("gone".to_owned(), vec![synced_and_closed(&[]), Reply::text(410, "gone")]),
        ("event".to_owned(), vec![synced_and_closed(&[event("ERROR", status(410, "Expired"))])]),
    ];
    for (form, too_large) in of_the_future() {
        let answer = Reply::json(504, too_large.to_string()).header("Retry-After", "1");
        ways.push((format!("{form}, answer"), vec![synced_and_closed(&[]), answer]));
        ways.push((
            format!("{form}, event"),
            vec![synced_and_closed(&[event("ERROR", too_large)])],
        ));
    }
    ways
}

/// Fidelity 59, 63.
#[test]
fn a_watch_whose_place_is_lost_starts_over_and_says_so() {
    for (way, replies) in lost() {
        let (initial, _sender) = {
            let (reply, sender) = Reply::stream(200);
            sender.line(event("ADDED", foo("b", 20)));
            sender.line(end_of_initial_events(21));
            sender.line(event("MODIFIED", foo("b", 22)));
            (reply, sender)
        };
        let requests = replies.len();
        let (stub, mut watch) = watch(replies.into_iter().chain([initial]));
        let told = told(&mut watch, 6);
        assert_eq!(told, ["+a", "synced", "restarted", "+b", "synced", "~b"], "{way}");
        assert_eq!(watch.restarts(), 1);
        assert_eq!(asked(&stub.requests())[requests], "initial", "{way}");
        assert_eq!(stub.requests().len(), requests + 1, "{way}");
    }
}

/// What came before a cut may not be all that there is: the reader hears that it starts anew.
#[test]
fn a_cut_in_the_initial_events_starts_over() {
    let (cut, sender) = Reply::stream(200);
    sender.line(event("ADDED", foo("gone", 2)));
    sender.abort();
    let (again, _kept) = synced(&[]);
    let (stub, mut watch) = watch([cut, again]);
    assert_eq!(told(&mut watch, 4), ["+gone", "restarted", "+a", "synced"]);
    assert_eq!(asked(&stub.requests()), ["initial", "initial"]);
}

/// How often a server is asked in a time that is shorter than a pause.
#[track_caller]
fn most_requests(most: usize, answer: fn(&str) -> Reply) {
    let stub = stub(move |request, _| answer(&asked(std::slice::from_ref(request))[0]));
    let client = client(&stub).with_stop(&Stop::after(Duration::from_millis(700)));
    if let Ok(watch) = foos(&client).watch(&WatchParams::default()) {
        watch.for_each(drop);
    }
    let requests = stub.requests().len();
    assert!(requests <= most, "{requests} requests in 0.7 s");
}

#[test]
fn a_server_that_ends_every_watch_at_once_is_not_asked_without_a_pause() {
    most_requests(2, |asked| match asked {
        "initial" => synced_and_closed(&[]),
        _ => lines(&[]),
    });
}

#[test]
fn a_server_on_which_every_place_is_lost_is_not_asked_without_a_pause() {
    // One restart is made at once.
    most_requests(4, |asked| match asked {
        "initial" => synced_and_closed(&[]),
        _ => refusal(410, "Expired"),
    });
    most_requests(2, |_| synced_and_closed(&[event("ERROR", status(410, "Expired"))]));
    most_requests(6, |asked| match asked {
        "initial" => refusal(400, "BadRequest"),
        "list" => page([foo("a", 1)], 5, ""),
        _ => refusal(410, "Expired"),
    });
}

#[test]
fn a_server_that_never_gets_through_its_objects_is_not_asked_without_a_pause() {
    most_requests(2, |_| lines(&[event("ADDED", foo("a", 2))]));
}
