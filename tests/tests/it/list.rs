//! Lists on the real server: selectors, pages, versions, and deleting what a list shows.

use std::time::{Duration, Instant};

use kubeclient::meta::selector::LabelSelector;
use kubeclient::meta::status::RESOURCE_VERSION_TOO_LARGE;
use kubeclient::{
    Api, DeleteParams, ErrorKind, ListParams, ObjectMeta, PatchParams, Resource, VersionMatch,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::common::{Disturbed, Sandbox, names};
use crate::foo::{ConfigMap, Foo};

/// Creates foos of these names, the first labelled `n=0`, the second `n=1`, and so on.
fn create(foos: &Api<Foo>, names: &[&str]) {
    for (number, name) in names.iter().enumerate() {
        let mut object = Foo::named(name, 1);
        object.metadata.labels = [("n", number.to_string())].into();
        foos.create(&object).unwrap();
    }
}

#[test]
fn label_selectors_select() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    create(&foos, &["a", "b", "c"]);
    foos.create(&Foo::named("none", 1)).unwrap();
    let check = |selector: &str, expected: &[&str]| {
        let parsed: LabelSelector = selector.parse().unwrap();
        assert_eq!(parsed.to_string().parse::<LabelSelector>().unwrap(), parsed, "{selector}");
        let list = foos.list(&ListParams::default().labels(selector)).unwrap();
        assert_eq!(names(&list), expected, "{selector}");
        // What the type writes means the same to the server.
        let list = foos.list(&ListParams::default().labels(parsed)).unwrap();
        assert_eq!(names(&list), expected, "{selector}, rewritten");
    };
    check("", &["a", "b", "c", "none"]);
    check("n=1", &["b"]);
    check("n==1", &["b"]);
    check("n!=1", &["a", "c", "none"]);
    check("n in (0, 2)", &["a", "c"]);
    check("n notin (0,2)", &["b", "none"]);
    check("n", &["a", "b", "c"]);
    check("!n", &["none"]);
    check("n>0,n<2", &["b"]);
}

#[test]
fn field_selectors_select_and_unknown_fields_are_a_bad_request() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    create(&foos, &["a", "b"]);
    let list = foos.list(&ListParams::default().fields("metadata.name=b")).unwrap();
    assert_eq!(names(&list), ["b"]);
    let list = foos.list(&ListParams::default().fields("metadata.name!=b").labels("n")).unwrap();
    assert_eq!(names(&list), ["a"]);
    let error = foos.list(&ListParams::default().fields("spec.replicas=1")).unwrap_err();
    assert!(error.is_bad_request(), "{error}");
}

#[test]
fn a_list_with_a_limit_is_followed_by_its_token() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    create(&foos, &["a", "b", "c"]);
    let params = ListParams::default().limit(2);
    let first = foos.list(&params).unwrap();
    assert_eq!((names(&first), first.has_more()), (vec!["a", "b"], true));
    assert_eq!(first.metadata.remaining_item_count, Some(1));
    // The pages are of one moment.
    foos.delete("c", &DeleteParams::default()).unwrap();
    let params = params.continue_token(&first.metadata.continue_token);
    let second = foos.list(&params).unwrap();
    assert_eq!((names(&second), second.has_more()), (vec!["c"], false));
    assert_eq!(second.metadata.resource_version, first.metadata.resource_version);
}

/// Fidelity 56: on pages 2 and 3 the server refuses a resource version with 400.
#[test]
fn list_all_reads_1201_objects_in_3_requests() {
    const COUNT: usize = 1201;
    let Some(sandbox) = Sandbox::new() else { return };
    let maps = sandbox.maps();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let maps = &maps;
            scope.spawn(move || {
                for number in (thread..COUNT).step_by(4) {
                    let mut map = ConfigMap::named(&format!("m{number:04}"));
                    map.metadata.labels = [("page", "yes")].into();
                    maps.create(&map).unwrap();
                }
            });
        }
    });
    let (client, attempts) = sandbox.observed();
    let maps: Api<ConfigMap> = Api::namespaced(&client, &sandbox.namespace);
    let expected: Vec<_> = (0..COUNT).map(|number| format!("m{number:04}")).collect();
    let check = |params: ListParams| {
        let before = attempts.count();
        let mut list = maps.list_all(&params.labels("page"));
        let found: Vec<_> = list.by_ref().map(|map| map.unwrap().metadata.name).collect();
        assert_eq!(found, expected);
        assert!(list.is_consistent());
        assert_eq!(attempts.codes()[before..], [200; 3]);
    };
    check(ListParams::default());
    let version = maps.list(&ListParams::default().limit(1)).unwrap().metadata.resource_version;
    check(ListParams::default().at(&version, VersionMatch::NotOlderThan));
    check(ListParams::default().at(&version, VersionMatch::Exact));
}

/// Fidelity 57.
#[test]
fn list_all_goes_on_from_an_expired_token_and_says_so() {
    let Some(disturbed) = Disturbed::new() else { return };
    let maps = disturbed.sandbox.maps();
    for name in ["a", "b", "c", "d", "e"] {
        maps.create(&ConfigMap::named(name)).unwrap();
    }
    let params = ListParams::default().limit(2);
    let mut lenient = maps.list_all(&params);
    let mut strict = maps.list_all(&params).consistent();
    assert_eq!(lenient.next().unwrap().unwrap().metadata.name, "a");
    assert_eq!(strict.next().unwrap().unwrap().metadata.name, "a");
    maps.delete("d", &DeleteParams::default()).unwrap();
    disturbed.forget();

    let rest: Vec<_> = lenient.by_ref().map(|map| map.unwrap().metadata.name).collect();
    assert_eq!(rest, ["b", "c", "e"]);
    assert!(!lenient.is_consistent());

    assert_eq!(strict.next().unwrap().unwrap().metadata.name, "b");
    let error = strict.next().unwrap().unwrap_err();
    assert!(error.is_expired(), "{error}");
    assert!(!error.status().unwrap().metadata.continue_token.is_empty());
    assert!(strict.next().is_none() && strict.is_consistent());
}

/// Fidelity 58: the server ignores the limit of a list at version 0.
#[test]
fn a_list_at_any_version_may_be_longer_than_its_limit() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    create(&foos, &["a", "b", "c"]);
    let params = ListParams::default().limit(1).any_version();
    // A cache may be behind.
    crate::common::eventually("the server's cache has all", || {
        (foos.list(&params).unwrap().len() == 3).then_some(())
    });
    let found: Vec<_> = foos.list_all(&params).map(|foo| foo.unwrap().metadata.name).collect();
    assert_eq!(found, ["a", "b", "c"]);
}

#[test]
fn a_list_shows_the_version_that_it_is_asked_for() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    create(&foos, &["a", "b"]);
    let then = foos.list(&ListParams::default()).unwrap().metadata.resource_version;
    foos.delete("a", &DeleteParams::default()).unwrap();
    let at = |version_match| ListParams::default().at(&then, version_match);
    assert_eq!(names(&foos.list(&at(VersionMatch::Exact)).unwrap()), ["a", "b"]);
    let now = foos.list(&ListParams::default()).unwrap().metadata.resource_version;
    let not_older = ListParams::default().at(&now, VersionMatch::NotOlderThan);
    assert_eq!(names(&foos.list(&not_older).unwrap()), ["b"]);
    let get = foos.get_with("b", &kubeclient::GetParams::default().not_older_than(&now)).unwrap();
    assert_eq!(get, foos.get_with("b", &kubeclient::GetParams::default().any_version()).unwrap());
}

/// Fidelity 10: the server holds such a list for 3 s; it is not asked again.
#[test]
fn a_version_of_the_future_is_told_at_once() {
    let Some((sandbox, _)) = Sandbox::with_foo() else { return };
    let (client, attempts) = sandbox.observed();
    let foos: Api<Foo> = Api::namespaced(&client, &sandbox.namespace);
    let start = Instant::now();
    let params = ListParams::default().at("99999999999", VersionMatch::NotOlderThan);
    let error = foos.list(&params).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    assert!(error.is_timeout() && !error.is_expired(), "{error}");
    assert!(error.status().unwrap().has_cause(RESOURCE_VERSION_TOO_LARGE));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(attempts.codes(), [504]);
}

#[test]
fn a_list_of_all_namespaces_has_the_objects_of_each() {
    let Some((one, foos)) = Sandbox::with_foo() else { return };
    let Some((other, others)) = Sandbox::with_foo() else { return };
    let mut foo = Foo::named("a", 1);
    foo.metadata.labels = [("of", one.namespace.clone())].into();
    foos.create(&foo).unwrap();
    others.create(&foo).unwrap();
    let params = ListParams::default().labels(format!("of={}", one.namespace));
    let everywhere = Api::<Foo>::all(&one.client);
    let found: Vec<_> =
        everywhere.list_all(&params).map(|foo| foo.unwrap().metadata.namespace).collect();
    let mut expected = [one.namespace.as_str(), other.namespace.as_str()];
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(everywhere.get("a").unwrap_err().kind(), ErrorKind::Invalid);
}

#[test]
fn a_list_of_nothing_is_empty() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    assert!(foos.list(&ListParams::default()).unwrap().is_empty());
    let mut all = foos.list_all(&ListParams::default());
    assert!(all.next().is_none() && all.next().is_none());
    assert!(all.is_consistent() && !all.resource_version().is_empty());
    let nowhere: Api<Foo> = Api::namespaced(&sandbox.client, "no-such-namespace");
    assert!(nowhere.list(&ListParams::default()).unwrap().is_empty());
}

/// A foo of which some objects lack what it needs.
#[derive(Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(group = "samplecontroller.k8s.io", version = "v1alpha1", kind = "Foo", projection)]
struct Strict {
    metadata: ObjectMeta,
    spec: StrictSpec,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "camelCase")]
struct StrictSpec {
    deployment_name: String,
}

#[test]
fn an_object_that_can_not_be_decoded_is_named_and_the_others_come() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    create(&foos, &["a", "c"]);
    foos.apply("b", "m", &json!({"spec": {"replicas": 1}})).unwrap();
    let strict: Api<Strict> = foos.read_as();
    let (found, broken): (Vec<_>, Vec<_>) =
        strict.list_all(&ListParams::default()).partition(Result::is_ok);
    let found: Vec<_> = found.into_iter().map(|foo| foo.unwrap().metadata.name).collect();
    assert_eq!(found, ["a", "c"]);
    assert_eq!(broken.len(), 1);
    let text = broken.into_iter().next().unwrap().unwrap_err().to_string();
    assert!(text.contains(&format!("{}/b", sandbox.namespace)), "{text}");
    assert!(text.contains("deploymentName"), "{text}");
    assert_eq!(strict.list(&ListParams::default()).unwrap_err().kind(), ErrorKind::Decode);
}

/// Fidelity 49.
#[test]
fn delete_collection_removes_what_is_selected_and_gives_it_back() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    create(&foos, &["a", "b", "c"]);
    let which = ListParams::default().labels("n in (0,2)");
    let dry = DeleteParams::default().dry_run();
    assert_eq!(names(&foos.delete_collection(&dry, &which).unwrap()), ["a", "c"]);
    assert_eq!(foos.list(&ListParams::default()).unwrap().len(), 3);
    let gone = foos.delete_collection(&DeleteParams::default(), &which).unwrap();
    assert_eq!(names(&gone), ["a", "c"]);
    assert_eq!(names(&foos.list(&ListParams::default()).unwrap()), ["b"]);
    assert!(foos.delete_collection(&DeleteParams::default(), &which).unwrap().is_empty());
}

#[test]
fn delete_collection_takes_delete_options() {
    let Some(sandbox) = Sandbox::new() else { return };
    let maps = sandbox.maps();
    for name in ["a", "b"] {
        let mut map = ConfigMap::named(name);
        map.metadata.labels = [("all", "yes")].into();
        maps.create(&map).unwrap();
    }
    let which = ListParams::default().labels("all=yes");
    maps.delete_collection(&DeleteParams::default().foreground(), &which).unwrap();
    crate::common::eventually("the configmaps are gone", || {
        maps.list(&which).unwrap().is_empty().then_some(())
    });
    // Nobody else's object is there to be patched again.
    let patch = kubeclient::Patch::Merge(json!({}));
    assert!(maps.patch("a", &patch, &PatchParams::default()).unwrap_err().is_not_found());
}
