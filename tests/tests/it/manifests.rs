//! The manifests of `tests/manifests`, in the shapes that charts and operators ship: read, applied, compared,
//! pruned and deleted, on the real server, beside kubectl there, and on the embedded one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kubeclient::manifests::{Change, SET_LABEL, Summary};
use kubeclient::{
    Api, Applier, Config, DynamicObject, KubeconfigOptions, ListParams, Manifests,
    PartialObjectMetadata, Patch, PatchParams, RestClient, RestMapper,
};
use kubeclient_fake::FakeServer;
use kubeclient_tests::Cluster;
use serde_json::json;

use crate::common::{PATIENCE, eventually};

const SET: &str = "manifests-it";
const MANAGER: &str = "manifests-it";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests")
}

fn read() -> Manifests {
    Manifests::from_paths([folder()], true).unwrap_or_else(|error| panic!("{error}"))
}

/// The set as its next release has it: some fields changed, two objects left out.
fn next_release() -> Manifests {
    let objects = read().into_iter().map(|item| item.object).filter_map(|mut object| {
        let change = |object: &mut DynamicObject, pointer: &str, value: &str| {
            let value = serde_json::from_str(value).unwrap();
            *object.pointer_mut(pointer).unwrap() = value;
        };
        match (object.types.kind.as_str(), object.metadata.name.as_str()) {
            ("Deployment", "storefront") => {
                change(&mut object, "/spec/replicas", "3");
                change(&mut object, "/spec/template/spec/containers/0/image", "\"web:1.1\"");
            }
            ("ConfigMap", "storefront") => change(&mut object, "/data/LOG_LEVEL", "\"debug\""),
            ("Secret", "edge-login") => change(&mut object, "/stringData/password", "\"staple\""),
            ("Widget", "gear") => change(&mut object, "/spec/parts/1/weight", "11"),
            ("ClusterRole", "shop:widgets-view") => {
                change(&mut object, "/rules/0/verbs", "[\"get\"]");
            }
            ("ConfigMap", "frozen") | ("Region", "north") => return None,
            _ => {}
        }
        Some(object)
    });
    Manifests::from_objects(objects).unwrap()
}

#[track_caller]
fn whole(summary: kubeclient::Result<Summary>) -> Summary {
    summary.unwrap().into_result().unwrap_or_else(|error| panic!("{error}"))
}

/// That applying a set once more does nothing.
#[track_caller]
fn all_unchanged(applier: &Applier, set: &Manifests) {
    let mut others = Vec::new();
    whole(applier.apply(set, |outcome| {
        if !matches!(outcome.result, Ok(Change::Unchanged)) {
            others.push(outcome.to_string());
        }
    }));
    assert_eq!(others, Vec::<String>::new());
}

/// What the whole life of the set must be on any server. `between` is called while all of it is applied as it
/// was read.
fn live(client: &RestClient, between: impl FnOnce()) {
    let set = read();
    assert!(set.len() >= 60, "{}", set.len());
    let plain = Applier::new(client, MANAGER);
    let summary = whole(plain.apply(&set, |_| {}));
    assert_eq!(summary.count(Change::Created), set.len(), "{summary}");
    all_unchanged(&plain, &set);
    between();

    // The same with the label of a set: each object gets it, and has it the next time.
    let applier = plain.prune(SET);
    let summary = whole(applier.apply(&set, |_| {}));
    assert_eq!(summary.count(Change::Configured), set.len(), "{summary}");
    all_unchanged(&applier, &set);

    let next = next_release();
    let mut changes = Vec::new();
    whole(applier.diff(&next, |diff| {
        assert!(!format!("{diff:?}").contains("staple"));
        for change in diff.changes() {
            let sides = match (&change.before, &change.after) {
                (Some(_), None) => "gone",
                (None, Some(_)) => "new",
                _ => "changed",
            };
            changes.push(format!("{} {sides} {}", diff.object, change.path));
        }
    }));
    let expected = [
        "clusterrole.rbac.authorization.k8s.io/shop:widgets-view changed rules[0].verbs",
        "configmap/frozen gone ",
        "configmap/storefront changed data.LOG_LEVEL",
        "deployment.apps/storefront changed spec.replicas",
        "deployment.apps/storefront changed spec.template.spec.containers[name=web].image",
        "region.shop.example.com/north gone ",
        "secret/edge-login changed data.password",
        "widget.shop.example.com/gear changed spec.parts[name=hub].weight",
    ];
    changes.sort();
    assert_eq!(changes, expected);

    let summary = whole(applier.apply(&next, |_| {}));
    let counts =
        [Change::Configured, Change::Unchanged, Change::Pruned].map(|change| summary.count(change));
    assert_eq!(counts, [5, set.len() - 7, 2], "{summary}");
    assert_eq!(labelled(client).len(), next.len());

    let deleter = applier.ignore_missing();
    let summary = whole(deleter.delete(&set, |_| {}));
    assert_eq!(summary.count(Change::Absent), 2, "{summary}");
    release(client);
    whole(deleter.wait_gone(&set, PATIENCE, |_| {}));
    assert_eq!(labelled(client), BTreeSet::new(), "left behind");
}

/// Does what the controllers that protect storage in use would do: there are none here.
fn release(client: &RestClient) {
    let mapper = RestMapper::new(client);
    for (kind, name) in [
        ("persistentvolumeclaims", "uploads"),
        ("persistentvolumes", "shop-archive"),
        ("volumeattributesclasses", "shop-gold"),
    ] {
        let resource = mapper.resource(kind).unwrap();
        let api = Api::<DynamicObject>::dynamic_namespaced(client, &resource, "shop-data");
        let patch = Patch::Merge(json!({"metadata": {"finalizers": null}}));
        match api.patch(name, &patch, &PatchParams::default()) {
            Err(error) if !error.is_not_found() => panic!("{error}"),
            _ => {}
        }
    }
}

/// What carries the label of the set, of any kind.
fn labelled(client: &RestClient) -> BTreeSet<String> {
    let mapper = RestMapper::new(client);
    let discovered = (*mapper.discovered().unwrap()).clone().into_preferred();
    let mut found = BTreeSet::new();
    for resource in discovered.resources().filter(|found| found.verbs.contains(&"list".into())) {
        let api = Api::<PartialObjectMetadata>::dynamic(client, &resource.resource);
        let params = ListParams::default().labels(format!("{SET_LABEL}={SET}"));
        for object in api.list_all(&params) {
            let Ok(object) = object else { continue };
            let is_applied =
                object.metadata.managed_fields.iter().any(|entry| entry.manager == MANAGER);
            if is_applied {
                let name = &object.metadata.name;
                found.insert(format!("{} {name} {}", resource.resource.kind, object.metadata.uid));
            }
        }
    }
    found
}

#[test]
fn the_manifests_live_on_the_embedded_server() {
    let server = FakeServer::start().unwrap();
    live(&RestClient::new(Config::new(server.url())).unwrap(), || {});
}

#[test]
fn the_manifests_live_on_the_real_server_and_kubectl_agrees() {
    let Some(cluster) = kubeclient_tests::cluster() else { return };
    let options = KubeconfigOptions::default().path(cluster.kubeconfig_path());
    let client = RestClient::new(Config::from_kubeconfig(&options).unwrap()).unwrap();
    live(&client, || {
        let manager = format!("--field-manager={MANAGER}");
        let folder = folder().display().to_string();
        let diff = eventually("kubectl sees no difference", || {
            let arguments = ["diff", "--server-side", &manager, "-R", "-f", &folder];
            let output = kubectl(cluster, &arguments);
            output.status.success().then_some(output)
        });
        assert_eq!(String::from_utf8_lossy(&diff.stdout), "");
        let arguments =
            ["apply", "--server-side", "--dry-run=server", &manager, "-R", "-f", &folder];
        let applied = kubectl(cluster, &arguments);
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
        let lines = String::from_utf8_lossy(&applied.stdout).into_owned();
        let mut theirs: Vec<_> =
            lines.lines().filter_map(|line| line.split_whitespace().next()).collect();
        let mut ours = Vec::new();
        let dry = Applier::new(&client, MANAGER).dry_run();
        all_unchanged(&dry, &read());
        whole(dry.apply(&read(), |outcome| ours.push(outcome.object.to_string())));
        theirs.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, theirs);
    });
}

fn kubectl(cluster: &Cluster, arguments: &[&str]) -> Output {
    Command::new(cluster.kubectl())
        .args(arguments)
        .env("KUBECONFIG", cluster.kubeconfig_path())
        .output()
        .unwrap()
}
