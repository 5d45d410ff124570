//! The subresources through `kubeclient`, with the built-in types and without.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kubeclient::api::DISRUPTION_BUDGET;
use kubeclient::authentication_v1::{SelfSubjectReview, TokenRequest};
use kubeclient::authorization_v1::{ResourceAttributes, SelfSubjectAccessReview};
use kubeclient::certificates_v1::{CertificateSigningRequest, CertificateSigningRequestCondition};
use kubeclient::core_v1::{Binding, EphemeralContainer, Namespace, ObjectReference, Pod, ServiceAccount};
use kubeclient::rest::Attempt;
use kubeclient::{
    Api, ApiResource, Config, DeleteParams, DynamicObject, ErrorKind, LogParams, ObjectMeta, Patch, PatchParams,
    RestClient,
};
use serde_json::json;

use super::client::client;
use super::subresources::exhausted;
use crate::objects::pod;
use crate::server::Server;
use crate::suite::cases;

cases!("2.5", Client, [
    an_exhausted_budget_refuses_an_eviction_at_once [52],
    an_evicted_pod_is_gone,
    a_dry_eviction_leaves_the_pod,
    an_eviction_of_an_earlier_pod_is_a_conflict,
    a_log_of_an_unscheduled_pod_is_empty,
    a_log_of_an_unknown_container_is_refused,
    a_pod_is_bound,
    a_token_is_made,
    a_request_is_approved,
    an_ephemeral_container_is_added,
    the_resources_of_a_pod_are_changed,
    a_namespace_is_finalized,
    a_review_needs_no_name,
    a_review_of_a_dynamic_kind_needs_no_name,
]);

fn pods(s: &Server) -> Api<Pod> {
    Api::namespaced(&client(s), s.namespace())
}

fn an_exhausted_budget_refuses_an_eviction_at_once(s: &Server) {
    exhausted(s);
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&attempts);
    let client = RestClient::builder(Config::from_kubeconfig_str(&s.target().kubeconfig).unwrap())
        .observer(move |_: &Attempt<'_>| {
            count.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .unwrap();
    let pods: Api<Pod> = Api::namespaced(&client, s.namespace());
    let error = pods.evict("p", &DeleteParams::default()).unwrap_err();
    assert!(error.is_too_many_requests(), "{error}");
    let status = error.status().unwrap();
    assert!(status.has_cause(DISRUPTION_BUDGET), "{status:?}");
    assert_eq!(attempts.load(Ordering::Relaxed), 1);
    s.record("message", status.message.clone());
    assert!(pods.get("p").unwrap().metadata.deletion_timestamp.is_none());
}

fn an_evicted_pod_is_gone(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let pods = pods(s);
    assert!(pods.evict("p", &DeleteParams::default()).unwrap().is_success());
    assert!(pods.get_opt("p").unwrap().is_none());
    assert!(pods.evict("p", &DeleteParams::default()).unwrap_err().is_not_found());
}

fn a_dry_eviction_leaves_the_pod(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let pods = pods(s);
    assert!(pods.evict("p", &DeleteParams::default().dry_run()).unwrap().is_success());
    assert!(pods.get("p").unwrap().metadata.deletion_timestamp.is_none());
}

fn an_eviction_of_an_earlier_pod_is_a_conflict(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let pods = pods(s);
    let earlier = DeleteParams::default().uid("11111111-1111-1111-1111-111111111111");
    assert!(pods.evict("p", &earlier).unwrap_err().is_conflict());
    let this = DeleteParams::default().uid(pods.get("p").unwrap().metadata.uid).grace_period(0);
    pods.evict("p", &this).unwrap();
}

fn a_log_of_an_unscheduled_pod_is_empty(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let (pods, params) = (pods(s), LogParams::default());
    assert_eq!(pods.logs("p", &params).unwrap(), "");
    assert_eq!(pods.log_lines("p", &params.follow()).unwrap().count(), 0);
}

fn a_log_of_an_unknown_container_is_refused(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let pods = pods(s);
    let error = pods.logs("p", &LogParams::default().container("zz")).unwrap_err();
    assert!(error.is_bad_request(), "{error}");
    s.record("message", error.status().unwrap().message.clone());
    assert!(pods.log_stream("none", &LogParams::default()).unwrap_err().is_not_found());
}

fn a_pod_is_bound(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let pods = pods(s);
    let node = ObjectReference { kind: "Node".into(), name: "n".into(), ..ObjectReference::default() };
    let binding = Binding { target: node, ..Binding::default() };
    assert!(pods.bind("p", &binding).unwrap().is_success());
    assert_eq!(pods.get("p").unwrap().spec.node_name, "n");
    assert!(pods.bind("p", &binding).unwrap_err().is_conflict());
    let other = Binding { metadata: ObjectMeta::named("q"), ..binding };
    let error = pods.bind("p", &other).unwrap_err();
    assert!(error.is_bad_request(), "{error}");
    s.record("message", error.status().unwrap().message.clone());
}

fn a_token_is_made(s: &Server) {
    let accounts: Api<ServiceAccount> = Api::namespaced(&client(s), s.namespace());
    accounts.create(&ServiceAccount { metadata: ObjectMeta::named("sa"), ..ServiceAccount::default() }).unwrap();
    let mut request = TokenRequest::default();
    request.spec.expiration_seconds = Some(3600);
    let made = accounts.create_token("sa", &request).unwrap();
    assert_eq!(made.status.token.matches('.').count(), 2, "a JWT has three parts");
    assert!(!format!("{made:?}").contains(&made.status.token));
    assert!(made.status.expiration_timestamp.is_some());
    assert_eq!(made.spec.expiration_seconds, Some(3600));
    request.spec.expiration_seconds = Some(5);
    assert!(accounts.create_token("sa", &request).unwrap_err().is_invalid());
    assert!(accounts.create_token("none", &TokenRequest::default()).unwrap_err().is_not_found());
}

fn a_request_is_approved(s: &Server) {
    let requests: Api<CertificateSigningRequest> = Api::all(&client(s));
    let name = s.unique("csr");
    s.clean_up(&format!("/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}"));
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = rcgen::CertificateParams::default().serialize_request(&key).unwrap().pem().unwrap();
    let mut request = CertificateSigningRequest { metadata: ObjectMeta::named(&name), ..Default::default() };
    request.spec.request = pem.into_bytes().into();
    request.spec.signer_name = "example.com/nobody".into();
    request.spec.usages = vec!["client auth".into()];
    let mut request = requests.create(&request).unwrap();
    let approved = CertificateSigningRequestCondition {
        type_: "Approved".into(),
        status: "True".into(),
        reason: "Known".into(),
        ..Default::default()
    };
    request.status.conditions.push(approved);
    // Not by a replace of the request itself.
    let replaced = requests.replace(&request).unwrap();
    assert!(replaced.status.conditions.is_empty());
    request.metadata.resource_version = replaced.metadata.resource_version;
    let approved = requests.replace_approval(&request).unwrap();
    assert_eq!(approved.status.conditions[0].type_, "Approved");
    assert_eq!(requests.get_approval(&name).unwrap().status.conditions, approved.status.conditions);
    let patch = Patch::Merge(json!({"metadata": {"annotations": {"seen": "yes"}}}));
    let patched = requests.patch_approval(&name, &patch, &PatchParams::default()).unwrap();
    assert_eq!(patched.status.conditions, approved.status.conditions);
}

fn an_ephemeral_container_is_added(s: &Server) {
    s.post("pods", pod("p")).expect(201);
    let pods = pods(s);
    let debugger = |name: &str| {
        let mut container = EphemeralContainer::default();
        (container.name, container.image) = (name.into(), "i".into());
        container
    };
    let mut pod = pods.get_ephemeral_containers("p").unwrap();
    pod.spec.ephemeral_containers.push(debugger("one"));
    pods.replace_ephemeral_containers(&pod).unwrap();
    let patch = Patch::Strategic(json!({"spec": {"ephemeralContainers": [{"name": "two", "image": "i"}]}}));
    let patched = pods.patch_ephemeral_containers("p", &patch, &PatchParams::default()).unwrap();
    let mut names: Vec<_> = patched.spec.ephemeral_containers.iter().map(|found| found.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["one", "two"]);
    pod = patched;
    pod.spec.ephemeral_containers.clear();
    assert!(pods.replace_ephemeral_containers(&pod).unwrap_err().is_invalid());
}

fn the_resources_of_a_pod_are_changed(s: &Server) {
    let mut object = pod("p");
    object["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "100m"}});
    s.post("pods", object).expect(201);
    let pods = pods(s);
    let mut pod = pods.get_resize("p").unwrap();
    pod.spec.containers[0].resources.requests.insert("cpu".into(), "200m".parse().unwrap());
    let resized = pods.replace_resize(&pod).unwrap();
    assert_eq!(resized.spec.containers[0].resources.requests["cpu"].to_string(), "200m");
    let resources = json!({"requests": {"cpu": "300m"}});
    let patch = Patch::Strategic(json!({"spec": {"containers": [{"name": "c", "resources": resources}]}}));
    let patched = pods.patch_resize("p", &patch, &PatchParams::default()).unwrap();
    assert_eq!(patched.spec.containers[0].resources.requests["cpu"].to_string(), "300m");
    // Not by a replace of the pod itself.
    assert!(pods.replace(&Pod { metadata: patched.metadata, ..pod }).unwrap_err().is_invalid());
}

fn a_namespace_is_finalized(s: &Server) {
    let namespaces: Api<Namespace> = Api::all(&client(s));
    let name = s.unique("finalized");
    s.clean_up(&format!("/api/v1/namespaces/{name}"));
    let mut namespace = namespaces
        .create(&Namespace { metadata: ObjectMeta::named(&name), ..Namespace::default() })
        .unwrap();
    assert_eq!(namespace.spec.finalizers, ["kubernetes"]);
    namespace.spec.finalizers.push("example.com/mine".into());
    let finalized = namespaces.replace_finalize(&namespace).unwrap();
    assert_eq!(finalized.spec.finalizers, ["kubernetes", "example.com/mine"]);
    namespace = finalized;
    namespace.spec.finalizers.pop();
    assert_eq!(namespaces.replace_finalize(&namespace).unwrap().spec.finalizers, ["kubernetes"]);
}

fn a_review_needs_no_name(s: &Server) {
    let client = client(s);
    let reviews: Api<SelfSubjectReview> = Api::all(&client);
    let review = reviews.create(&SelfSubjectReview::default()).unwrap();
    assert!(!review.status.user_info.username.is_empty());
    let mut review = SelfSubjectAccessReview::default();
    let pods = ResourceAttributes { verb: "list".into(), resource: "pods".into(), ..Default::default() };
    review.spec.resource_attributes = Some(Box::new(pods));
    let reviews: Api<SelfSubjectAccessReview> = Api::all(&client);
    assert!(reviews.create(&review).unwrap().status.allowed);
}

fn a_review_of_a_dynamic_kind_needs_no_name(s: &Server) {
    let resource =
        ApiResource::namespaced("authorization.k8s.io", "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews");
    let reviews = Api::<DynamicObject>::dynamic_namespaced(&client(s), &resource, s.namespace());
    let attributes = json!({"verb": "list", "resource": "pods", "namespace": s.namespace()});
    let review = DynamicObject::new("", &resource)
        .with("spec", json!({"user": "nobody-at-all", "resourceAttributes": attributes}));
    let answer = reviews.create(&review).unwrap();
    assert_eq!(answer.pointer("/status/allowed"), Some(&json!(false)));
    // Of any other kind, a name is still asked for before anything is sent.
    let pods = pods(s).create(&Pod::default()).unwrap_err();
    assert_eq!(pods.kind(), ErrorKind::Invalid);
}
