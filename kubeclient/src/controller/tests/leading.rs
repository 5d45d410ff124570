//! A controller as the work of a leader.

use std::sync::mpsc::channel;
use std::time::Duration;

use kubeclient_fake::Fault;

use super::super::Action;
use super::{PATIENCE, World};
use crate::clock::ManualClock;
use crate::error::Error;
use crate::leaderelection::{End, LeaderElector};
use crate::stop::Stop;

/// F25: the lease is not given back before the last reconcile has ended, stopped or lost.
#[test]
fn the_controller_of_a_leader_ends_before_its_lease_is_given_back() {
    for is_lost in [false, true] {
        let world = World::with(&["a", "b"]);
        let clock = ManualClock::new();
        let elector = LeaderElector::builder(&world.client, "default", "lease")
            .identity("first")
            .clock(&clock.clock())
            .build()
            .unwrap();
        let controller = world.builder().build().unwrap();
        let (sender, seen) = channel();
        let (end, may_end) = channel::<()>();
        let work = {
            let controller = controller.clone();
            move |leadership: &crate::leaderelection::Leadership| {
                let may_end = std::sync::Mutex::new(may_end);
                let outcome = controller.run(leadership.stopper(), |request| {
                    sender.send((request.stopper().clone(), leadership.clone())).unwrap();
                    may_end.lock().unwrap().recv().unwrap();
                    Ok::<_, Error>(Action::done())
                });
                outcome.unwrap();
            }
        };
        let election = elector.spawn(work).unwrap();
        let (token, leadership) = seen.recv_timeout(PATIENCE).unwrap();
        leadership.check().unwrap();
        let cut = is_lost.then(|| {
            clock.wait_for_sleepers(1);
            let fault = Fault::status(500, "InternalError", "cut").resource("leases");
            let cut = world.server.inject(fault);
            clock.advance(Duration::from_secs(10));
            cut
        });
        if !is_lost {
            election.stop();
        }
        token.wait();
        assert_eq!(leadership.check().is_err(), is_lost);
        let holder = || {
            let lease = world.server.object("coordination.k8s.io/v1", "Lease", "default", "lease");
            lease.unwrap()["spec"]["holderIdentity"].clone()
        };
        assert_eq!(holder(), "first", "a reconcile runs still");
        assert!(controller.health().is_running);
        drop(cut);
        end.send(()).unwrap();
        let expected = if is_lost { End::Lost } else { End::Stopped };
        assert_eq!(election.join(&Stop::after(PATIENCE)).unwrap(), expected);
        assert!(!controller.health().is_running);
        assert_eq!(holder(), "");
        assert!(seen.try_recv().is_err(), "no other key was taken");
    }
}
