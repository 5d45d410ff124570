//! Bodies in protobuf, as kubectl sends them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::objects::map;
use crate::server::{Reply, Server};
use crate::suite::cases;

cases!(
    "2.1",
    Raw,
    [
        a_configmap_is_created,
        a_deployment_is_created,
        a_budget_of_zero_is_created,
        a_message_without_a_kind_is_of_the_paths,
        unknown_fields_are_dropped,
        no_body_is_refused,
        what_is_no_protobuf_is_refused,
        a_broken_envelope_is_refused,
        a_broken_message_is_refused,
        another_kind_is_refused,
        options_of_a_delete_are_read,
        wrong_options_of_a_delete_are_refused,
    ]
);

const CONFIG_MAP: &str =
    "azhzAAoPCgJ2MRIJQ29uZmlnTWFwEh0KEwoDYXBwEgAaACIAKgAyADgAQgASBgoBYRIBYhoAIgA=";
const DEPLOYMENT: &str = "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErgBCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEoYBCA\
    ISDAoKCgNhcHASA3dlYhpsChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkwSLgoFbmdpbngSBW5naW54KgAyCgoAEAAYUCIAKgBCAGoA\
    cgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA=";
const BUDGET: &str = "azhzAAogCglwb2xpY3kvdjESE1BvZERpc3J1cHRpb25CdWRnZXQSMwoRCgFwEgAaACIAKgAyADgAQgASEgoGCAAQABoAE\
    ggKBgoBYRIBYhoKCAAYACAAKAAwABoAIgA=";

fn send(s: &Server, method: &str, path: &str, body: &[u8]) -> Reply {
    s.request(method, path).body("application/vnd.kubernetes.protobuf", body).send()
}

fn create(s: &Server, path: &str, base64: &str) -> Reply {
    send(s, "POST", path, &STANDARD.decode(base64).unwrap()).expect(201)
}

fn refused(s: &Server, body: &[u8], message: &str) {
    send(s, "POST", "configmaps", body).bad_request(message);
}

/// A field of bytes, of which there are few.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
}

fn body(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
    let kind = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &kind), field(2, message)].concat()
}

fn a_configmap_is_created(s: &Server) {
    let reply = create(s, "configmaps?fieldManager=kubectl-create", CONFIG_MAP);
    reply.at("/metadata/name", json!("app")).at("/data", json!({"a": "b"}));
}

fn a_deployment_is_created(s: &Server) {
    let reply = create(s, "apps/v1:deployments?fieldValidation=Strict", DEPLOYMENT);
    reply.at("/spec/replicas", json!(2)).at("/spec/strategy/type", json!("RollingUpdate"));
}

fn a_budget_of_zero_is_created(s: &Server) {
    let reply = create(s, "policy/v1:poddisruptionbudgets", BUDGET);
    reply.at("/spec/minAvailable", json!(0));
}

fn a_message_without_a_kind_is_of_the_paths(s: &Server) {
    let bare = [b"k8s\0".to_vec(), field(2, &field(1, &field(1, b"bare")))].concat();
    send(s, "POST", "configmaps", &bare).expect(201).at("/kind", json!("ConfigMap"));
}

fn unknown_fields_are_dropped(s: &Server) {
    let message = [&field(1, &field(1, b"a")), &[0x78, 1, 0x7b, 0x7c][..]].concat();
    let message = body("v1", "ConfigMap", &message);
    send(s, "POST", "configmaps?fieldValidation=Strict", &message).expect(201);
}

fn no_body_is_refused(s: &Server) {
    let said = "the object provided is unrecognized (must be of type ConfigMap)";
    refused(s, b"", &format!("{said}: empty data (<empty>)"));
    refused(s, b"k8s\0", &format!("{said}: empty body (6b387300)"));
}

fn what_is_no_protobuf_is_refused(s: &Server) {
    let said = "the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to \
                be a protobuf message, expected prefix [107 56 115 0]";
    refused(s, b"garbage!", &format!("{said} (6761726261676521)"));
    refused(s, br#"{"a":1}"#, &format!("{said} ({{\"a\":1}})"));
}

fn a_broken_envelope_is_refused(s: &Server) {
    let said = "the object provided is unrecognized (must be of type ConfigMap)";
    refused(s, b"k8s\0\xff\xff", &format!("{said}: unexpected EOF (6b387300ffff)"));
    let why = "proto: wrong wireType = 0 for field TypeMeta (6b3873000801)";
    refused(s, b"k8s\0\x08\x01", &format!("{said}: {why}"));
}

fn a_broken_message_is_refused(s: &Server) {
    let broken: [(&[u8], &str); 7] = [
        (&[10, 5, 10, 2, b'x'], "unexpected EOF"),
        (&[8, 1], "proto: wrong wireType = 0 for field ObjectMeta"),
        (&[10, 2, 8, 1], "proto: wrong wireType = 0 for field Name"),
        (&[0, 1], "proto: ConfigMap: illegal tag 0 (wire type 0)"),
        (&[0x7f, 1], "proto: illegal wireType 7"),
        (&[0x7c], "proto: ConfigMap: wiretype end group for non-group"),
        (&[255; 11], "proto: integer overflow"),
    ];
    for (message, why) in broken {
        let said = "ConfigMap in version \"v1\" cannot be handled as a ConfigMap";
        refused(s, &body("v1", "ConfigMap", message), &format!("{said}: {why}"));
    }
}

fn another_kind_is_refused(s: &Server) {
    let why = "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to \
               (core.ConfigMap): unknown conversion";
    refused(s, &body("v1", "Secret", b""), why);
    let why = "Foo in version \"v9\" cannot be handled as a ConfigMap: no kind \"Foo\" is registered for version \
               \"v9\" in scheme \"pkg/runtime/scheme.go:111\"";
    refused(s, &body("v9", "Foo", b""), why);
}

fn options_of_a_delete_are_read(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let options = field(2, &field(1, b"another"));
    send(s, "DELETE", "configmaps/a", &body("v1", "DeleteOptions", &options)).expect(409);
    let options = body("v1", "DeleteOptions", &field(5, b"All"));
    send(s, "DELETE", "configmaps/a", &options).expect(200);
    s.get("configmaps/a").expect(200);
    send(s, "DELETE", "configmaps/a", &body("v1", "DeleteOptions", b"")).expect(200);
    s.get("configmaps/a").expect(404);
}

fn wrong_options_of_a_delete_are_refused(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    let refused = |body: &[u8], why| send(s, "DELETE", "configmaps/a", body).bad_request(why);
    let why =
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";
    refused(b"garbage", why);
    let why = "no kind \"ConfigMap\" is registered for version \"v1\" in scheme \"pkg/runtime/scheme.go:111\"";
    refused(&body("v1", "ConfigMap", b""), why);
    let why = "proto: wrong wireType = 2 for field GracePeriodSeconds";
    refused(&body("apps/v1", "DeleteOptions", &[10, 0]), why);
}
