//! The options of a log, as the query says them, checked.

use std::time::Duration;

use jiff::Timestamp;

use crate::api::Call;
use crate::failure::{Failure, Result};
use crate::field::FieldError;

/// Which part of a log is wanted, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LogOptions {
    /// Empty for the only one.
    pub(super) container: String,
    pub(super) follow: bool,
    pub(super) previous: bool,
    pub(super) timestamps: bool,
    pub(super) tail_lines: Option<usize>,
    pub(super) limit_bytes: Option<usize>,
    since_seconds: Option<u64>,
    since_time: Option<Timestamp>,
}

impl LogOptions {
    /// # Errors
    /// 400 for what is no number or time; 422 for what may not be.
    pub(super) fn of(call: &Call<'_>) -> Result<Self> {
        let query = |name: &str| call.request.query(name);
        let is = |name: &str| query(name).is_some_and(|value| !matches!(value, "false" | "0"));
        let number = |name: &str| match query(name) {
            None | Some("") => Ok(None),
            Some(text) => text.parse::<i64>().map(Some).map_err(|_| {
                Failure::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))
            }),
        };
        let (tail, limit) = (number("tailLines")?, number("limitBytes")?);
        let seconds = number("sinceSeconds")?;
        let time = match query("sinceTime") {
            None | Some("") => None,
            Some(text) => Some(text.parse::<Timestamp>().map_err(|_| {
                let layout = "2006-01-02T15:04:05Z07:00";
                let why = format!(
                    "parsing time {text:?} as {layout:?}: cannot parse {text:?} as \"2006\""
                );
                Failure::bad_request(why)
            })?),
        };
        let mut errors = Vec::new();
        if let Some(given @ ..0) = tail {
            let why = "must be greater than or equal to 0";
            errors.push(FieldError::invalid("tailLines", given, why));
        }
        if let Some(given @ ..1) = limit {
            errors.push(FieldError::invalid("limitBytes", given, "must be greater than 0"));
        }
        match (seconds, time) {
            (Some(_), Some(_)) => {
                let why = "at most one of `sinceTime` or `sinceSeconds` may be specified";
                errors.push(FieldError::forbidden("[]", why));
            }
            (Some(given @ ..1), None) => {
                errors.push(FieldError::invalid("sinceSeconds", given, "must be greater than 0"));
            }
            _ => {}
        }
        if query("stream").is_some_and(|stream| !stream.is_empty()) {
            errors.push(FieldError::forbidden("stream", "may not be specified"));
        }
        if !errors.is_empty() {
            let name = call.name.unwrap_or_default();
            return Err(Failure::invalid("PodLogOptions", "", name, &errors));
        }
        Ok(Self {
            container: query("container").unwrap_or_default().to_owned(),
            follow: is("follow"),
            previous: is("previous"),
            timestamps: is("timestamps"),
            tail_lines: tail.and_then(|count| usize::try_from(count).ok()),
            limit_bytes: limit.and_then(|count| usize::try_from(count).ok()),
            since_seconds: seconds.and_then(|count| u64::try_from(count).ok()),
            since_time: time,
        })
    }

    /// The time from which on the log is wanted.
    pub(super) fn since(&self, now: Timestamp) -> Option<Timestamp> {
        let by_seconds = self.since_seconds.map(|seconds| {
            now.saturating_sub(Duration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
        });
        self.since_time.or(by_seconds)
    }
}
