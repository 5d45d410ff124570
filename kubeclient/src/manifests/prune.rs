//! Pruning: what carries the label of a set and is in it no more.

use std::collections::BTreeSet;

use super::applier::{Applier, SET_LABEL};
use super::kinds::Kinds;
use super::order::stage;
use super::outcome::{Change, ObjectRef, Outcome, Summary};
use super::plan::Plan;
use super::set::Manifests;
use crate::api::{Api, DeleteParams, ListParams};
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::meta::object_meta::{ManagedFieldsEntry, ObjectMeta};
use crate::meta::partial::PartialObjectMetadata;

/// A set that was applied, and where its former objects are looked for.
pub(super) struct Prunable<'a> {
    pub(super) set: &'a Manifests,
    pub(super) plan: &'a Plan<'a>,
    pub(super) kinds: &'a Kinds,
    /// The identities of its objects.
    pub(super) applied: &'a BTreeSet<String>,
}

/// An object that is in its set no more.
struct Former {
    resource: ApiResource,
    metadata: ObjectMeta,
}

impl Applier {
    /// Deletes what is in the set no more, or tries to, in a dry run.
    pub(super) fn prune_rest(
        &self,
        scope: &Prunable<'_>,
        before: usize,
        summary: &mut Summary,
        mut report: impl FnMut(&mut Outcome),
    ) {
        let former = match self.former(scope) {
            Ok(former) => former,
            Err(error) => {
                summary.prune_error = Some(error);
                return;
            }
        };
        let total = before + former.len();
        for (i, Former { resource, metadata }) in former.iter().enumerate() {
            let mut outcome = Outcome {
                number: before + i + 1,
                total,
                object: ObjectRef {
                    kind: resource.group_version_kind(),
                    namespace: metadata.namespace.clone(),
                    name: metadata.name.clone(),
                },
                origin: None,
                result: self.delete_former(resource, metadata),
                dry_run: self.options.dry_run,
                unchecked: false,
            };
            report(&mut outcome);
            summary.add(outcome);
            if self.client.stop().is_stopped() {
                summary.end_stopped(former.len() - i - 1);
                return;
            }
        }
    }

    fn delete_former(
        &self,
        resource: &ApiResource,
        metadata: &ObjectMeta,
    ) -> Result<Change, Error> {
        // The one that was found, and no other that got its name meanwhile.
        let params = self.delete_params().uid(&metadata.uid);
        match self.api(resource, &metadata.namespace).delete(&metadata.name, &params) {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(Change::Pruned),
        }
    }

    pub(super) fn delete_params(&self) -> DeleteParams {
        DeleteParams {
            propagation_policy: Some(self.options.propagation),
            dry_run: self.options.dry_run,
            ..DeleteParams::default()
        }
    }

    /// What is in the set no more, in the order in which it is deleted.
    fn former(&self, scope: &Prunable<'_>) -> Result<Vec<Former>, Error> {
        let Some(set) = &self.options.set else { return Ok(Vec::new()) };
        let params = ListParams::default().labels(format!("{SET_LABEL}={set}")).limit(500);
        let own: BTreeSet<_> = scope
            .plan
            .steps
            .iter()
            .filter_map(|step| scope.kinds.resource(&step.kind).ok())
            .map(|resource| (resource.group, resource.plural))
            .collect();
        let namespaces = self.namespaces(scope);
        let mut former: Vec<Former> = Vec::new();
        for resource in self.listable()? {
            let is_own = own.contains(&(resource.group.clone(), resource.plural.clone()));
            for place in if resource.namespaced { &namespaces[..] } else { &[""] } {
                let api = Api::<PartialObjectMetadata>::dynamic_namespaced(
                    &self.client,
                    &resource,
                    *place,
                );
                match self.labelled(&api, &params, scope.applied) {
                    Ok(found) => former.extend(
                        found
                            .into_iter()
                            // Some kinds are served by two groups.
                            .filter(|new| former.iter().all(|old| old.metadata.uid != new.uid))
                            .map(|metadata| Former { resource: resource.clone(), metadata })
                            .collect::<Vec<_>>(),
                    ),
                    // A kind that the set does not have and its user may not list, or that is not
                    // served at the moment, holds nothing of the set.
                    Err(error) if !is_own && is_unlistable(&error) => {
                        log::warn!("not looked for what is to be pruned: {error}");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        former.sort_by_key(|former| {
            std::cmp::Reverse(stage(&former.resource.group, &former.resource.kind))
        });
        Ok(former)
    }

    /// The namespaces of the set.
    fn namespaces<'a>(&'a self, scope: &Prunable<'a>) -> Vec<&'a str> {
        let declared = scope.set.iter().filter(|item| {
            item.object.types.kind == "Namespace" && item.object.types.api_version == "v1"
        });
        let named = declared
            .map(|item| item.object.metadata.name.as_str())
            .chain(scope.set.iter().map(|item| item.object.metadata.namespace.as_str()))
            .chain([self.options.namespace.as_str()])
            .chain(self.options.prune_namespaces.iter().map(String::as_str))
            .filter(|namespace| !namespace.is_empty());
        named.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// All kinds whose objects can be listed and deleted, each in one version.
    fn listable(&self) -> Result<Vec<ApiResource>, Error> {
        // A kind that is not known yet may hold objects of the set.
        self.mapper.reset();
        let discovered = (*self.mapper.discovered()?).clone().into_preferred();
        for failure in &discovered.failures {
            let (group, error) = (&failure.group_version, &failure.error);
            log::warn!("not looked for what is to be pruned in {group}: {error}");
        }
        let can = |verbs: &[String], verb: &str| verbs.iter().any(|known| known == verb);
        let listable = discovered
            .resources()
            .filter(|found| can(&found.verbs, "list") && can(&found.verbs, "delete"))
            .map(|found| found.resource.clone())
            .collect();
        Ok(listable)
    }

    /// The objects of a kind that carry the label because this manager applied it, and were not applied now.
    fn labelled(
        &self,
        api: &Api<PartialObjectMetadata<DynamicObject>>,
        params: &ListParams,
        applied: &BTreeSet<String>,
    ) -> Result<Vec<ObjectMeta>, Error> {
        let mut found = Vec::new();
        for object in api.list_all(params) {
            let metadata = object?.metadata;
            let is_former = !applied.contains(&metadata.uid)
                && metadata.deletion_timestamp.is_none()
                && is_label_applied(&metadata, &self.options.manager);
            if is_former {
                found.push(metadata);
            }
        }
        Ok(found)
    }
}

/// Whether the label stands on the object because an apply of this manager put it there. Controllers copy labels
/// to objects of their own, such as the endpoints of a service, and some apply them.
fn is_label_applied(metadata: &ObjectMeta, manager: &str) -> bool {
    let field = format!("f:{SET_LABEL}");
    let is_own = |entry: &&ManagedFieldsEntry| {
        entry.operation == "Apply" && entry.manager == manager && entry.subresource.is_empty()
    };
    metadata.managed_fields.iter().filter(is_own).any(|entry| {
        let fields = entry.fields_v1.as_ref().map(|fields| fields.get());
        let fields: Option<serde_json::Value> =
            fields.and_then(|fields| serde_json::from_str(fields).ok());
        fields.is_some_and(|fields| !fields["f:metadata"]["f:labels"][field.as_str()].is_null())
    })
}

fn is_unlistable(error: &Error) -> bool {
    let code = error.status().map(|status| status.code);
    matches!(code, Some(403 | 404 | 405 | 503))
}
