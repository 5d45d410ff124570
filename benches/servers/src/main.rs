//! The embedded API server beside the real one: starts each, asks the same of them, and prints the ratios.
//!
//! `--no-real` leaves the real one out; `--rounds N` says how often (3).

mod client;
mod work;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use kubeclient_fake::FakeServer;
use kubeclient_tests::Launcher;
use kubeclient_tests::supervisor::{SupervisorProgram, become_supervisor_if_asked};

use crate::client::Target;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// What was measured of one server: a list of figures for each name, one a round.
struct Measured {
    start: Vec<f64>,
    rates: Vec<Vec<f64>>,
}

/// How often the fake is started: it is quick.
const STARTS: usize = 20;

fn main() -> ExitCode {
    // The control plane's supervisor is this very program.
    if let Some(code) = become_supervisor_if_asked() {
        return code;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("servers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let (mut rounds, mut real) = (3, true);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--no-real" => real = false,
            "--rounds" => rounds = words.next().ok_or("--rounds wants a number")?.parse()?,
            other => return Err(format!("no such option: {other}").into()),
        }
    }
    let plain = fake(false, rounds)?;
    let tls = fake(true, rounds)?;
    let real = if real { Some(control_plane(rounds)?) } else { None };
    table(&plain, &tls, real.as_ref());
    Ok(())
}

fn fake(tls: bool, rounds: usize) -> Result<Measured> {
    let mut start = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let server = FakeServer::builder().tls(tls).start()?;
        target_of(&server)?.connect()?.send("GET", "/readyz", "")?;
        start.push(begun.elapsed().as_secs_f64());
    }
    let server = FakeServer::builder().tls(tls).start()?;
    let target = target_of(&server)?;
    Ok(Measured { start, rates: rates(&target, rounds)? })
}

fn target_of(server: &FakeServer) -> Result<Target> {
    Ok(Target::new(server.address(), server.authority().as_deref(), None)?)
}

fn control_plane(rounds: usize) -> Result<Measured> {
    let launcher = Launcher::new()?.supervisor(SupervisorProgram::this_program()?);
    let begun = Instant::now();
    let plane = launcher.start()?;
    let start = vec![begun.elapsed().as_secs_f64()];
    let address = plane.server_url().trim_start_matches("https://").parse()?;
    let target = Target::new(address, Some(&plane.ca_pem()), Some(plane.admin_token()))?;
    Ok(Measured { start, rates: rates(&target, rounds)? })
}

/// A list of figures for each of [`work::NAMES`].
fn rates(target: &Target, rounds: usize) -> Result<Vec<Vec<f64>>> {
    let mut rates = vec![Vec::new(); work::NAMES.len()];
    for round in 0..rounds {
        let figures = work::round(target, round)?;
        rates.iter_mut().zip(figures).for_each(|(all, figure)| all.push(figure));
    }
    Ok(rates)
}

fn table(plain: &Measured, tls: &Measured, real: Option<&Measured>) {
    println!("| what | fake, HTTP | fake, TLS | real, TLS | HTTP / real | TLS / real |");
    println!("|---|---|---|---|---|---|");
    let row = |name: &str, unit: &str, scale: f64, figures: [Option<f64>; 3]| {
        let shown = |figure: Option<f64>| match figure {
            None => "-".to_owned(),
            Some(figure) if figure * scale < 100.0 => format!("{:.2}{unit}", figure * scale),
            Some(figure) => format!("{:.0}{unit}", figure * scale),
        };
        let ratio = |figure: Option<f64>| match (figure, figures[2]) {
            (Some(figure), Some(real)) if figure / real < 0.1 => format!("{:.5}", figure / real),
            (Some(figure), Some(real)) => format!("{:.1}", figure / real),
            _ => "-".to_owned(),
        };
        let [plain, tls, real] = figures;
        println!(
            "| {name} | {} | {} | {} | {} | {} |",
            shown(plain),
            shown(tls),
            shown(real),
            ratio(plain),
            ratio(tls)
        );
    };
    let start = |server: &Measured| median(&server.start);
    row("start to first answer", " ms", 1e3, [start(plain), start(tls), real.and_then(start)]);
    for (index, name) in work::NAMES.iter().enumerate() {
        let rate = |server: &Measured| median(&server.rates[index]);
        row(name, "/s", 1.0, [rate(plain), rate(tls), real.and_then(rate)]);
    }
}

fn median(figures: &[f64]) -> Option<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
