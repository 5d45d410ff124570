//! What can be wrong with requests, drawn by lot.

use serde_json::{Map, Value, json};

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// What kinds of bodies there are, and what isn't one.
const TYPES: [&str; 9] = [
    "application/json",
    "application/json",
    "application/yaml",
    "application/json-patch+json",
    "application/apply-patch+yaml",
    "application/vnd.kubernetes.protobuf",
    "text/plain;charset",
    ";;;=",
    "",
];

/// What answers are asked for in.
const ACCEPTS: [&str; 12] = [
    "*/*",
    "application/json",
    "application/yaml",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    "application/vnd.kubernetes.protobuf;as=Table;v=v9",
    "application/com.github.proto-openapi.spec.v3@v1.0+protobuf",
    ",;=q=q;q=9e999,*/*;q=-1",
    "text/html, é",
];

/// Most ask for JSON.
pub(crate) fn accept(random: &mut Random) -> &'static str {
    if random.one_in(3) { random.pick(&ACCEPTS) } else { "application/json" }
}

/// Most say that they are JSON.
pub(crate) fn content_type(random: &mut Random) -> &'static str {
    if random.one_in(4) { random.pick(&TYPES) } else { "application/json" }
}

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

fn number(random: &mut Random) -> Value {
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

pub(crate) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

const PARAMETERS: [&str; 25] = [
    "limit",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
    "watch",
    "allowWatchBookmarks",
    "sendInitialEvents",
    "labelSelector",
    "fieldSelector",
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "force",
    "gracePeriodSeconds",
    "propagationPolicy",
    "pretty",
    "tailLines",
    "sinceSeconds",
    "sinceTime",
    "limitBytes",
    "container",
    "follow",
    "timestamps",
    "includeObject",
];

const ARGUMENTS: [&str; 40] = [
    "",
    "0",
    "1",
    "-1",
    "true",
    "false",
    "All",
    "NotOlderThan",
    "Exact",
    "Strict",
    "Warn",
    "Orphan",
    "Background",
    "Foreground",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "1e3",
    "a=b",
    "a!=b",
    "a in (b,c)",
    "a notin (",
    "!a",
    "a,,b",
    "a=b,",
    "a>1",
    "a<-9999999999999999999999",
    "metadata.name=a",
    "spec.nodeName!=",
    "status.phase=\\",
    "a=\\,b=",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYVx1MDAwMCJ9",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTIyMzM3MjAzNjg1NDc3NTgwNywic3RhcnQiOiIuLi8uLi8ifQ",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiLDqSJ9",
    "%00",
    "%ff%fe",
    "%C3%A9",
    "é",
    "None",
];

/// A query, with its mark.
pub(crate) fn query(random: &mut Random) -> String {
    let pairs: Vec<String> = (0..random.below(4))
        .map(|_| {
            let argument = random.pick(&ARGUMENTS);
            let argument =
                if argument.starts_with('%') { argument.to_owned() } else { escaped(argument) };
            format!("{}={argument}", random.pick(&PARAMETERS))
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// A path, made of what paths are made of.
pub(crate) fn path(random: &mut Random) -> String {
    const PARTS: [&str; 58] = [
        "api",
        "v1",
        "apis",
        "apps",
        "batch",
        "openapi",
        "v3",
        "v2",
        "version",
        "healthz",
        "livez",
        "readyz",
        "namespaces",
        "default",
        "pods",
        "nodes",
        "services",
        "deployments",
        "a",
        "status",
        "scale",
        "log",
        "exec",
        "attach",
        "portforward",
        "proxy",
        "eviction",
        "binding",
        "bindings",
        "ephemeralcontainers",
        "resize",
        "token",
        "approval",
        "finalize",
        "serviceaccounts",
        "certificatesigningrequests",
        "certificates.k8s.io",
        "authorization.k8s.io",
        "selfsubjectaccessreviews",
        "subjectaccessreviews",
        "selfsubjectrulesreviews",
        "tokenreviews",
        "authentication.k8s.io",
        "componentstatuses",
        "watch",
        "configmaps",
        "replicationcontrollers",
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        "%2F",
        "%",
        "%zz",
        "..",
        ".",
        "",
        "%00",
        "%ff",
        "swagger.json",
    ];
    const WHOLE: [&str; 24] = [
        "/api/v1/namespaces/default/pods",
        "/api/v1/namespaces/default/pods/a/log",
        "/api/v1/namespaces/default/pods/a/eviction",
        "/api/v1/namespaces/default/pods/a/binding",
        "/api/v1/namespaces/default/serviceaccounts/default/token",
        "/apis/apps/v1/namespaces/default/deployments/a/scale",
        "/api/v1/namespaces/default",
        "/api/v1/namespaces/default/finalize",
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        "/apis/authentication.k8s.io/v1/tokenreviews",
        "/api/v1/componentstatuses",
        "/metrics",
        "/api/v1/namespaces/default/pods/a/ephemeralcontainers",
        "/openapi/v2",
        "/api/v1/namespaces/default/pods/a/resize",
        "/openapi/v3/api/v1",
        "/openapi/v3",
        "/api/v1/watch/pods",
        "/api/v1/nodes/a/proxy/x",
        "/apis",
        "/api",
        "/",
    ];
    let mut path = if random.one_in(2) {
        (random.pick(&WHOLE)).to_owned()
    } else {
        (0..random.below(8)).fold(String::new(), |path, _| path + "/" + random.pick::<&str>(&PARTS))
    };
    if random.one_in(10) {
        path.push('/');
    }
    if path.is_empty() { "/".into() } else { path }
}

/// An RFC 6902 patch of paths in the object, and beside it.
pub(crate) fn json_patch(random: &mut Random, object: &Value) -> Vec<u8> {
    let mut paths = vec![String::new(), "/".into(), "a".into(), "/~".into(), "/a/-/-".into()];
    pointers(object, String::new(), &mut paths);
    let operations: Value = (0..=random.below(5))
        .map(|_| {
            let operation =
                random.pick(&["add", "remove", "replace", "move", "copy", "test", "", "x"]);
            let path = |random: &mut Random| {
                let path = random.pick(&paths);
                let more = ["", "", "", "/-", "/0", "/-1", "/99999999999999999999", "/é", "/~2"];
                path + random.pick::<&str>(&more)
            };
            let (path, from) = (path(random), path(random));
            let mut operation =
                json!({"op": operation, "path": path, "from": from, "value": any(random, 3)});
            if random.one_in(10) {
                value(random, &mut operation);
            }
            operation
        })
        .collect();
    text(random, &operations)
}

fn pointers(value: &Value, path: String, found: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointers(value, format!("{path}/{}", escaped(key)), found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                pointers(value, format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(path);
}

/// A part of the object with something wrong, and with the directives of strategic patches.
pub(crate) fn merge_patch(random: &mut Random, object: &Value) -> Value {
    let mut patch = object.clone();
    for _ in 0..=random.below(3) {
        value(random, &mut patch);
    }
    direct(random, &mut patch);
    patch
}

fn direct(random: &mut Random, patch: &mut Value) {
    match patch {
        Value::Object(map) => {
            map.values_mut().for_each(|value| direct(random, value));
            let keys: Vec<String> = map.keys().cloned().collect();
            if !keys.is_empty() && random.one_in(8) {
                let key = random.pick(&keys);
                let (directive, value) = match random.below(5) {
                    0 => ("$patch".to_owned(), json!("delete")),
                    1 => ("$patch".to_owned(), json!("replace")),
                    2 => ("$retainKeys".to_owned(), json!([key])),
                    3 => (format!("$setElementOrder/{key}"), any(random, 2)),
                    _ => (format!("$deleteFromPrimitiveList/{key}"), any(random, 2)),
                };
                map.insert(directive, value);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| direct(random, value)),
        _ => {}
    }
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

/// A definition whose schema means no good.
pub(crate) fn definition(random: &mut Random) -> Value {
    let spec = schema(random, 4);
    let mut root = json!({"type": "object", "properties": {"spec": spec, "status": {
        "type": "object", "x-kubernetes-preserve-unknown-fields": true}}});
    if random.one_in(20) {
        for _ in 0..(10 + random.below(45)) {
            root = json!({"type": "object", "properties": {"a": root}});
        }
    }
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.hostile.example.com"},
        "spec": {
            "group": "hostile.example.com", "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing", "singular": "thing", "listKind": "ThingList"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": root},
                "subresources": {"status": {}, "scale": {
                    "specReplicasPath": ".spec.a", "statusReplicasPath": ".status.a"}},
                "additionalPrinterColumns": [
                    {"name": "A", "type": random.pick(&["string", "integer", "date", "number", "boolean"]),
                     "jsonPath": random.pick(&[".spec.a", ".spec..a", ".spec[?(@.a==1)].b", ".spec[-1:]",
                                               ".spec[9999999999999999999]", ".é", "{", ".a[0:1:0]"])}
                ],
                "selectableFields": if random.one_in(3) { json!([{"jsonPath": ".spec.a"}]) } else { json!([]) },
            }]
        }
    })
}

fn schema(random: &mut Random, depth: usize) -> Value {
    let mut schema = Map::new();
    let kinds = ["object", "array", "string", "integer", "number", "boolean", "null", ""];
    let kind = random.pick(&kinds[..if depth == 0 { 8 } else { 4 }]);
    schema.insert("type".into(), kind.into());
    if kind == "array" {
        schema.insert("items".into(), self::schema(random, depth.saturating_sub(1)));
    }
    if kind == "object" && depth > 0 {
        let names = ["a", "b", "name", "metadata", "spec", "items", "kind"];
        let fields: Map<String, Value> = (0..random.below(4))
            .map(|_| ((random.pick(&names)).to_owned(), self::schema(random, depth - 1)))
            .collect();
        schema.insert("properties".into(), fields.into());
    }
    let patterns =
        ["(", "^(a+)+$", "a{1000}{1000}", "(?=x)", "\\p{Greek}", "[[:alpha:]]", "(?P<n>x)", "\\C"];
    let formats =
        ["date-time", "int32", "int64", "ipv4", "byte", "duration", "uuid", "é", "password"];
    for _ in 0..random.below(3) {
        let (key, value) = match random.below(22) {
            0 => ("pattern", json!(random.pick(&patterns))),
            1 => ("format", json!(random.pick(&formats))),
            2 => ("enum", (0..random.below(2000)).map(|i| json!(i)).collect()),
            3 => ("enum", any(random, 2)),
            4 => ("default", any(random, 3)),
            5 => ("maximum", number(random)),
            6 => ("minimum", number(random)),
            7 => ("multipleOf", number(random)),
            8 => ("maxLength", number(random)),
            9 => ("minItems", number(random)),
            10 => ("required", any(random, 1)),
            11 => ("nullable", true.into()),
            12 => ("x-kubernetes-preserve-unknown-fields", true.into()),
            13 => ("x-kubernetes-embedded-resource", true.into()),
            14 => ("x-kubernetes-int-or-string", true.into()),
            15 => ("x-kubernetes-list-type", json!(random.pick(&["map", "set", "atomic", "x"]))),
            16 => ("x-kubernetes-list-map-keys", json!([random.pick(&["a", "name", "é"])])),
            17 => ("x-kubernetes-map-type", json!(random.pick(&["granular", "atomic"]))),
            18 => ("anyOf", json!([self::schema(random, depth.saturating_sub(1))])),
            19 => ("not", self::schema(random, depth.saturating_sub(1))),
            20 => ("$ref", json!("#/definitions/self")),
            _ => ("additionalProperties", self::schema(random, depth.saturating_sub(1))),
        };
        schema.insert(key.into(), value);
    }
    schema.into()
}
