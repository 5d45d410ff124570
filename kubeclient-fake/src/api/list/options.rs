//! What the query of a list or a watch asks for.

use super::super::Call;
use crate::failure::{Failure, Result};
use crate::field::FieldError;
use crate::http::Request;
use crate::selector::Selection;

/// The options of a list or a watch.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListOptions {
    pub(crate) labels: String,
    pub(crate) fields: String,
    /// `resourceVersion` as it was given.
    pub(crate) version: String,
    pub(crate) version_match: Match,
    /// 0 for none.
    pub(crate) limit: usize,
    /// `continue`.
    pub(crate) token: String,
    pub(crate) bookmarks: bool,
    /// `sendInitialEvents`; a watch that names no version gets them unless it says otherwise.
    pub(crate) initial_events: Option<bool>,
    pub(crate) timeout_seconds: i64,
}

/// `resourceVersionMatch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Match {
    #[default]
    Unset,
    Exact,
    NotOlderThan,
}

impl ListOptions {
    /// The options of a call.
    pub(crate) fn of(call: &Call<'_>) -> Result<Self> {
        Self::parse(call.request)
    }

    fn parse(request: &Request) -> Result<Self> {
        let text = |name| request.query(name).unwrap_or_default();
        let limit = integer(request, "limit")?;
        let mut options = Self {
            labels: text("labelSelector").into(),
            fields: text("fieldSelector").into(),
            version: text("resourceVersion").into(),
            version_match: Match::Unset,
            limit: usize::try_from(limit).unwrap_or(0),
            token: text("continue").into(),
            bookmarks: truth(request, "allowWatchBookmarks").unwrap_or_default(),
            initial_events: truth(request, "sendInitialEvents"),
            timeout_seconds: integer(request, "timeoutSeconds")?,
        };
        let mut version_match = text("resourceVersionMatch");
        let is_watch = truth(request, "watch").unwrap_or_default();
        let names_none = options.version.is_empty() || options.version == "0";
        if is_watch && names_none && options.initial_events.is_none() && version_match.is_empty() {
            options.initial_events = Some(true);
            version_match = NOT_OLDER_THAN;
        }
        let errors = if is_watch {
            options.watch_errors(version_match)
        } else {
            options.list_errors(version_match)
        };
        if !errors.is_empty() {
            return Err(Failure::invalid("ListOptions", "meta.k8s.io", "", &errors));
        }
        options.version_match = match version_match {
            EXACT => Match::Exact,
            NOT_OLDER_THAN => Match::NotOlderThan,
            _ => Match::Unset,
        };
        Ok(options)
    }

    /// Which objects are selected. A name in the path is one more condition.
    pub(crate) fn selection(&self, call: &Call<'_>) -> Result<Selection> {
        let selection = Selection::parse(&call.resource, &self.labels, &self.fields)?;
        if let Some(name) = call.name
            && !self.fields.is_empty()
            && selection.required_name() != Some(name)
        {
            let message = "fieldSelector metadata.name doesn't match requested name";
            return Err(Failure::bad_request(message));
        }
        Ok(selection)
    }

    fn list_errors(&self, version_match: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !version_match.is_empty() {
            if self.version.is_empty() {
                let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
                errors.push(FieldError::forbidden(MATCH, why));
            }
            if !self.token.is_empty() {
                errors.push(FieldError::forbidden(MATCH, MATCH_AND_CONTINUE));
            }
            if ![EXACT, NOT_OLDER_THAN].contains(&version_match) {
                let supported = [EXACT, NOT_OLDER_THAN, ""];
                errors.push(FieldError::not_supported(MATCH, version_match, &supported));
            }
            if version_match == EXACT && self.version == "0" {
                let why = r#"resourceVersionMatch "exact" is forbidden for resourceVersion "0""#;
                errors.push(FieldError::forbidden(MATCH, why));
            }
        }
        if self.initial_events.is_some() {
            let why = "sendInitialEvents is forbidden for list";
            errors.push(FieldError::forbidden("sendInitialEvents", why));
        }
        errors
    }

    fn watch_errors(&self, version_match: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.initial_events.is_some() && version_match != NOT_OLDER_THAN {
            let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            errors.push(FieldError::forbidden(MATCH, why));
        }
        if !version_match.is_empty() {
            if self.initial_events.is_none() {
                let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
                errors.push(FieldError::forbidden(MATCH, why));
            }
            if version_match != NOT_OLDER_THAN {
                errors.push(FieldError::not_supported(MATCH, version_match, &[NOT_OLDER_THAN]));
            }
            if !self.token.is_empty() {
                errors.push(FieldError::forbidden(MATCH, MATCH_AND_CONTINUE));
            }
        }
        errors
    }
}

const MATCH: &str = "resourceVersionMatch";
const EXACT: &str = "Exact";
const NOT_OLDER_THAN: &str = "NotOlderThan";
const MATCH_AND_CONTINUE: &str = "resourceVersionMatch is forbidden when continue is provided";

/// A query parameter that is a truth: whatever is neither `0` nor `false` is true, the empty text too.
pub(crate) fn truth(request: &Request, name: &str) -> Option<bool> {
    let text = request.query(name)?;
    Some(text != "0" && !text.eq_ignore_ascii_case("false"))
}

/// A query parameter that is an integer; 0 where it is absent.
pub(crate) fn integer(request: &Request, name: &str) -> Result<i64> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    let Some(text) = request.query(name) else {
        return Ok(0);
    };
    text.parse().map_err(|error: std::num::ParseIntError| {
        let why = match error.kind() {
            PosOverflow | NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        Failure::bad_request(format!("strconv.ParseInt: parsing {text:?}: {why}"))
    })
}
