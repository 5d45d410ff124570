//! Logs: what is asked for, what is made of what comes, how one that is followed ends. And evictions, which
//! are never sent twice.

use std::io::Read as _;
use std::time::Duration;

use kubeclient::api::{DISRUPTION_BUDGET, LogSource};
use kubeclient::{
    Api, ApiResource, DeleteParams, DynamicObject, ErrorKind, LogLines, LogParams, RestClient, Stop,
};
use kubeclient_tests::stub::{Reply, StreamSender, Stub};
use serde_json::json;

use super::{SOON, client, client_with, script, status, stub, timed};

const LOG: &str = "/api/v1/namespaces/ns/pods/p/log";

pub(super) fn pods(client: &RestClient) -> Api<DynamicObject> {
    let resource = ApiResource::namespaced("", "v1", "Pod", "pods");
    Api::dynamic_namespaced(client, &resource, "ns")
}

/// Follows a log whose pieces the test sends.
fn followed() -> (Stub, LogLines, StreamSender) {
    let (reply, sender) = Reply::stream(200);
    let stub = script([reply]);
    let lines = pods(&client(&stub)).log_lines("p", &LogParams::default().follow()).unwrap();
    (stub, lines, sender)
}

fn next(lines: &mut LogLines) -> Option<String> {
    lines.next().transpose().unwrap()
}

/// Fidelity 53.
#[test]
fn the_query_has_exactly_the_fields_that_are_set() {
    let stub = stub(|_, _| Reply::text(200, "x"));
    // A time limit of the Api's is not told where the log may go on.
    let pods = pods(&client(&stub)).with_timeout(Duration::from_secs(7));
    pods.logs("p", &LogParams::default()).unwrap();
    pods.log_bytes("p", &LogParams::default().container("c").tail(5).previous()).unwrap();
    pods.log_lines("p", &LogParams::default().follow().since_seconds(9)).unwrap();
    let params = LogParams::default().stream(LogSource::Stdout).limit_bytes(3).timestamps();
    pods.log_stream("p", &params).unwrap();
    let requests = stub.requests();
    let targets: Vec<_> =
        requests.iter().map(|request| request.target.strip_prefix(LOG).unwrap()).collect();
    assert_eq!(
        targets,
        [
            "?timeout=7s",
            "?container=c&tailLines=5&previous=true&timeout=7s",
            "?sinceSeconds=9&follow=true",
            "?limitBytes=3&stream=Stdout&timestamps=true",
        ]
    );
    // Lines that are compressed would come late.
    assert_eq!(requests[2].header("accept-encoding"), Some("identity"));
    assert_eq!(requests[2].header("accept"), Some("application/json, */*"));
}

#[test]
fn parameters_that_contradict_each_other_are_not_sent() {
    let stub = stub(|_, _| Reply::text(200, "x"));
    let pods = pods(&client(&stub));
    let check = |params: LogParams, part: &str| {
        let refused = pods.log_stream("p", &params).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(refused.to_string().contains(part), "{refused}");
        assert_eq!(pods.logs("p", &params).unwrap_err().kind(), ErrorKind::Invalid);
    };
    let params = LogParams::default;
    check(params().tail(1).stream(LogSource::Stderr), "tail_lines");
    check(params().since_seconds(0), "sinceSeconds is 0");
    check(params().limit_bytes(u64::MAX), "limitBytes is 18446744073709551615");
    let endless = pods.logs("p", &params().follow()).unwrap_err();
    assert!(endless.to_string().contains("log_lines"), "{endless}");
    assert_eq!(stub.connections(), 0);
}

#[test]
fn no_byte_of_a_log_gets_lost_unsaid() {
    let bytes = b"a\r\n\xff\n\n\xc3";
    let stub = stub(|_, _| Reply::text(200, &bytes[..]));
    let pods = pods(&client(&stub));
    let params = LogParams::default();
    assert_eq!(pods.log_bytes("p", &params).unwrap(), bytes);
    let error = pods.logs("p", &params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(
        error.to_string(),
        format!("GET {LOG}: the log is not UTF-8 at byte 3: `Api::log_bytes` reads it")
    );

    let lines: Vec<_> = pods.log_lines("p", &params).unwrap().collect();
    let text: Vec<_> = lines.iter().map(|line| line.as_deref().ok()).collect();
    assert_eq!(text, [Some("a\r"), None, Some(""), None]);
    assert_eq!(lines[1].as_ref().unwrap_err().kind(), ErrorKind::Decode);

    let mut lines = pods.log_lines("p", &params).unwrap();
    let mut found = Vec::new();
    while let Some(line) = lines.next_bytes() {
        found.push(line.unwrap().to_vec());
    }
    assert_eq!(found, [&b"a\r"[..], b"\xff", b"", b"\xc3"]);

    let mut all = Vec::new();
    pods.log_stream("p", &params).unwrap().read_to_end(&mut all).unwrap();
    assert_eq!(all, bytes);
}

#[test]
fn a_character_that_the_limit_cut_is_left_out() {
    let stub = stub(|_, _| Reply::text(200, &"one\ntwo é".as_bytes()[..9]));
    let pods = pods(&client(&stub));
    let params = LogParams::default().limit_bytes(9);
    assert_eq!(pods.logs("p", &params).unwrap(), "one\ntwo ");
    let lines: Vec<_> = pods.log_lines("p", &params).unwrap().map(Result::unwrap).collect();
    assert_eq!(lines, ["one", "two "]);
    // A log that ended before its limit was not cut.
    let error = pods.logs("p", &LogParams::default().limit_bytes(10)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

/// Fidelity 53.
#[test]
fn lines_come_as_they_are_written_and_the_last_needs_no_end() {
    let (_stub, mut lines, sender) = followed();
    sender.chunk("one\ntw");
    assert_eq!(next(&mut lines).as_deref(), Some("one"));
    sender.chunk("o\n");
    assert_eq!(next(&mut lines).as_deref(), Some("two"));
    sender.chunk("three\n\nfour");
    sender.finish();
    let rest: Vec<_> = lines.by_ref().map(Result::unwrap).collect();
    assert_eq!(rest, ["three", "", "four"]);
    assert!(lines.next().is_none() && lines.next_bytes().is_none(), "it stays ended");
}

/// Fidelity 53.
#[test]
fn a_log_that_is_followed_ends_when_it_is_stopped() {
    let (_stub, mut lines, sender) = followed();
    sender.chunk("one\ntwo\nunfinished");
    assert_eq!(next(&mut lines).as_deref(), Some("one"));
    assert_eq!(next(&mut lines).as_deref(), Some("two"));
    let stop = lines.stopper();
    let (ended, took) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| lines.next().is_none());
        timed(|| {
            stop.stop();
            reader.join().unwrap()
        })
    });
    assert!(ended && took < SOON, "{ended} after {took:?}");

    // Lines that came before the stop, in one piece, are not given after it either.
    let (_stub, mut lines, sender) = followed();
    sender.chunk("one\ntwo\n");
    assert_eq!(next(&mut lines).as_deref(), Some("one"));
    lines.stopper().stop();
    assert_eq!(next(&mut lines), None);
}

#[test]
fn a_log_that_breaks_off_is_an_error() {
    let (_stub, mut lines, sender) = followed();
    sender.chunk("one\nunfin");
    sender.abort();
    assert_eq!(next(&mut lines).as_deref(), Some("one"));
    let error = lines.next().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Connection, Some(LOG)));
    assert!(lines.next().is_none());
}

#[test]
fn a_line_without_an_end_is_bounded() {
    let stub = stub(|_, _| Reply::text(200, format!("short\n{}\nafter\n", "x".repeat(100))));
    let pods = pods(&client_with(&stub, |config| config.limits.log_line = 99));
    let mut lines = pods.log_lines("p", &LogParams::default()).unwrap();
    assert_eq!(next(&mut lines).as_deref(), Some("short"));
    let error = lines.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let message = format!("GET {LOG}: a line or frame of the answer is longer than 99 bytes");
    assert_eq!(error.to_string(), message);
    assert!(lines.next().is_none());
}

/// A node answers with the first line: until then there is no head either.
#[test]
fn a_silent_container_is_waited_for() {
    let stub = stub(|_, _| Reply::stall());
    let client = client_with(&stub, |config| {
        config.timeouts.request = Some(Duration::from_millis(50));
    });
    let pods = pods(&client);
    let error = pods.log_lines("p", &LogParams::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);

    let time = Duration::from_millis(400);
    let pods = pods.with_stop(&Stop::after(time));
    let (outcome, took) = timed(|| pods.log_lines("p", &LogParams::default().follow()));
    assert!(outcome.unwrap_err().is_stopped());
    assert!(took >= time && took < time + SOON, "{took:?}");
}

#[test]
fn a_log_that_is_refused_says_why() {
    let refusal = || Reply::json(400, status(400, "BadRequest").to_string());
    let stub = stub(move |_, _| refusal());
    let pods = pods(&client(&stub));
    let params = LogParams::default();
    assert!(pods.logs("p", &params).unwrap_err().is_bad_request());
    assert!(pods.log_lines("p", &params.follow()).unwrap_err().is_bad_request());
}

/// Fidelity 52.
#[test]
fn an_eviction_that_a_budget_refuses_is_not_sent_again() {
    let mut refusal = status(429, "TooManyRequests");
    refusal["details"] = json!({"causes": [{"reason": "DisruptionBudget", "message": "spent"}]});
    let stub = stub(move |_, _| Reply::json(429, refusal.to_string()).header("Retry-After", "10"));
    let pods = pods(&client(&stub));
    let (outcome, took) = timed(|| pods.evict("p", &DeleteParams::default()));
    let error = outcome.unwrap_err();
    assert!(error.is_too_many_requests(), "{error}");
    assert!(error.status().unwrap().has_cause(DISRUPTION_BUDGET));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(10)));
    assert!(took < SOON, "{took:?}");

    let requests = stub.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].target, "/api/v1/namespaces/ns/pods/p/eviction");
    let metadata = json!({"name": "p", "namespace": "ns"});
    let plain = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata});
    assert_eq!(requests[0].json().unwrap(), plain);
}

#[test]
fn the_options_of_an_eviction_travel_in_it() {
    let success = json!({"kind": "Status", "apiVersion": "v1", "status": "Success", "code": 201});
    let stub = stub(move |_, _| Reply::json(201, success.to_string()));
    let params = DeleteParams::default().grace_period(0).uid("u").dry_run();
    assert!(pods(&client(&stub)).evict("p", &params).unwrap().is_success());
    let request = &stub.requests()[0];
    assert_eq!(request.query, "dryRun=All");
    let options = json!({
        "gracePeriodSeconds": 0,
        "preconditions": {"uid": "u"},
        "dryRun": ["All"],
    });
    assert_eq!(request.json().unwrap()["deleteOptions"], options);
}
