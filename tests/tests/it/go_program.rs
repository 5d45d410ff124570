//! The Go programs of `tests/cluster` that do with client-go, or Go's library, what kubeclient is compared in.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;

use crate::common::PATIENCE;

/// A program that is built.
pub(crate) struct GoProgram {
    folder: tempfile::TempDir,
}

impl GoProgram {
    /// Builds the program of this folder; `None`, said loudly, where Go or its modules are not.
    ///
    /// # Panics
    /// They are not, and `KUBECLIENT_REQUIRE_CLUSTER` is `1`.
    pub(crate) fn build(name: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster").join(name);
        let go = |arguments: &[&str]| {
            let mut go = Command::new("go");
            // It takes what `tests/cluster/build.sh` has downloaded.
            go.args(arguments).current_dir(&source).env("GOFLAGS", "-mod=readonly");
            go.env("GOPROXY", "off").output()
        };
        if !go(&["list", "-deps", "."]).is_ok_and(|output| output.status.success()) {
            let is_required = std::env::var("KUBECLIENT_REQUIRE_CLUSTER").as_deref() == Ok("1");
            assert!(!is_required, "no {name} to compare with: Go or its modules are not here");
            // Not with a macro, which the harness would capture.
            let line = format!("SKIPPED: the Go program {name}: Go or its modules are not here\n");
            let _ = io::stderr().write_all(line.as_bytes());
            return None;
        }
        let program = Self { folder };
        let path = program.path();
        let output = go(&["build", "-o", path.to_str().unwrap(), "."]).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(program)
    }

    /// Starts it with the kubeconfig of the tests' cluster and these arguments.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let kubeconfig = kubeclient_tests::cluster().unwrap().kubeconfig_path();
        let mut child = Command::new(self.path())
            .arg(kubeconfig)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            // Until the program ends, or nobody listens any more.
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Running { child, input, lines }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("program")
    }
}

/// A program that runs; dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
}

impl Running {
    /// Waits until the program says this; what it said before.
    #[track_caller]
    pub(crate) fn hear(&self, line: &str) -> Vec<String> {
        let next = || self.lines.recv_timeout(PATIENCE).unwrap();
        std::iter::repeat_with(next).take_while(|said| said != line).collect()
    }

    /// Says a line to the program.
    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Says no more.
    pub(crate) fn end_input(&mut self) {
        drop(self.input.take());
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
