//! Which recorded bytes answer which request. Pure: a request and the recording in, an answer out.
//!
//! Called by `serve`, which writes what comes back.

use std::borrow::Cow;

use crate::http::Request;
use crate::recording::{Recording, page_start};

/// What to write for a request.
pub(crate) enum Answer<'a> {
    /// A status and a body in pieces, whose length is told.
    Body(u16, Vec<Cow<'a, str>>),
    /// A watch: the initial list where it was asked for, then the events after this version.
    Watch { initial: bool, after: usize },
}

/// The answer to `request`.
pub(crate) fn answer<'a>(recording: &'a Recording, request: &Request) -> Answer<'a> {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/version") => Answer::Body(200, vec![VERSION.into()]),
        ("GET", "/api/v1/namespaces") => Answer::Body(200, vec![recording.namespaces().into()]),
        ("GET", "/api/v1/pods") if matches!(request.parameter("watch"), Some("true" | "1")) => {
            watch(recording, request)
        }
        ("GET", "/api/v1/pods") => list(recording, request),
        (method, path) => match path.strip_prefix("/api/v1/namespaces/default/configmaps") {
            Some("") if method == "POST" => created(request),
            Some(name) if method == "GET" => {
                Answer::Body(200, config_map(name.trim_start_matches('/')))
            }
            Some(name) if method == "DELETE" => {
                Answer::Body(200, deleted(name.trim_start_matches('/')))
            }
            _ => Answer::Body(404, vec![NOT_FOUND.into()]),
        },
    }
}

fn watch<'a>(recording: &Recording, request: &Request) -> Answer<'a> {
    let initial = request.parameter("sendInitialEvents") == Some("true");
    let after =
        request.parameter("resourceVersion").and_then(|version| version.parse().ok()).unwrap_or(0);
    Answer::Watch { initial, after: after.max(recording.list_version()) }
}

fn list<'a>(recording: &'a Recording, request: &Request) -> Answer<'a> {
    let limit = match request.parameter("limit").map(str::parse) {
        Some(Ok(limit)) if limit > 0 => limit,
        _ => usize::MAX,
    };
    let start = match request.parameter("continue") {
        None | Some("") => 0,
        Some(token) => match page_start(token) {
            Some(start) => start,
            None => return Answer::Body(400, vec![BAD_TOKEN.into()]),
        },
    };
    let [head, tail] = recording.page(start, limit);
    Answer::Body(200, vec![head.into(), recording.items(start, limit).into(), tail.into()])
}

fn created<'a>(request: &Request) -> Answer<'a> {
    let body = String::from_utf8_lossy(&request.body);
    match body.split_once(r#""name":""#).and_then(|(_, rest)| rest.split_once('"')) {
        Some((name, _)) => Answer::Body(201, config_map(name)),
        None => Answer::Body(422, vec![NAMELESS.into()]),
    }
}

fn config_map<'a>(name: &str) -> Vec<Cow<'a, str>> {
    vec![
        r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":""#.into(),
        name.to_owned().into(),
        concat!(
            r#"","namespace":"default","uid":"0d9d5c8e-6a53-4c7e-8f0b-3b5f0f6f2a11","resourceVersion":"1000042","#,
            r#""creationTimestamp":"2026-03-01T08:15:30Z","labels":{"app":"bench"},"managedFields":[{"manager":"bench","#,
            r#""operation":"Update","apiVersion":"v1","time":"2026-03-01T08:15:30Z","fieldsType":"FieldsV1","#,
            r#""fieldsV1":{"f:data":{".":{},"f:color":{},"f:size":{}},"f:metadata":{"f:labels":{".":{},"f:app":{}}}}}]},"#,
            r#""data":{"color":"blue","size":"large"}}"#,
            "\n"
        )
        .into(),
    ]
}

fn deleted<'a>(name: &str) -> Vec<Cow<'a, str>> {
    vec![
        r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":""#.into(),
        name.to_owned().into(),
        concat!(r#"","kind":"configmaps","uid":"0d9d5c8e-6a53-4c7e-8f0b-3b5f0f6f2a11"}}"#, "\n").into(),
    ]
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

    #[track_caller]
    fn check(method: &str, target: &str, body: &str, status: u16) -> Value {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: body.as_bytes().to_vec(),
        };
        match answer(&Recording::new(5, 2), &request) {
            Answer::Body(found, pieces) => {
                assert_eq!(found, status, "{method} {target}");
                serde_json::from_str(&pieces.concat()).expect("an answer is JSON")
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
            body: Vec::new(),
        };
        let recording = Recording::new(5, 2);
        let Answer::Watch { initial: false, after } = answer(&recording, &request) else {
            panic!("a watch was asked for");
        };
        assert_eq!(after, recording.list_version());
    }
}
