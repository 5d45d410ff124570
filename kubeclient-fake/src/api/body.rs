//! Reading the object that a request's body holds.

use serde_json::Value;

use super::options::Validation;
use super::{Call, Cluster, convert};
use crate::failure::{Failure, Result};
use crate::field::FieldError;
use crate::mutation::{self, Mutation};
use crate::object::Object;
use crate::resource::ResourceType;
use crate::schema::Yaml;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    Json,
    Yaml,
    Protobuf,
}

impl Media {
    fn of(call: &Call<'_>) -> Result<Self> {
        let given = call.request.header("Content-Type").unwrap_or("application/json");
        match media_type(given) {
            "" | "application/json" => Ok(Self::Json),
            "application/yaml" => Ok(Self::Yaml),
            "application/vnd.kubernetes.protobuf" if !call.resource.is_custom() => {
                Ok(Self::Protobuf)
            }
            _ => {
                let mut known = "application/json, application/yaml".to_owned();
                if !call.resource.is_custom() {
                    known.push_str(", application/vnd.kubernetes.protobuf");
                }
                let message = format!(
                    "the body of the request was in an unknown format - accepted media types include: {known}"
                );
                Err(Failure::new(415, "UnsupportedMediaType", message))
            }
        }
    }
}

/// A media type without its parameters.
pub(crate) fn media_type(given: &str) -> &str {
    given.split(';').next().unwrap_or_default().trim()
}

/// The object that the body of a create or a replace holds, in the call's version. What strict reading has
/// against it is refused or warned of.
pub(crate) fn read(cluster: &Cluster, call: &Call<'_>, validation: Validation) -> Result<Value> {
    let resource = &call.resource;
    let (value, mut problems) = read_kind(cluster, call, resource, validation)?;
    let (value, mut unknown) =
        by_schema(resource, value).map_err(|why| cannot_be_handled(resource, &why))?;
    problems.append(&mut unknown);
    match validation {
        _ if mutation::is(Mutation::UnknownFieldsPass) => {}
        Validation::Strict if !problems.is_empty() => {
            let why = format!("strict decoding error: {}", problems.join(", "));
            return Err(cannot_be_handled(resource, &why));
        }
        Validation::Warn => call.warnings.add(problems),
        _ => {}
    }
    Ok(value)
}

/// The value of a body, told to be of a resource: kind and version are there and fit. Also what strict
/// reading has against it.
fn read_kind(
    cluster: &Cluster,
    call: &Call<'_>,
    resource: &ResourceType,
    validation: Validation,
) -> Result<(Value, Vec<String>)> {
    let media = Media::of(call)?;
    let body = call.request.content()?;
    let (value, problems) = match media {
        Media::Json => json(body, &resource.kind)?,
        Media::Yaml => yaml(body, &resource.kind, validation)?,
        Media::Protobuf => (protobuf(body, resource)?, Vec::new()),
    };
    warn_of_another_version(call, &value, validation);
    Ok((with_kind(cluster, resource, value, body)?, problems))
}

/// The value as the resource's schema has it, with what its kind fills in; and which fields it doesn't know.
pub(crate) fn by_schema(
    resource: &ResourceType,
    value: Value,
) -> Result<(Value, Vec<String>), String> {
    let (mut value, unknown) = crate::schema::decode(resource, value)?;
    if !resource.is_custom() {
        crate::schema::zeros::unset(&resource.schema, &mut value);
    }
    crate::kinds::default(resource, &mut value);
    if !resource.is_custom() {
        crate::schema::zeros::fill(&resource.schema, &mut value);
    }
    Ok((value, unknown))
}

/// 400 for a body that is not what the resource wants.
fn cannot_be_handled(resource: &ResourceType, why: &str) -> Failure {
    let ResourceType { kind, version, .. } = resource;
    Failure::bad_request(format!(
        "{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"
    ))
}

/// A custom object of another version has no schema to be read by: nothing in it is known.
fn warn_of_another_version(call: &Call<'_>, value: &Value, validation: Validation) {
    let version = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let is_other = !version.is_empty() && version != call.resource.api_version();
    if call.resource.is_custom() && is_other && validation == Validation::Warn {
        let keys = value.as_object().into_iter().flat_map(|map| map.keys());
        let unknown =
            keys.filter(|key| !matches!(key.as_str(), "kind" | "apiVersion" | "metadata"));
        call.warnings.add(unknown.map(|key| format!("unknown field \"{key}\"")));
    }
}

/// Sets kind and version where they may be missing, and refuses others.
fn with_kind(
    cluster: &Cluster,
    resource: &ResourceType,
    mut value: Value,
    body: &[u8],
) -> Result<Value> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, version) = (text("kind"), text("apiVersion"));
    let expected = resource.api_version();
    if resource.is_custom() {
        if kind.is_empty() {
            let said = String::from_utf8_lossy(body);
            let why = format!("Object 'Kind' is missing in '{said}'");
            return Err(unrecognized(&resource.kind, &why, body));
        }
        if version != expected {
            return Err(Failure::bad_request(format!(
                "the API version in the data ({version}) does not match the expected API version ({expected})"
            )));
        }
        if kind != resource.kind {
            let why = format!("must be {}", resource.kind);
            let error = FieldError::invalid("kind", kind.as_str(), why);
            return Err(Failure::invalid(&kind, &resource.group, value.name(), &[error]));
        }
        return Ok(value);
    }
    let kind = if kind.is_empty() { resource.kind.clone() } else { kind };
    let version = if version.is_empty() { expected.clone() } else { version };
    if kind != resource.kind || version != expected {
        let short = version.rsplit('/').next().unwrap_or_default();
        let why = match cluster.registry().of_kind(&version, &kind) {
            Some(other) if other.storage() == resource.storage() => {
                value["kind"] = kind.into();
                value["apiVersion"] = version.into();
                return convert::to(resource, &value);
            }
            Some(_) => {
                let to = internal(&resource.group);
                format!(
                    "converting ({short}.{kind}) to ({to}.{}): unknown conversion",
                    resource.kind
                )
            }
            None => format!(
                "no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/runtime/scheme.go:111\""
            ),
        };
        return Err(Failure::bad_request(format!(
            "{kind} in version \"{short}\" cannot be handled as a {}: {why}",
            resource.kind
        )));
    }
    value["kind"] = kind.into();
    value["apiVersion"] = version.into();
    Ok(value)
}

/// The name of a group's internal package.
pub(crate) fn internal(group: &str) -> &str {
    match group.split('.').next().unwrap_or_default() {
        "" => "core",
        first => first,
    }
}

/// A body of JSON, which holds an object, and which of its keys come twice.
fn json(body: &[u8], kind: &str) -> Result<(Value, Vec<String>)> {
    let value = parse_json(body).map_err(|why| {
        unrecognized(kind, &format!("couldn't get version/kind; json parse error: {why}"), body)
    })?;
    of_object(&value).map_err(|why| unrecognized(kind, &why, body))?;
    let duplicates = super::duplicates::of(body);
    Ok((value, duplicates))
}

/// A value from JSON, or what Go's decoder says of what is none.
pub(crate) fn parse_json(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_eof() {
            return "unexpected end of JSON input".to_owned();
        }
        let line = body.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
        let text = String::from_utf8_lossy(line.unwrap_or_default());
        let char = text.chars().nth(error.column().saturating_sub(1)).unwrap_or(' ');
        let said = error.to_string();
        let place = if said.starts_with("key must be a string") {
            "looking for beginning of object key string"
        } else if said.starts_with("expected `:`") {
            "after object key"
        } else if said.starts_with("expected `,` or `}`") {
            "after object key:value pair"
        } else if said.starts_with("expected `,` or `]`") {
            "after array element"
        } else if said.starts_with("trailing characters") {
            "after top-level value"
        } else {
            "looking for beginning of value"
        };
        format!("invalid character '{char}' {place}")
    })
}

/// The same of a body of protobuf, which has no keys that could come twice.
#[cfg(feature = "protobuf")]
fn protobuf(body: &[u8], resource: &ResourceType) -> Result<Value> {
    use crate::protobuf::Unreadable;
    crate::protobuf::read(body, &resource.api_version(), &resource.kind).map_err(|unreadable| {
        match unreadable {
            Unreadable::Envelope(why) => unrecognized(&resource.kind, &why, body),
            Unreadable::Message { api_version, kind, why } => {
                let short = api_version.rsplit('/').next().unwrap_or_default();
                Failure::bad_request(format!(
                    "{kind} in version \"{short}\" cannot be handled as a {}: {why}",
                    resource.kind
                ))
            }
        }
    })
}

#[cfg(not(feature = "protobuf"))]
fn protobuf(_: &[u8], _: &ResourceType) -> Result<Value> {
    Err(Failure::not_implemented("request bodies in protobuf"))
}

/// The same of a body of YAML.
fn yaml(body: &[u8], kind: &str, validation: Validation) -> Result<(Value, Vec<String>)> {
    let yaml = Yaml::read(body).map_err(|why| unrecognized(kind, &format!("yaml: {why}"), body))?;
    of_object(&yaml.value).map_err(|why| unrecognized(kind, &why, body))?;
    // Warnings come one by one, a refusal names all in one.
    let problems = match yaml.strict() {
        Some(why) if validation == Validation::Strict => vec![why],
        _ => yaml.duplicates,
    };
    Ok((yaml.value, problems))
}

/// A value from YAML 1.1.
pub(crate) fn read_yaml(body: &[u8]) -> Result<Value, String> {
    Yaml::read(body).map(|yaml| yaml.value)
}

/// The values of a text's documents, which a test gives.
pub(crate) fn read_seed(text: &str) -> Result<Vec<Value>, String> {
    serde_saphyr::from_multiple(text).map_err(|error| error.to_string())
}

fn of_object(value: &Value) -> Result<(), String> {
    let found = match value {
        Value::Object(map) => {
            for key in ["kind", "apiVersion"] {
                if map.get(key).is_some_and(|value| !value.is_string() && !value.is_null()) {
                    return Err(format!(
                        "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go \
                         struct field .{key} of type string",
                        crate::patch::json_type(&map[key])
                    ));
                }
            }
            return Ok(());
        }
        Value::Null => return Ok(()),
        other => crate::patch::json_type(other),
    };
    Err(format!(
        "couldn't get version/kind; json parse error: json: cannot unmarshal {found} into Go value of type \
         struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \
         \"json:\\\"kind,omitempty\\\"\" }}"
    ))
}

/// 400 for a body that is no object of any kind.
fn unrecognized(kind: &str, why: &str, body: &[u8]) -> Failure {
    let message = format!(
        "the object provided is unrecognized (must be of type {kind}): {why} ({})",
        shown(body)
    );
    Failure::bad_request(message)
}

/// The beginning of a body, as the server shows it.
fn shown(body: &[u8]) -> String {
    const MAX: usize = 30;
    let cut = &body[..body.len().min(MAX)];
    let mut text = match body.first() {
        None => return "<empty>".to_owned(),
        Some(b'{') => String::from_utf8_lossy(cut).into_owned(),
        Some(_) => cut.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    if body.len() > MAX {
        text.push_str(" ...");
    }
    text
}
