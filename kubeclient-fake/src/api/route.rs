//! What a path asks for: a resource and what of it, or one of the few other things that the server has.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

use crate::failure::{Failure, Result};
use crate::http::Request;
use crate::registry::Registry;
use crate::resource::ResourceType;

/// What a request is about.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// `/healthz`, `/livez`, `/readyz` and their parts.
    Health(String),
    /// `/version`.
    Version,
    /// `/`, `/api`, `/apis`, `/apis/apps`, `/apis/apps/v1`: the segments.
    Discovery(Vec<String>),
    /// Below `/openapi`: the segments after it.
    OpenApi(Vec<String>),
    Resource(Target),
}

/// What of a resource a request is about.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) resource: Arc<ResourceType>,
    pub(crate) verb: Verb,
    /// `None` for what is cluster-scoped, and for all namespaces.
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<String>,
}

/// What is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    List,
    Watch,
    Create,
    Update,
    Patch,
    Delete,
    DeleteCollection,
}

impl Verb {
    /// As discovery and authorization call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }
}

/// Finds what a request is about.
pub(crate) fn find(registry: &Registry, request: &Request) -> Result<Route> {
    let decoded = percent_decode_str(&request.path).decode_utf8_lossy();
    let trimmed = decoded.strip_suffix('/').unwrap_or(&decoded);
    let segments: Vec<&str> = trimmed.split('/').skip(1).collect();
    let owned = |segments: &[&str]| segments.iter().map(|&segment| segment.to_owned()).collect();
    match segments.as_slice() {
        [] => only_get(request, Route::Discovery(Vec::new())),
        ["healthz" | "livez" | "readyz", ..] => Ok(Route::Health(trimmed.to_owned())),
        ["version"] => only_get(request, Route::Version),
        ["openapi", rest @ ..] => Ok(Route::OpenApi(owned(rest))),
        ["api"] | ["apis"] => only_get(request, Route::Discovery(owned(&segments))),
        ["api", "v1"] => only_get(request, Route::Discovery(owned(&segments))),
        ["api", version, rest @ ..] => resource(registry, request, "", version, rest),
        ["apis", group] => match registry.group(group) {
            Some(_) => only_get(request, Route::Discovery(owned(&segments))),
            None => Err(Failure::page_not_found()),
        },
        ["apis", group, version] if registry.has_version(group, version) => {
            only_get(request, Route::Discovery(owned(&segments)))
        }
        ["apis", group, version, rest @ ..] => resource(registry, request, group, version, rest),
        _ => Err(Failure::page_not_found()),
    }
}

fn only_get(request: &Request, route: Route) -> Result<Route> {
    if request.method == "GET" { Ok(route) } else { Err(Failure::method_not_allowed()) }
}

/// The route below a group and version.
fn resource(
    registry: &Registry,
    request: &Request,
    group: &str,
    version: &str,
    rest: &[&str],
) -> Result<Route> {
    let custom = registry.group(group).ok_or_else(Failure::page_not_found)?.custom;
    let missing = || if custom { Failure::page_not_found() } else { Failure::no_such_resource() };
    let (watch, rest) = match rest {
        ["watch", rest @ ..] if !rest.is_empty() => (true, rest),
        rest => (false, rest),
    };
    let place = Place::of(rest).ok_or_else(missing)?;
    let resource = registry.find(group, version, place.plural).ok_or_else(missing)?;
    // A namespaced resource has no names without a namespace, a cluster-scoped one has no namespaces.
    let fits = if resource.namespaced {
        place.namespace.is_some() || place.name.is_none()
    } else {
        place.namespace.is_none()
    };
    if !fits {
        return Err(missing());
    }
    if let (Some(subresource), Some(name)) = (place.subresource, place.name)
        && resource.subresource(subresource.split('/').next().unwrap_or_default()).is_none()
    {
        return Err(if custom { Failure::not_found(&resource, name) } else { missing() });
    }
    let verb = verb(request, &resource, &place, watch)?;
    let target = Target {
        verb,
        namespace: place.namespace.map(str::to_owned),
        name: place.name.map(str::to_owned),
        subresource: place.subresource.map(str::to_owned),
        resource,
    };
    Ok(Route::Resource(target))
}

/// A path below a group and version, taken apart.
struct Place<'a> {
    namespace: Option<&'a str>,
    plural: &'a str,
    name: Option<&'a str>,
    subresource: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(rest: &[&'a str]) -> Option<Self> {
        let place = |namespace, plural, name, subresource| {
            Some(Self { namespace, plural, name, subresource })
        };
        match *rest {
            ["namespaces"] => place(None, "namespaces", None, None),
            ["namespaces", name] if !name.is_empty() => place(None, "namespaces", Some(name), None),
            ["namespaces", name, subresource @ ("status" | "finalize")] => {
                place(None, "namespaces", Some(name), Some(subresource))
            }
            // An empty namespace is all namespaces.
            ["namespaces", "", plural, ref rest @ ..] => Self::named(None, plural, rest),
            ["namespaces", namespace, plural, ref rest @ ..] => {
                Self::named(Some(namespace), plural, rest)
            }
            [plural, ref rest @ ..] => Self::named(None, plural, rest),
            [] => None,
        }
    }

    fn named(namespace: Option<&'a str>, plural: &'a str, rest: &[&'a str]) -> Option<Self> {
        let (name, subresource) = match *rest {
            [] => (None, None),
            ["", ..] | [_, "", ..] => return None,
            [name] => (Some(name), None),
            [name, subresource] => (Some(name), Some(subresource)),
            // What follows `proxy` belongs to it.
            [name, "proxy", ..] => (Some(name), Some("proxy")),
            _ => return None,
        };
        Some(Self { namespace, plural, name, subresource })
    }
}

/// What the method means at this place.
fn verb(
    request: &Request,
    resource: &ResourceType,
    place: &Place<'_>,
    watch: bool,
) -> Result<Verb> {
    let method = request.method.as_str();
    let refused = || refused_method(resource, method);
    if let Some(name) = place.subresource {
        let verb = match method {
            "GET" => Verb::Get,
            "POST" => Verb::Create,
            "PUT" => Verb::Update,
            "PATCH" => Verb::Patch,
            "DELETE" => Verb::Delete,
            _ => return Err(refused()),
        };
        let known = resource.subresource(name).is_some_and(|sub| has(&sub.verbs, verb));
        return if known { Ok(verb) } else { Err(refused()) };
    }
    let everywhere = resource.namespaced && place.namespace.is_none();
    let verb = match (method, place.name.is_some()) {
        ("GET", _) if watch => Verb::Watch,
        (_, _) if watch => return Err(refused()),
        ("GET", true) => Verb::Get,
        ("GET", false) if is_watch(request) => Verb::Watch,
        ("GET", false) => Verb::List,
        ("POST" | "DELETE" | "PUT" | "PATCH", false) if everywhere => {
            return Err(if resource.is_custom() { Failure::page_not_found() } else { refused() });
        }
        // The handler of custom resources takes a name that it does not need, and asks for one late.
        ("POST", named) if !named || resource.is_custom() => Verb::Create,
        ("DELETE", false) => Verb::DeleteCollection,
        ("PUT" | "PATCH", false) if resource.is_custom() => {
            return Err(Failure::bad_request("name must be provided"));
        }
        ("PUT", true) => Verb::Update,
        ("PATCH", true) => Verb::Patch,
        ("DELETE", true) => Verb::Delete,
        _ => return Err(refused()),
    };
    if has(&resource.verbs, verb) { Ok(verb) } else { Err(refused()) }
}

fn has(verbs: &[String], verb: Verb) -> bool {
    verbs.iter().any(|known| known == verb.name())
}

/// Whether the query asks for a watch: anything but `0` and `false`.
fn is_watch(request: &Request) -> bool {
    let asked = request.query("watch");
    asked.is_some_and(|value| !matches!(value, "0" | "false"))
}

/// 405, in the words that the resource's handler has for it.
fn refused_method(resource: &ResourceType, method: &str) -> Failure {
    if !resource.is_custom() {
        return Failure::method_not_allowed();
    }
    let verb = match method {
        "HEAD" | "GET" => "get",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "",
    };
    let kind = resource.qualified();
    let message = format!("{verb} is not supported on resources of kind \"{kind}\"");
    Failure::new(405, "MethodNotAllowed", message)
        .with_details(crate::failure::Details::of(resource, ""))
}

#[cfg(test)]
mod tests;
