//! Conditions by themselves, and waits against the embedded server.

use std::thread;
use std::time::{Duration, Instant};

use kubeclient_fake::{FakeServer, Fault};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::api::{DeleteParams, Patch, PatchParams};
use crate::config::Config;
use crate::error::ErrorKind;
use crate::meta::api_resource::ApiResource;
use crate::meta::object_meta::ObjectMeta;
use crate::meta::resource::{Complete, Namespaced, Resource};
use crate::rest::RestClient;

/// A type of its own that has no field for what is waited for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ConfigMap {
    metadata: ObjectMeta,
    #[serde(default)]
    data: std::collections::BTreeMap<String, String>,
}

impl Object for ConfigMap {
    type Metadata = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl Resource for ConfigMap {
    const GROUP: &'static str = "";
    const VERSION: &'static str = "v1";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ConfigMap";
    const PLURAL: &'static str = "configmaps";
    const SINGULAR: &'static str = "configmap";
    const NAMESPACED: bool = true;
}

impl Namespaced for ConfigMap {}
impl Complete for ConfigMap {}

fn verdict(condition: &impl Condition<DynamicObject>, object: Value) -> Verdict {
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    condition.check(Some(&Seen::new(&object)))
}

#[track_caller]
fn waits(condition: &impl Condition<DynamicObject>, object: Value, why: &str) {
    assert_eq!(verdict(condition, object), Verdict::Waiting(why.into()));
}

fn conditions(list: Value) -> Value {
    json!({"metadata": {}, "status": {"conditions": list}})
}

#[test]
fn a_condition_counts_for_the_latest_generation() {
    let of = |generation: i64, observed: i64, status: &str| {
        json!({
            "metadata": {"generation": generation},
            "status": {
                "observedGeneration": observed,
                "conditions": [{"type": "Available", "status": status, "reason": "Why"}],
            },
        })
    };
    assert_eq!(verdict(&available(), of(2, 2, "True")), Verdict::Met);
    let why = "condition Available is True of generation 1, the latest is 2";
    waits(&available(), of(2, 1, "True"), why);
    waits(&available(), of(2, 2, "False"), "condition Available is False (Why)");
    waits(&available(), json!({"metadata": {}}), "condition Available is not there");
    assert_eq!(verdict(&condition_is("available", "false"), of(2, 2, "False")), Verdict::Met);
    let name = |condition: Ready| Condition::<DynamicObject>::name(&condition);
    assert_eq!(name(condition_is("A", "False")), "condition A=False");
    assert_eq!(name(condition("A")), "condition A");
    // The condition's own generation goes before the object's.
    let mut own = of(3, 1, "True");
    own["status"]["conditions"][0]["observedGeneration"] = 3.into();
    assert_eq!(verdict(&available(), own), Verdict::Met);
}

#[test]
fn a_job_that_ended_otherwise_ends_the_wait() {
    let complete_job = conditions(json!([{"type": "Complete", "status": "True"}]));
    let failed_job = conditions(json!([
        {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"}
    ]));
    assert_eq!(verdict(&complete(), complete_job.clone()), Verdict::Met);
    assert_eq!(verdict(&failed(), failed_job.clone()), Verdict::Met);
    let why = "it failed: BackoffLimitExceeded: too often";
    assert_eq!(verdict(&complete(), failed_job), Verdict::Never(why.into()));
    assert_eq!(verdict(&failed(), complete_job), Verdict::Never("it succeeded".into()));
    waits(&complete(), conditions(json!([])), "condition Complete is not there");
}

#[test]
fn a_definition_whose_names_are_taken_is_never_established() {
    let of = |accepted: &str, established: &str| {
        conditions(json!([
            {"type": "NamesAccepted", "status": accepted, "reason": "R", "message": "m"},
            {"type": "Established", "status": established, "reason": "Installing"},
        ]))
    };
    assert_eq!(verdict(&super::established(), of("True", "True")), Verdict::Met);
    let why = "its names are not accepted: R: m";
    assert_eq!(verdict(&super::established(), of("False", "True")), Verdict::Never(why.into()));
    waits(
        &super::established(),
        of("True", "False"),
        "condition Established is False (Installing)",
    );
    waits(&super::established(), conditions(json!([])), "condition NamesAccepted is not there");
}

#[test]
fn rollouts_are_decided_as_kubectl_does() {
    let deployment = |status: Value| {
        json!({
            "kind": "Deployment", "metadata": {"generation": 2}, "spec": {"replicas": 3},
            "status": status,
        })
    };
    let check = |status: Value, why: &str| match why {
        "" => assert_eq!(verdict(&rolled_out(), deployment(status)), Verdict::Met),
        why => waits(&rolled_out(), deployment(status), why),
    };
    check(json!({}), "the latest generation is not observed yet");
    let status = |replicas: i64, updated: i64, available: i64| {
        json!({
            "observedGeneration": 2, "replicas": replicas, "updatedReplicas": updated,
            "availableReplicas": available,
        })
    };
    check(status(3, 2, 3), "2 of 3 new replicas are updated");
    check(status(4, 3, 3), "1 old replicas are still there");
    check(status(3, 3, 2), "2 of 3 updated replicas are available");
    check(status(3, 3, 3), "");
    let mut late = status(3, 2, 2);
    late["conditions"] =
        json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]);
    let never = Verdict::Never("it exceeded its progress deadline".into());
    assert_eq!(verdict(&rolled_out(), deployment(late)), never);

    let set = |strategy: Value, status: Value| {
        json!({
            "kind": "StatefulSet", "metadata": {"generation": 1},
            "spec": {"replicas": 3, "updateStrategy": strategy}, "status": status,
        })
    };
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}});
    let status = |ready: i64, updated: i64| json!({"observedGeneration": 1, "readyReplicas": ready, "updatedReplicas": updated});
    waits(&rolled_out(), set(rolling.clone(), status(2, 2)), "2 of 3 replicas are ready");
    waits(&rolled_out(), set(rolling.clone(), status(3, 1)), "1 of 2 new replicas are updated");
    assert_eq!(verdict(&rolled_out(), set(rolling.clone(), status(3, 2))), Verdict::Met);
    let why = "the latest generation is not observed yet";
    waits(&rolled_out(), set(rolling, json!({})), why);
    let plain = json!({"type": "RollingUpdate"});
    let mut revisions = status(3, 1);
    revisions["updateRevision"] = "b".into();
    revisions["currentRevision"] = "a".into();
    waits(&rolled_out(), set(plain.clone(), revisions.clone()), "1 replicas are at revision b");
    revisions["currentRevision"] = "b".into();
    assert_eq!(verdict(&rolled_out(), set(plain, revisions)), Verdict::Met);
    let unknown = "its update strategy is OnDelete, expected RollingUpdate";
    let on_delete = set(json!({"type": "OnDelete"}), status(3, 3));
    assert_eq!(verdict(&rolled_out(), on_delete), Verdict::Unknown(unknown.into()));

    let daemons = |updated: i64, available: i64| {
        json!({
            "kind": "DaemonSet", "metadata": {"generation": 1},
            "status": {
                "observedGeneration": 1, "desiredNumberScheduled": 2,
                "updatedNumberScheduled": updated, "numberAvailable": available,
            },
        })
    };
    waits(&rolled_out(), daemons(1, 2), "1 of 2 new pods are updated");
    waits(&rolled_out(), daemons(2, 1), "1 of 2 updated pods are available");
    assert_eq!(verdict(&rolled_out(), daemons(2, 2)), Verdict::Met);
    let unknown = "expected a Deployment, StatefulSet or DaemonSet, found a Pod";
    let pod = json!({"kind": "Pod", "metadata": {}});
    assert_eq!(verdict(&rolled_out(), pod.clone()), Verdict::Unknown(unknown.into()));
    assert_eq!(verdict(&not(rolled_out()), pod), Verdict::Unknown(unknown.into()));
}

#[test]
fn values_are_found_by_pointers() {
    let object = json!({"metadata": {"name": "a"}, "spec": {"n": 1, "list": []}});
    assert_eq!(verdict(&json_pointer("/metadata/name", "a"), object.clone()), Verdict::Met);
    assert_eq!(verdict(&json_pointer("/spec/n", 1), object.clone()), Verdict::Met);
    waits(&json_pointer("/spec/n", 2), object.clone(), "/spec/n is 1");
    waits(&json_pointer("/spec/list", 2), object.clone(), "/spec/list is a list");
    waits(&json_pointer("/spec/m", 2), object, "/spec/m is not there");
    let secret = json!({"kind": "Secret", "metadata": {}, "data": {"a": "hunter2"}});
    waits(&json_pointer("/data/a", "b"), secret, "/data/a is another one");
}

#[test]
fn conditions_are_put_together() {
    let object = json!({"metadata": {}, "a": 1, "b": 2});
    let a = |value: i64| json_pointer("/a", value);
    let b = |value: i64| json_pointer("/b", value);
    assert_eq!(verdict(&and(a(1), b(2)), object.clone()), Verdict::Met);
    waits(&and(a(1), b(3)), object.clone(), "/b is 2");
    waits(&and(a(2), b(3)), object.clone(), "/a is 1");
    assert_eq!(verdict(&or(a(3), b(2)), object.clone()), Verdict::Met);
    waits(&or(a(3), b(3)), object.clone(), "/a is 1; /b is 2");
    assert_eq!(verdict(&not(a(3)), object.clone()), Verdict::Met);
    waits(&not(a(1)), object.clone(), "/a holds");
    let never = |why: &'static str| Ready::new("n", move |_| Verdict::Never(why.into()));
    assert_eq!(verdict(&and(a(3), never("x")), object.clone()), Verdict::Never("x".into()));
    waits(&or(a(3), never("x")), object.clone(), "/a is 1");
    assert_eq!(verdict(&not(never("x")), object.clone()), Verdict::Met);
    assert_eq!(verdict(&or(never("x"), never("y")), object.clone()), Verdict::Never("x; y".into()));
    let unknown = || Ready::new("u", |_| Verdict::Unknown("z".into()));
    let untold = Verdict::Unknown("z".to_owned());
    assert_eq!(verdict(&not(unknown()), object.clone()), untold);
    assert_eq!(verdict(&and(a(3), unknown()), object.clone()), untold);
    assert_eq!(verdict(&and(unknown(), never("x")), object.clone()), Verdict::Never("x".into()));
    assert_eq!(verdict(&or(unknown(), a(3)), object.clone()), untold);
    assert_eq!(verdict(&or(unknown(), a(1)), object), Verdict::Met);
    let whole = or(and(a(1), not(b(2))), exists());
    assert_eq!(Condition::<DynamicObject>::name(&whole), "/a and not /b or exists");
    assert_eq!(Condition::<DynamicObject>::check(&not(exists()), None), Verdict::Met);
}

struct Bench {
    server: FakeServer,
    maps: Api<ConfigMap>,
}

impl Bench {
    fn new() -> Self {
        let server = FakeServer::start().unwrap();
        let client = RestClient::new(Config::new(server.url())).unwrap();
        Self { maps: Api::namespaced(&client, "default"), server }
    }

    fn create(&self, name: &str, value: &str) -> ConfigMap {
        let data = [("a".to_owned(), value.to_owned())].into();
        self.maps.create(&ConfigMap { metadata: ObjectMeta::named(name), data }).unwrap()
    }

    fn set(&self, name: &str, value: &str) {
        let patch = Patch::Merge(json!({"data": {"a": value}}));
        self.maps.patch(name, &patch, &PatchParams::default()).unwrap();
    }

    fn delete(&self, name: &str) {
        self.maps.delete(name, &DeleteParams::default()).unwrap();
    }

    /// Runs a wait on another thread, and what happens meanwhile once it watches.
    fn during<R: Send>(&self, wait: impl FnOnce() -> R + Send, meanwhile: impl FnOnce()) -> R {
        thread::scope(|scope| {
            let waiter = scope.spawn(wait);
            let watches = self.server.requests().verb("watch").answered();
            watches.wait_for(1, Duration::from_secs(60)).unwrap();
            meanwhile();
            waiter.join().unwrap()
        })
    }
}

fn soon() -> Stop {
    Stop::after(Duration::from_secs(60))
}

fn data_is(value: &str) -> Ready {
    json_pointer("/data/a", value)
}

#[test]
fn an_object_is_waited_for_from_before_it_is_there() {
    let bench = Bench::new();
    let map = bench.during(
        || until(&bench.maps, "web", data_is("3"), &soon()),
        || {
            bench.create("other", "3");
            bench.create("web", "1");
            bench.set("web", "2");
            bench.set("web", "3");
        },
    );
    assert_eq!(map.unwrap().unwrap().data["a"], "3");
    // Met already.
    assert!(until(&bench.maps, "web", exists(), &soon()).unwrap().is_some());
    let partial: Api<PartialObjectMetadata<ConfigMap>> = bench.maps.read_as();
    let found = until(&partial, "web", data_is("3"), &soon()).unwrap().unwrap();
    assert_eq!(found.metadata.name, "web");
}

#[test]
fn a_function_is_a_condition_of_the_type() {
    let bench = Bench::new();
    bench.create("web", "1");
    let has = |value: &'static str| {
        move |map: Option<&ConfigMap>| map.is_some_and(|map| map.data["a"] == value)
    };
    let found = until(&bench.maps, "web", or(has("0"), has("1")), &soon()).unwrap().unwrap();
    assert_eq!(found.data["a"], "1");
    let is_gone = |map: Option<&ConfigMap>| map.is_none();
    let gone = bench.during(|| until(&bench.maps, "web", is_gone, &soon()), || bench.delete("web"));
    assert_eq!(gone.unwrap(), None);
}

#[test]
fn a_type_that_the_object_does_not_fit_ends_the_wait() {
    let bench = Bench::new();
    let seed = "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}, binaryData: {a: YQ==}}";
    bench.server.seed(seed).unwrap();
    #[derive(Debug, Deserialize)]
    #[expect(dead_code)]
    struct Strict {
        metadata: ObjectMeta,
        #[serde(rename = "binaryData")]
        binary_data: u8,
    }
    impl Object for Strict {
        type Metadata = ObjectMeta;
        fn metadata(&self) -> &ObjectMeta {
            &self.metadata
        }
        fn metadata_mut(&mut self) -> &mut ObjectMeta {
            &mut self.metadata
        }
    }
    let maps: Api<Strict> = bench.maps.read_as();
    let error = until(&maps, "web", |map: Option<&Strict>| map.is_some(), &soon()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unmet);
    let expected = "ConfigMap web: waiting for the condition: the ConfigMap can't be read";
    assert_eq!(error.to_string(), expected);
    let absent = not(|map: Option<&Strict>| map.is_some());
    let error = until(&maps, "web", absent, &soon()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unmet);
    let error = until(&maps, "web", exists(), &soon()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[test]
fn a_deletion_is_waited_for_also_if_another_one_follows() {
    let bench = Bench::new();
    bench.create("web", "1");
    let gone = bench.during(
        || deleted(&bench.maps, "web", None, &soon()),
        || {
            bench.delete("web");
            bench.create("web", "2");
        },
    );
    gone.unwrap();
    let uid = bench.maps.get("web").unwrap().metadata.uid;
    deleted(&bench.maps, "web", Some("another"), &soon()).unwrap();
    deleted(&bench.maps, "missing", Some(&uid), &soon()).unwrap();
    let error = deleted(&bench.maps, "web", Some(&uid), &Stop::after(Duration::from_millis(100)));
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "ConfigMap web: waiting for its deletion: it is there");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[test]
fn an_object_of_another_uid_does_not_count() {
    let bench = Bench::new();
    let uid = bench.create("web", "1").metadata.uid;
    let error = bench.during(
        || until(&bench.maps, "web", with_uid(uid, data_is("2")), &soon()).unwrap_err(),
        || {
            bench.delete("web");
            bench.create("web", "2");
        },
    );
    assert_eq!(error.kind(), ErrorKind::Unmet);
    assert_eq!(error.to_string(), "ConfigMap web: waiting for /data/a: it was deleted");
    assert!(crate::error::Error::from(error).to_string().ends_with("it was deleted"));
}

#[test]
fn a_deadline_says_what_was_last_seen() {
    let bench = Bench::new();
    bench.create("web", "1");
    let stop = Stop::after(Duration::from_millis(100));
    let error = until(&bench.maps, "web", data_is("2"), &stop).unwrap_err();
    assert_eq!(error.to_string(), "ConfigMap web: waiting for /data/a: /data/a is 1");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.last_object().unwrap().pointer("/data/a"), Some(&"1".into()));
    let unreachable = RestClient::new(Config::new("http://127.0.0.1:1".to_owned())).unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(&unreachable, "default");
    let stop = Stop::after(Duration::from_millis(100));
    let error = until(&maps, "web", exists(), &stop).unwrap_err();
    assert_eq!(error.to_string(), "ConfigMap web: waiting for exists: it was not seen");
    assert_eq!(error.last_error().unwrap().kind(), ErrorKind::Connect);
}

#[test]
fn a_stop_ends_a_wait_from_another_thread() {
    let bench = Bench::new();
    let stop = Stop::new();
    let error =
        bench.during(|| until(&bench.maps, "web", exists(), &stop).unwrap_err(), || stop.stop());
    assert_eq!(error.kind(), ErrorKind::Stopped);
}

#[test]
fn the_clients_own_token_ends_a_wait_too() {
    let bench = Bench::new();
    let program = Stop::new();
    let maps = bench.maps.with_stop(&program);
    let wait = || until(&maps, "web", exists(), &Stop::new()).unwrap_err();
    let error = bench.during(wait, || program.stop());
    assert!(error.is_stopped() && !error.is_timeout());
    let maps = bench.maps.with_stop(&Stop::after(Duration::from_millis(50)));
    assert!(until(&maps, "web", exists(), &Stop::new()).unwrap_err().is_timeout());
}

#[test]
fn who_may_not_watch_looks_again_and_again() {
    let bench = Bench::new();
    for verb in ["list", "watch"] {
        let forbidden = Fault::status(403, "Forbidden", "no").verb(verb);
        bench.server.inject(forbidden.times(100)).keep();
    }
    let looks = bench.server.requests().verb("get").answered();
    let map = thread::scope(|scope| {
        let waiter = scope.spawn(|| until(&bench.maps, "web", data_is("1"), &soon()));
        looks.wait_for(1, Duration::from_secs(60)).unwrap();
        bench.create("web", "1");
        waiter.join().unwrap()
    });
    assert_eq!(map.unwrap().unwrap().data["a"], "1");
    assert_eq!(looks.count(), 2);
    bench.server.inject(Fault::status(403, "Forbidden", "no get").verb("get").times(100)).keep();
    let error = until(&bench.maps, "web", exists(), &soon()).unwrap_err();
    assert!(error.last_error().unwrap().is_forbidden());
    // A stop ends the pause.
    let start = Instant::now();
    let missing = deleted(&bench.maps, "missing", None, &Stop::after(Duration::from_millis(50)));
    assert!(missing.is_err() && start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_kind_that_is_not_there_ends_the_wait() {
    let bench = Bench::new();
    let resource = ApiResource::namespaced("a.com", "v1", "Missing", "missings");
    let api: Api<DynamicObject> =
        Api::dynamic_namespaced(bench.maps.client(), &resource, "default");
    let error = until(&api, "web", exists(), &soon()).unwrap_err();
    assert!(error.last_error().unwrap().is_not_found(), "{error:?}");
    assert_eq!(error.to_string(), "Missing web: waiting for exists");
    for verb in ["list", "watch"] {
        bench.server.inject(Fault::status(403, "Forbidden", "no").verb(verb).times(100)).keep();
    }
    let error = until(&api, "web", exists(), &soon()).unwrap_err();
    assert!(error.last_error().is_some(), "{error:?}");
}

#[test]
fn all_that_are_selected_are_waited_for() {
    let bench = Bench::new();
    let params = WatchParams::default();
    let maps = bench.during(
        || until_all(&bench.maps, &params, data_is("1"), &soon()),
        || {
            bench.create("a", "2");
            bench.create("b", "1");
            bench.set("a", "1");
        },
    );
    let names: Vec<String> = maps.unwrap().into_iter().map(|map| map.metadata.name).collect();
    assert_eq!(names, ["a", "b"]);
    bench.set("b", "2");
    let stop = Stop::after(Duration::from_millis(100));
    let error = until_all(&bench.maps, &params, data_is("1"), &stop).unwrap_err();
    let expected = "all of configmaps: waiting for /data/a: ConfigMap b: /data/a is 2";
    assert_eq!(error.to_string(), expected);
    let none = WatchParams::default().labels("a=b");
    let stop = Stop::after(Duration::from_millis(100));
    let error = until_all(&bench.maps, &none, exists(), &stop).unwrap_err();
    assert_eq!(error.to_string(), "all of configmaps: waiting for exists: none is there");
}

#[test]
fn a_watch_that_breaks_goes_on() {
    let bench = Bench::new();
    bench.create("web", "1");
    let map = bench.during(
        || until(&bench.maps, "web", data_is("2"), &soon()),
        || {
            bench.server.drop_watches();
            bench.set("web", "2");
        },
    );
    assert_eq!(map.unwrap().unwrap().data["a"], "2");
}
