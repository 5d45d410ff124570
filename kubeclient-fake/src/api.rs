//! What a request asks of the API, and its answer: routes, negotiation, verbs.

mod body;
mod cluster;
pub(crate) mod convert;
mod create;
pub(crate) mod delete;
pub(crate) mod discovery;
mod duplicates;
pub(crate) mod form;
mod get;
mod health;
pub(crate) mod list;
pub(crate) mod metadata;
pub(crate) mod openapi;
mod options;
mod patch;
mod place;
pub(crate) mod render;
mod replace;
pub(crate) mod route;
pub(crate) mod subresources;
pub(crate) mod table;
mod timeout;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod warnings;
pub(crate) mod watch;
pub(crate) mod write;
mod yaml;

use std::sync::Arc;

use crate::clock::Clock;
use crate::failure::Result;
use crate::http::{Reply, Request, Service};
use crate::random;
use crate::resource::ResourceType;
pub(crate) use body::{parse_json, read_seed};
pub(crate) use cluster::Cluster;
use form::Form;
use route::{Route, Target, Verb};
use warnings::Warnings;

/// One request, understood: what it is about and how it wants its answer.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) resource: Arc<ResourceType>,
    pub(crate) verb: Verb,
    /// `None` for what is cluster-scoped, and for all namespaces.
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) subresource: Option<&'a str>,
    pub(crate) form: Form,
    pub(crate) clock: Clock,
    pub(crate) warnings: Warnings,
}

/// What answers the requests to a cluster.
pub(crate) fn service(cluster: Arc<Cluster>) -> impl Service {
    Api { cluster }
}

struct Api {
    cluster: Arc<Cluster>,
}

impl Service for Api {
    fn answer(&self, request: &Request) -> Reply {
        let mut reply = answer(&self.cluster, request).unwrap_or_else(|failure| {
            Reply::Full(render::failure(Form::of_failure(request), &failure))
        });
        let response = reply.response_mut();
        let named = |name: &str| response.headers.iter().any(|(key, _)| key == name);
        if !named("Cache-Control") {
            response.headers.push(("Cache-Control".into(), "no-cache, private".into()));
        }
        response.headers.push(("Audit-Id".into(), random::uuid()));
        reply
    }

    fn stop(&self) {
        self.cluster.store.stop();
    }
}

fn answer(cluster: &Arc<Cluster>, request: &Request) -> Result<Reply> {
    timeout::check(request)?;
    match route::find(&cluster.registry(), request)? {
        Route::Health(path) => health::health(request, &path),
        Route::Version => Ok(Reply::Full(health::version())),
        Route::Discovery(segments) => discovery::answer(cluster, request, &segments),
        Route::OpenApi(segments) => openapi::answer(cluster, request, &segments),
        Route::Resource(target) => resource(cluster, request, &target),
    }
}

/// The answer about a resource, with what there is to warn of.
fn resource(cluster: &Arc<Cluster>, request: &Request, target: &Target) -> Result<Reply> {
    let call = Call {
        request,
        resource: Arc::clone(&target.resource),
        verb: target.verb,
        namespace: target.namespace.as_deref(),
        name: target.name.as_deref(),
        subresource: target.subresource.as_deref(),
        form: Form::of(request, target.verb)?,
        clock: cluster.clock.clone(),
        warnings: Warnings::default(),
    };
    let mut reply = dispatch(cluster, &call)
        .unwrap_or_else(|failure| Reply::Full(render::failure(call.form.encoding, &failure)));
    call.warnings.add(deprecation(&call.resource).map(str::to_owned));
    call.warnings.tell(reply.response_mut());
    Ok(reply)
}

fn dispatch(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    match (call.subresource, call.verb) {
        (None, verb) => object(cluster, call, verb),
        (Some("status"), Verb::Get) => get::answer(cluster, call),
        (Some("status"), Verb::Update) => replace::answer(cluster, call),
        (Some("status"), Verb::Patch) => patch::answer(cluster, call),
        (Some(name), _) => subresources::answer(cluster, call, name),
    }
}

/// What is said of a resource, whoever asks for it, when it should not be used any more.
fn deprecation(resource: &ResourceType) -> Option<&str> {
    if let Some(custom) = &resource.custom {
        return custom.deprecation.as_deref();
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "endpoints") => {
            Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        }
        ("", "componentstatuses") => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
}

/// The answer about an object, or about a collection of them.
fn object(cluster: &Arc<Cluster>, call: &Call<'_>, verb: Verb) -> Result<Reply> {
    if is_virtual(&call.resource) {
        return subresources::virtual_resource(cluster, call);
    }
    match verb {
        Verb::List => list::answer(cluster, call),
        Verb::Watch => watch::answer(cluster, call),
        Verb::Get => get::answer(cluster, call),
        Verb::Create => create::answer(cluster, call),
        Verb::Update => replace::answer(cluster, call),
        Verb::Patch => patch::answer(cluster, call),
        Verb::Delete => delete::one(cluster, call),
        Verb::DeleteCollection => delete::collection(cluster, call),
    }
}

/// Whether nothing of a resource is stored: it answers, or acts on something else.
fn is_virtual(resource: &ResourceType) -> bool {
    let reviews =
        matches!(resource.group.as_str(), "authorization.k8s.io" | "authentication.k8s.io");
    let of_core = resource.group.is_empty()
        && matches!(resource.plural.as_str(), "bindings" | "componentstatuses");
    reviews || of_core
}

#[cfg(test)]
mod tests;
