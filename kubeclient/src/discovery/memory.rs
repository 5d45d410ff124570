//! [`MemoryCache`]: what the server has, asked for once.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::cached::CachedDiscovery;
use super::client::DiscoveryClient;
use super::part::Known;
use super::snapshot::{Found, Snapshot, Snapshots, Source};
use crate::error::Error;
use crate::stop::Stop;
use crate::sync;

/// What a server has, asked for once and kept in memory until [`CachedDiscovery::invalidate`].
///
/// Asked again, it sends the tags of what it knows, so that a server that has nothing new answers without
/// a body (304). A failure is not kept: while a part of the API can't be found out, each call asks again.
///
/// ```
/// use kubeclient::discovery::{CachedDiscovery, DiscoveryClient, MemoryCache};
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = kubeclient::RestClient::new(kubeclient::Config::new(server.url()))?;
/// let cache = MemoryCache::new(&DiscoveryClient::new(&client));
/// assert!(!cache.fresh());
/// let discovered = cache.server_groups_and_resources()?;
/// assert!(cache.fresh());
/// assert!(discovered.category("all").any(|found| found.resource.plural == "pods"));
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Blocking
/// The first call waits for the server, as [`DiscoveryClient::server_groups_and_resources`] does.
///
/// # Threads
/// Clones are the same cache; one thread at a time asks the server, the others wait for its answer.
#[derive(Clone)]
pub struct MemoryCache {
    snapshots: Arc<Snapshots>,
    client: DiscoveryClient,
}

impl MemoryCache {
    /// A cache of what this client finds. Nothing is sent yet.
    pub fn new(client: &DiscoveryClient) -> Self {
        let snapshots = Snapshots::new(Revalidated::of(client), Instant::now);
        Self { snapshots, client: client.clone() }
    }

    /// What is known if it is not older than this, else what is asked for now.
    pub(super) fn younger_than(&self, age: Duration, stop: &Stop) -> Result<Found, Error> {
        let is_old = |last: &Snapshot| last.at.elapsed() >= age;
        if self.snapshots.last().as_ref().is_some_and(is_old) {
            self.snapshots.reset();
        }
        self.discover(stop, false)
    }
}

impl Source for MemoryCache {
    fn discover(&self, stop: &Stop, renew: bool) -> Result<Found, Error> {
        let has_failures = |last: &Snapshot| !last.discovered.failures.is_empty();
        if renew || self.snapshots.last().as_ref().is_some_and(has_failures) {
            self.snapshots.reset();
        }
        let (snapshot, is_new) = self.snapshots.get(stop)?;
        Ok(Found { discovered: snapshot.discovered, is_new })
    }
}

impl CachedDiscovery for MemoryCache {
    fn fresh(&self) -> bool {
        self.snapshots.last().is_some()
    }

    fn invalidate(&self) {
        self.snapshots.reset();
    }

    fn client(&self) -> &DiscoveryClient {
        &self.client
    }

    fn with_stop(&self, stop: &Stop) -> Self {
        Self { client: self.client.with_stop(stop), ..self.clone() }
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").field("fresh", &self.fresh()).finish_non_exhaustive()
    }
}

/// A client that asks by the tags of what it was told last.
pub(super) struct Revalidated {
    client: DiscoveryClient,
    known: Mutex<Known>,
}

impl Revalidated {
    pub(super) fn of(client: &DiscoveryClient) -> Self {
        Self { client: client.clone(), known: Mutex::default() }
    }
}

impl Source for Revalidated {
    fn discover(&self, stop: &Stop, _renew: bool) -> Result<Found, Error> {
        let known = sync::lock(&self.known).clone();
        let known = self.client.with_stop(stop).discover(&known)?;
        let discovered = Arc::clone(&known.whole);
        *sync::lock(&self.known) = known;
        Ok(Found { discovered, is_new: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::discovery::{Discovered, DiscoveredVersion, RestMapper};
    use crate::meta::gvk::GroupVersion;
    use crate::rest::RestClient;
    use kubeclient_fake::{FakeServer, Fault};

    fn cache() -> (FakeServer, MemoryCache) {
        let server = FakeServer::start().unwrap();
        let client = RestClient::new(Config::new(server.url())).unwrap();
        (server, MemoryCache::new(&DiscoveryClient::new(&client)))
    }

    fn codes(server: &FakeServer) -> Vec<u16> {
        server.requests().all().iter().filter_map(|request| request.status).collect()
    }

    /// Fidelity 76.
    #[test]
    fn two_requests_are_enough_until_it_is_invalidated() {
        let (server, cache) = cache();
        let first = cache.server_groups_and_resources().unwrap();
        cache.server_preferred_resources().unwrap();
        let apps = cache.server_resources_for_group_version(&GroupVersion::new("apps", "v1"));
        assert!(apps.unwrap().resources.iter().any(|found| found.resource.plural == "deployments"));
        assert!(cache.server_groups().unwrap().iter().any(|group| group.name == "batch"));
        assert_eq!(codes(&server), [200, 200]);
        cache.invalidate();
        assert!(!cache.fresh());
        let second = cache.server_groups_and_resources().unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(codes(&server), [200, 200, 304, 304]);
    }

    /// Fidelity 80.
    #[test]
    fn what_a_cache_does_not_know_its_mapper_asks_for_once() {
        let (server, cache) = cache();
        cache.server_groups_and_resources().unwrap();
        let mapper = RestMapper::deferred(&cache);
        mapper.resource("po").unwrap();
        assert_eq!(codes(&server).len(), 2);
        mapper.resource("nopes").unwrap_err();
        assert_eq!(codes(&server).len(), 4);
        mapper.resource("nopes").unwrap_err();
        mapper.resource("svc").unwrap();
        assert_eq!(codes(&server).len(), 4);
        mapper.reset();
        mapper.resource("svc").unwrap();
        assert_eq!(codes(&server).len(), 6);
    }

    /// F39.
    #[test]
    fn one_dead_group_of_thirty_leaves_twenty_nine_and_is_not_kept() {
        let server = FakeServer::start().unwrap();
        let client = DiscoveryClient::new(&RestClient::new(Config::new(server.url())).unwrap());
        // A request for each version, as of a server that aggregates nothing.
        let client = client.with_legacy();
        for number in client.server_groups().unwrap().len()..30 {
            let definition = format!(
                "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, \
                 metadata: {{name: things.g{number}.example.com}}, \
                 spec: {{group: g{number}.example.com, scope: Namespaced, \
                 names: {{kind: Thing, plural: things, singular: thing}}, \
                 versions: [{{name: v1, served: true, storage: true, \
                 schema: {{openAPIV3Schema: {{type: object}}}}}}]}}}}"
            );
            server.seed(&definition).unwrap();
        }
        let dead = GroupVersion::new("g29.example.com", "v1");
        let fault = Fault::status(503, "ServiceUnavailable", "dead");
        let fault = server.inject(fault.path("/apis/g29.example.com/v1"));
        let cache = MemoryCache::new(&client);
        let found = cache.server_groups_and_resources().unwrap();
        let failed: Vec<_> = found.failures.iter().map(|failure| &failure.group_version).collect();
        assert_eq!(failed, [&dead]);
        let served = |found: &Discovered| {
            let has_resources = |version: &DiscoveredVersion| !version.resources.is_empty();
            found.groups.iter().filter(|group| group.versions.iter().any(has_resources)).count()
        };
        assert_eq!((found.groups.len(), served(&found)), (30, 29));
        assert!(fault.strikes() > 0);
        fault.remove();
        let found = cache.server_groups_and_resources().unwrap();
        assert_eq!((found.failures.len(), served(&found)), (0, 30));
    }

    #[test]
    fn a_version_that_is_not_there_is_named() {
        let (_server, cache) = cache();
        let error = cache.server_resources_for_group_version(&GroupVersion::new("apps", "v7"));
        assert_eq!(error.unwrap_err().to_string(), "apps/v7: the server has no such version");
    }
}
