//! The options of a deletion, from the body or the query, checked.

use serde_json::Value;

use crate::api::options::dry_run_errors;
use crate::api::{Call, body};
use crate::failure::{Failure, Result};
use crate::field::FieldError;

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DeleteOptions {
    pub(crate) dry_run: bool,
    pub(crate) grace_seconds: Option<i64>,
    pub(crate) propagation: Option<Propagation>,
    /// Preconditions.
    pub(crate) uid: Option<String>,
    pub(crate) resource_version: Option<String>,
}

/// What becomes of dependents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagation {
    Background,
    Foreground,
    Orphan,
}

impl DeleteOptions {
    /// The options of a call: the body's when it has one, else the query's.
    ///
    /// # Errors
    /// 400 or 422 in the words of the real server.
    pub(crate) fn of(call: &Call<'_>) -> Result<Self> {
        let content = call.request.content()?;
        if content.is_empty() { Self::of_query(call) } else { Self::of_body(call, content) }
    }

    /// The options that a JSON object says.
    pub(crate) fn of_value(value: &Value) -> Result<Self> {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let dry_run = value.get("dryRun").and_then(Value::as_array);
        let mut errors = Vec::new();
        if dry_run.is_some_and(|list| list.iter().any(|value| value != "All")) {
            let given = value["dryRun"].clone();
            errors.push(FieldError::not_supported("dryRun", given, &["All"]));
        }
        let orphan = value.get("orphanDependents").and_then(Value::as_bool);
        let policy = text(value.get("propagationPolicy"));
        let propagation = propagation(orphan, policy.as_deref(), &mut errors);
        refuse(&errors)?;
        let preconditions = value.get("preconditions");
        let condition = |key: &str| text(preconditions.and_then(|all| all.get(key)));
        Ok(Self {
            dry_run: dry_run.is_some_and(|list| !list.is_empty()),
            grace_seconds: value.get("gracePeriodSeconds").and_then(Value::as_i64),
            propagation,
            uid: condition("uid"),
            resource_version: condition("resourceVersion"),
        })
    }

    fn of_body(call: &Call<'_>, content: &[u8]) -> Result<Self> {
        let kind = call.request.header("Content-Type").unwrap_or("application/json");
        let value = match body::media_type(kind) {
            "application/vnd.kubernetes.protobuf" => protobuf(content)?,
            "application/yaml" => body::read_yaml(content).map_err(Failure::bad_request)?,
            "" | "application/json" => body::parse_json(content).map_err(|why| {
                Failure::bad_request(format!("couldn't get version/kind; json parse error: {why}"))
            })?,
            _ => {
                let message = "the body of the request was in an unknown format - accepted media types \
                               include: application/json, application/yaml, \
                               application/vnd.kubernetes.protobuf";
                return Err(Failure::new(415, "UnsupportedMediaType", message));
            }
        };
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or("DeleteOptions");
        if kind != "DeleteOptions" && !kind.is_empty() {
            let version = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
            let short = version.rsplit('/').next().unwrap_or_default();
            return Err(Failure::bad_request(format!(
                "{kind} in version \"{short}\" cannot be handled as a DeleteOptions: converting \
                 ({short}.{kind}) to (meta.DeleteOptions): unknown conversion"
            )));
        }
        Self::of_value(&value)
    }

    fn of_query(call: &Call<'_>) -> Result<Self> {
        let query = |name: &str| call.request.query(name).filter(|value| !value.is_empty());
        let grace = match query("gracePeriodSeconds") {
            None => None,
            Some(value) => Some(value.parse::<i64>().map_err(|_| {
                Failure::bad_request(format!("strconv.ParseInt: parsing {value:?}: invalid syntax"))
            })?),
        };
        let orphan = query("orphanDependents").map(|value| !matches!(value, "0" | "false"));
        let mut errors = dry_run_errors(call);
        let propagation = propagation(orphan, query("propagationPolicy"), &mut errors);
        refuse(&errors)?;
        Ok(Self {
            dry_run: query("dryRun").is_some(),
            grace_seconds: grace,
            propagation,
            uid: query("uid").map(str::to_owned),
            resource_version: query("resourceVersion").map(str::to_owned),
        })
    }
}

/// The options that a body in protobuf says.
#[cfg(feature = "protobuf")]
fn protobuf(content: &[u8]) -> Result<Value> {
    use crate::protobuf::Unreadable;
    let value = crate::protobuf::read(content, "meta.k8s.io/v1", "DeleteOptions").map_err(
        |unreadable| match unreadable {
            Unreadable::Envelope(why) | Unreadable::Message { why, .. } => {
                Failure::bad_request(why)
            }
        },
    )?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("kind") != "DeleteOptions" {
        return Err(Failure::bad_request(format!(
            "no kind \"{}\" is registered for version \"{}\" in scheme \"pkg/runtime/scheme.go:111\"",
            text("kind"),
            text("apiVersion")
        )));
    }
    Ok(value)
}

#[cfg(not(feature = "protobuf"))]
fn protobuf(_: &[u8]) -> Result<Value> {
    Err(Failure::not_implemented("request bodies in protobuf"))
}

fn propagation(
    orphan: Option<bool>,
    policy: Option<&str>,
    errors: &mut Vec<FieldError>,
) -> Option<Propagation> {
    if orphan.is_some() && policy.is_some() {
        let why = "orphanDependents and deletionPropagation cannot be both set";
        let value = policy.unwrap_or_default();
        errors.push(FieldError::invalid("propagationPolicy", value, why));
    }
    match (policy, orphan) {
        (Some("Background"), _) | (None, Some(false)) => Some(Propagation::Background),
        (Some("Foreground"), _) => Some(Propagation::Foreground),
        (Some("Orphan"), _) | (None, Some(true)) => Some(Propagation::Orphan),
        (None, None) => None,
        (Some(other), _) => {
            let known = ["Foreground", "Background", "Orphan", "nil"];
            errors.push(FieldError::not_supported("propagationPolicy", other, &known));
            None
        }
    }
}

fn refuse(errors: &[FieldError]) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid("DeleteOptions", "meta.k8s.io", "", errors))
}
