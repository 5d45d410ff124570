//! [`CachedDiscovery`]: what the caches of discovery have in common.

use std::sync::Arc;

use super::client::DiscoveryClient;
use super::found::{ApiGroup, Discovered, DiscoveredVersion};
use super::snapshot::Source;
use crate::error::{Error, ErrorKind};
use crate::meta::gvk::GroupVersion;
use crate::stop::Stop;

/// A cache of what the server has: [`MemoryCache`](super::MemoryCache) or
/// [`DiskCache`](super::DiskCache). This trait can't be implemented elsewhere.
///
/// ```
/// use kubeclient::discovery::{CachedDiscovery, DiscoveryClient, MemoryCache, RestMapper};
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = kubeclient::RestClient::new(kubeclient::Config::new(server.url()))?;
/// let cache = MemoryCache::new(&DiscoveryClient::new(&client));
/// let discovered = cache.server_groups_and_resources()?;
/// // One who finds nothing asks once more, unless the cache is fresh.
/// cache.invalidate();
/// let mapper = RestMapper::deferred(&cache);
/// assert_eq!(mapper.resource("deploy")?.plural, "deployments");
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Threads
/// Clones are the same cache. When many threads find nothing in it at once, one of them asks the server.
#[allow(private_bounds)]
pub trait CachedDiscovery: Source + Clone + 'static {
    /// Whether all that was taken from the cache so far had come from the server to this very cache, so that
    /// a miss is no reason to ask again. Of a cache that nothing was taken from yet, it says what client-go
    /// says: no for the memory's, yes for the disk's.
    fn fresh(&self) -> bool;

    /// Lets nothing count any more that is known at this moment.
    fn invalidate(&self);

    /// What the cache asks, for what is not kept: the server's version, and documents of OpenAPI.
    fn client(&self) -> &DiscoveryClient;

    /// The same cache, whose calls this token ends.
    #[must_use]
    fn with_stop(&self, stop: &Stop) -> Self;

    /// As [`DiscoveryClient::server_groups_and_resources`].
    ///
    /// # Errors
    /// As there.
    fn server_groups_and_resources(&self) -> Result<Arc<Discovered>, Error> {
        let stop = self.client().stop().clone();
        self.discover(&stop, false).map(|found| found.discovered)
    }

    /// As [`DiscoveryClient::server_groups`].
    ///
    /// # Errors
    /// As [`DiscoveryClient::server_groups_and_resources`].
    fn server_groups(&self) -> Result<Vec<ApiGroup>, Error> {
        Ok(self.server_groups_and_resources()?.groups())
    }

    /// As [`DiscoveryClient::server_preferred_resources`].
    ///
    /// # Errors
    /// As [`DiscoveryClient::server_groups_and_resources`].
    fn server_preferred_resources(&self) -> Result<Discovered, Error> {
        Ok(Arc::unwrap_or_clone(self.server_groups_and_resources()?).into_preferred())
    }

    /// What one version of one group has.
    ///
    /// # Errors
    /// As [`DiscoveryClient::server_groups_and_resources`]; that of the version where it could not be found
    /// out; [`Invalid`](ErrorKind::Invalid): the server has no such version.
    fn server_resources_for_group_version(
        &self,
        group_version: &GroupVersion,
    ) -> Result<DiscoveredVersion, Error> {
        let discovered = self.server_groups_and_resources()?;
        if let Some(version) = discovered.version(group_version) {
            return Ok(version.clone());
        }
        let failure = discovered.failure(&group_version.group, Some(&group_version.version));
        Err(match failure {
            Some(failure) => {
                let message = format!("{group_version}: could not be found out");
                Error::new(failure.error.kind(), message).because(Arc::clone(&failure.error))
            }
            None => Error::new(
                ErrorKind::Invalid,
                format!("{group_version}: the server has no such version"),
            ),
        })
    }
}
