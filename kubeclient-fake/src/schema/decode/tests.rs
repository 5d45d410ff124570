//! What the real server was seen to do with these values.

use serde_json::{Value, json};

use super::{Quantity, decode};
use crate::schema::builtin;

#[track_caller]
fn check(kind: (&str, &str, &str), mut value: Value) -> Result<(Value, Vec<String>), String> {
    let schema = builtin::schema_of(kind.0, kind.1, kind.2).unwrap();
    let unknown = decode(&schema, &mut value)?;
    Ok((value, unknown))
}

const CONFIG_MAP: (&str, &str, &str) = ("", "v1", "ConfigMap");
const DEPLOYMENT: (&str, &str, &str) = ("apps", "v1", "Deployment");

#[test]
fn unknown_fields_are_dropped_and_told_with_their_path() {
    let value = json!({"foo": 1, "Data": {}, "data": {"foo": "kept"},
        "metadata": {"name": "a", "ownerReferences": [{"name": "b", "x": null}]}});
    let (value, unknown) = check(CONFIG_MAP, value).unwrap();
    let expected = json!({"data": {"foo": "kept"},
        "metadata": {"name": "a", "ownerReferences": [{"name": "b"}]}});
    assert_eq!(value, expected);
    let paths = ["Data", "foo", "metadata.ownerReferences[0].x"];
    assert_eq!(unknown, paths.map(|path| format!("unknown field \"{path}\"")));
}

#[test]
fn a_value_of_another_type_is_refused_in_the_words_of_go() {
    let cases = [
        (
            json!({"metadata": []}),
            "array into Go struct field ConfigMap.metadata of type v1.ObjectMeta",
        ),
        (
            json!({"metadata": {"name": true}}),
            "bool into Go struct field ObjectMeta.metadata.name of type string",
        ),
        (json!({"data": {"x": 1}}), "number into Go struct field ConfigMap.data of type string"),
        (
            json!({"data": [1]}),
            "array into Go struct field ConfigMap.data of type map[string]string",
        ),
        (
            json!({"immutable": "true"}),
            "string into Go struct field ConfigMap.immutable of type bool",
        ),
        (
            json!({"metadata": {"labels": {"a": {}}}}),
            "object into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            json!({"metadata": {"ownerReferences": [{"name": 1}]}}),
            "number into Go struct field OwnerReference.metadata.ownerReferences.name of type string",
        ),
        (
            json!({"metadata": {"ownerReferences": {"name": 1}}}),
            "object into Go struct field ObjectMeta.metadata.ownerReferences of type []v1.OwnerReference",
        ),
        (
            json!({"metadata": {"ownerReferences": [3]}}),
            "number into Go struct field ObjectMeta.metadata.ownerReferences of type v1.OwnerReference",
        ),
    ];
    for (value, expected) in cases {
        let said = check(CONFIG_MAP, value).unwrap_err();
        assert_eq!(said, format!("json: cannot unmarshal {expected}"));
    }
}

#[test]
fn an_integer_has_no_fraction_and_fits() {
    let replicas = |value: Value| check(DEPLOYMENT, json!({"spec": {"replicas": value}}));
    for wrong in [json!(3.0), json!(3.5), json!(3_000_000_000_i64), json!(100.0)] {
        let said = replicas(wrong.clone()).unwrap_err();
        let field = "Go struct field DeploymentSpec.spec.replicas of type int32";
        assert_eq!(said, format!("json: cannot unmarshal number {wrong} into {field}"));
    }
    assert!(replicas(json!(3)).is_ok());
    let zero: Value = serde_json::from_str("-0").unwrap();
    assert_eq!(replicas(zero).unwrap().0["spec"]["replicas"], json!(0));
}

#[test]
fn null_is_absent_as_a_field_and_empty_as_an_element() {
    let value = json!({"immutable": null, "data": {"x": null}, "binaryData": {"y": null},
        "metadata": {"finalizers": [null], "labels": null}});
    let expected =
        json!({"data": {"x": ""}, "binaryData": {"y": ""}, "metadata": {"finalizers": [""]}});
    assert_eq!(check(CONFIG_MAP, value).unwrap().0, expected);
}

#[test]
fn bytes_are_base64() {
    let bytes = |value: Value| {
        let (value, _) = check(CONFIG_MAP, json!({"binaryData": {"x": value}}))?;
        Ok::<_, String>(value["binaryData"]["x"].clone())
    };
    assert_eq!(bytes("YQ==\n".into()).unwrap(), "YQ==");
    assert_eq!(bytes(json!([97, 98])).unwrap(), "YWI=");
    assert_eq!(bytes("a".into()).unwrap_err(), "illegal base64 data at input byte 0");
    assert_eq!(bytes("YQ".into()).unwrap_err(), "illegal base64 data at input byte 0");
    assert_eq!(bytes("YWJj!".into()).unwrap_err(), "illegal base64 data at input byte 4");
}

#[test]
fn a_time_is_in_utc_to_the_second() {
    let time = |text: &str| {
        let (value, _) = check(CONFIG_MAP, json!({"metadata": {"creationTimestamp": text}}))?;
        Ok::<_, String>(value["metadata"]["creationTimestamp"].as_str().unwrap().to_owned())
    };
    assert_eq!(time("2026-01-02T03:04:05Z").unwrap(), "2026-01-02T03:04:05Z");
    assert_eq!(time("2026-01-02T03:04:05.678+02:00").unwrap(), "2026-01-02T01:04:05Z");
    let said =
        "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"";
    assert_eq!(time("x").unwrap_err(), said);
    for wrong in
        ["", "2026-01-02", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z"]
    {
        assert!(time(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_micro_time_has_six_digits() {
    let lease = |text: &str| {
        check(("coordination.k8s.io", "v1", "Lease"), json!({"spec": {"renewTime": text}}))
    };
    assert!(lease("2026-01-02T03:04:05.000000Z").is_ok());
    let said = lease("2026-01-02T03:04:05Z").unwrap_err();
    let layout = "2006-01-02T15:04:05.000000Z07:00";
    assert_eq!(
        said,
        format!(
            "parsing time \"2026-01-02T03:04:05Z\" as {layout:?}: cannot parse \"Z\" as \".000000\""
        )
    );
    assert!(lease("2026-01-02T03:04:05.123Z").is_err());
}

#[test]
fn a_quantity_is_written_in_one_way() {
    let cases = "1000m=1 1.5=1500m 0.5Gi=512Mi 1024Ki=1Mi 1000Ki=1000Ki 2000Ki=2000Ki 1e3=1e3 1E3=1E3 1e+3=1e+3 \
        1e4=10e3 1E=1E 100=100 1000=1k 1000k=1M 0=0 00=0 -0=0 007=007 0Ki=0 -1500m=-1500m 1.0=1 1.500=1.500 5.=5. \
        .5=500m 0.5=500m 0.001=1m +1=+1 1.23456789012345=1234567891n 1Ki=1Ki 1.5Ki=1536 1023.5Ki=1048064 \
        1.25Gi=1280Mi 0.1Ki=102400m -0.1Ki=-102400m 1.3Mi=1363148800m 0.3Ei=345876451382054092800m 512=512 \
        12e6=12e6 1e-3=1e-3 1e30=1e30 9223372036854775808=9223372036854775808 \
        10000000000000000000Ki=9223372036854775807";
    for case in cases.split_whitespace() {
        let (text, expected) = case.split_once('=').unwrap();
        assert_eq!(Quantity::parse(text).unwrap().to_string(), expected, "{text}");
    }
    let rounded = Quantity::parse("1.23456789012345").unwrap().rounded_to_millis();
    assert_eq!(rounded.to_string(), "1235m");
    for wrong in ["", "x", "1x", "1.2.3", "1Kib", "e3", "1e", "1K", "1 Gi", "--1", "-", "."] {
        assert!(Quantity::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_quantity_may_come_as_a_number() {
    let limits = json!({"spec": {"template": {"spec": {"containers": [{"name": "c",
        "resources": {"limits": {"cpu": 1.5, "memory": "1024Mi"}}}]}}}});
    let (value, _) = check(DEPLOYMENT, limits).unwrap();
    let limits = &value["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"];
    assert_eq!(limits, &json!({"cpu": "1500m", "memory": "1Gi"}));
}

#[test]
fn a_port_is_a_number_or_a_name() {
    let port = |value: Value| {
        check(("", "v1", "Service"), json!({"spec": {"ports": [{"targetPort": value}]}}))
    };
    assert!(port(json!("http")).is_ok() && port(json!(80)).is_ok());
    assert!(port(json!(true)).is_err() && port(json!(1.5)).is_err());
}

#[test]
fn free_form_values_stay_as_they_are() {
    let fields = json!({"metadata": {"managedFields": [{"fieldsV1": {"f:data": {}, "x": null}}]}});
    assert_eq!(check(CONFIG_MAP, fields.clone()).unwrap(), (fields, vec![]));
}
