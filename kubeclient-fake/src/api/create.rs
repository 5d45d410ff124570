//! POST: a new object.

use super::options::{OptionsKind, WriteOptions};
use super::write::{Owners, Write};
use super::{Call, Cluster, body, place, render, warn};
use crate::failure::Result;
use crate::http::Reply;

/// Creates what the body says.
pub(crate) fn answer(cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    let options = WriteOptions::of(call, OptionsKind::Create)?;
    let decoded = body::read(cluster, call, options.validation)?;
    let mut object = decoded.value;
    place::namespace(call, &mut object)?;
    let write = Write::new(cluster, call, options);
    let stored = write.run(|transaction| write.create(transaction, object, Owners::Count))?;
    let mut warnings = decoded.warnings;
    warnings.extend(write.take_warnings());
    Ok(Reply::Full(warn(render::object(call, 201, &stored)?, &warnings)))
}
