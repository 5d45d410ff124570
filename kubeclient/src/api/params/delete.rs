//! [`DeleteParams`]: how an object is deleted.

use serde::Serialize;

use crate::rest::Request;

/// How a delete is done: a `DeleteOptions`, which travels as the body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeleteParams {
    /// How long, in seconds, the object may take to end; 0 for at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_period_seconds: Option<u32>,
    /// What happens to the objects that this one owns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagation_policy: Option<PropagationPolicy>,
    /// What must be true of the object, or it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preconditions: Option<Preconditions>,
    /// Whether everything is done but the deleting.
    #[serde(serialize_with = "dry_run_list", skip_serializing_if = "is_false")]
    pub dry_run: bool,
}

/// What happens to the objects that a deleted one owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum PropagationPolicy {
    /// They stay, without an owner.
    Orphan,
    /// They are collected afterwards.
    Background,
    /// They are collected first.
    Foreground,
}

/// What must be true of an object that is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preconditions {
    /// Its identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

impl DeleteParams {
    /// What happens to the objects that this one owns.
    #[must_use]
    pub fn propagation(mut self, policy: PropagationPolicy) -> Self {
        self.propagation_policy = Some(policy);
        self
    }

    /// The owned objects are collected first.
    #[must_use]
    pub fn foreground(self) -> Self {
        self.propagation(PropagationPolicy::Foreground)
    }

    /// The owned objects are collected afterwards.
    #[must_use]
    pub fn background(self) -> Self {
        self.propagation(PropagationPolicy::Background)
    }

    /// The owned objects stay.
    #[must_use]
    pub fn orphan(self) -> Self {
        self.propagation(PropagationPolicy::Orphan)
    }

    /// How long, in seconds, the object may take to end; 0 for at once.
    #[must_use]
    pub fn grace_period(mut self, seconds: u32) -> Self {
        self.grace_period_seconds = Some(seconds);
        self
    }

    /// Deletes only the object of this identity, not another one that has its name by now.
    #[must_use]
    pub fn uid(mut self, uid: impl Into<String>) -> Self {
        self.preconditions.get_or_insert_default().uid = Some(uid.into());
        self
    }

    /// Deletes only this version of the object.
    #[must_use]
    pub fn resource_version(mut self, resource_version: impl Into<String>) -> Self {
        self.preconditions.get_or_insert_default().resource_version = Some(resource_version.into());
        self
    }

    /// Everything is done but the deleting.
    #[must_use]
    pub fn dry_run(mut self) -> Self {
        self.dry_run = true;
        self
    }

    pub(crate) fn request(&self, request: Request) -> Request {
        if *self == Self::default() {
            return request;
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct DeleteOptions<'a> {
            kind: &'static str,
            api_version: &'static str,
            #[serde(flatten)]
            params: &'a DeleteParams,
        }
        request.json(&DeleteOptions { kind: "DeleteOptions", api_version: "v1", params: self })
    }
}

fn dry_run_list<S: serde::Serializer>(_: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    ["All"].serialize(serializer)
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delete_options_travel_as_the_body_and_only_when_set() {
        let body = |params: &DeleteParams| {
            let http = params.request(Request::delete("/x")).build().unwrap();
            String::from_utf8(http.into_body()).unwrap()
        };
        assert_eq!(body(&DeleteParams::default()), "");
        let params = DeleteParams::default()
            .grace_period(0)
            .foreground()
            .uid("u")
            .resource_version("7")
            .dry_run();
        assert_eq!(
            body(&params),
            r#"{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"propagationPolicy":"Foreground","preconditions":{"uid":"u","resourceVersion":"7"},"dryRun":["All"]}"#
        );
        let policy = |params: DeleteParams| params.propagation_policy;
        let params = DeleteParams::default;
        assert_eq!(policy(params().background()), Some(PropagationPolicy::Background));
        assert_eq!(policy(params().background().orphan()), Some(PropagationPolicy::Orphan));
    }
}
