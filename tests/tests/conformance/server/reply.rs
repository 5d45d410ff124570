//! An answer, and the words that a case says what it expects in.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};

use crate::transcript::{Compared, Transcript};
use crate::wire::Head;

/// An answer. One whose code nobody has looked at fails the case.
pub(crate) struct Reply {
    asked: String,
    head: Head,
    body: Vec<u8>,
    json: Value,
    recorded: Option<(Rc<RefCell<Transcript>>, usize)>,
    is_checked: Cell<bool>,
}

impl Reply {
    pub(super) fn new(
        asked: String,
        head: Head,
        body: Vec<u8>,
        recorded: Option<(Rc<RefCell<Transcript>>, usize)>,
    ) -> Self {
        let json = head.value(&body).unwrap_or_default();
        Self { asked, head, body, json, recorded, is_checked: Cell::new(false) }
    }

    /// The code is this.
    #[track_caller]
    pub(crate) fn expect(self, code: u16) -> Self {
        self.is_checked.set(true);
        self.assert(self.head.status == code, &format!("expected {code}"));
        self
    }

    /// A Status of failure with exactly this; `null` details are none, an empty reason is none.
    #[track_caller]
    pub(crate) fn refused(self, code: u16, reason: &str, message: &str, details: Value) -> Self {
        self.expect(code).reason(reason).message(message).details(details)
    }

    /// 400 without details.
    #[track_caller]
    pub(crate) fn bad_request(self, message: &str) -> Self {
        self.refused(400, "BadRequest", message, Value::Null)
    }

    /// 404 of one object; `resource` is `deployments.apps`.
    #[track_caller]
    pub(crate) fn not_found(self, resource: &str, name: &str) -> Self {
        let message = format!("{resource} \"{name}\" not found");
        self.refused(404, "NotFound", &message, resource_details(resource, name))
    }

    /// 404 of a route within a group that is there.
    #[track_caller]
    pub(crate) fn no_such_resource(self) -> Self {
        self.refused(404, "NotFound", "the server could not find the requested resource", json!({}))
    }

    /// 404 in plain text.
    #[track_caller]
    pub(crate) fn page_not_found(self) -> Self {
        let reply = self.expect(404).text("404 page not found\n");
        reply.header("Content-Type", "text/plain; charset=utf-8")
    }

    /// 405.
    #[track_caller]
    pub(crate) fn wrong_method(self) -> Self {
        let message = "the server does not allow this method on the requested resource";
        self.refused(405, "MethodNotAllowed", message, json!({}))
    }

    /// 409: what is stored has another version; `resource` is `deployments.apps`.
    #[track_caller]
    pub(crate) fn modified(self, resource: &str, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {resource} \"{name}\": the object has been modified; \
             please apply your changes to the latest version and try again"
        );
        self.refused(409, "Conflict", &message, resource_details(resource, name))
    }

    /// 422 with one cause; `kind` is `Deployment.apps`.
    #[track_caller]
    pub(crate) fn invalid(
        self,
        kind: &str,
        name: &str,
        field: &str,
        cause: &str,
        why: &str,
    ) -> Self {
        let message = format!("{kind} \"{name}\" is invalid: {field}: {why}");
        let mut details = resource_details(kind, name);
        if name.is_empty() {
            details.as_object_mut().expect("an object").remove("name");
        }
        details["causes"] = json!([{"reason": cause, "message": why, "field": field}]);
        self.refused(422, "Invalid", &message, details)
    }

    /// The Status has this reason; an empty one is none.
    #[track_caller]
    pub(crate) fn reason(self, reason: &str) -> Self {
        let expected = if reason.is_empty() { Value::Null } else { reason.into() };
        self.at("/reason", expected)
    }

    /// The Status has this message.
    #[track_caller]
    pub(crate) fn message(self, message: &str) -> Self {
        self.at("/kind", json!("Status"))
            .at("/status", json!("Failure"))
            .at("/message", json!(message))
    }

    /// The Status's message has this in it.
    #[track_caller]
    pub(crate) fn message_has(self, part: &str) -> Self {
        let has = self.json["message"].as_str().is_some_and(|message| message.contains(part));
        self.assert(has, &format!("expected a message with `{part}`"));
        self
    }

    /// The Status has exactly these details; `null` are none.
    #[track_caller]
    pub(crate) fn details(self, details: Value) -> Self {
        self.at("/details", details)
    }

    /// The fields of the causes, in order.
    #[track_caller]
    pub(crate) fn cause_fields(self, fields: &[&str]) -> Self {
        let causes = self.json["details"]["causes"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = causes.iter().map(|cause| cause["field"].clone()).collect();
        self.assert(found == fields, &format!("expected causes for {fields:?}"));
        self
    }

    /// What stands at a JSON pointer; `null` is nothing.
    #[track_caller]
    pub(crate) fn at(self, pointer: &str, expected: Value) -> Self {
        let found = self.json.pointer(pointer).unwrap_or(&Value::Null);
        self.assert(found == &expected, &format!("{pointer} is {found}, expected {expected}"));
        self
    }

    /// Nothing stands at a JSON pointer, not even `null`.
    #[track_caller]
    pub(crate) fn absent(self, pointer: &str) -> Self {
        let found = self.json.pointer(pointer);
        self.assert(found.is_none(), &format!("expected nothing at {pointer}"));
        self
    }

    /// Something stands at a JSON pointer.
    #[track_caller]
    pub(crate) fn present(self, pointer: &str) -> Self {
        let found = self.json.pointer(pointer);
        self.assert(found.is_some(), &format!("expected something at {pointer}"));
        self
    }

    /// The body has at least this: members of objects, and arrays of the same length.
    #[track_caller]
    pub(crate) fn has(self, expected: Value) -> Self {
        self.assert(is_within(&expected, &self.json), &format!("expected at least {expected}"));
        self
    }

    /// The header's values.
    #[track_caller]
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        let found = self.head.all(name);
        self.assert(found == [value], &format!("{name} is {found:?}, expected `{value}`"));
        self
    }

    /// The texts of the warnings, in order.
    #[track_caller]
    pub(crate) fn warnings(self, texts: &[&str]) -> Self {
        let expected: Vec<_> =
            texts.iter().map(|text| format!("299 - \"{}\"", text.replace('"', "\\\""))).collect();
        let found = self.head.all("Warning");
        self.assert(found == expected, &format!("warnings {found:?}, expected {expected:?}"));
        self
    }

    /// The body is this text.
    #[track_caller]
    pub(crate) fn text(self, text: &str) -> Self {
        self.assert(self.body == text.as_bytes(), &format!("expected the text {text:?}"));
        self
    }

    /// Compares code and reason only: the texts are `why`.
    pub(crate) fn loosely(self, _why: &'static str) -> Self {
        self.compare(Compared::CodeAndReason)
    }

    /// Compares everything but what stands at these pointers, since it is `why`.
    pub(crate) fn without(self, pointers: &[&'static str], _why: &'static str) -> Self {
        self.compare(Compared::Without(pointers.to_vec()))
    }

    /// Compares nothing: it is `why`.
    pub(crate) fn uncompared(self, _why: &'static str) -> Self {
        self.compare(Compared::Nothing)
    }

    /// Puts the causes in the order of their fields, where the server leaves it to chance.
    pub(crate) fn sort_causes(&mut self) {
        if let Some(causes) = self.json.pointer_mut("/details/causes").and_then(Value::as_array_mut)
        {
            causes.sort_by_key(|cause| cause["field"].to_string());
        }
    }

    fn compare(self, compared: Compared) -> Self {
        if let Some((transcript, place)) = &self.recorded {
            transcript.borrow_mut().compare(*place, compared);
        }
        self
    }

    /// The code, whatever it is.
    pub(crate) fn any_code(&self) -> u16 {
        self.is_checked.set(true);
        self.head.status
    }

    /// The body.
    pub(crate) fn json(&self) -> Value {
        self.json.clone()
    }

    /// The body's bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The header's first value.
    pub(crate) fn first(&self, header: &str) -> Option<&str> {
        self.head.all(header).first().copied()
    }

    /// The text at a JSON pointer.
    #[track_caller]
    pub(crate) fn str(&self, pointer: &str) -> String {
        let found = self.json.pointer(pointer).and_then(Value::as_str);
        self.assert(found.is_some(), &format!("expected a text at {pointer}"));
        found.unwrap_or_default().to_owned()
    }

    /// The object's version.
    #[track_caller]
    pub(crate) fn rv(&self) -> String {
        self.str("/metadata/resourceVersion")
    }

    /// The object's uid.
    #[track_caller]
    pub(crate) fn uid(&self) -> String {
        self.str("/metadata/uid")
    }

    /// The object's name.
    #[track_caller]
    pub(crate) fn name(&self) -> String {
        self.str("/metadata/name")
    }

    /// The names of a list's items, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let items = self.json["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|item| item["metadata"]["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    #[track_caller]
    fn assert(&self, holds: bool, expected: &str) {
        if !holds {
            self.is_checked.set(true);
            let body: String = String::from_utf8_lossy(&self.body).chars().take(3000).collect();
            panic!("{}: {expected}\n    answered {} {body}", self.asked, self.head.status);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.is_checked.get() && !std::thread::panicking() {
            panic!("{}: the case does not say which code it expects", self.asked);
        }
    }
}

/// `name`, `group` where there is one, `kind`; of `deployments.apps` or `Deployment.apps`.
fn resource_details(resource: &str, name: &str) -> Value {
    match resource.split_once('.') {
        Some((kind, group)) => json!({"name": name, "group": group, "kind": kind}),
        None => json!({"name": name, "kind": resource}),
    }
}

/// Whether `found` has everything that `expected` has.
pub(super) fn is_within(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected
            .iter()
            .all(|(key, value)| found.get(key).is_some_and(|found| is_within(value, found))),
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(expected, found)| is_within(expected, found))
        }
        _ => expected == found,
    }
}
