//! A cluster with config maps, for the tests of lists and watches.

use std::sync::Arc;

use serde_json::json;

use super::super::form::{Encoding, Form, Shape};
use super::super::route::Verb;
use super::super::warnings::Warnings;
use super::super::{Call, Cluster};
use crate::clock::Clock;
use crate::http::Request;
use crate::registry::Registry;
use crate::resource::ResourceType;
use crate::store::{Key, Stored};

/// A cluster, and words to write to it.
pub(crate) struct World {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) resource: Arc<ResourceType>,
}

/// An empty cluster.
pub(crate) fn world() -> World {
    let cluster = Cluster::new(Clock::wall(), Registry::default());
    World { cluster: Arc::new(cluster), resource: Arc::new(ResourceType::sample("", "ConfigMap")) }
}

impl World {
    /// Writes a config map with the label `x`; its version is answered.
    pub(crate) fn put(&self, namespace: &str, name: &str, x: &str) -> u64 {
        self.put_stored(namespace, name, x).version
    }

    pub(crate) fn put_stored(&self, namespace: &str, name: &str, x: &str) -> Stored {
        let object = json!({
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {"name": name, "namespace": namespace, "labels": {"x": x}},
        });
        let key = Key::new("configmaps", namespace, name);
        self.cluster.store.write(|transaction| Ok(transaction.put(key, object))).unwrap()
    }

    /// Removes one; the version of that is answered.
    pub(crate) fn remove(&self, namespace: &str, name: &str) -> u64 {
        let key = Key::new("configmaps", namespace, name);
        let removed = self.cluster.store.write(|transaction| Ok(transaction.remove(&key)));
        removed.unwrap().unwrap().version
    }

    /// Calls with the query of a request.
    pub(crate) fn call<T>(
        &self,
        namespace: Option<&str>,
        query: &str,
        ask: impl FnOnce(&Call<'_>) -> T,
    ) -> T {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let query = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let request = Request { query, ..Request::default() };
        ask(&Call {
            request: &request,
            resource: Arc::clone(&self.resource),
            verb: Verb::List,
            clock: self.cluster.clock.clone(),
            namespace,
            name: None,
            subresource: None,
            form: Form { encoding: Encoding::Json, shape: Shape::Object },
            warnings: Warnings::default(),
        })
    }
}
