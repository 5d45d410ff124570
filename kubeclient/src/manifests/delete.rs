//! Deleting a set, in the reverse of the order in which it is applied.

use super::applier::Applier;
use super::kinds::Kinds;
use super::outcome::{Change, Outcome, Summary};
use super::plan::{Plan, Step};
use super::set::Manifests;
use crate::error::{Error, ErrorKind};
use crate::meta::api_resource::ApiResource;

impl Applier {
    /// Deletes the objects of a set, what was applied last first; tells what became of each as it happens.
    ///
    /// An object that waits for finalizers or a grace period is told as deleted; [`Applier::wait_gone`]
    /// waits for its end. With [`Applier::dry_run`] nothing is deleted.
    ///
    /// ```
    /// use kubeclient::manifests::Change;
    /// use kubeclient::{Applier, Manifests, RestClient};
    ///
    /// # let server = kubeclient_fake::FakeServer::start().unwrap();
    /// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
    /// let set = Manifests::from_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")?;
    /// let applier = Applier::new(&client, "shop-tool").ignore_missing();
    /// applier.apply(&set, |_| {})?.into_result()?;
    /// assert_eq!(applier.delete(&set, |_| {})?.count(Change::Deleted), 1);
    /// assert_eq!(applier.delete(&set, |_| {})?.count(Change::Absent), 1);
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Applier::apply`]. An object that is not there fails with `NotFound`, unless
    /// [`Applier::ignore_missing`] says otherwise.
    ///
    /// # Blocking
    /// On one request for each object.
    pub fn delete(
        &self,
        set: &Manifests,
        mut report: impl FnMut(&Outcome),
    ) -> Result<Summary, Error> {
        let plan = Plan::of(set, &self.options.namespace)?;
        let kinds = Kinds::of(set, &self.mapper);
        let mut summary = Summary::default();
        let total = plan.steps.len();
        for (i, step) in plan.steps.iter().rev().enumerate() {
            let resource = kinds.resource(&step.kind);
            let object = step.object_ref(resource.as_ref().ok());
            // The server has no such kind.
            let is_unknown =
                resource.as_ref().is_err_and(|error| error.kind() == ErrorKind::Invalid);
            let result = resource.and_then(|resource| self.delete_one(step, &resource));
            let is_missing = |error: &Error| error.is_not_found() || is_unknown;
            let outcome = Outcome {
                number: i + 1,
                total,
                object,
                origin: Some(step.origin().clone()),
                result: match result {
                    Err(error) if self.options.ignores_missing && is_missing(&error) => {
                        Ok(Change::Absent)
                    }
                    result => result,
                },
                dry_run: self.options.dry_run,
                unchecked: false,
            };
            report(&outcome);
            let failed = outcome.result.is_err();
            summary.add(outcome);
            let left = total - i - 1;
            if self.client.stop().is_stopped() {
                summary.end_stopped(left);
                break;
            }
            if failed && self.options.ends_at_failure {
                summary.skipped = left;
                break;
            }
        }
        Ok(summary)
    }

    fn delete_one(&self, step: &Step<'_>, resource: &ApiResource) -> Result<Change, Error> {
        let name = &step.object().metadata.name;
        let api = self.api(resource, step.namespace());
        api.delete(name, &self.delete_params())?;
        Ok(Change::Deleted)
    }
}
