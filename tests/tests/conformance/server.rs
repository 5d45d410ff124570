//! The server under test as a case sees it: a namespace of its own, verbs that send and record.
//!
//! Paths: `configmaps/a` stands for `/api/v1/namespaces/<the case's>/configmaps/a`,
//! `apps/v1:deployments/d` for the same in a group, and what begins with `/` for itself.

mod reply;
mod stream;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) use reply::Reply;
pub(crate) use stream::Stream;

use crate::servers::Target;
use crate::transcript::Transcript;
use crate::wire::{Connection, Head, Request};

/// The server under test, for one case.
pub(crate) struct Server {
    target: &'static Target,
    unique: String,
    transcript: Rc<RefCell<Transcript>>,
    connection: RefCell<Option<Connection>>,
    is_recording: Cell<bool>,
    leftovers: RefCell<Vec<String>>,
}

impl Server {
    /// A server for the case of this number, with a namespace of its own.
    pub(crate) fn new(
        target: &'static Target,
        number: usize,
        transcript: Rc<RefCell<Transcript>>,
    ) -> Self {
        let server = Self {
            target,
            unique: format!("{}-{}-{number}", target.kind.word(), std::process::id()),
            transcript,
            connection: RefCell::default(),
            is_recording: Cell::new(true),
            leftovers: RefCell::default(),
        };
        server.hide(server.namespace(), "<namespace>");
        server.quietly(|| {
            let namespace = json!({"metadata": {"name": server.namespace()}});
            server.post("/api/v1/namespaces", namespace).expect(201);
        });
        server
    }

    /// The case's namespace.
    pub(crate) fn namespace(&self) -> &str {
        &self.unique
    }

    /// A name that no other case has, for what stands in no namespace.
    pub(crate) fn unique(&self, name: &str) -> String {
        format!("{name}-{}", self.unique)
    }

    /// What this server is and how it is reached.
    pub(crate) fn target(&self) -> &'static Target {
        self.target
    }

    /// Deletes this, at the end of the case, however it ends.
    pub(crate) fn clean_up(&self, path: &str) {
        self.leftovers.borrow_mut().push(path.to_owned());
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.request("GET", path).send()
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Reply {
        self.request("POST", path).json(&body).send()
    }

    pub(crate) fn put(&self, path: &str, body: Value) -> Reply {
        self.request("PUT", path).json(&body).send()
    }

    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.request("DELETE", path).send()
    }

    /// DELETE with options.
    pub(crate) fn delete_with(&self, path: &str, options: Value) -> Reply {
        self.request("DELETE", path).json(&options).send()
    }

    /// PATCH with a merge patch.
    pub(crate) fn merge(&self, path: &str, patch: Value) -> Reply {
        self.patch("application/merge-patch+json", path, patch)
    }

    /// PATCH with a JSON patch.
    pub(crate) fn json_patch(&self, path: &str, patch: Value) -> Reply {
        self.patch("application/json-patch+json", path, patch)
    }

    /// PATCH with a strategic merge patch.
    pub(crate) fn strategic(&self, path: &str, patch: Value) -> Reply {
        self.patch("application/strategic-merge-patch+json", path, patch)
    }

    /// PATCH with an apply configuration; the manager stands in the path's query.
    pub(crate) fn apply(&self, path: &str, patch: Value) -> Reply {
        self.patch("application/apply-patch+yaml", path, patch)
    }

    fn patch(&self, kind: &str, path: &str, patch: Value) -> Reply {
        self.request("PATCH", path).header("Content-Type", kind).json(&patch).send()
    }

    /// Opens a watch.
    pub(crate) fn watch(&self, path: &str) -> Stream {
        self.request("GET", path).open()
    }

    /// Any request.
    pub(crate) fn request(&self, method: &str, path: &str) -> Draft<'_> {
        let mut headers = vec![
            ("Host".to_owned(), self.target.endpoint.address().to_string()),
            ("User-Agent".to_owned(), "conformance/1.0".to_owned()),
            ("Accept".to_owned(), "application/json".to_owned()),
        ];
        if let Some(token) = &self.target.admin_token {
            headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        let path = self.path(path);
        Draft {
            server: self,
            request: Request { method: method.to_owned(), path, headers, body: Vec::new() },
        }
    }

    /// The whole path that a short one stands for.
    pub(crate) fn path(&self, path: &str) -> String {
        let (route, query) =
            path.split_once('?').map_or((path, ""), |(route, _)| (route, &path[route.len()..]));
        if route.starts_with('/') {
            return path.to_owned();
        }
        let namespace = self.namespace();
        match route.split_once(':') {
            Some((group, rest)) => format!("/apis/{group}/namespaces/{namespace}/{rest}{query}"),
            None => format!("/api/v1/namespaces/{namespace}/{route}{query}"),
        }
    }

    /// Does something without a record: what is only set-up, or asked a varying number of times.
    pub(crate) fn quietly<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.is_recording.replace(false);
        let result = work();
        self.is_recording.set(before);
        result
    }

    /// Asks again and again, unrecorded, until there is an answer: for what controllers do in their time.
    #[track_caller]
    pub(crate) fn eventually<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let patience = self.target.kind.patience();
        let end = Instant::now() + patience;
        loop {
            if let Some(found) = self.quietly(&mut ask) {
                return found;
            }
            assert!(Instant::now() < end, "not within {patience:?}: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a GET answers this code.
    #[track_caller]
    pub(crate) fn eventually_answers(&self, path: &str, code: u16) {
        self.eventually(&format!("{path} answers {code}"), || {
            (self.get(path).any_code() == code).then_some(())
        });
    }

    /// Puts a value into the transcript, to be compared.
    pub(crate) fn record(&self, title: &str, value: impl Into<Value>) {
        self.transcript.borrow_mut().value(title.to_owned(), value.into());
    }

    /// A text of this server's own becomes a label in the transcript from now on.
    pub(crate) fn hide(&self, text: &str, label: &str) {
        self.transcript.borrow_mut().hide(text, label);
    }

    fn exchange(&self, request: &Request) -> Reply {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.target.endpoint.connection().expect("connect"),
        };
        let asked = format!("{} {}", request.method, request.path);
        let (head, body) = (|| {
            let head = connection.send(request)?;
            let body = connection.read_body(&request.method, &head)?;
            std::io::Result::Ok((head, body))
        })()
        .unwrap_or_else(|error| panic!("{asked}: {error}"));
        self.target.endpoint.keep(connection);
        self.reply(asked, head, body)
    }

    fn reply(&self, asked: String, head: Head, body: Vec<u8>) -> Reply {
        let recorded = self.is_recording.get().then(|| {
            let place = self.transcript.borrow_mut().answer(asked.clone(), &head, &body);
            (Rc::clone(&self.transcript), place)
        });
        Reply::new(asked, head, body, recorded)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_recording.set(false);
        for path in self.leftovers.take().iter().rev() {
            // It may be gone, or the server: the case has said what it had to say.
            let request = self.request("DELETE", path).request;
            if let Ok(mut connection) = self.target.endpoint.connect() {
                let _ = connection.send(&request);
            }
        }
    }
}

/// A request that is still being written.
pub(crate) struct Draft<'a> {
    server: &'a Server,
    request: Request,
}

impl Draft<'_> {
    /// Sets a header, instead of one of the same name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self = self.without_header(name);
        self.request.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends no header of this name.
    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.request.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self
    }

    /// Asks for this media type.
    pub(crate) fn accept(self, kind: &str) -> Self {
        self.header("Accept", kind)
    }

    /// A body of this media type.
    pub(crate) fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.request.body = body.into();
        self.header("Content-Type", kind)
    }

    /// A JSON body; its media type unless another is set.
    pub(crate) fn json(mut self, body: &Value) -> Self {
        self.request.body = body.to_string().into_bytes();
        let is_set = self.request.headers.iter().any(|(name, _)| name == "Content-Type");
        if is_set { self } else { self.header("Content-Type", "application/json") }
    }

    /// Sends it and reads the whole answer.
    #[track_caller]
    pub(crate) fn send(self) -> Reply {
        self.server.exchange(&self.request)
    }

    /// Sends it on a connection of its own and leaves the answer open.
    #[track_caller]
    pub(crate) fn open(self) -> Stream {
        Stream::open(self.server, &self.request)
    }
}
