//! [`ListParams`]: which objects to list.

use std::time::Duration;

use super::{check_version, selectors};
use crate::error::Error;
use crate::rest::Request;

/// Which objects to read, how many at once, and how fresh they must be.
///
/// ```
/// use kubeclient::ListParams;
///
/// let params = ListParams::default().labels("app=web").fields("metadata.name=a").limit(100);
/// assert_eq!(params.limit, Some(100));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListParams {
    /// Only objects with these labels.
    pub label_selector: Option<String>,
    /// Only objects with these fields.
    pub field_selector: Option<String>,
    /// How many objects an answer may hold at most.
    pub limit: Option<u32>,
    /// The token of the page to read, from the page before it.
    pub continue_token: Option<String>,
    /// The version that is wanted; absent for the most recent, `0` for any that a cache has.
    pub resource_version: Option<String>,
    /// How `resource_version` is meant.
    pub version_match: Option<VersionMatch>,
    /// How long the answer may take; also told to the server.
    pub timeout: Option<Duration>,
}

/// How the resource version of a list is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionMatch {
    /// At least as new as it.
    NotOlderThan,
    /// This very version.
    Exact,
}

impl ListParams {
    /// Only objects with these labels: a [`LabelSelector`](crate::meta::selector::LabelSelector) or its text.
    #[must_use]
    pub fn labels(mut self, selector: impl ToString) -> Self {
        self.label_selector = Some(selector.to_string());
        self
    }

    /// Only objects with these fields: a [`FieldSelector`](crate::meta::selector::FieldSelector) or its
    /// text.
    #[must_use]
    pub fn fields(mut self, selector: impl ToString) -> Self {
        self.field_selector = Some(selector.to_string());
        self
    }

    /// At most so many objects an answer.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The page that this token of the page before it names.
    #[must_use]
    pub fn continue_token(mut self, token: impl Into<String>) -> Self {
        self.continue_token = Some(token.into());
        self
    }

    /// Objects of this version, as the match means it.
    #[must_use]
    pub fn at(mut self, resource_version: impl Into<String>, version_match: VersionMatch) -> Self {
        self.resource_version = Some(resource_version.into());
        self.version_match = Some(version_match);
        self
    }

    /// Whatever a cache of the server has: cheap, and perhaps old.
    #[must_use]
    pub fn any_version(mut self) -> Self {
        self.resource_version = Some("0".into());
        self.version_match = None;
        self
    }

    /// How long the answer may take; also told to the server.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(crate) fn request(&self, mut request: Request) -> Result<Request, Error> {
        self.check()?;
        request = selectors(request, &self.label_selector, &self.field_selector)?;
        if let Some(limit) = self.limit {
            request = request.query("limit", limit.to_string());
        }
        if let Some(token) = &self.continue_token {
            request = request.query("continue", token);
        }
        if let Some(version) = &self.resource_version {
            request = request.query("resourceVersion", version);
        }
        if let Some(version_match) = self.version_match {
            request = request.query("resourceVersionMatch", version_match.text());
        }
        if let Some(timeout) = self.timeout {
            request = request.timeout(timeout);
        }
        Ok(request)
    }

    fn check(&self) -> Result<(), Error> {
        let version = self.resource_version.as_deref().unwrap_or_default();
        check_version(version)?;
        let wrong = |message: &str| Err(Error::invalid(format!("list: {message}")));
        match self.version_match {
            Some(_) if version.is_empty() => {
                return wrong("a version match needs a resource version");
            }
            Some(VersionMatch::Exact) if version == "0" => {
                return wrong("resource version 0 is any version: it can't be matched exactly");
            }
            Some(_) if self.continue_token.is_some() => {
                return wrong("a continue token and a version match exclude each other");
            }
            _ => {}
        }
        if self.continue_token.is_some() && !matches!(version, "" | "0") {
            return wrong("a continue token and a resource version exclude each other");
        }
        if self.limit == Some(0) {
            return wrong("a limit of 0 means no limit: leave it out");
        }
        Ok(())
    }
}

impl VersionMatch {
    fn text(self) -> &'static str {
        match self {
            Self::NotOlderThan => "NotOlderThan",
            Self::Exact => "Exact",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::uri;
    use super::*;

    #[track_caller]
    fn list(params: ListParams, expected: Result<&str, &str>) {
        let found = uri(params.request(Request::get("/x")));
        match expected {
            Ok(query) => assert_eq!(found.unwrap(), format!("/x{query}")),
            Err(part) => {
                let message = found.unwrap_err();
                assert!(message.contains(part), "{message}");
            }
        }
    }

    #[test]
    fn every_option_of_a_list_reaches_the_url() {
        let params = ListParams::default;
        list(params(), Ok(""));
        list(
            params().labels("a in (y, x)").fields("b=c"),
            Ok("?labelSelector=a%20in%20%28x%2Cy%29&fieldSelector=b%3Dc"),
        );
        list(params().labels(""), Ok(""));
        list(params().limit(5).continue_token("t+/="), Ok("?limit=5&continue=t%2B%2F%3D"));
        list(params().any_version().limit(1), Ok("?limit=1&resourceVersion=0"));
        list(
            params().at("7", VersionMatch::Exact),
            Ok("?resourceVersion=7&resourceVersionMatch=Exact"),
        );
        list(params().timeout(Duration::from_secs(7)), Ok("?timeout=7s"));
    }

    #[test]
    fn what_the_server_would_refuse_is_refused() {
        let params = ListParams::default;
        list(params().at("", VersionMatch::NotOlderThan), Err("needs a resource version"));
        list(params().at("0", VersionMatch::Exact), Err("any version"));
        list(params().at("a b", VersionMatch::Exact), Err("resource version"));
        list(params().at("7", VersionMatch::Exact).continue_token("t"), Err("exclude each other"));
        list(
            ListParams { resource_version: Some("7".into()), ..params().continue_token("t") },
            Err("exclude each other"),
        );
        list(params().limit(0), Err("limit of 0"));
        list(params().labels("a b"), Err("label selector"));
        list(params().fields("a=\n"), Err("field selector"));
    }
}
