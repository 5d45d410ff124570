//! Which recorded bytes answer which request. Pure: a request and the recording in, an answer out.
//!
//! Called by `serve`, which writes what comes back.

use std::borrow::Cow;

use crate::http::Request;
use crate::protobuf;
use crate::recording::{Recording, page_start};
use crate::wire::Wire;

/// What to write for a request.
pub(crate) enum Answer<'a> {
    /// A status and a body in pieces, whose length is told.
    Body { status: u16, wire: Wire, pieces: Vec<Cow<'a, [u8]>> },
    /// A watch: the initial list where it was asked for, then the events after this version.
    Watch { wire: Wire, initial: bool, after: usize },
}

/// The answer to `request`.
pub(crate) fn answer<'a>(recording: &'a Recording, request: &Request) -> Answer<'a> {
    let wire = request.wire;
    match (request.method.as_str(), request.path.as_str()) {
        // No object of the API: JSON for everyone.
        ("GET", "/version") => object(200, Wire::Json, VERSION),
        ("GET", "/api/v1/namespaces") => {
            Answer::Body { status: 200, wire, pieces: vec![recording.namespaces(wire).into()] }
        }
        ("GET", "/api/v1/pods") if matches!(request.parameter("watch"), Some("true" | "1")) => {
            watch(recording, request)
        }
        ("GET", "/api/v1/pods") => list(recording, request),
        (method, path) => match path.strip_prefix("/api/v1/namespaces/default/configmaps") {
            Some("") if method == "POST" => created(request),
            Some(name) if method == "GET" => {
                object(200, wire, &config_map(name.trim_start_matches('/')))
            }
            Some(name) if method == "DELETE" => {
                object(200, wire, &deleted(name.trim_start_matches('/')))
            }
            _ => object(404, wire, NOT_FOUND),
        },
    }
}

/// One object, whose JSON is `json`.
fn object<'a>(status: u16, wire: Wire, json: &str) -> Answer<'a> {
    let (status, wire, body) = match wire {
        Wire::Json => (status, wire, json.as_bytes().to_vec()),
        Wire::Protobuf => match protobuf::answer(json) {
            Ok(body) => (status, wire, body),
            Err(error) => (500, Wire::Json, error.into_bytes()),
        },
    };
    Answer::Body { status, wire, pieces: vec![body.into()] }
}

fn watch<'a>(recording: &Recording, request: &Request) -> Answer<'a> {
    let initial = request.parameter("sendInitialEvents") == Some("true");
    let after =
        request.parameter("resourceVersion").and_then(|version| version.parse().ok()).unwrap_or(0);
    Answer::Watch { wire: request.wire, initial, after: after.max(recording.list_version()) }
}

fn list<'a>(recording: &'a Recording, request: &Request) -> Answer<'a> {
    let wire = request.wire;
    let limit = match request.parameter("limit").map(str::parse) {
        Some(Ok(limit)) if limit > 0 => limit,
        _ => usize::MAX,
    };
    let start = match request.parameter("continue") {
        None | Some("") => 0,
        Some(token) => match page_start(token) {
            Some(start) => start,
            None => return object(400, wire, BAD_TOKEN),
        },
    };
    match recording.page(wire, start, limit) {
        Ok(pieces) => Answer::Body { status: 200, wire, pieces: pieces.into() },
        Err(error) => {
            Answer::Body { status: 500, wire: Wire::Json, pieces: vec![error.into_bytes().into()] }
        }
    }
}

/// Clients write either wire, whichever they read.
fn created<'a>(request: &Request) -> Answer<'a> {
    let text = String::from_utf8_lossy(&request.body);
    let in_json = || {
        let (_, rest) = text.split_once(r#""name":""#)?;
        rest.split_once('"').map(|(name, _)| name)
    };
    match protobuf::name_of(&request.body).or_else(in_json) {
        Some(name) => object(201, request.wire, &config_map(name)),
        None => object(422, request.wire, NAMELESS),
    }
}

fn config_map(name: &str) -> String {
    [
        r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":""#,
        name,
        concat!(
            r#"","namespace":"default","uid":"0d9d5c8e-6a53-4c7e-8f0b-3b5f0f6f2a11","resourceVersion":"1000042","#,
            r#""creationTimestamp":"2026-03-01T08:15:30Z","labels":{"app":"bench"},"managedFields":[{"manager":"bench","#,
            r#""operation":"Update","apiVersion":"v1","time":"2026-03-01T08:15:30Z","fieldsType":"FieldsV1","#,
            r#""fieldsV1":{"f:data":{".":{},"f:color":{},"f:size":{}},"f:metadata":{"f:labels":{".":{},"f:app":{}}}}}]},"#,
            r#""data":{"color":"blue","size":"large"}}"#,
            "\n"
        ),
    ]
    .concat()
}

fn deleted(name: &str) -> String {
    [
        r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":""#,
        name,
        concat!(r#"","kind":"configmaps","uid":"0d9d5c8e-6a53-4c7e-8f0b-3b5f0f6f2a11"}}"#, "\n"),
    ]
    .concat()
}

const VERSION: &str = concat!(
    r#"{"major":"1","minor":"36","emulationMajor":"1","emulationMinor":"36","minCompatibilityMajor":"1","#,
    r#""minCompatibilityMinor":"35","gitVersion":"v1.36.3","gitCommit":"","gitTreeState":"clean","#,
    r#""buildDate":"2026-03-01T08:00:00Z","goVersion":"go1.26.0","compiler":"gc","platform":"linux/amd64"}"#,
    "\n"
);

const NOT_FOUND: &str = concat!(
    r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","#,
    r#""message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}"#,
    "\n"
);

const BAD_TOKEN: &str = concat!(
    r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","#,
    r#""message":"continue key is not valid","reason":"BadRequest","code":400}"#,
    "\n"
);

const NAMELESS: &str = concat!(
    r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","#,
    r#""message":"ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required","#,
    r#""reason":"Invalid","details":{"kind":"ConfigMap"},"code":422}"#,
    "\n"
);

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Answer, answer};
    use crate::http::Request;
    use crate::recording::Recording;
    use crate::wire::Wire;

    fn recording() -> Recording {
        Recording::new(5, 2).expect("valid")
    }

    #[track_caller]
    fn check(method: &str, target: &str, body: &str, status: u16) -> Value {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            wire: Wire::Json,
            body: body.as_bytes().to_vec(),
        };
        match answer(&recording(), &request) {
            Answer::Body { status: found, pieces, .. } => {
                assert_eq!(found, status, "{method} {target}");
                serde_json::from_slice(&pieces.concat()).expect("an answer is JSON")
            }
            Answer::Watch { .. } => panic!("{method} {target} answered as a watch"),
        }
    }

    #[test]
    fn lists_are_whole_without_a_limit_and_paged_with_one() {
        assert_eq!(
            check("GET", "/api/v1/pods", "", 200)["items"].as_array().map(Vec::len),
            Some(5)
        );
        let page = check("GET", "/api/v1/pods?limit=2", "", 200);
        assert_eq!(page["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(page["metadata"]["remainingItemCount"], 3);
        check("GET", "/api/v1/pods?limit=2&continue=elsewhere", "", 400);
    }

    #[test]
    fn a_config_map_answers_under_the_name_it_was_created_with() {
        let created = check(
            "POST",
            "/api/v1/namespaces/default/configmaps",
            r#"{"metadata":{"name":"a-1"}}"#,
            201,
        );
        assert_eq!(created["metadata"]["name"], "a-1");
        assert_eq!(check("GET", "/api/v1/namespaces/default/configmaps/a-1", "", 200), created);
        let deleted = check("DELETE", "/api/v1/namespaces/default/configmaps/a-1", "", 200);
        assert_eq!(
            (&deleted["status"], &deleted["details"]["name"]),
            (&"Success".into(), &"a-1".into())
        );
        check("POST", "/api/v1/namespaces/default/configmaps", "{}", 422);
    }

    #[test]
    fn what_was_not_recorded_is_a_404_status() {
        assert_eq!(check("GET", "/apis/apps/v1/deployments", "", 404)["reason"], "NotFound");
        assert_eq!(check("PUT", "/api/v1/pods", "", 404)["code"], 404);
        assert_eq!(check("GET", "/version", "", 200)["gitVersion"], "v1.36.3");
    }

    #[test]
    fn a_watch_starts_no_earlier_than_the_list() {
        let request = Request {
            method: "GET".to_owned(),
            path: "/api/v1/pods".to_owned(),
            query: "watch=true&resourceVersion=7".to_owned(),
            wire: Wire::Json,
            body: Vec::new(),
        };
        let recording = recording();
        let Answer::Watch { wire: Wire::Json, initial: false, after } =
            answer(&recording, &request)
        else {
            panic!("a watch was asked for");
        };
        assert_eq!(after, recording.list_version());
    }

    #[test]
    fn who_prefers_protobuf_gets_it_whatever_is_answered() {
        let config_maps = "/api/v1/namespaces/default/configmaps";
        for (method, path, expected, within) in [
            ("GET", "/api/v1/pods", 200, "PodList"),
            ("GET", "/api/v1/namespaces", 200, "NamespaceList"),
            ("POST", config_maps, 201, "ConfigMap"),
            ("DELETE", &format!("{config_maps}/a"), 200, "Status"),
            ("GET", "/apis", 404, "Status"),
        ] {
            let request = Request {
                method: method.to_owned(),
                path: path.to_owned(),
                query: String::new(),
                wire: Wire::Protobuf,
                body: br#"{"metadata":{"name":"a"}}"#.to_vec(),
            };
            let recording = recording();
            let Answer::Body { status, wire: Wire::Protobuf, pieces } =
                answer(&recording, &request)
            else {
                panic!("{path} answered in JSON");
            };
            let head = pieces.concat()[..60].to_vec();
            assert_eq!(status, expected, "{path}");
            assert!(head.starts_with(b"k8s\0"), "{path}");
            assert!(String::from_utf8_lossy(&head).contains(within), "{path}");
        }
    }
}
