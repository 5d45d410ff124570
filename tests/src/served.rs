//! What an API server says of itself: JSON documents, discovery, OpenAPI v3.

use serde_json::Value;

use crate::control_plane::{ControlPlane, ControlPlaneError};

/// What discovery is asked for: all of a server's groups at once, with their subresources.
const DISCOVERY: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// The two discovery documents: of the core group, and of all others.
pub(crate) fn discovery_documents(plane: &ControlPlane) -> Result<[Value; 2], ControlPlaneError> {
    Ok([json(plane, "/api", DISCOVERY)?, json(plane, "/apis", DISCOVERY)?])
}

/// The OpenAPI v3 documents of all group-versions, in the order of their names.
pub(crate) fn openapi_documents(plane: &ControlPlane) -> Result<Vec<Value>, ControlPlaneError> {
    let index = json(plane, "/openapi/v3", "application/json")?;
    let mut paths: Vec<&str> = Vec::new();
    for (name, entry) in index["paths"].as_object().into_iter().flatten() {
        if name.starts_with("api/") || name.starts_with("apis/") {
            paths.extend(entry["serverRelativeURL"].as_str());
        }
    }
    paths.sort_unstable();
    paths.into_iter().map(|path| json(plane, path, "application/json")).collect()
}

/// The JSON document at a path.
pub(crate) fn json(
    plane: &ControlPlane,
    path: &str,
    accept: &str,
) -> Result<Value, ControlPlaneError> {
    let body = plane.get(path, accept)?;
    serde_json::from_slice(&body).map_err(|error| ControlPlaneError::Io {
        doing: format!("read the answer to {path}"),
        source: std::io::Error::other(error),
    })
}
