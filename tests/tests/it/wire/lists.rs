//! Lists, page by page.

use kubeclient::cache::Reflector;
use kubeclient::meta::partial::PartialObjectMetadata;
use kubeclient::{Api, ErrorKind, ListParams, Stop, WatchEvent, WatchParams};
use kubeclient_tests::stub::{Reply, Stub};
use serde_json::Value;

use super::{PATIENCE, bad_foo, client, foo, foos, full_size, page, refusal, script, status, stub};
use crate::foo::Foo;

/// A 410 that says how to go on.
fn expired(token: &str) -> Reply {
    let mut status = status(410, "Expired");
    status["metadata"]["continue"] = token.into();
    Reply::json(410, status.to_string())
}

/// What `list_all` gives: names, and the kinds of errors.
fn all(api: &Api<Foo>, params: &ListParams) -> Vec<String> {
    api.list_all(params).map(told).collect()
}

fn told(item: kubeclient::Result<Foo>) -> String {
    match item {
        Ok(object) => object.metadata.name,
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn queries(stub: &Stub) -> Vec<String> {
    stub.requests().into_iter().map(|request| request.query).collect()
}

/// Fidelity 56.
#[test]
fn twelve_hundred_objects_are_three_requests() {
    let stub = stub(|request, _| {
        let first = request.query_value("continue").map_or(0, |token| token.parse().unwrap());
        let next = (first + 500).min(1201);
        let token = if next < 1201 { next.to_string() } else { String::new() };
        page((first..next).map(|n| foo(&format!("foo-{n}"), n)), 7, &token)
    });
    let params =
        ListParams::default().at("3", kubeclient::VersionMatch::NotOlderThan).labels("a=b");
    let mut list = foos(&client(&stub)).list_all(&params);
    assert_eq!(stub.requests().len(), 0, "nothing is sent before it is asked for");
    for n in 0..1201 {
        assert_eq!(list.next().unwrap().unwrap().metadata.name, format!("foo-{n}"));
        assert_eq!(
            stub.requests().len(),
            n / 500 + 1,
            "each page when its first object is asked for"
        );
    }
    assert!(list.next().is_none());
    assert!(list.is_consistent());
    assert_eq!(list.resource_version(), "7");
    assert_eq!(
        queries(&stub),
        [
            "labelSelector=a%3Db&limit=500&resourceVersion=3&resourceVersionMatch=NotOlderThan",
            "labelSelector=a%3Db&limit=500&continue=500",
            "labelSelector=a%3Db&limit=500&continue=1000",
        ]
    );
}

/// Fidelity 57.
#[test]
fn an_expired_token_is_gone_on_from_without_duplicates() {
    let stub = script([
        page([foo("a", 1), foo("b", 2)], 5, "t1"),
        expired("t2"),
        page([foo("c", 3)], 9, "t3"),
        page([foo("d", 3)], 9, ""),
    ]);
    let mut list = foos(&client(&stub)).list_all(&ListParams::default().limit(2));
    let names: Vec<_> = list.by_ref().map(told).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    assert!(!list.is_consistent());
    let tokens: Vec<_> =
        stub.requests().iter().map(|request| request.query_value("continue")).collect();
    assert_eq!(tokens, [None, Some("t1".into()), Some("t2".into()), Some("t3".into())]);
}

/// Fidelity 57.
#[test]
fn a_list_that_must_be_consistent_says_that_it_expired() {
    let stub = script([page([foo("a", 1)], 5, "t1"), expired("t2")]);
    let mut list = foos(&client(&stub)).list_all(&ListParams::default()).consistent();
    assert_eq!(list.next().unwrap().unwrap().metadata.name, "a");
    assert!(list.next().unwrap().unwrap_err().is_expired());
    assert!(list.next().is_none());

    // Without a token to go on with there is no other way either.
    let stub = script([page([foo("a", 1)], 5, "t1"), refusal(410, "Expired")]);
    let told = all(&foos(&client(&stub)), &ListParams::default());
    assert_eq!(told, ["a", "Api"]);
}

#[test]
fn a_list_that_would_never_end_does() {
    let check = |reply: fn(usize) -> Reply, objects: usize, most: usize| {
        let stub = stub(move |_, nth| reply(nth));
        let mut list = foos(&client(&stub)).list_all(&ListParams::default());
        let mut all: Vec<_> = list.by_ref().take(1000).collect();
        let error = all.pop().unwrap().expect_err("the list ends with an error");
        assert_eq!(all.iter().filter(|item| item.is_ok()).count(), objects, "{error}");
        assert_eq!(all.len(), objects);
        assert_eq!((error.kind(), error.verb()), (ErrorKind::Decode, Some("GET")), "{error}");
        assert!(list.next().is_none(), "the error is the last item");
        assert!(stub.requests().len() <= most, "{} requests", stub.requests().len());
    };
    check(|_| page([foo("a", 1)], 5, "same"), 2, 3);
    check(|nth| page([foo("a", 1)], 5, ["a", "b", "c"][nth % 3]), 4, 5);
    // Tokens that are always new, for nothing.
    check(|nth| page([], 5, &nth.to_string()), 0, 100);
    check(
        |nth| if nth == 0 { page([foo("a", 1)], 5, "t") } else { expired(&nth.to_string()) },
        1,
        101,
    );
}

/// Each brings something; whatever comes then, the list has an end.
#[test]
fn short_pages_are_read_and_a_hundred_thousand_are_enough() {
    let stub = stub(|_, nth| page([foo("a", 1)], 5, &nth.to_string()));
    // A page takes a third of a millisecond.
    let client = client(&stub).with_stop(&Stop::after(12 * PATIENCE));
    let mut list = foos(&client).list_all(&ListParams::default().limit(1));
    let most = if full_size() { 100_000 } else { 250 };
    for nth in 0..most {
        list.next().unwrap().unwrap_or_else(|error| panic!("page {nth}: {error}"));
    }
    if full_size() {
        let error = list.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert!(list.next().is_none());
    }
}

/// Fidelity 58.
#[test]
fn a_server_may_give_more_than_was_asked_for() {
    let stub = script([page([foo("a", 1), foo("b", 2), foo("c", 3)], 5, "")]);
    let params = ListParams::default().any_version().limit(1);
    assert_eq!(all(&foos(&client(&stub)), &params), ["a", "b", "c"]);
    assert_eq!(queries(&stub), ["limit=1&resourceVersion=0"]);
}

/// One object that nobody can decode takes no other with it.
#[test]
fn a_bad_object_is_named_and_the_others_come() {
    let stub = stub(|_, nth| match nth % 2 {
        0 => page([foo("a", 1), bad_foo("bad", 2), foo("c", 3)], 5, "t"),
        _ => page([foo("d", 4), bad_foo("worse", 5)], 5, ""),
    });
    let api = foos(&client(&stub));
    let (good, bad): (Vec<_>, Vec<_>) =
        api.list_all(&ListParams::default()).partition(|item| item.is_ok());
    let names: Vec<_> = good.into_iter().map(told).collect();
    assert_eq!(names, ["a", "c", "d"]);
    let errors: Vec<_> = bad.into_iter().map(|item| item.unwrap_err().to_string()).collect();
    assert_eq!(errors.len(), 2);
    assert!(
        errors[0].contains("items[1] ns/bad: Foo: spec.replicas: invalid type: string"),
        "{errors:?}"
    );
    assert!(
        errors[0].starts_with("GET /apis/") && errors[1].contains("items[1] ns/worse"),
        "{errors:?}"
    );

    let error = api.list(&ListParams::default()).unwrap_err();
    assert_eq!(error.to_string(), errors[0]);
    let all = api.list_all(&ListParams::default()).filter(Result::is_err).count();
    assert_eq!(all, 1, "from the last page on");
}

/// One of ten thousand, in each of the ways by which objects come: 9,999 of them, and nothing is asked for twice.
#[test]
fn one_bad_object_of_ten_thousand_costs_no_other() {
    const COUNT: u32 = 10_000;
    let objects = || {
        (1..=COUNT).map(|n| match n {
            5_000 => bad_foo("bad", n + 10),
            _ => foo(&format!("foo-{n}"), n + 10),
        })
    };
    let good = COUNT as usize - 1;
    let named = |error: &kubeclient::Error| {
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.object(), Some("ns/bad"), "{error}");
    };

    let stub = script([page(objects(), COUNT, "")]);
    let (listed, bad): (Vec<_>, Vec<_>) =
        foos(&client(&stub)).list_all(&ListParams::default()).partition(Result::is_ok);
    bad.iter().for_each(|error| named(error.as_ref().unwrap_err()));
    assert_eq!((listed.len(), bad.len(), stub.requests().len()), (good, 1, 1));

    let events: Vec<String> = objects().map(|object| super::event("ADDED", object)).collect();
    let (told, _silent) = super::watches::synced(&events);
    let stub = script([told]);
    let watch = foos(&client(&stub)).watch(&WatchParams::default()).unwrap();
    let mut counts = [0; 2];
    for event in watch.take(COUNT as usize + 2) {
        match event {
            Ok(WatchEvent::Added(object)) => {
                counts[0] += usize::from(object.metadata.name.starts_with("foo-"));
            }
            Ok(WatchEvent::Synced) => {}
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                named(&error);
                counts[1] += 1;
            }
        }
    }
    assert_eq!((counts, stub.requests().len()), ([good, 1], 1));

    // A cache: the objects at the start and those that come later are the same to it.
    let (reply, sender) = Reply::stream(200);
    let mut lines = events.clone();
    lines.insert(7_000, super::end_of_initial_events(7_010));
    lines.iter().for_each(|line| sender.line(line));
    let stub = script([reply]);
    let (report, reports) = std::sync::mpsc::channel();
    let reflector = Reflector::builder(&foos(&client(&stub)))
        .on_error(move |error| report.send(error.object().map(str::to_owned)).unwrap())
        .start()
        .unwrap();
    let patience = kubeclient::Stop::after(super::PATIENCE * 6);
    let store = reflector.store();
    store.wait_for_resource_version(&(COUNT + 10).to_string(), &patience).unwrap();
    assert_eq!(store.snapshot().len(), good);
    let health = reflector.health();
    assert_eq!((health.rejected, health.restarts, stub.requests().len()), (1, 0, 1));
    assert_eq!(reports.try_iter().collect::<Vec<_>>(), [Some("ns/bad".to_owned())]);
}

#[test]
fn what_is_no_list_is_one_error() {
    let mut other: Value = serde_json::from_str(r#"{"kind":"BarList","apiVersion":"v1"}"#).unwrap();
    other["items"] = [foo("a", 1)].into_iter().collect();
    for body in ["", "{}", "[]", "<html>", "{\"items\":null}", &other.to_string()] {
        let stub = script([Reply::json(200, body)]);
        assert_eq!(all(&foos(&client(&stub)), &ListParams::default()), ["Decode"], "{body}");
    }
}

#[test]
fn metadata_and_tables_are_asked_for_by_their_media_types() {
    let metadata = serde_json::json!({
        "apiVersion": "meta.k8s.io/v1",
        "kind": "PartialObjectMetadataList",
        "metadata": {"resourceVersion": "5"},
        "items": [{"metadata": {"name": "a"}}],
    });
    let table = serde_json::json!({
        "apiVersion": "meta.k8s.io/v1",
        "kind": "Table",
        "columnDefinitions": [{"name": "Name", "type": "string"}],
        "rows": [{"cells": ["a"]}],
    });
    let stub =
        script([Reply::json(200, metadata.to_string()), Reply::json(200, table.to_string())]);
    let foos = foos(&client(&stub));
    let list = foos.read_as::<PartialObjectMetadata<Foo>>().list(&ListParams::default()).unwrap();
    assert_eq!(list[0].metadata.name, "a");
    assert_eq!(foos.list_table(&ListParams::default()).unwrap().rows.len(), 1);
    let accepted: Vec<_> = stub
        .requests()
        .iter()
        .map(|request| request.header("accept").unwrap().to_owned())
        .collect();
    assert_eq!(
        accepted,
        [
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
            "application/json;as=Table;v=v1;g=meta.k8s.io",
        ]
    );
}
