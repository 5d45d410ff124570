//! Questions about who somebody is and what they may: the answer is the question with its status.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{at, items_at, text_at};
use crate::api::options::{OptionsKind, WriteOptions};
use crate::api::{Call, Cluster, body, place, render};
use crate::apply::{self, Manager};
use crate::attributes::Attributes;
use crate::auth::User;
use crate::clock::seconds;
use crate::failure::{Failure, Result};
use crate::field::FieldError;
use crate::http::Reply;
use crate::object::Object;

/// Answers a review.
pub(super) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    let options = WriteOptions::of(call, OptionsKind::Create)?;
    let mut review = body::read(cluster, call, options.validation)?;
    place::namespace(call, &mut review)?;
    if call.resource.plural == "selfsubjectreviews" {
        let review = about_oneself(cluster, call);
        return Ok(Reply::Full(render::object(call, 201, &review)?));
    }
    if let Some(object) = review.as_object_mut() {
        object.remove("status");
    }
    let manager = Manager {
        name: options.manager,
        api_version: call.resource.api_version(),
        subresource: String::new(),
        time: seconds(cluster.clock.now()),
    };
    let schema = call.resource.schema.get();
    apply::update(schema, None, &mut review, &manager, &[&["status"]])?;
    review["status"] = match call.resource.plural.as_str() {
        "tokenreviews" => token_status(cluster, &review)?,
        "selfsubjectaccessreviews" | "subjectaccessreviews" | "localsubjectaccessreviews" => {
            refuse_wrong(call, &review)?;
            access_status(cluster, call, &review)
        }
        other => return Err(Failure::not_implemented(other)),
    };
    Ok(Reply::Full(render::object(call, 201, &review)?))
}

fn about_oneself(cluster: &Cluster, call: &Call<'_>) -> Value {
    json!({
        "kind": call.resource.kind, "apiVersion": call.resource.api_version(),
        "metadata": {"creationTimestamp": seconds(cluster.clock.now())},
        "status": {"userInfo": user_info(&call.request.user)},
    })
}

/// A user on the wire: what is empty is left out.
pub(super) fn user_info(user: &User) -> Value {
    let mut info = Map::new();
    for (key, text) in [("username", &user.name), ("uid", &user.uid)] {
        if !text.is_empty() {
            info.insert(key.into(), text.as_str().into());
        }
    }
    if !user.groups.is_empty() {
        info.insert("groups".into(), json!(user.groups));
    }
    if !user.extra.is_empty() {
        info.insert("extra".into(), json!(user.extra));
    }
    info.into()
}

fn token_status(cluster: &Cluster, review: &Value) -> Result<Value> {
    let token = text_at(review, &["spec", "token"]);
    if token.is_empty() {
        let why = "token is required for TokenReview in authentication";
        return Err(Failure::bad_request(why));
    }
    let wanted: Vec<&str> =
        items_at(review, &["spec", "audiences"]).iter().filter_map(Value::as_str).collect();
    Ok(match cluster.subresources.issuer.who(cluster, token, &wanted) {
        Some((user, audiences)) => {
            json!({"authenticated": true, "user": user_info(&user), "audiences": audiences})
        }
        None => json!({"user": {}, "error": "invalid bearer token"}),
    })
}

/// 422 for a question that is none.
fn refuse_wrong(call: &Call<'_>, review: &Value) -> Result<()> {
    let mut errors = Vec::new();
    let is_local = call.resource.plural.starts_with("local");
    let resource = at(review, &["spec", "resourceAttributes"]).filter(|value| !value.is_null());
    let other = at(review, &["spec", "nonResourceAttributes"]).filter(|value| !value.is_null());
    // The real server shows its own form of it.
    let shown = other
        .map(|other| json!({"Path": text_at(other, &["path"]), "Verb": text_at(other, &["verb"])}));
    match (resource, &shown) {
        (Some(_), Some(shown)) => {
            let why = "cannot be specified in combination with resourceAttributes";
            errors.push(FieldError::invalid("spec.nonResourceAttributes", shown.clone(), why));
        }
        (None, None) => {
            let why =
                "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            errors.push(FieldError::invalid("spec.resourceAttributes", Value::Null, why));
        }
        _ => {}
    }
    let is_self = call.resource.plural.starts_with("self");
    let nobody = text_at(review, &["spec", "user"]).is_empty()
        && items_at(review, &["spec", "groups"]).is_empty();
    if !is_self && nobody {
        let why = "at least one of user or group must be specified";
        errors.push(FieldError::invalid("spec.user", "", why));
    }
    let mut metadata = review.get("metadata").cloned().unwrap_or_default();
    if let Value::Object(map) = &mut metadata {
        map.remove("managedFields");
        if is_local {
            map.remove("namespace");
        }
    }
    if metadata.as_object().is_some_and(|map| !map.is_empty()) {
        let whole = review.get("metadata").cloned().unwrap_or_default();
        errors.push(FieldError::invalid("metadata", whole, "must be empty"));
    }
    if is_local {
        let namespace = resource.map(|resource| text_at(resource, &["namespace"]));
        if let Some(namespace) = namespace
            && namespace != review.namespace()
        {
            let (field, why) =
                ("spec.resourceAttributes.namespace", "must match metadata.namespace");
            errors.push(FieldError::invalid(field, namespace, why));
        }
        if let Some(shown) = shown {
            let why = "disallowed on this kind of request";
            errors.push(FieldError::invalid("spec.nonResourceAttributes", shown, why));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid("", &call.resource.group, "", &errors))
}

fn access_status(cluster: &Cluster, call: &Call<'_>, review: &Value) -> Value {
    let user = if call.resource.plural.starts_with("self") {
        call.request.user.clone()
    } else {
        let spec = review.get("spec").cloned().unwrap_or_default();
        User {
            name: text_at(&spec, &["user"]).to_owned(),
            uid: text_at(&spec, &["uid"]).to_owned(),
            groups: items_at(&spec, &["groups"])
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            ..User::default()
        }
    };
    let decision = cluster.may(&user, &asked(review));
    let mut status = json!({"allowed": decision.allowed});
    if !decision.reason.is_empty() {
        status["reason"] = decision.reason.into();
    }
    status
}

/// What a review asks about.
fn asked(review: &Value) -> Attributes {
    let text = |of: &Value, key: &str| text_at(of, &[key]).to_owned();
    match at(review, &["spec", "resourceAttributes"]).filter(|value| !value.is_null()) {
        Some(resource) => Attributes {
            verb: text(resource, "verb"),
            group: text(resource, "group"),
            version: text(resource, "version"),
            resource: text(resource, "resource"),
            subresource: text(resource, "subresource"),
            namespace: text(resource, "namespace"),
            name: text(resource, "name"),
            is_resource: true,
            ..Attributes::default()
        },
        None => {
            let other = at(review, &["spec", "nonResourceAttributes"]).cloned().unwrap_or_default();
            Attributes {
                verb: text(&other, "verb"),
                path: text(&other, "path"),
                ..Attributes::default()
            }
        }
    }
}
