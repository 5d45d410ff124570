//! Readers: listers, the factory, one's own writes.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use super::super::factory::InformerFactory;
use super::super::health::ReflectorState;
use super::{PATIENCE, Thing, World, patience};
use crate::api::{Api, WatchParams};
use crate::error::ErrorKind;
use crate::meta::selector::LabelSelector;
use crate::stop::Stop;

const SEED: &str = "
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default, labels: {app: web}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: default}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: kube-system, labels: {app: web}}}
";

#[test]
fn a_lister_finds_by_namespace_name_labels_and_index() {
    let world = World::new();
    world.server.seed(SEED).unwrap();
    let all: Api<Thing> = Api::all(&world.client);
    let informer = super::hasty(super::SharedInformer::builder(&all))
        .fields("metadata.name!=kube-root-ca.crt")
        .index("name", |thing| [thing.metadata.name.clone()])
        .start()
        .unwrap();
    informer.wait_synced(&patience()).unwrap();
    let lister = informer.lister();
    let keys = |things: Vec<Arc<Thing>>| -> Vec<String> {
        let key = |thing: &Arc<Thing>| super::super::key::ObjectKey::of(&**thing).to_string();
        things.iter().map(key).collect()
    };
    assert_eq!(keys(lister.list()), ["default/a", "default/b", "kube-system/a"]);
    assert_eq!(keys(lister.namespace("default").list()), ["default/a", "default/b"]);
    assert_eq!(keys(lister.namespace("def").list()), [""; 0]);
    let web: LabelSelector = "app=web".parse().unwrap();
    assert_eq!(keys(lister.select(&web)), ["default/a", "kube-system/a"]);
    assert_eq!(keys(lister.namespace("default").select(&web)), ["default/a"]);
    assert_eq!(keys(lister.by_index("name", "a").unwrap()), ["default/a", "kube-system/a"]);
    let own = lister.namespace("kube-system");
    assert_eq!(keys(own.by_index("name", "a").unwrap()), ["kube-system/a"]);
    let error = own.get("x").unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), "configmaps \"x\" not found in the cache (404 NotFound)");
    assert!(lister.get("a").unwrap_err().to_string().contains("expected a namespace"));
}

#[test]
fn ones_own_writes_can_be_waited_for() {
    let world = World::new();
    let informer = world.builder().start().unwrap();
    let lister = informer.lister();
    for number in 0..20 {
        let name = format!("n{number}");
        let version = world.create(&name).metadata.resource_version;
        lister.wait_for_resource_version(&version, &patience()).unwrap();
        lister.get(&name).unwrap();
    }
    let soon = Stop::after(Duration::from_millis(20));
    let error = lister.wait_for_resource_version("999999999", &soon).unwrap_err();
    assert!(error.to_string().contains("not at version 999999999"), "{error}");
    let error = lister.wait_for_resource_version("soon", &patience()).unwrap_err();
    assert!(error.to_string().contains("expected a number"), "{error}");
    // A stop of the wait ends it, too.
    let stop = Stop::new();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| lister.wait_for_resource_version("999999999", &stop));
        stop.stop();
        assert!(waiter.join().unwrap().is_err());
    });
}

/// What comes of no change is known by bookmarks.
#[test]
fn a_version_of_other_objects_is_reached_by_a_bookmark() {
    let world = World::new();
    world.server.set_bookmark_period(Duration::from_millis(50));
    let informer = world.builder().labels("app=web").start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    let version = world.create("other").metadata.resource_version;
    informer.lister().wait_for_resource_version(&version, &patience()).unwrap();
    assert!(informer.store().is_empty());
}

#[test]
fn a_factory_has_one_informer_for_a_collection() {
    let world = World::new();
    world.server.seed(SEED).unwrap();
    let factory = InformerFactory::new(&world.client);
    let things = |client: &_| Api::<Thing>::namespaced(client, "default");
    let one = factory.informer(things);
    assert!(Arc::ptr_eq(&one, &factory.informer(things)));
    let web = WatchParams::default().labels("app=web");
    let labelled = factory.informer_with(things, &web, |builder| {
        builder.index("name", |thing| [thing.metadata.name.clone()])
    });
    assert!(!Arc::ptr_eq(&one, &labelled));
    assert_eq!(one.health().cache.state, ReflectorState::New);
    factory.start().unwrap();
    factory.start().unwrap();
    factory.wait_synced(&patience()).unwrap();
    assert_eq!((one.store().len() >= 2, labelled.store().len()), (true, 1));
    assert_eq!(labelled.lister().by_index("name", "a").unwrap().len(), 1);
    assert_eq!(world.server.requests().verb("watch").count(), 2);
    factory.shut_down(&patience()).unwrap();
    assert_eq!(one.health().cache.state, ReflectorState::Stopped);
    assert!(one.start().unwrap_err().is_stopped());
}

/// Else each would wait for the thread of the other.
#[test]
fn a_factory_is_shut_down_by_functions_of_two_of_its_informers_at_once() {
    let world = World::new();
    world.server.seed(SEED).unwrap();
    let factory = Arc::new(InformerFactory::new(&world.client));
    let both = Arc::new(Barrier::new(2));
    let (over, is_over) = channel();
    let things = |client: &_| Api::<Thing>::namespaced(client, "default");
    let handlers = ["app=web", "app!=web"].map(|labels| {
        let (own, both, over) = (Arc::clone(&factory), Arc::clone(&both), over.clone());
        let params = WatchParams::default().labels(labels);
        let mut is_first = true;
        let told = move |_| {
            if std::mem::take(&mut is_first) {
                both.wait();
                let refused = own.shut_down(&patience()).unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::Invalid);
                over.send(()).unwrap();
            }
        };
        factory.informer_with(things, &params, |builder| builder).add_handler(told).unwrap()
    });
    factory.start().unwrap();
    for _ in &handlers {
        is_over.recv_timeout(PATIENCE).unwrap();
    }
}
