//! Waiting until the objects of a set are ready, or gone: each as [`wait`](crate::wait) follows it.

use std::time::{Duration, Instant};

use super::applier::Applier;
use super::kinds::Kinds;
use super::outcome::{Change, Outcome, Summary};
use super::plan::{Plan, Step};
use super::readiness::Readiness;
use super::set::Manifests;
use crate::api::backoff::{Backoff, chance};
use crate::error::{Error, ErrorKind};
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::stop::{Stop, any_of};
use crate::wait::follow::{Ended, follow_one};

/// What an object that is looked at says: it is as awaited, or why not.
type Look = Result<(), String>;

impl Applier {
    /// Waits until all objects of a set are [ready](Readiness), one after the other; tells of each as it
    /// comes.
    ///
    /// # Errors
    /// As [`Applier::apply`]. Of an object: [`Timeout`](ErrorKind::Timeout) when it is not ready in time,
    /// with what is missing; [`Unmet`](ErrorKind::Unmet) when it says that it failed.
    ///
    /// # Blocking
    /// At most `timeout` for the whole set. Each object is read once; one that is not ready is watched, which takes
    /// the right to list and watch, or else read again and again, as by [`wait::until`](crate::wait::until). A
    /// server that can't be reached is waited for. When the time is over, the objects behind are not looked at;
    /// with a `timeout` of zero, each is once.
    pub fn wait_ready(
        &self,
        set: &Manifests,
        timeout: Duration,
        report: impl FnMut(&Outcome),
    ) -> Result<Summary, Error> {
        self.wait(set, timeout, Change::Ready, report, |object| {
            let Some(object) = object else { return Ok(Err("it is not there".into())) };
            match Readiness::of(object) {
                Readiness::Ready => Ok(Ok(())),
                Readiness::NotYet(why) => Ok(Err(why)),
                Readiness::Failed(why) => Err(Error::new(ErrorKind::Unmet, why)),
            }
        })
    }

    /// Waits until all objects of a set are gone, what was applied last first; tells of each as it goes.
    ///
    /// # Errors
    /// As [`Applier::wait_ready`]. [`Timeout`](ErrorKind::Timeout): an object is still there, with the
    /// finalizers that it waits for.
    ///
    /// # Blocking
    /// As [`Applier::wait_ready`].
    pub fn wait_gone(
        &self,
        set: &Manifests,
        timeout: Duration,
        report: impl FnMut(&Outcome),
    ) -> Result<Summary, Error> {
        self.wait(set, timeout, Change::Absent, report, |object| {
            let Some(object) = object else { return Ok(Ok(())) };
            Ok(Err(match object.metadata.finalizers.as_slice() {
                [] => "it is still there".into(),
                finalizers => format!("it waits for {}", finalizers.join(", ")),
            }))
        })
    }

    fn wait(
        &self,
        set: &Manifests,
        timeout: Duration,
        awaited: Change,
        mut report: impl FnMut(&Outcome),
        look: impl Fn(Option<&DynamicObject>) -> Result<Look, Error>,
    ) -> Result<Summary, Error> {
        let plan = Plan::of(set, &self.options.namespace)?;
        let kinds = Kinds::of(set, &self.mapper);
        let (stop, _hooks) = any_of([self.client.stop().clone(), Stop::after(timeout)], None);
        let end = End { timeout, stop };
        let mut steps: Vec<_> = plan.steps.iter().collect();
        if awaited == Change::Absent {
            steps.reverse();
        }
        let total = steps.len();
        let mut summary = Summary::default();
        for (i, step) in steps.into_iter().enumerate() {
            let resource = match self.resource_of(step, &kinds, &end) {
                // What the server has no kind for is gone.
                Err(error) if awaited == Change::Absent && error.kind() == ErrorKind::Invalid => {
                    Ok(None)
                }
                resource => resource.map(Some),
            };
            let object = step.object_ref(resource.as_ref().ok().and_then(Option::as_ref));
            let waited = resource.and_then(|resource| match resource {
                Some(resource) => self.wait_for(step, &resource, &end, &look),
                None => Ok(()),
            });
            let outcome = Outcome {
                number: i + 1,
                total,
                object,
                origin: Some(step.origin().clone()),
                result: waited.map(|()| awaited),
                dry_run: false,
                unchecked: false,
            };
            report(&outcome);
            summary.add(outcome);
            if self.client.stop().is_stopped() {
                summary.end_stopped(total - i - 1);
                break;
            }
        }
        Ok(summary)
    }

    /// The resource of an object, once the server can be asked for it.
    fn resource_of(&self, step: &Step<'_>, kinds: &Kinds, end: &End) -> Result<ApiResource, Error> {
        let mut backoff = Backoff::new();
        loop {
            match kinds.resource(&step.kind) {
                Err(error) if error.is_passing() && !end.timeout.is_zero() => {
                    if end.pause(&mut backoff) {
                        return Err(self.late(end, "the server was not reached", Some(error)));
                    }
                }
                resource => return resource,
            }
        }
    }

    fn wait_for(
        &self,
        step: &Step<'_>,
        resource: &ApiResource,
        end: &End,
        look: &impl Fn(Option<&DynamicObject>) -> Result<Look, Error>,
    ) -> Result<(), Error> {
        let is_single_look = end.timeout.is_zero();
        if !is_single_look && end.stop.is_stopped() {
            return Err(self.late(end, "it was not its turn", None));
        }
        let name = &step.object().metadata.name;
        let api = self.api(resource, step.namespace()).without_managed_fields();
        // Most are as awaited: that takes a request, and no watch.
        let first = match is_single_look {
            true => api.get_opt(name),
            false => api.with_stop(&end.stop).get_opt(name),
        };
        let mut why = "it was not seen".to_owned();
        let mut seen = |object: Option<&DynamicObject>| match look(object) {
            Ok(Ok(())) => Some(Ok(())),
            Ok(Err(text)) => {
                why = text;
                None
            }
            Err(error) => Some(Err(error)),
        };
        let (mut result, mut last) = match first {
            Ok(object) => (seen(object.as_ref()), None),
            // A kind that is not served has no objects.
            Err(error) if error.is_kind_not_found() => (seen(None), None),
            Err(error) if !is_single_look && (error.is_passing() || error.is_stopped()) => {
                (None, Some(error))
            }
            Err(error) => return Err(error),
        };
        let mut backoff = Backoff::new();
        while result.is_none() && !is_single_look && !end.stop.is_stopped() {
            match follow_one(&api, name, &end.stop, &mut seen) {
                Ended::With(met) => result = Some(met),
                Ended::Stopped(error) => last = error.or(last),
                Ended::Failed(error) if error.is_kind_not_found() => {
                    result = seen(None);
                    if result.is_none() {
                        end.pause(&mut backoff);
                    }
                }
                Ended::Failed(error) => return Err(error),
            }
        }
        result.unwrap_or_else(|| Err(self.late(end, &why, last)))
    }

    /// Why a wait ended by its tokens.
    fn late(&self, end: &End, why: &str, last: Option<Error>) -> Error {
        if self.client.stop().is_stopped() {
            return Error::stopped();
        }
        let late = Error::new(ErrorKind::Timeout, format!("not within {:?}: {why}", end.timeout));
        match last {
            Some(error) => late.because(error),
            None => late,
        }
    }
}

/// When a wait ends.
struct End {
    timeout: Duration,
    /// Stopped when the time is over, and with the client.
    stop: Stop,
}

impl End {
    /// Waits between two attempts; whether it is over.
    fn pause(&self, backoff: &mut Backoff) -> bool {
        self.stop.wait_timeout(backoff.after_failure(Instant::now(), chance()))
    }
}
