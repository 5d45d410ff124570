//! PUT: an object in place of another, or its status.

use serde_json::Value;

use super::options::{OptionsKind, WriteOptions};
use super::write::{Owners, Write};
use super::{Call, Cluster, body, place, render};
use crate::failure::{Failure, Result};
use crate::http::Reply;
use crate::object::{Object, metadata_mut};
use crate::store::{Stored, Transaction};

/// Replaces the object that the path names with the body's.
pub(crate) fn answer(cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    let options = WriteOptions::of(call, OptionsKind::Update)?;
    let mut object = body::read(cluster, call, options.validation)?;
    place::namespace(call, &mut object)?;
    place::name(call, &object)?;
    let write = Write::new(cluster, call, options);
    let (status, stored) = write.run(|transaction| {
        let name = call.name.unwrap_or_default();
        match transaction.get(&write.key(name)) {
            Some(live) => Ok((200, replace(&write, transaction, &live, object)?)),
            None if call.resource.ways.create_on_update && call.subresource.is_none() => {
                metadata_mut(&mut object).remove("resourceVersion");
                Ok((201, write.create(transaction, object, Owners::Count)?))
            }
            None => Err(Failure::not_found(&call.resource, name)),
        }
    })?;
    Ok(Reply::Full(render::object(call, status, &stored)?))
}

fn replace(
    write: &Write<'_>,
    transaction: &mut Transaction<'_>,
    live: &Stored,
    object: Value,
) -> Result<Value> {
    let (given, uid) = (object.uid(), live.value.uid());
    if !given.is_empty() && given != uid {
        return Err(wrong_uid(write.call, live, given));
    }
    write.update(transaction, live, object, Owners::Count)
}

/// 409: another object is under this name now.
pub(crate) fn wrong_uid(call: &Call<'_>, live: &Stored, given: &str) -> Failure {
    let resource = &call.resource;
    let mut path = format!("/registry/{}", resource.plural);
    if !resource.group.is_empty() && (resource.is_custom() || resource.group.contains('.')) {
        path = format!("/registry/{}/{}", resource.group, resource.plural);
    }
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: {path}/{}, ResourceVersion: 0, AdditionalErrorMsg: \
         Precondition failed: UID in precondition: {given}, UID in object meta: {}",
        live.key.path(),
        live.value.uid()
    );
    Failure::conflict(resource, live.value.name(), &why)
}
