//! [`DiscoveryClient`]: asks the server what it has. Which of the two forms is asked for is decided here;
//! `part` reads what answers.

use std::sync::Arc;

use super::aggregated::{ACCEPT, NO_PEERS};
use super::disk::Responses;
use super::found::{ApiGroup, Discovered, DiscoveredGroup, DiscoveredVersion, DiscoveryFailure};
use super::legacy;
use super::part::{Known, Part, Tagged};
use super::version::VersionInfo;
use crate::error::{Error, ErrorKind};
use crate::meta::gvk::GroupVersion;
use crate::rest::request::{Class, JSON};
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
    form: Form,
    /// Answers that are kept on disk.
    responses: Option<Arc<Responses>>,
}

/// What kubectl tells the server of how long a request of discovery may take: the URL names the file of an
/// answer, so ours must be the same. How long it may take here is the client's matter.
const KEPT_TIMEOUT: &str = "32s";

/// Which form is asked for.
#[derive(Clone, Copy, Debug, Default)]
enum Form {
    /// The aggregated one; the legacy one where the server has no other.
    #[default]
    Aggregated,
    /// The same, of the one API server that answers.
    NoPeers,
    Legacy,
}

impl DiscoveryClient {
    /// A discovery client that sends its requests through this client.
    pub fn new(client: &RestClient) -> Self {
        Self { client: client.clone(), form: Form::default(), responses: None }
    }

    /// The same client, which asks for the legacy form only: many requests instead of two.
    #[must_use]
    pub fn with_legacy(self) -> Self {
        Self { form: Form::Legacy, ..self }
    }

    /// The same client, which asks for what the very API server serves that answers: where several stand
    /// side by side and one is being upgraded, they tell of what their peers serve, too, from Kubernetes
    /// 1.35 on.
    #[must_use]
    pub fn without_peers(self) -> Self {
        Self { form: Form::NoPeers, ..self }
    }

    /// The same client, whose calls this token ends.
    #[must_use]
    pub fn with_stop(&self, stop: &Stop) -> Self {
        Self { client: self.client.with_stop(stop), ..self.clone() }
    }

    /// The same client, which keeps answers, and asks for newer ones by their tags.
    pub(super) fn with_responses(self, responses: Responses) -> Self {
        Self { responses: Some(responses.into()), ..self }
    }

    /// What the server's own URL puts before every path.
    pub(super) fn prefix(&self) -> String {
        let server = &self.client.config().server;
        let rest = server.split_once("://").map_or(server.as_str(), |(_, rest)| rest);
        let path = rest.find('/').map_or("", |at| &rest[at..]);
        path.trim_end_matches('/').to_owned()
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
        self.get("/version")?.json()
    }

    /// The groups of the server and their versions, also of groups that nobody serves at the moment.
    ///
    /// # Errors
    /// As [`RestClient::send`]; [`Decode`](ErrorKind::Decode): the answer is something else.
    pub fn server_groups(&self) -> Result<Vec<ApiGroup>, Error> {
        let core: Option<legacy::Versions> = match self.get("/api") {
            Ok(answer) => Some(answer.json()?),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let others: legacy::GroupList = self.get("/apis")?.json()?;
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
        self.discover(&Known::default()).map(|known| Arc::unwrap_or_clone(known.whole))
    }

    /// As [`DiscoveryClient::server_groups_and_resources`], each resource in one version only: the one
    /// that the server prefers where it is served there.
    ///
    /// # Errors
    /// As [`DiscoveryClient::server_groups_and_resources`].
    pub fn server_preferred_resources(&self) -> Result<Discovered, Error> {
        self.server_groups_and_resources().map(Discovered::into_preferred)
    }

    /// As [`DiscoveryClient::server_preferred_resources`], without the resources of the cluster.
    ///
    /// # Errors
    /// As [`DiscoveryClient::server_groups_and_resources`].
    pub fn server_preferred_namespaced_resources(&self) -> Result<Discovered, Error> {
        let preferred = self.server_preferred_resources()?;
        Ok(preferred.filtered(|found| found.resource.namespaced))
    }

    /// Whether the server has a version of a group.
    ///
    /// # Errors
    /// As [`DiscoveryClient::server_groups`].
    pub fn supports_version(&self, group_version: &GroupVersion) -> Result<bool, Error> {
        let groups = self.server_groups()?;
        Ok(groups.iter().any(|group| group.supports_version(group_version)))
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
        let list: legacy::ResourceList = self.get(path)?.json()?;
        Ok(list.into_found(group_version))
    }

    /// Everything that the server has, asked for by the tags of what is known; and what is known then.
    pub(super) fn discover(&self, known: &Known) -> Result<Known, Error> {
        let core = match self.part("/api", known.core.as_ref(), Part::read_core) {
            Ok(part) => Some(part),
            // Servers that only extend others don't have it.
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let others = self.part("/apis", known.others.as_ref(), Part::read_others)?;
        match (core, others) {
            // Both or neither: one alone would hide half of the server.
            (None, Part::Aggregated(others)) => Ok(known.next(None, others)),
            (Some(Part::Aggregated(core)), Part::Aggregated(others)) => {
                Ok(known.next(Some(core), others))
            }
            (core, others) => {
                let mut groups = core.map(Part::into_groups).unwrap_or_default();
                groups.extend(others.into_groups());
                Ok(Known { whole: self.resources_of(groups)?.into(), ..Known::default() })
            }
        }
    }

    /// What a document tells: what is known of it, where the server says so.
    fn part(
        &self,
        path: &str,
        known: Option<&Arc<Tagged>>,
        read: fn(&Response) -> Result<Part, Error>,
    ) -> Result<Part, Error> {
        let accept = match self.form {
            Form::Aggregated => ACCEPT.to_owned(),
            Form::NoPeers => format!("{NO_PEERS},{ACCEPT}"),
            Form::Legacy => JSON.to_owned(),
        };
        let mut request = Request::get(path).accept(accept);
        // Kept answers have tags of their own.
        let known = known.filter(|_| self.responses.is_none());
        if let Some(tag) = known.and_then(|known| known.tag.as_ref()) {
            request = request.header("If-None-Match", tag);
        }
        let answer = self.ask(request)?;
        match known {
            Some(known) if answer.code() == 304 => Ok(Part::Aggregated(Arc::clone(known))),
            _ => read(&answer),
        }
    }

    /// Sends a request whose answer may be kept.
    pub(super) fn ask(&self, request: Request) -> Result<Response, Error> {
        let request = request.class(Class::List);
        match &self.responses {
            Some(responses) => {
                responses.send(&self.client, &request.query("timeout", KEPT_TIMEOUT))
            }
            None => self.client.send(&request),
        }
    }

    fn get(&self, path: &str) -> Result<Response, Error> {
        self.client.send(&Request::get(path).class(Class::List))
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
