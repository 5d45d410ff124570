//! Random histories of two or three candidates: clocks that start anywhere and run at different rates, requests
//! and answers that are slow or lost, processes that are paused, killed, stopped and started again. Time is
//! simulated; what decides is the shipped [`Core`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::{Duration, Instant};

use super::lease::Lease;
use super::settings::{JITTER, Settings};
use super::state::{Answer, Core, Moment, Step};
use crate::cache::random::Random;
use crate::meta::time::MicroTime;

/// Microseconds of true time.
type Time = u64;

const SECOND: Time = 1_000_000;
const DAY: Time = 86_400 * SECOND;
/// Until then things go wrong; afterwards, nothing does.
const STORM: Time = 300 * SECOND;
const END: Time = 400 * SECOND;

struct Node {
    core: Core,
    /// Counts its processes and attempts: what was meant for an earlier one is not for this one.
    epoch: u64,
    offset: u64,
    rate: f64,
    paused_until: Time,
}

enum Event {
    /// The node's next attempt is due.
    Attempt { node: usize, epoch: u64 },
    /// A request reaches the server.
    Request { node: usize, epoch: u64, step: Step },
    /// An answer reaches the node, or the time for it is over.
    Answer { node: usize, epoch: u64, answer: Answer },
    /// Something happens to a node.
    Trouble,
}

struct World {
    random: Random,
    now: Time,
    start: Instant,
    nodes: Vec<Node>,
    events: BTreeMap<u64, Event>,
    agenda: BinaryHeap<Reverse<(Time, u64)>>,
    last_event: u64,
    lease: Option<Lease>,
    version: u64,
    longest_rate: f64,
    found: Found,
}

#[derive(Debug, Default, PartialEq)]
struct Found {
    overlaps: usize,
    terms: usize,
    /// Whether somebody led in the calm at the end.
    ends_well: bool,
}

/// One history: rates between 1 and the longest one.
fn history(seed: u64, longest_rate: f64) -> Found {
    let mut world = World {
        random: Random::new(seed),
        now: 0,
        start: Instant::now(),
        nodes: Vec::new(),
        events: BTreeMap::new(),
        agenda: BinaryHeap::new(),
        last_event: 0,
        lease: None,
        version: 0,
        longest_rate,
        found: Found::default(),
    };
    let nodes = 2 + world.random.below(2) as usize;
    for node in 0..nodes {
        world.add_node(node);
    }
    world.after(SECOND, Event::Trouble);
    world.run();
    world.found
}

impl World {
    fn run(&mut self) {
        while let Some(Reverse((time, id))) = self.agenda.pop() {
            if time > END {
                break;
            }
            self.now = time;
            if let Some(event) = self.events.remove(&id) {
                self.happen(event);
            }
            let leaders = (0..self.nodes.len()).filter(|node| self.leads(*node)).count();
            self.found.overlaps += usize::from(leaders > 1);
            self.found.ends_well = leaders == 1;
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            // A paused process hears of everything when it goes on.
            Event::Attempt { node, .. } | Event::Answer { node, .. }
                if self.nodes[node].paused_until > self.now =>
            {
                let wait = self.nodes[node].paused_until - self.now;
                self.after(wait, event);
            }
            Event::Attempt { node, epoch } if self.nodes[node].epoch == epoch => {
                let at = self.moment(node);
                let step = self.nodes[node].core.attempt(at);
                self.ask(node, step);
            }
            Event::Request { node, epoch, step } => {
                let answer = self.serve(step);
                let delay = self.delay();
                if !self.is_lost() {
                    self.after(delay, Event::Answer { node, epoch, answer });
                }
            }
            Event::Answer { node, epoch, answer } if self.nodes[node].epoch == epoch => {
                let at = self.moment(node);
                let led = self.nodes[node].core.term().is_some();
                let step = self.nodes[node].core.answered(answer, at);
                self.found.terms += usize::from(!led && self.nodes[node].core.term().is_some());
                self.ask(node, step);
            }
            Event::Attempt { .. } | Event::Answer { .. } => {}
            Event::Trouble => self.trouble(),
        }
    }

    /// What the elector does with a step.
    fn ask(&mut self, node: usize, step: Step) {
        let settings = settings(node);
        self.nodes[node].epoch += 1;
        let epoch = self.nodes[node].epoch;
        if let Step::Rest = step {
            let at = self.moment(node);
            let core = &mut self.nodes[node].core;
            core.expire(at.now);
            let wait = match core.term() {
                Some(term) => {
                    settings.retry_period.min(term.valid_until.saturating_duration_since(at.now))
                }
                None if core.has_resigned() => return self.add_node(node),
                None if core.is_over() => {
                    let step = core.resign(at);
                    return self.ask(node, step);
                }
                None => settings.retry_period.mul_f64(1.0 + JITTER * self.random.chance()),
            };
            let wait = self.true_time(node, wait);
            self.after(wait, Event::Attempt { node, epoch });
            return;
        }
        let left = self.nodes[node]
            .core
            .term()
            .map(|term| term.valid_until.saturating_duration_since(self.local(node)));
        let timeout = settings.request_timeout().min(left.unwrap_or(Duration::MAX));
        let timeout = self.true_time(node, timeout);
        self.after(timeout, Event::Answer { node, epoch, answer: Answer::Failed });
        let delay = self.delay();
        if !self.is_lost() {
            self.after(delay, Event::Request { node, epoch, step });
        }
    }

    fn serve(&mut self, step: Step) -> Answer {
        let current = self.lease.as_ref().map(|lease| lease.metadata.resource_version.clone());
        match (step, current) {
            (Step::Get, None) => Answer::Missing,
            (Step::Get, Some(_)) => {
                self.lease.clone().map_or(Answer::Missing, |lease| Answer::Found(Box::new(lease)))
            }
            (Step::Create(lease), None) => self.store(*lease),
            (Step::Replace(lease), Some(version)) if version == lease.metadata.resource_version => {
                self.store(*lease)
            }
            _ => Answer::Refused,
        }
    }

    fn store(&mut self, mut lease: Lease) -> Answer {
        self.version += 1;
        lease.metadata.resource_version = self.version.to_string();
        self.lease = Some(lease.clone());
        Answer::Stored(Box::new(lease))
    }

    fn trouble(&mut self) {
        if self.now > STORM {
            return;
        }
        let node = self.random.below(self.nodes.len() as u64) as usize;
        match self.random.below(4) {
            // Killed, and started again.
            0 => self.add_node(node),
            // Told to stop: its work ends, and it gives the lease back.
            1 if self.nodes[node].paused_until <= self.now => {
                let at = self.moment(node);
                let step = self.nodes[node].core.resign(at);
                self.ask(node, step);
            }
            _ => {
                let pause = self.random.below(30 * SECOND);
                self.nodes[node].paused_until = self.now + pause;
            }
        }
        let wait = self.random.below(20 * SECOND);
        self.after(wait, Event::Trouble);
    }

    /// A process in this place; some have the name of the one before.
    fn add_node(&mut self, node: usize) {
        let epoch = self.nodes.get(node).map_or(0, |node| node.epoch) + 1;
        let offset = self.random.below(1_000_000 * SECOND);
        let rate = 1.0 + (self.longest_rate - 1.0) * self.random.chance();
        let mut settings = settings(node);
        if self.random.below(2) == 0 {
            settings.identity = format!("{node}-{epoch}");
        }
        let core = Core::new(settings, self.start);
        let new = Node { core, epoch, offset, rate, paused_until: 0 };
        match self.nodes.get_mut(node) {
            Some(old) => *old = new,
            None => self.nodes.push(new),
        }
        let wait = self.random.below(5 * SECOND);
        self.after(wait, Event::Attempt { node, epoch });
    }

    /// Whether the node's process would say that it leads, were it asked now.
    fn leads(&self, node: usize) -> bool {
        let term = self.nodes[node].core.term();
        term.is_some_and(|term| self.local(node) < term.valid_until)
    }

    fn local(&self, node: usize) -> Instant {
        let Node { offset, rate, .. } = self.nodes[node];
        self.start + Duration::from_micros(offset + (self.now as f64 * rate) as u64)
    }

    /// How long a time of the node's clock truly takes.
    fn true_time(&self, node: usize, time: Duration) -> Time {
        (time.as_micros() as f64 / self.nodes[node].rate) as u64
    }

    fn moment(&self, node: usize) -> Moment {
        let now = self.local(node);
        // Wall clocks say anything, but no two of them the same; and they are set: each to another time within two
        // days, ten times in the storm.
        let sets = self.now / (STORM / 10) + node as u64;
        let jump = sets.wrapping_mul(0x9e37_79b9_7f4a_7c15) % (2 * DAY);
        let micros = self.nodes[node].offset + self.now + jump;
        let since = std::time::SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
        Moment { now, wall: MicroTime::try_from(since).unwrap() }
    }

    fn delay(&mut self) -> Time {
        let slow = self.now < STORM && self.random.below(20) == 0;
        self.random.below(if slow { 25 * SECOND } else { SECOND / 20 })
    }

    /// Cuts come and go: for eight seconds of every forty, most is lost.
    fn is_lost(&mut self) -> bool {
        let is_cut = self.now / (8 * SECOND) % 5 == 3;
        self.now < STORM && self.random.below(100) < if is_cut { 80 } else { 3 }
    }

    fn after(&mut self, wait: Time, event: Event) {
        self.last_event += 1;
        self.events.insert(self.last_event, event);
        self.agenda.push(Reverse((self.now + wait.max(1), self.last_event)));
    }
}

fn settings(node: usize) -> Settings {
    Settings {
        namespace: "default".into(),
        name: "lease".into(),
        identity: format!("node-{node}"),
        lease_duration: Duration::from_secs(15),
        renew_deadline: Duration::from_secs(10),
        retry_period: Duration::from_secs(2),
    }
}

#[test]
fn in_a_thousand_histories_there_are_never_two_leaders() {
    let mut terms = 0;
    for seed in 1..=1000 {
        let found = history(seed, 1.4);
        assert_eq!(found.overlaps, 0, "seed {seed}");
        assert!(found.terms > 0 && found.ends_well, "seed {seed}: {found:?}");
        terms += found.terms;
    }
    assert!(terms > 5_000, "{terms} terms: the histories are too quiet to tell");
}

#[test]
fn the_histories_would_show_two_leaders() {
    // Clocks that differ by more than is allowed for.
    let overlaps = (1..=200).filter(|seed| history(*seed, 3.0).overlaps > 0).count();
    assert!(overlaps > 0);
}
