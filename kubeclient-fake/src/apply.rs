//! Who owns which field: server-side apply, and what other writes do to `metadata.managedFields`. Pure.

mod element;
mod set;
mod types;
mod check;
mod owned;
mod compare;
mod merge;
mod remove;
mod managers;
mod conflict;
mod blank;
mod last_applied;
mod scale;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use self::blank::blank;
use self::check::{Duplicates, check, describe};
use self::compare::{Difference, compare};
use self::conflict::{Conflict, conflicts, refusal};
use self::element::same;
use self::managers::{Holding, Id, Managers};
use self::merge::merge;
use self::owned::{fields_of, with_named_parents};
use self::remove::remove;
pub(crate) use self::scale::{for_parent, for_scale};
use self::set::FieldSet;
use self::types::Type;
use crate::failure::{Failure, Result};
use crate::mutation::{self, Mutation};
use crate::object::{Object, metadata_mut};
use crate::schema::Schema;

/// How deep an object may be for its fields to be told apart.
const DEPTH: usize = 500;

/// What nobody owns: the server sets it, or it names the object.
const UNOWNED: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

/// Who writes, in one entry of `managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manager {
    /// `kubectl`.
    pub(crate) name: String,
    /// The version that the fields are of: `apps/v1`.
    pub(crate) api_version: String,
    /// `status`, `scale`; empty for none.
    pub(crate) subresource: String,
    /// RFC 3339 with seconds.
    pub(crate) time: String,
}

/// After a write that is no apply: `new` with its `managedFields` counted from what differs to `live`. What is
/// below a path of `ignored` (`["status"]`, say) is nobody's.
///
/// `new` is as decoded, with its defaults; what the server itself sets after that (cluster IPs, priorities,
/// finalizers, a status put back) nobody comes to own, so it is for the caller to set after this.
pub(crate) fn update(
    schema: &Schema,
    live: Option<&Value>,
    new: &mut Value,
    manager: &Manager,
    ignored: &[&[&str]],
) -> Result<()> {
    let managers = managers_after_request(live, new, manager);
    metadata_mut(new).remove("managedFields");
    if (managers.is_empty() && live.is_some()) || mutation::is(Mutation::UpdatesOwnNothing) {
        return Ok(());
    }
    let ty = Type::of(schema);
    let old = match live {
        Some(live) => without_managed_fields(live),
        None => blank(schema, new, &manager.api_version),
    };
    if !can_be_tracked(ty, &old) || !can_be_tracked(ty, new) {
        // The real server drops what it can no longer vouch for.
        return Ok(());
    }
    let writer = Id::updater(name_of(manager), &manager.api_version, &manager.subresource);
    let writer = Writer { manager, id: writer, ignored: FieldSet::of_fields(ignored) };
    let managers = track(ty, &old, new, managers, &writer);
    write_managed_fields(new, &managers);
    Ok(())
}

/// Server-side apply: `live` merged with what `applied` says, `managedFields` included; or the conflict.
/// The result has no defaults filled yet, and has what `applied` says below `ignored`. Where nothing changed the
/// result equals `live`.
pub(crate) fn apply(
    schema: &Schema,
    live: Option<&Value>,
    applied: &Value,
    manager: &Manager,
    force: bool,
    ignored: &[&[&str]],
) -> Result<Value> {
    if applied.meta("managedFields").is_some_and(|fields| !fields.is_null()) {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    let ty = Type::of(schema);
    let mut managers = Managers::from_wire(live.and_then(|live| live.meta("managedFields")))
        .map_err(|why| Failure::internal(format!("failed to decode managed fields: {why}")))?;
    let old = live.map_or_else(|| json!({}), without_managed_fields);
    refuse_misfits("patch", ty, applied, Duplicates::Refused)?;
    refuse_misfits("live", ty, &old, Duplicates::Allowed)?;
    let ignored = FieldSet::of_fields(ignored);
    if managers.is_empty() && live.is_some() {
        let id = Id::updater("before-first-apply", &manager.api_version, &manager.subresource);
        let writer = Writer { manager, id, ignored: ignored.clone() };
        managers = track(ty, &blank(schema, &old, &manager.api_version), &old, managers, &writer);
    }
    managers.reconcile(ty, &manager.api_version);
    let id = Id::applier(name_of(manager), &manager.subresource);
    let writer = Writer { manager, id, ignored };
    let (mut object, managers) = lay_over(ty, &old, applied, managers, &writer, force)?;
    if manager.name == "kubectl" {
        last_applied::record(&mut object, applied);
    }
    write_managed_fields(&mut object, &managers);
    Ok(object)
}

/// After all else is done to `new`: where it says what `live` says but for the times in `managedFields`,
/// those stay too, so that a write of nothing is none.
pub(crate) fn keep_times(live: &Value, new: &mut Value) {
    let timeless = |object: &Value| {
        let mut object = object.clone();
        let entries = metadata_mut(&mut object).get_mut("managedFields");
        for entry in entries.and_then(Value::as_array_mut).into_iter().flatten() {
            entry.as_object_mut().map(|entry| entry.remove("time"));
        }
        object
    };
    if let Some(entries) = live.meta("managedFields")
        && timeless(live) == timeless(new)
    {
        metadata_mut(new).insert("managedFields".to_owned(), entries.clone());
    }
}

/// Who writes, as the one whose entry changes.
struct Writer<'a> {
    manager: &'a Manager,
    id: Id,
    ignored: FieldSet,
}

impl Writer<'_> {
    fn time(&self) -> Option<String> {
        Some(self.manager.time.clone())
    }

    /// The set without what this writer may not own.
    fn ownable(&self, fields: &FieldSet) -> FieldSet {
        fields.without(&self.ignored).difference(&FieldSet::of_fields(UNOWNED))
    }
}

/// The managers before the write: those that the request names, if it does and says them well.
fn managers_after_request(live: Option<&Value>, new: &Value, manager: &Manager) -> Managers {
    let of_live = || {
        let entries = live.and_then(|live| live.meta("managedFields"));
        Managers::from_wire(entries).unwrap_or_default()
    };
    if !manager.subresource.is_empty() {
        return of_live();
    }
    let given = new.meta("managedFields");
    if given.is_some_and(is_reset) {
        return Managers::default();
    }
    match Managers::from_wire(given) {
        Ok(managers) if !managers.is_empty() => managers,
        _ => of_live(),
    }
}

/// Whether the list says that nobody owns anything: none, or one that says nothing.
fn is_reset(entries: &Value) -> bool {
    let says_nothing = |entry: &Value| match entry.as_object() {
        Some(entry) => entry.values().all(|value| value.is_null() || value.as_str() == Some("")),
        None => entry.is_null(),
    };
    match entries.as_array().map(Vec::as_slice) {
        Some([]) => true,
        Some([only]) => says_nothing(only),
        _ => false,
    }
}

/// The managers after `old` became `new` by a write that is no apply.
fn track(
    ty: Type<'_>,
    old: &Value,
    new: &Value,
    mut managers: Managers,
    writer: &Writer<'_>,
) -> Managers {
    managers.reconcile(ty, &writer.manager.api_version);
    let difference = compare(ty, old, new).without(&writer.ignored);
    let before = managers.get(&writer.id).map(|holding| holding.fields.clone());
    managers.take(&difference, None);
    let written = writer.ownable(&difference.written());
    if !written.is_empty() {
        let kept = before.unwrap_or_default();
        let kept = kept.difference(&difference.written()).difference(&difference.removed);
        let holding = Holding {
            fields: kept.union(&written),
            api_version: writer.manager.api_version.clone(),
            time: writer.time(),
        };
        managers.put(writer.id.clone(), holding);
    }
    managers.cap();
    managers
}

/// The object after the apply, and its managers. Conflicts that kubectl may have with itself are none.
fn lay_over(
    ty: Type<'_>,
    live: &Value,
    applied: &Value,
    managers: Managers,
    writer: &Writer<'_>,
    force: bool,
) -> Result<(Value, Managers)> {
    let merged = merge(ty, live, applied);
    let fields = fields_of(ty, applied).without(&writer.ignored);
    let last = managers.get(&writer.id).cloned().unwrap_or_default();
    let mut managers = managers;
    let holding = Holding {
        fields,
        api_version: writer.manager.api_version.clone(),
        time: last.time.clone(),
    };
    managers.put(writer.id.clone(), holding);
    let object = prune(ty, merged, &last.fields, &managers);
    let difference = compare(ty, live, &object).without(&writer.ignored);
    if !force {
        refuse_conflicts(ty, live, &managers, writer, &difference)?;
    }
    managers.take(&difference, Some(&writer.id));
    if let Some(mut holding) = managers.get(&writer.id).cloned() {
        holding.fields = writer.ownable(&holding.fields);
        if !same(live, &object) {
            holding.time = writer.time();
        }
        managers.put(writer.id.clone(), holding);
        managers.drop_idle();
    }
    let object = if same(live, &object) { live.clone() } else { object };
    Ok((object, managers))
}

fn refuse_conflicts(
    ty: Type<'_>,
    live: &Value,
    managers: &Managers,
    writer: &Writer<'_>,
    difference: &Difference,
) -> Result<()> {
    let mut found: Vec<Conflict> = conflicts(managers, &writer.id, &difference.written());
    if writer.manager.name == "kubectl"
        && let Some(own) = last_applied::still_applied(ty, live, &writer.manager.api_version)
    {
        found.retain(|conflict| !own.has(&conflict.path.0));
    }
    match found.is_empty() || mutation::is(Mutation::NoConflicts) {
        true => Ok(()),
        false => Err(refusal(&found)),
    }
}

/// The merged object without what its applier last applied, does no longer, and nobody else holds.
fn prune(ty: Type<'_>, merged: Value, last: &FieldSet, managers: &Managers) -> Value {
    if last.is_empty() || mutation::is(Mutation::KeepsDroppedFields) {
        return merged;
    }
    let named = |set: &FieldSet| with_named_parents(ty, set);
    let all = named(&fields_of(ty, &merged));
    let last = named(last);
    // First all of it goes, then what anyone holds comes back, then what was not the applier's to remove.
    let bare = remove(ty, &merged, &last);
    let held = named(&managers.all_fields()).union(&named(&fields_of(ty, &bare)));
    let pruned = remove(ty, &merged, &all.difference(&held));
    let gone = all.difference(&named(&fields_of(ty, &pruned)));
    remove(ty, &merged, &gone.intersection(&last))
}

/// The real server refuses an object that does not fit its schema as an internal error.
fn refuse_misfits(what: &str, ty: Type<'_>, object: &Value, duplicates: Duplicates) -> Result<()> {
    if !is_shallow(object) {
        return Err(Failure::bad_request(format!("the object is nested more than {DEPTH} deep")));
    }
    let misfits = check(ty, object, duplicates);
    if misfits.is_empty() {
        return Ok(());
    }
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (name, namespace, kind) = (object.name(), object.namespace(), text("kind"));
    let version = match text("apiVersion") {
        core if !core.contains('/') => format!("/{core}"),
        version => version.to_owned(),
    };
    let described = describe(&misfits);
    Err(Failure::internal(format!(
        "failed to create typed {what} object ({namespace}/{name}; {version}, Kind={kind}): {described}"
    )))
}

fn can_be_tracked(ty: Type<'_>, object: &Value) -> bool {
    is_shallow(object) && check(ty, object, Duplicates::Allowed).is_empty()
}

fn is_shallow(value: &Value) -> bool {
    fn within(value: &Value, depth: usize) -> bool {
        match (value, depth) {
            (Value::Array(_) | Value::Object(_), 0) => false,
            (Value::Array(items), _) => items.iter().all(|item| within(item, depth - 1)),
            (Value::Object(map), _) => map.values().all(|value| within(value, depth - 1)),
            _ => true,
        }
    }
    within(value, DEPTH)
}

fn name_of(manager: &Manager) -> &str {
    if manager.name.is_empty() { "unknown" } else { &manager.name }
}

fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    metadata_mut(&mut object).remove("managedFields");
    object
}

fn write_managed_fields(object: &mut Value, managers: &Managers) {
    match managers.wire() {
        Some(entries) => metadata_mut(object).insert("managedFields".to_owned(), entries),
        None => metadata_mut(object).remove("managedFields"),
    };
}
