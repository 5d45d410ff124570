//! Sets applied, compared, pruned and deleted on the embedded server.

use std::time::Duration;

use kubeclient_fake::{FakeServer, Fault};
use serde_json::json;

use super::*;
use crate::api::{Api, Patch, PatchParams};
use crate::clock::ManualClock;
use crate::config::Config;
use crate::discovery::{CachedDiscovery, DiskCache, RestMapper};
use crate::error::{Error, ErrorKind};
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;
use crate::rest::RestClient;
use crate::stop::Stop;

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {replicas: {type: integer}}}
";

/// Longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(60);

fn server() -> (FakeServer, RestClient) {
    let server = FakeServer::start().unwrap();
    let client = RestClient::new(Config::new(server.url())).unwrap();
    (server, client)
}

fn read(text: &str) -> Manifests {
    Manifests::from_text(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Config maps of these names.
fn maps(names: &[&str]) -> Manifests {
    let map =
        |name: &&str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}\n");
    read(&names.iter().map(map).collect::<Vec<_>>().join("---\n"))
}

fn config_maps(client: &RestClient, namespace: &str) -> Api<DynamicObject> {
    let resource = ApiResource::namespaced("", "v1", "ConfigMap", "configmaps");
    Api::dynamic_namespaced(client, &resource, namespace)
}

#[track_caller]
fn told(
    run: impl FnOnce(&mut dyn FnMut(&Outcome)) -> crate::error::Result<Summary>,
) -> Vec<String> {
    let mut told = Vec::new();
    run(&mut |outcome| told.push(outcome.to_string())).unwrap();
    told
}

#[test]
fn what_others_need_is_applied_first_and_a_second_time_nothing_changes() {
    let (_server, client) = server();
    let set = read(&format!(
        "{{apiVersion: stable.example.com/v1, kind: CronTab, metadata: {{name: a, namespace: shop}}, spec: \
         {{replicas: 1}}}}\n---\n\
         {{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, namespace: shop}}}}\n---\n\
         {{apiVersion: v1, kind: Namespace, metadata: {{name: shop}}}}\n---{DEFINITION}"
    ));
    let applier = Applier::new(&client, "test");
    let first = told(|report| applier.apply(&set, report));
    assert_eq!(
        first,
        [
            "namespace/shop created",
            "customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created",
            "configmap/a created",
            "crontab.stable.example.com/a created",
        ]
    );
    let summary = applier.apply(&set, |_| {}).unwrap();
    assert_eq!(summary.count(Change::Unchanged), 4, "{summary}");
    let changed = read(
        "{apiVersion: stable.example.com/v1, kind: CronTab, metadata: {name: a, namespace: shop}, spec: \
         {replicas: 2}}",
    );
    let second = told(|report| Applier::new(&client, "test").apply(&changed, report));
    assert_eq!(second, ["crontab.stable.example.com/a configured"]);
    let last = told(|report| applier.delete(&set, report));
    assert_eq!(
        last,
        [
            "crontab.stable.example.com/a deleted",
            "configmap/a deleted",
            "customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com deleted",
            "namespace/shop deleted",
        ]
    );
}

#[test]
fn an_object_that_fails_does_not_end_the_others_unless_asked() {
    let (_server, client) = server();
    let set = read(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, dota: {}}\n---\n\
         {apiVersion: none.example.com/v1, kind: Nothing, metadata: {name: b}}\n---\n\
         {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n",
    );
    let applier = Applier::new(&client, "test");
    let summary = applier.apply(&set, |_| {}).unwrap();
    assert_eq!((summary.count(Change::Created), summary.failures.len()), (1, 2));
    let text = summary.to_string();
    assert!(text.starts_with("1 created, 2 failed\nconfigmap/a: "), "{text}");
    assert!(text.contains("(text: document 1, line 1)"), "{text}");
    assert!(text.contains("nothing.none.example.com/b: kind"), "{text}");
    let error = summary.into_result().unwrap_err();
    assert_eq!((error.kind(), error.errors().count()), (ErrorKind::Mixed, 2));
    let error = Error::from(error);
    let text = format!("{error:#}");
    assert!(text.starts_with("1 created, 2 failed: nothing.none.example.com/b: kind"), "{text}");
    assert!(text.contains("; configmap/a: PATCH "), "{text}");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Mixed, None));
    let summary = applier.end_at_failure().apply(&set, |_| {}).unwrap();
    assert_eq!((summary.failures.len(), summary.skipped), (1, 2));
}

#[test]
fn another_managers_field_is_a_conflict_unless_forced() {
    let (_server, client) = server();
    let set = |value: &str| {
        read(&format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{k: {value}}}}}"
        ))
    };
    Applier::new(&client, "one").apply(&set("x"), |_| {}).unwrap().into_result().unwrap();
    let two = Applier::new(&client, "two");
    let summary = two.apply(&set("z"), |_| {}).unwrap();
    let error = summary.failures[0].result.as_ref().unwrap_err();
    assert!(error.is_conflict(), "{error}");
    let error = summary.into_result().unwrap_err();
    assert_eq!((error.kind(), error.is_stopped()), (ErrorKind::Api, false));
    assert_eq!(error.summary().failures.len(), 1);
    let error = Error::from(error);
    assert!(error.is_conflict(), "{error}");
    assert_eq!(error.to_string(), "1 failed: configmap/a: Conflict (409 Conflict)");
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.downcast_ref::<Error>().unwrap().path().is_some());
    let summary = two.force().apply(&set("z"), |_| {}).unwrap();
    assert_eq!(summary.count(Change::Configured), 1);
}

#[test]
fn a_dry_run_stores_nothing_and_tells_what_could_not_be_tried() {
    let (_server, client) = server();
    let set = read(&format!(
        "{{apiVersion: v1, kind: Namespace, metadata: {{name: shop}}}}\n---\n\
         {{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, namespace: shop}}}}\n---\n\
         {{apiVersion: v1, kind: ConfigMap, metadata: {{name: b}}}}\n---\n\
         {{apiVersion: stable.example.com/v1, kind: CronTab, metadata: {{name: c}}}}\n---{DEFINITION}"
    ));
    let applier = Applier::new(&client, "test").dry_run();
    for _ in 0..2 {
        let lines = told(|report| applier.apply(&set, report));
        assert_eq!(lines[0], "namespace/shop created (server dry run)");
        assert_eq!(lines[2], "configmap/a created (dry run, not checked by the server)");
        assert_eq!(lines[3], "configmap/b created (server dry run)");
        assert_eq!(
            lines[4],
            "crontab.stable.example.com/c created (dry run, not checked by the server)"
        );
    }
    assert!(config_maps(&client, "default").get_opt("b").unwrap().is_none());
}

#[test]
fn an_object_that_stands_in_a_set_twice_is_named_with_both_places() {
    let (server, client) = server();
    let set = read(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n\
         {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: default}}\n",
    );
    let error = Applier::new(&client, "test").apply(&set, |_| {}).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ConfigMap \"a\" stands in the set twice: text: document 1, line 1; text: document 2, line 3"
    );
    assert_eq!(server.requests().count(), 0);
    let error = Applier::new(&client, "test").set("a b").apply(&set, |_| {}).unwrap_err();
    assert!(error.to_string().contains("set \"a b\""), "{error}");
}

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

#[test]
fn a_delete_takes_what_is_not_there_as_the_caller_says() {
    let (_server, client) = server();
    let mut set = maps(&["a"]);
    set.append(read("{apiVersion: x.io/v1, kind: X, metadata: {name: x}}"));
    let applier = Applier::new(&client, "test");
    let summary = applier.delete(&set, |_| {}).unwrap();
    assert_eq!(summary.failures.len(), 2, "{summary}");
    let summary =
        applier.clone().ignore_missing().delete(&set, |_| {}).unwrap().into_result().unwrap();
    assert_eq!(summary.count(Change::Absent), 2);
    // A delete that can't be tried says nothing of what is there.
    let summary = applier.ignore_missing().namespace("").delete(&maps(&["a"]), |_| {}).unwrap();
    assert_eq!((summary.count(Change::Absent), summary.failures.len()), (0, 1), "{summary}");
}

#[test]
fn a_stop_ends_an_apply_and_the_rest_is_counted() {
    let (_server, client) = server();
    let stop = Stop::new();
    let applier = Applier::new(&client, "test").with_stop(&stop);
    let summary = applier.apply(&maps(&["a", "b", "c"]), |_| stop.stop()).unwrap();
    assert_eq!((summary.count(Change::Created), summary.skipped), (1, 2));
    assert!(summary.into_result().unwrap_err().is_stopped());
    assert!(config_maps(&client, "default").get_opt("b").unwrap().is_none());
}

/// Also where an object failed before.
#[test]
fn a_stop_ends_a_delete_a_wait_and_a_prune_as_one() {
    let (_server, client) = server();
    let stopped = |run: &dyn Fn(&Applier, &Stop) -> Summary| {
        let stop = Stop::new();
        let summary = run(&Applier::new(&client, "test").with_stop(&stop), &stop);
        assert_eq!((summary.failures.len(), summary.skipped), (1, 1), "{summary}");
        let error = summary.into_result().unwrap_err();
        assert!(error.is_stopped() && Error::from(error).is_stopped());
    };
    let set = read(
        "{apiVersion: x.io/v1, kind: X, metadata: {name: x}}\n---\n\
         {apiVersion: z.io/v1, kind: Z, metadata: {name: z}}\n",
    );
    stopped(&|applier, stop| applier.delete(&set, |_| stop.stop()).unwrap());
    stopped(&|applier, stop| applier.wait_ready(&set, PATIENCE, |_| stop.stop()).unwrap());
    let applier = Applier::new(&client, "test").prune("shop");
    applier.apply(&maps(&["a", "b", "c"]), |_| {}).unwrap().into_result().unwrap();
    let stop = Stop::new();
    let stopping = applier.with_stop(&stop);
    let summary = stopping
        .apply(&maps(&["a"]), |outcome| {
            if matches!(outcome.result, Ok(Change::Pruned)) {
                stop.stop();
            }
        })
        .unwrap();
    assert_eq!((summary.count(Change::Pruned), summary.skipped), (1, 1), "{summary}");
    assert!(summary.into_result().unwrap_err().is_stopped());
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

fn custom() -> Manifests {
    read(&format!(
        "{{apiVersion: stable.example.com/v1, kind: CronTab, metadata: {{name: a}}}}\n---{DEFINITION}"
    ))
}

/// The definition, as a server has it that has not looked at it yet.
fn unestablished(client: &RestClient) -> String {
    let resource = ApiResource::cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );
    let definitions = Api::<DynamicObject>::dynamic(client, &resource);
    let mut definition = definitions.get("crontabs.stable.example.com").unwrap();
    definition.data.remove("status");
    serde_json::to_string(&definition).unwrap()
}

#[test]
fn a_stop_while_a_definition_is_waited_for_is_told_as_one() {
    let (server, client) = server();
    Applier::new(&client, "test").apply(&custom(), |_| {}).unwrap().into_result().unwrap();
    let _faults = ["get", "patch"].map(|verb| {
        let answer = Fault::answer(200, "application/json", unestablished(&client));
        server.inject(answer.verb(verb).resource("customresourcedefinitions"))
    });
    let (stop, manual) = (Stop::new(), ManualClock::new());
    let mut applier = Applier::new(&client, "test").with_stop(&stop);
    applier.clock = manual.clock();
    let waiter = std::thread::spawn(move || applier.apply(&custom(), |_| {}).unwrap());
    manual.wait_for_sleepers(1);
    stop.stop();
    let summary = waiter.join().unwrap();
    assert_eq!((summary.failures.len(), summary.skipped), (0, 1), "{summary}");
    assert!(summary.into_result().unwrap_err().is_stopped());
}

#[test]
fn a_definition_that_did_not_change_is_waited_for_until_it_is_established() {
    let (server, client) = server();
    Applier::new(&client, "test").apply(&custom(), |_| {}).unwrap().into_result().unwrap();
    let _faults = ["get", "patch"].map(|verb| {
        let answer = Fault::answer(200, "application/json", unestablished(&client));
        server.inject(answer.verb(verb).resource("customresourcedefinitions").once())
    });
    server.requests().clear();
    let summary = Applier::new(&client, "test").apply(&custom(), |_| {}).unwrap();
    assert_eq!(summary.count(Change::Unchanged), 2, "{summary}");
    let reads = server.requests().verb("get").resource("customresourcedefinitions");
    assert_eq!(reads.count(), 2);
}

#[test]
fn a_definition_that_cannot_be_read_holds_no_custom_resource_up() {
    for fault in [
        Fault::status(403, "Forbidden", "no"),
        // Behind the read before the apply.
        Fault::status(400, "BadRequest", "no").skip(1).times(2),
    ] {
        let (server, client) = server();
        let _fault = server.inject(fault.verb("get").resource("customresourcedefinitions"));
        let summary = Applier::new(&client, "test").apply(&custom(), |_| {}).unwrap();
        assert!(summary.is_complete(), "{summary}");
    }
}

/// Jobs of these names, which nobody runs.
fn jobs(names: &[&str]) -> Manifests {
    let job = |name: &&str| {
        format!(
            "{{apiVersion: batch/v1, kind: Job, metadata: {{name: {name}}}, spec: {{template: {{spec: \
             {{restartPolicy: Never, containers: [{{name: a, image: a}}]}}}}}}}}\n"
        )
    };
    read(&names.iter().map(job).collect::<Vec<_>>().join("---\n"))
}

/// Makes a job count as ready.
fn suspend(client: &RestClient, name: &str) {
    let jobs = ApiResource::namespaced("batch", "v1", "Job", "jobs");
    let suspend = json!({"spec": {"suspend": true}});
    Api::<DynamicObject>::dynamic_namespaced(client, &jobs, "default")
        .patch(name, &Patch::Merge(suspend), &PatchParams::default())
        .unwrap();
}

#[test]
fn what_is_not_reached_in_time_is_not_asked_for() {
    let (server, client) = server();
    let set = jobs(&["a", "b"]);
    let applier = Applier::new(&client, "test");
    applier.apply(&set, |_| {}).unwrap().into_result().unwrap();
    server.requests().clear();
    let summary = applier.wait_ready(&set, Duration::from_millis(100), |_| {}).unwrap();
    assert_eq!(summary.failures.len(), 2, "{summary}");
    assert!(summary.to_string().contains("not within 100ms: it was not its turn"), "{summary}");
    assert_eq!(server.requests().resource("jobs").name("b").count(), 0);
    let error = summary.into_result().unwrap_err();
    assert!(error.is_timeout() && Error::from(error).is_timeout());
    applier.wait_ready(&set, Duration::ZERO, |_| {}).unwrap();
    assert_eq!(server.requests().resource("jobs").name("b").count(), 1);
}

#[test]
fn ready_is_waited_for_and_what_never_is_times_out_with_the_reason() {
    let (server, client) = server();
    let set = jobs(&["a"]);
    let applier = Applier::new(&client, "test");
    applier.apply(&set, |_| {}).unwrap().into_result().unwrap();
    let summary = applier.wait_ready(&set, Duration::from_secs(1), |_| {}).unwrap();
    let error = summary.failures[0].result.as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.to_string(), "not within 1s: the job is not complete");

    server.requests().clear();
    let waiter = {
        let (applier, set) = (applier.clone(), set.clone());
        std::thread::spawn(move || applier.wait_ready(&set, PATIENCE, |_| {}).unwrap())
    };
    server.requests().verb("watch").answered().wait_for(1, PATIENCE).unwrap();
    suspend(&client, "a");
    assert_eq!(waiter.join().unwrap().count(Change::Ready), 1);
    // What is as awaited is read once, and not watched.
    server.requests().clear();
    assert_eq!(applier.wait_ready(&set, PATIENCE, |_| {}).unwrap().count(Change::Ready), 1);
    assert_eq!(server.requests().resource("jobs").count(), 1);

    applier.delete(&set, |_| {}).unwrap().into_result().unwrap();
    let gone = applier.wait_gone(&set, PATIENCE, |_| {}).unwrap();
    assert_eq!(gone.count(Change::Absent), 1, "{gone}");
}

#[test]
fn a_server_that_can_not_answer_is_waited_for() {
    let (server, client) = server();
    let set = jobs(&["a"]);
    let applier = Applier::new(&client, "test");
    applier.apply(&set, |_| {}).unwrap().into_result().unwrap();
    suspend(&client, "a");
    let down = || Fault::status(503, "ServiceUnavailable", "down").resource("jobs").times(2);
    server.inject(down()).keep();
    let summary = applier.wait_ready(&set, PATIENCE, |_| {}).unwrap();
    assert_eq!(summary.count(Change::Ready), 1, "{summary}");
    // Also when it is asked for its kinds.
    server.inject(Fault::status(503, "ServiceUnavailable", "down").path("/apis").times(1)).keep();
    let summary = Applier::new(&client, "test").wait_ready(&set, PATIENCE, |_| {}).unwrap();
    assert_eq!(summary.count(Change::Ready), 1, "{summary}");
    applier.delete(&set, |_| {}).unwrap().into_result().unwrap();
    server.inject(down()).keep();
    let summary = applier.wait_gone(&set, PATIENCE, |_| {}).unwrap();
    assert_eq!(summary.count(Change::Absent), 1, "{summary}");
    // Without time to wait, the answer counts.
    server.inject(down()).keep();
    let summary = applier.wait_gone(&set, Duration::ZERO, |_| {}).unwrap();
    assert!(Error::from(summary.into_result().unwrap_err()).is_service_unavailable());
}

#[test]
fn an_object_that_failed_is_waited_for_no_longer() {
    let (server, client) = server();
    let failed = json!([{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]);
    let set = jobs(&["a"]);
    let mut job = serde_json::to_value(&set.iter().next().unwrap().object).unwrap();
    job["status"] = json!({"conditions": failed});
    server.seed(&job.to_string()).unwrap();
    let summary = Applier::new(&client, "test").wait_ready(&set, PATIENCE, |_| {}).unwrap();
    let error = summary.into_result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unmet);
    let text = "1 failed: job.batch/a: it failed: BackoffLimitExceeded";
    assert_eq!(format!("{:#}", Error::from(error)), text);
}
