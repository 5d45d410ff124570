//! PATCH: a changed object from the live one, by one of four kinds of patch.

use serde_json::Value;

use super::options::{OptionsKind, Validation, WriteOptions};
use super::write::{Owners, Write};
use super::{Call, Cluster, body, convert, place, render};
use crate::apply;
use crate::failure::{Details, Failure, Result};
use crate::field::FieldError;
use crate::http::Reply;
use crate::kinds;
use crate::object::{Object, metadata_mut};
use crate::patch as patches;
use crate::schema::Yaml;
use crate::store::{Stored, Transaction};

/// The kinds of patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchKind {
    Json,
    Merge,
    Strategic,
    Apply,
}

impl PatchKind {
    /// What the content type says.
    pub(crate) fn of(call: &Call<'_>) -> Result<Self> {
        let given = call.request.header("Content-Type").unwrap_or_default();
        let is_custom = call.resource.is_custom();
        match body::media_type(given) {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" if !is_custom => Ok(Self::Strategic),
            "application/apply-patch+yaml" => Ok(Self::Apply),
            "application/apply-patch+cbor" => Err(Failure::not_implemented("apply in CBOR")),
            _ if is_custom => {
                let message = "the body of the request was in an unknown format - accepted media types \
                    include: application/json-patch+json, application/merge-patch+json, \
                    application/apply-patch+yaml";
                Err(Failure::new(415, "UnsupportedMediaType", message))
            }
            _ => {
                let message = "415: Unsupported Media Type";
                Err(Failure::new(415, "UnsupportedMediaType", message)
                    .with_details(Details::default()))
            }
        }
    }
}

/// Patches the object that the path names; an apply makes it where it is missing.
pub(crate) fn answer(cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    let kind = PatchKind::of(call)?;
    let is_apply = kind == PatchKind::Apply;
    let options_kind = if is_apply { OptionsKind::Apply } else { OptionsKind::Patch };
    let options = WriteOptions::of(call, options_kind)?;
    let write = Write::new(cluster, call, options);
    let (status, stored) = write.run(|transaction| {
        if is_apply {
            apply(&write, transaction)
        } else {
            Ok((200, patch(&write, transaction, kind)?))
        }
    })?;
    Ok(Reply::Full(render::object(call, status, &stored)?))
}

/// JSON, merge and strategic merge patches.
fn patch(write: &Write<'_>, transaction: &mut Transaction<'_>, kind: PatchKind) -> Result<Value> {
    let call = write.call;
    let live = write.live(transaction, call.name.unwrap_or_default())?;
    let before = convert::to(&call.resource, &live.value)?;
    let patched = patched(call, kind, &before)?;
    let mut object = read(write, kind, patched)?;
    place::namespace(call, &mut object)?;
    place::name(call, &object)?;
    if !object.resource_version().is_empty()
        && object.resource_version() != live.value.resource_version()
    {
        super::write::parse_version(object.resource_version())?;
        return Err(Failure::modified(&call.resource, live.value.name()));
    }
    // A patch is made for the live object, also where it takes the version away.
    let version = live.value.resource_version().to_owned();
    metadata_mut(&mut object).insert("resourceVersion".into(), version.into());
    write.update(transaction, &live, object, Owners::Count)
}

/// The document after the patch.
pub(crate) fn patched(call: &Call<'_>, kind: PatchKind, before: &Value) -> Result<Value> {
    let patch = call.request.content()?;
    match kind {
        PatchKind::Json => patches::json::apply(before, patch),
        PatchKind::Merge => patches::merge::apply(before, patch),
        PatchKind::Strategic => patches::strategic::apply(&call.resource.schema, before, patch),
        PatchKind::Apply => Err(Failure::internal("an apply is no patch of a document")),
    }
}

/// The object that a patched document holds.
pub(crate) fn read(write: &Write<'_>, kind: PatchKind, patched: Value) -> Result<Value> {
    let resource = &write.call.resource;
    let wrong = |why: &str| {
        let shown = match kind {
            PatchKind::Strategic => {
                patches::strategic::shown(write.call.request.content().unwrap_or_default())
            }
            _ => patched.to_string(),
        };
        let error = FieldError::invalid("patch", shown, why);
        Failure::invalid("", "", "", &[error])
    };
    let text = |key: &str| patched.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("kind") != resource.kind || text("apiVersion") != resource.api_version() {
        let (kind, version) = (text("kind"), text("apiVersion"));
        let why = format!("no kind \"{kind}\" is registered for version \"{version}\"");
        return Err(wrong(&why));
    }
    let mut problems = Vec::new();
    if write.options.validation != Validation::Ignore {
        let patch = write.call.request.content()?;
        if kind == PatchKind::Json {
            problems.extend(patches::json::unknown_fields(patch));
        } else {
            problems.extend(super::duplicates::of(patch));
        }
    }
    let (value, mut unknown) =
        body::by_schema(resource, patched.clone()).map_err(|why| match kind {
            PatchKind::Strategic => wrong(&patches::strategic::outcome::said(&why)),
            _ => wrong(&why),
        })?;
    problems.append(&mut unknown);
    match write.options.validation {
        Validation::Strict if !problems.is_empty() => {
            Err(wrong(&format!("strict decoding error: {}", problems.join(", "))))
        }
        Validation::Warn => {
            write.call.warnings.add(problems);
            Ok(value)
        }
        _ => Ok(value),
    }
}

/// Server-side apply.
fn apply(write: &Write<'_>, transaction: &mut Transaction<'_>) -> Result<(u16, Value)> {
    let call = write.call;
    let resource = &call.resource;
    let mut applied = applied(write)?;
    let live = transaction.get(&write.key(call.name.unwrap_or_default()));
    let subresource = call.subresource.unwrap_or_default();
    if live.is_none() && !subresource.is_empty() {
        return Err(Failure::not_found(resource, call.name.unwrap_or_default()));
    }
    // Whoever applies to an object names its version only to say which one they saw.
    let version = applied.resource_version().to_owned();
    metadata_mut(&mut applied).remove("resourceVersion");
    if let Some(live) = &live
        && !matches!(version.as_str(), "" | "0")
        && super::write::parse_version(&version)? != live.version
    {
        return Err(Failure::modified(resource, live.value.name()));
    }
    let before = match &live {
        Some(live) => Some(convert::to(resource, &live.value)?),
        None => None,
    };
    let ignored = kinds::unowned(resource, subresource);
    let merged = apply::apply(
        resource.schema.get(),
        before.as_ref(),
        &applied,
        &write.manager(),
        write.options.force,
        ignored,
    )?;
    let (mut object, _) = body::by_schema(resource, merged)
        .map_err(|why| Failure::internal(format!("failed to convert to apply: {why}")))?;
    place::namespace(call, &mut object)?;
    match live {
        Some(live) => Ok((200, update(write, transaction, &live, object)?)),
        None => {
            if !object.uid().is_empty() {
                let why = format!(
                    "uid mismatch: the provided object specified uid {}, and no existing object was found",
                    object.uid()
                );
                return Err(Failure::conflict(resource, object.name(), &why));
            }
            Ok((201, write.create(transaction, object, Owners::Counted)?))
        }
    }
}

fn update(
    write: &Write<'_>,
    transaction: &mut Transaction<'_>,
    live: &Stored,
    mut object: Value,
) -> Result<Value> {
    let version = live.value.resource_version().to_owned();
    metadata_mut(&mut object).insert("resourceVersion".into(), version.into());
    write.update(transaction, live, object, Owners::Counted)
}

/// The body of an apply: an object of the resource, by its name.
pub(crate) fn applied(write: &Write<'_>) -> Result<Value> {
    let call = write.call;
    let resource = &call.resource;
    let bytes = call.request.content()?;
    let Yaml { value, duplicates } = Yaml::read(bytes).map_err(|why| {
        Failure::bad_request(format!(
            "error decoding YAML: error converting YAML to JSON: yaml: {why}"
        ))
    })?;
    if write.options.validation == Validation::Strict && !duplicates.is_empty() {
        let why = duplicates.join("\n  ");
        return Err(Failure::bad_request(format!(
            "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  {why}"
        )));
    }
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, version) = (text("kind"), text("apiVersion"));
    if kind != resource.kind || version != resource.api_version() {
        let (group, short) = version.split_once('/').unwrap_or(("", version.as_str()));
        let why = format!("invalid object type: {group}/{short}, Kind={kind}");
        return Err(Failure::bad_request(why));
    }
    place::name(call, &value)?;
    // Only looked at here: what is applied says no namespace where the body says none.
    place::namespace(call, &mut value.clone())?;
    if write.options.validation == Validation::Warn {
        // What the schema lacks is refused by the apply itself.
        call.warnings.add(duplicates);
    }
    Ok(value)
}
