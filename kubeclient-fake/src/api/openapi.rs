//! The OpenAPI documents that kubectl asks for before it applies, creates, and explains.
//!
//! Each document is made when it is asked for, from the schemas that the server itself goes by. It has what
//! clients read: the paths with their kinds and the parameters and patches that they take, and the schemas.
//! The older `/openapi/v2` is not there; clients ask for it only where this one is missing, or do without.

mod custom;
mod paths;
mod schemas;

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, json};

use super::Cluster;
use crate::failure::{Failure, Result};
use crate::http::{Reply, Request, Response};
use crate::registry::Registry;
use crate::resource::ResourceType;

/// The answer for the segments of a path after `/openapi`.
pub(crate) fn answer(cluster: &Cluster, request: &Request, segments: &[String]) -> Result<Reply> {
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if !matches!(segments.as_slice(), ["v2"] | ["v3", ..]) {
        return Err(Failure::page_not_found());
    }
    if request.method != "GET" {
        return Err(Failure::method_not_allowed());
    }
    let registry = cluster.registry();
    let (group, version) = match segments.as_slice() {
        ["v2"] => return Err(Failure::not_implemented("OpenAPI v2")),
        ["v3"] => return Ok(Reply::Full(index(cluster, &registry))),
        ["v3", "api", version] => ("", *version),
        ["v3", "apis", group, version] => (*group, *version),
        _ => return Ok(Reply::Full(Response { status: 404, ..Response::default() })),
    };
    if !registry.has_version(group, version) {
        return Ok(Reply::Full(Response { status: 404, ..Response::default() }));
    }
    Ok(Reply::Full(document(cluster, &registry, request, group, version)))
}

/// Where each document is.
fn index(cluster: &Cluster, registry: &Registry) -> Response {
    let mut paths = Map::new();
    for (name, group) in registry.groups() {
        for version in &group.versions {
            let path = path(name, version);
            let url = url(&path, &hash(cluster, registry, name, version));
            paths.insert(path, json!({"serverRelativeURL": url}));
        }
    }
    // As the real server has it, this one is text.
    let headers = vec![("Content-Type".into(), "text/plain; charset=utf-8".into())];
    Response { status: 200, headers, body: json!({"paths": paths}).to_string().into_bytes() }
}

/// The document of a version, with its hash as the tag, or a hint to it or to its newer hash.
fn document(
    cluster: &Cluster,
    registry: &Registry,
    request: &Request,
    group: &str,
    version: &str,
) -> Response {
    let hash = hash(cluster, registry, group, version);
    let tag = format!("\"{hash}\"");
    let mut headers = vec![("Etag".into(), tag.clone()), ("Vary".into(), "Accept".into())];
    match request.query("hash") {
        Some(known) if known == hash => {
            let year = Timestamp::now() + SignedDuration::from_hours(365 * 24);
            let expires = year.strftime("%a, %d %b %Y %H:%M:%S UTC").to_string();
            headers.push(("Cache-Control".into(), "public, immutable".into()));
            headers.push(("Expires".into(), expires));
        }
        Some(_) => {
            let headers = vec![("Location".into(), url(&path(group, version), &hash))];
            return Response { status: 301, headers, body: Vec::new() };
        }
        None => {}
    }
    if request.header("If-None-Match") == Some(tag.as_str()) {
        return Response { status: 304, headers, body: Vec::new() };
    }
    headers.push(("Content-Type".into(), "application/json".into()));
    let resources: Vec<&ResourceType> = resources(registry, group, version).collect();
    let components = schemas::of(&resources, |resource| custom::definition(cluster, resource));
    let value = json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "1.36"},
        "paths": paths::of(&resources),
        "components": {"schemas": components},
    });
    Response { status: 200, headers, body: value.to_string().into_bytes() }
}

fn resources<'a>(
    registry: &'a Registry,
    group: &'a str,
    version: &'a str,
) -> impl Iterator<Item = &'a ResourceType> {
    let all = registry.resources().iter().map(AsRef::as_ref);
    all.filter(move |resource: &&ResourceType| {
        resource.group == group && resource.version == version
    })
}

fn path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

fn url(path: &str, hash: &str) -> String {
    format!("/openapi/v3/{path}?hash={hash}")
}

/// A text that changes with the document, without making it: built-ins change with this crate only, custom
/// resources with their definitions.
fn hash(cluster: &Cluster, registry: &Registry, group: &str, version: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), group, version).hash(&mut hasher);
    for resource in resources(registry, group, version) {
        resource.plural.hash(&mut hasher);
        if resource.is_custom() {
            custom::definition(cluster, resource)
                .map(|schema| schema.to_string())
                .hash(&mut hasher);
        }
    }
    format!("{:016X}", hasher.finish())
}

#[cfg(test)]
mod tests;
