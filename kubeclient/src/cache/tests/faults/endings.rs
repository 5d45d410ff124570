//! Connections that end in good order, in the middle of anything, or since their place is lost: what that costs.

use kubeclient_fake::Fault;

use super::Scene;
use super::history::{History, happen};
use crate::cache::random::Random;

/// Cut after any number of bytes, an answer that tells of three changes is gone on from. Fidelity 74.
///
/// Without `KUBECLIENT_FAULT_SEEDS`, after each seventh.
#[test]
fn a_watch_may_be_cut_after_any_byte() {
    let step = if std::env::var_os("KUBECLIENT_FAULT_SEEDS").is_some() { 1 } else { 7 };
    let scene = Scene::new();
    let random = &mut Random::new(0);
    let mut history = History::new();
    let mut byte = 0;
    loop {
        let cut = Fault::close().after_bytes(byte).verb("watch").once();
        let cut = scene.world.server.inject(cut);
        scene.world.server.drop_watches();
        assert!(cut.wait_for(1, super::PATIENCE));
        let before = scene.watches();
        happen(&scene.world, random, 3, 2, &mut history);
        // Once the three are shorter than this, none is cut any more.
        if byte > 1200 {
            break;
        }
        scene
            .world
            .server
            .requests()
            .resource("configmaps")
            .verb("watch")
            .wait_for(before + 1, super::PATIENCE)
            .unwrap();
        byte += step;
    }
    let health = scene.end();
    let (told, missed) = scene.raw.collect(super::NAMES, super::PATIENCE);
    assert_eq!(told, history);
    assert_eq!((missed, health.cache.restarts, scene.lists()), (0, 0, 1));
}

/// A thousand connections end in good order, each after a change: nothing is listed, and nothing fails.
#[test]
fn a_thousand_orderly_ends_cost_no_list() {
    let scene = Scene::new();
    let random = &mut Random::new(1);
    let mut history = History::new();
    let ends = Fault::truncate().after_events(1).verb("watch").times(1000);
    let ends = scene.world.server.inject(ends);
    scene.world.server.drop_watches();
    happen(&scene.world, random, 1000, 10, &mut history);
    let health = scene.end();
    assert_eq!(scene.raw.collect(super::NAMES, super::PATIENCE), (history, 0));
    assert_eq!((ends.strikes(), scene.lists()), (1000, 1));
    assert!(health.cache.last_failure.is_none(), "{health:?}");
}

/// Fifty times the server forgets what the cache has not heard of: each time is one list.
#[test]
fn a_place_that_is_lost_again_and_again_costs_one_list_each_time() {
    let scene = Scene::new();
    let random = &mut Random::new(2);
    let mut history = History::new();
    for round in 0..50 {
        let deaf = Fault::status(503, "ServiceUnavailable", "busy").verb("watch");
        let deaf = scene.world.server.inject(deaf);
        scene.world.server.drop_watches();
        assert!(deaf.wait_for(1, super::PATIENCE));
        happen(&scene.world, random, 10, 10, &mut history);
        scene.world.server.compact();
        deaf.remove();
        let version = scene.world.create(&format!("z-{round}")).metadata.resource_version;
        scene.informer.lister().wait_for_resource_version(&version, &super::patience()).unwrap();
    }
    let health = scene.end();
    super::check_subsequence(&scene.joined.collect(super::NAMES, super::PATIENCE).0, &history, 2);
    assert_eq!((health.cache.restarts, scene.lists()), (50, 51));
    super::check_store(&scene.world, &scene.informer);
}
