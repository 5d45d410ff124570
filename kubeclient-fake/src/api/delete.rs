//! DELETE of one object, or of all that a selector finds.

mod graceful;
pub(crate) mod options;

use serde_json::{Value, json};

use super::list::options::ListOptions;
use super::{Call, Cluster, list, render};
use crate::failure::{Details, Failure, Result};
use crate::http::Reply;
use crate::kinds;
use crate::mutation::{self, Mutation};
use crate::object::Object;
use crate::resource::ResourceType;
use crate::selector::Selection;
use crate::store::{Key, Stored, Transaction};
use options::DeleteOptions;

/// Deletes the object that the path names, or begins to.
pub(crate) fn one(cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    let options = DeleteOptions::of(call)?;
    let name = call.name.unwrap_or_default();
    let key = Key::new(&call.resource.storage(), call.namespace.unwrap_or_default(), name);
    kinds::may_be_deleted(&call.resource, name)?;
    let outcome = cluster.write(options.dry_run, |transaction| {
        let live = transaction.get(&key);
        let live = live.ok_or_else(|| Failure::not_found(&call.resource, name))?;
        delete(cluster, transaction, call, &live, &options)
    })?;
    let response = match outcome {
        Outcome::Gone(last) if !call.resource.ways.delete_returns_object => {
            render::plain(&call.form, 200, &success(call, &last))
        }
        Outcome::Gone(value) | Outcome::Going(value) => render::object(call, 200, &value)?,
    };
    call.warnings.add(warning(call, &options));
    Ok(Reply::Full(response))
}

/// Deletes what is selected; what is answered is how it was.
pub(crate) fn collection(cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    let options = DeleteOptions::of(call)?;
    let list_options = ListOptions::of(call)?;
    let mut selection = list_options.selection(call)?;
    if mutation::is(Mutation::DeletesAllOfACollection) {
        selection = Selection::default();
    }
    let page = list::page(cluster, call, &list_options, &selection)?;
    cluster.write(options.dry_run, |transaction| {
        for stored in page.items() {
            // Another call may have been faster.
            if let Some(live) = transaction.get(&stored.key) {
                delete(cluster, transaction, call, &live, &options)?;
            }
        }
        Ok(())
    })?;
    let metadata = page.metadata();
    Ok(Reply::Full(render::list(call, metadata, page.items())?))
}

/// What became of an object.
pub(crate) enum Outcome {
    /// It was this, and is no more.
    Gone(Value),
    /// It is this, and waits.
    Going(Value),
}

/// Deletes an object, or marks it as going where something still holds it.
pub(crate) fn delete(
    cluster: &Cluster,
    transaction: &mut Transaction<'_>,
    call: &Call<'_>,
    live: &Stored,
    options: &DeleteOptions,
) -> Result<Outcome> {
    check_preconditions(call, live, options)?;
    Ok(remove_or_mark(cluster, transaction, &call.resource, live, options))
}

/// Removes an object, or marks it as going where something still holds it.
pub(crate) fn remove_or_mark(
    cluster: &Cluster,
    transaction: &mut Transaction<'_>,
    resource: &ResourceType,
    live: &Stored,
    options: &DeleteOptions,
) -> Outcome {
    let change = graceful::Change { resource, options, now: cluster.clock.now() };
    match change.of(&live.value) {
        graceful::Verdict::Remove => Outcome::Gone(remove(transaction, live, options)),
        graceful::Verdict::Keep => Outcome::Going(live.value.clone()),
        graceful::Verdict::MarkAndRemove(value) => {
            let marked = transaction.put(live.key.clone(), value);
            Outcome::Gone(remove(transaction, &marked, options))
        }
        graceful::Verdict::Mark(value) if options.dry_run => Outcome::Going(value),
        graceful::Verdict::Mark(value) => {
            Outcome::Going(transaction.put(live.key.clone(), value).value.clone())
        }
    }
}

/// Removes an object: it was this, at the version of its removal.
fn remove(transaction: &mut Transaction<'_>, live: &Stored, options: &DeleteOptions) -> Value {
    match transaction.remove(&live.key) {
        Some(last) if !options.dry_run => last.value.clone(),
        _ => live.value.clone(),
    }
}

pub(crate) fn check_preconditions(
    call: &Call<'_>,
    live: &Stored,
    options: &DeleteOptions,
) -> Result<()> {
    if mutation::is(Mutation::IgnoresPreconditions) {
        return Ok(());
    }
    let refuse = |why: String| {
        let kind = if call.resource.group.is_empty() {
            call.resource.kind.clone()
        } else {
            format!("{}.{}", call.resource.kind, call.resource.group)
        };
        let name = live.value.name();
        let message = format!("Operation cannot be fulfilled on {kind} \"{name}\": {why}");
        let details = Details {
            name: name.to_owned(),
            group: call.resource.group.clone(),
            kind: call.resource.kind.clone(),
            ..Details::default()
        };
        Err(Failure::new(409, "Conflict", message).with_details(details))
    };
    if let Some(uid) = &options.uid
        && uid != live.value.uid()
    {
        return refuse(format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have \
             been deleted and then recreated",
            live.value.uid()
        ));
    }
    if let Some(version) = &options.resource_version
        && version != live.value.resource_version()
    {
        return refuse(format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record \
             ({}). The object might have been modified",
            live.value.resource_version()
        ));
    }
    Ok(())
}

/// The `Status` of a deletion that is done.
fn success(call: &Call<'_>, last: &Value) -> Value {
    let mut details = Details::of(&call.resource, last.name());
    details.uid = last.uid().to_owned();
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": details.value(),
    })
}

/// What the server warns of: jobs leave their pods behind unless told otherwise.
fn warning(call: &Call<'_>, options: &DeleteOptions) -> Option<String> {
    if call.resource.group == "batch"
        && call.resource.plural == "jobs"
        && options.propagation.is_none()
    {
        let text = "child pods are preserved by default when jobs are deleted; set \
                    propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress \
                    this warning";
        return Some(text.to_owned());
    }
    None
}
