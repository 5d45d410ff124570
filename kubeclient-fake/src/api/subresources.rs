//! What is below an object besides its status, and the resources that are asked but not stored.

mod binding;
mod connect;
mod eviction;
mod labels;
pub(crate) mod logs;
pub(crate) mod parts;
mod reviews;
mod rules;
mod scale;
mod token;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use self::logs::Logs;
use self::token::Issuer;
use super::route::Verb;
use super::{Call, Cluster, get, patch, render, replace};
use crate::failure::{Failure, Result};
use crate::http::Reply;
use crate::kinds;
use crate::resource::ResourceType;
use crate::schema::builtin;

/// What a cluster keeps for its subresources besides the objects.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) logs: Logs,
    pub(crate) issuer: Issuer,
    /// Whether new pods run at once.
    pub(crate) run_pods: AtomicBool,
}

/// The answer about a subresource.
pub(crate) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>, name: &str) -> Result<Reply> {
    match (name, call.verb) {
        ("scale", _) => scale::answer(cluster, call),
        ("eviction", Verb::Create) => eviction::answer(cluster, call),
        ("binding", Verb::Create) => binding::answer(cluster, call, call.name.unwrap_or_default()),
        ("token", Verb::Create) => token::answer(cluster, call),
        ("log", Verb::Get) => logs::answer(cluster, call),
        ("exec" | "attach" | "portforward", _) => connect::answer(cluster, call, name),
        ("finalize" | "ephemeralcontainers" | "resize" | "approval", verb) => match verb {
            Verb::Get => get::answer(cluster, call),
            Verb::Update => replace::answer(cluster, call),
            Verb::Patch => patch::answer(cluster, call),
            _ => Err(Failure::method_not_allowed()),
        },
        _ => Err(Failure::not_implemented(format_args!("{}/{name}", call.resource.qualified()))),
    }
}

/// The answer about a resource of which nothing is stored.
pub(crate) fn virtual_resource(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    match (call.resource.plural.as_str(), call.verb) {
        ("bindings", Verb::Create) => binding::by_name(cluster, call),
        ("selfsubjectrulesreviews", Verb::Create) => rules::answer(cluster, call),
        (_, Verb::Create) => reviews::answer(cluster, call),
        _ => Err(Failure::not_implemented(call.resource.qualified())),
    }
}

/// The same call about another kind.
fn speaking<'a>(call: &Call<'a>, resource: Arc<ResourceType>) -> Call<'a> {
    about(call, resource, call.subresource)
}

/// The same call about another kind and subresource.
fn about<'a>(
    call: &Call<'a>,
    resource: Arc<ResourceType>,
    subresource: Option<&'a str>,
) -> Call<'a> {
    Call {
        request: call.request,
        resource,
        verb: call.verb,
        namespace: call.namespace,
        name: call.name,
        subresource,
        form: call.form.clone(),
        clock: call.clock.clone(),
        warnings: call.warnings.clone(),
    }
}

/// A kind that is spoken but not stored.
fn spoken(group: &str, version: &str, kind: &str) -> Arc<ResourceType> {
    Arc::new(ResourceType {
        group: group.into(),
        version: version.into(),
        plural: kind.to_lowercase(),
        singular: kind.to_lowercase(),
        kind: kind.into(),
        list_kind: format!("{kind}List"),
        namespaced: true,
        short_names: Vec::new(),
        categories: Vec::new(),
        verbs: Vec::new(),
        subresources: Vec::new(),
        schema: builtin::schema_of(group, version, kind)
            .unwrap_or_else(crate::schema::SchemaRef::anything),
        ways: kinds::ways(group, kind, false),
        custom: None,
    })
}

/// 201 with a `Status` of success.
fn success(call: &Call<'_>) -> Reply {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    });
    Reply::Full(render::plain(&call.form, 201, &status))
}

/// The text at a path of keys; empty where there is none.
fn text_at<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a path of keys; 0 where there is none.
fn number_at(value: &Value, path: &[&str]) -> i64 {
    at(value, path).and_then(Value::as_i64).unwrap_or(0)
}

/// The items at a path of keys; none where there is no list.
fn items_at<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// Sets the value at a path of keys; what is on the way and no object becomes one.
fn set_at(value: &mut Value, path: &[&str], to: Value) {
    let mut place = value;
    for key in path {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[*key];
    }
    *place = to;
}
