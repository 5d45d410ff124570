//! Applying a set: object by object, stage by stage.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::applier::Applier;
use super::kinds::{Kinds, is_definition};
use super::order::Stage;
use super::outcome::{Change, Outcome, Summary};
use super::plan::{Plan, Step};
use super::prune::Prunable;
use super::set::Manifests;
use crate::api::{Api, Patch};
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::meta::object_meta::ManagedFieldsEntry;
use crate::wait::{Verdict, established};

/// How often a definition that is not established is looked at, and a kind that is not served yet.
const LOOK: Duration = Duration::from_millis(50);
/// How long a server may take to serve what it calls established.
const SERVE: Duration = Duration::from_secs(10);

/// What is known in the midst of an apply.
#[derive(Default)]
struct Progress {
    /// Namespaces and definitions that a dry run would create: what needs them can't be tried.
    missing_namespaces: BTreeSet<String>,
    missing_definitions: BTreeSet<String>,
    /// Definitions that this apply created or changed, or found not established, and what went wrong with them.
    definitions: BTreeMap<String, Result<(), String>>,
    /// The identities of what was applied.
    uids: BTreeSet<String>,
}

/// What became of one object.
pub(super) struct Applied {
    pub(super) change: Change,
    pub(super) unchecked: bool,
    /// The object as it was, where it was there.
    pub(super) before: Option<DynamicObject>,
    /// The object as it is, or would be.
    pub(super) after: DynamicObject,
}

impl Applier {
    /// Applies the objects of a set; tells what became of each as it happens, and at the end of all.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): an object stands in the set twice, or an option makes no
    /// sense, or the set is empty and what it lost is to be pruned; nothing was sent. What goes
    /// wrong with an object stands in its outcome, and in the
    /// [`Summary`]: [`Summary::into_result`] fails with it. There, [`Invalid`](crate::ErrorKind::Invalid):
    /// the server has no such kind; others as [`Api::patch`].
    ///
    /// # Blocking
    /// On two requests for each object; for definitions, until they are established, within
    /// [`Applier::establish_timeout`]; with [`Applier::prune`], on a list of each kind.
    pub fn apply(
        &self,
        set: &Manifests,
        mut report: impl FnMut(&Outcome),
    ) -> Result<Summary, Error> {
        self.run(set, |outcome, _| report(outcome))
    }

    /// Applies the objects of a set, and shows of each what became of it, and how it was and is; the outcome
    /// counts as it is left.
    pub(super) fn run(
        &self,
        set: &Manifests,
        mut report: impl FnMut(&mut Outcome, Option<&Applied>),
    ) -> Result<Summary, Error> {
        self.check()?;
        if self.options.prunes && set.is_empty() {
            return Err(Error::invalid(
                "the set is empty: expected an object, since to prune would delete all that was in it",
            ));
        }
        let plan = Plan::of(set, &self.options.namespace)?;
        let kinds = Kinds::of(set, &self.mapper);
        let mut progress = Progress::default();
        let mut summary = Summary::default();
        let total = plan.steps.len();
        for (i, step) in plan.steps.iter().enumerate() {
            let is_first_after = step.stage > Stage::Definitions
                && i.checked_sub(1).is_none_or(|last| plan.steps[last].stage <= Stage::Definitions);
            if is_first_after && !progress.definitions.is_empty() {
                self.establish(&mut progress);
                if self.client.stop().is_stopped() {
                    self.end_stopped(&mut summary, total - i);
                    return Ok(summary);
                }
            }
            let resource = kinds.resource(&step.kind);
            let object = step.object_ref(resource.as_ref().ok());
            let applied = resource
                .and_then(|resource| self.apply_one(step, &resource, &kinds, &mut progress));
            let (result, applied) = match applied {
                Ok(applied) => (Ok(applied.change), Some(applied)),
                Err(error) => (Err(error), None),
            };
            let mut outcome = Outcome {
                number: i + 1,
                total,
                object,
                origin: Some(step.origin().clone()),
                unchecked: applied.as_ref().is_some_and(|applied| applied.unchecked),
                result,
                dry_run: self.options.dry_run,
            };
            report(&mut outcome, applied.as_ref());
            let failed = outcome.result.is_err();
            let stopped = self.client.stop().is_stopped();
            summary.add(outcome);
            let left = total - i - 1;
            if stopped {
                self.end_stopped(&mut summary, left);
                return Ok(summary);
            }
            if failed && self.options.ends_at_failure {
                summary.skipped = left;
                return Ok(summary);
            }
        }
        if self.options.prunes && summary.is_complete() {
            let scope = Prunable { set, plan: &plan, kinds: &kinds, applied: &progress.uids };
            self.prune_rest(&scope, total, &mut summary, |outcome| report(outcome, None));
        }
        Ok(summary)
    }

    /// Says what was left undone by a stop.
    fn end_stopped(&self, summary: &mut Summary, left: usize) {
        summary.end_stopped(left);
        if self.options.prunes {
            summary.prune_error = Some(Error::stopped());
        }
    }

    fn apply_one(
        &self,
        step: &Step<'_>,
        resource: &ApiResource,
        kinds: &Kinds,
        progress: &mut Progress,
    ) -> Result<Applied, Error> {
        let object = self.completed(step.object(), resource, step.namespace());
        let definition = kinds.definition(&step.kind);
        let is_missing = definition.is_some_and(|name| progress.missing_definitions.contains(name))
            || progress.missing_namespaces.contains(&object.metadata.namespace);
        if is_missing {
            return Ok(Applied {
                change: Change::Created,
                unchecked: true,
                before: None,
                after: object,
            });
        }
        let known = definition.and_then(|name| progress.definitions.get(name));
        if let Some(Err(why)) = known {
            return Err(Error::invalid(why.clone()));
        }
        let api = self.api(resource, step.namespace());
        let patience = known.map(|_| self.clock.now() + SERVE);
        let applied = loop {
            match self.exchange(&api, &object) {
                // What was established just now may not be served everywhere.
                Err(error) if error.is_kind_not_found() => {
                    let goes_on = patience.is_some_and(|end| self.clock.now() < end);
                    if !goes_on || self.clock.sleep(self.client.stop(), LOOK) {
                        return Err(error);
                    }
                }
                exchanged => break exchanged?,
            }
        };
        let is_new = applied.change == Change::Created;
        if self.options.dry_run && is_new {
            let name = object.metadata.name.clone();
            match step.stage {
                Stage::Namespaces => drop(progress.missing_namespaces.insert(name)),
                Stage::Definitions => drop(progress.missing_definitions.insert(name)),
                _ => {}
            }
        } else if step.stage == Stage::Definitions
            && is_definition(&object)
            && (applied.change != Change::Unchanged
                || established().verdict(&applied.after) != Verdict::Met)
        {
            progress.definitions.insert(object.metadata.name.clone(), Ok(()));
        }
        progress.uids.insert(applied.after.metadata.uid.clone());
        Ok(applied)
    }

    /// Reads an object, applies it, and says what that changed.
    fn exchange(&self, api: &Api<DynamicObject>, object: &DynamicObject) -> Result<Applied, Error> {
        let name = &object.metadata.name;
        let before = match api.get_opt(name) {
            // Who may apply an object may not be allowed to read it.
            Err(error) if error.is_forbidden() => None,
            before => Some(before?),
        };
        let after = api.patch(name, &Patch::Apply(object), &self.patch_params())?;
        let change = match &before {
            Some(None) => Change::Created,
            Some(Some(before)) if self.is_same(object, before, &after) => Change::Unchanged,
            _ => Change::Configured,
        };
        Ok(Applied { change, unchecked: false, before: before.flatten(), after })
    }

    /// Whether an apply changed nothing: neither the object, but for what others write meanwhile, nor which
    /// of its fields are the manager's.
    fn is_same(
        &self,
        wanted: &DynamicObject,
        before: &DynamicObject,
        after: &DynamicObject,
    ) -> bool {
        let is_stored = !self.options.dry_run;
        if is_stored && before.metadata.resource_version == after.metadata.resource_version {
            return true;
        }
        let own = |object: &DynamicObject| {
            let is_own = |entry: &&ManagedFieldsEntry| {
                entry.manager == self.options.manager
                    && entry.operation == "Apply"
                    && entry.subresource.is_empty()
            };
            object.metadata.managed_fields.iter().find(is_own)?.fields_v1.clone()
        };
        // A set may say nothing of an object but its name, and so own none of its fields.
        own(before) == own(after) && essence(wanted, before) == essence(wanted, after)
    }

    /// Waits until the definitions that were applied are established, or it is stopped, and forgets what was
    /// known of the server's kinds.
    fn establish(&self, progress: &mut Progress) {
        let end = self.clock.now() + self.options.establish;
        let resource = ApiResource::cluster(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
        );
        let definitions = self.api(&resource, "");
        for (name, state) in &mut progress.definitions {
            *state = loop {
                let failed = match definitions.get(name) {
                    Ok(definition) => match established().verdict(&definition) {
                        Verdict::Met => break Ok(()),
                        Verdict::Waiting(_) => None,
                        Verdict::Never(why) | Verdict::Unknown(why) => {
                            break Err(format!("definition {name}: {why}"));
                        }
                    },
                    // Who may apply a definition may not be allowed to read it.
                    Err(error) if error.is_forbidden() => break Ok(()),
                    Err(error) => Some(error),
                };
                if self.clock.now() >= end {
                    let most = self.options.establish;
                    let why = failed.map_or_else(String::new, |error| format!(": {error}"));
                    break Err(format!("definition {name}: not established within {most:?}{why}"));
                }
                if self.clock.sleep(self.client.stop(), LOOK) {
                    return;
                }
            };
        }
        self.mapper.reset();
    }
}

/// An object without what tells no change: its versions, who set what, and whatever the set says nothing of,
/// which controllers write in their own time: its status, annotations, finalizers, the rules of a role.
fn essence(wanted: &DynamicObject, object: &DynamicObject) -> DynamicObject {
    let mut object = object.clone();
    let metadata = &mut object.metadata;
    metadata.resource_version.clear();
    metadata.generation = 0;
    metadata.managed_fields.clear();
    metadata.labels.retain(|key, _| wanted.metadata.labels.contains_key(key));
    metadata.annotations.retain(|key, _| wanted.metadata.annotations.contains_key(key));
    if wanted.metadata.finalizers.is_empty() {
        metadata.finalizers.clear();
    }
    if wanted.metadata.owner_references.is_empty() {
        metadata.owner_references.clear();
    }
    // A Secret's `stringData` is stored in `data`.
    let is_wanted = |key: &str| {
        wanted.data.contains_key(key) || (key == "data" && wanted.data.contains_key("stringData"))
    };
    object.data.retain(|key, _| is_wanted(key));
    object
}
