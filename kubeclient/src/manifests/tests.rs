//! Sets applied and deleted on the embedded server, and what the tests of sets have in common.

mod pruning;
mod waiting;

use std::time::Duration;

use kubeclient_fake::FakeServer;

use super::*;
use crate::api::Api;
use crate::config::Config;
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

fn custom() -> Manifests {
    read(&format!(
        "{{apiVersion: stable.example.com/v1, kind: CronTab, metadata: {{name: a}}}}\n---{DEFINITION}"
    ))
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
