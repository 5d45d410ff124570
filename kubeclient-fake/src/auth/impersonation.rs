//! Asking as somebody else: the headers, and whether the one who asks may.
//!
//! The real server tries the constrained ways first (`impersonate:user-info` and its like) and the old one
//! (`impersonate`) last; refused by all, it says what the first said. Here too, without the way of a node's
//! own service account (`associated-node`), which refuses nobody that another way lets through.

use std::collections::BTreeMap;
use std::fmt::Write;

use percent_encoding::percent_decode_str;

use super::{Authorizer, User, forbidden};
use crate::attributes::Attributes;
use crate::failure::{Failure, Result};
use crate::http::Request;

const EXTRA: &str = "impersonate-extra-";
const AUTHENTICATION: (&str, &str) = ("authentication.k8s.io", "v1");

/// Whom the request wants to be taken for.
pub(super) fn wanted(request: &Request) -> Result<Option<User>> {
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &request.headers {
        let name = name.to_lowercase();
        if let Some(key) = name.strip_prefix(EXTRA) {
            let key = percent_decode_str(key).decode_utf8_lossy().into_owned();
            extra.entry(key).or_default().push(value.clone());
        }
    }
    let user = User {
        name: request.header("impersonate-user").unwrap_or_default().to_owned(),
        uid: request.header("impersonate-uid").unwrap_or_default().to_owned(),
        groups: request.header_values("impersonate-group").map(String::from).collect(),
        extra,
    };
    match (user.name.is_empty(), user == User::default()) {
        (false, _) => Ok(Some(user)),
        (true, true) => Ok(None),
        (true, false) => {
            let said = in_go(&user);
            let message = format!("requested {said} without impersonating a user name");
            Err(Failure::bad_request(message))
        }
    }
}

/// The user as the real server prints it.
fn in_go(user: &User) -> String {
    let list = |items: &[String]| match items {
        [] => "[]string(nil)".to_owned(),
        items => {
            let quoted: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
            format!("[]string{{{}}}", quoted.join(", "))
        }
    };
    let mut extra = String::from("map[string][]string");
    if user.extra.is_empty() {
        extra.push_str("(nil)");
    } else {
        let entries: Vec<String> =
            user.extra.iter().map(|(key, values)| format!("{key:?}:{}", list(values))).collect();
        let _ = write!(extra, "{{{}}}", entries.join(", "));
    }
    let User { name, uid, groups, .. } = user;
    let groups = list(groups);
    format!("&user.DefaultInfo{{Name:{name:?}, UID:{uid:?}, Groups:{groups}, Extra:{extra}}}")
}

/// A way to be somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Constrained(&'static str),
    Old,
}

/// The user that the request is answered as, when `user` may be `wanted`.
pub(super) fn impersonate(
    authorizer: &Authorizer,
    user: &User,
    wanted: &User,
    asked: &Attributes,
) -> Result<User> {
    let constrained = match kind(&wanted.name) {
        Kind::Other => Some("user-info"),
        Kind::Node(_) => only_name(wanted).then_some("arbitrary-node"),
        Kind::ServiceAccount { .. } => only_name(wanted).then_some("serviceaccount"),
    };
    let mut first_refusal = None;
    for way in constrained.map(Way::Constrained).into_iter().chain([Way::Old]) {
        let check = Check { authorizer, user, way };
        match check.whole(wanted, asked) {
            Ok(user) => return Ok(user),
            Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
        }
    }
    Err(first_refusal.unwrap_or_else(|| Failure::internal("all impersonation modes failed")))
}

fn only_name(user: &User) -> bool {
    user.uid.is_empty() && user.groups.is_empty() && user.extra.is_empty()
}

enum Kind<'a> {
    Node(&'a str),
    ServiceAccount { namespace: &'a str, name: &'a str },
    Other,
}

fn kind(name: &str) -> Kind<'_> {
    if let Some(node) = name.strip_prefix("system:node:").filter(|node| !node.is_empty()) {
        return Kind::Node(node);
    }
    match name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':')) {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
            Kind::ServiceAccount { namespace, name }
        }
        _ => Kind::Other,
    }
}

struct Check<'a> {
    authorizer: &'a Authorizer,
    user: &'a User,
    way: Way,
}

impl Check<'_> {
    fn whole(&self, wanted: &User, asked: &Attributes) -> Result<User> {
        if let Way::Constrained(mode) = self.way {
            let verb = format!("impersonate-on:{mode}:{}", asked.verb);
            self.one(&Attributes { verb, ..asked.clone() })?;
        }
        let mut user = wanted.clone();
        let mut asked = self.about("users", &wanted.name);
        match kind(&wanted.name) {
            Kind::Node(name) if self.way != Way::Old => {
                asked = self.about("nodes", name);
                user.groups = vec!["system:nodes".into()];
            }
            Kind::ServiceAccount { namespace, name } => {
                asked = self.about("serviceaccounts", name);
                asked.namespace = namespace.to_owned();
                if wanted.groups.is_empty() {
                    user.groups = vec![
                        "system:serviceaccounts".into(),
                        format!("system:serviceaccounts:{namespace}"),
                    ];
                }
            }
            _ => {}
        }
        self.one(&asked)?;
        if !wanted.uid.is_empty() {
            self.one(&self.about_oneself("uids", &wanted.uid))?;
        }
        self.groups(&wanted.groups)?;
        for (key, values) in &wanted.extra {
            for value in values {
                let subresource = key.clone();
                let asked = self.about_oneself("userextras", value);
                self.one(&Attributes { subresource, ..asked })?;
            }
        }
        let group = match (user.name == "system:anonymous", &user.groups) {
            (true, _) => "system:unauthenticated",
            (false, groups) if groups.iter().any(|group| group == "system:unauthenticated") => {
                return Ok(user);
            }
            (false, _) => "system:authenticated",
        };
        if !user.groups.iter().any(|own| own == group) {
            user.groups.push(group.into());
        }
        Ok(user)
    }

    fn groups(&self, groups: &[String]) -> Result<()> {
        for group in groups {
            let asked = self.about("groups", group);
            if self.way != Way::Old && (group.is_empty() || group == "system:masters") {
                let what = if group.is_empty() { "empty string" } else { group };
                let reason = format!("impersonating the {what} group is not allowed");
                return Err(forbidden(self.user, &asked, &reason));
            }
            self.one(&asked)?;
        }
        Ok(())
    }

    fn one(&self, asked: &Attributes) -> Result<()> {
        let decision = self.authorizer.decide(self.user, asked);
        match decision.allowed {
            true => Ok(()),
            false => Err(forbidden(self.user, asked, &decision.reason)),
        }
    }

    /// Users and groups are of no group in the old way.
    fn about(&self, resource: &str, name: &str) -> Attributes {
        let asked = self.about_oneself(resource, name);
        match self.way {
            Way::Constrained(_) => asked,
            Way::Old => Attributes { group: String::new(), ..asked },
        }
    }

    fn about_oneself(&self, resource: &str, name: &str) -> Attributes {
        let verb = match self.way {
            Way::Constrained(mode) => format!("impersonate:{mode}"),
            Way::Old => "impersonate".into(),
        };
        let (group, version) = AUTHENTICATION;
        Attributes {
            verb,
            group: group.into(),
            version: version.into(),
            resource: resource.into(),
            name: name.into(),
            is_resource: true,
            ..Attributes::default()
        }
    }
}
