//! Tokens of service accounts: issued, signed, and known again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rcgen::{KeyPair, SigningKey};
use serde_json::{Map, Value, json};

use super::{at, items_at, number_at, set_at, speaking, spoken, text_at};
use crate::api::options::{OptionsKind, WriteOptions};
use crate::api::{Call, Cluster, body, place, render};
use crate::apply::{self, Manager};
use crate::auth::User;
use crate::clock::seconds;
use crate::failure::{Details, Failure, Result};
use crate::field::FieldError;
use crate::http::Reply;
use crate::object::{Object, metadata_mut};
use crate::random;
use crate::store::{Key, Stored};

/// Who issues the tokens, and for whom they are unless somebody else is named.
const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
const SHORTEST: i64 = 600;
const LONGEST: i64 = 1 << 32;
const USUAL: i64 = 3600;

/// Signs tokens, and remembers for whom each is.
#[derive(Default)]
pub(crate) struct Issuer {
    key: OnceLock<Option<(String, KeyPair)>>,
    issued: Mutex<HashMap<String, Issued>>,
}

struct Issued {
    user: User,
    audiences: Vec<String>,
    until: Timestamp,
}

impl Issuer {
    /// Whom a token names, and which of the wanted audiences it is for; none wanted is the server itself.
    pub(super) fn who(
        &self,
        cluster: &Cluster,
        token: &str,
        wanted: &[&str],
    ) -> Option<(User, Vec<String>)> {
        let wanted = if wanted.is_empty() { &[ISSUER][..] } else { wanted };
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut user, known) = match issued.get(token) {
            Some(issued) if cluster.clock.now() >= issued.until => return None,
            Some(issued) => (issued.user.clone(), issued.audiences.clone()),
            None => (cluster.tokens.user(token)?, vec![ISSUER.to_owned()]),
        };
        let audiences: Vec<String> =
            known.into_iter().filter(|audience| wanted.contains(&audience.as_str())).collect();
        if !user.groups.iter().any(|group| group == "system:authenticated") {
            user.groups.push("system:authenticated".into());
        }
        (!audiences.is_empty()).then_some((user, audiences))
    }

    /// A signed token of these claims.
    fn sign(&self, claims: &Value) -> Result<String> {
        let failed = || Failure::internal("failed to generate token");
        let key = self.key.get_or_init(|| Some((random::uuid(), KeyPair::generate().ok()?)));
        let (id, key) = key.as_ref().ok_or_else(failed)?;
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = json!({"alg": "ES256", "kid": id});
        let said = format!("{}.{}", part(&head), part(claims));
        let signature = key.sign(said.as_bytes()).map_err(|_| failed())?;
        let signature = plain_signature(&signature).ok_or_else(failed)?;
        Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The two numbers of a signature, 32 bytes each, out of their DER form.
fn plain_signature(der: &[u8]) -> Option<[u8; 64]> {
    let mut plain = [0; 64];
    let mut rest = der.strip_prefix(&[0x30])?.get(1..)?;
    for half in plain.chunks_exact_mut(32) {
        let length = usize::from(*rest.strip_prefix(&[0x02])?.first()?);
        let mut number = rest.get(2..2 + length)?;
        rest = rest.get(2 + length..)?;
        while let Some((0, after)) = number.split_first() {
            number = after;
        }
        half.get_mut(32_usize.checked_sub(number.len())?..)?.copy_from_slice(number);
    }
    Some(plain)
}

/// Issues a token for the service account that the path names.
pub(super) fn answer(cluster: &Arc<Cluster>, call: &Call<'_>) -> Result<Reply> {
    let options = WriteOptions::of(call, OptionsKind::Create)?;
    let token_call = speaking(call, spoken("authentication.k8s.io", "v1", "TokenRequest"));
    let mut request = body::read(cluster, &token_call, options.validation)?;
    let (name, namespace) = (call.name.unwrap_or_default(), call.namespace.unwrap_or_default());
    place::namespace(call, &mut request)?;
    if !request.name().is_empty() && request.name() != name {
        let why = "must match the service account name if specified";
        return Err(invalid(name, FieldError::invalid("metadata.name", request.name(), why)));
    }
    let account = cluster.store.get(&Key::new("serviceaccounts", namespace, name));
    let account = account.ok_or_else(|| Failure::not_found(&call.resource, name))?;
    let (given, uid) = (request.uid(), account.value.uid());
    if !given.is_empty() && given != uid {
        return Err(conflict(
            "TokenRequest",
            "authentication.k8s.io",
            name,
            &format!(
                "the UID in the token request ({given}) does not match the UID of the service account ({uid})"
            ),
        ));
    }
    if at(&request, &["spec", "expirationSeconds"]).is_none_or(Value::is_null) {
        set_at(&mut request, &["spec", "expirationSeconds"], USUAL.into());
    }
    let manager = Manager {
        name: options.manager,
        api_version: token_call.resource.api_version(),
        subresource: "token".into(),
        time: seconds(cluster.clock.now()),
    };
    let schema = token_call.resource.schema.get();
    apply::update(schema, None, &mut request, &manager, &[&["status"]])?;
    complete(cluster, &mut request, &account.value);
    check_duration(&request)?;
    issue(cluster, &mut request, &account.value)?;
    Ok(Reply::Full(render::object(&token_call, 201, &request)?))
}

/// Sets what the server says of the request.
fn complete(cluster: &Cluster, request: &mut Value, account: &Value) {
    if items_at(request, &["spec", "audiences"]).is_empty() {
        set_at(request, &["spec", "audiences"], json!([ISSUER]));
    }
    if at(request, &["spec", "boundObjectRef"]).is_none() {
        set_at(request, &["spec", "boundObjectRef"], Value::Null);
    }
    let metadata = metadata_mut(request);
    for key in ["name", "namespace", "uid"] {
        metadata.insert(key.into(), account.meta_str(key).into());
    }
    metadata.insert("creationTimestamp".into(), seconds(cluster.clock.now()).into());
}

fn check_duration(request: &Value) -> Result<()> {
    let duration = number_at(request, &["spec", "expirationSeconds"]);
    let why = if duration < SHORTEST {
        "may not specify a duration less than 10 minutes"
    } else if duration > LONGEST {
        "may not specify a duration larger than 2^32 seconds"
    } else {
        return Ok(());
    };
    Err(invalid("", FieldError::invalid("spec.expirationSeconds", duration, why)))
}

fn invalid(name: &str, error: FieldError) -> Failure {
    Failure::invalid("TokenRequest", "authentication.k8s.io", name, &[error])
}

/// 409 that names a kind.
fn conflict(kind: &str, group: &str, name: &str, why: &str) -> Failure {
    let qualified = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
    let message = format!("Operation cannot be fulfilled on {qualified} {name:?}: {why}");
    Failure::new(409, "Conflict", message).with_details(Details {
        name: name.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        ..Details::default()
    })
}

/// Signs the token and says it in the status.
fn issue(cluster: &Cluster, request: &mut Value, account: &Value) -> Result<()> {
    let (name, namespace) = (account.name(), account.namespace());
    let now = cluster.clock.now();
    let duration = number_at(request, &["spec", "expirationSeconds"]);
    let until = now.saturating_add(SignedDuration::from_secs(duration)).unwrap_or(Timestamp::MAX);
    let id = random::uuid();
    let named = |object: &Value| json!({"name": object.name(), "uid": object.uid()});
    let mut private = Map::new();
    private.insert("namespace".into(), namespace.into());
    private.insert("serviceaccount".into(), named(account));
    let mut user = User::service_account(namespace, name, account.uid());
    let mut extra = |key: &str, value: &str| {
        user.extra.insert(format!("authentication.kubernetes.io/{key}"), vec![value.to_owned()]);
    };
    extra("credential-id", &format!("JTI={id}"));
    if let Some((kind, bound)) = bound_object(cluster, request, account)? {
        private.insert(kind.into(), named(&bound.value));
        if kind != "secret" {
            extra(&format!("{kind}-name"), bound.value.name());
            extra(&format!("{kind}-uid"), bound.value.uid());
        }
        let node = text_at(&bound.value, &["spec", "nodeName"]);
        if kind == "pod" && !node.is_empty() {
            let found = cluster.store.get(&Key::new("nodes", "", node));
            let found = found.map(|node| named(&node.value));
            extra("node-name", node);
            if let Some(found) = &found {
                extra("node-uid", text_at(found, &["uid"]));
            }
            private.insert("node".into(), found.unwrap_or_else(|| json!({"name": node})));
        }
    }
    let audiences = at(request, &["spec", "audiences"]).cloned().unwrap_or_default();
    let claims = json!({
        "aud": audiences, "exp": until.as_second(), "iat": now.as_second(), "iss": ISSUER, "jti": id,
        "kubernetes.io": private, "nbf": now.as_second(),
        "sub": format!("system:serviceaccount:{namespace}:{name}"),
    });
    let issuer = &cluster.subresources.issuer;
    let token = issuer.sign(&claims)?;
    let audiences: Vec<String> = items_at(request, &["spec", "audiences"])
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if audiences.iter().any(|audience| audience == ISSUER) {
        cluster.tokens.issue(token.as_str(), user.clone(), Some(until));
    }
    let issued = Issued { user, audiences, until };
    issuer.issued.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), issued);
    request["status"] = json!({"token": token, "expirationTimestamp": seconds(until)});
    Ok(())
}

/// The object with which the token shall end, and what its claim is called.
fn bound_object(
    cluster: &Cluster,
    request: &Value,
    account: &Value,
) -> Result<Option<(&'static str, Stored)>> {
    let reference = at(request, &["spec", "boundObjectRef"]).filter(|value| !value.is_null());
    let Some(reference) = reference else { return Ok(None) };
    let text = |key: &str| text_at(reference, &[key]);
    let (version, kind, name) = (text("apiVersion"), text("kind"), text("name"));
    let (claim, plural, namespace) = match (version.contains('/'), kind) {
        (false, "Pod") => ("pod", "pods", account.namespace()),
        (false, "Node") => ("node", "nodes", ""),
        (false, "Secret") => ("secret", "secrets", account.namespace()),
        _ => {
            let shown =
                if version.contains('/') { version.to_owned() } else { format!("/{version}") };
            let why = format!("cannot bind token to object of type {shown}, Kind={kind}");
            return Err(Failure::bad_request(why));
        }
    };
    let found = cluster.store.get(&Key::new(plural, namespace, name)).ok_or_else(|| {
        let message = format!("{plural} {name:?} not found");
        Failure::new(404, "NotFound", message).with_details(Details {
            name: name.to_owned(),
            kind: plural.to_owned(),
            ..Details::default()
        })
    })?;
    if claim == "pod" && text_at(&found.value, &["spec", "serviceAccountName"]) != account.name() {
        let account = account.name();
        return Err(Failure::bad_request(format!(
            "cannot bind token for serviceaccount {account:?} to pod running with different serviceaccount name."
        )));
    }
    let uid = text("uid");
    if !uid.is_empty() && uid != found.value.uid() {
        let why = format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object might \
             have been deleted and then recreated"
        );
        return Err(conflict(kind, "", name, &why));
    }
    Ok(Some((claim, found)))
}
