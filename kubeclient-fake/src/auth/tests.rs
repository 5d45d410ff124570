//! Who is taken for whom, and the words of refusals; the expectations are the real server's.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::clock::Clock;
use crate::http::Subject;

fn access(required: bool) -> Access {
    let clock = Clock::wall();
    let tokens = Tokens::new(&clock);
    tokens.issue("secret", User::new("al", &["dev"]), None);
    Access { required, tokens, authorizer: Authorizer::open() }
}

fn get(path: &str, headers: &[(&str, &str)]) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    Request {
        method: "GET".into(),
        path: path.into(),
        query: query.map(|(key, value)| (key.into(), value.into())).collect(),
        headers: headers.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        ..Request::default()
    }
}

/// The user that a request is answered as.
#[track_caller]
fn user(access: &Access, mut request: Request) -> User {
    access.admit(&mut request).unwrap();
    request.user
}

/// The refusal's code, body and whether it forbids guessing the type.
#[track_caller]
fn refused(access: &Access, mut request: Request) -> (Value, bool) {
    let response = access.admit(&mut request).unwrap_err();
    let nosniff = response.header("X-Content-Type-Options") == Some("nosniff");
    (serde_json::from_slice(&response.body).unwrap(), nosniff)
}

#[test]
fn nobody_has_to_say_who_they_are_unless_it_is_required() {
    assert_eq!(user(&access(false), get("/api/v1/pods", &[])), User::admin());
    let (status, nosniff) = refused(&access(true), get("/api/v1/pods", &[]));
    let expected = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" \
            in API group \"\" at the cluster scope",
        "reason": "Forbidden", "details": {"kind": "pods"}, "code": 403,
    });
    assert_eq!((status, nosniff), (expected, true));
    assert_eq!(user(&access(true), get("/healthz", &[])).name, "system:anonymous");
}

#[test]
fn a_token_names_its_user_and_a_wrong_one_nobody() {
    for required in [false, true] {
        let access = access(required);
        let al = user(&access, get("/api/v1/pods", &[("authorization", "bearer secret")]));
        assert_eq!(al, User::new("al", &["dev", "system:authenticated"]));
        let (status, nosniff) =
            refused(&access, get("/version", &[("Authorization", "Bearer wrong")]));
        let expected = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "Unauthorized", "reason": "Unauthorized", "code": 401,
        });
        assert_eq!((status, nosniff), (expected, false));
    }
    for ignored in ["Basic xxx", "Bearer ", "Bearer  secret", "secret"] {
        let user = user(&access(true), get("/version", &[("Authorization", ignored)]));
        assert_eq!(user.name, "system:anonymous", "{ignored:?}");
    }
}

#[test]
fn issued_tokens_hold_until_their_time_or_until_they_are_revoked() {
    let clock = Clock::wall();
    let tokens = Tokens::new(&clock);
    let account = User::service_account("n", "sa", "1-2");
    assert_eq!(
        account.groups,
        ["system:serviceaccounts", "system:serviceaccounts:n", "system:authenticated"]
    );
    tokens.issue("a", account.clone(), Some(clock.now() + Duration::from_secs(60)));
    tokens.issue("b", account.clone(), None);
    assert_eq!(tokens.user("a").as_ref(), Some(&account));
    clock.advance(Duration::from_secs(61));
    assert_eq!(tokens.user("a"), None);
    assert_eq!(tokens.user("b"), Some(account));
}

#[test]
fn a_certificate_names_user_and_groups_and_a_foreign_one_nobody() {
    let subject = Subject { common_name: "bo".into(), organizations: vec!["ops".into()] };
    let request = Request { certificate: Some(subject), ..get("/api", &[]) };
    assert_eq!(user(&access(true), request), User::new("bo", &["ops", "system:authenticated"]));
    let foreign = |headers| Request { certificate_refused: true, ..get("/version", headers) };
    assert_eq!(refused(&access(true), foreign(&[])).0["code"], 401);
    let with_token = foreign(&[("Authorization", "Bearer secret")]);
    assert_eq!(user(&access(true), with_token).name, "al");
}

#[test]
fn an_administrator_may_ask_as_anybody() {
    let access = access(false);
    let as_user = |headers: &[(&str, &str)]| user(&access, get("/api", headers));
    let al = as_user(&[
        ("Impersonate-User", "al"),
        ("Impersonate-Group", "a"),
        ("impersonate-group", "b"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Extra-Acme.com%2FProject", "x"),
        ("Impersonate-Extra-acme.com%2fproject", "y"),
    ]);
    let expected = User {
        uid: "7".into(),
        extra: BTreeMap::from([("acme.com/project".into(), vec!["x".into(), "y".into()])]),
        ..User::new("al", &["a", "b", "system:authenticated"])
    };
    assert_eq!(al, expected);
    let account = as_user(&[("Impersonate-User", "system:serviceaccount:n:sa")]);
    assert_eq!(account, User::service_account("n", "sa", ""));
    let node = as_user(&[("Impersonate-User", "system:node:n1")]);
    assert_eq!(node.groups, ["system:nodes", "system:authenticated"]);
    let master = as_user(&[("Impersonate-User", "al"), ("Impersonate-Group", "system:masters")]);
    assert_eq!(master.groups, ["system:masters", "system:authenticated"]);
    let nobody = user(&access, get("/version", &[("Impersonate-User", "system:anonymous")]));
    assert_eq!(nobody.groups, ["system:unauthenticated"]);
}

#[test]
fn impersonation_without_a_user_is_a_bad_request() {
    let headers = [("Impersonate-Group", "a"), ("Impersonate-Extra-Foo%2fBar", "v")];
    let (status, nosniff) = refused(&access(false), get("/api", &headers));
    assert!(nosniff);
    assert_eq!(status["code"], 400);
    assert_eq!(
        status["message"],
        "requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"a\"}, \
            Extra:map[string][]string{\"foo/bar\":[]string{\"v\"}}} without impersonating a user name"
    );
}

#[test]
fn who_may_not_impersonate_is_told_what_the_first_way_says() {
    let clock = Clock::wall();
    let tokens = Tokens::new(&clock);
    tokens.issue("sa", User::service_account("w", "u", ""), None);
    let authorizer = Authorizer::by_roles(Arc::new(Roles::default));
    let access = Access { required: true, tokens, authorizer };
    let message = |path: &str, headers: &[(&str, &str)]| {
        let headers = [&[("Authorization", "Bearer sa")], headers].concat();
        refused(&access, get(path, &headers)).0["message"].as_str().unwrap().to_owned()
    };
    let way = |way: &str| {
        format!(
            "pods is forbidden: User \"system:serviceaccount:w:u\" cannot impersonate-on:{way}:list \
             resource \"pods\" in API group \"\" at the cluster scope"
        )
    };
    let as_user = |name| message("/api/v1/pods", &[("Impersonate-User", name)]);
    assert_eq!(as_user("al"), way("user-info"));
    assert_eq!(as_user("system:serviceaccount:a:b"), way("serviceaccount"));
    assert_eq!(as_user("system:node:n"), way("arbitrary-node"));
    assert_eq!(
        message("/api", &[("Impersonate-User", "al"), ("Impersonate-Group", "g")]),
        "forbidden: User \"system:serviceaccount:w:u\" cannot impersonate-on:user-info:get path \"/api\""
    );
}

#[test]
fn the_old_impersonation_is_granted_by_its_verb() {
    let clock = Clock::wall();
    let tokens = Tokens::new(&clock);
    tokens.issue("t", User::new("bo", &[]), None);
    let role = json!({ "metadata": { "name": "r" }, "rules": [
        { "verbs": ["impersonate"], "apiGroups": [""], "resources": ["users"], "resourceNames": ["al"] },
    ]});
    let binding = json!({
        "metadata": { "name": "b" }, "roleRef": { "kind": "ClusterRole", "name": "r" },
        "subjects": [{ "kind": "User", "name": "bo" }],
    });
    let authorizer = Authorizer::by_roles(Arc::new(move || Roles {
        cluster_roles: vec![Arc::new(role.clone())],
        cluster_role_bindings: vec![Arc::new(binding.clone())],
        ..Roles::default()
    }));
    let access = Access { required: true, tokens, authorizer };
    let headers = |name| [("Authorization", "Bearer t"), ("Impersonate-User", name)];
    assert_eq!(user(&access, get("/api", &headers("al"))).name, "al");
    assert_eq!(refused(&access, get("/api", &headers("cy"))).0["code"], 403);
}

#[test]
fn refusals_name_what_was_asked_for() {
    let access = access(true);
    let message = |method: &str, path: &str| {
        let request = Request { method: method.into(), ..get(path, &[]) };
        refused(&access, request).0["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        message("GET", "/api/v1/namespaces/default/pods/x/log"),
        "pods \"x\" is forbidden: User \"system:anonymous\" cannot get resource \"pods/log\" \
            in API group \"\" in the namespace \"default\""
    );
    assert_eq!(
        message("POST", "/apis/apps/v1/namespaces/a/deployments"),
        "deployments.apps is forbidden: User \"system:anonymous\" cannot create resource \
            \"deployments\" in API group \"apps\" in the namespace \"a\""
    );
    assert_eq!(
        message("GET", "/api"),
        "forbidden: User \"system:anonymous\" cannot get path \"/api\""
    );
}

#[test]
fn secrets_do_not_get_past_the_door() {
    let mut request = get(
        "/api",
        &[("Authorization", "Bearer secret"), ("Impersonate-User", "bo"), ("Accept", "x")],
    );
    access(false).admit(&mut request).unwrap();
    assert_eq!(request.headers, [("Accept".to_owned(), "x".to_owned())]);
}
