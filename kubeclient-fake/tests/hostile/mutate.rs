//! Values that can be anything, objects in which something is wrong, and their texts, drawn by lot.

use serde_json::{Value, json};

use crate::random::Random;

const TEXTS: [&str; 44] = [
    "",
    " ",
    "a",
    "0",
    "-1",
    "-",
    ".",
    "..",
    "/",
    "a/b",
    "a/b/c",
    "~",
    "~0~1",
    "%",
    "%zz",
    "\u{0}",
    "é",
    "日本",
    "\u{10ffff}x",
    "\u{feff}",
    "1e9",
    "999999999999999999999",
    "1Ei",
    "1e99999",
    "-9E",
    "0x10",
    "0.0000000001n",
    "2026-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0000-00-00T00:00:00Z",
    "2026-01-01T00:00:00.é",
    "1h",
    "9999999999h",
    "10.0.0.1",
    "::1",
    "fe80::%eth0",
    "10.0.0.0/33",
    "NodePort",
    "LoadBalancer",
    "50%",
    "99999999999999999999%",
    "k:{\"a\":1}",
    "f:metadata",
    "v:[",
];

const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "1e18",
    "1e308",
    "-1e308",
    "0.1",
    "-0.0",
    "65536",
];

pub(crate) fn number(random: &mut Random) -> Value {
    serde_json::from_str(random.pick(&NUMBERS)).unwrap()
}

fn word(random: &mut Random) -> String {
    match random.below(60) {
        0 => "x".repeat(300),
        1 => "é".repeat(127),
        _ => (random.pick(&TEXTS)).to_owned(),
    }
}

/// Any value.
pub(crate) fn any(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => random.one_in(2).into(),
        2 => number(random),
        3 | 4 => word(random).into(),
        5 => (0..random.below(4)).map(|_| any(random, depth - 1)).collect(),
        6 if random.one_in(20) => deep(random),
        _ => {
            let keys = [
                "a",
                "b",
                "name",
                "metadata",
                "spec",
                "status",
                "kind",
                "apiVersion",
                "items",
                "",
                "f:a",
                "$patch",
                "$retainKeys",
                "k:{\"name\":\"a\"}",
                "type",
                "port",
                ".",
                "~",
                "é",
            ];
            let count = random.below(4);
            (0..count).map(|_| ((random.pick(&keys)).to_owned(), any(random, depth - 1))).collect()
        }
    }
}

/// As deep as JSON may be, or nearly.
fn deep(random: &mut Random) -> Value {
    let mut value = Value::Null;
    for _ in 0..(20 + random.below(95)) {
        value = if random.one_in(2) { json!([value]) } else { json!({"a": value}) };
    }
    value
}

/// Makes something wrong somewhere in a value.
pub(crate) fn value(random: &mut Random, value: &mut Value) {
    let mut number = random.below(count(value));
    change(random, value, &mut number);
}

fn count(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(count).sum::<usize>(),
        Value::Array(list) => 1 + list.iter().map(count).sum::<usize>(),
        _ => 1,
    }
}

fn change(random: &mut Random, value: &mut Value, number: &mut usize) {
    if *number == 0 {
        *number = usize::MAX;
        match (random.below(6), &mut *value) {
            (0, Value::Object(map)) => {
                let key = map.keys().nth(random.below(map.len())).cloned();
                key.map(|key| map.remove(&key));
            }
            (1, Value::Object(map)) => {
                let other = any(random, 2);
                map.insert(word(random), other);
            }
            (0, Value::Array(list)) => list.clear(),
            (1, Value::Array(list)) => list.extend(list.clone()),
            (2, Value::Array(list)) => list.push(Value::Null),
            _ => *value = any(random, 3),
        }
        return;
    }
    *number -= 1;
    match value {
        Value::Object(map) => {
            for child in map.values_mut() {
                if *number != usize::MAX {
                    change(random, child, number);
                }
            }
        }
        Value::Array(list) => {
            for child in list {
                if *number != usize::MAX {
                    change(random, child, number);
                }
            }
        }
        _ => {}
    }
}

/// Its text, sometimes broken.
pub(crate) fn text(random: &mut Random, value: &Value) -> Vec<u8> {
    let mut text = value.to_string().into_bytes();
    match random.below(30) {
        0 => text.truncate(random.below(text.len())),
        1 => text.insert(random.below(text.len()), random.pick(b"\0\xff{}[],:\"\\&*!-|>")),
        2 => text = "[".repeat(100_000).into_bytes(),
        3 => text = "{\"a\":".repeat(100_000).into_bytes(),
        4 => text = b"a: &a [1]\nb: *a\n? [x]\n: {y: *a}".to_vec(),
        5 => {
            text = b"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c]".to_vec()
        }
        6 => text = [&b"k8s\0"[..], &text].concat(),
        7 => {
            let doubled = format!("{{\"metadata\":{{}},{}", &String::from_utf8_lossy(&text)[1..]);
            text = doubled.into_bytes();
        }
        _ => {}
    }
    text
}

/// Metadata with everything that can be in it, some of it wrong.
pub(crate) fn metadata(random: &mut Random, name: &Value) -> Value {
    let mut metadata = json!({
        "name": name,
        "generateName": "g-",
        "namespace": "default",
        "uid": "0-0",
        "resourceVersion": "1",
        "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "deletionTimestamp": "2026-01-01T00:00:00Z",
        "deletionGracePeriodSeconds": 1,
        "labels": {"a": "b"},
        "annotations": {
            "a": "b",
            "kubectl.kubernetes.io/last-applied-configuration": "{\"a\":1}",
            "deprecated.daemonset.template.generation": "7",
            "autoscaling.alpha.kubernetes.io/metrics": "[{\"type\":\"x\"}]",
            "autoscaling.alpha.kubernetes.io/behavior": "{",
            "autoscaling.alpha.kubernetes.io/conditions": "{}",
            "batch.kubernetes.io/job-tracking": "",
        },
        "finalizers": ["a.b/c", "orphan", "foregroundDeletion"],
        "ownerReferences": [
            {"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "1", "controller": true,
             "blockOwnerDeletion": true},
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "y", "uid": "1"}
        ],
        "managedFields": [
            {"manager": "m", "operation": "Apply", "apiVersion": "v1",
             "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "subresource": "",
             "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:a": {}}},
                          "f:spec": {"f:containers": {"k:{\"name\":\"a\"}": {".": {}}},
                                     "v:1": {}, "i:3": {}}}},
            {"manager": "n", "operation": "Update", "apiVersion": "v1",
             "fieldsType": "FieldsV1", "fieldsV1": {}}
        ]
    });
    let map = metadata.as_object_mut().unwrap();
    let (keep, kept) = (random.next(), ["name", "namespace"]);
    let mut bit = 0;
    map.retain(|key, _| {
        bit += 1;
        kept.contains(&key.as_str()) || keep >> bit & 1 == 1
    });
    for _ in 0..random.below(3) {
        value(random, &mut metadata);
    }
    metadata
}

pub(crate) fn delete_options(random: &mut Random) -> Value {
    let mut options = json!({
        "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 1,
        "propagationPolicy": "Foreground",
        "preconditions": {"uid": "a", "resourceVersion": "1"}, "dryRun": ["All"],
    });
    for _ in 0..random.below(4) {
        value(random, &mut options);
    }
    if let Some(map) = options.as_object_mut()
        && random.one_in(2)
    {
        map.insert("gracePeriodSeconds".into(), number(random));
    }
    options
}
