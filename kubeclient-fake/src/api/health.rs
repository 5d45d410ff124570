//! The health endpoints and the version.

use serde_json::json;

use super::form::Form;
use super::render;
use crate::failure::{Failure, Result};
use crate::http::{Reply, Request, Response};

/// What `verbose` lists, in short: this server has no parts of its own.
const CHECKS: [&str; 3] = ["ping", "log", "etcd"];

/// `/healthz`, `/livez`, `/readyz`, and a single check below them.
pub(crate) fn health(request: &Request, path: &str) -> Result<Reply> {
    let mut segments = path.split('/').skip(1);
    let endpoint = segments.next().unwrap_or_default();
    let check = segments.next();
    if check.is_some_and(|check| !CHECKS.contains(&check)) || segments.next().is_some() {
        return Err(Failure::page_not_found());
    }
    let text = if request.query("verbose").is_some() && check.is_none() {
        let mut text: String = CHECKS.iter().map(|check| format!("[+]{check} ok\n")).collect();
        text.push_str(&format!("{endpoint} check passed\n"));
        text
    } else {
        "ok".to_owned()
    };
    let mut response = render::text_response(200, &text);
    response.headers.push(("X-Content-Type-Options".into(), "nosniff".into()));
    Ok(Reply::Full(response))
}

/// `/version`: the version whose behaviour this server shows.
pub(crate) fn version() -> Response {
    let version = json!({
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        "gitVersion": "v1.36.3", "gitCommit": "kubeclient-fake", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "go1.26.8", "compiler": "gc",
        "platform": "linux/amd64",
    });
    render::plain(&Form::JSON, 200, &version)
}
