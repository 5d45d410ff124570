//! Objects, lists and events in the form that was asked for.

use serde_json::{Map, Value, json};

use super::form::{Encoding, Form, Shape};
use super::{Call, body, convert, table, yaml};
use crate::failure::{Body, Failure, Result};
use crate::http::Response;
use crate::store::{Json, Stored};

/// One object as an answer; `status` is 200 or 201. The value is in the storage version.
pub(crate) fn object(call: &Call<'_>, status: u16, value: &Value) -> Result<Response> {
    let value = match call.form.shape {
        Shape::Object => versioned(call, value)?,
        Shape::Partial => partial(value),
        Shape::PartialList => {
            let kind = go_type(call, &call.resource.kind);
            let message = format!(
                "you requested PartialObjectMetadataList, but the requested object is not a list ({kind})"
            );
            return Err(Failure::new(406, "NotAcceptable", message));
        }
        Shape::Table => {
            let value = versioned(call, value)?;
            let metadata = table_metadata(&value);
            table::table(call, metadata, &[value], true)?
        }
    };
    Ok(plain(&call.form, status, &value))
}

/// A value as it is: a `Status`, a subresource of another kind.
pub(crate) fn plain(form: &Form, status: u16, value: &Value) -> Response {
    let mut body = match form.encoding {
        Encoding::Json => Json::new(value).bytes().to_vec(),
        Encoding::Yaml => yaml::document(value),
    };
    if form.encoding == Encoding::Json {
        body.push(b'\n');
    }
    let headers = vec![("Content-Type".into(), form.content_type())];
    Response { status, headers, body }
}

/// A refusal as an answer.
pub(crate) fn failure(encoding: Encoding, failure: &Failure) -> Response {
    let mut response = match &*failure.body {
        Body::Text(text) => {
            let mut response = text_response(failure.code, text);
            response.headers.push(("X-Content-Type-Options".into(), "nosniff".into()));
            response
        }
        Body::Status { .. } => {
            plain(&Form { encoding, shape: Shape::Object }, failure.code, &failure.status())
        }
    };
    if let Some(seconds) = failure.retry_after() {
        response.headers.push(("Retry-After".into(), seconds.to_string()));
    }
    response
}

/// Plain text.
pub(crate) fn text_response(status: u16, text: &str) -> Response {
    let headers = vec![("Content-Type".into(), "text/plain; charset=utf-8".into())];
    Response { status, headers, body: text.as_bytes().to_vec() }
}

/// A list as an answer: `metadata` is the list's (`resourceVersion`, `continue`, `remainingItemCount`).
pub(crate) fn list(
    call: &Call<'_>,
    mut metadata: Map<String, Value>,
    items: &[Stored],
) -> Result<Response> {
    // A list of custom resources always says where it goes on; what stands for one does not.
    if call.resource.is_custom() && call.form.shape == Shape::Object {
        metadata.entry("continue").or_insert_with(|| "".into());
    }
    match (call.form.shape.clone(), call.form.encoding) {
        (Shape::Object, Encoding::Json) => list_json(call, metadata, items),
        (Shape::Object, Encoding::Yaml) => {
            let items: Result<Vec<Value>> =
                items.iter().map(|item| list_item(call, &item.value)).collect();
            let value = json!({
                "kind": call.resource.list_kind, "apiVersion": call.resource.api_version(),
                "metadata": metadata, "items": items?,
            });
            Ok(plain(&call.form, 200, &value))
        }
        (Shape::PartialList, _) => {
            let items: Vec<Value> = items.iter().map(|item| partial(&item.value)).collect();
            let value = json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata, "items": items,
            });
            Ok(plain(&call.form, 200, &value))
        }
        (Shape::Partial, _) => {
            let kind = go_type(call, &call.resource.list_kind);
            let message = format!(
                "you requested PartialObjectMetadata, but the requested object is a list ({kind})"
            );
            Err(Failure::new(406, "NotAcceptable", message))
        }
        (Shape::Table, _) => {
            let values: Result<Vec<Value>> =
                items.iter().map(|item| versioned(call, &item.value)).collect();
            let value = table::table(call, metadata, &values?, true)?;
            Ok(plain(&call.form, 200, &value))
        }
    }
}

/// The common form of a list, from the JSON that each object keeps.
fn list_json(call: &Call<'_>, metadata: Map<String, Value>, items: &[Stored]) -> Result<Response> {
    let resource = &call.resource;
    let head = json!({
        "kind": resource.list_kind, "apiVersion": resource.api_version(), "metadata": metadata,
    });
    let mut body = Json::new(&head).bytes().to_vec();
    body.pop();
    body.extend_from_slice(b",\"items\":[");
    let as_stored = resource.is_storage_version();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        if !as_stored {
            let value = list_item(call, &item.value)?;
            body.extend_from_slice(Json::new(&value).bytes());
        } else if resource.is_custom() {
            body.extend_from_slice(item.json().bytes());
        } else {
            item.json().write_untyped(&mut body);
        }
    }
    body.extend_from_slice(b"]}\n");
    let headers = vec![("Content-Type".into(), call.form.content_type())];
    Ok(Response { status: 200, headers, body })
}

/// An object as an item of a list: those of built-in lists carry no kind and version.
fn list_item(call: &Call<'_>, value: &Value) -> Result<Value> {
    let mut value = versioned(call, value)?;
    if let (false, Value::Object(map)) = (call.resource.is_custom(), &mut value) {
        map.remove("kind");
        map.remove("apiVersion");
    }
    Ok(value)
}

/// One line of a watch, the newline included. `first` is true for the first event of the stream (a Table's
/// columns come only there). `kind` is `ADDED`, `MODIFIED` or `DELETED`.
pub(crate) fn event(call: &Call<'_>, kind: &str, object: &Stored, first: bool) -> Vec<u8> {
    if call.form.shape == Shape::Object && call.resource.is_storage_version() {
        return line(kind, object.json());
    }
    let value = match call.form.shape {
        Shape::Object => versioned(call, &object.value),
        Shape::Partial | Shape::PartialList => Ok(partial(&object.value)),
        Shape::Table => versioned(call, &object.value).and_then(|value| {
            let metadata = table_metadata(&value);
            table::table(call, metadata, &[value], first)
        }),
    };
    match value {
        Ok(value) => line(kind, &Json::new(&value)),
        Err(failure) => line("ERROR", &Json::new(&failure.status())),
    }
}

/// The line of a bookmark: an object of the kind that has nothing but a resource version, and the
/// annotation `k8s.io/initial-events-end: "true"` where the initial events end.
pub(crate) fn bookmark(
    call: &Call<'_>,
    version: u64,
    initial_events_end: bool,
    first: bool,
) -> Vec<u8> {
    let mut value = json!({
        "kind": call.resource.kind, "apiVersion": call.resource.api_version(),
        "metadata": {"resourceVersion": version.to_string()},
    });
    if initial_events_end {
        value["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
    }
    let value = match call.form.shape {
        Shape::Object => Ok(value),
        Shape::Partial | Shape::PartialList => Ok(partial(&value)),
        Shape::Table => {
            let metadata = table_metadata(&value);
            table::table(call, metadata, &[value], first)
        }
    };
    match value {
        Ok(value) => line("BOOKMARK", &Json::new(&value)),
        Err(failure) => line("ERROR", &Json::new(&failure.status())),
    }
}

fn line(kind: &str, object: &Json) -> Vec<u8> {
    let mut line = format!("{{\"type\":\"{kind}\",\"object\":").into_bytes();
    line.extend_from_slice(object.bytes());
    line.extend_from_slice(b"}\n");
    line
}

/// A kind as the server's own types name it.
fn go_type(call: &Call<'_>, kind: &str) -> String {
    if call.resource.is_custom() {
        let list = if kind == call.resource.list_kind { "List" } else { "" };
        return format!("*unstructured.Unstructured{list}");
    }
    format!("*{}.{kind}", body::internal(&call.resource.group))
}

/// The object in the version that the call is about.
pub(crate) fn versioned(call: &Call<'_>, value: &Value) -> Result<Value> {
    convert::to(&call.resource, value)
}

/// What stands for the object when only its metadata is wanted.
fn partial(value: &Value) -> Value {
    let metadata = value.get("metadata").cloned().unwrap_or_else(|| json!({}));
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
}

/// The metadata of a table of one object.
fn table_metadata(value: &Value) -> Map<String, Value> {
    let version = value.get("metadata").and_then(|metadata| metadata.get("resourceVersion"));
    version.map(|version| ("resourceVersion".to_owned(), version.clone())).into_iter().collect()
}
