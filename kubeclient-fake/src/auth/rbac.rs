//! Role-based authorization over roles and bindings as they stand in the store. Deciding is pure: nothing is
//! looked up here.

use std::sync::Arc;

use serde_json::{Value, json};

use super::User;
use crate::attributes::Attributes;
use crate::object::Object;

/// The roles and bindings that there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roles {
    pub(crate) cluster_roles: Vec<Arc<Value>>,
    pub(crate) cluster_role_bindings: Vec<Arc<Value>>,
    pub(crate) roles: Vec<Arc<Value>>,
    pub(crate) role_bindings: Vec<Arc<Value>>,
}

/// Whether a request is allowed, and what is said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    /// Empty when there is nothing to say.
    pub(crate) reason: String,
}

impl Decision {
    pub(crate) fn allowed() -> Self {
        Self { allowed: true, reason: String::new() }
    }
}

/// Decides by the roles that are bound to the user.
pub(crate) fn decide(roles: &Roles, user: &User, asked: &Attributes) -> Decision {
    let mut missing = Vec::new();
    for binding in &roles.cluster_role_bindings {
        let Some(subject) = subject_for(binding, user, "") else { continue };
        match role(roles, binding, "") {
            Ok(role) if allows(role, asked) => {
                return allowed_by("ClusterRoleBinding", binding.name(), binding, &subject);
            }
            Ok(_) => {}
            Err(error) => missing.push(error),
        }
    }
    let in_namespace = |binding: &&Arc<Value>| {
        !asked.namespace.is_empty() && binding.namespace() == asked.namespace
    };
    for binding in roles.role_bindings.iter().filter(in_namespace) {
        let namespace = asked.namespace.as_str();
        let Some(subject) = subject_for(binding, user, namespace) else { continue };
        match role(roles, binding, namespace) {
            Ok(role) if allows(role, asked) => {
                let name = format!("{}/{namespace}", binding.name());
                return allowed_by("RoleBinding", &name, binding, &subject);
            }
            Ok(_) => {}
            Err(error) => missing.push(error),
        }
    }
    let reason = match missing.as_slice() {
        [] => String::new(),
        [one] => format!("RBAC: {one}"),
        many => format!("RBAC: [{}]", many.join(", ")),
    };
    Decision { allowed: false, reason }
}

/// The rules of the roles that are bound to the user, everywhere and in the namespace.
pub(crate) fn rules(roles: &Roles, user: &User, namespace: &str) -> Vec<Value> {
    let everywhere = roles.cluster_role_bindings.iter().map(|binding| (binding, ""));
    let here = roles.role_bindings.iter().filter(|binding| binding.namespace() == namespace);
    let mut rules = Vec::new();
    for (binding, namespace) in everywhere.chain(here.map(|binding| (binding, namespace))) {
        if subject_for(binding, user, namespace).is_none() {
            continue;
        }
        let found = role(roles, binding, namespace).ok().and_then(|role| role.get("rules"));
        let found = found.and_then(Value::as_array);
        rules.extend(found.into_iter().flatten().cloned());
    }
    rules
}

fn allowed_by(kind: &str, name: &str, binding: &Value, subject: &str) -> Decision {
    let (role_kind, role) = (text(&binding["roleRef"], "kind"), text(&binding["roleRef"], "name"));
    let reason = format!("RBAC: allowed by {kind} {name:?} of {role_kind} {role:?} to {subject}");
    Decision { allowed: true, reason }
}

/// The subject of a binding that the user is, in words. A service account may leave its namespace to the
/// binding's.
fn subject_for(binding: &Value, user: &User, namespace: &str) -> Option<String> {
    let subjects = binding.get("subjects").and_then(Value::as_array);
    subjects.into_iter().flatten().find_map(|subject| {
        let (kind, name) = (text(subject, "kind"), text(subject, "name"));
        let is_user = match kind {
            "User" => user.name == name,
            "Group" => user.groups.iter().any(|group| group == name),
            "ServiceAccount" => {
                let namespace = own_or(text(subject, "namespace"), namespace);
                let whole = format!("system:serviceaccount:{namespace}:{name}");
                return (!namespace.is_empty() && user.name == whole)
                    .then(|| format!("ServiceAccount {:?}", format!("{name}/{namespace}")));
            }
            _ => false,
        };
        is_user.then(|| format!("{kind} {name:?}"))
    })
}

fn own_or<'a>(own: &'a str, other: &'a str) -> &'a str {
    if own.is_empty() { other } else { own }
}

/// The role that a binding refers to.
fn role<'a>(roles: &'a Roles, binding: &Value, namespace: &str) -> Result<&'a Value, String> {
    let (kind, name) = (text(&binding["roleRef"], "kind"), text(&binding["roleRef"], "name"));
    let found = match kind {
        "ClusterRole" => roles.cluster_roles.iter().find(|role| role.name() == name),
        "Role" => {
            let mut own = roles.roles.iter().filter(|role| role.namespace() == namespace);
            own.find(|role| role.name() == name)
        }
        _ => return Err(format!("unsupported role reference kind: {kind:?}")),
    };
    let missing =
        || format!("{}.rbac.authorization.k8s.io {name:?} not found", kind.to_lowercase());
    found.map(|role| &**role).ok_or_else(missing)
}

fn allows(role: &Value, asked: &Attributes) -> bool {
    let rules = role.get("rules").and_then(Value::as_array);
    rules.into_iter().flatten().any(|rule| rule_allows(rule, asked))
}

fn rule_allows(rule: &Value, asked: &Attributes) -> bool {
    if !texts(rule, "verbs").any(|verb| verb == "*" || verb == asked.verb) {
        return false;
    }
    if !asked.is_resource {
        return texts(rule, "nonResourceURLs").any(|url| match url.strip_suffix('*') {
            Some(start) => asked.path.starts_with(start),
            None => asked.path == url,
        });
    }
    let named = || {
        let mut names = texts(rule, "resourceNames").peekable();
        names.peek().is_none() || names.any(|name| name == asked.name)
    };
    texts(rule, "apiGroups").any(|group| group == "*" || group == asked.group)
        && texts(rule, "resources").any(|resource| is_resource(resource, asked))
        && named()
}

/// Whether a rule's resource is the one asked for: `pods`, `pods/log`, `*`, `*/scale`.
fn is_resource(resource: &str, asked: &Attributes) -> bool {
    if resource == "*" {
        return true;
    }
    match (resource.split_once('/'), asked.subresource.is_empty()) {
        (None, true) => resource == asked.resource,
        (Some((parent, subresource)), false) => {
            (parent == "*" || parent == asked.resource) && subresource == asked.subresource
        }
        _ => false,
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn texts<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a str> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// What every cluster starts with, as far as it matters to those who test programs: all for administrators,
/// discovery and questions about oneself for those who are known, health and version for everyone.
pub(crate) fn bootstrap() -> Roles {
    let everyone = ["system:authenticated", "system:unauthenticated"];
    let known = ["system:authenticated"];
    let get = |urls: &[&str]| json!([{ "verbs": ["get"], "nonResourceURLs": urls }]);
    let create = |group: &str, resources: &[&str]| json!({ "verbs": ["create"], "apiGroups": [group], "resources": resources });
    let all = json!([
        { "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] },
        { "verbs": ["*"], "nonResourceURLs": ["*"] },
    ]);
    let discovery = [
        "/api",
        "/api/*",
        "/apis",
        "/apis/*",
        "/healthz",
        "/livez",
        "/openapi",
        "/openapi/*",
        "/readyz",
        "/version",
        "/version/",
    ];
    let public = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
    let oneself = json!([
        create("authorization.k8s.io", &["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
        create("authentication.k8s.io", &["selfsubjectreviews"]),
    ]);
    let table = [
        ("cluster-admin", all, &["system:masters"][..]),
        ("system:discovery", get(&discovery), &known[..]),
        ("system:basic-user", oneself, &known[..]),
        ("system:public-info-viewer", get(&public), &everyone[..]),
    ];
    let mut roles = Roles::default();
    for (name, rules, groups) in table {
        let group = |name: &&str| json!({ "kind": "Group", "apiGroup": API_GROUP, "name": name });
        roles.cluster_roles.push(Arc::new(json!({
            "apiVersion": format!("{API_GROUP}/v1"), "kind": "ClusterRole",
            "metadata": metadata(name), "rules": rules,
        })));
        roles.cluster_role_bindings.push(Arc::new(json!({
            "apiVersion": format!("{API_GROUP}/v1"), "kind": "ClusterRoleBinding",
            "metadata": metadata(name),
            "roleRef": { "apiGroup": API_GROUP, "kind": "ClusterRole", "name": name },
            "subjects": groups.iter().map(group).collect::<Vec<Value>>(),
        })));
    }
    roles
}

const API_GROUP: &str = "rbac.authorization.k8s.io";

fn metadata(name: &str) -> Value {
    json!({
        "name": name,
        "labels": { "kubernetes.io/bootstrapping": "rbac-defaults" },
        "annotations": { "rbac.authorization.kubernetes.io/autoupdate": "true" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(role: (&str, &str), subjects: Value, namespace: &str) -> Arc<Value> {
        Arc::new(json!({
            "metadata": { "name": "b", "namespace": namespace },
            "roleRef": { "kind": role.0, "name": role.1 }, "subjects": subjects,
        }))
    }

    fn a_role(name: &str, namespace: &str, rules: Value) -> Arc<Value> {
        Arc::new(json!({ "metadata": { "name": name, "namespace": namespace }, "rules": rules }))
    }

    fn asked(verb: &str, resource: &str, namespace: &str, name: &str) -> Attributes {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Attributes {
            verb: verb.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            namespace: namespace.into(),
            name: name.into(),
            is_resource: true,
            ..Attributes::default()
        }
    }

    #[test]
    fn a_cluster_role_allows_what_its_rules_say() {
        let rules = json!([
            { "verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"] },
            { "verbs": ["*"], "apiGroups": [""], "resources": ["*/scale"] },
            { "verbs": ["update"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["s"] },
            { "verbs": ["get"], "nonResourceURLs": ["/x/*", "/y"] },
        ]);
        let roles = Roles {
            cluster_roles: vec![a_role("r", "", rules)],
            cluster_role_bindings: vec![binding(
                ("ClusterRole", "r"),
                json!([{ "kind": "User", "name": "al" }]),
                "",
            )],
            ..Roles::default()
        };
        let al = User::new("al", &[]);
        let may = |asked: &Attributes| decide(&roles, &al, asked).allowed;
        assert!(may(&asked("get", "pods", "n", "p")));
        assert!(may(&asked("list", "pods", "", "")));
        assert!(may(&asked("get", "pods/log", "n", "p")));
        assert!(may(&asked("patch", "things/scale", "n", "p")));
        assert!(may(&asked("update", "secrets", "n", "s")));
        assert!(!may(&asked("update", "secrets", "n", "t")));
        assert!(!may(&asked("watch", "pods", "", "")));
        assert!(!may(&asked("get", "pods/exec", "n", "p")));
        assert!(!may(&asked("get", "things", "n", "p")));
        assert!(!may(&Attributes { group: "apps".into(), ..asked("get", "pods", "n", "p") }));
        let path = |path: &str| Attributes {
            verb: "get".into(),
            path: path.into(),
            ..Attributes::default()
        };
        assert!(may(&path("/x/1")) && may(&path("/y")) && !may(&path("/y/1")));
        assert!(!decide(&roles, &User::new("bo", &[]), &asked("get", "pods", "n", "p")).allowed);
        assert_eq!(
            decide(&roles, &al, &asked("get", "pods", "n", "p")).reason,
            r#"RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "al""#
        );
    }

    #[test]
    fn a_role_binding_holds_in_its_namespace() {
        let rules = json!([{ "verbs": ["get"], "apiGroups": [""], "resources": ["pods"] }]);
        let roles = Roles {
            roles: vec![a_role("r", "n", rules)],
            role_bindings: vec![binding(
                ("Role", "r"),
                json!([{ "kind": "ServiceAccount", "name": "sa" }, { "kind": "Group", "name": "g" }]),
                "n",
            )],
            ..Roles::default()
        };
        let account = User::new("system:serviceaccount:n:sa", &[]);
        let member = User::new("al", &["g"]);
        for user in [&account, &member] {
            assert!(decide(&roles, user, &asked("get", "pods", "n", "p")).allowed);
            assert!(!decide(&roles, user, &asked("get", "pods", "m", "p")).allowed);
            assert!(!decide(&roles, user, &asked("get", "pods", "", "p")).allowed);
        }
        assert_eq!(
            decide(&roles, &account, &asked("get", "pods", "n", "p")).reason,
            r#"RBAC: allowed by RoleBinding "b/n" of Role "r" to ServiceAccount "sa/n""#
        );
    }

    #[test]
    fn a_missing_role_is_the_reason() {
        let subjects = json!([{ "kind": "User", "name": "al" }]);
        let roles = Roles {
            cluster_role_bindings: vec![binding(("ClusterRole", "nope"), subjects, "")],
            ..Roles::default()
        };
        let decision = decide(&roles, &User::new("al", &[]), &asked("get", "pods", "n", "p"));
        assert_eq!(
            decision.reason,
            r#"RBAC: clusterrole.rbac.authorization.k8s.io "nope" not found"#
        );
    }

    #[test]
    fn everyone_sees_health_and_the_known_discover() {
        let roles = bootstrap();
        let anonymous = User::new("system:anonymous", &["system:unauthenticated"]);
        let known = User::new("al", &["system:authenticated"]);
        let may = |user: &User, path: &str| {
            let asked =
                Attributes { verb: "get".into(), path: path.into(), ..Attributes::default() };
            decide(&roles, user, &asked).allowed
        };
        assert!(may(&anonymous, "/healthz") && may(&anonymous, "/version"));
        assert!(!may(&anonymous, "/healthz/etcd") && !may(&anonymous, "/api"));
        assert!(may(&known, "/api") && may(&known, "/apis/apps/v1") && may(&known, "/openapi/v3"));
        assert!(!may(&known, "/metrics"));
    }
}
