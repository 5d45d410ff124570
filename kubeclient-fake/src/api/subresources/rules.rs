//! What the one who asks may do in a namespace, as rules.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{at, text_at};
use crate::api::options::{OptionsKind, WriteOptions};
use crate::api::{Call, Cluster, body, render};
use crate::failure::{Failure, Result};
use crate::http::Reply;

/// Answers a review of rules.
pub(super) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    let options = WriteOptions::of(call, OptionsKind::Create)?;
    let given = body::read(cluster, call, options.validation)?;
    let namespace = text_at(&given, &["spec", "namespace"]);
    if namespace.is_empty() {
        return Err(Failure::bad_request("no namespace on request"));
    }
    let mut resources = Vec::new();
    let mut others = Vec::new();
    for rule in cluster.rules_for(&call.request.user, namespace) {
        if rule.get("nonResourceURLs").is_some() {
            others.push(keep(&rule, &["verbs", "nonResourceURLs"]));
        } else {
            resources.push(keep(&rule, &["verbs", "apiGroups", "resources", "resourceNames"]));
        }
    }
    let review = json!({
        "kind": call.resource.kind, "apiVersion": call.resource.api_version(), "metadata": {},
        "spec": {},
        "status": {"resourceRules": resources, "nonResourceRules": others, "incomplete": false},
    });
    Ok(Reply::Full(render::object(call, 201, &review)?))
}

/// The rule with these of its fields, where they are not empty.
fn keep(rule: &Value, keys: &[&str]) -> Value {
    let mut kept = Map::new();
    for key in keys {
        let value = at(rule, &[key]);
        if let Some(value) =
            value.filter(|value| value.as_array().is_some_and(|list| !list.is_empty()))
        {
            kept.insert((*key).to_owned(), value.clone());
        }
    }
    kept.into()
}
