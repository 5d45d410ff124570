//! What a debug build of the built-in types costs: kubeclient with more and more of them, and k8s-openapi.
//!
//! `bench-compile [--rounds N]` (2). Each stands as the one dependency of an empty crate; what is measured
//! is the CPU of building it alone, its own dependencies being there already. Nothing fails for its figures.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use serde_json::Value;
use wait4::Wait4 as _;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// What is built.
struct Subject {
    title: &'static str,
    /// The crate, and how a manifest names it.
    package: &'static str,
    dependency: String,
    /// The ratio to the first subject that it is to stay under.
    aim: Option<f64>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-compile: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let rounds = rounds()?;
    let subjects = subjects();
    let folder = tempfile::tempdir()?;
    let mut projects = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        projects.push(project(&folder.path().join(format!("subject-{index}")), subject)?);
    }
    let target = folder.path().join("target");
    let mut costs = vec![Vec::new(); subjects.len()];
    for round in 0..rounds {
        for ((subject, project), costs) in subjects.iter().zip(&projects).zip(&mut costs) {
            let cost = alone(subject, project, &target)?.as_secs_f64();
            eprintln!("round {}: {}: {cost:.1} s", round + 1, subject.title);
            costs.push(cost);
        }
    }
    println!(
        "Debug builds, CPU of the crate itself; {rounds} rounds, the median ratio of a round.\n"
    );
    println!("| built | CPU | ratio | ratio of its types alone | aim |\n|---|---|---|---|---|");
    for (index, (subject, own)) in subjects.iter().zip(&costs).enumerate() {
        let ratios = own.iter().zip(&costs[0]).map(|(own, base)| own / base).collect();
        // What the crate costs without them is no matter of the types.
        let alone = own.iter().zip(&costs[1]).zip(&costs[0]);
        let alone = alone.map(|((own, client), base)| (own - client) / base).collect();
        println!(
            "| {} | {:.1} s | {:.2} | {} | {} |",
            subject.title,
            median(own.clone()),
            median(ratios),
            if index > 1 { format!("{:.2}", median(alone)) } else { String::new() },
            subject.aim.map(|aim| aim.to_string()).unwrap_or_default()
        );
    }
    Ok(())
}

fn subjects() -> Vec<Subject> {
    let kubeclient = |title, features: &str, aim| Subject {
        title,
        package: "kubeclient",
        dependency: format!("kubeclient = {{ path = {KUBECLIENT:?}, features = [{features}] }}"),
        aim,
    };
    vec![
        Subject {
            title: "k8s-openapi, `v1_36`",
            package: "k8s-openapi",
            dependency: r#"k8s-openapi = { version = "0.29", features = ["v1_36"] }"#.to_owned(),
            aim: None,
        },
        kubeclient("kubeclient without built-in types", "", None),
        kubeclient("kubeclient, `core_v1` and `apps_v1`", r#""core_v1", "apps_v1""#, Some(0.5)),
        kubeclient("kubeclient, `clientset`", r#""clientset""#, Some(1.3)),
        kubeclient("kubeclient, `clientset`, `protobuf`", r#""clientset", "protobuf""#, Some(2.0)),
    ]
}

/// An empty crate that depends on the subject, with the versions that this workspace locks.
fn project(folder: &Path, subject: &Subject) -> Result<PathBuf> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    fs::copy(LOCK, folder.join("Cargo.lock"))?;
    let manifest = folder.join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"subject\"\nedition = \"2024\"\n\n[dependencies]\n{}\n\n[workspace]\n",
        subject.dependency
    );
    fs::write(&manifest, text)?;
    Ok(manifest)
}

/// The cost of building the subject when all that it needs is there: the first try may have to build that.
fn alone(subject: &Subject, manifest: &Path, target: &Path) -> Result<Duration> {
    for _ in 0..2 {
        let clean = ["clean", "--quiet", "--package", subject.package];
        cargo(&clean, manifest, target)?;
        let build = ["build", "--quiet", "--message-format=json", "--package", subject.package];
        let (cost, built) = cargo(&build, manifest, target)?;
        if built.len() == 1 {
            return Ok(cost);
        }
    }
    Err(format!("{}: more than that crate is built each time", subject.title).into())
}

/// Runs cargo: the CPU of it and of all that it ran, and the crates that it built.
fn cargo(
    arguments: &[&str],
    manifest: &Path,
    target: &Path,
) -> Result<(Duration, BTreeSet<String>)> {
    let mut child = Command::new("cargo")
        .args(arguments)
        .arg("--manifest-path")
        .arg(manifest)
        // As for a crate of the registry, which is built once.
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TARGET_DIR", target)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut printed = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        std::io::Read::read_to_string(&mut stdout, &mut printed)?;
    }
    let usage = child.wait4()?;
    if !usage.status.success() {
        return Err(format!("cargo {}: {}", arguments.join(" "), usage.status).into());
    }
    let built = printed
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact" && message["fresh"] == false)
        .map(|message| message["package_id"].to_string())
        .collect();
    Ok((usage.rusage.utime + usage.rusage.stime, built))
}

fn rounds() -> Result<usize> {
    use lexopt::prelude::{Long, ValueExt as _};

    let mut rounds = 2;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rounds") => rounds = parser.value()?.parse()?,
            _ => return Err(argument.unexpected().into()),
        }
    }
    match rounds {
        1..=20 => Ok(rounds),
        _ => Err(format!("--rounds {rounds}: expected 1 to 20").into()),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

const KUBECLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../kubeclient");
const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
