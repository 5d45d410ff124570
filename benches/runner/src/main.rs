//! `compare`: builds the programs, runs them in turn against one replay server, prints the ratios.
//!
//! `compare [--rounds N] [--only WORKLOAD] [--program NAME] [--pods N] [--events N] [--no-build]`. Both
//! `--only` and `--program` may be given several times. It asserts nothing about time: it fails only
//! where a program fails or two of them read different things.

mod child;
mod matrix;
mod programs;
mod replay;
mod table;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;

use child::Cost;
use matrix::{CLIENT_GO, Contender, Items, Server, WORKLOADS, Workload};
use programs::Absent;
use replay::Replay;
use table::Row;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut options = Options::parse()?;
    let workloads: Vec<&Workload> = WORKLOADS
        .iter()
        .filter(|workload| options.only.is_empty() || options.only.contains(workload.name))
        .collect();
    let folder = std::env::current_exe()?
        .parent()
        .map(Path::to_owned)
        .ok_or("this program stands in no folder")?;
    let mut wanted = BTreeSet::from(["bench-replay"]);
    for workload in &workloads {
        wanted.extend(options.contenders(workload).map(|contender| contender.program));
    }
    options.absent = if options.build {
        programs::build(&wanted, &folder)?
    } else {
        programs::missing(&wanted, &folder)
    };
    let server = folder.join("bench-replay");
    if wanted.contains(CLIENT_GO) && !options.absent.contains(CLIENT_GO) {
        check(&server, &folder.join(CLIENT_GO))?;
    }
    let replay = Replay::start(&server, options.pods, options.events, false)?;
    // The caches' own: it holds the events back until a cache is filled.
    let is_cached = |workload: &Workload| workload.server == Server::Gated;
    let gated = match workloads.iter().any(|workload| is_cached(workload)) {
        true => Some(Replay::start(&server, options.pods, options.events, true)?),
        false => None,
    };

    println!("{}\n", machine()?);
    println!(
        "{} rounds after one to warm up; {} pods, {} events.\n",
        options.rounds, options.pods, options.events
    );
    print!("{}", table::HEAD);
    let mut aims = table::aims_head();
    let mut rates = String::new();
    for workload in workloads {
        let server = gated.as_ref().filter(|_| is_cached(workload)).unwrap_or(&replay);
        let rows = measure(workload, &options, &folder, &server.kubeconfig())?;
        let items = match workload.items {
            Items::Fixed(items) => items,
            Items::Pods => options.pods,
            Items::Events => options.events,
        };
        print!("{}", table::lines(workload, items, &rows));
        aims.push_str(&table::aims_line(workload, items, &rows));
        rates.push_str(&table::rates_lines(workload, items, &rows));
    }
    if !rates.is_empty() {
        println!(
            "\nEvents and operations of a work queue, a second.\n\n{}{rates}",
            table::RATES_HEAD
        );
    }
    println!("\nCPU / peak memory, as ratios to kube; in brackets the aim.\n\n{aims}");
    Ok(())
}

/// The two wires hold the same objects: a small recording is enough to tell.
fn check(server: &Path, client_go: &Path) -> Result<()> {
    let replay = Replay::start(server, 100, 250, false)?;
    let (_, said) = child::run(client_go, &["check"], &replay.kubeconfig())?;
    eprintln!("{said}");
    Ok(())
}

/// Round after round, everyone once a round, in the same order.
fn measure(
    workload: &Workload,
    options: &Options,
    programs: &Path,
    kubeconfig: &Path,
) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = options
        .contenders(workload)
        .map(|contender| Row { contender, samples: Vec::new() })
        .collect();
    let mut outcomes = BTreeSet::new();
    for round in 0..=options.rounds {
        for row in &mut rows {
            let (cost, printed) = sample(workload, row.contender, programs, kubeconfig)?;
            // Who reads bytes alone has no tally to tell.
            if !printed.is_empty() {
                outcomes.insert(printed);
            }
            if outcomes.len() > 1 {
                return Err(format!(
                    "{}: the programs read different things: {outcomes:?}",
                    workload.name
                )
                .into());
            }
            if round > 0 {
                row.samples.push(cost);
            }
        }
    }
    Ok(rows)
}

fn sample(
    workload: &Workload,
    contender: &Contender,
    programs: &Path,
    kubeconfig: &Path,
) -> Result<(Cost, String)> {
    let mut costs = Vec::new();
    let mut printed = String::new();
    for _ in 0..workload.repeat {
        let program = programs.join(contender.program);
        let (cost, line) = child::run(&program, &[workload.name, contender.kind], kubeconfig)?;
        costs.push(cost);
        printed = line;
    }
    Ok((Cost::mean(&costs), printed))
}

fn machine() -> Result<String> {
    let cores = thread::available_parallelism()?;
    let rustc = Command::new("rustc").arg("--version").output()?;
    let rustc = String::from_utf8_lossy(&rustc.stdout).trim().to_owned();
    Ok(format!(
        "{cores} cores, {} {}, {rustc}, release profile as cargo has it.",
        std::env::consts::OS,
        std::env::consts::ARCH
    ))
}

struct Options {
    rounds: usize,
    only: BTreeSet<String>,
    programs: BTreeSet<String>,
    pods: usize,
    events: usize,
    build: bool,
    /// What could not be built.
    absent: Absent,
}

impl Options {
    /// Who takes part; the first of a workload always does, since the others are held against it.
    fn contenders(&self, workload: &Workload) -> impl Iterator<Item = &'static Contender> {
        workload.contenders.iter().enumerate().filter_map(|(index, contender)| {
            let asked = self.programs.is_empty() || self.programs.contains(contender.program);
            let there = !self.absent.contains(contender.program);
            (index == 0 || asked && there).then_some(contender)
        })
    }

    fn parse() -> Result<Self> {
        use lexopt::prelude::{Long, ValueExt as _};

        let mut options = Self {
            rounds: 5,
            only: BTreeSet::new(),
            programs: BTreeSet::new(),
            pods: 10_000,
            events: 20_000,
            build: true,
            absent: Absent::new(),
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("rounds") => options.rounds = parser.value()?.parse()?,
                Long("only") => {
                    let name: String = parser.value()?.parse()?;
                    if !WORKLOADS.iter().any(|workload| workload.name == name) {
                        let known: Vec<&str> =
                            WORKLOADS.iter().map(|workload| workload.name).collect();
                        return Err(
                            format!("--only {name}: expected one of {}", known.join(", ")).into()
                        );
                    }
                    options.only.insert(name);
                }
                Long("program") => {
                    options
                        .programs
                        .insert(format!("bench-{}", parser.value()?.parse::<String>()?));
                }
                Long("pods") => options.pods = parser.value()?.parse()?,
                Long("events") => options.events = parser.value()?.parse()?,
                Long("no-build") => options.build = false,
                _ => return Err(argument.unexpected().into()),
            }
        }
        if !(1..=100).contains(&options.rounds) {
            return Err(format!("--rounds {}: expected 1 to 100", options.rounds).into());
        }
        Ok(options)
    }
}
