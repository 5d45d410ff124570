//! A server that has no time for anybody.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use kubeclient_fake::Fault;

use super::super::super::SharedInformer;
use super::super::{World, patience};
use crate::clock::ManualClock;
use crate::leaderelection::LeaderElector;

const INFORMERS: usize = 20;

/// How often a leader renews its lease.
const RETRY: Duration = Duration::from_secs(2);

/// How long the storm is.
const STORM: Duration = Duration::from_secs(600);

/// Fidelity 66: ten minutes in which everybody is told 429, by a clock that is moved by hand, at the figures that
/// hold where nobody says otherwise. The leader stays the leader, and no cache begins anew.
#[test]
fn in_a_storm_of_429_the_lease_is_kept_and_nothing_is_listed() {
    let world = World::with(&["a"]);
    let (weathered, is_weathered) = channel();
    let informers: Vec<SharedInformer<_>> = (0..INFORMERS)
        .map(|_| {
            // Nobody waits, until it has waited for all of the storm.
            let (waited, weathered) = (Mutex::new((Duration::ZERO, 0)), weathered.clone());
            let builder = SharedInformer::builder(&world.things).pause(move |stop, time| {
                let mut waited = waited.lock().unwrap();
                let was_over = waited.0 >= STORM;
                *waited = (waited.0 + time, waited.1 + 1);
                if was_over {
                    stop.wait_timeout(Duration::from_millis(100));
                } else if waited.0 >= STORM {
                    let _ = weathered.send(waited.1);
                }
            });
            builder.on_error(|_| {}).start().unwrap()
        })
        .collect();
    informers.iter().for_each(|informer| informer.wait_synced(&patience()).unwrap());
    let clock = ManualClock::new();
    let (sender, leads) = channel();
    let election = LeaderElector::builder(&world.client, "default", "lease")
        .identity("a")
        .clock(&clock.clock())
        .build()
        .unwrap()
        .spawn(move |leadership| {
            sender.send(leadership.clone()).unwrap();
            leadership.stopper().wait();
        })
        .unwrap();
    let leadership = leads.recv_timeout(super::PATIENCE).unwrap();
    clock.wait_for_sleepers(1);

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
    let mut storm = Duration::ZERO;
    while storm < STORM {
        clock.advance(RETRY);
        clock.wait_for_sleepers(1);
        storm += RETRY;
        leadership.check().unwrap();
    }
    assert!(renewals.strikes() >= 300, "{}", renewals.strikes());
    let attempts: Vec<u32> =
        (0..INFORMERS).map(|_| is_weathered.recv_timeout(super::PATIENCE).unwrap()).collect();
    println!("{} renewals refused, watches again after {attempts:?} waits", renewals.strikes());
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
