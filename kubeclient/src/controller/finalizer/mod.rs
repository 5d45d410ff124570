//! [`Finalizer`]: an object of ours does not go before we have cleaned up after it.

mod error;
mod event;

use std::error::Error as StdError;
use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::action::Action;
use crate::api::{Api, Patch, PatchParams};
use crate::error::Error;
use crate::meta::names::is_prefixed_name;
use crate::meta::resource::{Metadata, Object};

pub use error::FinalizerError;
pub use event::FinalizerEvent;

/// A finalizer: while it stands on an object, the object is not gone, however often it is deleted.
///
/// It is put on before anything is done for the object, and taken off when all of that has been cleaned up.
///
/// ```
/// # use kubeclient::{Api, ObjectMeta, Resource, RestClient};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Resource, Serialize, Deserialize, Clone, Debug)]
/// # #[resource(group = "", version = "v1")]
/// # struct ConfigMap { metadata: ObjectMeta }
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// use kubeclient::controller::Action;
/// use kubeclient::controller::finalizer::{Finalizer, FinalizerEvent};
///
/// let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
/// let map = maps.create(&ConfigMap { metadata: ObjectMeta::named("settings") })?;
/// let finalizer = Finalizer::new("example.com/dns-record")?;
/// // What a reconcile function does.
/// let mut log = Vec::new();
/// let mut reconcile = |map: &ConfigMap| {
///     finalizer.reconcile(&maps, map, |event| {
///         log.push(match event {
///             FinalizerEvent::Apply(_) => "make the record",
///             FinalizerEvent::Cleanup(_) => "remove the record",
///         });
///         Ok::<_, kubeclient::Error>(Action::done())
///     })
/// };
/// reconcile(&map).unwrap();
/// maps.delete("settings", &Default::default())?;
/// reconcile(&maps.get("settings")?).unwrap();
/// assert!(maps.get_opt("settings")?.is_none());
/// assert_eq!(log, ["make the record", "remove the record"]);
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finalizer(String);

impl Finalizer {
    /// The finalizer of this name, which is `domain/name`, such as `example.com/dns-record`: the server wants
    /// a domain, so that no two programs have the same.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): it is not such a name.
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        if name.contains('/') && is_prefixed_name(&name) {
            return Ok(Self(name));
        }
        let shown: String = name.chars().take(300).collect();
        Err(Error::invalid(format!(
            "finalizer {shown:?}: expected `domain/name`: a DNS name, then at most 63 letters, digits, \
             `-`, `_` or `.`"
        )))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether it stands on an object.
    pub fn is_on<T: Object>(&self, object: &T) -> bool {
        self.place(object).is_some()
    }

    /// Calls `reconcile` for an object that is wanted, once the finalizer stands on it; and for one that is
    /// being deleted, after which the finalizer is taken off.
    ///
    /// A cleanup that is not over yet returns an [`Action`] that comes again, or an error: the finalizer stays.
    /// An object that is being deleted and does not have the finalizer is no longer ours, and one that is gone
    /// is not either: `reconcile` is not called.
    ///
    /// The finalizer is put on and taken off by JSON patches, which tell it from others and do nothing to an
    /// object that was replaced by another of its name. Where somebody else changed the finalizers
    /// meanwhile, the key comes again with backoff. `api` may be of all namespaces. The metadata type of
    /// `T` must hold UID, finalizers and whether it is being deleted; [`ObjectMeta`](crate::ObjectMeta) does.
    ///
    /// # Errors
    /// What `reconcile` returned; or a request failed. The object is to come again either way.
    ///
    /// # Blocking
    /// One request where the finalizer is put on or taken off, two after a conflict; what `reconcile` takes.
    pub fn reconcile<T, E>(
        &self,
        api: &Api<T>,
        object: &T,
        reconcile: impl FnOnce(FinalizerEvent<'_, T>) -> Result<Action, E>,
    ) -> Result<Action, FinalizerError>
    where
        T: Object + DeserializeOwned,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let metadata = object.metadata();
        match (self.place(object), metadata.is_being_deleted()) {
            (None, true) => Ok(Action::done()),
            (None, false) => match self.put_on(api, object).map_err(FinalizerError::Add)? {
                Patched::Object(patched) => apply(&patched, reconcile),
                Patched::Changed => Ok(Action::requeue_with_backoff()),
                Patched::Gone => Ok(Action::done()),
            },
            (Some(_), false) => apply(object, reconcile),
            (Some(place), true) => {
                let cleaned = reconcile(FinalizerEvent::Cleanup(object));
                let action = cleaned.map_err(|error| FinalizerError::Cleanup(error.into()))?;
                if action.is_requeue() {
                    return Ok(action);
                }
                match self.take_off(api, object, place).map_err(FinalizerError::Remove)? {
                    Patched::Object(_) | Patched::Gone => Ok(action),
                    Patched::Changed => Ok(Action::requeue_with_backoff()),
                }
            }
        }
    }

    /// Where it stands among an object's finalizers.
    fn place<T: Object>(&self, object: &T) -> Option<usize> {
        object.metadata().finalizers().iter().position(|finalizer| *finalizer == self.0)
    }

    fn put_on<T>(&self, api: &Api<T>, object: &T) -> Result<Patched<T>, Error>
    where
        T: Object + DeserializeOwned,
    {
        let others = object.metadata().finalizers();
        let change = match others {
            // An absent list reads as null.
            [] => [
                json!({"op": "test", "path": "/metadata/finalizers", "value": null}),
                json!({"op": "add", "path": "/metadata/finalizers", "value": [self.0]}),
            ],
            others => [
                json!({"op": "test", "path": "/metadata/finalizers", "value": others}),
                json!({"op": "add", "path": "/metadata/finalizers/-", "value": self.0}),
            ],
        };
        let patched = patch(api, object, change)?;
        match &patched {
            Patched::Object(object) if !self.is_on(object) => Err(Error::invalid(format!(
                "finalizer {}: {} {}: the metadata type does not hold the finalizers",
                self.0,
                api.resource().kind,
                object.metadata().name()
            ))),
            _ => Ok(patched),
        }
    }

    fn take_off<T>(&self, api: &Api<T>, object: &T, place: usize) -> Result<Patched<T>, Error>
    where
        T: Object + DeserializeOwned,
    {
        let path = format!("/metadata/finalizers/{place}");
        let change = [
            json!({"op": "test", "path": path, "value": self.0}),
            json!({"op": "remove", "path": path}),
        ];
        patch(api, object, change)
    }
}

impl fmt::Display for Finalizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn apply<T, E>(
    object: &T,
    reconcile: impl FnOnce(FinalizerEvent<'_, T>) -> Result<Action, E>,
) -> Result<Action, FinalizerError>
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    reconcile(FinalizerEvent::Apply(object)).map_err(|error| FinalizerError::Apply(error.into()))
}

/// What came of a patch.
enum Patched<T> {
    Object(T),
    /// Somebody else changed the finalizers meanwhile.
    Changed,
    /// The object is gone, or another one has its name.
    Gone,
}

/// Changes the finalizers of this very object, if they are what we know.
fn patch<T>(api: &Api<T>, object: &T, change: [Value; 2]) -> Result<Patched<T>, Error>
where
    T: Object + DeserializeOwned,
{
    let known = object.metadata();
    let api = match (api.namespace(), known.namespace()) {
        (None, namespace) if !namespace.is_empty() => &api.within(namespace),
        _ => api,
    };
    let mut operations = Vec::from(change);
    operations.insert(0, json!({"op": "test", "path": "/metadata/uid", "value": known.uid()}));
    let error = match api.patch(known.name(), &Patch::Json(operations), &PatchParams::default()) {
        Ok(object) => return Ok(Patched::Object(object)),
        Err(error) if error.is_not_found() => return Ok(Patched::Gone),
        Err(error) if error.is_conflict() => return Ok(Patched::Changed),
        Err(error) if error.is_invalid() => error,
        Err(error) => return Err(error),
    };
    // A test that failed looks as any rule that the object breaks.
    let Some(now) = api.get_opt(known.name())? else {
        return Ok(Patched::Gone);
    };
    let now = now.metadata();
    if now.uid() != known.uid() {
        return Ok(Patched::Gone);
    }
    match now.finalizers() == known.finalizers()
        && now.is_being_deleted() == known.is_being_deleted()
    {
        true => Err(error),
        false => Ok(Patched::Changed),
    }
}
