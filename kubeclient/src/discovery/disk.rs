//! [`DiskCache`]: what the server has, kept in kubectl's folder. What counts of it is decided here; `folder`
//! reads and writes files, `documents` knows their text, `responses` keeps answers of HTTP.

mod documents;
mod folder;
mod responses;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::cached::CachedDiscovery;
use super::client::DiscoveryClient;
use super::found::{ApiGroup, Discovered, DiscoveredGroup, DiscoveredVersion};
use super::memory::MemoryCache;
use super::snapshot::{Found, Source};
use crate::error::Error;
use crate::meta::gvk::GroupVersion;
use crate::rest::RestClient;
use crate::stop::Stop;
use crate::sync;

use folder::Folder;
pub(super) use responses::Responses;

/// How long a file counts.
const TTL: Duration = Duration::from_secs(6 * 3600);

/// What a server has, kept on disk for 6 hours, in the files that kubectl keeps it in: each reads the
/// other's. A program that starts within these hours sends nothing.
///
/// The folder is `$KUBECACHEDIR`, else `~/.kube/cache`. In it, `discovery/<host>/servergroups.json` has the
/// groups, `discovery/<host>/<group>/<version>/serverresources.json` the resources of a version, and `http/`
/// the answers themselves: so what is too old is asked for by its tag, and documents of OpenAPI are not
/// asked for again at all.
///
/// A file that is not there, too old, no such document, not of this user or writable by everybody is as good
/// as none; so is everything after [`CachedDiscovery::invalidate`] that this cache did not write since. When
/// one file of `discovery/` is missing, the server is asked for everything. Nothing is written of what could
/// not be found out, so that a failure is never kept. Where nothing can be written, one warning is logged and
/// the cache keeps what it learned in memory. Files are written as `0600`, folders are made as `0700`.
///
/// Whoever may write these files decides what this user's programs believe that the server has; as kubectl
/// does, other users of this user's group are trusted with it.
///
/// ```
/// use kubeclient::RestClient;
/// use kubeclient::discovery::{CachedDiscovery, DiskCache};
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// # let config = || kubeclient::Config::new(server.url());
/// // Most programs say `DiskCache::new(&client)`.
/// let cache = DiskCache::at(&RestClient::new(config())?, folder.path());
/// assert!(cache.server_groups_and_resources()?.group("apps").is_some());
/// # let requests = server.requests().count();
///
/// // Another program, or kubectl:
/// let cache = DiskCache::at(&RestClient::new(config())?, folder.path());
/// assert!(cache.server_groups_and_resources()?.group("apps").is_some());
/// # assert_eq!(server.requests().count(), requests, "nothing is sent");
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Blocking
/// On files, and where they don't suffice on the server, as [`DiscoveryClient::server_groups_and_resources`]
/// does. The server is told 32 s, as kubectl tells it, since that is part of the names of files.
///
/// # Threads
/// Clones are the same cache; one thread at a time asks the server, the others wait for its answer. Other
/// processes may use the folder at the same time: files appear whole.
///
/// Source: client-go v0.36.3, `discovery/cached/disk`; `cli-runtime`, `genericclioptions`.
#[derive(Clone)]
pub struct DiskCache {
    shared: Arc<Shared>,
    client: DiscoveryClient,
}

struct Shared {
    /// `discovery/<host>`.
    folder: Folder,
    ttl: Duration,
    /// What the server told last.
    memory: MemoryCache,
    state: Mutex<State>,
}

struct State {
    /// The files that this cache wrote since it was last invalidated.
    ours: BTreeSet<PathBuf>,
    /// Whether only those count.
    is_invalidated: bool,
    fresh: bool,
}

impl DiskCache {
    /// The cache of this client's server in kubectl's folder. Nothing is read or sent yet.
    pub fn new(client: &RestClient) -> Self {
        let set = std::env::var_os("KUBECACHEDIR").filter(|path| !path.is_empty());
        let home = || std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let root = set.map(PathBuf::from).or_else(|| Some(home()?.join(".kube").join("cache")));
        Self::of(client, root, TTL)
    }

    /// The cache of this client's server in another folder, as of kubectl's `--cache-dir`.
    pub fn at(client: &RestClient, folder: impl Into<PathBuf>) -> Self {
        Self::of(client, Some(folder.into()), TTL)
    }

    /// The same cache, whose files count for so long. What it has learned so far is forgotten.
    #[must_use]
    pub fn with_ttl(&self, ttl: Duration) -> Self {
        let shared = &self.shared;
        let (client, folder) = (self.client.clone(), shared.folder.clone());
        Self::from_parts(client, folder, ttl)
    }

    fn of(client: &RestClient, root: Option<PathBuf>, ttl: Duration) -> Self {
        let root = Folder::new(root);
        let server = &client.config().server;
        let responses = Responses::new(root.below(Path::new("http")), server);
        let host = folder::host(server);
        let discovery = host.map(|host| root.below(&Path::new("discovery").join(host)));
        let client = DiscoveryClient::new(client).with_responses(responses);
        Self::from_parts(client, discovery.unwrap_or_else(|| Folder::new(None)), ttl)
    }

    fn from_parts(client: DiscoveryClient, folder: Folder, ttl: Duration) -> Self {
        let memory = MemoryCache::new(&client);
        let state = State { ours: BTreeSet::new(), is_invalidated: false, fresh: true };
        let shared = Shared { folder, ttl, memory, state: Mutex::new(state) };
        Self { shared: shared.into(), client }
    }

    /// Everything that the files say, if none is missing.
    fn read_all(&self) -> Option<Discovered> {
        let mut discovered = Discovered::default();
        for ApiGroup { name, versions, preferred_version } in self.read_groups()? {
            let mut group = DiscoveredGroup { name, preferred_version, versions: Vec::new() };
            for version in versions {
                let group_version = GroupVersion::new(&group.name, version);
                group.versions.push(self.read_version(&group_version)?);
            }
            discovered.groups.push(group);
        }
        Some(discovered)
    }

    fn read_groups(&self) -> Option<Vec<ApiGroup>> {
        let groups = documents::read_groups(&self.read(Path::new(documents::GROUPS))?)?;
        // kubectl also writes the names of groups whose server did not answer: that is no knowledge.
        let is_known = |group: &ApiGroup| !group.versions.is_empty();
        (!groups.is_empty() && groups.iter().all(is_known)).then_some(groups)
    }

    fn read_version(&self, group_version: &GroupVersion) -> Option<DiscoveredVersion> {
        let text = self.read(&documents::path_of_version(group_version)?)?;
        documents::read_version(&text, group_version)
    }

    /// A file that counts.
    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let is_ours = {
            let state = sync::lock(&self.shared.state);
            let is_ours = state.ours.contains(path);
            if state.is_invalidated && !is_ours {
                return None;
            }
            is_ours
        };
        let text = self.shared.folder.read(path, Some(self.shared.ttl))?;
        sync::lock(&self.shared.state).fresh &= is_ours;
        Some(text)
    }

    fn write(&self, path: &Path, text: &[u8]) {
        if self.shared.folder.write(path, text) {
            sync::lock(&self.shared.state).ours.insert(path.to_owned());
        }
    }

    /// Writes down what the server told: lists that are empty, and groups of which not all is known, are not.
    fn write_all(&self, discovered: &Discovered) {
        for group in &discovered.groups {
            for version in &group.versions {
                let group_version = GroupVersion::new(&group.name, &version.version);
                let has_any = !version.resources.is_empty() || !version.orphans.is_empty();
                if has_any && let Some(path) = documents::path_of_version(&group_version) {
                    self.write(&path, &documents::version(version, &group_version));
                }
            }
        }
        // Last: whoever finds the groups finds the rest.
        if discovered.failures.is_empty() && !discovered.groups.is_empty() {
            self.write(Path::new(documents::GROUPS), &documents::groups(&discovered.groups()));
        }
    }
}

impl Source for DiskCache {
    fn discover(&self, stop: &Stop, renew: bool) -> Result<Found, Error> {
        if renew {
            self.invalidate();
        }
        if let Some(discovered) = self.read_all() {
            return Ok(Found { discovered: discovered.into(), is_new: false });
        }
        let found = self.shared.memory.younger_than(self.shared.ttl, stop)?;
        if found.is_new {
            self.write_all(&found.discovered);
        }
        Ok(found)
    }
}

impl CachedDiscovery for DiskCache {
    fn fresh(&self) -> bool {
        sync::lock(&self.shared.state).fresh
    }

    fn invalidate(&self) {
        self.shared.memory.invalidate();
        let mut state = sync::lock(&self.shared.state);
        *state = State { ours: BTreeSet::new(), is_invalidated: true, fresh: true };
    }

    fn client(&self) -> &DiscoveryClient {
        &self.client
    }

    fn with_stop(&self, stop: &Stop) -> Self {
        Self { client: self.client.with_stop(stop), ..self.clone() }
    }
}

impl fmt::Debug for DiskCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskCache")
            .field("folder", &self.shared.folder)
            .field("fresh", &self.fresh())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
