//! Watches of typed objects.

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kubeclient::{Api, DeleteParams, PartialObjectMetadata, WatchEvent, WatchParams};

use crate::common::{named, on_each_server, pod};

fn map(name: &str, value: &str) -> ConfigMap {
    let data = Some([("k".into(), value.into())].into());
    ConfigMap { metadata: named(name), data, ..ConfigMap::default() }
}

#[test]
fn a_watch_tells_what_happens() {
    on_each_server(|sandbox| {
        let maps: Api<ConfigMap> = sandbox.api();
        let mut created = maps.create(&map("a", "1")).unwrap();
        let mut watch = maps.watch(&WatchParams::default().fields("metadata.name=a")).unwrap();
        let mut next = || watch.next().unwrap().unwrap();
        let WatchEvent::Added(first) = next() else { panic!("not added") };
        assert_eq!(first, created);
        let WatchEvent::Synced = next() else { panic!("not synced") };
        created.data = map("a", "2").data;
        let replaced = maps.replace(&created).unwrap();
        let WatchEvent::Modified(second) = next() else { panic!("not modified") };
        assert_eq!(second, replaced);
        maps.delete("a", &DeleteParams::default()).unwrap();
        let WatchEvent::Deleted(last) = next() else { panic!("not deleted") };
        assert_eq!(last.metadata.uid, created.metadata.uid);
        assert_eq!(last.data, replaced.data);
    });
}

#[test]
fn metadata_alone_is_watched() {
    on_each_server(|sandbox| {
        let pods: Api<Pod> = sandbox.api();
        let partial: Api<PartialObjectMetadata<Pod>> = sandbox.api();
        let mut watch = partial.watch(&WatchParams::default()).unwrap();
        let WatchEvent::Synced = watch.next().unwrap().unwrap() else { panic!("not synced") };
        let created = pods.create(&pod("a")).unwrap();
        let WatchEvent::Added(seen) = watch.next().unwrap().unwrap() else { panic!("not added") };
        assert_eq!(Some(seen.metadata.uid), created.metadata.uid);
    });
}
