//! Compaction of the control plane's etcd, through the JSON form of its gRPC interface.

use serde_json::{Value, json};

use super::ControlPlaneError;
use crate::http::Target;

/// Drops all history before the current revision and returns that revision.
pub(super) fn compact(etcd: &Target) -> Result<u64, ControlPlaneError> {
    // Any key will do: the answer's header has the revision. "/" in base64.
    let answer = post(etcd, "/v3/kv/range", &json!({ "key": "Lw==", "limit": 1 }))?;
    let revision = answer
        .pointer("/header/revision")
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    let revision: u64 = revision.ok_or_else(|| ControlPlaneError::Etcd {
        path: "/v3/kv/range",
        reason: "the answer has no header.revision".to_owned(),
    })?;
    post(
        etcd,
        "/v3/kv/compaction",
        &json!({ "revision": revision.to_string(), "physical": true }),
    )?;
    Ok(revision)
}

fn post(etcd: &Target, path: &'static str, body: &Value) -> Result<Value, ControlPlaneError> {
    let failed = |reason: String| ControlPlaneError::Etcd { path, reason };
    let response = etcd
        .send("POST", path, body.to_string().as_bytes())
        .map_err(|error| failed(error.to_string()))?;
    if response.status != 200 {
        let text = String::from_utf8_lossy(&response.body).into_owned();
        return Err(failed(format!("{} {}", response.status, text.trim())));
    }
    serde_json::from_slice(&response.body).map_err(|error| failed(error.to_string()))
}
