//! [`RestMapper`]: from the names that people type, and from kinds, to resources. When to ask the server
//! is decided here; what a name means, in `lookup`.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cached::CachedDiscovery;
use super::client::DiscoveryClient;
use super::found::{Discovered, DiscoveredResource, DiscoveredSubresource};
use super::lookup::{self, Name};
use super::memory::Revalidated;
use super::missing::{Missing, shortened};
use super::snapshot::{Renewed, Snapshots};
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::gvk::GroupVersionKind;
use crate::rest::RestClient;
use crate::stop::Stop;

/// How long after a refresh a name that is not known leads to no other one: a program that is asked for
/// names that are not there, again and again, must not ask the server each time.
const REFRESH_INTERVAL: Duration = Duration::from_secs(10);

/// Finds resources by the names that people type: `po`, `pods`, `Pod`, `deploy.v1.apps`.
///
/// It asks the server when the first name is asked for, keeps what it learned, and asks once more when a
/// name is not known, since a definition may have been installed meanwhile; after that not for another
/// 10 seconds ([`RestMapper::with_refresh_interval`]), or until [`RestMapper::reset`].
///
/// ```
/// use kubeclient::discovery::RestMapper;
/// use kubeclient::{Api, DynamicObject, ListParams, RestClient};
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let mapper = RestMapper::new(&client);
/// let deployments: Api<DynamicObject> = Api::dynamic(&client, &mapper.resource("deploy.v1.apps")?);
/// for deployment in deployments.list_all(&ListParams::default()) {
///     println!("{}", deployment?.metadata.name);
/// }
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Names
/// A name is a plural, singular or short name or a kind, alone or followed by `.group` or
/// `.version.group`; the core group is empty, as in `pods.v1.`. Case does not count. A plural or singular
/// name goes before a short name, and that before a kind. Without a group, the core group goes before the
/// others, and these in the server's order; without a version, the one that the server prefers goes first.
/// A group may be abbreviated where no version is named: `sc.storage`.
///
/// # Blocking
/// The first call, and calls for names that are not known, wait for the server, as
/// [`DiscoveryClient::server_groups_and_resources`] does; within 50 ms once their [`Stop`] is stopped.
///
/// # Threads
/// A clone costs some reference counts and shares what was learned. When many threads miss a name at
/// once, one of them asks the server.
#[derive(Clone)]
pub struct RestMapper {
    snapshots: Arc<Snapshots>,
    refresh_interval: Duration,
    stop: Stop,
}

impl RestMapper {
    /// A mapper for what this client's server has. Nothing is sent yet.
    pub fn new(client: &RestClient) -> Self {
        Self::of(DiscoveryClient::new(client))
    }

    /// A mapper for what this discovery client finds. Nothing is sent yet.
    pub fn of(discovery: DiscoveryClient) -> Self {
        let source = Revalidated::of(&discovery);
        Self::from_parts(Snapshots::new(source, Instant::now), discovery.stop().clone())
    }

    /// A mapper for what this cache knows. Nothing is sent yet.
    ///
    /// A name that is not known makes the cache ask the server anew, unless it did so for this very call,
    /// and lets nothing count that it knew before.
    pub fn deferred(cache: &impl CachedDiscovery) -> Self {
        let stop = cache.client().stop().clone();
        Self::from_parts(Snapshots::new(cache.clone(), Instant::now), stop)
    }

    fn from_parts(snapshots: Arc<Snapshots>, stop: Stop) -> Self {
        Self { snapshots, refresh_interval: REFRESH_INTERVAL, stop }
    }

    /// The same mapper, which lets so much time pass between two refreshes.
    #[must_use]
    pub fn with_refresh_interval(self, interval: Duration) -> Self {
        Self { refresh_interval: interval, ..self }
    }

    /// The same mapper, whose calls this token ends.
    #[must_use]
    pub fn with_stop(&self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self.clone() }
    }

    /// The resource that a name means.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the server has no such resource, also after a refresh; or the
    /// text is no name. Where the resource may stand in a group that could not be found out, the error is
    /// of that failure's kind, and the failure its source. Else as
    /// [`DiscoveryClient::server_groups_and_resources`].
    pub fn resource(&self, name: &str) -> Result<ApiResource, Error> {
        let asked = format!("resource {:?}", shortened(name));
        let name = Name::parse(name).ok_or_else(|| {
            Error::invalid(format!(
                "{asked}: expected `name`, `name.group` or `name.version.group`"
            ))
        })?;
        let find = |discovered: &Discovered| found(lookup::resource(discovered, &name));
        self.resolve(find, |discovered, when| {
            Missing::name(asked, &name, discovered).into_error(when)
        })
    }

    /// The resource of a kind. Where the version is empty, the one that the server prefers.
    ///
    /// # Errors
    /// As [`RestMapper::resource`].
    pub fn kind(&self, kind: &GroupVersionKind) -> Result<ApiResource, Error> {
        let find = |discovered: &Discovered| found(lookup::kind(discovered, kind));
        self.resolve(find, |discovered, when| Missing::kind(kind, discovered).into_error(when))
    }

    /// The resource of a kind, in the version that the server prefers.
    ///
    /// # Errors
    /// As [`RestMapper::resource`].
    pub fn group_kind(&self, group: &str, kind: &str) -> Result<ApiResource, Error> {
        self.kind(&GroupVersionKind::new(group, "", kind))
    }

    /// What stands below the objects of a resource, such as `scale`.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the resource has no such subresource, also after a refresh. Else
    /// as [`RestMapper::resource`].
    pub fn subresource(
        &self,
        resource: &ApiResource,
        name: &str,
    ) -> Result<DiscoveredSubresource, Error> {
        let find = |discovered: &Discovered| {
            let found = discovered.by_resource(&resource.group_version_resource())?;
            found.subresource(name).cloned()
        };
        self.resolve(find, |_, when| {
            let of = resource.group_version_resource();
            Error::invalid(format!("resource \"{of}\": it has no subresource {name:?} ({when})"))
        })
    }

    /// The resources that a name or a category means, such as `all`: those of the category in the versions
    /// that the server prefers, else the one of the name.
    ///
    /// # Errors
    /// As [`RestMapper::resource`].
    pub fn resources(&self, name: &str) -> Result<Vec<ApiResource>, Error> {
        let discovered = self.discovered()?;
        let of_category: Vec<ApiResource> =
            discovered.category(name).map(|found| found.resource.clone()).collect();
        if of_category.is_empty() {
            return self.resource(name).map(|resource| vec![resource]);
        }
        Ok(of_category)
    }

    /// All that the mapper knows; asked for now, if nothing is known yet.
    ///
    /// # Errors
    /// As [`DiscoveryClient::server_groups_and_resources`].
    pub fn discovered(&self) -> Result<Arc<Discovered>, Error> {
        let (snapshot, _) = self.snapshots.get(&self.stop)?;
        Ok(snapshot.discovered)
    }

    /// Forgets all that the mapper knows, as after installing a definition: the next call asks anew.
    pub fn reset(&self) {
        self.snapshots.reset();
    }

    /// Finds in what is known, and on a miss in what is known after a refresh.
    fn resolve<R>(
        &self,
        find: impl Fn(&Discovered) -> Option<R>,
        miss: impl FnOnce(&Discovered, &str) -> Error,
    ) -> Result<R, Error> {
        let (snapshot, is_new) = self.snapshots.get(&self.stop)?;
        if let Some(found) = find(&snapshot.discovered) {
            return Ok(found);
        }
        if is_new {
            return Err(miss(&snapshot.discovered, "discovery was asked just now"));
        }
        match self.snapshots.renew(&snapshot, self.refresh_interval, &self.stop)? {
            Renewed::Newer(newer) => find(&newer.discovered)
                .ok_or_else(|| miss(&newer.discovered, "discovery was refreshed just now")),
            Renewed::TooSoon(since, failed) => {
                let how = if failed.is_some() { "could not be refreshed" } else { "was refreshed" };
                let interval = self.refresh_interval;
                let when = format!(
                    "discovery {how} {since:.1?} ago, and is not refreshed again before {interval:?} have passed"
                );
                let error = miss(&snapshot.discovered, &when);
                Err(match failed {
                    Some(failed) => Error::new(failed.kind(), error.to_string()).because(failed),
                    None => error,
                })
            }
        }
    }
}

impl fmt::Debug for RestMapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestMapper")
            .field("refresh_interval", &self.refresh_interval)
            .finish_non_exhaustive()
    }
}

fn found(found: Option<&DiscoveredResource>) -> Option<ApiResource> {
    found.map(|found| found.resource.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::found::{DiscoveredGroup, DiscoveredVersion, DiscoveryFailure};
    use crate::discovery::snapshot::{Found, Source};
    use crate::error::ErrorKind;
    use crate::meta::gvk::GroupVersion;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    /// A server of one group, whose resources the test changes; a clock that the test sets.
    #[derive(Clone, Default)]
    struct Server(Arc<Inner>);

    #[derive(Default)]
    struct Inner {
        asked: AtomicUsize,
        seconds: AtomicU64,
        plurals: Mutex<Vec<String>>,
        failed: Mutex<Vec<&'static str>>,
        broken: Mutex<bool>,
    }

    impl Source for Server {
        fn discover(&self, _stop: &Stop, _renew: bool) -> Result<Found, Error> {
            self.0.asked.fetch_add(1, Ordering::SeqCst);
            if *self.0.broken.lock().unwrap() {
                return Err(Error::new(ErrorKind::Connect, "no connection"));
            }
            let group = "stable.example.com";
            let resource = |plural: &String| DiscoveredResource {
                resource: ApiResource::namespaced(group, "v1", plural.to_uppercase(), plural),
                singular: String::new(),
                short_names: Vec::new(),
                categories: Vec::new(),
                verbs: Vec::new(),
                subresources: Vec::new(),
            };
            let version = DiscoveredVersion {
                version: "v1".into(),
                resources: self.0.plurals.lock().unwrap().iter().map(resource).collect(),
                orphans: Vec::new(),
            };
            let failed = |group: &&str| DiscoveryFailure {
                group_version: GroupVersion::new(*group, "v1"),
                error: Error::new(ErrorKind::Timeout, "no answer in time").into(),
            };
            let discovered = Discovered {
                groups: vec![DiscoveredGroup {
                    name: group.into(),
                    versions: vec![version],
                    preferred_version: "v1".into(),
                }],
                failures: self.0.failed.lock().unwrap().iter().map(failed).collect(),
            };
            Ok(Found { discovered: discovered.into(), is_new: true })
        }
    }

    impl Server {
        fn mapper(&self) -> RestMapper {
            let (clock, begin) = (self.clone(), Instant::now());
            let now = move || begin + Duration::from_secs(clock.0.seconds.load(Ordering::SeqCst));
            RestMapper::from_parts(Snapshots::new(self.clone(), now), Stop::new())
        }

        fn install(&self, plural: &str) {
            self.0.plurals.lock().unwrap().push(plural.into());
        }

        fn wait(&self, seconds: u64) {
            self.0.seconds.fetch_add(seconds, Ordering::SeqCst);
        }

        #[track_caller]
        fn was_asked(&self, times: usize) {
            assert_eq!(self.0.asked.load(Ordering::SeqCst), times);
        }
    }

    /// Fidelity 80.
    #[test]
    fn what_was_installed_later_is_found_with_one_refresh() {
        let server = Server::default();
        server.install("foos");
        let mapper = server.mapper();
        server.was_asked(0);
        mapper.resource("foos").unwrap();
        mapper.resource("FOOS.v1.stable.example.com").unwrap();
        server.was_asked(1);
        server.install("bars");
        assert_eq!(mapper.resource("bars").unwrap().plural, "bars");
        server.was_asked(2);
        mapper.kind(&GroupVersionKind::new("stable.example.com", "v1", "BARS")).unwrap();
        assert_eq!(mapper.group_kind("stable.example.com", "Bars").unwrap().version, "v1");
        server.was_asked(2);
    }

    /// Fidelity 80.
    #[test]
    fn misses_do_not_flood_the_server() {
        let server = Server::default();
        server.install("foos");
        let mapper = server.mapper();
        mapper.resource("foos").unwrap();
        for _ in 0..100 {
            let error = mapper.resource("fooz").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
        server.was_asked(2);
        server.wait(9);
        mapper.resource("fooz").unwrap_err();
        server.was_asked(2);
        server.wait(1);
        mapper.resource("fooz").unwrap_err();
        server.was_asked(3);
        let eager = mapper.with_refresh_interval(Duration::ZERO);
        eager.resource("fooz").unwrap_err();
        server.was_asked(4);
    }

    #[test]
    fn a_miss_of_the_first_name_needs_no_refresh() {
        let server = Server::default();
        let error = server.mapper().resource("nopes").unwrap_err();
        assert_eq!(
            error.to_string(),
            "resource \"nopes\": the server has no such resource (discovery was asked just now)"
        );
        server.was_asked(1);
    }

    #[test]
    fn a_miss_names_what_was_asked_for_what_is_near_and_when_discovery_was_refreshed() {
        let server = Server::default();
        server.install("foos");
        let mapper = server.mapper();
        mapper.resource("foos").unwrap();
        assert_eq!(
            mapper.resource("fooz").unwrap_err().to_string(),
            "resource \"fooz\": the server has no such resource; did you mean foos.stable.example.com? \
             (discovery was refreshed just now)"
        );
        server.wait(3);
        let error = mapper.kind(&GroupVersionKind::new("a", "v1", "B")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "kind \"a/v1, Kind=B\": the server has no such resource (discovery was refreshed 3.0s ago, \
             and is not refreshed again before 10s have passed)"
        );
    }

    #[test]
    fn a_reset_forgets_and_lets_the_next_call_ask() {
        let server = Server::default();
        let mapper = server.mapper();
        mapper.resource("foos").unwrap_err();
        mapper.resource("foos").unwrap_err();
        server.was_asked(2);
        server.install("foos");
        mapper.reset();
        mapper.resource("foos").unwrap();
        server.was_asked(3);
    }

    /// Fidelity 77.
    #[test]
    fn a_miss_in_a_group_that_could_not_be_found_out_says_so_with_its_cause() {
        let server = Server::default();
        server.0.failed.lock().unwrap().extend(["metrics.k8s.io", "apps"]);
        let mapper = server.mapper();
        for name in ["nodes.metrics.k8s.io", "nodes.v1.metrics.k8s.io", "nodes.metrics"] {
            let error = mapper.resource(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{name}");
            assert!(error.to_string().contains("and metrics.k8s.io/v1 could not be found out"));
            assert!(format!("{error:?}").ends_with(": no answer in time"));
        }
        let kind = GroupVersionKind::new("apps", "v1", "Deployment");
        assert_eq!(mapper.kind(&kind).unwrap_err().kind(), ErrorKind::Timeout);
        // An open name may stand in any of them.
        let error = mapper.resource("nopes").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("metrics.k8s.io/v1, apps/v1 could not be found out"));
        let error = mapper.resource("nopes.stable.example.com").unwrap_err();
        assert!(error.to_string().contains("the server has no such resource"), "{error}");
    }

    #[test]
    fn while_core_is_unknown_an_open_name_is_not_taken_for_another_groups() {
        let server = Server::default();
        server.install("pods");
        server.0.failed.lock().unwrap().push("");
        let error = server.mapper().resource("pods").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("and v1 could not be found out"), "{error}");
    }

    #[test]
    fn a_refresh_that_fails_is_told_as_it_is_and_what_is_known_stays() {
        let server = Server::default();
        server.install("foos");
        let mapper = server.mapper();
        mapper.resource("foos").unwrap();
        *server.0.broken.lock().unwrap() = true;
        assert_eq!(mapper.resource("nopes").unwrap_err().kind(), ErrorKind::Connect);
        mapper.resource("foos").unwrap();
        let error = mapper.resource("nopes").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(
            error.to_string().contains("discovery could not be refreshed 0.0ns ago"),
            "{error}"
        );
        assert!(format!("{error:?}").ends_with(": no connection"), "{error:?}");
        server.was_asked(2);
    }

    #[test]
    fn a_text_that_is_no_name_is_refused_without_asking() {
        let server = Server::default();
        let mapper = server.mapper();
        for text in ["", "pods/log", "apps/v1/deployments", ".", ".v1.apps"] {
            assert_eq!(mapper.resource(text).unwrap_err().kind(), ErrorKind::Invalid, "{text:?}");
        }
        server.was_asked(0);
        let long = mapper.resource(&"x".repeat(1_000_000)).unwrap_err();
        assert!(long.to_string().len() < 300);
    }
}
