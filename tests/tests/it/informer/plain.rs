//! What informers hold and tell on the real server.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use kubeclient::cache::{
    CacheEvent, Deleted, HandlerOptions, ObjectKey, ReflectorState, SharedInformer,
};
use kubeclient::core_v1;
use kubeclient::{
    Api, DeleteParams, DynamicObject, PartialObjectMetadata, Patch, PatchParams, Resource, Stop,
    WatchParams,
};
use kubeclient_tests::chaos::{Plan, Trouble};
use serde_json::json;

use super::proxied;
use crate::common::{Disturbed, PATIENCE, Sandbox};
use crate::foo::{ConfigMap, Foo};

fn patience() -> Stop {
    Stop::after(PATIENCE)
}

/// A handler that says in words what it is told.
fn words() -> (impl FnMut(CacheEvent<Foo>) + Send + 'static, Receiver<String>) {
    let (sender, words) = channel();
    let tell = move |event: CacheEvent<Foo>| {
        let word = match &event {
            CacheEvent::Added { initial: true, .. } => "there",
            CacheEvent::Added { .. } => "added",
            CacheEvent::Updated { old, new } if old == new => "again",
            CacheEvent::Updated { .. } => "updated",
            CacheEvent::Deleted(Deleted::Observed(_)) => "deleted",
            CacheEvent::Deleted(Deleted::Missed(_)) => "missed",
            other => panic!("{other:?}"),
        };
        let _ = sender.send(format!("{word} {}", event.object().metadata.name));
    };
    (tell, words)
}

fn next(words: &Receiver<String>, count: usize) -> Vec<String> {
    (0..count).map(|_| words.recv_timeout(PATIENCE).expect("a word in time")).collect()
}

/// Fidelity 61, 70, 71.
#[test]
fn an_informer_is_filled_and_follows_by_one_request_and_tells_its_handlers() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("a", 1)).unwrap();
    foos.create(&Foo::named("b", 1)).unwrap();
    let (client, attempts) = sandbox.observed();
    let watched: Api<Foo> = Api::namespaced(&client, &sandbox.namespace);
    let informer = SharedInformer::builder(&watched)
        .index("replicas", |foo: &Foo| [foo.spec.replicas.to_string()])
        .start()
        .unwrap();
    let (tell, told) = words();
    let _handler = informer.add_handler(tell).unwrap();
    informer.wait_synced(&patience()).unwrap();
    assert_eq!(next(&told, 2), ["there a", "there b"]);

    foos.create(&Foo::named("c", 1)).unwrap();
    assert_eq!(next(&told, 1), ["added c"]);
    let patch = Patch::Merge(json!({"spec": {"replicas": 7}}));
    let a = foos.patch("a", &patch, &PatchParams::default()).unwrap();
    assert_eq!(next(&told, 1), ["updated a"]);
    assert_eq!(*informer.lister().by_index("replicas", "7").unwrap()[0], a);
    foos.delete("b", &DeleteParams::default()).unwrap();
    assert_eq!(next(&told, 1), ["deleted b"]);
    assert!(informer.lister().get("b").unwrap_err().is_not_found());

    // A late one hears of what is there, and again of it when it wants to.
    let (tell, late) = words();
    let options = HandlerOptions::default().resync(Duration::from_millis(50));
    let late_handler = informer.add_handler_with(&options, tell).unwrap();
    late_handler.wait_synced(&patience()).unwrap();
    assert_eq!(next(&late, 4), ["there a", "there c", "again a", "again c"]);
    let health = informer.health();
    assert_eq!((health.cache.state, health.cache.restarts), (ReflectorState::Following, 0));
    assert_eq!(attempts.count(), 1);
    informer.stop();
    informer.join(&patience()).unwrap();
    assert!(attempts.codes().iter().all(|code| *code == 200));
}

/// Fidelity 60: a cache of a quiet collection keeps up with the rest of the server by bookmarks.
#[test]
fn a_quiet_cache_keeps_up_by_bookmarks() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let Some((_other, elsewhere)) = Sandbox::with_foo() else { return };
    // The server sends a bookmark 2 s before the end of a connection.
    let params = WatchParams::default().timeout(Duration::from_secs(8));
    let informer = SharedInformer::builder(&foos).params(&params).start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    let later = elsewhere.create(&Foo::named("b", 1)).unwrap().metadata.resource_version;
    let (tell, told) = words();
    let _handler = informer.add_handler(tell).unwrap();
    informer.store().wait_for_resource_version(&later, &patience()).unwrap();
    assert!(informer.store().is_empty() && told.try_recv().is_err());
    assert_eq!(informer.health().cache.restarts, 0);
}

/// Fidelity 63, 68, 69: while the cache can't reach it, the server is compacted, and forgets what happened.
#[test]
fn after_a_compaction_all_is_read_anew_and_what_went_is_missed() {
    let Some(disturbed) = Disturbed::new() else { return };
    let maps = disturbed.sandbox.maps();
    maps.create(&ConfigMap::named("kept")).unwrap();
    let first = maps.create(&ConfigMap::named("replaced")).unwrap();
    let lost = maps.create(&ConfigMap::named("lost")).unwrap();
    let (proxy, through) = proxied(&disturbed.sandbox);
    let informer = SharedInformer::builder(&through).on_error(|_| {}).start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    let (sender, told) = channel();
    let handler = informer.add_handler(move |event: CacheEvent<ConfigMap>| {
        let metadata = &event.object().metadata;
        let is_missed = matches!(&event, CacheEvent::Deleted(deleted) if deleted.is_missed());
        let _ = sender.send((metadata.name.clone(), metadata.uid.clone(), is_missed));
    });
    let handler = handler.unwrap();
    handler.wait_synced(&patience()).unwrap();
    told.try_iter().for_each(drop);

    proxy.plan([Plan { trouble: Trouble::Refuse, after: 0 }; 1000]);
    proxy.cut();
    maps.delete("lost", &DeleteParams::default()).unwrap();
    maps.delete("replaced", &DeleteParams::default()).unwrap();
    let second = maps.create(&ConfigMap::named("replaced")).unwrap();
    disturbed.forget();
    proxy.calm();
    let version = &second.metadata.resource_version;
    informer.store().wait_for_resource_version(version, &patience()).unwrap();
    let mut events: Vec<_> = (0..3).map(|_| told.recv_timeout(PATIENCE).unwrap()).collect();
    events.sort();
    let mut expected = [
        ("lost".to_owned(), lost.metadata.uid, true),
        ("replaced".to_owned(), first.metadata.uid, true),
        ("replaced".to_owned(), second.metadata.uid.clone(), false),
    ];
    expected.sort();
    assert_eq!(events, expected);
    assert_eq!(informer.lister().get("replaced").unwrap().metadata.uid, second.metadata.uid);
    assert_eq!(informer.health().cache.restarts, 1);
}

/// Metadata alone, protobuf, and objects of any kind.
#[test]
fn caches_of_every_form_hold_the_same() {
    let Some(sandbox) = Sandbox::new() else { return };
    let maps = sandbox.maps();
    let mut map = ConfigMap::named("a");
    map.data.insert("k".into(), "v".into());
    maps.create(&map).unwrap();

    let metadata = SharedInformer::builder(&maps.read_as::<PartialObjectMetadata<ConfigMap>>());
    let typed: Api<core_v1::ConfigMap> =
        Api::namespaced(&sandbox.client.with_protobuf(), &sandbox.namespace);
    let dynamic: Api<DynamicObject> =
        Api::dynamic_namespaced(&sandbox.client, &ConfigMap::api_resource(), &sandbox.namespace);
    let metadata = metadata.start().unwrap();
    let typed = SharedInformer::builder(&typed).start().unwrap();
    let dynamic = SharedInformer::builder(&dynamic).start().unwrap();
    metadata.wait_synced(&patience()).unwrap();
    typed.wait_synced(&patience()).unwrap();
    dynamic.wait_synced(&patience()).unwrap();

    let patch = Patch::Merge(json!({"data": {"k": "w"}}));
    let now = maps.patch("a", &patch, &PatchParams::default()).unwrap();
    let version = &now.metadata.resource_version;
    let key = ObjectKey::of(&now);
    metadata.store().wait_for_resource_version(version, &patience()).unwrap();
    typed.store().wait_for_resource_version(version, &patience()).unwrap();
    dynamic.store().wait_for_resource_version(version, &patience()).unwrap();
    assert_eq!(metadata.store().get(&key).unwrap().metadata, now.metadata);
    let typed = typed.store().get(&key).unwrap();
    assert_eq!((&typed.metadata, &*typed.data["k"]), (&now.metadata, "w"));
    let dynamic = dynamic.store().get(&key).unwrap();
    assert_eq!(dynamic.pointer("/data/k"), Some(&json!("w")));
    assert_eq!(dynamic.types.kind, "ConfigMap");
}
