//! Pods through every verb.

use k8s_openapi::api::core::v1::Pod;
use kubeclient::api::DeleteResponse;
use kubeclient::{
    Api, DeleteParams, ErrorKind, ListParams, PartialObjectMetadata, Patch, PatchParams,
    PostParams, Resource,
};
use serde::Deserialize;
use serde_json::json;

use crate::common::{on_each_server, pod};

/// Deletes at once, since no kubelet says that the containers have ended.
fn at_once() -> DeleteParams {
    DeleteParams::default().grace_period(0)
}

#[test]
fn a_pod_lives_through_every_verb() {
    on_each_server(|sandbox| {
        let pods: Api<Pod> = sandbox.api();
        let created = pods.create(&pod("a")).unwrap();
        assert_eq!(created.metadata.namespace.as_ref(), Some(&sandbox.namespace));
        assert!(created.metadata.uid.is_some() && created.metadata.creation_timestamp.is_some());
        assert_eq!(created.status.as_ref().unwrap().phase.as_deref(), Some("Pending"));
        assert_eq!(created.spec.as_ref().unwrap().restart_policy.as_deref(), Some("Always"));
        assert_eq!(pods.get("a").unwrap(), created);
        assert!(pods.get_opt("none").unwrap().is_none());
        assert!(pods.create(&pod("a")).unwrap_err().is_already_exists());
        let nameless = Pod { metadata: Default::default(), ..pod("a") };
        let error = pods.create(&nameless).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");

        let mut changed = created.clone();
        changed.metadata.labels = Some([("app".into(), "shop".into())].into());
        let replaced = pods.replace(&changed).unwrap();
        assert_eq!(replaced.metadata.labels, changed.metadata.labels);
        assert_eq!(replaced.metadata.uid, created.metadata.uid);
        assert!(pods.replace(&changed).unwrap_err().is_conflict());
        let without = pods.replace(&pod("a")).unwrap_err();
        assert_eq!(without.kind(), ErrorKind::Invalid);

        let gone = pods.delete("a", &at_once()).unwrap();
        assert!(
            matches!(gone, DeleteResponse::Object(pod) if pod.metadata.uid == created.metadata.uid)
        );
        assert!(pods.get("a").unwrap_err().is_not_found());
    });
}

#[test]
fn pods_are_listed_by_page_and_deleted_together() {
    on_each_server(|sandbox| {
        let pods: Api<Pod> = sandbox.api();
        for name in ["a", "b", "c"] {
            pods.create(&pod(name)).unwrap();
        }
        let list = pods.list(&ListParams::default()).unwrap();
        let uids: Vec<_> = list.items.iter().map(|pod| pod.metadata.uid.clone()).collect();
        assert_eq!(uids.len(), 3);
        let paged: Vec<_> = pods
            .list_all(&ListParams::default().limit(2))
            .map(|pod| pod.unwrap().metadata.uid)
            .collect();
        assert_eq!(paged, uids);
        assert_eq!(pods.list_table(&ListParams::default()).unwrap().rows.len(), 3);
        // By the client's own URL for all namespaces.
        let everywhere = Api::<Pod>::all(&sandbox.client).list(&ListParams::default()).unwrap();
        assert!(everywhere.items.iter().any(|pod| pod.metadata.uid == uids[0]));

        pods.delete_collection(&at_once(), &ListParams::default()).unwrap();
        assert!(pods.list(&ListParams::default()).unwrap().items.is_empty());
    });
}

#[test]
fn a_pod_is_patched_and_applied() {
    on_each_server(|sandbox| {
        let pods: Api<Pod> = sandbox.api();
        let applied = pods.apply("a", "tests", &pod("a")).unwrap();
        assert_eq!(applied.metadata.managed_fields.unwrap()[0].manager.as_deref(), Some("tests"));
        let nameless = Pod { metadata: Default::default(), ..pod("a") };
        pods.apply("a", "tests", &nameless).unwrap();

        let label = json!({"metadata": {"labels": {"app": "shop"}}});
        let default = PatchParams::default();
        for patch in [Patch::Merge(label.clone()), Patch::Strategic(label)] {
            let patched = pods.patch("a", &patch, &default).unwrap();
            assert_eq!(patched.metadata.labels.unwrap()["app"], "shop");
        }
        let image =
            json!([{"op": "replace", "path": "/spec/containers/0/image", "value": "busybox"}]);
        let patched = pods.patch("a", &Patch::Json(image), &default).unwrap();
        assert_eq!(patched.spec.unwrap().containers[0].image.as_deref(), Some("busybox"));

        let conflict = pods.apply("a", "other", &pod("a")).unwrap_err();
        assert!(conflict.is_conflict(), "{conflict}");
        let theirs = pods.get("a").unwrap();
        let error = pods.apply("a", "tests", &theirs).unwrap_err();
        assert!(error.to_string().contains("managedFields"), "{error}");
    });
}

#[test]
fn the_status_is_written_apart() {
    on_each_server(|sandbox| {
        let pods: Api<Pod> = sandbox.api();
        let mut pod = pods.create(&pod("a")).unwrap();
        pod.metadata.labels = Some([("app".into(), "shop".into())].into());
        pod.status.as_mut().unwrap().message = Some("slow".into());
        let updated = pods.replace_status(&pod).unwrap();
        assert_eq!(updated.status.unwrap().message.as_deref(), Some("slow"));
        assert_eq!(updated.spec, pod.spec);

        let patch = Patch::Merge(json!({"status": {"reason": "Because"}}));
        pods.patch_status("a", &patch, &PatchParams::default()).unwrap();
        let status = pods.get_status("a").unwrap().status.unwrap();
        assert_eq!(status.reason.as_deref(), Some("Because"));
        assert_eq!(status.message.as_deref(), Some("slow"));
    });
}

#[derive(Resource, Deserialize)]
#[resource(group = "", version = "v1", kind = "Pod", projection)]
struct Labelled {
    metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
}

#[test]
fn a_pod_is_read_in_part() {
    on_each_server(|sandbox| {
        let pods: Api<Pod> = sandbox.api();
        let uid = pods.create(&pod("a")).unwrap().metadata.uid.unwrap();
        assert_eq!(pods.read_as::<Labelled>().get("a").unwrap().metadata.uid.as_ref(), Some(&uid));
        assert_eq!(
            sandbox
                .api::<Labelled>()
                .read_as::<Pod>()
                .get("a")
                .unwrap()
                .spec
                .unwrap()
                .containers
                .len(),
            1
        );

        let partial: Api<PartialObjectMetadata<Pod>> = sandbox.api();
        assert_eq!(partial.get("a").unwrap().metadata.uid, uid);
        assert_eq!(partial.list(&ListParams::default()).unwrap().items[0].metadata.uid, uid);
        let label = Patch::Merge(json!({"metadata": {"labels": {"app": "shop"}}}));
        let patched = partial.patch("a", &label, &PatchParams::default()).unwrap();
        assert_eq!(patched.metadata.labels["app"], "shop");
    });
}

/// What a dry run says is not stored.
#[test]
fn a_create_may_be_dry() {
    on_each_server(|sandbox| {
        let pods: Api<Pod> = sandbox.api();
        let shown = pods.create_with(&pod("a"), &PostParams::default().dry_run()).unwrap();
        assert!(shown.metadata.uid.is_some());
        assert!(pods.get_opt("a").unwrap().is_none());
    });
}
