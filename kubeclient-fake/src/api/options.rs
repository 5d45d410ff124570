//! The options of a write, as the query says them, checked.

use serde_json::json;

use super::Call;
use crate::failure::{Failure, Result};
use crate::field::{FieldError, FieldErrorKind};

/// The options of a write.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WriteOptions {
    /// Nothing is stored.
    pub(crate) dry_run: bool,
    /// Who writes, for `managedFields`.
    pub(crate) manager: String,
    pub(crate) validation: Validation,
    /// Conflicts of an apply are taken over.
    pub(crate) force: bool,
}

/// What becomes of fields that the schema doesn't know, and of those that come twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Validation {
    Ignore,
    #[default]
    Warn,
    Strict,
}

/// Which options a request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OptionsKind {
    Create,
    Update,
    Patch,
    Apply,
}

const MAX_MANAGER: usize = 128;

impl WriteOptions {
    /// The options of a call.
    ///
    /// # Errors
    /// 422 of the options, in the words of the real server.
    pub(crate) fn of(call: &Call<'_>, kind: OptionsKind) -> Result<Self> {
        let request = call.request;
        let mut errors = Vec::new();
        let manager = request.query("fieldManager").unwrap_or_default();
        let force = request.query("force");
        match (kind, manager, force) {
            (OptionsKind::Apply, "", _) => {
                errors.push(FieldError::required("fieldManager", "is required for apply patch"));
            }
            (OptionsKind::Patch, _, Some(_)) => {
                let why = "may not be specified for non-apply patch";
                errors.push(FieldError::forbidden("force", why));
            }
            _ => {}
        }
        errors.extend(manager_errors(manager));
        errors.extend(dry_run_errors(call));
        let validation = match request.query("fieldValidation").unwrap_or_default() {
            "" | "Warn" => Validation::Warn,
            "Ignore" => Validation::Ignore,
            "Strict" => Validation::Strict,
            other => {
                let known = ["", "Ignore", "Strict", "Warn"];
                errors.push(FieldError::not_supported("fieldValidation", other, &known));
                Validation::Warn
            }
        };
        if !errors.is_empty() {
            let name = match kind {
                OptionsKind::Create => "CreateOptions",
                OptionsKind::Update => "UpdateOptions",
                OptionsKind::Patch | OptionsKind::Apply => "PatchOptions",
            };
            return Err(Failure::invalid(name, "meta.k8s.io", "", &errors));
        }
        Ok(Self {
            dry_run: request.query("dryRun").is_some_and(|value| !value.is_empty()),
            manager: if manager.is_empty() { user_agent(call) } else { manager.to_owned() },
            validation,
            force: force.is_some_and(|value| !matches!(value, "0" | "false")),
        })
    }
}

/// What is wrong with `dryRun`.
pub(crate) fn dry_run_errors(call: &Call<'_>) -> Vec<FieldError> {
    let values = call.request.query.iter().filter(|(key, _)| key == "dryRun");
    let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
    if values.iter().all(|value| matches!(*value, "" | "All")) {
        return Vec::new();
    }
    vec![FieldError::not_supported("dryRun", json!(values), &["All"])]
}

fn manager_errors(manager: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if manager.len() > MAX_MANAGER {
        let why = format!("may not be more than {MAX_MANAGER} bytes");
        errors.push(FieldError::new(FieldErrorKind::TooLong, "fieldManager", why));
    }
    for (at, char) in manager.chars().enumerate() {
        if char.is_control() {
            let why = format!("invalid character {} (at position {at})", unicode(char));
            errors.push(FieldError::invalid("fieldManager", manager, why));
        }
    }
    errors
}

/// `U+0001`
fn unicode(char: char) -> String {
    format!("U+{:04X}", u32::from(char))
}

/// The manager that is not named: the program, up to its version.
fn user_agent(call: &Call<'_>) -> String {
    let agent = call.request.header("User-Agent").unwrap_or_default();
    let program = agent.split('/').next().unwrap_or_default();
    program.chars().filter(|char| !char.is_control()).take(MAX_MANAGER).collect()
}
