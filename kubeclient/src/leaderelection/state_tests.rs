//! The state machine, step by step, against a server that is a variable.

use std::time::{Duration, Instant};

use super::lease::{Lease, LeaseSpec};
use super::settings::Settings;
use super::state::{Answer, Core, Moment, Step};
use crate::meta::time::MicroTime;

struct Server {
    lease: Option<Lease>,
    version: u64,
}

impl Server {
    fn answer(&mut self, step: Step) -> Answer {
        let current = self.lease.as_ref().map(|lease| lease.metadata.resource_version.clone());
        match (step, current) {
            (Step::Get, Some(_)) => Answer::Found(Box::new(self.lease.clone().unwrap())),
            (Step::Get, None) => Answer::Missing,
            (Step::Create(lease), None) => self.store(*lease),
            (Step::Replace(lease), Some(version)) if lease.metadata.resource_version == version => {
                self.store(*lease)
            }
            (Step::Create(_) | Step::Replace(_), _) => Answer::Refused,
            (Step::Rest, _) => panic!("nothing to answer"),
        }
    }

    fn store(&mut self, mut lease: Lease) -> Answer {
        self.version += 1;
        lease.metadata.resource_version = self.version.to_string();
        self.lease = Some(lease.clone());
        Answer::Stored(Box::new(lease))
    }

    fn spec(&self) -> &LeaseSpec {
        &self.lease.as_ref().unwrap().spec
    }
}

struct World {
    server: Server,
    start: Instant,
    seconds: u64,
}

impl World {
    fn new() -> Self {
        Self { server: Server { lease: None, version: 0 }, start: Instant::now(), seconds: 0 }
    }

    fn at(&self) -> Moment {
        let now = self.start + Duration::from_secs(self.seconds);
        let wall = MicroTime::from_unix_seconds(1_000_000 + self.seconds as i64).unwrap();
        Moment { now, wall }
    }

    fn core(&self, identity: &str) -> Core {
        let settings = Settings {
            namespace: "default".into(),
            name: "lease".into(),
            identity: identity.into(),
            lease_duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry_period: Duration::from_secs(2),
        };
        Core::new(settings.checked().unwrap(), self.at().now)
    }

    /// Runs an attempt to its end; the requests that it took.
    fn attempt(&mut self, core: &mut Core) -> usize {
        let step = core.attempt(self.at());
        self.perform(core, step)
    }

    fn perform(&mut self, core: &mut Core, mut step: Step) -> usize {
        let mut requests = 0;
        while !matches!(step, Step::Rest) {
            requests += 1;
            let answer = self.server.answer(step);
            step = core.answered(answer, self.at());
        }
        requests
    }
}

#[test]
fn the_first_creates_the_lease_and_renews_it_with_one_request() {
    let mut world = World::new();
    let mut a = world.core("a");
    assert_eq!(world.attempt(&mut a), 2);
    let spec = world.server.spec().clone();
    assert_eq!(spec.holder_identity.as_deref(), Some("a"));
    assert_eq!((spec.lease_duration_seconds, spec.lease_transitions), (Some(15), Some(0)));
    assert_eq!(spec.acquire_time, spec.renew_time);
    assert_eq!(a.term().unwrap().valid_until, world.at().now + Duration::from_secs(10));
    world.seconds = 2;
    assert_eq!(world.attempt(&mut a), 1);
    assert_eq!(world.server.spec().acquire_time, spec.acquire_time);
    assert_eq!(world.server.spec().renew_time, Some(world.at().wall));
    assert_eq!(a.term().unwrap().valid_until, world.at().now + Duration::from_secs(10));
}

/// Fidelity 85, 88.
#[test]
fn another_takes_the_lease_when_it_saw_it_unchanged_for_its_duration() {
    let mut world = World::new();
    let (mut a, mut b) = (world.core("a"), world.core("b"));
    world.attempt(&mut a);
    // The times in the record are long past by b's wall clock, which does not matter.
    world.seconds = 1000;
    assert_eq!(world.attempt(&mut b), 1);
    assert_eq!(b.holder(), "a");
    world.seconds = 1014;
    // A label is not a renewal.
    let labelled = world.server.lease.clone().unwrap();
    world.server.store(labelled);
    world.attempt(&mut b);
    assert!(b.term().is_none());
    world.seconds = 1015;
    assert_eq!(world.attempt(&mut b), 2);
    assert_eq!(b.term().unwrap().transitions, 1);
    assert_eq!(world.server.spec().lease_transitions, Some(1));
    world.attempt(&mut a);
    assert!(a.term().is_none());
}

/// Fidelity 88.
#[test]
fn a_conflict_in_a_renewal_is_read_again() {
    let mut world = World::new();
    let mut a = world.core("a");
    world.attempt(&mut a);
    let mut labelled = world.server.lease.clone().unwrap();
    labelled.metadata.labels.insert("by".into(), "somebody".into());
    world.server.store(labelled);
    world.seconds = 2;
    assert_eq!(world.attempt(&mut a), 3);
    assert_eq!(a.term().unwrap().valid_until, world.at().now + Duration::from_secs(10));
    let labels = &world.server.lease.as_ref().unwrap().metadata.labels;
    assert_eq!(labels["by"], "somebody");
}

/// Fidelity 86.
#[test]
fn a_leader_that_can_not_renew_ends_at_the_renew_deadline_and_does_not_come_back() {
    let mut world = World::new();
    let mut a = world.core("a");
    world.attempt(&mut a);
    for seconds in [2, 4, 6, 8] {
        world.seconds = seconds;
        assert!(matches!(a.attempt(world.at()), Step::Replace(_)));
        assert!(matches!(a.answered(Answer::Failed, world.at()), Step::Get));
        assert!(matches!(a.answered(Answer::Failed, world.at()), Step::Rest));
        assert!(a.term().is_some());
    }
    let Step::Replace(renewal) = a.attempt(world.at()) else { panic!("it renews") };
    let stored = world.server.store(*renewal);
    world.seconds = 10;
    a.answered(stored, world.at());
    assert!(a.term().is_none(), "the answer came too late");
    assert!(matches!(a.attempt(world.at()), Step::Rest));
}

#[test]
fn a_term_that_ends_leaves_the_lease_alone_until_the_work_has_ended() {
    let mut world = World::new();
    for reads in [false, true] {
        let mut a = world.core("a");
        world.server.lease = None;
        world.attempt(&mut a);
        world.seconds += 9;
        a.attempt(world.at());
        if reads {
            assert!(matches!(a.answered(Answer::Failed, world.at()), Step::Get));
        }
        world.seconds += 1;
        let answer = match reads {
            true => world.server.answer(Step::Get),
            false => Answer::Failed,
        };
        assert!(matches!(a.answered(answer, world.at()), Step::Rest));
        assert_eq!(world.server.lease.as_ref().unwrap().holder(), "a");
        let step = a.resign(world.at());
        world.perform(&mut a, step);
        assert_eq!(world.server.lease.as_ref().unwrap().holder(), "");
    }
}

/// Fidelity 87.
#[test]
fn a_release_gives_the_lease_to_the_next() {
    let mut world = World::new();
    let (mut a, mut b) = (world.core("a"), world.core("b"));
    world.attempt(&mut a);
    world.attempt(&mut b);
    // Somebody wrote meanwhile: the release reads and tries again.
    let labelled = world.server.lease.clone().unwrap();
    world.server.store(labelled);
    let step = a.resign(world.at());
    assert_eq!(world.perform(&mut a, step), 3);
    assert_eq!(world.server.spec().holder_identity.as_deref(), Some(""));
    assert_eq!(world.server.spec().lease_duration_seconds, Some(1));
    assert!(matches!(a.resign(world.at()), Step::Rest), "it has nothing left to give back");
    world.seconds = 1;
    world.attempt(&mut b);
    assert_eq!(b.term().unwrap().transitions, 1);
    let step = a.resign(world.at());
    world.perform(&mut a, step);
    assert_eq!(world.server.spec().holder_identity.as_deref(), Some("b"));
}

#[test]
fn a_write_of_unknown_outcome_is_found_to_be_ones_own() {
    let mut world = World::new();
    let mut a = world.core("a");
    a.attempt(world.at());
    let Step::Create(lease) = a.answered(Answer::Missing, world.at()) else { panic!("it creates") };
    world.server.store(*lease);
    assert!(matches!(a.answered(Answer::Failed, world.at()), Step::Rest));
    assert!(a.term().is_none());
    world.seconds = 3;
    assert_eq!(world.attempt(&mut a), 2);
    assert_eq!(a.term().unwrap().transitions, 0);

    // Also if it gives up before it knows.
    let mut b = world.core("b");
    world.server.lease = None;
    b.attempt(world.at());
    let Step::Create(lease) = b.answered(Answer::Missing, world.at()) else { panic!("it creates") };
    world.server.store(*lease);
    let step = b.resign(world.at());
    assert_eq!(world.perform(&mut b, step), 2);
    assert_eq!(world.server.spec().holder_identity.as_deref(), Some(""));
}

#[test]
fn an_identity_that_is_used_again_waits_like_any_other() {
    let mut world = World::new();
    let (mut a, mut twin) = (world.core("a"), world.core("a"));
    world.attempt(&mut a);
    world.seconds = 1;
    world.attempt(&mut twin);
    assert!(twin.term().is_none() && a.term().is_some());
    world.seconds = 16;
    world.attempt(&mut twin);
    assert!(twin.term().is_some());
    // The lease has its identity, and is not its own.
    world.seconds = 2;
    world.attempt(&mut a);
    assert!(a.term().is_none());
}

#[test]
fn a_lease_that_was_deleted_is_created_again_by_its_leader_first() {
    let mut world = World::new();
    let (mut a, mut b) = (world.core("a"), world.core("b"));
    world.attempt(&mut a);
    world.attempt(&mut b);
    world.server.lease = None;
    world.seconds = 1;
    world.attempt(&mut b);
    assert!(world.server.lease.is_none(), "a still leads");
    world.seconds = 2;
    world.attempt(&mut a);
    assert_eq!(a.term().unwrap().valid_until, world.at().now + Duration::from_secs(10));
    world.attempt(&mut b);
    world.server.lease = None;
    world.seconds = 17;
    world.attempt(&mut b);
    assert_eq!(b.term().unwrap().transitions, 1);
}

#[test]
fn a_lease_that_was_edited_is_no_longer_the_leaders() {
    for holder in ["", "somebody"] {
        let mut world = World::new();
        let mut a = world.core("a");
        world.attempt(&mut a);
        let mut edited = world.server.lease.clone().unwrap();
        edited.spec.holder_identity = Some(holder.into());
        world.server.store(edited);
        world.seconds = 2;
        world.attempt(&mut a);
        assert!(a.term().is_none());
        let step = a.resign(world.at());
        world.perform(&mut a, step);
        assert_eq!(world.server.lease.as_ref().unwrap().holder(), holder);
    }
}
