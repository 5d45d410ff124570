//! Lists as the real server answers them.

use std::thread;
use std::time::{Duration, Instant};

use super::fixture::{World, world};
use super::*;
use crate::failure::Body;

fn seven() -> (World, Vec<u64>) {
    let world = world();
    let parity = |index| if index % 2 == 0 { "even" } else { "odd" };
    let versions = (0..7).map(|index| world.put("d", &format!("c{index}"), parity(index)));
    let versions = versions.collect();
    (world, versions)
}

fn list(world: &World, namespace: Option<&str>, query: &str) -> Result<Page> {
    world.call(namespace, query, |call| {
        let options = ListOptions::of(call)?;
        let selection = options.selection(call)?;
        page(&world.cluster, call, &options, &selection)
    })
}

fn names(page: &Page) -> String {
    page.items.iter().map(|item| item.key.name.as_str()).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn lists(world: &World, query: &str, expected: &str) -> Page {
    let page = list(world, Some("d"), query).unwrap();
    assert_eq!(names(&page), expected, "{query}");
    page
}

#[track_caller]
fn refused(world: &World, query: &str, code: u16, expected: &str) -> Failure {
    let failure = list(world, Some("d"), query).unwrap_err();
    let Body::Status { message, .. } = &*failure.body else { panic!("text") };
    assert_eq!((failure.code, message.as_str()), (code, expected), "{query}");
    failure
}

#[test]
fn a_version_alone_is_a_lower_bound_and_with_a_limit_exact() {
    let (world, versions) = seven();
    let all = "c0 c1 c2 c3 c4 c5 c6";
    let (third, last) = (versions[2], versions[6]);
    for query in ["", "resourceVersion=0", "limit=3&resourceVersion=0", "limit=-1", "limit=0"] {
        assert_eq!(lists(&world, query, all).version, last);
    }
    assert_eq!(lists(&world, &format!("resourceVersion={third}"), all).version, last);
    let query = format!("resourceVersion={third}&resourceVersionMatch=NotOlderThan");
    assert_eq!(lists(&world, &query, all).version, last);
    let query = format!("resourceVersion={third}&resourceVersionMatch=Exact");
    assert_eq!(lists(&world, &query, "c0 c1 c2").version, third);
    let page = lists(&world, &format!("resourceVersion={third}&limit=2"), "c0 c1");
    assert_eq!((page.version, page.remaining), (third, Some(1)));
    let query = format!("resourceVersion={third}&limit=2&resourceVersionMatch=NotOlderThan");
    let page = lists(&world, &query, "c0 c1");
    assert_eq!((page.version, page.remaining), (last, Some(5)));
    assert_eq!(lists(&world, "resourceVersion=1&resourceVersionMatch=Exact", "").version, 1);
}

#[test]
fn the_list_has_the_version_of_every_write() {
    let (world, versions) = seven();
    world.cluster.store.bump(10);
    assert_eq!(lists(&world, "limit=1", "c0").version, versions[6] + 10);
}

#[test]
fn pages_stay_at_the_version_of_the_first() {
    let (world, versions) = seven();
    let first = lists(&world, "limit=3", "c0 c1 c2");
    assert_eq!(first.remaining, Some(4));
    world.remove("d", "c3");
    world.put("d", "c7", "late");
    let token = first.next.unwrap();
    let second = lists(&world, &format!("limit=3&continue={token}"), "c3 c4 c5");
    assert_eq!((second.version, second.remaining), (versions[6], Some(1)));
    let third = lists(&world, &format!("limit=3&continue={}", second.next.unwrap()), "c6");
    assert_eq!((third.next, third.remaining), (None, None));
    let zero = format!("limit=3&continue={token}&resourceVersion=0");
    lists(&world, &zero, "c3 c4 c5 c6");
}

#[test]
fn tokens_are_written_as_the_real_server_writes_them() {
    let world = world();
    let key = Key::new("configmaps", "lw", "c2");
    let token = Token::after(&key, Some("lw"), 329).encode();
    assert_eq!(token, "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MzI5LCJzdGFydCI6Ii9jMlx1MDAwMCJ9");
    world.put("a-b", "x", "1");
    world.put("a", "y", "1");
    world.put("a", "z", "1");
    // As paths: `a-b/x` before `a/y`.
    let page = list(&world, None, "limit=2").unwrap();
    assert_eq!(names(&page), "x y");
    let next = page.next.unwrap();
    assert_eq!(Token::decode(&next).unwrap().path(None), "a/y\0");
    assert_eq!(names(&list(&world, None, &format!("continue={next}")).unwrap()), "z");
}

#[test]
fn a_selection_leaves_the_count_of_the_rest_out() {
    let (world, _) = seven();
    let page = lists(&world, "limit=2&labelSelector=x=even", "c0 c2");
    assert_eq!(page.remaining, None);
    let rest = format!("limit=2&labelSelector=x=even&continue={}", page.next.unwrap());
    let page = lists(&world, &rest, "c4 c6");
    assert_eq!(page.next, None);
    // There is more, though nothing of it is selected.
    let page =
        lists(&world, "limit=1&labelSelector=x=odd,x!=even&fieldSelector=metadata.name!=c3", "c1");
    assert!(page.next.is_some());
    let page = lists(&world, "limit=1&fieldSelector=metadata.name=c1", "c1");
    assert_eq!(page.next, None);
    lists(&world, "fieldSelector=metadata.name=c1,metadata.namespace=e", "");
}

#[test]
fn an_expired_token_comes_with_one_that_goes_on() {
    let (world, versions) = seven();
    let first = lists(&world, "limit=3", "c0 c1 c2");
    world.remove("d", "c4");
    world.cluster.store.compact();
    let query = format!("limit=3&continue={}", first.next.unwrap());
    let failure = list(&world, Some("d"), &query).unwrap_err();
    let Body::Status { reason, message, continue_token, .. } = *failure.body else { panic!() };
    assert_eq!((failure.code, reason), (410, "Expired"));
    assert!(message.starts_with(
        "The provided continue parameter is too old to display a consistent list result. You can"
    ));
    assert!(message.ends_with("first chunk was returned and now may show up in the list."));
    let query = format!("limit=2&continue={}", continue_token.unwrap());
    let page = lists(&world, &query, "c3 c5");
    assert!(page.version > versions[6]);
    assert_eq!(page.remaining, Some(1));
    lists(&world, &format!("continue={}", page.next.unwrap()), "c6");
    let query = format!("resourceVersion={}&resourceVersionMatch=Exact", versions[6]);
    refused(&world, &query, 410, "The resourceVersion for the provided list is too old.");
}

#[test]
fn bad_tokens_are_refused_in_the_words_of_the_real_server() {
    let (world, _) = seven();
    let encode = |text: &str| {
        use base64::Engine;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
    };
    let base = "invalid continue token: continue key is not valid: ";
    for (token, expected) in [
        ("garbage".to_owned(), r"invalid character '\u0081' looking for beginning of value"),
        ("xx".to_owned(), "invalid character 'Ç' looking for beginning of value"),
        ("a".to_owned(), "illegal base64 data at input byte 0"),
        ("!!".to_owned(), "illegal base64 data at input byte 0"),
        (
            encode(r#"{"v":"meta.k8s.io/v1","rv":0,"start":"/a"}"#),
            "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
        ),
        (
            encode(r#"{"v":"meta.k8s.io/v1","rv":5,"start":""}"#),
            "encoded start key empty (version meta.k8s.io/v1)",
        ),
        (encode(r#"{"v":"meta.k8s.io/v1","rv":5,"start":"/../a"}"#), "/../a"),
        (
            encode(r#"{"v":"meta.k8s.io/v1","rv":"x","start":"/../a"}"#),
            "json: cannot unmarshal string into Go struct field continueToken.rv of type int64",
        ),
        (encode("[]"), "json: cannot unmarshal array into Go value of type storage.continueToken"),
        (encode(r#"{"v""#), "unexpected end of JSON input"),
        (encode("{}"), "server does not recognize this encoded version "),
        (encode(r#"{"v":"zz"}"#), "server does not recognize this encoded version zz"),
    ] {
        refused(&world, &format!("continue={token}"), 400, &format!("{base}{expected}"));
    }
    let good = encode(r#"{"v":"meta.k8s.io/v1","rv":-7,"start":"c5"}"#);
    lists(&world, &format!("continue={good}"), "c5 c6");
    refused(
        &world,
        &format!("continue={good}&resourceVersion=abc"),
        400,
        "specifying resource version is not allowed when using continue",
    );
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let (world, _) = seven();
    let base = "ListOptions.meta.k8s.io \"\" is invalid: ";
    for (query, expected) in [
        (
            "resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
        ),
        (
            "resourceVersion=0&resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
        ),
        (
            "resourceVersion=1&resourceVersionMatch=Bogus",
            "resourceVersionMatch: Unsupported value: \"Bogus\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
        ),
        (
            "resourceVersion=1&resourceVersionMatch=Exact&continue=x",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
        ),
        (
            "sendInitialEvents=false",
            "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
        ),
    ] {
        refused(&world, query, 422, &format!("{base}{expected}"));
    }
    for (query, expected) in [
        ("limit=abc", "strconv.ParseInt: parsing \"abc\": invalid syntax"),
        (
            "timeoutSeconds=99999999999999999999",
            "strconv.ParseInt: parsing \"99999999999999999999\": value out of range",
        ),
        (
            "resourceVersion=abc",
            "invalid resource version: resourceVersion: Invalid value: \"abc\": strconv.ParseUint: parsing \"abc\": invalid syntax",
        ),
        (
            "resourceVersion=-1",
            "invalid resource version: resourceVersion: Invalid value: \"-1\": strconv.ParseUint: parsing \"-1\": invalid syntax",
        ),
        ("labelSelector=i=,", "found '', expected: identifier after ','"),
    ] {
        refused(&world, query, 400, expected);
    }
}

#[test]
fn a_version_to_come_is_waited_for_and_then_refused() {
    let (world, _) = seven();
    let current = world.cluster.store.version();
    // On a clock that stands still, the wait ends when the clock is moved.
    world.cluster.clock.advance(Duration::ZERO);
    for query in ["", "&resourceVersionMatch=Exact", "&resourceVersionMatch=NotOlderThan"] {
        let query = format!("resourceVersion=999999999{query}");
        thread::scope(|scope| {
            let refused = scope.spawn(|| list(&world, Some("d"), &query).unwrap_err());
            while !refused.is_finished() {
                world.cluster.clock.advance(Duration::from_secs(1));
                thread::yield_now();
            }
            let failure = refused.join().unwrap();
            assert_eq!(failure.code, 504);
            assert_eq!(failure.retry_after(), Some(1));
            let status = failure.status();
            let expected =
                format!("Timeout: Too large resource version: 999999999, current: {current}");
            assert_eq!(status["message"], expected.as_str());
            assert_eq!(status["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
        });
    }
}

#[test]
fn a_version_that_comes_while_it_is_waited_for_is_listed() {
    let (world, _) = seven();
    world.cluster.clock.advance(Duration::ZERO);
    let wanted = world.cluster.store.version() + 1;
    let query = format!("resourceVersion={wanted}&resourceVersionMatch=Exact");
    let begun = Instant::now();
    thread::scope(|scope| {
        let listed = scope.spawn(|| list(&world, Some("d"), &query).unwrap());
        world.put("d", "c7", "late");
        world.put("d", "c8", "later");
        let page = listed.join().unwrap();
        assert_eq!((page.version, page.items.len()), (wanted, 8));
    });
    assert!(begun.elapsed() < Duration::from_secs(2));
}
