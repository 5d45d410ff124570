//! POST: a new object.

use super::options::{OptionsKind, WriteOptions};
use super::write::{Owners, Write};
use super::{Call, Cluster, body, place, render};
use crate::failure::Result;
use crate::http::Reply;

/// Creates what the body says.
pub(crate) fn answer(cluster: &Cluster, call: &Call<'_>) -> Result<Reply> {
    let options = WriteOptions::of(call, OptionsKind::Create)?;
    let mut object = body::read(cluster, call, options.validation)?;
    place::namespace(call, &mut object)?;
    let write = Write::new(cluster, call, options);
    let stored = write.run(|transaction| write.create(transaction, object, Owners::Count))?;
    Ok(Reply::Full(render::object(call, 201, &stored)?))
}
