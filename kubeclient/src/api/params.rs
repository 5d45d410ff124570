//! The options of each verb, and which of them go together. Pure.
//!
//! `request` methods write options into a [`Request`] and refuse, before anything is sent, what the
//! server would refuse.

use std::time::Duration;

use serde::Serialize;

use crate::error::Error;
use crate::meta::selector::LabelSelector;
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
    /// Only objects with these labels: a [`LabelSelector`] or its text.
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

/// Which changes to hear of, from when on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchParams {
    /// Only objects with these labels.
    pub label_selector: Option<String>,
    /// Only objects with these fields.
    pub field_selector: Option<String>,
    /// The version after which changes are told; absent for the current objects first, then changes.
    pub resource_version: Option<String>,
    /// How long one connection of the watch may last; absent for a random time of 5 to 10 minutes, so
    /// that many watches don't come back at once. In whole seconds.
    pub timeout: Option<Duration>,
}

impl WatchParams {
    /// Only objects with these labels: a [`LabelSelector`] or its text.
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

    /// Changes after this version only, such as that of a list.
    #[must_use]
    pub fn after(mut self, resource_version: impl Into<String>) -> Self {
        self.resource_version = Some(resource_version.into());
        self
    }

    /// How long one connection of the watch may last, in whole seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub(crate) fn request(&self, request: Request) -> Result<Request, Error> {
        check_version(self.resource_version.as_deref().unwrap_or_default())?;
        selectors(request, &self.label_selector, &self.field_selector)
    }

    /// The list that shows the same objects.
    pub(crate) fn list_params(&self) -> ListParams {
        ListParams {
            label_selector: self.label_selector.clone(),
            field_selector: self.field_selector.clone(),
            ..ListParams::default()
        }
    }
}

/// How fresh an object that is read must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetParams {
    /// At least this version; absent for the most recent, `0` for any that a cache has.
    pub resource_version: Option<String>,
}

impl GetParams {
    /// Whatever a cache of the server has: cheap, and perhaps old.
    pub fn any_version() -> Self {
        Self::not_older_than("0")
    }

    /// At least this version.
    pub fn not_older_than(resource_version: impl Into<String>) -> Self {
        Self { resource_version: Some(resource_version.into()) }
    }

    pub(crate) fn request(&self, request: Request) -> Result<Request, Error> {
        let Some(version) = &self.resource_version else { return Ok(request) };
        check_version(version)?;
        Ok(request.query("resourceVersion", version))
    }
}

/// How a create or replace is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostParams {
    /// Whether everything is done but the storing.
    pub dry_run: bool,
    /// Who writes, as managedFields will say.
    pub field_manager: Option<String>,
    /// What the server does with fields that it does not know.
    pub field_validation: Option<FieldValidation>,
    /// Whether a replace may overwrite whatever is there.
    pub unconditional: bool,
}

/// What the server does with fields that it does not know, or that come twice. Its own default is
/// `Warn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValidation {
    /// Drops them.
    Ignore,
    /// Drops them with a warning.
    Warn,
    /// Refuses the request.
    Strict,
}

impl PostParams {
    /// Everything is done but the storing.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Who writes, as managedFields will say.
    #[must_use]
    pub fn field_manager(mut self, manager: impl Into<String>) -> Self {
        self.field_manager = Some(manager.into());
        self
    }

    /// What the server does with fields that it does not know.
    #[must_use]
    pub fn field_validation(mut self, validation: FieldValidation) -> Self {
        self.field_validation = Some(validation);
        self
    }

    /// Lets a replace overwrite whatever is there, with an object that has no resource version. The
    /// server allows it for most built-in kinds, for custom resources not.
    #[must_use]
    pub fn unconditional(mut self) -> Self {
        self.unconditional = true;
        self
    }

    pub(crate) fn request(&self, request: Request) -> Result<Request, Error> {
        write_options(request, self.dry_run, self.field_manager.as_deref(), self.field_validation)
    }
}

/// How a patch is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchParams {
    /// Whether everything is done but the storing.
    pub dry_run: bool,
    /// Who writes, as managedFields will say; an apply needs it.
    pub field_manager: Option<String>,
    /// What the server does with fields that it does not know.
    pub field_validation: Option<FieldValidation>,
    /// Whether an apply takes over fields that other managers own.
    pub force: bool,
}

impl PatchParams {
    /// The options of a server-side apply by this manager.
    pub fn apply(manager: impl Into<String>) -> Self {
        Self { field_manager: Some(manager.into()), ..Self::default() }
    }

    /// Takes over fields that other managers own; for an apply only.
    #[must_use]
    pub fn force(mut self) -> Self {
        self.force = true;
        self
    }

    /// Everything is done but the storing.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    /// Who writes, as managedFields will say.
    #[must_use]
    pub fn field_manager(mut self, manager: impl Into<String>) -> Self {
        self.field_manager = Some(manager.into());
        self
    }

    /// What the server does with fields that it does not know.
    #[must_use]
    pub fn field_validation(mut self, validation: FieldValidation) -> Self {
        self.field_validation = Some(validation);
        self
    }

    pub(crate) fn request(&self, request: Request, is_apply: bool) -> Result<Request, Error> {
        let Self { dry_run, field_manager, field_validation, force } = self;
        let request =
            write_options(request, *dry_run, field_manager.as_deref(), *field_validation)?;
        match (is_apply, force, field_manager) {
            (true, _, None) => Err(Error::invalid(
                "apply: expected a field manager (`PatchParams::apply(\"name\")`)",
            )),
            // Said even when false, as client-go does.
            (true, force, Some(_)) => Ok(request.query("force", force.to_string())),
            (false, true, _) => Err(Error::invalid("patch: `force` is for an apply only")),
            (false, false, _) => Ok(request),
        }
    }
}

/// How a delete is done: a `DeleteOptions`, which travels as the body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeleteParams {
    /// How long, in seconds, the object may take to end; 0 for at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_period_seconds: Option<u32>,
    /// What happens to the objects that this one owns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagation_policy: Option<PropagationPolicy>,
    /// What must be true of the object, or it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preconditions: Option<Preconditions>,
    /// Whether everything is done but the deleting.
    #[serde(serialize_with = "dry_run_list", skip_serializing_if = "is_false")]
    pub dry_run: bool,
}

/// What happens to the objects that a deleted one owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum PropagationPolicy {
    /// They stay, without an owner.
    Orphan,
    /// They are collected afterwards.
    Background,
    /// They are collected first.
    Foreground,
}

/// What must be true of an object that is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preconditions {
    /// Its identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

impl DeleteParams {
    /// The owned objects are collected first.
    pub fn foreground() -> Self {
        Self { propagation_policy: Some(PropagationPolicy::Foreground), ..Self::default() }
    }

    /// The owned objects are collected afterwards.
    pub fn background() -> Self {
        Self { propagation_policy: Some(PropagationPolicy::Background), ..Self::default() }
    }

    /// The owned objects stay.
    pub fn orphan() -> Self {
        Self { propagation_policy: Some(PropagationPolicy::Orphan), ..Self::default() }
    }

    /// How long, in seconds, the object may take to end; 0 for at once.
    #[must_use]
    pub fn grace_period(mut self, seconds: u32) -> Self {
        self.grace_period_seconds = Some(seconds);
        self
    }

    /// Deletes only the object of this identity, not another one that has its name by now.
    #[must_use]
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.preconditions.get_or_insert_default().uid = Some(uid.into());
        self
    }

    /// Deletes only this version of the object.
    #[must_use]
    pub fn resource_version(mut self, resource_version: impl Into<String>) -> Self {
        self.preconditions.get_or_insert_default().resource_version = Some(resource_version.into());
        self
    }

    /// Everything is done but the deleting.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    pub(crate) fn request(&self, request: Request) -> Request {
        if *self == Self::default() {
            return request;
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct DeleteOptions<'a> {
            kind: &'static str,
            api_version: &'static str,
            #[serde(flatten)]
            params: &'a DeleteParams,
        }
        request.json(&DeleteOptions { kind: "DeleteOptions", api_version: "v1", params: self })
    }
}

fn dry_run_list<S: serde::Serializer>(_: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    ["All"].serialize(serializer)
}

fn is_false(value: &bool) -> bool {
    !value
}

fn selectors(
    mut request: Request,
    labels: &Option<String>,
    fields: &Option<String>,
) -> Result<Request, Error> {
    if let Some(text) = labels {
        let selector: LabelSelector =
            text.parse().map_err(|error| Error::invalid("label selector").because(error))?;
        // An empty selector means everything; so does none.
        if !selector.is_empty() {
            request = request.query("labelSelector", text);
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

fn write_options(
    mut request: Request,
    dry_run: bool,
    manager: Option<&str>,
    validation: Option<FieldValidation>,
) -> Result<Request, Error> {
    if dry_run {
        request = request.query("dryRun", "All");
    }
    if let Some(manager) = manager {
        let is_printable = !manager.contains(char::is_control);
        if manager.is_empty() || manager.chars().count() > 128 || !is_printable {
            let shown: String = manager.chars().take(130).collect();
            return Err(Error::invalid(format!(
                "field manager {shown:?}: expected 1 to 128 printable characters"
            )));
        }
        request = request.query("fieldManager", manager);
    }
    if let Some(validation) = validation {
        let text = match validation {
            FieldValidation::Ignore => "Ignore",
            FieldValidation::Warn => "Warn",
            FieldValidation::Strict => "Strict",
        };
        request = request.query("fieldValidation", text);
    }
    Ok(request)
}

/// The server answers 500 to a resource version that is no number.
fn check_version(version: &str) -> Result<(), Error> {
    if version.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let shown: String = version.chars().take(100).collect();
    Err(Error::invalid(format!(
        "resource version {shown:?}: expected digits, as the server gave them"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(request: Result<Request, Error>) -> Result<String, String> {
        request
            .and_then(|request| request.build())
            .map(|http| http.uri().to_string())
            .map_err(|e| e.to_string())
    }

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
            params().labels("a in (x,y)").fields("b=c"),
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
        list(params().at("abc", VersionMatch::Exact), Err("expected digits"));
        list(params().at("7", VersionMatch::Exact).continue_token("t"), Err("exclude each other"));
        list(
            ListParams { resource_version: Some("7".into()), ..params().continue_token("t") },
            Err("exclude each other"),
        );
        list(params().limit(0), Err("limit of 0"));
        list(params().labels("a b"), Err("label selector"));
        list(params().fields("a=\n"), Err("field selector"));
    }

    /// Fidelity 43, 44, 45.
    #[test]
    fn force_and_manager_belong_to_an_apply() {
        let patch =
            |params: PatchParams, is_apply| uri(params.request(Request::patch("/x"), is_apply));
        assert_eq!(patch(PatchParams::apply("m"), true).unwrap(), "/x?fieldManager=m&force=false");
        assert_eq!(
            patch(PatchParams::apply("m").force(), true).unwrap(),
            "/x?fieldManager=m&force=true"
        );
        assert!(patch(PatchParams::default(), true).unwrap_err().contains("field manager"));
        assert!(patch(PatchParams::default().force(), false).unwrap_err().contains("apply only"));
        assert!(patch(PatchParams::apply("x".repeat(129)), true).is_err());
        assert_eq!(
            patch(
                PatchParams::default().dry_run().field_validation(FieldValidation::Strict),
                false
            )
            .unwrap(),
            "/x?dryRun=All&fieldValidation=Strict"
        );
    }

    #[test]
    fn delete_options_travel_as_the_body_and_only_when_set() {
        let body = |params: &DeleteParams| {
            let http = params.request(Request::delete("/x")).build().unwrap();
            String::from_utf8(http.into_body()).unwrap()
        };
        assert_eq!(body(&DeleteParams::default()), "");
        let params =
            DeleteParams::foreground().grace_period(0).uid("u").resource_version("7").dry_run();
        assert_eq!(
            body(&params),
            r#"{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"propagationPolicy":"Foreground","preconditions":{"uid":"u","resourceVersion":"7"},"dryRun":["All"]}"#
        );
    }
}
