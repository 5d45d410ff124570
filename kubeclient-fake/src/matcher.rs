//! Which requests a fault strikes, or a test asks the recorder for: conditions that all hold.

use std::fmt;
use std::sync::Arc;

use regex::Regex;

use crate::recorder::RecordedRequest;

/// Conditions on a request; without any, every request matches.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matcher {
    conditions: Vec<Condition>,
}

#[derive(Clone)]
pub(crate) enum Condition {
    Method(String),
    Path(Glob),
    Query(String, String),
    Header(String, String),
    UserAgent(String),
    Verb(String),
    Resource(String),
    Subresource(String),
    Namespace(String),
    Name(String),
    /// Of what has been answered.
    User(String),
    Status(u16),
    Answered,
    When(Arc<dyn Fn(&RecordedRequest) -> bool + Send + Sync>),
}

impl Matcher {
    pub(crate) fn add(&mut self, condition: Condition) {
        self.conditions.push(condition);
    }

    pub(crate) fn matches(&self, request: &RecordedRequest) -> bool {
        self.conditions.iter().all(|condition| condition.holds(request))
    }
}

impl Condition {
    fn holds(&self, request: &RecordedRequest) -> bool {
        match self {
            Self::Method(method) => request.method.eq_ignore_ascii_case(method),
            Self::Path(glob) => glob.matches(&request.path),
            Self::Query(name, value) => {
                request.query.iter().any(|(key, own)| key == name && own == value)
            }
            Self::Header(name, value) => request
                .headers
                .iter()
                .any(|(key, own)| key.eq_ignore_ascii_case(name) && own == value),
            Self::UserAgent(part) => {
                request.header("User-Agent").is_some_and(|own| own.contains(part.as_str()))
            }
            Self::Verb(verb) => request.verb == *verb,
            Self::Resource(resource) => {
                let own = request.resource.as_str();
                own == resource || own.split_once('.').is_some_and(|(plural, _)| plural == resource)
            }
            Self::Subresource(subresource) => request.subresource == *subresource,
            Self::Namespace(namespace) => request.namespace == *namespace,
            Self::Name(name) => request.name == *name,
            Self::User(user) => request.user.as_ref() == Some(user),
            Self::Status(status) => request.status == Some(*status),
            Self::Answered => request.status.is_some(),
            Self::When(holds) => holds(request),
        }
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(method) => write!(f, "method {method}"),
            Self::Path(glob) => write!(f, "path {}", glob.text),
            Self::Query(name, value) => write!(f, "query {name}={value}"),
            Self::Header(name, value) => write!(f, "header {name}: {value}"),
            Self::UserAgent(part) => write!(f, "user agent {part}"),
            Self::Verb(verb) => write!(f, "verb {verb}"),
            Self::Resource(resource) => write!(f, "resource {resource}"),
            Self::Subresource(subresource) => write!(f, "subresource {subresource}"),
            Self::Namespace(namespace) => write!(f, "namespace {namespace}"),
            Self::Name(name) => write!(f, "name {name}"),
            Self::User(user) => write!(f, "user {user}"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::Answered => write!(f, "answered"),
            Self::When(_) => write!(f, "a condition"),
        }
    }
}

/// A path in which `*` stands for anything within a segment and `**` for anything.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    text: String,
    pattern: Option<Regex>,
}

impl Glob {
    pub(crate) fn new(text: &str) -> Self {
        let pattern = text.contains('*').then(|| {
            let pieces = text.split("**").map(|piece| {
                let literal = piece.split('*').map(regex::escape);
                literal.collect::<Vec<String>>().join("[^/]*")
            });
            let pattern = pieces.collect::<Vec<String>>().join(".*");
            Regex::new(&format!("^(?s:{pattern})$")).ok()
        });
        Self { text: text.to_owned(), pattern: pattern.flatten() }
    }

    fn matches(&self, path: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(path),
            None => path == self.text,
        }
    }
}

/// The conditions as methods of a type with a field `matcher`.
macro_rules! conditions {
    ($type:ty) => {
        impl $type {
            /// Of this HTTP method: `GET`.
            pub fn method(self, method: &str) -> Self {
                self.on(Condition::Method(method.to_owned()))
            }

            /// Of this path, the query apart. `*` stands for anything within a segment, `**` for anything:
            /// `/api/v1/namespaces/*/pods/**`.
            pub fn path(self, path: &str) -> Self {
                self.on(Condition::Path(Glob::new(path)))
            }

            /// With this parameter in the query.
            pub fn query(self, name: &str, value: &str) -> Self {
                self.on(Condition::Query(name.to_owned(), value.to_owned()))
            }

            /// With this header.
            pub fn header(self, name: &str, value: &str) -> Self {
                self.on(Condition::Header(name.to_owned(), value.to_owned()))
            }

            /// With this in the `User-Agent`.
            pub fn user_agent(self, part: &str) -> Self {
                self.on(Condition::UserAgent(part.to_owned()))
            }

            /// Of this verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`,
            /// `deletecollection`; of what is no resource the method in lower case.
            pub fn verb(self, verb: &str) -> Self {
                self.on(Condition::Verb(verb.to_owned()))
            }

            /// About this resource, in the plural, with its group or of any: `pods`, `deployments.apps`.
            pub fn resource(self, resource: &str) -> Self {
                self.on(Condition::Resource(resource.to_owned()))
            }

            /// About this subresource: `status`. The empty one is the resource itself.
            pub fn subresource(self, subresource: &str) -> Self {
                self.on(Condition::Subresource(subresource.to_owned()))
            }

            /// In this namespace. The empty one is none.
            pub fn namespace(self, namespace: &str) -> Self {
                self.on(Condition::Namespace(namespace.to_owned()))
            }

            /// About the object of this name.
            pub fn name(self, name: &str) -> Self {
                self.on(Condition::Name(name.to_owned()))
            }

            /// Of which this holds.
            pub fn when(
                self,
                holds: impl Fn(&RecordedRequest) -> bool + Send + Sync + 'static,
            ) -> Self {
                self.on(Condition::When(Arc::new(holds)))
            }

            fn on(mut self, condition: Condition) -> Self {
                self.matcher.add(condition);
                self
            }
        }
    };
}

pub(crate) use conditions;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_a_segment_and_double_stars_for_anything() {
        let matches = |glob: &str, path: &str| Glob::new(glob).matches(path);
        assert!(matches("/api/v1/pods", "/api/v1/pods"));
        assert!(!matches("/api/v1/pods", "/api/v1/pods/x"));
        assert!(matches("/api/*/pods", "/api/v1/pods"));
        assert!(!matches("/api/*/pods", "/api/v1/x/pods"));
        assert!(matches("/api/**/pods", "/api/v1/x/pods"));
        assert!(matches("/api/v1/**", "/api/v1/x/y"));
        assert!(!matches("/a.i/**", "/api/v1"));
    }

    #[test]
    fn a_resource_is_named_with_its_group_or_without() {
        let about = |resource: &str| RecordedRequest {
            resource: resource.into(),
            ..RecordedRequest::default()
        };
        let holds = |wanted: &str, own: &str| Condition::Resource(wanted.into()).holds(&about(own));
        assert!(holds("deployments", "deployments.apps"));
        assert!(holds("deployments.apps", "deployments.apps"));
        assert!(!holds("deployments.extensions", "deployments.apps"));
        assert!(holds("pods", "pods") && !holds("pod", "pods"));
    }
}
