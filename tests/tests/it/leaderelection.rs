//! Leader election on the real server, against client-go's.

use std::sync::mpsc;
use std::time::Duration;

use kubeclient::leaderelection::{Election, End, LeaderElector, Leadership};
use kubeclient::{Api, ApiResource, DynamicObject, Stop};

use crate::common::{PATIENCE, Sandbox};
use crate::go_program::GoProgram;

const LEASE: Duration = Duration::from_secs(3);
const RENEW: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(500);

/// Fidelity 85, 87, 88.
#[test]
fn electors_of_both_kinds_follow_each_other() {
    let Some(sandbox) = Sandbox::new() else { return };
    let Some(program) = GoProgram::build("elector") else { return };
    let start = |identity| program.start(&[&sandbox.namespace, "lease", identity]);

    // Killed, client-go's is replaced when its lease has run out.
    let mut first = start("go-1");
    first.hear("leading");
    let (ours, leads) = ours(&sandbox, "ours-1");
    first.kill();
    let leadership = leads.recv_timeout(PATIENCE).unwrap();
    assert_eq!(leadership.transitions(), 1);
    assert_eq!(ours.elector().leader().as_deref(), Some("ours-1"));

    // Stopped, ours gives the lease to client-go's.
    let mut second = start("go-2");
    second.hear("leader ours-1");
    ours.stop();
    assert_eq!(ours.join(&Stop::after(PATIENCE)).unwrap(), End::Stopped);
    assert!(leadership.check().is_err());
    second.hear("leading");

    // And the other way.
    let (ours, leads) = self::ours(&sandbox, "ours-2");
    second.end_input();
    second.hear("stopped");
    assert_eq!(leads.recv_timeout(PATIENCE).unwrap().transitions(), 3);
    ours.stop();
    assert_eq!(ours.join(&Stop::after(PATIENCE)).unwrap(), End::Stopped);

    let kind = ApiResource::namespaced("coordination.k8s.io", "v1", "Lease", "leases");
    let leases =
        Api::<DynamicObject>::dynamic_namespaced(&sandbox.client, &kind, &sandbox.namespace);
    let lease = serde_json::to_value(leases.get("lease").unwrap()).unwrap();
    assert_eq!(lease["spec"]["holderIdentity"], "");
    assert_eq!(lease["spec"]["leaseDurationSeconds"], 1);
    assert_eq!(lease["spec"]["leaseTransitions"], 3);
}

fn ours(sandbox: &Sandbox, identity: &str) -> (Election, mpsc::Receiver<Leadership>) {
    let (sender, receiver) = mpsc::channel();
    let election = LeaderElector::builder(&sandbox.client, &sandbox.namespace, "lease")
        .identity(identity)
        .lease_duration(LEASE)
        .renew_deadline(RENEW)
        .retry_period(RETRY)
        .build()
        .unwrap()
        .spawn(move |leadership| {
            sender.send(leadership.clone()).unwrap();
            leadership.stopper().wait();
        })
        .unwrap();
    (election, receiver)
}
