//! What the generator of the built-in types needs to know of a real API server that serves all of its
//! group-versions: two JSON texts, one of discovery and one of OpenAPI. `record-types` writes them where
//! they are kept, `generate/types/recorded`.
//!
//! An entry stands on a line of its own and all are sorted, so that the difference between two versions of
//! Kubernetes can be read.

mod discovery;
mod openapi;

use std::path::{Path, PathBuf};

use crate::control_plane::{ControlPlane, ControlPlaneError, Launcher};
use crate::served::{discovery_documents, json, openapi_documents};

/// The two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedTypes {
    /// `discovery.json`.
    pub discovery: String,
    /// `openapi.json`.
    pub openapi: String,
}

impl RecordedTypes {
    /// A launcher of a server that serves all of its group-versions.
    pub fn launcher(launcher: Launcher) -> Launcher {
        launcher.api_server_arg("--runtime-config=api/all=true")
    }

    /// Reads them off a running API server.
    ///
    /// # Errors
    /// The server can't be reached, or its answer is not what an API server answers.
    pub fn of(plane: &ControlPlane) -> Result<Self, ControlPlaneError> {
        let version = json(plane, "/version", "application/json")?;
        let discovery = discovery::text(&version["gitVersion"], &discovery_documents(plane)?);
        let openapi = openapi::text(&openapi_documents(plane)?);
        Ok(Self { discovery, openapi })
    }

    /// Reads those that are kept.
    ///
    /// # Errors
    /// The files can't be read.
    pub fn kept() -> std::io::Result<Self> {
        let folder = folder();
        let read = |name: &str| std::fs::read_to_string(folder.join(name));
        Ok(Self { discovery: read("discovery.json")?, openapi: read("openapi.json")? })
    }

    /// Writes them into the generator's sources.
    ///
    /// # Errors
    /// The files can't be written.
    pub fn keep(&self) -> std::io::Result<()> {
        let folder = folder();
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("discovery.json"), &self.discovery)?;
        std::fs::write(folder.join("openapi.json"), &self.openapi)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../generate/types/recorded")
}
