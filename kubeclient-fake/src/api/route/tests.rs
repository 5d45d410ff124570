use std::sync::Arc;

use super::{Route, Verb, find};
use crate::failure::{Body, Failure};
use crate::http::Request;
use crate::kinds::Ways;
use crate::registry::Registry;
use crate::resource::{Custom, ResourceType, Subresource};

/// A resource with all verbs and `/status`.
fn resource(group: &str, plural: &str, namespaced: bool, custom: bool) -> Arc<ResourceType> {
    let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    let owned = |verbs: &[&str]| verbs.iter().map(|&verb| verb.to_owned()).collect::<Vec<_>>();
    let mut verbs = owned(&verbs);
    if plural == "namespaces" {
        verbs.retain(|verb| verb != "deletecollection");
    }
    let sample = ResourceType::sample(group, plural);
    Arc::new(ResourceType {
        plural: plural.into(),
        namespaced,
        verbs,
        subresources: vec![Subresource {
            name: "status".into(),
            kind: String::new(),
            group: String::new(),
            version: String::new(),
            verbs: owned(&["get", "patch", "update"]),
        }],
        ways: Ways { has_status: true, counts_generation: true, ..sample.ways },
        custom: custom.then(Arc::<Custom>::default),
        ..sample
    })
}

fn registry() -> Registry {
    let builtin = [
        resource("", "configmaps", true, false),
        resource("", "namespaces", false, false),
        resource("", "nodes", false, false),
        resource("apps", "deployments", true, false),
    ];
    Registry::new(builtin, [resource("ex.io", "widgets", true, true)])
}

fn route(method: &str, path: &str) -> Result<Route, Failure> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key.to_owned(), value.to_owned())
    });
    let request = Request {
        method: method.into(),
        path: path.into(),
        query: query.collect(),
        ..Request::default()
    };
    find(&registry(), &request)
}

/// `list configmaps a/- -`
#[track_caller]
fn check(method: &str, path: &str, expected: &str) {
    let found = match route(method, path) {
        Ok(Route::Resource(target)) => format!(
            "{} {} {}/{} {}",
            target.verb.name(),
            target.resource.plural,
            target.namespace.as_deref().unwrap_or("-"),
            target.name.as_deref().unwrap_or("-"),
            target.subresource.as_deref().unwrap_or("-"),
        ),
        Ok(other) => format!("{other:?}"),
        Err(failure) => match &*failure.body {
            Body::Text(_) => format!("{} text", failure.code),
            Body::Status { details: Some(details), .. } if !details.name.is_empty() => {
                format!("{} {}", failure.code, details.name)
            }
            Body::Status { .. } => failure.code.to_string(),
        },
    };
    assert_eq!(found, expected, "{method} {path}");
}

#[test]
fn a_path_names_namespace_resource_name_and_subresource() {
    check("GET", "/api/v1/namespaces/a/configmaps", "list configmaps a/- -");
    check("GET", "/api/v1/namespaces/a/configmaps/x", "get configmaps a/x -");
    check("GET", "/apis/apps/v1/deployments", "list deployments -/- -");
    check(
        "PUT",
        "/apis/apps/v1/namespaces/a/deployments/x/status",
        "update deployments a/x status",
    );
    check("GET", "/api/v1/namespaces/a", "get namespaces -/a -");
    check("GET", "/api/v1/namespaces/a/status", "get namespaces -/a status");
    check("DELETE", "/api/v1/namespaces/a/configmaps", "deletecollection configmaps a/- -");
    check("GET", "/api/v1/nodes/", "list nodes -/- -");
    check("GET", "/api/v1/namespaces//configmaps", "list configmaps -/- -");
}

#[test]
fn watches_are_asked_for_by_query_or_by_path() {
    check("GET", "/api/v1/configmaps?watch=1", "watch configmaps -/- -");
    check("GET", "/api/v1/configmaps?watch=abc", "watch configmaps -/- -");
    check("GET", "/api/v1/configmaps?watch=false", "list configmaps -/- -");
    check("GET", "/api/v1/configmaps?watch=0", "list configmaps -/- -");
    check("GET", "/api/v1/namespaces/a/configmaps/x?watch=1", "get configmaps a/x -");
    check("GET", "/api/v1/watch/namespaces/a/configmaps/x", "watch configmaps a/x -");
    check("POST", "/api/v1/watch/configmaps", "405");
}

#[test]
fn what_a_builtin_group_lacks_is_404_with_a_status() {
    for path in [
        "/api/v1/nopes",
        "/api/v2",
        "/apis/apps/v9",
        "/apis/apps/v9/x",
        "/api/v1/namespaces/a/configmaps/x/scale",
        "/api/v1/namespaces/a/configmaps/x/y/z",
        "/api/v1/namespaces/a/nodes",
        "/api/v1/configmaps/x",
        "/api/v1/namespaces/a/configmaps/a%2fb",
    ] {
        check("GET", path, "404");
    }
}

#[test]
fn what_no_group_or_a_custom_one_lacks_is_404_in_text() {
    for path in [
        "/nope",
        "/apis/nope.io",
        "/apis/nope.io/v1/x",
        "/apis/ex.io/v1/nopes",
        "/apis/ex.io/v2/widgets",
        "/apis/ex.io/v1/widgets/x",
        "/apis/ex.io/v1/namespaces/a/widgets/x/y/z",
    ] {
        check("GET", path, "404 text");
    }
    check("POST", "/apis/ex.io/v1/widgets", "404 text");
    check("GET", "/apis/ex.io/v1/namespaces/a/widgets/x/foo", "404 x");
}

#[test]
fn methods_that_do_not_fit_are_405() {
    check("POST", "/api/v1/namespaces/a/configmaps/x", "405");
    check("PUT", "/api/v1/namespaces/a/configmaps", "405");
    check("PATCH", "/api/v1/namespaces/a/configmaps", "405");
    check("POST", "/api/v1/configmaps", "405");
    check("DELETE", "/api/v1/configmaps", "405");
    check("DELETE", "/api/v1/namespaces", "405");
    check("HEAD", "/api/v1/namespaces/a/configmaps/x", "405");
    check("OPTIONS", "/api/v1/namespaces/a/configmaps", "405");
    check("POST", "/version", "405");
    check("OPTIONS", "/apis/ex.io/v1/namespaces/a/widgets", "405");
}

#[test]
fn the_handler_of_custom_resources_has_its_own_ways() {
    check("POST", "/apis/ex.io/v1/namespaces/a/widgets/x", "create widgets a/x -");
    check("PUT", "/apis/ex.io/v1/namespaces/a/widgets", "400");
    let Err(failure) = route("OPTIONS", "/apis/ex.io/v1/namespaces/a/widgets") else { panic!() };
    let message = " is not supported on resources of kind \"widgets.ex.io\"";
    assert_eq!(failure.status()["message"], message);
    assert_eq!(Verb::DeleteCollection.name(), "deletecollection");
}
