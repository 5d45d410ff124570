//! [`follow`]: the objects that are there, after each change; by a watch, or where that is forbidden, by
//! looking again and again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde::de::DeserializeOwned;

use crate::api::backoff::{Backoff, chance};
use crate::api::watched::{Attendance, Sign, Told};
use crate::api::{Api, WatchEvent, WatchParams};
use crate::error::Error;
use crate::meta::resource::{Metadata, Object};
use crate::meta::selector::FieldSelector;
use crate::stop::{Stop, any_of};
use crate::sync::lock;

/// The objects, by namespace and name.
pub(crate) type Objects<U> = BTreeMap<(String, String), U>;

/// Why it ended.
pub(crate) enum Ended<R> {
    /// The function had enough.
    With(R),
    /// The token was stopped; the last failure before that.
    Stopped(Option<Error>),
    Failed(Error),
}

/// Shows the objects to a function, after each change, until it has enough.
pub(crate) fn follow<U, R>(
    api: &Api<U>,
    params: &WatchParams,
    stop: &Stop,
    mut look: impl FnMut(&Objects<U>) -> Option<R>,
) -> Ended<R>
where
    U: Object + DeserializeOwned,
{
    let last: Arc<Mutex<Option<Error>>> = Arc::default();
    let attendance = {
        let last = Arc::clone(&last);
        let observe = move |sign: Sign<'_>| match sign {
            Sign::Failed(error) => *lock(&last) = Some(error),
            Sign::Heard | Sign::Reached(_) => *lock(&last) = None,
        };
        Attendance { observe: Box::new(observe), ..Attendance::default() }
    };
    let mut objects = Objects::new();
    let mut is_whole = false;
    let (both, _hooks) = any_of([api.client().stop().clone(), stop.clone()], None);
    let mut watch = api.with_stop(&both).attended_watch(params, attendance);
    while let Some(told) = watch.next_told() {
        match told {
            Told::Event(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                objects.insert(key(&object), object);
            }
            Told::Event(WatchEvent::Deleted(object)) => drop(objects.remove(&key(&object))),
            Told::Event(WatchEvent::Restarted) => {
                objects.clear();
                is_whole = false;
            }
            Told::Event(WatchEvent::Synced) => is_whole = true,
            Told::Broken { error, .. } | Told::Failed(error) => return Ended::Failed(error),
        }
        if is_whole && let Some(result) = look(&objects) {
            return Ended::With(result);
        }
    }
    let error = lock(&last).take();
    Ended::Stopped(error)
}

/// [`follow`], for the object of one name. Who may get it, but not list or watch, looks again and again.
pub(crate) fn follow_one<U, R>(
    api: &Api<U>,
    name: &str,
    stop: &Stop,
    mut look: impl FnMut(Option<&U>) -> Option<R>,
) -> Ended<R>
where
    U: Object + DeserializeOwned,
{
    let selector = match FieldSelector::default().equals("metadata.name", name) {
        Ok(selector) => selector,
        Err(error) => return Ended::Failed(Error::invalid(error.to_string())),
    };
    let params = WatchParams::default().fields(selector);
    // The server selects by the name alone.
    let ended = follow(api, &params, stop, |objects| look(objects.values().next()));
    match ended {
        Ended::Failed(error) if error.is_forbidden() => poll(api, name, stop, look),
        ended => ended,
    }
}

fn poll<U, R>(
    api: &Api<U>,
    name: &str,
    stop: &Stop,
    mut look: impl FnMut(Option<&U>) -> Option<R>,
) -> Ended<R>
where
    U: Object + DeserializeOwned,
{
    let (stop, _hooks) = &any_of([api.client().stop().clone(), stop.clone()], None);
    let api = api.with_stop(stop);
    let mut backoff = Backoff::new();
    let mut last = None;
    while !stop.is_stopped() {
        match api.get_opt(name) {
            Ok(object) => {
                last = None;
                if let Some(result) = look(object.as_ref()) {
                    return Ended::With(result);
                }
            }
            Err(error) if error.is_stopped() => break,
            Err(error) if error.is_passing() => last = Some(error),
            Err(error) => return Ended::Failed(error),
        }
        stop.wait_timeout(backoff.after_failure(Instant::now(), chance()));
    }
    Ended::Stopped(last)
}

fn key<U: Object>(object: &U) -> (String, String) {
    let metadata = object.metadata();
    (metadata.namespace().to_owned(), metadata.name().to_owned())
}
