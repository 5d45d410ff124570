//! What happens on the server, by a seed.

#[path = "listener.rs"]
mod listener;

pub(super) use self::listener::{END, Fact, History, Listener, check_subsequence};
use super::super::super::random::Random;
use super::super::super::{CacheEvent, HandlerHandle, HandlerOptions, SharedInformer};
use super::super::{Thing, World};
use crate::api::ListParams;
use crate::meta::object_meta::ObjectMeta;
use crate::meta::resource::Object;

/// So many things happen at random to so many objects, and are added to the history.
pub(super) fn happen(
    world: &World,
    random: &mut Random,
    events: u64,
    keys: u64,
    history: &mut History,
) {
    for event in 0..events {
        let name = format!("k{}", random.below(keys));
        let facts = history.entry(name.clone()).or_default();
        let (uid, is_there) = match facts.last() {
            Some(Fact::There { uid, .. }) => (uid.clone(), true),
            _ => (format!("{name}-{}", facts.len()), false),
        };
        if is_there && random.below(4) == 0 {
            world.delete(&name);
            facts.push(Fact::Gone { uid });
            continue;
        }
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, uid: {uid}}}, data: {{n: 'x{event}'}}}}"
        );
        world.server.seed(&text).unwrap();
        let object = world.server.object("v1", "ConfigMap", "default", &name).unwrap();
        facts.push(Fact::of(&serde_json::from_value::<Thing>(object).unwrap()));
    }
}

/// The cache is as the server is.
pub(super) fn check_store(world: &World, informer: &SharedInformer<Thing>) {
    let version = |thing: &Thing| (thing.metadata.name.clone(), Fact::of(thing));
    let list = world.things.list(&ListParams::default()).unwrap();
    let there: Vec<_> = list.items.iter().map(version).collect();
    let kept: Vec<_> = informer.lister().list().iter().map(|thing| version(thing)).collect();
    assert_eq!(kept, there);
}
