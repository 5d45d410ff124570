//! What is sent again, how often, and when the client gives up.

use std::time::Duration;

use http_method::{DELETE, GET, PATCH, POST};
use kubeclient::rest::Retry;
use kubeclient::{ErrorKind, Request, Stop, WatchParams};
use kubeclient_tests::stub::Reply;
use serde_json::json;

use super::{SOON, client, client_with, foos, of_the_future, refusal, status, stub, timed};

/// The verbs that the tests try.
mod http_method {
    use kubeclient::Request;

    pub(super) const GET: fn(&str) -> Request = |path| Request::get(path);
    pub(super) const POST: fn(&str) -> Request = |path| Request::post(path).json("x");
    pub(super) const PATCH: fn(&str) -> Request = |path| Request::patch(path).json("x");
    pub(super) const DELETE: fn(&str) -> Request = |path| Request::delete(path);
}

/// Sends a request to a server that always gives this answer; how often it was sent.
#[track_caller]
fn attempts(
    request: Request,
    reply: impl Fn() -> Reply + Send + Sync + 'static,
) -> (usize, kubeclient::Error) {
    let stub = stub(move |_, _| reply());
    let (outcome, took) = timed(|| client(&stub).send(&request));
    assert!(took < Duration::from_secs(3), "{took:?}");
    (stub.requests().len(), outcome.unwrap_err())
}

/// Fidelity 7.
#[test]
fn a_429_that_says_at_once_is_sent_eleven_times_whatever_the_verb() {
    for request in [GET, POST, PATCH, DELETE] {
        let (count, error) =
            attempts(request("/x"), || refusal(429, "TooManyRequests").header("Retry-After", "0"));
        assert_eq!(count, 11, "{error}");
        assert!(error.is_too_many_requests());
        assert_eq!(error.status().unwrap().message, "because");
        assert_eq!(error.retry_after(), Some(Duration::ZERO));
    }
}

/// Fidelity 8.
#[test]
fn what_does_not_say_in_seconds_when_is_sent_once() {
    for value in ["", "Wed, 21 Oct 2099 07:28:00 GMT", "-5", "1e3", "0x1", "1.5", "soon"] {
        let (count, error) = attempts(GET("/x"), move || {
            let reply = refusal(503, "ServiceUnavailable");
            if value.is_empty() { reply } else { reply.header("Retry-After", value) }
        });
        assert_eq!(count, 1, "{value:?}");
        assert!(error.is_service_unavailable());
    }
    for code in [400, 404, 409, 422] {
        assert_eq!(
            attempts(GET("/x"), move || Reply::status(code).header("Retry-After", "0")).0,
            1
        );
    }
    assert_eq!(
        attempts(GET("/x").retry(Retry::Never), || Reply::status(429).header("Retry-After", "0")).0,
        1
    );
}

/// Fidelity 7.
#[test]
fn a_server_that_comes_back_is_not_noticed() {
    let stub = stub(|_, nth| match nth {
        0 => Reply::status(503).header("Retry-After", "0"),
        1 => Reply::status(500).header("Retry-After", "0"),
        _ => Reply::text(200, "ok"),
    });
    client(&stub).send(&POST("/x")).unwrap();
    let requests = stub.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.text() == "\"x\""), "{requests:?}");
}

/// A wait that ends beyond the deadline is not begun: the server's own answer says more than a timeout.
#[test]
fn a_wait_beyond_the_deadline_gives_the_last_real_error() {
    for seconds in ["1", "1000000000", "99999999999999999999999999"] {
        let stub = stub(move |_, _| refusal(503, "x").header("Retry-After", seconds));
        let client = client_with(&stub, |config| {
            config.timeouts.request = Some(Duration::from_millis(900));
        });
        let (outcome, took) = timed(|| client.send(&GET("/x")));
        assert!(outcome.unwrap_err().is_service_unavailable());
        assert!(took < SOON, "{took:?}");
        assert_eq!(stub.requests().len(), 1);
        // A token's deadline is one, too.
        let stop = Stop::after(Duration::from_secs(1));
        let error = client_with(&stub, |_| {}).with_stop(&stop).send(&GET("/x")).unwrap_err();
        assert!(error.is_service_unavailable() && !stop.is_stopped(), "{error}");
        assert_eq!(stub.requests().len(), 2);
    }
}

/// The same, where it is the client's own limit that would hold the next attempt back.
#[test]
fn a_limit_beyond_the_deadline_gives_the_last_real_error() {
    let stub = stub(|_, _| refusal(503, "x").header("Retry-After", "0"));
    let client = client_with(&stub, |config| *config = config.clone().with_throttle(0.001, 1));
    let error = client.send(&GET("/x")).unwrap_err();
    assert!(error.is_service_unavailable(), "{error}");
    assert_eq!(stub.requests().len(), 1);
    let error = client.send(&GET("/x")).unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("qps"), "{error}");
}

/// Fidelity 9.
#[test]
fn a_get_that_was_cut_is_sent_again_after_a_second_until_its_time_is_over() {
    let stub = stub(|_, _| Reply::disconnect());
    let (outcome, took) =
        timed(|| client(&stub).send(&GET("/x").timeout(Duration::from_millis(1700))));
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    assert!(!error.is_ambiguous());
    assert_eq!((stub.requests().len(), stub.connections()), (2, 2));
    assert!(took >= Duration::from_secs(1) && took < Duration::from_millis(1700), "{took:?}");
}

/// Fidelity 9.
#[test]
fn a_write_that_was_cut_is_sent_once_and_may_have_happened() {
    for request in [POST, PATCH, DELETE] {
        for reply in [Reply::disconnect, Reply::reset] {
            let (count, error) = attempts(request("/x"), reply);
            assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
            assert!(error.is_ambiguous());
            assert_eq!(count, 1);
        }
    }
}

#[test]
fn a_server_that_is_not_there_is_an_error_at_once() {
    let stub = kubeclient_tests::stub::Stub::mute().unwrap();
    let client = client(&stub);
    drop(stub);
    let (outcome, took) = timed(|| client.send(&POST("/x")));
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert!(!error.is_ambiguous());
    assert!(took < SOON, "{took:?}");
}

/// Fidelity 10.
#[test]
fn a_version_of_the_future_is_not_waited_for() {
    for (form, status) in of_the_future() {
        let body = status.to_string();
        let (count, error) =
            attempts(GET("/x"), move || Reply::json(504, body.clone()).header("Retry-After", "1"));
        assert_eq!(count, 1, "{form}");
        assert!(error.status().unwrap().is_resource_version_too_large(), "{form}: {error}");
    }
}

/// Fidelity 52.
#[test]
fn an_eviction_that_a_budget_forbids_is_told_at_once() {
    let mut status = status(429, "TooManyRequests");
    status["details"] = json!({"causes": [{"reason": "DisruptionBudget"}]});
    let body = status.to_string();
    let (count, error) = attempts(POST("/x"), move || Reply::json(429, body.clone()));
    assert_eq!(count, 1);
    assert!(error.is_too_many_requests() && error.status().unwrap().has_cause("DisruptionBudget"));
}

/// Fidelity 11.
#[test]
fn the_clients_own_limit_holds_calls_back_and_watches_not() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let client = client_with(&stub, |config| *config = config.clone().with_throttle(5.0, 10));
    let (_, burst) = timed(|| (0..10).for_each(|_| drop(client.send(&GET("/x")).unwrap())));
    let (_, eleventh) = timed(|| client.send(&GET("/x")).unwrap());
    assert!(burst + eleventh >= Duration::from_millis(195), "{burst:?} {eleventh:?}");

    let client = client_with(&stub, |config| {
        *config = config.clone().with_throttle(0.001, 1).with_timeout(None);
    });
    client.send(&GET("/x")).unwrap();
    foos(&client).watch_raw(&WatchParams::default()).unwrap();
    let short = Duration::from_millis(100);
    let stop = Stop::new();
    let stopped = client.with_stop(&stop);
    let (outcome, took) = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(short);
            stop.stop();
        });
        timed(|| stopped.send(&GET("/x")))
    });
    assert!(outcome.unwrap_err().is_stopped());
    assert!(took < SOON, "{took:?}");
    // What can't come before the token's deadline is not waited for.
    let stop = Stop::after(Duration::from_secs(100));
    let error = client.with_stop(&stop).send(&GET("/x")).unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("qps"), "{error}");
}
