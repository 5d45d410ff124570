//! Writes and reads of a whole cluster, without sockets.

use serde_json::{Value, json};

use super::testing::{World, world};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"k": "v"}})
}

fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
    })
}

#[test]
fn a_created_object_has_what_the_server_sets() {
    let world = world();
    let made = world.create(MAPS, &map("a"));
    let metadata = &made["metadata"];
    assert_eq!(metadata["namespace"], "default");
    assert_eq!(metadata["uid"].as_str().unwrap().len(), 36);
    assert!(metadata["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(metadata["managedFields"][0]["fieldsV1"], json!({"f:data": {".": {}, "f:k": {}}}));
    assert_eq!(world.get(&format!("{MAPS}/a")).body, made);
}

#[test]
fn names_are_taken_once_and_generated_when_asked() {
    let world = world();
    world.create(MAPS, &map("a"));
    world.ask("POST", MAPS, &map("a")).refuses(409, "configmaps \"a\" already exists");
    let made = world.create(MAPS, &json!({"metadata": {"generateName": "gen-"}}));
    let name = made["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("gen-") && name.len() == 9, "{name}");
    let why = "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required";
    world.ask("POST", MAPS, &json!({})).refuses(422, why);
}

#[test]
fn what_does_not_fit_the_path_is_refused() {
    let world = world();
    let elsewhere = json!({"metadata": {"name": "a", "namespace": "other"}});
    let why =
        "the namespace of the provided object does not match the namespace sent on the request";
    world.ask("POST", MAPS, &elsewhere).refuses(400, why);
    let missing = "/api/v1/namespaces/nons/configmaps";
    world.ask("POST", missing, &map("a")).refuses(404, "namespaces \"nons\" not found");
    let versioned = json!({"metadata": {"name": "a", "resourceVersion": "5"}});
    let why = "resourceVersion should not be set on objects to be created";
    world.ask("POST", MAPS, &versioned).refuses(500, why);
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}});
    let why = "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to \
               (core.ConfigMap): unknown conversion";
    world.ask("POST", MAPS, &secret).refuses(400, why);
}

#[test]
fn a_dry_run_leaves_nothing() {
    let world = world();
    let before = world.cluster.store.version();
    let made = world.create(&format!("{MAPS}?dryRun=All"), &map("a"));
    assert_eq!(made["metadata"].get("resourceVersion"), None);
    assert_eq!(world.get(&format!("{MAPS}/a")).status, 404);
    assert_eq!(world.cluster.store.version(), before);
}

#[test]
fn unknown_fields_are_warned_of_or_refused() {
    let world = world();
    let body = json!({"metadata": {"name": "a"}, "foo": 1});
    let answer = world.ask("POST", MAPS, &body);
    assert_eq!((answer.status, answer.warnings()), (201, vec!["unknown field \"foo\"".to_owned()]));
    let why = "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown \
               field \"foo\"";
    world.ask("POST", &format!("{MAPS}?fieldValidation=Strict"), &body).refuses(400, why);
}

#[test]
fn a_write_of_nothing_is_none_and_a_stale_one_is_refused() {
    let world = world();
    let made = world.create(MAPS, &map("a"));
    let path = format!("{MAPS}/a");
    assert_eq!(world.ask("PUT", &path, &map("a")).body, made);
    let changed = world.ask("PATCH", &path, &json!({"data": {"k": "w"}})).body;
    assert_ne!(changed["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
    let why = "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply \
               your changes to the latest version and try again";
    world.ask("PUT", &path, &made).refuses(409, why);
    let uid = json!({"metadata": {"uid": "x"}});
    let why = "ConfigMap \"a\" is invalid: metadata.uid: Invalid value: \"x\": field is immutable";
    let answer = world.ask("PATCH", &path, &uid);
    answer.refuses(422, why);
    assert_eq!(answer.body["details"]["causes"].as_array().unwrap().len(), 2);
}

#[test]
fn the_specification_is_counted_and_the_status_is_apart() {
    let world = world();
    let made = world.create(DEPLOYMENTS, &deployment("d"));
    assert_eq!((&made["metadata"]["generation"], &made["status"]), (&json!(1), &json!({})));
    let path = format!("{DEPLOYMENTS}/d");
    let patched =
        world.ask("PATCH", &path, &json!({"spec": {"replicas": 3}, "status": {"replicas": 7}}));
    assert_eq!(patched.body["metadata"]["generation"], 2);
    assert_eq!(patched.body["status"], json!({}));
    let status = json!({
        "metadata": {"labels": {"l": "x"}, "annotations": {"a": "x"}},
        "spec": {"replicas": 9}, "status": {"replicas": 3},
    });
    let patched = world.ask("PATCH", &format!("{path}/status"), &status).body;
    assert_eq!(patched["metadata"]["generation"], 2);
    assert_eq!(
        (&patched["spec"]["replicas"], &patched["status"]["replicas"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(patched["metadata"].get("labels"), None);
    assert_eq!(patched["metadata"]["annotations"], json!({"a": "x"}));
}

#[test]
fn an_apply_makes_merges_and_conflicts() {
    let world = world();
    let apply = |manager: &str, body: &Value| {
        let path = format!("{MAPS}/a?fieldManager={manager}");
        world.ask_as("PATCH", &path, body, "application/apply-patch+yaml")
    };
    assert_eq!(apply("m1", &map("a")).status, 201);
    let again = apply("m1", &map("a"));
    assert_eq!(again.status, 200);
    let other = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "w"}});
    let why = "Apply failed with 1 conflict: conflict with \"m1\": .data.k";
    apply("m2", &other).refuses(409, why);
}

#[test]
fn a_deleted_object_goes_or_waits_for_its_finalizers() {
    let world = world();
    world.create(MAPS, &map("a"));
    let answer = world.delete(&format!("{MAPS}/a"));
    assert_eq!((answer.status, &answer.body["status"]), (200, &json!("Success")));
    assert_eq!(answer.body["details"]["kind"], "configmaps");
    let mut held = map("b");
    held["metadata"]["finalizers"] = json!(["x/y"]);
    world.create(MAPS, &held);
    let path = format!("{MAPS}/b");
    let going = world.delete(&path).body;
    assert_eq!(going["metadata"]["deletionGracePeriodSeconds"], 0);
    assert_eq!(world.delete(&path).body, going);
    let version = going["metadata"]["resourceVersion"].clone();
    let gone = world.ask("PATCH", &path, &json!({"metadata": {"finalizers": null}})).body;
    assert_eq!(gone["metadata"]["resourceVersion"], version);
    assert_eq!(world.get(&path).status, 404);
}

#[test]
fn dependents_go_with_their_owner_unless_told_otherwise() {
    for (policy, left) in [("Background", false), ("Foreground", false), ("Orphan", true)] {
        let world = world();
        let owner = world.create(MAPS, &map("owner"));
        let mut dependent = map("dependent");
        dependent["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"],
            "blockOwnerDeletion": true,
        }]);
        world.create(MAPS, &dependent);
        world.delete(&format!("{MAPS}/owner?propagationPolicy={policy}"));
        assert_eq!(world.get(&format!("{MAPS}/owner")).status, 404, "{policy}");
        let found = world.get(&format!("{MAPS}/dependent"));
        assert_eq!(found.status == 200, left, "{policy}");
        assert_eq!(found.body["metadata"].get("ownerReferences"), None, "{policy}");
    }
}

#[test]
fn without_controllers_garbage_and_namespaces_stay() {
    let world = World::new(false);
    let owner = world.create(MAPS, &map("owner"));
    world.delete(&format!("{MAPS}/owner?propagationPolicy=Foreground"));
    let found = world.get(&format!("{MAPS}/owner")).body;
    assert_eq!(found["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    assert_eq!(found["metadata"]["uid"], owner["metadata"]["uid"]);
    world.create("/api/v1/namespaces", &json!({"metadata": {"name": "n"}}));
    let going = world.delete("/api/v1/namespaces/n").body;
    assert_eq!(going["status"]["phase"], "Terminating");
    let answer = world.ask("POST", "/api/v1/namespaces/n/configmaps", &map("y"));
    let why = "configmaps \"y\" is forbidden: unable to create new content in namespace n because it is being \
               terminated";
    answer.refuses(403, why);
}

#[test]
fn a_namespace_goes_with_all_that_is_in_it() {
    let world = world();
    world.create("/api/v1/namespaces", &json!({"metadata": {"name": "n"}}));
    world.create("/api/v1/namespaces/n/configmaps", &map("a"));
    assert_eq!(world.get("/api/v1/namespaces/n/serviceaccounts/default").status, 200);
    assert_eq!(world.delete("/api/v1/namespaces/n").body["status"]["phase"], "Terminating");
    assert_eq!(world.get("/api/v1/namespaces/n").status, 404);
    assert_eq!(world.get("/api/v1/namespaces/n/configmaps/a").status, 404);
    let why = "namespaces \"default\" is forbidden: this namespace may not be deleted";
    world.delete("/api/v1/namespaces/default").refuses(403, why);
}

#[test]
fn pods_on_a_node_are_given_time() {
    let world = world();
    let pods = "/api/v1/namespaces/default/pods";
    let pod = |name: &str| json!({"metadata": {"name": name}, "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}});
    let made = world.create(pods, &pod("p"));
    assert_eq!(
        (&made["status"]["phase"], &made["spec"]["priority"]),
        (&json!("Pending"), &json!(0))
    );
    let going = world.delete(&format!("{pods}/p")).body;
    assert_eq!(going["metadata"]["deletionGracePeriodSeconds"], 30);
    assert_eq!(going["metadata"]["generation"], 2);
    let going = world.delete(&format!("{pods}/p?gracePeriodSeconds=5")).body;
    assert_eq!(going["metadata"]["deletionGracePeriodSeconds"], 5);
    world.delete(&format!("{pods}/p?gracePeriodSeconds=0"));
    assert_eq!(world.get(&format!("{pods}/p")).status, 404);
}

#[test]
fn a_collection_is_deleted_by_selector() {
    let world = world();
    for (name, label) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let mut object = map(name);
        object["metadata"]["labels"] = json!({"l": label});
        world.create(MAPS, &object);
    }
    let answer = world.delete(&format!("{MAPS}?labelSelector=l=x"));
    assert_eq!(answer.body["kind"], "ConfigMapList");
    assert_eq!(answer.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(world.get(&format!("{MAPS}/b")).status, 200);
    assert_eq!(world.get(&format!("{MAPS}/a")).status, 404);
}

#[test]
fn services_get_addresses_and_ports_of_their_own() {
    let world = world();
    let services = "/api/v1/namespaces/default/services";
    let service = |name: &str| json!({"metadata": {"name": name}, "spec": {"type": "NodePort", "selector": {"a": "b"}, "ports": [{"port": 80}]}});
    let one = world.create(services, &service("one"));
    let other = world.create(services, &service("other"));
    assert_ne!(one["spec"]["clusterIP"], other["spec"]["clusterIP"]);
    assert_ne!(one["spec"]["ports"][0]["nodePort"], other["spec"]["ports"][0]["nodePort"]);
    assert_eq!(one["spec"]["ports"][0]["targetPort"], 80);
    let again = world.ask("PUT", &format!("{services}/one"), &service("one")).body;
    assert_eq!(again["spec"], one["spec"]);
}

#[test]
fn warnings_come_with_refusals_too() {
    let world = world();
    world.create(MAPS, &map("a"));
    let mut again = map("a");
    again["foo"] = json!(1);
    let answer = world.ask("POST", MAPS, &again);
    assert_eq!((answer.status, answer.warnings()), (409, vec!["unknown field \"foo\"".to_owned()]));
}

#[test]
fn a_removed_object_is_answered_with_the_version_of_its_removal() {
    let world = world();
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    let made = world.create(accounts, &json!({"metadata": {"name": "a"}}));
    let gone = world.delete(&format!("{accounts}/a")).body;
    assert_eq!(gone["metadata"]["uid"], made["metadata"]["uid"]);
    let version = world.cluster.store.version().to_string();
    assert_eq!(gone["metadata"]["resourceVersion"], version);
}

#[test]
fn an_empty_list_that_is_always_written_is_owned() {
    let world = world();
    let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
    let made = world.create(roles, &json!({"metadata": {"name": "a"}, "rules": []}));
    assert_eq!(made["rules"], json!(null));
    assert_eq!(made["metadata"]["managedFields"][0]["fieldsV1"], json!({"f:rules": {}}));
    assert_eq!(made["rules"], json!(null));
}
