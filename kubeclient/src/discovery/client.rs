//! [`DiscoveryClient`]: asks the server what it has. Which of the two forms answers is decided here;
//! `aggregated` and `legacy` read them.

use super::aggregated::{self, ACCEPT, is_aggregated};
use super::found::{ApiGroup, Discovered, DiscoveredGroup, DiscoveredVersion, DiscoveryFailure};
use super::legacy;
use super::version::VersionInfo;
use crate::error::{Error, ErrorKind};
use crate::meta::gvk::GroupVersion;
use crate::rest::request::Class;
use crate::rest::{Request, ResourcePath, Response, RestClient};
use crate::stop::Stop;

/// Asks a server what it has: its version, and its groups, versions and resources.
///
/// Every call asks anew. For resources by the names that people type, and without asking each time,
/// there is [`RestMapper`](super::RestMapper).
///
/// ```
/// use kubeclient::RestClient;
/// use kubeclient::discovery::DiscoveryClient;
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let discovery = DiscoveryClient::new(&client);
/// println!("a server of {}", discovery.server_version()?);
/// let discovered = discovery.server_groups_and_resources()?;
/// let mut listable = discovered.resources().filter(|found| found.supports("list"));
/// assert!(listable.any(|found| found.resource.plural == "deployments"));
/// for failure in &discovered.failures {
///     println!("{} could not be found out: {}", failure.group_version, failure.error);
/// }
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Blocking
/// Every request returns within the client's [`Timeouts`](crate::config::Timeouts) for lists, and
/// within 50 ms once the client's [`Stop`] is stopped.
///
/// # Threads
/// A clone costs two reference counts and shares the client's connections.
#[derive(Clone, Debug)]
pub struct DiscoveryClient {
    client: RestClient,
    legacy: bool,
}

impl DiscoveryClient {
    /// A discovery client that sends its requests through this client.
    pub fn new(client: &RestClient) -> Self {
        Self { client: client.clone(), legacy: false }
    }

    /// The same client, which asks for the legacy form only: many requests instead of two.
    #[must_use]
    pub fn with_legacy(self) -> Self {
        Self { legacy: true, ..self }
    }

    /// The same client, whose calls this token ends.
    #[must_use]
    pub fn with_stop(&self, stop: &Stop) -> Self {
        Self { client: self.client.with_stop(stop), legacy: self.legacy }
    }

    /// The token that ends the client's calls.
    pub(super) fn stop(&self) -> &Stop {
        self.client.stop()
    }

    /// The version of the server.
    ///
    /// # Errors
    /// As [`RestClient::send`]; [`Decode`](ErrorKind::Decode): the answer is no version.
    pub fn server_version(&self) -> Result<VersionInfo, Error> {
        self.get("/version", "application/json")?.json()
    }

    /// The groups of the server and their versions, also of groups that nobody serves at the moment.
    ///
    /// # Errors
    /// As [`RestClient::send`]; [`Decode`](ErrorKind::Decode): the answer is something else.
    pub fn server_groups(&self) -> Result<Vec<ApiGroup>, Error> {
        let core = self.core("application/json")?.map(|answer| answer.json()).transpose()?;
        let others: legacy::GroupList = self.get("/apis", "application/json")?.json()?;
        let mut groups: Vec<ApiGroup> =
            core.and_then(legacy::Versions::into_group).into_iter().collect();
        groups.extend(others.into_groups());
        Ok(groups)
    }

    /// Everything that the server has: two requests on servers from Kubernetes 1.26 on; on others one
    /// more for each version of each group.
    ///
    /// Versions that could not be found out are in [`Discovered::failures`], not an error.
    ///
    /// # Errors
    /// As [`RestClient::send`], for the first two requests, and where the server can't be reached at all;
    /// [`Decode`](ErrorKind::Decode): an answer is something else.
    pub fn server_groups_and_resources(&self) -> Result<Discovered, Error> {
        let accept = if self.legacy { "application/json" } else { ACCEPT };
        let core = match self.core(accept)? {
            Some(answer) => read_core(&answer)?,
            None => Document::Absent,
        };
        let others = read_others(&self.get("/apis", accept)?)?;
        match (core, others) {
            // Both or neither: one alone would hide half of the server.
            (core @ (Document::Absent | Document::Aggregated(_)), Document::Aggregated(others)) => {
                let mut discovered = Discovered::default();
                if let Document::Aggregated(core) = core {
                    core.add_to(&mut discovered);
                }
                others.add_to(&mut discovered);
                Ok(discovered)
            }
            (core, others) => {
                let mut groups = core.into_groups();
                groups.extend(others.into_groups());
                self.resources_of(groups)
            }
        }
    }

    /// As [`DiscoveryClient::server_groups_and_resources`], each resource in one version only: the one
    /// that the server prefers where it is served there.
    ///
    /// # Errors
    /// As [`DiscoveryClient::server_groups_and_resources`].
    pub fn server_preferred_resources(&self) -> Result<Discovered, Error> {
        self.server_groups_and_resources().map(Discovered::into_preferred)
    }

    /// What one version of one group has.
    ///
    /// # Errors
    /// As [`RestClient::send`]; [`Decode`](ErrorKind::Decode): the answer is something else.
    pub fn server_resources_for_group_version(
        &self,
        group_version: &GroupVersion,
    ) -> Result<DiscoveredVersion, Error> {
        // A group and a version are checked as parts of a resource's path.
        let resource =
            ResourcePath::new(&group_version.group, &group_version.version, "-").build()?;
        let path = resource.trim_end_matches("/-");
        let list: legacy::ResourceList = self.get(path, "application/json")?.json()?;
        Ok(list.into_found(group_version))
    }

    /// What `/api` answers; servers that only extend others don't have it.
    fn core(&self, accept: &str) -> Result<Option<Response>, Error> {
        match self.get("/api", accept) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn get(&self, path: &str, accept: &str) -> Result<Response, Error> {
        self.client.send(&Request::get(path).accept(accept).class(Class::List))
    }

    /// Asks for each version of each group, one after the other.
    fn resources_of(&self, groups: Vec<ApiGroup>) -> Result<Discovered, Error> {
        let mut discovered = Discovered::default();
        for ApiGroup { name, versions, preferred_version } in groups {
            let mut group = DiscoveredGroup { name, preferred_version, versions: Vec::new() };
            for version in versions {
                let group_version = GroupVersion::new(&group.name, version);
                match self.server_resources_for_group_version(&group_version) {
                    Ok(version) => group.versions.push(version),
                    Err(error) if ends_all(&error) => return Err(error),
                    Err(error) => {
                        let error = error.into();
                        discovered.failures.push(DiscoveryFailure { group_version, error });
                    }
                }
            }
            if group.preferred().is_none() {
                let first = group.versions.first().map(|version| version.version.clone());
                group.preferred_version = first.unwrap_or_default();
            }
            discovered.groups.push(group);
        }
        Ok(discovered)
    }
}

/// Whether what went wrong is not this version's own trouble: the next request would fail alike.
fn ends_all(error: &Error) -> bool {
    use ErrorKind::{Auth, Config, Connect, Stopped, Tls};
    matches!(error.kind(), Auth | Config | Connect | Stopped | Tls)
}

/// A discovery document, in the form that its `Content-Type` tells.
enum Document {
    Absent,
    Aggregated(aggregated::GroupList),
    Legacy(Vec<ApiGroup>),
}

fn read_core(answer: &Response) -> Result<Document, Error> {
    if says_aggregated(answer) {
        return answer.json().map(Document::Aggregated);
    }
    let versions: legacy::Versions = answer.json()?;
    Ok(Document::Legacy(versions.into_group().into_iter().collect()))
}

fn read_others(answer: &Response) -> Result<Document, Error> {
    if says_aggregated(answer) {
        return answer.json().map(Document::Aggregated);
    }
    let groups: legacy::GroupList = answer.json()?;
    Ok(Document::Legacy(groups.into_groups()))
}

fn says_aggregated(answer: &Response) -> bool {
    answer.header("content-type").is_some_and(is_aggregated)
}

impl Document {
    fn into_groups(self) -> Vec<ApiGroup> {
        match self {
            Self::Absent => Vec::new(),
            Self::Aggregated(groups) => groups.into_groups(),
            Self::Legacy(groups) => groups,
        }
    }
}
