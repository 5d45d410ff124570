//! Roles and who has them.

use super::node::{Errors, Node};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn role(role: &Node<'_>, namespaced: bool, errors: &mut Errors) {
    for rule in role.at("rules").items() {
        let verbs = rule.at("verbs");
        if verbs.is_empty() {
            verbs.missing("verbs must contain at least one value", errors);
        }
        let paths = rule.at("nonResourceURLs");
        let (groups, resources) = (rule.at("apiGroups"), rule.at("resources"));
        if !paths.is_empty() {
            let both = ["apiGroups", "resources", "resourceNames"];
            if namespaced {
                paths.invalid("namespaced rules cannot apply to non-resource URLs", errors);
            } else if both.iter().any(|key| !rule.at(key).is_empty()) {
                let why = "rules cannot apply to both regular resources and non-resource URLs";
                paths.invalid(why, errors);
            }
            continue;
        }
        if groups.is_empty() {
            groups.missing("resource rules must supply at least one api group", errors);
        }
        if resources.is_empty() {
            resources.missing("resource rules must supply at least one resource", errors);
        }
    }
    let aggregation = role.at("aggregationRule");
    if !aggregation.is_null() {
        let selectors = aggregation.at("clusterRoleSelectors");
        if selectors.is_empty() {
            let why = "at least one clusterRoleSelector required if aggregationRule is non-nil";
            selectors.missing(why, errors);
        }
        selectors.items().iter().for_each(|selector| selector.selector(errors));
    }
}

pub(super) fn binding(binding: &Node<'_>, namespaced: bool, errors: &mut Errors) {
    let role = binding.at("roleRef");
    role.at("apiGroup").one_of(&[GROUP], errors);
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    role.at("kind").must_be_one_of(kinds, errors);
    role.at("name").required(errors);
    for subject in binding.at("subjects").items() {
        let name = subject.at("name");
        name.required(errors);
        let group = subject.at("apiGroup");
        match subject.at("kind").text() {
            "ServiceAccount" => {
                name.subdomain(errors);
                if !group.is_empty() {
                    group.unsupported(&[""], errors);
                }
                if !namespaced {
                    subject.at("namespace").required(errors);
                }
            }
            "User" | "Group" => group.one_of(&[GROUP], errors),
            _ => {
                let kinds = ["ServiceAccount", "User", "Group"];
                subject.at("kind").must_be_one_of(&kinds, errors);
            }
        }
    }
}
