//! A server that has no time for anybody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use kubeclient_fake::Fault;

use super::super::super::SharedInformer;
use super::super::{World, patience};
use crate::leaderelection::LeaderElector;

const INFORMERS: usize = 20;

/// Fidelity 66: a storm of 429 over three lease durations. The leader stays the leader, and no cache begins anew.
#[test]
fn in_a_storm_of_429_the_lease_is_kept_and_nothing_is_listed() {
    let world = World::with(&["a"]);
    let informers: Vec<SharedInformer<_>> = (0..INFORMERS)
        .map(|_| {
            let builder = SharedInformer::builder(&world.things).pause(|stop, _| {
                stop.wait_timeout(Duration::from_millis(100));
            });
            builder.on_error(|_| {}).start().unwrap()
        })
        .collect();
    informers.iter().for_each(|informer| informer.wait_synced(&patience()).unwrap());
    let (sender, leads) = channel();
    let election = LeaderElector::builder(&world.client, "default", "lease")
        .identity("a")
        .lease_duration(Duration::from_secs(2))
        .renew_deadline(Duration::from_millis(1500))
        .retry_period(Duration::from_millis(100))
        .build()
        .unwrap()
        .spawn(move |leadership| {
            sender.send(leadership.clone()).unwrap();
            leadership.stopper().wait();
        })
        .unwrap();
    let leadership = leads.recv_timeout(super::PATIENCE).unwrap();

    // They strike nothing, and count.
    let nothing = || Fault::latency(Duration::ZERO).resource("configmaps");
    let initial = world.server.inject(nothing().query("sendInitialEvents", "true"));
    let lists = world.server.inject(nothing().verb("list"));
    let watches = world.server.inject(Fault::overload(0).verb("watch"));
    // Of the renewals, three of four.
    let number = AtomicU64::new(0);
    let is_refused = move |_: &_| !number.fetch_add(1, Ordering::SeqCst).is_multiple_of(4);
    let renewals = Fault::overload(0).resource("leases.coordination.k8s.io").when(is_refused);
    let renewals = world.server.inject(renewals);
    world.server.drop_watches();
    // Three lease durations, at a renewal each retry period.
    assert!(renewals.wait_for(180, super::PATIENCE * 6), "{}", renewals.strikes());
    leadership.check().unwrap();
    assert!(watches.strikes() >= 10 * INFORMERS as u64, "{}", watches.strikes());
    let b = world.create("b");
    watches.remove();
    for informer in &informers {
        let version = &b.metadata.resource_version;
        informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        assert_eq!(informer.health().cache.restarts, 0);
    }
    assert_eq!((initial.matches(), lists.matches()), (0, 0));
    leadership.check().unwrap();
    assert_eq!(leadership.transitions(), 0);
    election.stop();
    election.join(&patience()).unwrap();
}
