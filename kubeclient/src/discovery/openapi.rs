//! The server's OpenAPI: [`OpenApi`], which documents there are; `document` and `schema` read one.
//!
//! Documents are JSON values, not types: what there is to know of a field stands in extensions
//! (`x-kubernetes-...`) whose set grows with the server, and a type would lose those that it does not know.

mod document;
mod schema;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::Value;

use super::client::DiscoveryClient;
use crate::error::{Error, ErrorKind};
use crate::meta::counted::{self, Json};
use crate::meta::gvk::GroupVersion;
use crate::rest::Request;
use crate::sync;

pub use document::OpenApiDocument;
pub use schema::Schema;

/// The OpenAPI v3 documents that a server has at one moment: one for each version of each group.
///
/// A document is asked for once. Its URL has a hash of what is in it; so one that a
/// [`DiskCache`](super::DiskCache) has is not asked for again until it changes.
///
/// ```
/// use kubeclient::RestClient;
/// use kubeclient::discovery::DiscoveryClient;
/// use kubeclient::meta::gvk::GroupVersionKind;
///
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let openapi = DiscoveryClient::new(&client).openapi_v3()?;
/// let deployment = GroupVersionKind::new("apps", "v1", "Deployment");
/// let document = openapi.document(&deployment.group_version())?;
/// let schema = document.schema(&deployment).unwrap();
/// let image = schema.field("spec.template.spec.containers.image").unwrap();
/// assert_eq!(image.type_name(), Some("string"));
/// assert!(schema.field("spec").unwrap().is_required("selector"));
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Threads
/// May be shared; two threads that ask for a document at once may both send a request.
pub struct OpenApi {
    client: DiscoveryClient,
    /// `apis/apps/v1` -> `/openapi/v3/apis/apps/v1?hash=...`.
    paths: BTreeMap<String, String>,
    documents: Mutex<BTreeMap<String, Arc<OpenApiDocument>>>,
}

#[derive(Deserialize)]
struct Index {
    #[serde(deserialize_with = "counted::map")]
    paths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "serverRelativeURL")]
    url: String,
}

impl DiscoveryClient {
    /// The server's OpenAPI v3: which documents there are. One request.
    ///
    /// # Errors
    /// As [`RestClient::send`](crate::RestClient::send); [`Decode`](ErrorKind::Decode): the answer is something
    /// else.
    pub fn openapi_v3(&self) -> Result<OpenApi, Error> {
        let index: Index = self.ask(Request::get("/openapi/v3"))?.json()?;
        // Behind a proxy, the URLs may have the prefix that our requests get anyway.
        let prefix = self.prefix();
        let own = |url: String| url.strip_prefix(&prefix).map_or(url.clone(), str::to_owned);
        let paths = index.paths.into_iter().map(|(path, entry)| (path, own(entry.url)));
        Ok(OpenApi { client: self.clone(), paths: paths.collect(), documents: Mutex::default() })
    }

    /// The server's OpenAPI v2: one document of all that it has, some megabytes.
    ///
    /// # Errors
    /// As [`DiscoveryClient::openapi_v3`].
    pub fn openapi_v2(&self) -> Result<Value, Error> {
        self.ask(Request::get("/openapi/v2"))?.json().map(|Json(document)| document)
    }
}

impl OpenApi {
    /// The paths that have a document, such as `api/v1` and `apis/apps/v1`, each with the document's URL.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &str)> {
        self.paths.iter().map(|(path, url)| (path.as_str(), url.as_str()))
    }

    /// Whether there is a document of a version of a group.
    pub fn has(&self, group_version: &GroupVersion) -> bool {
        self.paths.contains_key(&path(group_version))
    }

    /// The document of a version of a group.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid): there is none. Else as [`DiscoveryClient::openapi_v3`].
    ///
    /// # Blocking
    /// The first time on the server, within the client's timeouts for lists.
    pub fn document(&self, group_version: &GroupVersion) -> Result<Arc<OpenApiDocument>, Error> {
        let path = path(group_version);
        let url = self.paths.get(&path).ok_or_else(|| {
            let message = format!("{group_version}: the server has no OpenAPI document of it");
            Error::new(ErrorKind::Invalid, message)
        })?;
        if let Some(document) = sync::lock(&self.documents).get(&path) {
            return Ok(Arc::clone(document));
        }
        let document = match self.client.ask(Request::get(url.as_str())) {
            // It has changed since, so the server names another hash; the latest has its name without one.
            Err(error) if error.status().is_some_and(|status| status.code == 301) => {
                let plain = url.split('?').next().unwrap_or_default();
                self.client.ask(Request::get(plain))?
            }
            answer => answer?,
        };
        let Json(root) = document.json()?;
        let document = Arc::new(OpenApiDocument::of(root));
        sync::lock(&self.documents).insert(path, Arc::clone(&document));
        Ok(document)
    }
}

impl fmt::Debug for OpenApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenApi").field("paths", &self.paths.len()).finish_non_exhaustive()
    }
}

fn path(GroupVersion { group, version }: &GroupVersion) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

#[cfg(test)]
mod tests;
