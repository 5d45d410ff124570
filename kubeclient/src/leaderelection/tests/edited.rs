//! A lease that somebody else deletes, edits or puts another one in the place of, while one leads and another waits.
//! F26.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use kubeclient_fake::{FakeServer, Fault};
use serde_json::{Value, json};

use super::super::lease::Lease;
use super::super::{Election, End, Leadership};
use super::{SECOND, candidate, spec};
use crate::api::{Api, Patch, PatchParams};
use crate::clock::ManualClock;
use crate::config::Config;
use crate::rest::RestClient;

/// How long nobody waits between two attempts.
const LOOK: Duration = Duration::from_secs(5);

/// One leads and another waits, each by a clock of its own.
struct Scene {
    server: FakeServer,
    leases: Api<Lease>,
    a: (ManualClock, Election),
    b: (ManualClock, Election),
    leadership: Leadership,
    before: Value,
    _b_leads: Receiver<Leadership>,
}

impl Scene {
    fn new() -> Self {
        let server = FakeServer::start().unwrap();
        let client = RestClient::new(Config::new(server.url())).unwrap();
        let (a_clock, a, leads) = candidate(&server, "a").start();
        let leadership = leads.recv().unwrap();
        a_clock.wait_for_sleepers(1);
        let (b_clock, b, b_leads) = candidate(&server, "b").start();
        b_clock.wait_for_sleepers(1);
        let leases = Api::namespaced(&client, "default");
        let before = spec(&server);
        Self {
            server,
            leases,
            a: (a_clock, a),
            b: (b_clock, b),
            leadership,
            before,
            _b_leads: b_leads,
        }
    }

    fn patch(&self, patch: Value) {
        self.leases.patch("lease", &Patch::Merge(patch), &PatchParams::default()).unwrap();
    }

    /// The lease goes, and another object of its name comes.
    fn put_another(&self, change: impl FnOnce(&mut Lease)) {
        let mut lease = self.leases.get("lease").unwrap();
        self.delete();
        (lease.metadata.uid, lease.metadata.resource_version) = Default::default();
        change(&mut lease);
        self.leases.create(&lease).unwrap();
    }

    fn delete(&self) {
        self.leases.delete("lease", &Default::default()).unwrap();
    }

    /// The leader leads on, with its lease as it was, and the other waits.
    #[track_caller]
    fn leads_on(&self) {
        for _ in 0..6 {
            self.a.0.advance(2 * SECOND);
            self.a.0.wait_for_sleepers(1);
            self.leadership.check().unwrap();
            let after = spec(&self.server);
            for field in
                ["holderIdentity", "acquireTime", "leaseDurationSeconds", "leaseTransitions"]
            {
                assert_eq!(after[field], self.before[field], "{field}");
            }
            self.look();
            assert!(!self.b.1.elector().is_leader());
        }
    }

    /// The leader finds out that it leads no more, and leaves the lease alone; the other one leads after so many
    /// looks at it.
    #[track_caller]
    fn lost_and_taken_after(self, looks: u32) {
        self.a.0.advance(2 * SECOND);
        assert!(self.leadership.stopper().wait_timeout(60 * SECOND), "it leads on");
        self.taken_after(looks);
    }

    #[track_caller]
    fn taken_after(self, looks: u32) {
        assert_eq!(self.a.1.join(&super::patience()).unwrap(), End::Lost);
        for number in 1..=looks {
            assert!(!self.b.1.elector().is_leader(), "after {number} looks");
            self.b.0.advance(LOOK);
            self.b.0.wait_for_sleepers(1);
        }
        assert!(self.b.1.elector().is_leader(), "{}", spec(&self.server));
        assert_eq!(spec(&self.server)["holderIdentity"], "b");
    }

    fn look(&self) {
        self.b.0.advance(LOOK);
        self.b.0.wait_for_sleepers(1);
    }
}

/// Fifteen seconds, from the first look at what was edited.
const LEASE: u32 = 4;

#[test]
fn a_lease_that_goes_or_is_edited_beside_its_holder_is_led_on() {
    let scene = Scene::new();
    scene.delete();
    scene.leads_on();

    for patch in [
        json!({"metadata": {"labels": {"by": "somebody"}}}),
        json!({"spec": {"leaseDurationSeconds": 3600}}),
        json!({"spec": {"renewTime": null}}),
        json!({"spec": {"renewTime": "1970-01-01T00:00:00.000000Z"}}),
    ] {
        let scene = Scene::new();
        scene.patch(patch);
        scene.leads_on();
    }

    // Another object, as from a backup.
    let scene = Scene::new();
    scene.put_another(|_| ());
    scene.leads_on();
}

#[test]
fn a_lease_whose_holder_is_edited_is_lost_and_taken_when_it_may_be() {
    for (patch, looks) in [
        (json!({"spec": {"holderIdentity": "somebody"}}), LEASE),
        (json!({"spec": {"holderIdentity": ""}}), 1),
        (json!({"spec": {"holderIdentity": null}}), 1),
        (json!({"spec": null}), 1),
        // Its identity, used by another process; or in no process at all.
        (json!({"spec": {"acquireTime": "2026-01-02T03:04:05.000006Z"}}), LEASE),
        (json!({"spec": {"acquireTime": null}}), LEASE),
        (json!({"spec": {"holderIdentity": "", "leaseTransitions": i32::MAX}}), 1),
    ] {
        let scene = Scene::new();
        scene.patch(patch);
        scene.lost_and_taken_after(looks);
    }

    // Another object, of somebody who was quicker.
    let scene = Scene::new();
    scene.put_another(|lease| lease.spec.holder_identity = Some("somebody".into()));
    scene.lost_and_taken_after(LEASE);
}

/// It is nobody's until it can be read: the leader ends at its deadline, and nobody takes it.
#[test]
fn a_lease_that_can_not_be_read_is_taken_by_nobody() {
    let scene = Scene::new();
    let garbled = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "lease", "namespace": "default"},
        "spec": {"holderIdentity": 7, "acquireTime": "yesterday"},
    });
    let garbage = Fault::answer(200, "application/json", garbled.to_string());
    let garbage = scene.server.inject(garbage.resource("leases").verb("get"));
    scene.patch(json!({"metadata": {"labels": {"by": "somebody"}}}));
    for _ in 0..4 {
        scene.a.0.advance(2 * SECOND);
        scene.a.0.wait_for_sleepers(1);
        scene.leadership.check().unwrap();
    }
    scene.a.0.advance(2 * SECOND);
    assert!(scene.leadership.stopper().wait_timeout(60 * SECOND), "it leads on");
    for _ in 0..6 {
        scene.look();
        assert!(!scene.b.1.elector().is_leader());
    }
    assert!(garbage.strikes() >= 10, "{}", garbage.strikes());
    garbage.remove();
    scene.taken_after(1);
}
