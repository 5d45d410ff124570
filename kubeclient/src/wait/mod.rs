//! Waits: until an object is as it should be, or gone.
//!
//! ```
//! use kubeclient::{Api, ApiResource, DynamicObject, RestClient, Stop, wait};
//! use std::time::Duration;
//!
//! # let server = kubeclient_fake::FakeServer::start().unwrap();
//! # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
//! let namespaces = ApiResource::cluster("", "v1", "Namespace", "namespaces");
//! let namespaces: Api<DynamicObject> = Api::dynamic(&client, &namespaces);
//! let stop = Stop::after(Duration::from_secs(60));
//! let active = wait::json_path("{.status.phase}=Active")?;
//! let namespace = wait::until(&namespaces, "default", active, &stop)?;
//! assert!(namespace.is_some());
//!
//! // Any function is a condition.
//! wait::until(&namespaces, "default", |namespace: Option<&DynamicObject>| namespace.is_some(), &stop)?;
//!
//! let stop = Stop::after(Duration::from_millis(50));
//! let error = wait::until(&namespaces, "other", wait::exists(), &stop).unwrap_err();
//! assert_eq!(error.to_string(), "Namespace other: waiting for exists: it is not there");
//! # Ok::<(), kubeclient::Error>(())
//! ```
//!
//! # How objects are looked at
//! A wait reads objects as JSON ([`DynamicObject`]), whatever the type of its Api, and as that type only where
//! a function asks for it, and in the end. So the conditions here go for built-in, derived and dynamic types
//! alike, also where a type has no field for what they look at, and no type has to be written to be looked into.
//!
//! # What is asked of the server
//! The object is watched, which takes the right to list and watch. Where these are forbidden and `get` is not,
//! it is got again and again, with pauses that grow from about 1 to 60 seconds. A server that can't be reached is
//! waited for. A kind that it does not have ends the wait at once.

mod condition;
mod verdict;
mod seen;
pub(crate) mod reported;
mod ready;
mod json_path;
pub(crate) mod follow;
mod error;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;

pub use condition::{And, Condition, Not, Or, WithUid, and, not, or, with_uid};
pub use error::WaitError;
pub use json_path::json_path;
pub use ready::{
    Ready, available, complete, condition, condition_is, established, exists, failed, json_pointer,
    rolled_out,
};
pub use seen::Seen;
pub use verdict::Verdict;

use crate::api::{Api, WatchParams};
use crate::error::Error;
use crate::meta::dynamic::DynamicObject;
use crate::meta::partial::PartialObjectMetadata;
use crate::meta::resource::Object;
use crate::stop::Stop;
use follow::{Ended, follow, follow_one};

/// Waits until the object of this name meets a condition; the object, if it is there then.
///
/// # Errors
/// [`WaitError::kind`] says which: the deadline passed or the token was stopped; the condition can't be met
/// any more, or not be told of such an object; the server has no such kind, or forbids it; the object can't be
/// read.
///
/// # Blocking
/// Until then. The token ends it, within 50 ms, and its deadline bounds it.
pub fn until<T, C>(
    api: &Api<T>,
    name: &str,
    condition: C,
    stop: &Stop,
) -> Result<Option<T>, WaitError>
where
    T: Object + DeserializeOwned,
    C: Condition<T>,
{
    let what = format!("{} {name}: waiting for {}", api.resource().kind, condition.name());
    let stops = [api.client().stop(), stop];
    let mut why = "it was not seen".to_owned();
    let mut last = None;
    let ended = follow_one(&whole(api), name, stop, |object: Option<&DynamicObject>| {
        last = object.cloned();
        let seen = object.map(Seen::<T>::new);
        match condition.check(seen.as_ref()) {
            Verdict::Met => Some(Ok(seen.map(Seen::into_typed))),
            Verdict::Waiting(text) => {
                why = text;
                None
            }
            Verdict::Never(text) | Verdict::Unknown(text) => Some(Err(text)),
        }
    });
    let error = match ended {
        Ended::With(Ok(found)) => match found.transpose() {
            Ok(found) => return Ok(found),
            Err(error) => WaitError::failed(what, error),
        },
        Ended::With(Err(why)) => WaitError::never(format!("{what}: {why}")),
        Ended::Stopped(error) => WaitError::stopped(stops, format!("{what}: {why}"), error),
        Ended::Failed(error) => WaitError::failed(what, error),
    };
    Err(error.with_object(last))
}

/// Waits until all objects that are selected, and at least one, meet a condition at the same time; these
/// objects.
///
/// # Errors
/// As [`until`]; what is said is of the first object that does not meet it.
///
/// # Blocking
/// As [`until`].
pub fn until_all<T, C>(
    api: &Api<T>,
    params: &WatchParams,
    condition: C,
    stop: &Stop,
) -> Result<Vec<T>, WaitError>
where
    T: Object + DeserializeOwned,
    C: Condition<T>,
{
    let kind = &api.resource().kind;
    let aim = condition.name();
    let what = format!("all of {}: waiting for {aim}", api.resource().plural);
    let stops = [api.client().stop(), stop];
    let mut why = "none was seen".to_owned();
    let ended = follow(&whole(api), params, stop, |objects| {
        let mut found = Vec::new();
        for ((_, name), object) in objects {
            let seen = Seen::<T>::new(object);
            match condition.check(Some(&seen)) {
                Verdict::Met => found.push(seen),
                Verdict::Waiting(text) => {
                    why = format!("{kind} {name}: {text}");
                    return None;
                }
                Verdict::Never(text) | Verdict::Unknown(text) => {
                    return Some(Err(format!("{kind} {name}: {text}")));
                }
            }
        }
        if found.is_empty() {
            why = "none is there".to_owned();
            return None;
        }
        Some(Ok(found.into_iter().map(Seen::into_typed).collect::<Result<Vec<T>, Error>>()))
    });
    Err(match ended {
        Ended::With(Ok(Ok(found))) => return Ok(found),
        Ended::With(Ok(Err(error))) => WaitError::failed(what, error),
        Ended::With(Err(why)) => WaitError::never(format!("{what}: {why}")),
        Ended::Stopped(error) => WaitError::stopped(stops, format!("{what}: {why}"), error),
        Ended::Failed(error) => WaitError::failed(what, error),
    })
}

/// Waits until the object with this UID is gone; without one, the object that is there first. Another object
/// of its name does not count.
///
/// # Errors
/// As [`until`].
///
/// # Blocking
/// As [`until`].
pub fn deleted<T: Object>(
    api: &Api<T>,
    name: &str,
    uid: Option<&str>,
    stop: &Stop,
) -> Result<(), WaitError> {
    let what = format!("{} {name}: waiting for its deletion", api.resource().kind);
    let stops = [api.client().stop(), stop];
    let mut uid = uid.map(str::to_owned);
    let mut why = "it was not seen".to_owned();
    let api: Api<PartialObjectMetadata> = api.read_as();
    let ended = follow_one(&api, name, stop, |object: Option<&PartialObjectMetadata>| {
        let Some(metadata) = object.map(|object| &object.metadata) else {
            return Some(());
        };
        if uid.get_or_insert_with(|| metadata.uid.clone()) != &metadata.uid {
            return Some(());
        }
        why = match (metadata.deletion_timestamp, &metadata.finalizers[..]) {
            (None, _) => "it is there".to_owned(),
            (Some(_), []) => "it is being deleted".to_owned(),
            (Some(_), finalizers) => {
                format!("it is being deleted, and has finalizers: {}", finalizers.join(", "))
            }
        };
        None
    });
    Err(match ended {
        Ended::With(()) => return Ok(()),
        Ended::Stopped(error) => WaitError::stopped(stops, format!("{what}: {why}"), error),
        Ended::Failed(error) => WaitError::failed(what, error),
    })
}

/// The same objects, as JSON.
fn whole<T: Object>(api: &Api<T>) -> Api<DynamicObject> {
    api.read_as().without_managed_fields()
}
