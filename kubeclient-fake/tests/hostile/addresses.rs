//! Paths, queries and headers, drawn by lot.

use crate::random::Random;

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
