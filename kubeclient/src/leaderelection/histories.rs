//! Random histories of whole electors, threads and requests and all, against the embedded server; `simulation` has a
//! thousand of what decides.
//!
//! Each candidate has a clock of its own, of another rate. True time goes in steps: in each, one candidate after the
//! other has its clock moved, and does what is due then, while the others rest. A process that is paused has its
//! clock moved by all of the pause at once, when it goes on.

use std::time::Duration;

use kubeclient_fake::{FakeServer, Fault};

use super::{Election, LeaderElector, Leadership};
use crate::cache::random::Random;
use crate::clock::ManualClock;
use crate::config::Config;
use crate::rest::RestClient;
use crate::stop::Stop;

const STEP: Duration = Duration::from_millis(250);
/// Until then things go wrong; afterwards, nothing does.
const STORM: u32 = 600;
const END: u32 = 1_000;

struct Candidate {
    clock: ManualClock,
    rate: f64,
    elector: LeaderElector,
    election: Election,
    /// In how many steps it goes on.
    paused: u32,
    /// How far its clock has gone meanwhile.
    owed: Duration,
}

#[derive(Debug, Default)]
struct Found {
    overlaps: usize,
    terms: usize,
    faults: u64,
    /// Whether somebody led at the end.
    ends_well: bool,
}

fn patience() -> Stop {
    Stop::after(Duration::from_secs(60))
}

fn stand(elector: &LeaderElector) -> Election {
    elector.spawn(|leadership: &Leadership| leadership.stopper().wait()).unwrap()
}

impl Candidate {
    fn new(server: &FakeServer, number: usize, rate: f64) -> Self {
        let client = RestClient::new(Config::new(server.url())).unwrap();
        let clock = ManualClock::new();
        let elector = LeaderElector::builder(&client, "default", "lease")
            .identity(format!("candidate-{number}"))
            .clock(&clock.clock())
            .on_error(|_| {})
            .build()
            .unwrap();
        let election = stand(&elector);
        let new = Self { clock, rate, elector, election, paused: 0, owed: Duration::ZERO };
        new.settle();
        new
    }

    /// Waits until it has done what was due: it sleeps, or is over.
    fn settle(&self) {
        let patience = patience();
        while self.clock.sleepers() == 0 && !self.election.is_over() {
            assert!(!patience.is_stopped(), "it neither sleeps nor is over");
            std::thread::yield_now();
        }
    }

    /// Ends its election and begins another one, as a process does that is started again.
    fn again(&mut self) {
        self.election.stop();
        let patience = patience();
        while !self.election.is_over() {
            assert!(!patience.is_stopped(), "it does not end");
            std::thread::yield_now();
        }
        self.election = stand(&self.elector);
        self.settle();
    }

    /// Whether it would say so; one that is paused says nothing, until its clock was moved.
    fn leads(&self) -> bool {
        self.owed.is_zero() && self.elector.is_leader()
    }
}

/// What may happen to the requests of a step.
fn trouble(random: &mut Random) -> Option<Fault> {
    Some(match random.below(12) {
        0 | 1 => Fault::status(500, "InternalError", "cut"),
        // The server has done it, and nobody hears of it.
        2 | 3 => Fault::close().after_handling().verb("update"),
        4 => Fault::status(409, "Conflict", "another one was faster"),
        _ => return None,
    })
}

/// One history: rates between 1 and the longest one.
fn history(seed: u64, longest_rate: f64) -> Found {
    let server = FakeServer::start().unwrap();
    let mut random = Random::new(seed);
    let mut candidates: Vec<_> = (0..3)
        .map(|number| {
            // The ends are there in each history.
            let share = [0.0, 1.0, random.chance()][number];
            Candidate::new(&server, number, 1.0 + (longest_rate - 1.0) * share)
        })
        .collect();
    let mut found = Found::default();
    for step in 0..END {
        let is_storm = step < STORM;
        for number in 0..candidates.len() {
            let candidate = &mut candidates[number];
            let led = candidate.leads();
            candidate.owed += STEP.mul_f64(candidate.rate);
            if candidate.paused > 0 {
                candidate.paused -= 1;
                continue;
            }
            // For eight seconds of forty, most is lost.
            let is_cut = step / 32 % 5 == 3 && random.below(10) < 8;
            let fault = match is_storm {
                true if is_cut => Some(Fault::status(503, "ServiceUnavailable", "cut")),
                true => trouble(&mut random),
                false => None,
            };
            let fault = fault.map(|fault| server.inject(fault.resource("leases")));
            candidate.clock.advance(std::mem::take(&mut candidate.owed));
            // What it is asked first when it goes on, before it had time to look.
            let asked = candidate.leads();
            found.overlaps += usize::from(asked && leaders(&candidates) > 1);
            let candidate = &mut candidates[number];
            candidate.settle();
            found.terms += usize::from(!led && candidate.leads());
            found.faults += fault.as_ref().map_or(0, |fault| fault.strikes());
            if candidate.election.is_over() {
                candidate.again();
            }
            drop(fault);
            found.overlaps += usize::from(leaders(&candidates) > 1);
            let candidate = &mut candidates[number];
            match random.below(100) {
                0 if is_storm => candidate.paused = random.below(120) as u32,
                1 if is_storm => candidate.again(),
                _ => {}
            }
        }
    }
    found.ends_well = leaders(&candidates) == 1;
    for candidate in candidates {
        candidate.election.stop();
        candidate.election.join(&patience()).unwrap();
    }
    found
}

fn leaders(candidates: &[Candidate]) -> usize {
    candidates.iter().filter(|candidate| candidate.leads()).count()
}

/// Fidelity 86. With `KUBECLIENT_FAULT_SEEDS`, so many.
#[test]
fn of_whole_electors_there_are_never_two_leaders() {
    let seeds = std::env::var("KUBECLIENT_FAULT_SEEDS").map_or(20, |seeds| seeds.parse().unwrap());
    let (mut terms, mut faults) = (0, 0);
    for seed in 1..=seeds {
        let found = history(seed, 1.4);
        assert_eq!(found.overlaps, 0, "seed {seed}: {found:?}");
        assert!(found.ends_well, "seed {seed}: {found:?}");
        (terms, faults) = (terms + found.terms, faults + found.faults);
    }
    assert!(
        terms as u64 > 3 * seeds && faults > 50 * seeds,
        "{terms} terms, {faults} faults: too quiet to tell"
    );
}

#[test]
fn histories_of_whole_electors_would_show_two_leaders() {
    // Clocks that differ by more than is allowed for.
    assert!((1..=20).any(|seed| history(seed, 3.0).overlaps > 0));
}
