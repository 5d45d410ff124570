//! The `Scale` of what has replicas: seen from its parent, and written through to it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::labels::selector_text;
use super::{about, at, number_at, set_at, speaking, spoken, text_at};
use crate::api::options::{OptionsKind, WriteOptions};
use crate::api::patch::{self, PatchKind};
use crate::api::replace::wrong_uid;
use crate::api::route::Verb;
use crate::api::write::{Owners, Write};
use crate::api::{Call, Cluster, body, convert, get as one, place, render};
use crate::apply;
use crate::failure::{Cause, Details, Failure, Result};
use crate::field::FieldError;
use crate::http::Reply;
use crate::object::{Object, metadata_mut};
use crate::resource::ResourceType;
use crate::store::Transaction;

/// Where a kind keeps what its `Scale` says.
#[derive(Debug, PartialEq)]
struct Paths {
    replicas: Vec<String>,
    current: Vec<String>,
    selector: Selector,
}

#[derive(Debug, PartialEq)]
enum Selector {
    /// `spec.selector`, a selector of labels.
    Structured,
    /// `spec.selector`, a map of labels.
    Map,
    /// A text at that path.
    Text(Vec<String>),
}

impl Paths {
    fn of(resource: &ResourceType) -> Self {
        let owned = |path: &[&str]| path.iter().map(|&key| key.to_owned()).collect();
        let Some(custom) = &resource.custom else {
            return Self {
                replicas: owned(&["spec", "replicas"]),
                current: owned(&["status", "replicas"]),
                selector: if resource.plural == "replicationcontrollers" {
                    Selector::Map
                } else {
                    Selector::Structured
                },
            };
        };
        let path = |key: &str| {
            let scale = custom.scale.as_ref();
            let text = scale.and_then(|scale| scale.get(key)).and_then(Value::as_str);
            let keys = text.unwrap_or_default().split('.').filter(|key| !key.is_empty());
            keys.map(str::to_owned).collect::<Vec<_>>()
        };
        Self {
            replicas: path("specReplicasPath"),
            current: path("statusReplicasPath"),
            selector: Selector::Text(path("labelSelectorPath")),
        }
    }

    fn replicas(&self) -> Vec<&str> {
        self.replicas.iter().map(String::as_str).collect()
    }
}

/// Reads or writes the scale.
pub(super) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    match call.verb {
        Verb::Get => get(cluster, call),
        Verb::Update | Verb::Patch => write(cluster, call),
        _ => Err(Failure::method_not_allowed()),
    }
}

fn get(cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    let found = one::find(cluster, call)?;
    let parent = convert::to(&call.resource, &found.value)?;
    let paths = Paths::of(&call.resource);
    if call.resource.is_custom() && at(&parent, &paths.replicas()).is_none() {
        let path = format!(".{}", paths.replicas.join("."));
        let why = format!("the spec replicas field {path:?} does not exist");
        return Err(Failure::new(500, "InternalError", format!("Internal error occurred: {why}"))
            .with_details(Details::default())
            .caused_by(Cause { message: why, ..Cause::default() }));
    }
    respond(call, &scale_of(&parent, &paths))
}

fn respond(call: &Call<'_>, scale: &Value) -> Result<Reply> {
    let call = speaking(call, spoken("autoscaling", "v1", "Scale"));
    Ok(Reply::Full(render::object(&call, 200, scale)?))
}

/// The scale of an object, without managers.
fn scale_of(parent: &Value, paths: &Paths) -> Value {
    let mut metadata = Map::new();
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = parent.meta(key) {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    let current: Vec<&str> = paths.current.iter().map(String::as_str).collect();
    let mut spec = Map::new();
    let replicas = number_at(parent, &paths.replicas());
    if replicas != 0 {
        spec.insert("replicas".into(), replicas.into());
    }
    let mut status = json!({"replicas": number_at(parent, &current)});
    let selector = selector_of(parent, &paths.selector);
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": spec, "status": status,
    })
}

fn selector_of(parent: &Value, selector: &Selector) -> String {
    match selector {
        Selector::Text(path) => {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            text_at(parent, &path).to_owned()
        }
        Selector::Structured => {
            at(parent, &["spec", "selector"]).map_or_else(String::new, selector_text)
        }
        Selector::Map => {
            let labels = at(parent, &["spec", "selector"]).cloned().unwrap_or_default();
            selector_text(&json!({"matchLabels": labels}))
        }
    }
}

/// PUT and PATCH.
fn write(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    let change = Change::of(cluster, call)?;
    let parent_call = about(call, Arc::clone(&call.resource), None);
    let write = Write::new(cluster, &parent_call, change.options());
    let scale = write.run(|transaction| change.run(&write, transaction))?;
    respond(call, &scale)
}

/// A write of a scale: what is asked, in the terms of the scale.
struct Change<'a> {
    cluster: &'a Arc<Cluster>,
    /// About the scale.
    call: Call<'a>,
    options: WriteOptions,
    /// `None` for a PUT.
    patch: Option<PatchKind>,
    /// The body of a PUT.
    given: Option<Value>,
}

impl<'a> Change<'a> {
    fn of(cluster: &'a Arc<Cluster>, call: &Call<'a>) -> Result<Self> {
        // The kind of patch depends on the parent.
        let patch = match call.verb {
            Verb::Patch => Some(PatchKind::of(call)?),
            _ => None,
        };
        let options_kind = match patch {
            None => OptionsKind::Update,
            Some(PatchKind::Apply) => OptionsKind::Apply,
            Some(_) => OptionsKind::Patch,
        };
        let options = WriteOptions::of(call, options_kind)?;
        let call = speaking(call, spoken("autoscaling", "v1", "Scale"));
        let given = match patch {
            Some(_) => None,
            None => {
                let mut given = body::read(cluster, &call, options.validation)?;
                place::namespace(&call, &mut given)?;
                place::name(&call, &given)?;
                Some(given)
            }
        };
        Ok(Self { cluster, call, options, patch, given })
    }

    fn options(&self) -> WriteOptions {
        self.options.clone()
    }

    /// Writes through `parent`, a write of the parent.
    fn run(&self, parent: &Write<'_>, transaction: &mut Transaction<'_>) -> Result<Value> {
        let resource = &parent.call.resource;
        let live = parent.live(transaction, self.call.name.unwrap_or_default())?;
        let before = convert::to(resource, &live.value)?;
        let paths = Paths::of(resource);
        let replicas_path = paths.replicas();
        let mut live_scale = scale_of(&before, &paths);
        let held = apply::for_scale(before.meta("managedFields"), &replicas_path);
        if let Some(held) = held {
            metadata_mut(&mut live_scale).insert("managedFields".into(), held);
        }
        let mut scale = self.scale(resource, &live_scale)?;
        let replicas = number_at(&scale, &["spec", "replicas"]);
        refuse_negative(resource, &live_scale, replicas)?;
        if !scale.uid().is_empty() && scale.uid() != live.value.uid() {
            return Err(wrong_uid(parent.call, &live, scale.uid()));
        }
        let version = match scale.resource_version() {
            "" | "0" => live.value.resource_version().to_owned(),
            given => given.to_owned(),
        };
        let managers = metadata_mut(&mut scale).remove("managedFields");
        let managers = apply::for_parent(
            before.meta("managedFields"),
            managers.as_ref(),
            &replicas_path,
            &resource.api_version(),
        );
        let mut object = before;
        let metadata = metadata_mut(&mut object);
        metadata.insert("resourceVersion".into(), version.into());
        match managers {
            Some(managers) => metadata.insert("managedFields".into(), managers),
            None => metadata.remove("managedFields"),
        };
        set_at(&mut object, &replicas_path, replicas.into());
        let stored = parent.update(transaction, &live, object, Owners::Counted)?;
        Ok(scale_of(&convert::to(resource, &stored)?, &paths))
    }

    /// The scale as it is wanted, with its managers counted.
    fn scale(&self, parent: &ResourceType, live: &Value) -> Result<Value> {
        let write = Write::new(self.cluster, &self.call, self.options.clone());
        if self.patch == Some(PatchKind::Apply) {
            return applied(&write, parent, live);
        }
        let mut scale = match (&self.given, self.patch) {
            (Some(given), _) => given.clone(),
            (None, kind) => patched(&write, parent, kind.unwrap_or(PatchKind::Merge), live)?,
        };
        let schema = self.call.resource.schema.get();
        apply::update(schema, Some(live), &mut scale, &write.manager(), &[&["status"]])?;
        Ok(scale)
    }
}

fn patched(
    write: &Write<'_>,
    parent: &ResourceType,
    kind: PatchKind,
    live: &Value,
) -> Result<Value> {
    let mut shown = live.clone();
    metadata_mut(&mut shown).remove("managedFields");
    let patched = patch::patched(write.call, kind, &shown)?;
    let mut scale = patch::read(write, kind, patched)?;
    place::namespace(write.call, &mut scale)?;
    place::name(write.call, &scale)?;
    let version = scale.resource_version();
    if !version.is_empty() && version != live.resource_version() {
        crate::api::write::parse_version(version)?;
        return Err(Failure::modified(parent, live.name()));
    }
    Ok(scale)
}

/// Server-side apply.
fn applied(write: &Write<'_>, parent: &ResourceType, live: &Value) -> Result<Value> {
    let mut applied = patch::applied(write)?;
    if parent.is_custom() {
        let why = "failed to create manager for existing fields: failed to convert live object (/; \
                   autoscaling/v1, Kind=Scale) to proper version: request to convert CR to an invalid \
                   group/version: autoscaling/v1";
        return Err(Failure::internal(why));
    }
    let version = applied.resource_version().to_owned();
    metadata_mut(&mut applied).remove("resourceVersion");
    if !matches!(version.as_str(), "" | "0") && version != live.resource_version() {
        return Err(Failure::modified(parent, live.name()));
    }
    let schema = write.call.resource.schema.get();
    let (manager, force) = (write.manager(), write.options.force);
    apply::apply(schema, Some(live), &applied, &manager, force, &[&["status"]])
}

/// 422, of the scale. A custom resource's own rules refuse it, as of any write.
fn refuse_negative(resource: &ResourceType, live: &Value, replicas: i64) -> Result<()> {
    if replicas >= 0 || resource.is_custom() {
        return Ok(());
    }
    let why = "must be greater than or equal to 0";
    let error = FieldError::invalid("spec.replicas", replicas, why);
    Err(Failure::invalid("Scale", "autoscaling", live.name(), &[error]))
}
