//! What a request is about, read off its line alone: verb, resource, name. Authorization, faults and the
//! recorder go by it; routing, which knows what there is, does not.

use percent_encoding::percent_decode_str;

use crate::http::Request;

/// What a request is about, as the real server's authorization sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; of what is no
    /// resource the method in lower case.
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) version: String,
    /// Empty of what is no resource.
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Decoded.
    pub(crate) path: String,
    pub(crate) is_resource: bool,
}

impl Attributes {
    /// Of a request.
    pub(crate) fn of(request: &Request) -> Self {
        let path = percent_decode_str(&request.path).decode_utf8_lossy().into_owned();
        let mut attributes = Self { verb: request.method.to_lowercase(), path, ..Self::default() };
        let path = attributes.path.clone();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["api", version, rest @ ..] if !rest.is_empty() => {
                attributes.read(request, "", version, rest);
            }
            ["apis", group, version, rest @ ..] if !rest.is_empty() => {
                attributes.read(request, group, version, rest);
            }
            _ => {}
        }
        attributes
    }

    /// Reads what follows the version.
    fn read(&mut self, request: &Request, group: &str, version: &str, mut parts: &[&str]) {
        self.is_resource = true;
        self.group = group.to_owned();
        self.version = version.to_owned();
        match parts {
            ["watch" | "proxy"] => return,
            [verb @ ("watch" | "proxy"), rest @ ..] => {
                self.verb = (*verb).to_owned();
                parts = rest;
            }
            _ => self.verb = verb_of(&request.method).to_owned(),
        }
        if let ["namespaces", namespace, rest @ ..] = parts {
            self.namespace = (*namespace).to_owned();
            if !matches!(rest, [] | ["status" | "finalize", ..]) {
                parts = rest;
            }
        }
        let mut parts = parts.iter().map(|part| (*part).to_owned());
        self.resource = parts.next().unwrap_or_default();
        self.name = parts.next().unwrap_or_default();
        self.subresource = parts.next().unwrap_or_default();
        match (self.verb.as_str(), self.name.is_empty()) {
            ("get", true) => self.read_list(request),
            ("delete", true) => self.verb = "deletecollection".into(),
            _ => {}
        }
    }

    /// A GET without a name: a list or a watch, of one object perhaps.
    fn read_list(&mut self, request: &Request) {
        let watches = request
            .query("watch")
            .is_some_and(|watch| !watch.eq_ignore_ascii_case("false") && watch != "0");
        self.verb = if watches { "watch" } else { "list" }.into();
        let selector = request.query("fieldSelector").unwrap_or_default();
        let name = selector.split(',').find_map(|term| {
            let value = term.trim().strip_prefix("metadata.name=")?;
            Some(value.strip_prefix('=').unwrap_or(value))
        });
        if let Some(name) = name.filter(|name| !name.contains(['/', '%'])) {
            self.name = name.to_owned();
        }
    }
}

fn verb_of(method: &str) -> &'static str {
    match method {
        "POST" => "create",
        "GET" | "HEAD" => "get",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `verb group/version resource/subresource namespace name`
    fn said(method: &str, target: &str) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query.split('&').filter_map(|pair| pair.split_once('='));
        let request = Request {
            method: method.into(),
            path: path.into(),
            query: query.map(|(key, value)| (key.into(), value.into())).collect(),
            ..Request::default()
        };
        let Attributes { verb, group, version, resource, subresource, namespace, name, .. } =
            Attributes::of(&request);
        format!("{verb} {group}/{version} {resource}/{subresource} {namespace} {name}")
    }

    #[test]
    fn verbs_follow_from_method_and_path() {
        assert_eq!(said("GET", "/api/v1/namespaces/d/pods/p"), "get /v1 pods/ d p");
        assert_eq!(said("GET", "/api/v1/pods"), "list /v1 pods/  ");
        assert_eq!(said("GET", "/api/v1/pods?watch=1"), "watch /v1 pods/  ");
        assert_eq!(said("GET", "/api/v1/pods?watch=false"), "list /v1 pods/  ");
        assert_eq!(said("GET", "/api/v1/watch/pods"), "watch /v1 pods/  ");
        assert_eq!(
            said("DELETE", "/apis/apps/v1/namespaces/d/deployments"),
            "deletecollection apps/v1 deployments/ d "
        );
        assert_eq!(
            said("PATCH", "/apis/apps/v1/namespaces/d/deployments/x/scale"),
            "patch apps/v1 deployments/scale d x"
        );
        assert_eq!(
            said("PUT", "/api/v1/namespaces/d/finalize"),
            "update /v1 namespaces/finalize d d"
        );
        assert_eq!(said("GET", "/api/v1/namespaces/d"), "get /v1 namespaces/ d d");
        assert_eq!(said("POST", "/api/v1/namespaces"), "create /v1 namespaces/  ");
    }

    #[test]
    fn a_field_selector_may_name_the_object() {
        assert_eq!(
            said("GET", "/api/v1/pods?fieldSelector=a!=b,metadata.name==p"),
            "list /v1 pods/  p"
        );
    }

    #[test]
    fn what_is_no_resource_has_a_path_and_a_method() {
        for path in ["/", "/api", "/api/v1", "/apis/apps/v1", "/healthz", "/api/v1/watch"] {
            assert!(said("GET", path).starts_with("get "), "{path}");
        }
        assert_eq!(said("POST", "/version"), "post / /  ");
    }
}
