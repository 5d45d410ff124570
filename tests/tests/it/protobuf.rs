//! Protobuf: what a client that prefers it sends, as the embedded server records it, and what becomes of a
//! watch in protobuf when the real server has forgotten.

use kubeclient::core_v1::{ConfigMap, Pod, PodSpec};
use kubeclient::{
    Api, ApiResource, Clientset, Config, DeleteParams, DynamicObject, ErrorKind, ListParams,
    ObjectMeta, PartialObjectMetadata, Patch, PatchParams, Resource, RestClient, WatchEvent,
    WatchParams,
};
use kubeclient_fake::{FakeServer, Fault};
use serde_json::json;

use crate::common::{Disturbed, watch};
use crate::foo::{self, Foo};

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const BOTH: &str = "application/vnd.kubernetes.protobuf,application/json";

fn server() -> (FakeServer, RestClient) {
    let server = FakeServer::start().unwrap();
    let client = RestClient::new(Config::new(server.url())).unwrap().with_protobuf();
    (server, client)
}

/// The last request's media types: of its body, where it has one, and of the answers that it accepts.
fn last(server: &FakeServer) -> (Option<String>, String) {
    let request = server.requests().last().unwrap();
    if request.header("Content-Type") == Some(PROTOBUF) {
        assert!(request.body.starts_with(b"k8s\0"));
    }
    (
        request.header("Content-Type").map(str::to_owned),
        request.header("Accept").unwrap().to_owned(),
    )
}

fn map(name: &str) -> ConfigMap {
    ConfigMap { metadata: ObjectMeta::named(name), ..ConfigMap::default() }
}

/// Fidelity 54.
#[test]
fn a_built_in_kind_goes_in_protobuf_and_a_patch_in_json() {
    let (server, client) = server();
    let maps = Clientset::new(&client).core_v1().config_maps("default");
    let sent = |of: &str| (Some(of.to_owned()), BOTH.to_owned());
    let created = maps.create(&map("a")).unwrap();
    assert_eq!(last(&server), sent(PROTOBUF));
    maps.replace(&created).unwrap();
    assert_eq!(last(&server), sent(PROTOBUF));
    let patch = Patch::Merge(json!({"data": {"k": "v"}}));
    maps.patch("a", &patch, &PatchParams::default()).unwrap();
    assert_eq!(last(&server), sent("application/merge-patch+json"));
    maps.get("a").unwrap();
    assert_eq!(last(&server), (None, BOTH.to_owned()));
    maps.list(&ListParams::default()).unwrap();
    assert_eq!(last(&server), (None, BOTH.to_owned()));
}

/// Fidelity 54.
#[test]
fn a_custom_kind_and_a_dynamic_one_stay_in_json() {
    let (server, client) = server();
    let plain = Some("application/json".to_owned());
    let definitions = ApiResource::cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );
    let definitions = Api::<DynamicObject>::dynamic(&client, &definitions);
    definitions.create(&serde_json::from_value(foo::definition()).unwrap()).unwrap();
    assert_eq!(last(&server), (plain.clone(), "application/json".to_owned()));
    let foos: Api<Foo> = Api::namespaced(&client, "default");
    foos.create(&Foo::named("a", 1)).unwrap();
    assert_eq!(last(&server), (plain, "application/json".to_owned()));
    foos.list(&ListParams::default()).unwrap();
    assert_eq!(last(&server), (None, "application/json".to_owned()));
}

/// Fidelity 54: whatever type a kind is read as.
#[test]
fn a_type_of_another_kind_stays_in_json() {
    let (server, client) = server();
    let json = "application/json".to_owned();
    let foos = Api::<ConfigMap>::dynamic_namespaced(&client, &Foo::api_resource(), "default");
    // It is not served here; what counts is how it was sent.
    foos.create(&map("a")).unwrap_err();
    assert_eq!(last(&server), (Some(json.clone()), json.clone()));
    let maps = Clientset::new(&client).core_v1().config_maps("default");
    maps.read_as::<Pod>().list(&ListParams::default()).unwrap();
    assert_eq!(last(&server), (None, json));
}

/// Fidelity 54: metadata has protobuf, whatever it is of.
#[test]
fn metadata_of_a_custom_kind_is_asked_for_in_protobuf() {
    let (server, client) = server();
    let maps = Clientset::new(&client).core_v1().config_maps("default");
    maps.read_as::<PartialObjectMetadata>().list(&ListParams::default()).unwrap();
    let form = ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    let accept = format!("{PROTOBUF}{form},application/json{form}");
    assert_eq!(last(&server), (None, accept.clone()));
    let foos = Api::<Foo>::namespaced(&client, "default").read_as::<PartialObjectMetadata>();
    // It is not served here; what counts is how it was asked for.
    foos.list(&ListParams::default()).unwrap_err();
    assert_eq!(last(&server), (None, accept));
}

/// Fidelity 54.
#[test]
fn a_subresource_goes_in_the_wire_of_its_type() {
    let (server, client) = server();
    let pods = Clientset::new(&client).core_v1().pods("default");
    let container = kubeclient::core_v1::Container {
        name: "c".into(),
        image: "i".into(),
        ..Default::default()
    };
    let pod = Pod {
        metadata: ObjectMeta::named("p"),
        spec: PodSpec { containers: vec![container], ..PodSpec::default() },
        ..Pod::default()
    };
    let mut pod = pods.create(&pod).unwrap();
    pod.status.phase = "Running".into();
    assert_eq!(pods.replace_status(&pod).unwrap().status.phase, "Running");
    assert_eq!(last(&server), (Some(PROTOBUF.to_owned()), BOTH.to_owned()));
    let status = pods.evict("p", &DeleteParams::default()).unwrap();
    assert!(status.is_success());
}

/// Fidelity 55.
#[test]
fn an_answer_that_is_cut_off_or_mistaken_is_an_error_that_names_the_request() {
    let (server, client) = server();
    let maps = Clientset::new(&client).core_v1().config_maps("default");
    let golden = |kind: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/types/core_v1");
        std::fs::read(folder.join(kind)).unwrap()
    };
    let get = |answer: &[u8]| {
        let _answer = server.inject(Fault::answer(200, PROTOBUF, answer));
        maps.get("a")
    };
    let whole = golden("ConfigMap.pb");
    assert!(!get(&whole).unwrap().data.is_empty());
    let mut broken: Vec<Vec<u8>> =
        (0..whole.len()).step_by(37).map(|end| whole[..end].to_vec()).collect();
    broken.push([b"k8t\0", &whole[4..]].concat());
    broken.push([&whole[..4], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"].concat());
    broken.push(golden("Secret.pb"));
    for answer in broken {
        let error = get(&answer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
        assert_eq!(error.path(), Some("/api/v1/namespaces/default/configmaps/a"));
    }
}

/// Fidelity 54, 68: the failure within the stream comes in protobuf, too.
#[test]
fn a_watch_in_protobuf_at_a_forgotten_version_fails_or_starts_over() {
    let Some(disturbed) = Disturbed::new() else { return };
    let clientset = Clientset::new(&disturbed.sandbox.client).with_protobuf();
    let maps = clientset.core_v1().config_maps(&disturbed.sandbox.namespace);
    let kept = maps.create(&map("kept")).unwrap();
    let old = maps.create(&map("lost")).unwrap().metadata.resource_version;
    maps.delete("lost", &DeleteParams::default()).unwrap();
    disturbed.forget();
    let params = WatchParams::default().after(&old);
    let mut raw = maps.watch_raw(&params).unwrap();
    let error = raw.next().unwrap().unwrap_err();
    assert!(error.is_expired(), "{error}");
    assert_eq!(error.status().unwrap().code, 410);
    assert!(raw.next().is_none());

    let mut events = watch(&maps, &params.fields("metadata.name!=kube-root-ca.crt"));
    assert!(matches!(events.next(), Some(Ok(WatchEvent::Restarted))));
    let Some(Ok(WatchEvent::Added(map))) = events.next() else { panic!() };
    assert_eq!(map, kept);
    assert!(matches!(events.next(), Some(Ok(WatchEvent::Synced))));
    assert_eq!(events.restarts(), 1);
}
