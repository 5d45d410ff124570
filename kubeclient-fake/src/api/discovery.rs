//! Discovery: which groups, versions and resources there are, in the two forms that clients ask for.

mod aggregated;
mod legacy;

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::Cluster;
use super::form::{Encoding, Form, Shape};
use super::render;
use super::route::Verb;
use crate::failure::{Failure, Result};
use crate::http::{Reply, Request, Response};
use crate::mutation::{self, Mutation};
use crate::registry::Registry;

/// The answer for the segments of a path: none for `/`, `["apis", "apps", "v1"]`.
pub(crate) fn answer(cluster: &Cluster, request: &Request, segments: &[String]) -> Result<Reply> {
    let registry = cluster.registry();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let accepted = accepted(request, matches!(segments.as_slice(), ["api"] | ["apis"]))?;
    if let (Accepted::Aggregated, [root]) = (&accepted, segments.as_slice()) {
        return Ok(Reply::Full(tagged(request, &aggregated::groups(&registry, *root == "api"))));
    }
    let form = match accepted {
        Accepted::Plain(form) => form,
        Accepted::Aggregated => Form::JSON,
    };
    let value = match segments.as_slice() {
        [] => {
            let body = paths(&registry);
            let headers = vec![("Content-Type".into(), "application/json".into())];
            return Ok(Reply::Full(Response { status: 200, headers, body }));
        }
        ["api"] => legacy::core_versions(request.header("Host").unwrap_or_default()),
        ["apis"] => legacy::groups(&registry),
        ["apis", group] => legacy::group(&registry, group)?,
        ["api", version] => legacy::resources(&registry, "", version),
        ["apis", group, version] => legacy::resources(&registry, group, version),
        _ => return Err(Failure::page_not_found()),
    };
    Ok(Reply::Full(render::plain(&form, 200, &value)))
}

/// The groups in the order in which discovery names them, the core group left out: the built-in ones as
/// they come, those of definitions by name.
fn ordered_groups(registry: &Registry) -> Vec<&str> {
    let mut groups: Vec<&str> = Vec::new();
    for resource in registry.resources().iter().filter(|resource| !resource.is_custom()) {
        if !resource.group.is_empty() && !groups.contains(&resource.group.as_str()) {
            groups.push(&resource.group);
        }
    }
    let others = registry.groups().keys().map(String::as_str).filter(|name| !name.is_empty());
    let others: Vec<&str> = others.filter(|name| !groups.contains(name)).collect();
    groups.extend(others);
    groups
}

/// Which of the forms a request accepts.
enum Accepted {
    Aggregated,
    Plain(Form),
}

/// The first form in the `Accept` header that there is.
fn accepted(request: &Request, has_aggregated: bool) -> Result<Accepted> {
    for clause in request.header("Accept").unwrap_or_default().split(',') {
        if has_aggregated && is_aggregated(clause) {
            return Ok(Accepted::Aggregated);
        }
        let headers = vec![("Accept".to_owned(), clause.trim().to_owned())];
        let alone = Request { headers, ..Request::default() };
        match Form::of(&alone, Verb::Get) {
            Ok(form) if form.shape == Shape::Object => return Ok(Accepted::Plain(form)),
            _ => {}
        }
    }
    match Form::of(request, Verb::Get)? {
        form if form.shape == Shape::Object => Ok(Accepted::Plain(form)),
        _ => {
            let message = "only the following media types are accepted: application/json, application/yaml, \
                           application/vnd.kubernetes.protobuf";
            Err(Failure::new(406, "NotAcceptable", message))
        }
    }
}

fn is_aggregated(clause: &str) -> bool {
    let mut parts = clause.split(';').map(str::trim);
    let is_json = matches!(parts.next(), Some("application/json"));
    let parts: Vec<&str> = parts.collect();
    let wanted = ["g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"];
    let is_offered = !mutation::is(Mutation::NoAggregatedDiscovery);
    is_offered && is_json && wanted.iter().all(|part| parts.contains(part))
}

/// The answer with its `ETag`, or without the body when the client has it.
fn tagged(request: &Request, value: &Value) -> Response {
    let mut response =
        render::plain(&Form { encoding: Encoding::Json, shape: Shape::Object }, 200, value);
    let tag = etag(&response.body);
    let kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    response.headers = vec![
        ("Cache-Control".into(), "public".into()),
        ("Content-Type".into(), kind.into()),
        ("Etag".into(), tag.clone()),
        ("Vary".into(), "Accept".into()),
    ];
    if request.header("If-None-Match") == Some(tag.as_str()) {
        response.status = 304;
        response.body.clear();
        response.headers.retain(|(name, _)| name != "Content-Type");
    }
    response
}

/// A text that changes with the body.
fn etag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("\"{:016X}\"", hasher.finish())
}

/// What `/` lists.
fn paths(registry: &Registry) -> Vec<u8> {
    let mut paths = vec!["/api".to_owned(), "/api/v1".into(), "/apis".into(), "/apis/".into()];
    for group in ordered_groups(registry) {
        paths.push(format!("/apis/{group}"));
        let versions = registry.group(group).map(|group| group.versions.as_slice());
        let versions = versions.unwrap_or_default().iter();
        paths.extend(versions.map(|version| format!("/apis/{group}/{version}")));
    }
    for endpoint in ["healthz", "livez", "readyz"] {
        paths.push(format!("/{endpoint}"));
        paths.extend(["etcd", "log", "ping"].map(|check| format!("/{endpoint}/{check}")));
    }
    paths.extend(["/openapi/v3", "/openapi/v3/", "/version"].map(str::to_owned));
    paths.sort();
    // Invariant: texts can be written as JSON.
    serde_json::to_vec_pretty(&json!({"paths": paths})).unwrap_or_default()
}

#[cfg(test)]
mod tests;
