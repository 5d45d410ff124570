//! The keys of one kind are spread over shards, and each shard has a lease: replicas share the work. When one
//! ends, the others take its shards.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use kubeclient::cache::{InformerFactory, SharedInformer};
use kubeclient::controller::{Action, Controller, ReconcileRequest};
use kubeclient::core_v1::ConfigMap;
use kubeclient::leaderelection::LeaderElector;
use kubeclient::{Api, ListParams, ObjectMeta, Patch, PatchParams, RestClient, Stop};
use kubeclient_examples::{Outcome, Session, run, wait_for};
use serde_json::json;

const SHARDS: usize = 6;

/// How many shards a replica takes at most: two replicas can have them all.
const MOST: usize = 3;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    run("sharding", sharding)
}

fn sharding(session: &Session) -> Outcome {
    let mut replicas = Vec::new();
    for name in ["first", "second", "third"] {
        replicas.push(Replica::start(session, name)?);
    }
    round(session, &replicas, 1)?;
    let ended = replicas.remove(0);
    let name = ended.name;
    ended.end();
    println!("ended       {name}");
    round(session, &replicas, 2)?;
    replicas.into_iter().for_each(Replica::end);
    Ok(())
}

/// Waits until each shard is somebody's, makes work, and tells who did it.
fn round(session: &Session, replicas: &[Replica], round: usize) -> Outcome {
    wait_for("each shard is somebody's", PATIENCE, || {
        let held: usize = replicas.iter().map(|replica| replica.shards.held().len()).sum();
        Ok((held == SHARDS).then_some(()))
    })?;
    for replica in replicas {
        println!("shards      {}: {:?}", replica.name, replica.shards.held());
    }
    let maps = Api::<ConfigMap>::namespaced(&session.client, &session.namespace);
    for number in 0..30 {
        let metadata = ObjectMeta {
            labels: [("round", round.to_string())].into(),
            ..ObjectMeta::named(format!("map-{round}-{number}"))
        };
        maps.create(&ConfigMap { metadata, ..ConfigMap::default() })?;
    }
    let labels = ListParams::default().labels(format!("round={round},done-by"));
    let done = wait_for("the work of this round", PATIENCE, || {
        Ok(Some(maps.list(&labels)?.items).filter(|done| done.len() == 30))
    })?;
    let mut counts = BTreeMap::<&str, usize>::new();
    for map in &done {
        *counts.entry(&map.metadata.labels["done-by"]).or_default() += 1;
    }
    println!("round {round}     of 30, {counts:?}");
    let is_known = |name| replicas.iter().any(|replica| replica.name == name);
    match counts.keys().all(|name| is_known(*name)) {
        true => Ok(()),
        false => Err("somebody worked who had ended".into()),
    }
}

/// The shard of a key: the same in each replica, and in each version of the program.
fn shard_of(name: &str) -> usize {
    // FNV-1a.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash % SHARDS as u64) as usize
}

/// A candidate for each shard.
struct Replica {
    name: &'static str,
    stop: Stop,
    shards: Arc<Shards>,
    threads: Vec<JoinHandle<()>>,
    // Ends the caches when all else has ended.
    _factory: InformerFactory,
}

impl Replica {
    fn start(session: &Session, name: &'static str) -> kubeclient::Result<Self> {
        // As in a process of its own.
        let client = RestClient::new(session.client.config().clone())?;
        let factory = InformerFactory::new(&client);
        let namespace = session.namespace.clone();
        // One cache for all shards.
        let maps = factory.informer(|client| Api::<ConfigMap>::namespaced(client, &namespace));
        let (stop, shards) = (Stop::new(), Arc::new(Shards::default()));
        let mut threads = Vec::new();
        for shard in 0..SHARDS {
            let candidate = Candidate {
                client: client.clone(),
                namespace: namespace.clone(),
                name,
                shard,
                maps: Arc::clone(&maps),
                shards: Arc::clone(&shards),
                stop: stop.child(),
            };
            threads.push(std::thread::spawn(move || {
                if let Err(error) = candidate.stand() {
                    eprintln!("sharding: {name}, shard {shard}: {error:#}");
                }
            }));
        }
        Ok(Self { name, stop, shards, threads, _factory: factory })
    }

    /// Ends its work and gives its shards back.
    fn end(self) {
        self.stop.stop();
        self.shards.wake();
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

/// A replica's candidate for one shard.
struct Candidate {
    client: RestClient,
    namespace: String,
    name: &'static str,
    shard: usize,
    maps: Arc<SharedInformer<ConfigMap>>,
    shards: Arc<Shards>,
    stop: Stop,
}

impl Candidate {
    /// Stands for the shard's lease, as long as the replica may take another shard, and works while it has it.
    fn stand(&self) -> kubeclient::Result<()> {
        let shard = self.shard;
        let controller = Controller::builder(&self.maps)
            .filter(move |event| shard_of(event.key().name()) == shard);
        let controller = controller.build()?;
        let elector =
            LeaderElector::builder(&self.client, &self.namespace, format!("shard-{shard}"))
                .identity(self.name)
                .lease_duration(Duration::from_secs(3))
                .renew_deadline(Duration::from_secs(2))
                .retry_period(Duration::from_millis(200))
                .build()?;
        while let Some(turn) = self.shards.wait_for_room(shard, &self.stop) {
            elector.run(&turn, |leadership| {
                if !self.shards.take(shard) {
                    return;
                }
                let sync = |request: &ReconcileRequest<'_, ConfigMap>| {
                    let map = request.object();
                    if map.is_some_and(|map| map.metadata.labels.get("done-by").is_none()) {
                        // Before each write.
                        leadership.check()?;
                        let label =
                            Patch::Merge(json!({"metadata": {"labels": {"done-by": self.name}}}));
                        let maps = Api::<ConfigMap>::namespaced(&self.client, &self.namespace);
                        maps.patch(request.name(), &label, &PatchParams::default())?;
                    }
                    Ok::<_, kubeclient::Error>(Action::done())
                };
                if let Err(error) = controller.run(leadership.stopper(), sync) {
                    eprintln!("sharding: {}, shard {shard}: {error:#}", self.name);
                }
                self.shards.give_back(shard);
            })?;
        }
        Ok(())
    }
}

/// The shards that a replica has, and the turns of those that stand for another one.
#[derive(Default)]
struct Shards {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    held: Vec<usize>,
    /// By shard; stopped when there is no more room.
    turns: BTreeMap<usize, Stop>,
}

impl Shards {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> Vec<usize> {
        let mut held = self.lock().held.clone();
        held.sort_unstable();
        held
    }

    /// Waits until the replica may take one more; `None` when it ends.
    fn wait_for_room(&self, shard: usize, stop: &Stop) -> Option<Stop> {
        let mut state = self.lock();
        while state.held.len() >= MOST && !stop.is_stopped() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if stop.is_stopped() {
            return None;
        }
        let turn = stop.child();
        state.turns.insert(shard, turn.clone());
        Some(turn)
    }

    /// Takes a shard whose lease is had, if there is room; with the last one, nobody else stands any longer.
    fn take(&self, shard: usize) -> bool {
        let mut state = self.lock();
        if state.held.len() >= MOST {
            return false;
        }
        state.held.push(shard);
        state.turns.remove(&shard);
        let ended = match state.held.len() {
            MOST => std::mem::take(&mut state.turns),
            _ => BTreeMap::new(),
        };
        drop(state);
        ended.values().for_each(Stop::stop);
        true
    }

    /// Wakes who waits for room, to find that the replica ends.
    fn wake(&self) {
        drop(self.lock());
        self.changed.notify_all();
    }

    fn give_back(&self, shard: usize) {
        self.lock().held.retain(|held| *held != shard);
        self.changed.notify_all();
    }
}
