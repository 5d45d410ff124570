//! Other kinds: a scaled one, cluster-scoped ones, one that is not stored, subresources' own.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::{Node, PodTemplateSpec};
use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use kubeclient::{Api, DeleteParams, ListParams, Patch, PatchParams};
use serde_json::json;

use crate::common::{named, on_each_server, pod};

fn deployment(name: &str, replicas: i32) -> Deployment {
    let labels: BTreeMap<_, _> = [("app".to_owned(), name.to_owned())].into();
    let metadata = Some(ObjectMeta { labels: Some(labels.clone()), ..ObjectMeta::default() });
    let spec = DeploymentSpec {
        replicas: Some(replicas),
        selector: LabelSelector { match_labels: Some(labels), ..LabelSelector::default() },
        template: PodTemplateSpec { metadata, spec: pod(name).spec },
        ..DeploymentSpec::default()
    };
    Deployment { metadata: named(name), spec: Some(spec), status: None }
}

#[test]
fn a_deployment_is_scaled() {
    on_each_server(|sandbox| {
        let deployments: Api<Deployment> = sandbox.api();
        let created = deployments.create(&deployment("d", 1)).unwrap();
        assert_eq!(created.spec.unwrap().revision_history_limit, Some(10));
        let mut scale = deployments.get_scale("d").unwrap();
        assert_eq!((scale.spec.replicas, scale.status.selector.as_str()), (1, "app=d"));
        scale.spec.replicas = 2;
        // A controller may write meanwhile.
        scale.metadata.resource_version.clear();
        let params = kubeclient::PostParams::default().unconditional();
        assert_eq!(deployments.replace_scale_with("d", &scale, &params).unwrap().spec.replicas, 2);
        let patch = Patch::Merge(json!({"spec": {"replicas": 0}}));
        deployments.patch_scale("d", &patch, &PatchParams::default()).unwrap();
        assert_eq!(deployments.get("d").unwrap().spec.unwrap().replicas, Some(0));
    });
}

#[test]
fn a_subresource_that_a_kind_does_not_serve_is_not_found() {
    on_each_server(|sandbox| {
        let pods = sandbox.api::<k8s_openapi::api::core::v1::Pod>();
        pods.create(&pod("a")).unwrap();
        assert!(pods.get_scale("a").unwrap_err().is_not_found());
    });
}

#[test]
fn cluster_scoped_kinds_have_no_namespace() {
    on_each_server(|sandbox| {
        let nodes: Api<Node> = Api::all(&sandbox.client);
        let name = sandbox.namespace.as_str();
        let node = nodes.create(&Node { metadata: named(name), ..Node::default() }).unwrap();
        assert!(node.metadata.namespace.is_none());
        assert_eq!(nodes.get(name).unwrap().metadata.uid, node.metadata.uid);
        nodes.delete(name, &DeleteParams::default()).unwrap();

        let roles: Api<ClusterRole> = Api::all(&sandbox.client);
        let rule = PolicyRule {
            api_groups: Some(vec![String::new()]),
            resources: Some(vec!["pods".into()]),
            verbs: vec!["get".into()],
            ..PolicyRule::default()
        };
        let role = ClusterRole {
            metadata: named(name),
            rules: Some(vec![rule]),
            ..ClusterRole::default()
        };
        assert_eq!(roles.create(&role).unwrap().rules, role.rules);
        let by_name = ListParams::default().fields(format!("metadata.name={name}"));
        assert_eq!(roles.list(&by_name).unwrap().items.len(), 1);
        roles.delete(name, &DeleteParams::default()).unwrap();
    });
}

/// It has no name, and is answered, not stored.
#[test]
fn a_review_is_answered() {
    on_each_server(|sandbox| {
        let attributes = ResourceAttributes {
            namespace: Some(sandbox.namespace.clone()),
            resource: Some("pods".into()),
            verb: Some("list".into()),
            ..ResourceAttributes::default()
        };
        let spec = SelfSubjectAccessReviewSpec {
            resource_attributes: Some(attributes),
            ..SelfSubjectAccessReviewSpec::default()
        };
        let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
        let answered = Api::all(&sandbox.client).create(&review).unwrap();
        assert!(answered.status.unwrap().allowed);
    });
}
