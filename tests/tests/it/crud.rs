//! Create, read, replace, delete on the real server.

use kubeclient::{
    Api, DeleteParams, DeleteResponse, ErrorKind, FieldValidation, ListParams, Patch, PatchParams,
    PostParams, WatchEvent, WatchParams, retry_on_conflict,
};
use serde_json::json;

use crate::common::{Sandbox, told, watch};
use crate::foo::{ConfigMap, Foo};

#[test]
fn an_object_lives_through_every_verb() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    let created = foos.create(&Foo::named("a", 1)).unwrap();
    assert_eq!(created.metadata.namespace, sandbox.namespace);
    assert!(!created.metadata.uid.is_empty() && !created.metadata.resource_version.is_empty());
    assert_eq!(foos.get("a").unwrap(), created);
    assert!(foos.get_opt("b").unwrap().is_none());
    assert_eq!(foos.list(&ListParams::default()).unwrap().items, std::slice::from_ref(&created));

    let mut changed = created;
    changed.spec.replicas = 2;
    let replaced = foos.replace(&changed).unwrap();
    assert_eq!(replaced.spec.replicas, 2);
    assert_ne!(replaced.metadata.resource_version, changed.metadata.resource_version);

    let gone = foos.delete("a", &DeleteParams::default()).unwrap();
    assert!(matches!(gone, DeleteResponse::Status(status) if status.is_success()));
    assert!(foos.get("a").unwrap_err().is_not_found());
}

/// Fidelity 41.
#[test]
fn the_ways_to_fail_are_told_apart() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let first = foos.create(&Foo::named("a", 1)).unwrap();
    let again = foos.create(&Foo::named("a", 1)).unwrap_err();
    assert!(again.is_already_exists() && !again.is_conflict());
    assert_eq!(again.status().unwrap().reason, "AlreadyExists");

    foos.replace(&Foo { spec: Default::default(), ..first.clone() }).unwrap();
    let stale = foos.replace(&first).unwrap_err();
    assert!(stale.is_conflict() && !stale.is_already_exists());

    let missing = foos.get("none").unwrap_err();
    assert!(missing.is_not_found());
    let path = missing.path().unwrap();
    assert!(path.ends_with("/foos/none"), "{path}");
    assert_eq!((missing.verb(), missing.status().unwrap().code), (Some("GET"), 404));
}

/// Fidelity 13.
#[test]
fn an_unknown_field_is_a_warning_or_an_error() {
    let Some((sandbox, _)) = Sandbox::with_foo() else { return };
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let hear = std::sync::Arc::clone(&heard);
    let client = kubeclient::RestClient::builder(sandbox.config.clone())
        .warning_handler(move |warning: &kubeclient::rest::Warning| {
            hear.lock().unwrap().push(warning.text.clone());
        })
        .build()
        .unwrap();
    let resource = <Foo as kubeclient::Resource>::api_resource();
    let foos = kubeclient::Api::<kubeclient::DynamicObject>::dynamic_namespaced(
        &client,
        &resource,
        &sandbox.namespace,
    );
    let odd = kubeclient::DynamicObject::new("odd", &resource)
        .with("spec", serde_json::json!({"replicas": 1, "colour": "red"}));
    foos.create_with(&odd, &PostParams::default().field_validation(FieldValidation::Warn)).unwrap();
    assert_eq!(*heard.lock().unwrap(), ["unknown field \"spec.colour\""]);
    let mut ignored = odd.clone();
    ignored.metadata.name = "ignored".into();
    let ignore = PostParams::default().field_validation(FieldValidation::Ignore);
    assert_eq!(foos.create_with(&ignored, &ignore).unwrap().data["spec"], json!({"replicas": 1}));
    assert_eq!(heard.lock().unwrap().len(), 1);
    let mut strict = odd;
    strict.metadata.name = "odder".into();
    let refused = foos
        .create_with(&strict, &PostParams::default().field_validation(FieldValidation::Strict))
        .unwrap_err();
    assert!(refused.is_bad_request(), "{refused}");
}

#[test]
fn the_server_makes_a_name_from_a_prefix() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let mut foo = Foo::named("", 1);
    foo.metadata.generate_name = "job-".into();
    let (one, two) = (foos.create(&foo).unwrap(), foos.create(&foo).unwrap());
    assert!(one.metadata.name.starts_with("job-") && one.metadata.name.len() == 9);
    assert_ne!(one.metadata.name, two.metadata.name);
    assert_eq!(foos.get(&two.metadata.name).unwrap(), two);
}

#[test]
fn an_object_that_breaks_a_rule_is_invalid_and_its_field_is_named() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    let error = foos.create(&Foo::named("a", 11)).unwrap_err();
    assert!(error.is_invalid() && error.kind() == ErrorKind::Api, "{error}");
    let status = error.status().unwrap();
    assert_eq!((status.code, status.causes()[0].field.as_str()), (422, "spec.replicas"));
    assert_eq!(status.details.as_ref().unwrap().kind, "Foo");
    let error = foos.create(&Foo::named("Not A Name", 1)).unwrap_err();
    assert_eq!(error.status().unwrap().causes()[0].field, "metadata.name");
    let nowhere: Api<Foo> = Api::namespaced(&sandbox.client, "no-such-namespace");
    assert!(nowhere.create(&Foo::named("a", 1)).unwrap_err().is_not_found());
}

#[test]
fn a_large_object_comes_back_whole() {
    let Some(sandbox) = Sandbox::new() else { return };
    let maps = sandbox.maps();
    let mut events = watch(&maps, &WatchParams::default().fields("metadata.name=large"));
    assert_eq!(told(&mut events), "synced");
    let text: String =
        "\u{e9}\u{4e2d}\u{1f600}\"\\\n\u{1}/".chars().cycle().take(400_000).collect();
    let data = [("text".to_owned(), text)].into();
    let map = ConfigMap { data, ..ConfigMap::named("large") };
    let created = maps.create(&map).unwrap();
    // Not by assert_eq!, which would print them.
    assert!(created.data == map.data && maps.get("large").unwrap() == created);
    let Some(Ok(WatchEvent::Added(seen))) = events.next() else { panic!() };
    assert!(seen == created);
}

/// What the server would refuse, or do otherwise than meant, is not sent.
#[test]
fn a_create_or_replace_that_makes_no_sense_is_never_sent() {
    let Some((sandbox, _)) = Sandbox::with_foo() else { return };
    let (client, attempts) = sandbox.observed();
    let foos: Api<Foo> = Api::namespaced(&client, &sandbox.namespace);
    let mut versioned = Foo::named("a", 1);
    versioned.metadata.resource_version = "1".into();
    let mut elsewhere = versioned.clone();
    elsewhere.metadata.namespace = "default".into();
    let unconditional = PostParams::default().unconditional();
    for error in [
        foos.create(&Foo::named("", 1)).unwrap_err(),
        foos.create(&versioned).unwrap_err(),
        foos.create(&elsewhere).unwrap_err(),
        foos.create_with(&Foo::named("a", 1), &unconditional).unwrap_err(),
        foos.replace(&elsewhere).unwrap_err(),
        foos.replace(&Foo::named("a", 1)).unwrap_err(),
        Api::<Foo>::all(&client).create(&Foo::named("a", 1)).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert_eq!(attempts.count(), 0);
    // An object that says its namespace needs none of the Api.
    let mut placed = Foo::named("a", 1);
    placed.metadata.namespace = sandbox.namespace.clone();
    assert_eq!(Api::<Foo>::all(&client).create(&placed).unwrap().metadata.name, "a");
}

/// The server overwrites a built-in object without a version; of a custom resource it wants one.
#[test]
fn an_unconditional_replace_is_for_built_in_kinds() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    let unconditional = PostParams::default().unconditional();
    let maps = sandbox.maps();
    maps.create(&ConfigMap::named("a")).unwrap();
    let data = [("k".to_owned(), "v".to_owned())].into();
    let map = ConfigMap { data, ..ConfigMap::named("a") };
    assert_eq!(maps.replace_with(&map, &unconditional).unwrap().data["k"], "v");

    foos.create(&Foo::named("a", 1)).unwrap();
    let error = foos.replace_with(&Foo::named("a", 2), &unconditional).unwrap_err();
    assert!(error.is_invalid() && error.kind() == ErrorKind::Api, "{error}");
    assert_eq!(error.status().unwrap().causes()[0].field, "metadata.resourceVersion");
    let mut missing = foos.get("a").unwrap();
    missing.metadata.name = "b".into();
    missing.metadata.uid.clear();
    assert!(foos.replace(&missing).unwrap_err().is_not_found());
}

/// Fidelity 50.
#[test]
fn a_dry_run_of_each_verb_changes_nothing() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let dry = PostParams::default().dry_run();
    let shown = foos.create_with(&Foo::named("a", 1), &dry).unwrap();
    assert!(!shown.metadata.uid.is_empty() && shown.metadata.resource_version.is_empty());
    assert!(foos.get_opt("a").unwrap().is_none());

    let stored = foos.create(&Foo::named("a", 1)).unwrap();
    let mut changed = stored.clone();
    changed.spec.replicas = 2;
    assert_eq!(foos.replace_with(&changed, &dry).unwrap().spec.replicas, 2);
    let patch = Patch::Merge(json!({"spec": {"replicas": 3}}));
    let dry = PatchParams::default().dry_run();
    assert_eq!(foos.patch("a", &patch, &dry).unwrap().spec.replicas, 3);
    let apply = Patch::Apply(json!({"spec": {"replicas": 4}}));
    let dry = PatchParams::apply("m").force().dry_run();
    assert_eq!(foos.patch("a", &apply, &dry).unwrap().spec.replicas, 4);
    foos.delete("a", &DeleteParams::default().dry_run()).unwrap();
    assert_eq!(foos.get("a").unwrap(), stored);
    // What would fail fails.
    let dry = PostParams::default().dry_run();
    assert!(foos.create_with(&Foo::named("a", 1), &dry).unwrap_err().is_already_exists());
}

#[test]
fn writers_that_meet_each_other_lose_nothing() {
    let Some(sandbox) = Sandbox::new() else { return };
    let maps = sandbox.maps();
    maps.create(&ConfigMap::named("counter")).unwrap();
    let count = |map: &ConfigMap| map.data.get("n").map_or(0, |n| n.parse::<u32>().unwrap());
    let write = || {
        retry_on_conflict(|| {
            let mut map = maps.get("counter")?;
            map.data.insert("n".into(), (count(&map) + 1).to_string());
            maps.replace(&map)
        })
    };
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..4 {
                    // Five tries are not always enough against so many others.
                    while let Err(error) = write() {
                        assert!(error.is_conflict(), "{error}");
                    }
                }
            });
        }
    });
    assert_eq!(count(&maps.get("counter").unwrap()), 32 * 4);
}
