//! What a request asks of the API, and its answer: routes, negotiation, verbs.

pub(crate) mod convert;
pub(crate) mod discovery;
pub(crate) mod form;
mod health;
pub(crate) mod list;
pub(crate) mod openapi;
pub(crate) mod render;
pub(crate) mod route;
pub(crate) mod table;
pub(crate) mod watch;
mod yaml;

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::auth::{Authorizer, Tokens};
use crate::clock::Clock;
use crate::failure::{Failure, Result};
use crate::http::{Reply, Request, Service};
use crate::random;
use crate::registry::Registry;
use crate::resource::ResourceType;
use crate::store::Store;
use form::Form;
use route::{Route, Target, Verb};

/// The whole server's state.
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// The bearer tokens that name somebody; issued ones go in here.
    pub(crate) tokens: Tokens,
    /// Set once, at the start. Asked through [`Cluster::may`].
    pub(crate) authorizer: OnceLock<Authorizer>,
    registry: RwLock<Arc<Registry>>,
}

impl Cluster {
    /// An empty cluster with the built-in resources.
    pub(crate) fn new(clock: Clock, registry: Registry) -> Self {
        let store = Store::on(&clock);
        let tokens = Tokens::new(&clock);
        let registry = RwLock::new(Arc::new(registry));
        Self { store, clock, tokens, authorizer: OnceLock::new(), registry }
    }

    /// The resources that there are now.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }
}

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
        let response = match &mut reply {
            Reply::Full(response) | Reply::Stream(response, _) => response,
        };
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
    match route::find(&cluster.registry(), request)? {
        Route::Health(path) => health::health(request, &path),
        Route::Version => Ok(Reply::Full(health::version())),
        Route::Discovery(segments) => discovery::answer(cluster, request, &segments),
        Route::OpenApi(segments) => openapi::answer(cluster, request, &segments),
        Route::Resource(target) => resource(cluster, request, &target),
    }
}

/// The answer about a resource.
fn resource(cluster: &Arc<Cluster>, request: &Request, target: &Target) -> Result<Reply> {
    let call = Call {
        request,
        resource: Arc::clone(&target.resource),
        verb: target.verb,
        namespace: target.namespace.as_deref(),
        name: target.name.as_deref(),
        subresource: target.subresource.as_deref(),
        form: Form::of(request, target.verb == Verb::Watch)?,
        clock: cluster.clock.clone(),
    };
    match call.verb {
        Verb::List => list::answer(cluster, &call),
        Verb::Watch => watch::answer(cluster, &call),
        _ => Err(Failure::not_implemented(call.verb.name())),
    }
}
