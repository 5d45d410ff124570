//! One of the two servers, and how a scenario runs on it.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use kubeclient_fake::FakeServer;
use kubeclient_tests::{ControlPlane, ControlPlaneError, Kwok, Launcher};
use tempfile::TempDir;

use crate::normal;
use crate::program::Program;
use crate::step::{End, Kubectl, Scenario, Step};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The containers that write logs: namespace, pod, container.
const LOGS: [(&str, &str, &str); 3] =
    [("logs", "web", "app"), ("logs", "web", "side"), ("logs", "job", "app")];

/// A server, and the kubectl that talks to it.
pub(crate) struct Side {
    server: Server,
    kubectl: PathBuf,
    kubeconfig: PathBuf,
    home: TempDir,
}

enum Server {
    Real(Box<ControlPlane>),
    Fake(Box<FakeServer>),
}

/// What kubectl said to a scenario.
pub(crate) struct Transcript {
    pub(crate) scenario: &'static str,
    pub(crate) entries: Vec<Entry>,
}

/// What kubectl said to one command, normalised.
pub(crate) struct Entry {
    pub(crate) command: &'static str,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: String,
}

impl Side {
    /// The real server with kwok beside it; `None`, said loudly, without the binaries.
    pub(crate) fn real() -> Option<Side> {
        let required = env::var_os("KUBECLIENT_REQUIRE_CLUSTER").is_some_and(|value| value == "1");
        match Side::start_real() {
            Ok(side) => Some(side),
            Err(error @ ControlPlaneError::Assets(_)) if !required => {
                say(&format!("NOT RUN: kubectl on the fake and the real server: {error}"));
                None
            }
            Err(error) => panic!("no real server to compare with: {error}"),
        }
    }

    fn start_real() -> Result<Side, ControlPlaneError> {
        let kwok = LOGS.iter().fold(Kwok::find()?, |kwok, (namespace, pod, container)| {
            kwok.pod_log(namespace, pod, container)
        });
        let plane = Launcher::new()?.kwok(kwok).start()?;
        let home = tempfile::tempdir().unwrap();
        // By token: a certificate would tell its fingerprint in `auth whoami`.
        let kubeconfig =
            plane.kubeconfig().replace("current-context: admin", "current-context: admin-token");
        let path = home.path().join("kubeconfig");
        fs::write(&path, kubeconfig).unwrap();
        let kubectl = plane.kubectl().to_owned();
        Ok(Side { server: Server::Real(Box::new(plane)), kubectl, kubeconfig: path, home })
    }

    /// The fake, asked by the same kubectl.
    pub(crate) fn fake(kubectl: &Path) -> Side {
        let server = FakeServer::builder().tls(true).require_authentication().start().unwrap();
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("kubeconfig");
        fs::write(&path, server.kubeconfig_as("admin", &["system:masters"])).unwrap();
        Side {
            server: Server::Fake(Box::new(server)),
            kubectl: kubectl.to_owned(),
            kubeconfig: path,
            home,
        }
    }

    /// The path of kubectl.
    pub(crate) fn program(&self) -> &Path {
        &self.kubectl
    }

    /// Runs all scenarios in order.
    pub(crate) fn run(&self, scenarios: &[Scenario]) -> Vec<Transcript> {
        scenarios.iter().map(|scenario| self.run_one(scenario)).collect()
    }

    fn run_one(&self, scenario: &Scenario) -> Transcript {
        let mut run = Run {
            side: self,
            namespace: scenario.name,
            saved: BTreeMap::from([
                ("NAMESPACE", scenario.name.to_owned()),
                ("KUBELET_PORT", self.kubelet_port().to_string()),
            ]),
            entries: Vec::new(),
        };
        run.steps(&scenario.steps);
        Transcript { scenario: scenario.name, entries: run.entries }
    }

    fn kubelet_port(&self) -> u16 {
        match &self.server {
            // Invariant: `start_real` asks for kwok.
            Server::Real(plane) => plane.kubelet_port().unwrap(),
            Server::Fake(_) => 10250,
        }
    }

    /// Lets a container write a line.
    fn log(&self, namespace: &str, pod: &str, container: &str, line: &str) {
        match &self.server {
            Server::Real(plane) => {
                let path = plane.pod_log(namespace, pod, container);
                let seconds = fs::read_to_string(&path).unwrap().lines().count();
                let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
                writeln!(file, "2026-01-02T03:04:{seconds:02}.000000000Z stdout F {line}").unwrap();
            }
            Server::Fake(server) => {
                server.append_log(namespace, pod, container, &format!("{line}\n"));
            }
        }
    }
}

/// A scenario on its way.
struct Run<'a> {
    side: &'a Side,
    namespace: &'static str,
    saved: BTreeMap<&'static str, String>,
    entries: Vec<Entry>,
}

impl Run<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Kubectl(kubectl) => self.kubectl(kubectl),
                Step::Log { pod, container, line } => {
                    self.side.log(self.namespace, pod, container, line);
                }
            }
        }
    }

    fn kubectl(&mut self, kubectl: &Kubectl) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (stdout, stderr, code) = self.command(kubectl);
            if kubectl.retried && code != "0" && Instant::now() < deadline {
                continue;
            }
            if let Some(name) = kubectl.save {
                self.saved.insert(name, stdout.clone());
            }
            let normal = |text: &str| {
                kubectl.normal.iter().fold(normal::text(text), |text, normal| normal(&text))
            };
            self.entries.push(Entry {
                command: kubectl.command,
                stdout: normal(&stdout),
                stderr: normal(&stderr),
                code,
            });
            return;
        }
    }

    /// Runs a command to its end: standard output, standard error, and the exit code in words.
    fn command(&mut self, kubectl: &Kubectl) -> (String, String, String) {
        let mut command = Command::new(&self.side.kubectl);
        command
            .args(["--namespace", self.namespace])
            .args(words(&self.fill(kubectl.command)))
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubectl/manifests"))
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("TZ", "UTC")
            .env("HOME", self.side.home.path())
            .env("KUBECACHEDIR", self.side.home.path().join("cache"))
            .env("KUBECONFIG", &self.side.kubeconfig)
            .env("KUBE_EDITOR", kubectl.editor.unwrap_or("false"));
        let stdin = kubectl.stdin.map(|text| self.fill(text));
        let program = Program::start(&mut command, stdin.as_deref());
        let begun = kubectl.first.is_none_or(|first| program.shows(first, PATIENCE));
        if begun {
            self.steps(&kubectl.meanwhile);
        }
        match kubectl.end {
            End::Exit => {
                let ended = program.ends(PATIENCE);
                let (stdout, stderr, code) = program.finish(ended);
                let code = code.map_or("took too long".to_owned(), |code| code.to_string());
                (stdout, stderr, code)
            }
            End::Lines(lines) => {
                let shown = begun && program.shows_lines(lines, PATIENCE);
                let (stdout, stderr, _) = program.finish(false);
                let stdout: String = stdout.split_inclusive('\n').take(lines).collect();
                let code = if shown { "ended by the test" } else { "never showed its lines" };
                (stdout, stderr, code.to_owned())
            }
        }
    }

    /// Puts in what earlier steps saved.
    fn fill(&self, text: &str) -> String {
        self.saved.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }
}

/// The words of a command line; `'` holds several together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut open, mut quoted) = (String::new(), false, false);
    for letter in line.chars() {
        match letter {
            '\'' => (open, quoted) = (true, !quoted),
            ' ' if !quoted => {
                if open {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            _ => {
                word.push(letter);
                open = true;
            }
        }
    }
    if open {
        words.push(word);
    }
    words
}

/// Writes a transcript to a file beside the test's binary, for whoever looks for the cause of a difference.
pub(crate) fn keep(transcripts: &[Transcript], name: &str) {
    let mut text = String::new();
    for Transcript { scenario, entries } in transcripts {
        for (number, Entry { command, stdout, stderr, code }) in entries.iter().enumerate() {
            let _ = writeln!(text, "==== {scenario} {}: kubectl {command}", number + 1);
            for (name, output) in [("stdout", stdout), ("stderr", stderr)] {
                if !output.is_empty() {
                    let _ = writeln!(text, "---- {name}\n{}", output.trim_end_matches('\n'));
                }
            }
            let _ = writeln!(text, "---- {code}");
        }
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kubectl-{name}.txt"));
    fs::write(&path, text).unwrap();
    say(&format!("transcript: {}", path.display()));
}

/// Lines on standard error that the test runner does not capture.
pub(crate) fn say(text: &str) {
    let _ = io::stderr().write_all(format!("kubectl: {text}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(words("get  a -o 'b c' --x='d e' ''"), ["get", "a", "-o", "b c", "--x=d e", ""]);
    }
}
