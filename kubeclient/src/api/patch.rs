//! [`Patch`], and the calls that send one.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Api;
use super::params::PatchParams;
use crate::error::Error;
use crate::meta::object_meta::ManagedFieldsEntry;
use crate::meta::resource::Object;
use crate::rest::Request;

/// A change of an object, in one of the forms that the server takes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Patch<P> {
    /// Server-side apply: the fields that the manager wants, all of them and no others.
    ///
    /// The object is made when it is not there. `apiVersion`, `kind` and the name are added where they
    /// are absent. Fields left out that the manager set before are removed: leave out what you don't mean to
    /// own (`Option` and `skip_serializing_if`).
    Apply(P),
    /// JSON merge patch (RFC 7386): fields to set, `null` to remove; lists are replaced whole.
    Merge(P),
    /// Strategic merge patch: as merge, but lists of built-in kinds are merged by key. Custom resources
    /// don't take it.
    Strategic(P),
    /// JSON patch (RFC 6902): a list of operations.
    Json(P),
}

impl<P> Patch<P> {
    fn media_type(&self) -> &'static str {
        match self {
            Self::Apply(_) => "application/apply-patch+yaml",
            Self::Merge(_) => "application/merge-patch+json",
            Self::Strategic(_) => "application/strategic-merge-patch+json",
            Self::Json(_) => "application/json-patch+json",
        }
    }

    fn content(&self) -> &P {
        let (Self::Apply(content)
        | Self::Merge(content)
        | Self::Strategic(content)
        | Self::Json(content)) = self;
        content
    }
}

impl<T: Object> Api<T> {
    /// Changes an object.
    ///
    /// # Errors
    /// [`Invalid`](crate::ErrorKind::Invalid): the options don't go with the form of the patch, or an
    /// apply names another kind or object, or holds `managedFields` (clear them in an object that was
    /// read). [`Api`](crate::ErrorKind::Api), among others: `NotFound`;
    /// `Conflict`, when an apply meets fields of other managers (the causes name them); `Invalid`, when a
    /// `test` of a JSON patch fails. Others as [`RestClient::send`](crate::RestClient::send).
    pub fn patch<P: Serialize>(
        &self,
        name: &str,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        self.patch_at(name, None, patch, params)
    }

    /// Applies the fields that this manager wants: [`Patch::Apply`] without further options.
    ///
    /// # Errors
    /// As [`Api::patch`].
    pub fn apply<P: Serialize>(&self, name: &str, manager: &str, fields: &P) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        self.patch(name, &Patch::Apply(fields), &PatchParams::apply(manager))
    }

    pub(super) fn patch_at<P: Serialize>(
        &self,
        name: &str,
        subresource: Option<&str>,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        self.exchange(self.patch_request(name, subresource, patch, params)?)
    }

    pub(super) fn patch_request<P: Serialize>(
        &self,
        name: &str,
        subresource: Option<&str>,
        patch: &Patch<P>,
        params: &PatchParams,
    ) -> Result<Request, Error>
    where
        T: DeserializeOwned,
    {
        let mut path = self.object(name)?;
        if let Some(subresource) = subresource {
            path = path.subresource(subresource);
        }
        let is_apply = matches!(patch, Patch::Apply(_));
        let body = match is_apply && subresource.is_none_or(|name| name != "scale") {
            true => self.apply_body(name, patch.content())?,
            false => to_json(patch.content())?,
        };
        params.request(Request::patch(path).body(patch.media_type(), body), is_apply)
    }

    /// What an apply sends: with its type, for the right object, without what only the server writes.
    fn apply_body<P: Serialize>(&self, name: &str, fields: &P) -> Result<Vec<u8>, Error>
    where
        T: DeserializeOwned,
    {
        #[derive(Default, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Head {
            api_version: Option<String>,
            kind: Option<String>,
            metadata: Metadata,
        }
        #[derive(Default, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Metadata {
            name: Option<String>,
            managed_fields: Vec<ManagedFieldsEntry>,
        }

        let body = to_json(fields)?;
        let head: Head = serde_json::from_slice(&body).map_err(|error| {
            let reason = crate::rest::decode::reason(&error);
            Error::invalid(format!("apply: expected the fields of an object: {reason}"))
        })?;
        if head.metadata.name.as_deref().is_some_and(|own| own != name) {
            return Err(Error::invalid(format!(
                "apply: the fields name the object {:?}, expected {name:?}",
                head.metadata.name.unwrap_or_default()
            )));
        }
        if !head.metadata.managed_fields.is_empty() {
            return Err(Error::invalid(
                "apply: metadata.managedFields is written by the server: clear it before an object that \
                 was read is applied",
            ));
        }
        let own = &self.kind.own;
        let absent = match (&head.api_version, &head.kind) {
            (None, None) => true,
            (Some(api_version), Some(kind))
                if *api_version == own.api_version && *kind == own.kind =>
            {
                false
            }
            (api_version, kind) => {
                return Err(Error::invalid(format!(
                    "apply: the fields are those of {:?} {:?}, expected {} {}",
                    api_version.as_deref().unwrap_or_default(),
                    kind.as_deref().unwrap_or_default(),
                    own.api_version,
                    own.kind
                )));
            }
        };
        if !absent && head.metadata.name.is_some() {
            return Ok(body);
        }
        self.completed(name, &body)
    }

    /// The fields with the type and name that the server wants in every apply.
    fn completed(&self, name: &str, body: &[u8]) -> Result<Vec<u8>, Error>
    where
        T: DeserializeOwned,
    {
        let not_an_object = || Error::invalid("apply: expected the fields of an object");
        let mut fields: Map<String, Value> =
            serde_json::from_slice(body).map_err(|_| not_an_object())?;
        let own = &self.kind.own;
        fields.insert("apiVersion".into(), own.api_version.clone().into());
        fields.insert("kind".into(), own.kind.clone().into());
        let metadata = fields.entry("metadata").or_insert_with(|| Map::new().into());
        let metadata = metadata.as_object_mut().ok_or_else(not_an_object)?;
        metadata.insert("name".into(), name.into());
        to_json(&fields)
    }
}

/// Writes what a user gave; what refuses to be written is the user's own type.
pub(super) fn to_json<P: Serialize>(content: &P) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(content)
        .map_err(|error| Error::invalid(format!("the object can't be written as JSON: {error}")))
}
