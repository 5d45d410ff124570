//! A whole cluster for tests, spoken to without sockets.

use std::sync::Arc;

use serde_json::Value;

use super::{Cluster, service};
use crate::auth::User;
use crate::clock::Clock;
use crate::http::{Reply, Request, Response, Service};
use crate::resource::ResourceType;
use crate::schema::builtin;

/// A server, and words to ask it.
pub(crate) struct World {
    pub(crate) cluster: Arc<Cluster>,
    service: Box<dyn Service>,
}

/// What it says.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

/// A cluster with its controllers.
pub(crate) fn world() -> World {
    World::new(true)
}

impl World {
    pub(crate) fn new(controllers: bool) -> Self {
        let cluster = Arc::new(Cluster::start(Clock::wall(), controllers));
        let service = Box::new(service(Arc::clone(&cluster)));
        Self { cluster, service }
    }

    /// Asks with a body of JSON.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let kind =
            if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        self.ask_as(method, path, body, kind)
    }

    #[track_caller]
    pub(crate) fn ask_as(&self, method: &str, path: &str, body: &Value, kind: &str) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let request = Request {
            method: method.into(),
            path: path.into(),
            query: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            headers: vec![("Content-Type".into(), kind.into())],
            body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
            user: User::admin(),
            ..Request::default()
        };
        match self.service.answer(&request) {
            Reply::Full(Response { status, headers, body }) => {
                let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
                let body = serde_json::from_slice(&body).unwrap_or_else(|_| text());
                Answer { status, headers, body }
            }
            Reply::Stream(..) => panic!("{method} {path} answers with a stream"),
        }
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &Value::Null)
    }

    #[track_caller]
    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, &Value::Null)
    }

    /// Creates, and answers what was created.
    #[track_caller]
    pub(crate) fn create(&self, path: &str, body: &Value) -> Value {
        let answer = self.ask("POST", path, body);
        assert_eq!(answer.status, 201, "{path}: {}", answer.body);
        answer.body
    }
}

impl Answer {
    /// Asserts the code and the message of a refusal.
    #[track_caller]
    pub(crate) fn refuses(&self, code: u16, message: &str) {
        assert_eq!(
            (self.status, self.body["message"].as_str()),
            (code, Some(message)),
            "{}",
            self.body
        );
    }

    /// The warnings, without their frame.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let headers = self.headers.iter().filter(|(name, _)| name == "Warning");
        let text = |value: &str| value["299 - \"".len()..value.len() - 1].replace("\\\"", "\"");
        headers.map(|(_, value)| text(value)).collect()
    }
}

/// A built-in resource.
#[track_caller]
pub(crate) fn resource(group: &str, plural: &str) -> Arc<ResourceType> {
    let mut all = builtin::resources().iter();
    all.find(|known| known.group == group && known.plural == plural).cloned().unwrap()
}
