//! `finalize`: who lets go of a namespace that is being deleted.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::api::params::PostParams;
use crate::error::Error;
use crate::meta::resource::{Complete, HasSubresource, Object, subresource};

impl<T: Object> Api<T> {
    /// Replaces the finalizers in a namespace's spec, which can't be written otherwise. A namespace that is
    /// being deleted goes when the last of them is removed.
    ///
    /// # Errors
    /// As [`Api::replace`].
    pub fn replace_finalize(&self, object: &T) -> Result<T, Error>
    where
        T: DeserializeOwned + Complete + Serialize + HasSubresource<subresource::Finalize>,
    {
        self.replace_part(object, &PostParams::default())
    }
}
