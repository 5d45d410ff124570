//! What the server says instead of an object: one type for every refusal, and the words of the real one.
//!
//! Which refusal fits is for those who refuse to know; here is how each reads on the wire.

use serde_json::{Map, Value, json};

use crate::field::FieldError;
use crate::resource::ResourceType;

/// The answer of a handler, or the refusal.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// A refusal: a `Status` of failure, or plain text where the real server answers in plain text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    /// The HTTP status code.
    pub(crate) code: u16,
    /// Boxed: a refusal is the rare case.
    pub(crate) body: Box<Body>,
}

/// What a refusal says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    /// A `Status` object.
    Status {
        /// `reason`; empty where the real server leaves it out.
        reason: &'static str,
        /// `message`.
        message: String,
        /// `details`; `None` where the real server leaves it out.
        details: Option<Details>,
        /// `metadata.continue`, of an expired list.
        continue_token: Option<String>,
    },
    /// Plain text.
    Text(String),
}

/// `details` of a `Status`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) uid: String,
    pub(crate) causes: Vec<Cause>,
    pub(crate) retry_after_seconds: u32,
}

/// One cause in `details`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cause {
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) field: String,
}

impl Failure {
    /// Any `Status` without details.
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        let body = Body::Status { reason, message, details: None, continue_token: None };
        Self { code, body: Box::new(body) }
    }

    /// The same with details.
    pub(crate) fn with_details(mut self, given: Details) -> Self {
        if let Body::Status { details, .. } = &mut *self.body {
            *details = Some(given);
        }
        self
    }

    /// The same with a token by which an expired list can go on.
    pub(crate) fn go_on_with(mut self, token: String) -> Self {
        if let Body::Status { continue_token, .. } = &mut *self.body {
            *continue_token = Some(token);
        }
        self
    }

    /// 404 in plain text: what no route of any kind answers.
    pub(crate) fn page_not_found() -> Self {
        Self { code: 404, body: Box::new(Body::Text("404 page not found\n".into())) }
    }

    /// 404 for a resource, version or subresource that a known group does not have.
    pub(crate) fn no_such_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
            .with_details(Details::default())
    }

    /// 405.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message).with_details(Details::default())
    }

    /// 400 without details.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 500 without a reason: the real server's answer to what it did not expect.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// 501: this server does not do it and says so, rather than succeed silently.
    pub(crate) fn not_implemented(what: impl std::fmt::Display) -> Self {
        Self::new(501, "NotImplemented", format!("kubeclient-fake: not implemented: {what}"))
    }

    /// 404 of one object.
    pub(crate) fn not_found(resource: &ResourceType, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", resource.qualified());
        Self::new(404, "NotFound", message).with_details(Details::of(resource, name))
    }

    /// 409: the write does not fit what is stored; `why` follows the colon.
    pub(crate) fn conflict(resource: &ResourceType, name: &str, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.qualified());
        Self::new(409, "Conflict", message).with_details(Details::of(resource, name))
    }

    /// 409: the resource version is not the stored one.
    pub(crate) fn modified(resource: &ResourceType, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(resource, name, why)
    }

    /// 403 of one object.
    pub(crate) fn forbidden(resource: &ResourceType, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", resource.qualified());
        Self::new(403, "Forbidden", message).with_details(Details::of(resource, name))
    }

    /// 422 with its causes; `kind` and `group` are of the object (`Deployment`, `apps`) or of the options
    /// (`CreateOptions`, `meta.k8s.io`).
    pub(crate) fn invalid(kind: &str, group: &str, name: &str, errors: &[FieldError]) -> Self {
        let qualified = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        // The real server says a repeated error once in the message and each time in the causes.
        let mut said: Vec<String> = Vec::new();
        for error in errors {
            let text = error.to_string();
            if !said.contains(&text) {
                said.push(text);
            }
        }
        let list = match said.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let details = Details {
            name: name.to_owned(),
            group: group.to_owned(),
            kind: kind.to_owned(),
            causes: errors.iter().map(FieldError::cause).collect(),
            ..Details::default()
        };
        Self::new(422, "Invalid", format!("{qualified} \"{name}\" is invalid: {list}"))
            .with_details(details)
    }

    /// Adds a cause to the details.
    pub(crate) fn caused_by(mut self, cause: Cause) -> Self {
        if let Body::Status { details, .. } = &mut *self.body {
            details.get_or_insert_default().causes.push(cause);
        }
        self
    }

    /// The seconds of a `Retry-After` header, if it has one.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        match &*self.body {
            Body::Status { details: Some(details), .. } if details.retry_after_seconds > 0 => {
                Some(details.retry_after_seconds)
            }
            _ => None,
        }
    }

    /// The `Status` as JSON; of plain text too, as a watch's ERROR event needs one.
    pub(crate) fn status(&self) -> Value {
        match &*self.body {
            Body::Status { reason, message, details, continue_token } => {
                let mut metadata = Map::new();
                if let Some(token) = continue_token {
                    metadata.insert("continue".into(), token.as_str().into());
                }
                let mut status = json!({
                    "kind": "Status", "apiVersion": "v1", "metadata": metadata,
                    "status": "Failure", "message": message,
                });
                if !reason.is_empty() {
                    status["reason"] = (*reason).into();
                }
                if let Some(details) = details {
                    status["details"] = details.value();
                }
                status["code"] = self.code.into();
                status
            }
            Body::Text(text) => json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {},
                "status": "Failure", "message": text, "code": self.code,
            }),
        }
    }
}

impl Details {
    /// Of an object of a resource: its name, its group and the plural.
    pub(crate) fn of(resource: &ResourceType, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            group: resource.group.clone(),
            kind: resource.plural.clone(),
            ..Self::default()
        }
    }

    /// The wire form: what is empty is left out.
    pub(crate) fn value(&self) -> Value {
        let mut map = Map::new();
        for (key, text) in
            [("name", &self.name), ("group", &self.group), ("kind", &self.kind), ("uid", &self.uid)]
        {
            if !text.is_empty() {
                map.insert(key.into(), text.as_str().into());
            }
        }
        if !self.causes.is_empty() {
            map.insert("causes".into(), self.causes.iter().map(Cause::value).collect());
        }
        if self.retry_after_seconds > 0 {
            map.insert("retryAfterSeconds".into(), self.retry_after_seconds.into());
        }
        map.into()
    }
}

impl Cause {
    fn value(&self) -> Value {
        let mut map = Map::new();
        for (key, text) in
            [("reason", &self.reason), ("message", &self.message), ("field", &self.field)]
        {
            if !text.is_empty() {
                map.insert(key.into(), text.as_str().into());
            }
        }
        map.into()
    }
}
