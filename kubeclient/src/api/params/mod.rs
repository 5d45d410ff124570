//! The options of each verb, and which of them go together. Pure.
//!
//! Each `request` method writes options into a [`Request`] and refuses, before anything is sent, what the
//! server would refuse.

mod list;
mod watch;
mod get;
mod write;
mod delete;
mod log;

use crate::error::Error;
use crate::meta::selector::LabelSelector;
use crate::rest::Request;

pub use delete::{DeleteParams, Preconditions, PropagationPolicy};
pub use get::GetParams;
pub use list::{ListParams, VersionMatch};
pub use log::{LogParams, LogSource};
pub use watch::WatchParams;
pub use write::{FieldValidation, PatchParams, PostParams};

fn selectors(
    mut request: Request,
    labels: &Option<String>,
    fields: &Option<String>,
) -> Result<Request, Error> {
    if let Some(text) = labels {
        let selector: LabelSelector =
            text.parse().map_err(|error| Error::invalid(format!("label {error}")))?;
        // An empty selector means everything; so does none.
        if !selector.is_empty() {
            request = request.query("labelSelector", selector.to_string());
        }
    }
    if let Some(text) = fields.as_ref().filter(|text| !text.is_empty()) {
        if text.contains(char::is_control) {
            return Err(Error::invalid("field selector: it may not hold control characters"));
        }
        request = request.query("fieldSelector", text);
    }
    Ok(request)
}

/// A version is opaque, but it is one word.
fn check_version(version: &str) -> Result<(), Error> {
    if !version.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Ok(());
    }
    let shown: String = version.chars().take(100).collect();
    Err(Error::invalid(format!("resource version {shown:?}: expected one, as the server gave it")))
}

/// The URI of the request, or why there is none.
#[cfg(test)]
fn uri(request: Result<Request, Error>) -> Result<String, String> {
    request
        .and_then(|request| request.build())
        .map(|http| http.uri().to_string())
        .map_err(|error| error.to_string())
}
