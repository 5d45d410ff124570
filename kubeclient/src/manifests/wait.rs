//! Waiting until the objects of a set are ready, or gone.

use std::time::{Duration, Instant};

use super::applier::Applier;
use super::kinds::Kinds;
use super::outcome::{Change, Outcome, Summary};
use super::plan::{Plan, Step};
use super::readiness::Readiness;
use super::set::Manifests;
use crate::error::{Error, ErrorKind};
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;

/// How often an object that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// What an object that is looked at says: it is as awaited, or why not.
type Look = Result<(), String>;

impl Applier {
    /// Waits until all objects of a set are [ready](Readiness), one after the other; tells of each as it
    /// comes.
    ///
    /// # Errors
    /// As [`Applier::apply`]. Of an object: [`Timeout`](ErrorKind::Timeout) when it is not ready in time,
    /// with what is missing; [`Invalid`](ErrorKind::Invalid) when it says that it failed.
    ///
    /// # Blocking
    /// At most `timeout` for the whole set, and one request an object, by looking at what is not ready four
    /// times a second. When the time is over, the objects behind are not looked at; with a `timeout` of zero,
    /// each is once.
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
                Readiness::Failed(why) => Err(Error::invalid(why)),
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
        let begin = self.clock.now();
        let end = begin.checked_add(timeout);
        let mut steps: Vec<_> = plan.steps.iter().collect();
        if awaited == Change::Absent {
            steps.reverse();
        }
        let total = steps.len();
        let mut summary = Summary::default();
        for (i, step) in steps.into_iter().enumerate() {
            let resource = match kinds.resource(&step.kind) {
                // What the server has no kind for is gone.
                Err(error) if awaited == Change::Absent && error.kind() == ErrorKind::Invalid => {
                    Ok(None)
                }
                resource => resource.map(Some),
            };
            let object = step.object_ref(resource.as_ref().ok().and_then(Option::as_ref));
            let waited = resource.and_then(|resource| match resource {
                Some(resource) => self.wait_for(step, &resource, timeout, end, &look),
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
                summary.skipped = total - i - 1;
                break;
            }
        }
        Ok(summary)
    }

    fn wait_for(
        &self,
        step: &Step<'_>,
        resource: &ApiResource,
        timeout: Duration,
        end: Option<Instant>,
        look: &impl Fn(Option<&DynamicObject>) -> Result<Look, Error>,
    ) -> Result<(), Error> {
        let is_over = || end.is_some_and(|end| self.clock.now() >= end);
        let late =
            |why: &str| Error::new(ErrorKind::Timeout, format!("not within {timeout:?}: {why}"));
        if !timeout.is_zero() && is_over() {
            return Err(late("it was not its turn"));
        }
        let api = self.api(resource, step.namespace()).without_managed_fields();
        loop {
            let object = match api.get_opt(&step.object().metadata.name) {
                // A kind that is not served has no objects.
                Err(error) if error.is_not_found() => None,
                object => object?,
            };
            let Err(why) = look(object.as_ref())? else { return Ok(()) };
            if is_over() {
                return Err(late(&why));
            }
            if self.clock.sleep(self.client.stop(), LOOK) {
                return Err(Error::stopped());
            }
        }
    }
}
