//! Bodies as kubectl 1.36 sends them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;

const CONFIG_MAP: &str =
    "azhzAAoPCgJ2MRIJQ29uZmlnTWFwEh0KEwoDYXBwEgAaACIAKgAyADgAQgASBgoBYRIBYhoAIgA=";
const SECRET: &str = "azhzAAoMCgJ2MRIGU2VjcmV0EiEKEQoBcxIAGgAiACoAMgA4AEIAEgoKBHVzZXISAm1lGgAaACIA";
const DEPLOYMENT: &str = "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50ErgBCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEoYBCA\
    ISDAoKCgNhcHASA3dlYhpsChwKABIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkwSLgoFbmdpbngSBW5naW54KgAyCgoAEAAYUCIAKgBCAGoA\
    cgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA=";
const SERVICE: &str = "azhzAAoNCgJ2MRIHU2VydmljZRJrCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkQKHgoHODAtaHR0cBIDVENQG\
    FAiCggBEAAaBGh0dHAoABIKCgNhcHASA3dlYhoAIghOb2RlUG9ydDoAQgBSAFoAYABoABoCCgAaACIA";
const QUOTA: &str = "azhzAAoTCgJ2MRINUmVzb3VyY2VRdW90YRIwChEKAXESABoAIgAqADIAOABCABIZCgoKA2NwdRIDCgExCgsKBHBvZHMSA\
    woBMxoAGgAiAA==";
const BUDGET: &str = "azhzAAogCglwb2xpY3kvdjESE1BvZERpc3J1cHRpb25CdWRnZXQSMwoRCgFwEgAaACIAKgAyADgAQgASEgoGCAAQABoAE\
    ggKBgoBYRIBYhoKCAAYACAAKAAwABoAIgA=";

fn bytes(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap()
}

fn value(body: &[u8]) -> Value {
    read(body, "", "").unwrap()
}

/// A field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = varint(usize::from(number) << 3 | 2);
    field.append(&mut varint(bytes.len()));
    field.extend_from_slice(bytes);
    field
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut varint = Vec::new();
    while value >= 0x80 {
        varint.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    varint.push(value as u8);
    varint
}

fn body(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
    let kind = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), field(1, &kind), field(2, message)].concat()
}

#[track_caller]
fn assert_fails(message: &[u8], expected: &str) {
    match read(&body("v1", "ConfigMap", message), "", "") {
        Err(Unreadable::Message { why, .. }) => assert_eq!(why, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_configmap_and_a_secret_have_their_data() {
    let config_map = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "app"},
        "data": {"a": "b"},
    });
    assert_eq!(value(&bytes(CONFIG_MAP)), config_map);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"user": "bWU="},
    });
    assert_eq!(value(&bytes(SECRET)), secret);
}

#[test]
fn a_deployment_is_what_it_is_in_json() {
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{
                    "name": "nginx", "image": "nginx", "ports": [{"containerPort": 80}], "resources": {},
                }]},
            },
            "strategy": {},
        },
        "status": {},
    });
    assert_eq!(value(&bytes(DEPLOYMENT)), deployment);
}

#[test]
fn ports_by_name_quantities_and_zeros_that_are_set_are_read() {
    let port = json!({"name": "80-http", "protocol": "TCP", "port": 80, "targetPort": "http"});
    assert_eq!(value(&bytes(SERVICE))["spec"]["ports"], json!([port]));
    assert_eq!(value(&bytes(QUOTA))["spec"], json!({"hard": {"cpu": "1", "pods": "3"}}));
    assert_eq!(value(&bytes(BUDGET))["spec"]["minAvailable"], 0);
}

#[test]
fn times_lists_numbers_and_json_have_their_forms() {
    let time = [8, 0x80, 0x8a, 0xb2, 0xa9, 6, 16, 0xc0, 0x84, 0x3d];
    let lease =
        [field(4, &time), vec![16, 0xfb, 255, 255, 255, 255, 255, 255, 255, 255, 1]].concat();
    let lease = value(&body("coordination.k8s.io/v1", "Lease", &field(2, &lease)));
    let spec = json!({"leaseDurationSeconds": -5, "renewTime": "2023-10-16T00:34:08.001000Z"});
    assert_eq!(lease["spec"], spec);

    let metadata = [field(5, b"u"), field(8, &time), field(14, b"a"), field(14, b"b")].concat();
    let revision =
        [field(1, &metadata), field(2, &field(1, br#"{"a":[1]}"#)), vec![24, 7]].concat();
    let revision = value(&body("apps/v1", "ControllerRevision", &revision));
    let metadata = json!({
        "uid": "u", "creationTimestamp": "2023-10-16T00:34:08Z", "finalizers": ["a", "b"],
    });
    assert_eq!(revision["metadata"], metadata);
    assert_eq!((&revision["data"], &revision["revision"]), (&json!({"a": [1]}), &json!(7)));
}

#[test]
fn fields_of_embedded_types_stand_among_those_of_the_outer_one() {
    let empty_dir = field(2, &field(1, b"Memory"));
    let volume = [field(1, b"tmp"), field(2, &empty_dir)].concat();
    let pod = value(&body("v1", "Pod", &field(2, &field(1, &volume))));
    let volumes = json!([{"name": "tmp", "emptyDir": {"medium": "Memory"}}]);
    assert_eq!(pod["spec"]["volumes"], volumes);
}

#[test]
fn a_definition_has_the_schema_that_it_has_in_json() {
    // Go writes the empty strings of the schemas, too.
    let string = [field(1, b""), field(5, b"string")].concat();
    let list = [field(5, b"array"), field(24, &field(1, &string))].concat();
    let properties = [field(1, b"names"), field(2, &list)].concat();
    let schema = [field(5, b"object"), field(29, &properties), field(30, &[8, 1])].concat();
    let version = [field(1, b"v1"), field(4, &field(1, &schema))].concat();
    let definition = field(2, &field(7, &version));
    let value = value(&body("apiextensions.k8s.io/v1", "CustomResourceDefinition", &definition));
    let schema = json!({
        "type": "object",
        "properties": {"names": {"type": "array", "items": {"type": "string"}}},
        "additionalProperties": true,
    });
    assert_eq!(value["spec"]["versions"][0]["schema"]["openAPIV3Schema"], schema);
}

#[test]
fn what_is_said_twice_is_merged_and_unknown_fields_are_skipped() {
    let twice = [field(1, &field(1, b"x")), field(1, &field(3, b"y")), vec![0x7b, 0x7c]].concat();
    let expected = json!({"name": "x", "namespace": "y"});
    assert_eq!(value(&body("v1", "ConfigMap", &twice))["metadata"], expected);
}

#[test]
fn a_body_without_a_kind_is_of_the_kind_that_is_wanted() {
    let bare = [MAGIC, &field(2, &field(1, &field(1, b"x")))].concat();
    let expected = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}});
    assert_eq!(read(&bare, "v1", "ConfigMap"), Ok(expected));
    let unknown = value(&body("v9", "Foo", b"\xff"));
    assert_eq!(unknown, json!({"apiVersion": "v9", "kind": "Foo"}));
}

#[test]
fn what_is_no_envelope_is_refused_in_the_servers_words() {
    let why = |body: &[u8]| match read(body, "v1", "ConfigMap") {
        Err(Unreadable::Envelope(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(b""), "empty data");
    assert_eq!(why(MAGIC), "empty body");
    let prefix =
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";
    assert_eq!(why(b"{}"), prefix);
    assert_eq!(why(b"k8s\0\xff\xff"), "unexpected EOF");
    assert_eq!(why(b"k8s\0\x08\x01"), "proto: wrong wireType = 0 for field TypeMeta");
}

#[test]
fn what_is_no_message_is_refused_in_the_servers_words() {
    assert_fails(&[10, 5, 10, 2, b'x'], "unexpected EOF");
    assert_fails(&[8, 1], "proto: wrong wireType = 0 for field ObjectMeta");
    assert_fails(&[10, 2, 8, 1], "proto: wrong wireType = 0 for field Name");
    assert_fails(&[0, 1], "proto: ConfigMap: illegal tag 0 (wire type 0)");
    assert_fails(&[0x7f, 1], "proto: illegal wireType 7");
    assert_fails(&[0x7c], "proto: ConfigMap: wiretype end group for non-group");
    assert_fails(&[255; 11], "proto: integer overflow");
    let negative = [&[10][..], &[255; 9], &[1]].concat();
    assert_fails(&negative, "proto: negative length found during unmarshaling");
}

#[test]
fn schemas_that_are_nested_too_deep_are_refused() {
    let nested = |depth| {
        let mut schema = field(5, b"object");
        for _ in 0..depth {
            schema = field(27, &schema);
        }
        let version = field(4, &field(1, &schema));
        body("apiextensions.k8s.io/v1", "CustomResourceDefinition", &field(2, &field(7, &version)))
    };
    assert!(read(&nested(50), "", "").is_ok());
    let refused = read(&nested(5000), "", "");
    let Err(Unreadable::Message { why, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(why, "messages are nested too deep");
}

#[test]
fn cut_off_and_garbled_bodies_are_read_or_refused_but_never_panic() {
    for base64 in [CONFIG_MAP, SECRET, DEPLOYMENT, SERVICE, QUOTA, BUDGET] {
        let body = bytes(base64);
        for end in 0..body.len() {
            // Some are whole messages, of which the end was nothing but empty fields.
            let _ = read(&body[..end], "v1", "Pod");
        }
        assert!(read(&body[..body.len() - 3], "", "").is_err(), "the envelope tells its length");
        let mut garbled = body.clone();
        for at in 0..body.len() {
            for bit in 0..8 {
                garbled[at] = body[at] ^ 1 << bit;
                let _ = read(&garbled, "v1", "Pod");
            }
            garbled[at] = body[at];
        }
    }
}
