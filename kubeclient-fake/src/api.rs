//! What a request asks of the API, and its answer: routes, negotiation, verbs.

pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod render;
pub(crate) mod watch;

use std::sync::Arc;

use crate::clock::Clock;
use crate::http::Request;
use crate::resource::ResourceType;
use crate::store::Store;
use form::Form;

/// The whole server's state.
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
}

/// One request, understood: what it is about and how it wants its answer.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) resource: Arc<ResourceType>,
    /// `None` for what is cluster-scoped, and for all namespaces.
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) subresource: Option<&'a str>,
    pub(crate) form: Form,
}
