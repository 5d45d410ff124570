//! Whether an object's name and namespace are those of the path.

use serde_json::Value;

use super::Call;
use crate::failure::{Failure, Result};
use crate::object::{Object, metadata_mut};

/// Sets the namespace where the object has none, and refuses another one.
pub(crate) fn namespace(call: &Call<'_>, object: &mut Value) -> Result<()> {
    let Some(namespace) = call.namespace else {
        // What is in no namespace cannot be given one.
        metadata_mut(object).remove("namespace");
        return Ok(());
    };
    match object.namespace() {
        "" => {
            metadata_mut(object).insert("namespace".into(), namespace.into());
            Ok(())
        }
        given if given == namespace => Ok(()),
        _ => {
            let why = "the namespace of the provided object does not match the namespace sent on the request";
            Err(Failure::bad_request(why))
        }
    }
}

/// Refuses an object without the name of the path.
pub(crate) fn name(call: &Call<'_>, object: &Value) -> Result<()> {
    let name = call.name.unwrap_or_default();
    match object.name() {
        given if given == name => Ok(()),
        "" => Err(Failure::bad_request(format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        ))),
        given => Err(Failure::bad_request(format!(
            "the name of the object ({given}) does not match the name on the URL ({name})"
        ))),
    }
}
