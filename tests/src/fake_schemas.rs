//! What kubeclient-fake knows of the built-in kinds, taken from a real API server: two texts, one of the
//! schemas' definitions and one of the resources. `generate-fake-schemas` writes them where they are kept.
//!
//! The texts are kubeclient-fake's own form (`schema/builtin.rs` there reads it): the facts of the OpenAPI
//! documents without their descriptions, a line a field.

mod definitions;
mod resources;

use std::path::{Path, PathBuf};

use crate::control_plane::{ControlPlane, ControlPlaneError};
use crate::served::openapi_documents;

/// The two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeSchemas {
    /// `definitions.txt`.
    pub definitions: String,
    /// `resources.txt`.
    pub resources: String,
}

impl FakeSchemas {
    /// Reads them off a running API server.
    ///
    /// # Errors
    /// The server can't be reached, or its answer is not what an API server answers.
    pub fn of(plane: &ControlPlane) -> Result<Self, ControlPlaneError> {
        let definitions = definitions::text(&openapi_documents(plane)?);
        let resources = resources::text(plane)?;
        Ok(Self { definitions, resources })
    }

    /// Reads those that are kept in kubeclient-fake.
    ///
    /// # Errors
    /// The files can't be read.
    pub fn kept() -> std::io::Result<Self> {
        let folder = folder();
        let read = |name: &str| std::fs::read_to_string(folder.join(name));
        Ok(Self { definitions: read("definitions.txt")?, resources: read("resources.txt")? })
    }

    /// Writes them into kubeclient-fake's sources.
    ///
    /// # Errors
    /// The files can't be written.
    pub fn keep(&self) -> std::io::Result<()> {
        let folder = folder();
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("definitions.txt"), &self.definitions)?;
        std::fs::write(folder.join("resources.txt"), &self.resources)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../kubeclient-fake/src/schema/generated")
}
