//! The replay server as a process of its own, ended by closing its standard input. Used by `main`.

use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running replay server and the folder that holds its kubeconfig.
pub(crate) struct Replay {
    child: Child,
    folder: TempDir,
}

impl Replay {
    /// Starts it and waits until it listens. With a gate, watches tell events only once they are asked for.
    pub(crate) fn start(
        program: &Path,
        pods: usize,
        events: usize,
        has_gate: bool,
    ) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(program)
            .arg("--dir")
            .arg(folder.path())
            .args(["--pods", &pods.to_string(), "--events", &events.to_string()])
            .args(has_gate.then_some("--gate"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", program.display()))
            })?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let replay = Self { child, folder };
        if line.is_empty() {
            return Err(io::Error::other(format!(
                "{} ended before it listened",
                program.display()
            )));
        }
        Ok(replay)
    }

    /// The kubeconfig that reaches it.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It ends by itself now; if it already had, there is nothing to wait for.
        let _ = self.child.wait();
    }
}
