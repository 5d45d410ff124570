//! Reading: one object, a list, a table.

use serde::de::DeserializeOwned;

use super::Api;
use super::pager::ListAll;
use super::params::{GetParams, ListParams};
use crate::error::Error;
use crate::meta::list::ObjectList;
use crate::meta::resource::Object;
use crate::meta::table::Table;
use crate::meta::typed::Expected;
use crate::rest::request::Class;
use crate::rest::wire::{self, Answer};
use crate::rest::{Request, Response, decode};

/// The media type of a [`Table`].
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

impl<T: Object> Api<T> {
    /// Reads an object.
    ///
    /// # Errors
    /// [`Api`](crate::ErrorKind::Api): [`is_not_found`](Error::is_not_found), among others.
    /// [`Decode`](crate::ErrorKind::Decode): the object is of another kind, or a field is not what `T`
    /// expects. [`Invalid`](crate::ErrorKind::Invalid): the name can't be one. Others as
    /// [`RestClient::send`](crate::RestClient::send).
    pub fn get(&self, name: &str) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        self.get_with(name, &GetParams::default())
    }

    /// Reads an object; `None` when it is not there.
    ///
    /// # Errors
    /// As [`Api::get`]; `NotFound` only where it is not the object but its kind that the server does not
    /// have.
    pub fn get_opt(&self, name: &str) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        match self.get(name) {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_object_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads an object that may be as old as the options say.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_with(&self, name: &str, params: &GetParams) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        self.exchange(params.request(Request::get(self.object(name)?))?)
    }

    /// Reads the objects in one answer: all of them, or a page where `limit` says so.
    ///
    /// Items carry no type of their own: what is checked is the list's `apiVersion`, and that it is a list.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode): an object is not what `T` expects; the message names it and
    /// the field ([`Api::list_all`] gives the others all the same).
    /// [`Api`](crate::ErrorKind::Api): [`is_expired`](Error::is_expired), when a continue token is too
    /// old. [`Invalid`](crate::ErrorKind::Invalid): the options contradict each other. Others as
    /// [`RestClient::send`](crate::RestClient::send).
    pub fn list(&self, params: &ListParams) -> Result<ObjectList<T>, Error>
    where
        T: DeserializeOwned,
    {
        self.read_list(&self.send(self.list_request(params)?)?)
    }

    /// Reads all objects, page by page, as the iterator comes to them; `limit` is the size of a page.
    ///
    /// Nothing is sent before the first object is asked for.
    pub fn list_all(&self, params: &ListParams) -> ListAll<T>
    where
        T: DeserializeOwned,
    {
        ListAll::new(self.clone(), params.clone())
    }

    /// Reads the objects as the rows and columns that kubectl prints.
    ///
    /// # Errors
    /// As [`Api::list`].
    pub fn list_table(&self, params: &ListParams) -> Result<Table, Error>
    where
        T: DeserializeOwned,
    {
        self.table(params.request(Request::get(self.collection()))?)
    }

    /// Reads an object as the row and columns that kubectl prints.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub fn get_table(&self, name: &str) -> Result<Table, Error>
    where
        T: DeserializeOwned,
    {
        self.table(Request::get(self.object(name)?))
    }

    fn table(&self, request: Request) -> Result<Table, Error>
    where
        T: DeserializeOwned,
    {
        let response = self.send(request.accept(TABLE).class(Class::List))?;
        let expected = Expected { api_version: "meta.k8s.io/v1", kind: "Table", required: true };
        response.reading(false, || decode::object(response.bytes(), expected))
    }

    pub(super) fn list_request(&self, params: &ListParams) -> Result<Request, Error>
    where
        T: DeserializeOwned,
    {
        let request = Request::get(self.collection()).accept(self.accept(Answer::List));
        Ok(params.request(request)?.class(Class::List))
    }

    pub(super) fn read_object(&self, response: &Response) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        let read = || wire::object(response.bytes(), self.expected());
        let mut object = response.reading(self.skips_managed_fields, read)?;
        self.name_types(std::slice::from_mut(&mut object));
        Ok(object)
    }

    pub(super) fn read_list(&self, response: &Response) -> Result<ObjectList<T>, Error>
    where
        T: DeserializeOwned,
    {
        let read = || wire::list(response.bytes(), self.expected());
        let mut list = response.reading(self.skips_managed_fields, read)?;
        self.name_types(&mut list.items);
        Ok(list)
    }

    /// Tells objects that carry their type what it is; in a list they come without it.
    pub(super) fn name_types(&self, objects: &mut [T])
    where
        T: DeserializeOwned,
    {
        for object in objects {
            if object.type_meta().is_some() {
                object.set_type_meta(self.kind.wire.clone());
            }
        }
    }
}
