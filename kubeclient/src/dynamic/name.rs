//! [`KindName`]: the ways in which a kind is named.

use crate::discovery::RestMapper;
use crate::error::Error;
use crate::meta::api_resource::ApiResource;
use crate::meta::gvk::{GroupVersionKind, GroupVersionResource};
use crate::meta::type_meta::TypeMeta;

/// What names a kind: a name that people type (`po`, `Pod`, `deploy.v1.apps`), a [`GroupVersionKind`], a
/// [`GroupVersionResource`], what an object says of itself ([`TypeMeta`]), or an [`ApiResource`] that is
/// known already, for which the server is not asked.
pub trait KindName {
    /// The resource that is meant.
    ///
    /// # Errors
    /// As [`RestMapper::resource`].
    fn find(&self, mapper: &RestMapper) -> Result<ApiResource, Error>;
}

impl KindName for str {
    fn find(&self, mapper: &RestMapper) -> Result<ApiResource, Error> {
        mapper.resource(self)
    }
}

impl KindName for String {
    fn find(&self, mapper: &RestMapper) -> Result<ApiResource, Error> {
        mapper.resource(self)
    }
}

impl KindName for GroupVersionKind {
    fn find(&self, mapper: &RestMapper) -> Result<ApiResource, Error> {
        mapper.kind(self)
    }
}

impl KindName for GroupVersionResource {
    fn find(&self, mapper: &RestMapper) -> Result<ApiResource, Error> {
        let resource =
            mapper.resource(&format!("{}.{}.{}", self.resource, self.version, self.group))?;
        if resource.group_version_resource() == *self {
            return Ok(resource);
        }
        Err(Error::invalid(format!(
            "resource \"{self}\": expected the plural name, which is {:?}",
            resource.plural
        )))
    }
}

impl KindName for TypeMeta {
    fn find(&self, mapper: &RestMapper) -> Result<ApiResource, Error> {
        let version = self.api_version.parse::<crate::meta::gvk::GroupVersion>();
        let version =
            version.map_err(|error| Error::invalid(format!("kind {:?}: {error}", self.kind)))?;
        match self.kind.as_str() {
            "" => Err(Error::invalid(format!("apiVersion {version}: expected a kind beside it"))),
            kind => mapper.kind(&version.with_kind(kind)),
        }
    }
}

impl KindName for ApiResource {
    fn find(&self, _: &RestMapper) -> Result<ApiResource, Error> {
        Ok(self.clone())
    }
}
