//! [`Applier`]: how a set of objects is applied, compared, deleted and waited for. What each of these does
//! stands in a file of its own.

use std::time::Duration;

use crate::api::{Api, FieldValidation, PatchParams, PropagationPolicy};
use crate::clock::Clock;
use crate::discovery::RestMapper;
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::rest::RestClient;
use crate::stop::Stop;

/// The label by which a set that prunes knows its objects; its value is the set's name.
///
/// A label of this project's own, not `applyset.kubernetes.io/part-of`: that one belongs to KEP-3659, under
/// which each set has a parent object that lists the kinds and namespaces of its members. Here no object
/// has to be kept beside the set, since all kinds of the server are searched for the label.
pub const SET_LABEL: &str = "kubeclient/set";

/// Applies sets of objects with server-side apply, in the order in which they need each other.
///
/// Namespaces go first, then definitions, until they are established, then what workloads read, workloads,
/// custom resources, and last what may stop others from being written: webhooks, policies, API services.
/// Within a stage the order is the set's. Each object's outcome is told as it happens; one that fails does
/// not end the others.
///
/// ```
/// use kubeclient::manifests::Change;
/// use kubeclient::{Applier, Manifests, RestClient};
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let set = Manifests::from_text(
///     "
/// apiVersion: v1
/// kind: ConfigMap
/// metadata: {name: settings, namespace: shop}
/// data: {colour: red}
/// ---
/// apiVersion: v1
/// kind: Namespace
/// metadata: {name: shop}
/// ",
/// )?;
/// let applier = Applier::new(&client, "shop-tool");
/// let mut told = Vec::new();
/// let summary = applier.apply(&set, |outcome| told.push(outcome.to_string()))?.into_result()?;
/// assert_eq!(told, ["namespace/shop created", "configmap/settings created"]);
/// assert_eq!(summary.count(Change::Created), 2);
/// assert_eq!(applier.apply(&set, |_| {})?.count(Change::Unchanged), 2);
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Blocking
/// Each object costs two requests, one after the other on one connection; each is bounded as in
/// [`Api`], and all end within 50 ms once the [`Stop`] is stopped.
///
/// # Threads
/// A clone shares the client's connections and what is known of the server's kinds.
#[derive(Clone, Debug)]
pub struct Applier {
    pub(super) client: RestClient,
    pub(super) mapper: RestMapper,
    pub(super) clock: Clock,
    pub(super) options: Options,
}

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) manager: String,
    pub(super) force: bool,
    pub(super) dry_run: bool,
    pub(super) validation: FieldValidation,
    pub(super) namespace: String,
    pub(super) set: Option<String>,
    pub(super) prunes: bool,
    pub(super) prune_namespaces: Vec<String>,
    pub(super) ends_at_failure: bool,
    pub(super) ignores_missing: bool,
    pub(super) propagation: PropagationPolicy,
    pub(super) establish: Duration,
}

impl Applier {
    /// Applies as this field manager, into the client's namespace where objects name none.
    pub fn new(client: &RestClient, manager: impl Into<String>) -> Self {
        Self::with_mapper(client, manager, RestMapper::new(client))
    }

    /// The same, which finds kinds by this mapper: one that is shared, or that asks a
    /// [`DiskCache`](crate::discovery::DiskCache). The mapper must be of the same server.
    ///
    /// ```
    /// use kubeclient::discovery::{DiskCache, RestMapper};
    /// use kubeclient::{Applier, Manifests, RestClient};
    ///
    /// # let server = kubeclient_fake::FakeServer::start().unwrap();
    /// # let folder = tempfile::tempdir().unwrap();
    /// let client = RestClient::new(kubeclient::Config::new(server.url()))?;
    /// // Most programs say `DiskCache::new(&client)`.
    /// let mapper = RestMapper::deferred(&DiskCache::at(&client, folder.path()));
    /// let applier = Applier::with_mapper(&client, "shop-tool", mapper.clone());
    /// let set = Manifests::from_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
    /// applier.apply(&set, |_| {})?.into_result()?;
    /// server.requests().clear();
    /// assert_eq!(mapper.resource("cm")?.plural, "configmaps");
    /// assert_eq!(server.requests().count(), 0);
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    pub fn with_mapper(
        client: &RestClient,
        manager: impl Into<String>,
        mapper: RestMapper,
    ) -> Self {
        let options = Options {
            manager: manager.into(),
            force: false,
            dry_run: false,
            validation: FieldValidation::Strict,
            namespace: client.config().namespace.clone(),
            set: None,
            prunes: false,
            prune_namespaces: Vec::new(),
            ends_at_failure: false,
            ignores_missing: false,
            propagation: PropagationPolicy::Background,
            establish: Duration::from_secs(60),
        };
        Self { client: client.clone(), mapper, clock: Clock::real(), options }
    }

    /// Takes fields from other managers, where they want another value; without it such an object fails
    /// with a [conflict](Error::is_conflict) that names the fields and managers.
    #[must_use]
    pub fn force(mut self) -> Self {
        self.options.force = true;
        self
    }

    /// Only tries: the server decides and stores nothing.
    ///
    /// An object that needs a namespace or a definition of the same set that is not there yet can't be
    /// decided by the server: it is told as created, and [`unchecked`](super::Outcome::unchecked).
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.options.dry_run = true;
        self
    }

    /// What the server does with fields that it does not know; [`FieldValidation::Strict`] by default, as
    /// with kubectl.
    #[must_use]
    pub fn field_validation(mut self, validation: FieldValidation) -> Self {
        self.options.validation = validation;
        self
    }

    /// The namespace of namespaced objects that name none.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.options.namespace = namespace.into();
        self
    }

    /// Labels the objects as those of a set, by [`SET_LABEL`], so that a later [`Applier::prune`] finds
    /// them.
    ///
    /// The name must be one of a kind in the cluster: two sets of one name and manager prune each other's
    /// objects.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>) -> Self {
        self.options.set = Some(name.into());
        self
    }

    /// After all objects were applied without a failure, deletes those that carry the label of this set and
    /// are in it no more.
    ///
    /// Looked for among all kinds that the server can list, and in the namespaces of the set, the one for
    /// objects that name none, and those of [`Applier::prune_namespace`]; cluster-scoped objects, Namespaces
    /// among them, everywhere, so the set's name must be one of a kind in the cluster. Deleted is only what
    /// this manager labelled by an apply: controllers copy labels to objects of their own, and under another
    /// manager's name nothing is found. In a dry run, what would be deleted is told. Kinds that the
    /// set does not have, and that can't be listed at the moment or
    /// by this user, are passed over with a warning in the log.
    ///
    /// A namespace is an object like any other: left out of the set, it goes with all that is in it.
    ///
    /// ```
    /// use kubeclient::manifests::Change;
    /// use kubeclient::{Applier, Manifests, RestClient};
    ///
    /// # let server = kubeclient_fake::FakeServer::start().unwrap();
    /// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
    /// let map = |name: &str| {
    ///     Manifests::from_text(&format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}"))
    /// };
    /// let applier = Applier::new(&client, "shop-tool").prune("shop");
    /// applier.apply(&map("old")?, |_| {})?.into_result()?;
    /// let summary = applier.apply(&map("new")?, |_| {})?.into_result()?;
    /// assert_eq!((summary.count(Change::Created), summary.count(Change::Pruned)), (1, 1));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    #[must_use]
    pub fn prune(mut self, set: impl Into<String>) -> Self {
        self.options.prunes = true;
        self.set(set)
    }

    /// One more namespace in which objects of the set that are no longer in it are looked for.
    #[must_use]
    pub fn prune_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.options.prune_namespaces.push(namespace.into());
        self
    }

    /// Leaves the objects behind one that fails; they are counted as
    /// [skipped](super::Summary::skipped).
    #[must_use]
    pub fn end_at_failure(mut self) -> Self {
        self.options.ends_at_failure = true;
        self
    }

    /// When deleting, takes what is not there as deleted, instead of as a failure.
    #[must_use]
    pub fn ignore_missing(mut self) -> Self {
        self.options.ignores_missing = true;
        self
    }

    /// What becomes of the dependents of what is deleted or pruned;
    /// [`PropagationPolicy::Background`] by default.
    #[must_use]
    pub fn propagation(mut self, policy: PropagationPolicy) -> Self {
        self.options.propagation = policy;
        self
    }

    /// How long a definition may take until it is established; 60 seconds by default.
    #[must_use]
    pub fn establish_timeout(mut self, timeout: Duration) -> Self {
        self.options.establish = timeout;
        self
    }

    /// The same applier, whose calls this token ends.
    #[must_use]
    pub fn with_stop(&self, stop: &Stop) -> Self {
        let client = self.client.with_stop(stop);
        Self { client, mapper: self.mapper.with_stop(stop), ..self.clone() }
    }

    /// The objects of a kind that one of this namespace is among.
    pub(super) fn api(&self, resource: &ApiResource, namespace: &str) -> Api<DynamicObject> {
        Api::dynamic_namespaced(&self.client, resource, namespace)
    }

    pub(super) fn patch_params(&self) -> PatchParams {
        let Options { manager, force, dry_run, validation, .. } = &self.options;
        let mut params = PatchParams::apply(manager).field_validation(*validation);
        params.force = *force;
        params.dry_run = *dry_run;
        params
    }

    /// An object as it is sent: in its namespace, and with the label of the set.
    pub(super) fn completed(
        &self,
        object: &DynamicObject,
        resource: &ApiResource,
        namespace: &str,
    ) -> DynamicObject {
        let mut object = object.clone();
        // Many charts give one to cluster-scoped objects; it means nothing there.
        object.metadata.namespace =
            if resource.namespaced { namespace.to_owned() } else { String::new() };
        if let Some(set) = &self.options.set {
            object.metadata.labels.insert(SET_LABEL.to_owned(), set.clone());
        }
        object
    }

    /// Refuses options that make no sense, before anything is sent.
    pub(super) fn check(&self) -> Result<(), Error> {
        let Some(set) = &self.options.set else { return Ok(()) };
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = set.len() <= 63
            && set.chars().all(inner)
            && edge(set.chars().next())
            && edge(set.chars().next_back());
        if fits {
            return Ok(());
        }
        let shown: String = set.chars().take(70).collect();
        Err(Error::invalid(format!(
            "set {shown:?}: expected a name of at most 63 letters, digits, `-`, `_` and `.`, with a letter \
             or digit at both ends"
        )))
    }
}
