//! What a set lost: pruned, and told by a diff.

use kubeclient_fake::Fault;
use serde_json::json;

use super::super::*;
use super::{config_maps, custom, maps, read, server, told};
use crate::discovery::{CachedDiscovery, DiskCache, RestMapper};
use crate::error::ErrorKind;
use crate::stop::Stop;

#[test]
fn what_a_set_lost_is_pruned_and_nothing_else() {
    let (_server, client) = server();
    let applier = Applier::new(&client, "test").prune("shop");
    let apply = |applier: &Applier, names: &[&str]| {
        applier.apply(&maps(names), |_| {}).unwrap().into_result().unwrap()
    };
    // Of another set, of none, and with a label that was copied and not applied.
    apply(&Applier::new(&client, "test").set("other"), &["other"]);
    apply(&Applier::new(&client, "test"), &["plain"]);
    let copy = json!({"metadata": {"name": "copied", "labels": {SET_LABEL: "shop"}}});
    config_maps(&client, "default").create(&serde_json::from_value(copy).unwrap()).unwrap();
    // In a namespace that is not the set's.
    let far = Applier::new(&client, "test").set("shop").namespace("kube-public");
    apply(&far, &["far"]);

    apply(&applier, &["a", "b", "c"]);
    let role = read(
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: shop-reader}, rules: []}",
    );
    Applier::new(&client, "test").set("shop").apply(&role, |_| {}).unwrap().into_result().unwrap();
    // Under another manager's name.
    apply(&Applier::new(&client, "else").set("shop"), &["theirs"]);

    let dry = told(|report| applier.clone().dry_run().apply(&maps(&["a"]), report));
    let pruned = [
        "configmap/b pruned",
        "configmap/c pruned",
        "clusterrole.rbac.authorization.k8s.io/shop-reader pruned",
    ];
    let expected: Vec<_> = std::iter::once("configmap/a unchanged".to_owned())
        .chain(pruned.map(str::to_owned))
        .collect();
    assert_eq!(
        dry,
        expected.iter().map(|line| format!("{line} (server dry run)")).collect::<Vec<_>>()
    );

    // A set that was not applied as a whole prunes nothing.
    let mut broken = maps(&["a"]);
    broken.append(read("{apiVersion: x.io/v1, kind: X, metadata: {name: x}}"));
    assert_eq!(applier.apply(&broken, |_| {}).unwrap().count(Change::Pruned), 0);

    assert_eq!(told(|report| applier.apply(&maps(&["a"]), report)), expected);
    assert_eq!(told(|report| applier.apply(&maps(&["a"]), report)), ["configmap/a unchanged"]);
    let left = config_maps(&client, "default").list(&Default::default()).unwrap();
    let left: Vec<_> = left.items.iter().map(|map| map.metadata.name.as_str()).collect();
    assert_eq!(left, ["a", "copied", "other", "plain", "theirs"]);
    assert!(config_maps(&client, "kube-public").get_opt("far").unwrap().is_some());
    let summary = applier.prune_namespace("kube-public").apply(&maps(&["a"]), |_| {}).unwrap();
    assert_eq!(summary.count(Change::Pruned), 1, "{summary}");
}

#[test]
fn a_cache_of_an_older_day_hides_nothing_from_a_prune() {
    let (_server, client) = server();
    let folder = tempfile::tempdir().unwrap();
    let cache = DiskCache::at(&client, folder.path());
    cache.server_groups_and_resources().unwrap();
    let applied = Applier::new(&client, "test").set("shop").apply(&custom(), |_| {});
    applied.unwrap().into_result().unwrap();
    let applier = Applier::with_mapper(&client, "test", RestMapper::deferred(&cache)).prune("shop");
    let told = told(|report| applier.apply(&maps(&["a"]), report));
    let expected = [
        "configmap/a created",
        "crontab.stable.example.com/a pruned",
        "customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com pruned",
    ];
    assert_eq!(told, expected);
}

/// A stop during the last object leaves the prune undone.
#[test]
fn a_stop_before_the_prune_is_told() {
    let (_server, client) = server();
    let stop = Stop::new();
    let applier = Applier::new(&client, "test").prune("shop").with_stop(&stop);
    let summary = applier.apply(&maps(&["a"]), |_| stop.stop()).unwrap();
    assert_eq!((summary.count(Change::Created), summary.skipped), (1, 0));
    assert!(summary.prune_error.as_ref().unwrap().is_stopped());
    assert!(summary.into_result().unwrap_err().is_stopped());
}

#[test]
fn an_empty_set_prunes_nothing() {
    let (server, client) = server();
    let applier = Applier::new(&client, "test").prune("shop");
    for error in [
        applier.apply(&Manifests::default(), |_| {}).unwrap_err(),
        applier.diff(&Manifests::default(), |_| {}).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("the set is empty"), "{error}");
    }
    assert_eq!(server.requests().count(), 0);
    let summary = Applier::new(&client, "test").apply(&Manifests::default(), |_| {}).unwrap();
    assert_eq!(summary.to_string(), "nothing to do");
}

#[test]
fn a_diff_tells_what_would_change_and_changes_nothing() {
    let (_server, client) = server();
    let set = |colour: &str, password: &str| {
        read(&format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{colour: {colour}, k: v}}}}\n---\n\
             {{apiVersion: v1, kind: Secret, metadata: {{name: s}}, stringData: {{password: {password}}}}}\n"
        ))
    };
    let applier = Applier::new(&client, "test").prune("shop");
    applier.apply(&set("red", "hunter2"), |_| {}).unwrap().into_result().unwrap();
    let diffs = |set: &Manifests| {
        let mut diffs = Vec::new();
        applier.diff(set, |diff| diffs.push(diff.clone())).unwrap().into_result().unwrap();
        diffs
    };
    for diff in diffs(&set("red", "hunter2")) {
        assert_eq!((diff.change, diff.changes()), (Change::Unchanged, vec![]), "{diff:?}");
    }
    let changed = diffs(&set("blue", "hunter3"));
    assert!(!format!("{changed:?}").contains("hunter"), "{changed:?}");
    let paths: Vec<_> = changed.iter().flat_map(Diff::changes).collect();
    let paths: Vec<_> = paths.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["data.colour", "data.password"]);
    let created = diffs(&{
        let mut more = set("red", "hunter2");
        more.append(maps(&["new"]));
        more
    });
    assert_eq!((created[2].change, &created[2].before), (Change::Created, &None));
    let lost = diffs(&maps(&["a"]));
    assert_eq!((lost[1].change, &lost[1].after), (Change::Pruned, &None));
    assert_eq!(lost[1].before.as_ref().unwrap()["data"]["password"], "***");
    assert!(config_maps(&client, "default").get_opt("new").unwrap().is_none());
}

#[test]
fn a_diff_counts_what_differs_in_its_managers_alone_as_unchanged() {
    let (_server, client) = server();
    Applier::new(&client, "one").apply(&maps(&["a"]), |_| {}).unwrap().into_result().unwrap();
    let set = read(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {x: z}}, data: {k: v}}",
    );
    Applier::new(&client, "one").apply(&set, |_| {}).unwrap().into_result().unwrap();
    let mut told = Vec::new();
    let summary = Applier::new(&client, "two").diff(&set, |diff| told.push(diff.change)).unwrap();
    assert_eq!(told, [Change::Unchanged]);
    let counts = [Change::Configured, Change::Unchanged].map(|change| summary.count(change));
    assert_eq!(counts, [0, 1]);
}

#[test]
fn what_would_be_pruned_and_can_not_be_read_is_a_failure_of_the_diff() {
    let (server, client) = server();
    let applier = Applier::new(&client, "test").prune("shop");
    applier.apply(&maps(&["a", "b"]), |_| {}).unwrap().into_result().unwrap();
    let fault = Fault::status(500, "InternalError", "no").verb("get").name("b");
    let _fault = server.inject(fault.times(20));
    let mut told = 0;
    let summary = applier.diff(&maps(&["a"]), |_| told += 1).unwrap();
    assert_eq!((told, summary.count(Change::Pruned), summary.failures.len()), (1, 0, 1));
    assert_eq!((summary.failures[0].number, summary.failures[0].total), (2, 2));
}
