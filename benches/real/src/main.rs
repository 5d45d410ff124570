//! Discovery and manifests on a real API server, beside kubectl and client-go: `bench-real`.
//!
//! It asks the server of the kubeconfig that `KUBECONFIG` names, which must be one on this machine, and makes
//! and deletes namespaces there. Each program is a process of its own; `ours` is this one, called again.

// The same child processes, measured in the same way, as in the comparison on the replay server.
#[path = "../../runner/src/child.rs"]
mod child;
mod ours;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use child::Cost;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

const USAGE: &str =
    "usage: bench-real [--kubectl FILE] [--client-go FILE] [--rounds N] [--objects N]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["discovery", folder] => ours::discovery(folder),
        ["apply", file] => ours::apply(file),
        _ => Options::read().and_then(|options| options.compare()),
    };
    match outcome {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench-real: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is compared, and how often.
struct Options {
    kubeconfig: PathBuf,
    kubectl: PathBuf,
    client_go: Option<PathBuf>,
    rounds: usize,
    objects: usize,
}

impl Options {
    fn read() -> Result<Self> {
        use lexopt::prelude::*;

        let kubeconfig = std::env::var_os("KUBECONFIG").ok_or("KUBECONFIG names no kubeconfig")?;
        let mut options = Self {
            kubeconfig: kubeconfig.into(),
            kubectl: "kubectl".into(),
            client_go: None,
            rounds: 5,
            objects: 500,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("kubectl") => options.kubectl = parser.value()?.into(),
                Long("client-go") => options.client_go = Some(parser.value()?.into()),
                Long("rounds") => options.rounds = parser.value()?.parse()?,
                Long("objects") => options.objects = parser.value()?.parse()?,
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }

    fn compare(&self) -> Result<String> {
        ours::check_that_it_is_here()?;
        let folder = tempfile::tempdir()?;
        let mut page = String::from(
            "| work | program | requests | wall ms | CPU ms |\n|---|---|---|---|---|\n",
        );
        self.discover(folder.path(), &mut page)?;
        self.apply(folder.path(), &mut page)?;
        Ok(page)
    }

    /// From an empty cache, and again from what that left.
    fn discover(&self, folder: &Path, page: &mut String) -> Result<()> {
        let this = std::env::current_exe()?;
        let mut programs: Vec<(&str, &Path, &[&str])> = vec![
            ("kubeclient", &this, &["discovery"]),
            ("kubectl", &self.kubectl, &["api-resources", "--cached", "--cache-dir"]),
        ];
        if let Some(program) = &self.client_go {
            programs.push(("client-go", program, &["discovery"]));
        }
        let mut cold = vec![Vec::new(); programs.len()];
        let mut warm = vec![Vec::new(); programs.len()];
        let mut requests = vec![(0, 0); programs.len()];
        for round in 0..=self.rounds {
            for (i, (name, program, arguments)) in programs.iter().enumerate() {
                let cache = folder.join(format!("{name}-{round}"));
                let cache = cache.to_string_lossy().into_owned();
                let arguments: Vec<&str> =
                    arguments.iter().copied().chain([cache.as_str()]).collect();
                let (first, said) = child::run(program, &arguments, &self.kubeconfig)?;
                let (again, said_again) = child::run(program, &arguments, &self.kubeconfig)?;
                // The first round fills the machine's own caches, and counts requests.
                if round > 0 {
                    cold[i].push(first);
                    warm[i].push(again);
                    continue;
                }
                requests[i] = match *name {
                    "kubectl" => self.requests_of_kubectl(folder)?,
                    _ => (count(&said)?, count(&said_again)?),
                };
            }
        }
        for (work, costs) in [("cold discovery", &cold), ("warm discovery", &warm)] {
            for (i, (name, ..)) in programs.iter().enumerate() {
                let sent = if work.starts_with("cold") { requests[i].0 } else { requests[i].1 };
                row(page, work, name, &sent.to_string(), &costs[i]);
            }
        }
        Ok(())
    }

    /// What kubectl says that it sent: the first time, and the second.
    fn requests_of_kubectl(&self, folder: &Path) -> Result<(usize, usize)> {
        let cache = folder.join("counted");
        let sent = || -> Result<usize> {
            let output = Command::new(&self.kubectl)
                .args(["api-resources", "--cached", "-v=6", "--cache-dir"])
                .arg(&cache)
                .env("KUBECONFIG", &self.kubeconfig)
                .stdin(Stdio::null())
                .output()?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            Ok(said.lines().filter(|line| line.contains("verb=\"GET\"")).count())
        };
        Ok((sent()?, sent()?))
    }

    /// A set of objects that are not there, and once more when they are.
    fn apply(&self, folder: &Path, page: &mut String) -> Result<()> {
        let this = std::env::current_exe()?;
        let programs: [(&str, &Path, &[&str]); 2] = [
            ("kubeclient", &this, &["apply"]),
            ("kubectl", &self.kubectl, &["apply", "--server-side", "-f"]),
        ];
        let (mut first, mut again) = ([const { Vec::new() }; 2], [const { Vec::new() }; 2]);
        let mut namespaces = Vec::new();
        for round in 0..=self.rounds {
            for (i, (name, program, arguments)) in programs.iter().enumerate() {
                let namespace = format!("bench-{name}-{round}");
                let file = folder.join(format!("{namespace}.yaml"));
                std::fs::write(&file, ours::objects(&namespace, self.objects))?;
                let file = file.to_string_lossy().into_owned();
                let arguments: Vec<&str> =
                    arguments.iter().copied().chain([file.as_str()]).collect();
                let (new, _) = child::run(program, &arguments, &self.kubeconfig)?;
                let (same, _) = child::run(program, &arguments, &self.kubeconfig)?;
                if round > 0 {
                    first[i].push(new);
                    again[i].push(same);
                }
                namespaces.push(namespace);
            }
        }
        for (work, costs) in [("new", &first), ("unchanged", &again)] {
            let work = format!("apply {} objects, {work}", self.objects);
            for (i, (name, ..)) in programs.iter().enumerate() {
                row(page, &work, name, "", &costs[i]);
            }
        }
        ours::delete(&namespaces)
    }
}

/// The number that a program's line ends with.
fn count(said: &str) -> Result<usize> {
    let last = said.split(' ').nth_back(1).and_then(|word| word.parse().ok());
    last.ok_or_else(|| format!("{said:?}: expected `N resources, N requests`").into())
}

fn row(page: &mut String, work: &str, program: &str, requests: &str, costs: &[Cost]) {
    let Cost { wall, cpu, .. } = Cost::mean(costs);
    let (wall, cpu) = (wall.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3);
    // A String takes whatever is written.
    let _ = writeln!(page, "| {work} | {program} | {requests} | {wall:.0} | {cpu:.0} |");
}
