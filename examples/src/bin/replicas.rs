//! Three replicas of one controller in one process, each with a client of its own: one leads and works; when
//! it is stopped, another one takes over and goes on. Nothing is reconciled by two at once.
//!
//! With `--serve` they work in their namespace until SIGTERM or Ctrl-C, which stops all of them.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kubeclient::controller::{Action, Controller, ReconcileRequest};
use kubeclient::core_v1::ConfigMap;
use kubeclient::leaderelection::{Election, LeaderElector, Leadership};
use kubeclient::signals::SignalHandler;
use kubeclient::{Api, ListParams, ObjectMeta, Patch, PatchParams, RestClient, Stop};
use kubeclient_examples::{Outcome, Session, run, wait_for};
use serde_json::json;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    run("replicas", |session| {
        let in_hand = InHand::default();
        let mut replicas = Vec::new();
        for name in ["first", "second", "third"] {
            replicas.push(Replica::start(session, name, &in_hand)?);
        }
        if session.serve {
            serve(session, replicas)?
        } else {
            story(session, replicas)?
        }
        println!("at once     {} at most with one key", in_hand.most());
        match in_hand.most() {
            2.. => Err("two had one key in hand".into()),
            _ => Ok(()),
        }
    })
}

/// Lets them work until they are told to end.
fn serve(session: &Session, replicas: Vec<Replica>) -> Outcome {
    let stop = Stop::new();
    let _signals = SignalHandler::setup(&stop)?;
    println!("serving in {} until SIGTERM or Ctrl-C; a second one ends at once", session.namespace);
    while !stop.wait_timeout(Duration::from_secs(1)) {
        // So that whoever supervises this program starts it again.
        if let Some(replica) = replicas.iter().find(|replica| replica.election.is_over()) {
            return Err(format!("the election ended for {}", replica.name).into());
        }
    }
    // All of them before the first has ended: else the next one would take over.
    replicas.iter().for_each(|replica| replica.election.stop());
    replicas.into_iter().try_for_each(Replica::end)
}

fn story(session: &Session, mut replicas: Vec<Replica>) -> Outcome {
    let maps = Api::<ConfigMap>::namespaced(&session.client, &session.namespace);
    for round in 1..=3 {
        for number in 0..10 {
            let metadata = ObjectMeta::named(format!("map-{round}-{number}"));
            maps.create(&ConfigMap { metadata, ..ConfigMap::default() })?;
        }
        wait_for("the work of this round", PATIENCE, || {
            let labels = ListParams::default().labels("done-by");
            Ok((maps.list(&labels)?.items.len() >= round * 10).then_some(()))
        })?;
        let leads = replicas.iter().position(|replica| replica.election.elector().is_leader());
        let leader = replicas.swap_remove(leads.ok_or("nobody leads")?);
        let done = maps.list(&ListParams::default().labels(format!("done-by={}", leader.name)))?;
        println!("round {round}     {} leads, and did {} of 10", leader.name, done.items.len());
        // Its last reconcile ends, then the lease is given back.
        leader.election.stop();
        leader.end()?;
    }
    Ok(())
}

struct Replica {
    name: &'static str,
    election: Election,
}

impl Replica {
    fn start(session: &Session, name: &'static str, in_hand: &InHand) -> kubeclient::Result<Self> {
        // As in a process of its own.
        let client = RestClient::new(session.client.config().clone())?;
        let maps = Api::<ConfigMap>::namespaced(&client, &session.namespace);
        let controller = Controller::for_api(&maps).workers(4).build()?;
        let in_hand = in_hand.clone();
        let work = move |leadership: &Leadership| {
            let sync = |request: &ReconcileRequest<'_, ConfigMap>| {
                let _in_hand = in_hand.take(request.name());
                let map =
                    request.object().filter(|map| map.metadata.labels.get("done-by").is_none());
                if map.is_some() {
                    // Before each write.
                    leadership.check()?;
                    let label = Patch::Merge(json!({"metadata": {"labels": {"done-by": name}}}));
                    maps.patch(request.name(), &label, &PatchParams::default())?;
                }
                Ok::<_, kubeclient::Error>(Action::done())
            };
            if let Err(error) = controller.run(leadership.stopper(), sync) {
                eprintln!("replicas: {name}: {error:#}");
            }
        };
        let election = LeaderElector::builder(&client, &session.namespace, "replicas")
            .identity(name)
            .lease_duration(Duration::from_secs(3))
            .renew_deadline(Duration::from_secs(2))
            .retry_period(Duration::from_millis(200))
            .build()?
            .spawn(work)?;
        Ok(Self { name, election })
    }

    /// Waits until it has ended, which it was told to.
    fn end(self) -> Outcome {
        let end = self.election.join(&Stop::after(PATIENCE))?;
        println!("stopped     {}: {end:?}", self.name);
        Ok(())
    }
}

/// Which keys are being reconciled, by whichever replica.
#[derive(Clone, Default)]
struct InHand(Arc<Mutex<(BTreeSet<String>, usize)>>);

impl InHand {
    fn take(&self, key: &str) -> Taken {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = state.0.insert(key.to_owned());
        state.1 = state.1.max(if is_first { 1 } else { 2 });
        Taken { all: self.clone(), key: key.to_owned() }
    }

    /// How many had one key at once, at most.
    fn most(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

struct Taken {
    all: InHand,
    key: String,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).0.remove(&self.key);
    }
}
