//! Who asks, and whether they may: credentials, impersonation, authorization, in this order, and the words of
//! the real server for each refusal.

mod impersonation;
pub(crate) mod rbac;
mod tokens;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use self::tokens::Tokens;
use serde_json::{Value, json};

use crate::api::form::Form;
use crate::api::{Cluster, render};
use crate::attributes::Attributes;
use crate::failure::{Details, Failure};
use crate::http::{Request, Response};
use rbac::{Decision, Roles};

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) groups: Vec<String>,
    pub(crate) extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// Whom the server takes those for who say nothing, where nobody has to.
    pub(crate) fn admin() -> Self {
        Self::new("system:admin", &["system:masters", "system:authenticated"])
    }

    fn anonymous() -> Self {
        Self::new("system:anonymous", &["system:unauthenticated"])
    }

    /// A service account, as its token names it.
    pub(crate) fn service_account(namespace: &str, name: &str, uid: &str) -> Self {
        let of_namespace = format!("system:serviceaccounts:{namespace}");
        let user = format!("system:serviceaccount:{namespace}:{name}");
        let groups = ["system:serviceaccounts", &of_namespace, "system:authenticated"];
        Self { uid: uid.to_owned(), ..Self::new(&user, &groups) }
    }

    /// By name and groups.
    pub(crate) fn new(name: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        Self { name: name.to_owned(), groups, ..Self::default() }
    }

    /// The same as one of those whom the server knows.
    fn authenticated(mut self) -> Self {
        const KNOWN: &str = "system:authenticated";
        if !self.groups.iter().any(|group| group == KNOWN) {
            self.groups.push(KNOWN.into());
        }
        self
    }
}

/// What stands at the door.
#[derive(Clone)]
pub(crate) struct Access {
    /// Whether those who show no credentials are nobody, rather than the administrator.
    pub(crate) required: bool,
    pub(crate) tokens: Tokens,
    pub(crate) authorizer: Authorizer,
}

impl Access {
    /// Finds out who asks and whether they may; the refusal as it goes out.
    pub(crate) fn admit(&self, request: &mut Request) -> Result<(), Box<Response>> {
        let unauthorized = || Failure::new(401, "Unauthorized", "Unauthorized");
        let user = self
            .authenticate(request)
            .ok_or_else(|| Box::new(refusal(request, &unauthorized())))?;
        let asked = Attributes::of(request);
        request.user = self.authorize(request, user, &asked).map_err(|failure| {
            Box::new(refusal(request, &failure).with("X-Content-Type-Options", "nosniff"))
        })?;
        // What comes after knows the user, and needs no secret.
        request.headers.retain(|(name, _)| {
            !name.eq_ignore_ascii_case("authorization")
                && !name.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("impersonate-"))
        });
        Ok(())
    }

    /// Whom the credentials name; `None` when they are wrong.
    fn authenticate(&self, request: &Request) -> Option<User> {
        if let Some(subject) = &request.certificate {
            let groups: Vec<&str> = subject.organizations.iter().map(String::as_str).collect();
            return Some(User::new(&subject.common_name, &groups).authenticated());
        }
        let token = request.header("authorization").and_then(bearer);
        let by_token = token.map(|token| self.tokens.user(token));
        match (by_token, request.certificate_refused) {
            (Some(Some(user)), _) => Some(user.authenticated()),
            (Some(None), _) | (None, true) => None,
            (None, false) if self.required => Some(User::anonymous()),
            (None, false) => Some(User::admin()),
        }
    }

    fn authorize(
        &self,
        request: &Request,
        mut user: User,
        asked: &Attributes,
    ) -> Result<User, Failure> {
        if let Some(wanted) = impersonation::wanted(request)? {
            user = impersonation::impersonate(&self.authorizer, &user, &wanted, asked)?;
        }
        let decision = self.authorizer.decide(&user, asked);
        match decision.allowed {
            true => Ok(user),
            false => Err(forbidden(&user, asked, &decision.reason)),
        }
    }
}

fn refusal(request: &Request, failure: &Failure) -> Response {
    render::failure(Form::of_failure(request), failure)
}

/// The token of an `Authorization` header, if it has one.
fn bearer(header: &str) -> Option<&str> {
    let mut parts = header.trim().splitn(3, ' ');
    let scheme = parts.next()?;
    let token = parts.next()?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Where the roles come from.
pub(crate) type RoleSource = Arc<dyn Fn() -> Roles + Send + Sync>;

/// Decides who may do what.
#[derive(Clone)]
pub(crate) struct Authorizer {
    /// `None`: whoever is known may do everything.
    roles: Option<RoleSource>,
    bootstrap: Arc<Roles>,
}

impl Authorizer {
    /// Everything for those who are known; health and version for the others.
    pub(crate) fn open() -> Self {
        Self { roles: None, bootstrap: Arc::new(rbac::bootstrap()) }
    }

    /// By the roles and bindings, besides those that every cluster has.
    pub(crate) fn by_roles(roles: RoleSource) -> Self {
        Self { roles: Some(roles), ..Self::open() }
    }

    /// Whether the user may.
    pub(crate) fn decide(&self, user: &User, asked: &Attributes) -> Decision {
        let is_in = |group: &str| user.groups.iter().any(|own| own == group);
        if is_in("system:masters") {
            return Decision::allowed();
        }
        let built_in = rbac::decide(&self.bootstrap, user, asked);
        if built_in.allowed {
            return built_in;
        }
        match &self.roles {
            None if is_in("system:authenticated") => Decision::allowed(),
            None => Decision::default(),
            Some(roles) => {
                let mut roles = roles();
                roles.cluster_roles.extend(self.bootstrap.cluster_roles.iter().cloned());
                rbac::decide(&roles, user, asked)
            }
        }
    }
}

impl Authorizer {
    /// What the user may do in a namespace, as the rules of roles.
    fn rules(&self, user: &User, namespace: &str) -> Vec<Value> {
        let mut rules = rbac::rules(&self.bootstrap, user, namespace);
        match &self.roles {
            None if user.groups.iter().any(|group| group == "system:authenticated") => {
                let all = [
                    json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }),
                    json!({ "verbs": ["*"], "nonResourceURLs": ["*"] }),
                ];
                rules.extend(
                    all.into_iter().filter(|rule| !rules.contains(rule)).collect::<Vec<_>>(),
                );
            }
            None => {}
            Some(roles) => {
                let mut roles = roles();
                roles.cluster_roles.extend(self.bootstrap.cluster_roles.iter().cloned());
                rules.extend(rbac::rules(&roles, user, namespace));
            }
        }
        rules
    }
}

impl Cluster {
    /// What a user may do in a namespace, as the rules of roles.
    pub(crate) fn rules_for(&self, user: &User, namespace: &str) -> Vec<Value> {
        self.authorizer.get_or_init(Authorizer::open).rules(user, namespace)
    }

    /// Whether a user may do something here.
    pub(crate) fn may(&self, user: &User, asked: &Attributes) -> Decision {
        self.authorizer.get_or_init(Authorizer::open).decide(user, asked)
    }
}

/// 403 in the words of the authorization.
pub(crate) fn forbidden(user: &User, asked: &Attributes, reason: &str) -> Failure {
    let Attributes { verb, group, resource, subresource, namespace, name, path, .. } = asked;
    let mut message = if asked.is_resource {
        let subject = match subresource.as_str() {
            "" => resource.clone(),
            subresource => format!("{resource}/{subresource}"),
        };
        let place = match namespace.as_str() {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace {namespace:?}"),
        };
        format!(
            "User {:?} cannot {verb} resource {subject:?} in API group {group:?} {place}",
            user.name
        )
    } else {
        format!("User {:?} cannot {verb} path {path:?}", user.name)
    };
    message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if !reason.is_empty() {
        message = format!("{message}: {reason}");
    }
    if !asked.is_resource {
        return Failure::new(403, "Forbidden", format!("forbidden: {message}"))
            .with_details(Details::default());
    }
    let qualified = if group.is_empty() { resource.clone() } else { format!("{resource}.{group}") };
    let details = Details {
        name: name.clone(),
        group: group.clone(),
        kind: resource.clone(),
        ..Details::default()
    };
    let named = if name.is_empty() { qualified } else { format!("{qualified} {name:?}") };
    Failure::new(403, "Forbidden", format!("{named} is forbidden: {message}")).with_details(details)
}

#[cfg(test)]
mod tests;
