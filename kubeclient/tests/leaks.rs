//! Whatever a program starts and ends, a thousand times one after the other, leaves no thread and no file behind.
//! Each kind in a process of its own, in which nothing else runs: the server runs in the process that started it.
//! Informers are counted beside them, in `cache::tests::threads`.
#![cfg(target_os = "linux")]
// What was measured is told.
#![allow(clippy::print_stdout)]

#[path = "../src/testing/alone.rs"]
mod alone;
#[path = "../src/testing/held.rs"]
mod held;

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use kubeclient::cache::queue::WorkQueue;
use kubeclient::cache::{InformerFactory, SharedInformer};
use kubeclient::controller::{Action, Controller};
use kubeclient::events::EventRecorder;
use kubeclient::leaderelection::{ElectorState, LeaderElector};
use kubeclient::{
    Api, ApiResource, Config, DynamicObject, Error, ObjectReference, RestClient, Stop, WatchEvent,
    WatchParams,
};
use kubeclient_fake::FakeServer;

use self::held::Held;

/// How often each of them is started and ended.
const LIVES: usize = 1_000;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two workers, a run, and two caches with a handler each. Fidelity 93.
#[test]
fn a_thousand_controllers_leave_nothing_behind() {
    alone("a_thousand_controllers_leave_nothing_behind", |world, life| {
        let secrets = Arc::new(SharedInformer::builder(&world.secrets).build());
        let builder = Controller::for_api(&world.maps).owns(&secrets).workers(2);
        let controller = builder.build().unwrap();
        let (sender, reconciled) = channel();
        let running = controller
            .spawn(move |request| {
                let _ = sender.send(request.name().to_owned());
                Ok::<_, Error>(Action::done())
            })
            .unwrap();
        assert_eq!(reconciled.recv_timeout(PATIENCE).unwrap(), "a");
        let held = Held::now();
        match life % 2 {
            0 => drop(running),
            _ => {
                running.stop();
                running.join(&Stop::after(PATIENCE)).unwrap();
            }
        }
        held
    });
}

/// Each leads, and gives the lease back. Fidelity 87, 93.
#[test]
fn a_thousand_elections_leave_nothing_behind() {
    alone("a_thousand_elections_leave_nothing_behind", |world, life| {
        let elector = LeaderElector::builder(&world.client, "default", "lease").identity("a");
        let (sender, leads) = channel();
        let work = move |leadership: &kubeclient::leaderelection::Leadership| {
            sender.send(()).unwrap();
            leadership.stopper().wait();
        };
        let elector = elector.build().unwrap();
        let election = elector.spawn(work).unwrap();
        leads.recv_timeout(PATIENCE).unwrap();
        let held = Held::now();
        match life % 2 {
            0 => {
                drop(election);
                // A drop gives up after a second: on a machine that is busy, the end may come later.
                let end = Instant::now() + PATIENCE;
                while elector.health().state != ElectorState::Idle && Instant::now() < end {
                    std::thread::yield_now();
                }
            }
            _ => {
                election.stop();
                election.join(&Stop::after(PATIENCE)).unwrap();
            }
        }
        let lease = world.leases.get("lease").unwrap();
        assert_eq!(lease.data["spec"]["holderIdentity"], "", "life {life}");
        held
    });
}

/// Each writes an event. Fidelity 89, 93.
#[test]
fn a_thousand_event_recorders_leave_nothing_behind() {
    alone("a_thousand_event_recorders_leave_nothing_behind", |world, life| {
        let recorder = EventRecorder::builder(&world.client, "leaks").start().unwrap();
        let map = ObjectReference {
            api_version: "v1".into(),
            kind: "ConfigMap".into(),
            name: "a".into(),
            namespace: "default".into(),
            ..ObjectReference::default()
        };
        recorder.normal(&map, "Lived", format!("life {life}"));
        let held = Held::now();
        let stop = Stop::after(PATIENCE);
        assert!(if life % 2 == 0 { recorder.flush(&stop) } else { recorder.shut_down(&stop) });
        let stats = recorder.stats();
        assert_eq!((stats.created, stats.failed), (1, 0), "life {life}");
        drop(recorder);
        held
    });
}

/// Three caches, one of them with a handler that stays. Fidelity 93.
#[test]
fn a_thousand_informer_factories_leave_nothing_behind() {
    alone("a_thousand_informer_factories_leave_nothing_behind", |world, life| {
        let factory = InformerFactory::new(&world.client);
        for kind in ["ConfigMap", "Secret", "Service"] {
            let plural = format!("{}s", kind.to_lowercase());
            let kind = ApiResource::namespaced("", "v1", kind, &plural);
            let informer = factory.informer(|client| {
                Api::<DynamicObject>::dynamic_namespaced(client, &kind, "default")
            });
            if plural == "configmaps" {
                informer.add_handler(|_| {}).unwrap().keep();
            }
        }
        factory.start().unwrap();
        factory.wait_synced(&Stop::after(PATIENCE)).unwrap();
        let held = Held::now();
        match life % 2 {
            0 => drop(factory),
            _ => factory.shut_down(&Stop::after(PATIENCE)).unwrap(),
        }
        held
    });
}

/// Dropped where they have told all there is, or stopped in a read by another thread. Fidelity 93.
#[test]
fn a_thousand_watches_leave_nothing_behind() {
    alone("a_thousand_watches_leave_nothing_behind", |world, life| {
        let stop = Stop::new();
        let mut watch = world.maps.with_stop(&stop).watch(&WatchParams::default()).unwrap();
        while !matches!(watch.next().unwrap().unwrap(), WatchEvent::Synced) {}
        if life % 2 == 0 {
            return Held::now();
        }
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| watch.find_map(Result::err));
            let held = Held::now();
            stop.stop();
            assert!(reader.join().unwrap().is_none_or(|error| error.is_stopped()));
            held
        })
    });
}

/// Items that are delayed, limited in their rate and in somebody's hand, and two threads that wait for more.
#[test]
fn a_thousand_work_queues_leave_nothing_behind() {
    alone("a_thousand_work_queues_leave_nothing_behind", |_, life| {
        let queue = WorkQueue::new();
        let (sender, taken) = channel();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let sender = sender.clone();
                let queue = &queue;
                scope.spawn(move || {
                    while let Some(item) = queue.get(&Stop::new()) {
                        let _ = sender.send(*item);
                    }
                });
            }
            queue.add(0);
            queue.add_after(1, Duration::from_millis(1));
            (2..100).for_each(|item| queue.add_after(item, Duration::from_secs(3600)));
            (0..10).for_each(|_| queue.add_rate_limited(100));
            assert_eq!(
                [(); 2].map(|()| taken.recv_timeout(PATIENCE).unwrap()).iter().max(),
                Some(&1)
            );
            let held = Held::now();
            match life % 2 {
                0 => queue.shut_down(),
                _ => assert!(queue.shut_down_with_drain(&Stop::after(PATIENCE))),
            }
            held
        })
    });
}

/// Fidelity 93.
#[cfg(all(feature = "signals", unix))]
#[test]
fn a_thousand_signal_handlers_leave_nothing_behind() {
    alone("a_thousand_signal_handlers_leave_nothing_behind", |_, life| {
        let stop = Stop::new();
        let handler = kubeclient::signals::SignalHandler::setup(&stop).unwrap();
        let held = Held::now();
        if life % 10 == 0 {
            let own = std::process::id().to_string();
            assert!(
                std::process::Command::new("kill")
                    .args(["-TERM", &own])
                    .status()
                    .unwrap()
                    .success()
            );
            stop.wait();
        }
        drop(handler);
        held
    });
}

/// Who is asked, in the process that is counted.
struct World {
    client: RestClient,
    maps: Api<DynamicObject>,
    secrets: Api<DynamicObject>,
    leases: Api<DynamicObject>,
}

impl World {
    fn new(url: &str) -> Self {
        let client = RestClient::new(Config::new(url)).unwrap();
        let api = |kind: &ApiResource| Api::dynamic_namespaced(&client, kind, "default");
        let maps = api(&ApiResource::namespaced("", "v1", "ConfigMap", "configmaps"));
        let secrets = api(&ApiResource::namespaced("", "v1", "Secret", "secrets"));
        let leases = api(&ApiResource::namespaced("coordination.k8s.io", "v1", "Lease", "leases"));
        Self { client, maps, secrets, leases }
    }
}

/// Lives so often in a process of its own, with a server in this one, and counts before and after. A life says
/// what was held in it.
fn alone(name: &str, live: impl Fn(&World, usize) -> Held) {
    if let Some(url) = alone::given() {
        let (began, before) = (Instant::now(), Held::now());
        let world = World::new(&url);
        for life in 0..LIVES {
            let held = live(&world, life);
            assert!(held.threads > before.threads || held.files > before.files, "{held:?}");
        }
        drop(world);
        before.expect();
        println!("{LIVES} lives left {before:?}, as before, after {:?}", began.elapsed());
        return;
    }
    let server = FakeServer::start().unwrap();
    server.seed("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}").unwrap();
    println!("{}", alone::run(name, &server.url()));
}
