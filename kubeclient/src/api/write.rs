//! Writing whole objects: create, replace, delete.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Api;
use super::params::{DeleteParams, ListParams, PostParams};
use super::patch::to_json;
use crate::error::Error;
use crate::meta::list::ObjectList;
use crate::meta::resource::{Complete, Metadata, Object};
use crate::meta::status::Status;
use crate::meta::typed_write::Typed;
use crate::rest::request::{Class, JSON};
use crate::rest::wire::{self, Answer};
use crate::rest::{Request, ResourcePath};

/// What a delete answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DeleteResponse<T> {
    /// The object as it is now: it waits for finalizers or a grace period; or, for some kinds, as it was.
    Object(Box<T>),
    /// The object is gone.
    Status(Box<Status>),
}

impl<T> DeleteResponse<T> {
    /// The object, where the server gave it.
    pub fn object(self) -> Option<T> {
        match self {
            Self::Object(object) => Some(*object),
            Self::Status(_) => None,
        }
    }
}

impl<T: Object> Api<T> {
    /// Creates an object; gives it back as it was stored, or as it was sent where the server answers with
    /// no more than that it did so, as to a `Binding`.
    ///
    /// # Errors
    /// [`Api`](crate::ErrorKind::Api), among others: `AlreadyExists`; `Invalid`, with the fields in its
    /// causes. [`Invalid`](crate::ErrorKind::Invalid): the object has neither `name` nor `generateName`,
    /// has a resource version, or is of another namespace; or [`PostParams::unconditional`] is set. Others as
    /// [`RestClient::send`](crate::RestClient::send).
    pub fn create(&self, object: &T) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize,
    {
        self.create_with(object, &PostParams::default())
    }

    /// [`Api::create`], with options.
    ///
    /// # Errors
    /// As [`Api::create`].
    pub fn create_with(&self, object: &T, params: &PostParams) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize,
    {
        let metadata = object.metadata();
        let kind = &self.kind.own.kind;
        if params.unconditional {
            return Err(Error::invalid("create: `unconditional` is for a replace only"));
        }
        let is_nameless = metadata.name().is_empty() && metadata.generate_name().is_empty();
        if is_nameless && !self.kind.resource.is_review() {
            return Err(Error::invalid(format!("{kind}: expected a name, or a generateName")));
        }
        if !metadata.resource_version().is_empty() {
            return Err(Error::invalid(format!(
                "{kind} {:?}: a new object may not have a resourceVersion: clear it",
                metadata.name()
            )));
        }
        let path = self.collection_of(object)?;
        let request = params.request(self.with_object(Request::post(path), object)?)?;
        let response = self.send(request.accept(self.accept(Answer::Object)))?;
        self.read_object(&response).or_else(|error| match wire::status(response.bytes()) {
            Some(status) if status.is_success() => copy(object).map_err(|_| error),
            _ => Err(error),
        })
    }

    /// Replaces an object by what is given; gives it back as it was stored.
    ///
    /// The object must have the resource version that it was read with, so that changes made meanwhile
    /// are not overwritten; [`PostParams::unconditional`] lets it go without.
    ///
    /// # Errors
    /// [`Api`](crate::ErrorKind::Api), among others: `Conflict`, when it changed meanwhile
    /// ([`retry_on_conflict`](super::retry_on_conflict)); `NotFound`.
    /// [`Invalid`](crate::ErrorKind::Invalid): the object has no name or no resource version, or is of
    /// another namespace. Others as [`RestClient::send`](crate::RestClient::send).
    pub fn replace(&self, object: &T) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize,
    {
        self.replace_with(object, &PostParams::default())
    }

    /// [`Api::replace`], with options.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_with(&self, object: &T, params: &PostParams) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize,
    {
        let path = self.path_of(object)?;
        self.put(path, object, params)
    }

    /// The path of an object that is to be replaced.
    pub(super) fn path_of(&self, object: &T) -> Result<ResourcePath, Error>
    where
        T: DeserializeOwned,
    {
        Ok(self.collection_of(object)?.name(object.metadata().name()))
    }

    pub(super) fn put(
        &self,
        path: ResourcePath,
        object: &T,
        params: &PostParams,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned + Serialize,
    {
        let metadata = object.metadata();
        check_version(&self.kind.own.kind, metadata.name(), metadata, params)?;
        let request = self.with_object(Request::put(path), object)?;
        self.exchange(params.request(request)?)
    }

    /// The request with the object as its body: in the client's wire, with its type.
    fn with_object(&self, request: Request, object: &T) -> Result<Request, Error>
    where
        T: DeserializeOwned + Serialize,
    {
        match wire::write(self.client.wire(), &self.kind.own, object) {
            Some((media_type, body)) => Ok(request.body(media_type, body)),
            None => Ok(request.body(JSON, self.as_json(object)?)),
        }
    }

    /// The object as JSON, with its type.
    fn as_json(&self, object: &T) -> Result<Vec<u8>, Error>
    where
        T: DeserializeOwned + Serialize,
    {
        let own = &self.kind.own;
        match object.type_meta() {
            Some(types) if types == own => to_json(object),
            Some(types) if !types.api_version.is_empty() || !types.kind.is_empty() => {
                Err(Error::invalid(format!(
                    "{:?} is a {:?} {:?}, expected {} {}",
                    object.metadata().name(),
                    types.api_version,
                    types.kind,
                    own.api_version,
                    own.kind
                )))
            }
            _ => to_json(&Typed { api_version: &own.api_version, kind: &own.kind, object }),
        }
    }
}

impl<T: Object> Api<T> {
    /// Deletes an object.
    ///
    /// # Errors
    /// [`Api`](crate::ErrorKind::Api), among others: `NotFound`; `Conflict`, when a precondition does not
    /// hold. Others as [`RestClient::send`](crate::RestClient::send).
    pub fn delete(&self, name: &str, params: &DeleteParams) -> Result<DeleteResponse<T>, Error>
    where
        T: DeserializeOwned,
    {
        let request =
            params.request(Request::delete(self.object(name)?)).accept(self.accept(Answer::Object));
        let response = self.send(request)?;
        match wire::status(response.bytes()) {
            Some(status) => Ok(DeleteResponse::Status(Box::new(status))),
            None => {
                self.read_object(&response).map(|object| DeleteResponse::Object(Box::new(object)))
            }
        }
    }

    /// Deletes the objects that a list with these parameters would show; gives them back as the server
    /// does.
    ///
    /// # Errors
    /// As [`Api::list`].
    pub fn delete_collection(
        &self,
        params: &DeleteParams,
        which: &ListParams,
    ) -> Result<ObjectList<T>, Error>
    where
        T: DeserializeOwned,
    {
        if self.kind.resource.namespaced && self.namespace.is_none() {
            return Err(Error::invalid(format!(
                "{}: expected a namespace, since a collection is deleted in one (`Api::namespaced`)",
                self.kind.own.kind
            )));
        }
        let request = Request::delete(self.collection()).accept(self.accept(Answer::List));
        let request = params.request(which.request(request)?).class(Class::List);
        let response = self.send(request)?;
        // Some servers answer with a Status alone.
        if wire::status(response.bytes()).is_some_and(|status| status.is_success()) {
            return Ok(ObjectList::default());
        }
        self.read_list(&response)
    }
}

/// An object once more, by way of what it is on the wire.
fn copy<T: Serialize + DeserializeOwned>(object: &T) -> serde_json::Result<T> {
    serde_json::from_value(serde_json::to_value(object)?)
}

/// Refuses what would be replaced with a version that is missing, or that nobody is to look at.
pub(super) fn check_version(
    kind: &str,
    name: &str,
    metadata: &impl Metadata,
    params: &PostParams,
) -> Result<(), Error> {
    match (metadata.resource_version().is_empty(), params.unconditional) {
        (true, false) => Err(Error::invalid(format!(
            "{kind} {name:?}: expected the resourceVersion that it was read with, or \
             `PostParams::unconditional`"
        ))),
        (false, true) => Err(Error::invalid(format!(
            "{kind} {name:?}: it has a resourceVersion, which the server checks: clear it, or leave \
             `PostParams::unconditional` out"
        ))),
        _ => Ok(()),
    }
}
