//! Scales of built-in and of custom kinds.

use serde_json::{Value, json};

use crate::api::testing::{World, world};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn deployment() -> World {
    let world = world();
    let selector = json!({
        "matchLabels": {"a": "b"}, "matchExpressions": [{"key": "h", "operator": "Exists"}],
    });
    let labels = json!({"a": "b", "h": "i"});
    let template = json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    let spec = json!({"replicas": 3, "selector": selector, "template": template});
    world.create(
        DEPLOYMENTS,
        &json!({"metadata": {"name": "d", "labels": {"z": "y"}}, "spec": spec}),
    );
    world
}

fn scale(world: &World, body: &Value) -> crate::api::testing::Answer {
    world.ask("PUT", &format!("{DEPLOYMENTS}/d/scale"), body)
}

#[test]
fn a_scale_is_read_from_its_parent() {
    let world = deployment();
    let parent = world.get(&format!("{DEPLOYMENTS}/d")).body;
    let answer = world.get(&format!("{DEPLOYMENTS}/d/scale"));
    let meta = |key: &str| parent["metadata"][key].clone();
    assert_eq!(
        answer.body,
        json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1",
            "metadata": {
                "name": "d", "namespace": "default", "uid": meta("uid"),
                "resourceVersion": meta("resourceVersion"),
                "creationTimestamp": meta("creationTimestamp"),
            },
            "spec": {"replicas": 3}, "status": {"replicas": 0, "selector": "a=b,h"},
        })
    );
    world
        .get(&format!("{DEPLOYMENTS}/nope/scale"))
        .refuses(404, "deployments.apps \"nope\" not found");
}

#[test]
fn a_scale_is_written_to_its_parent() {
    let world = deployment();
    let answer = scale(&world, &json!({"metadata": {"name": "d"}, "spec": {"replicas": 2}}));
    assert_eq!((answer.status, &answer.body["spec"]), (200, &json!({"replicas": 2})));
    assert_eq!(answer.body["metadata"].get("managedFields"), None);
    let parent = world.get(&format!("{DEPLOYMENTS}/d")).body;
    assert_eq!(parent["spec"]["replicas"], 2);
    assert_eq!(parent["metadata"]["generation"], 2);
    assert_eq!(parent["metadata"]["resourceVersion"], answer.body["metadata"]["resourceVersion"]);
    let managers = parent["metadata"]["managedFields"].as_array().unwrap();
    let own = managers.iter().find(|entry| entry["subresource"] == "scale").unwrap();
    assert_eq!(own["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!((&own["apiVersion"], own.get("time")), (&json!("apps/v1"), None));
    assert_eq!(managers[1]["fieldsV1"]["f:spec"].get("f:replicas"), None);
    let again = scale(&world, &json!({"metadata": {"name": "d"}, "spec": {"replicas": 2}}));
    assert_eq!(again.body, answer.body);
    let none = scale(&world, &json!({"metadata": {"name": "d"}}));
    assert_eq!(none.body["spec"], json!({}));
}

#[test]
fn a_scale_that_does_not_fit_is_refused() {
    let world = deployment();
    let body = |metadata: Value, replicas: i64| json!({"metadata": metadata, "spec": {"replicas": replicas}});
    scale(&world, &body(json!({"name": "d"}), -1)).refuses(
        422,
        "Scale.autoscaling \"d\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    );
    scale(&world, &body(json!({"name": "d", "resourceVersion": "1"}), 1)).refuses(
        409,
        "Operation cannot be fulfilled on deployments.apps \"d\": the object has been modified; please apply \
         your changes to the latest version and try again",
    );
    let answer = scale(&world, &body(json!({"name": "d", "uid": "abc"}), 1));
    assert_eq!(answer.status, 409);
    scale(&world, &body(json!({"name": "e"}), 1))
        .refuses(400, "the name of the object (e) does not match the name on the URL (d)");
    scale(
        &world,
        &json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "d"}}),
    )
    .refuses(
        400,
        "Deployment in version \"v1\" cannot be handled as a Scale: converting (v1.Deployment) to \
         (autoscaling.Scale): unknown conversion",
    );
    let dry = world.ask(
        "PUT",
        &format!("{DEPLOYMENTS}/d/scale?dryRun=All"),
        &body(json!({"name": "d"}), 9),
    );
    assert_eq!(dry.body["spec"]["replicas"], 9);
    assert_eq!(world.get(&format!("{DEPLOYMENTS}/d")).body["spec"]["replicas"], 3);
}

#[test]
fn a_scale_is_patched_in_every_way() {
    let world = deployment();
    let path = format!("{DEPLOYMENTS}/d/scale");
    let ask = |body: Value, kind: &str| world.ask_as("PATCH", &path, &body, kind);
    let replicas = |answer: crate::api::testing::Answer| {
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["spec"]["replicas"].clone()
    };
    let merge = "application/merge-patch+json";
    assert_eq!(replicas(ask(json!({"spec": {"replicas": 7}}), merge)), 7);
    let strategic = "application/strategic-merge-patch+json";
    assert_eq!(replicas(ask(json!({"spec": {"replicas": 8}}), strategic)), 8);
    let json_patch = json!([{"op": "replace", "path": "/spec/replicas", "value": 9}]);
    assert_eq!(replicas(ask(json_patch, "application/json-patch+json")), 9);
    let answer = ask(json!({"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 3}}), merge);
    assert_eq!(answer.status, 409);
    ask(json!({"metadata": {"name": "q"}}), merge)
        .refuses(400, "the name of the object (q) does not match the name on the URL (d)");
}

#[test]
fn a_scale_is_applied() {
    let world = deployment();
    let body = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "d"},
        "spec": {"replicas": 10},
    });
    let ask = |query: &str| {
        let path = format!("{DEPLOYMENTS}/d/scale?fieldManager=m{query}");
        world.ask_as("PATCH", &path, &body, "application/apply-patch+yaml")
    };
    assert_eq!(ask("").body["details"]["causes"][0]["field"], ".spec.replicas");
    assert_eq!(ask("&force=true").body["spec"]["replicas"], 10);
    let parent = world.get(&format!("{DEPLOYMENTS}/d")).body;
    let own = &parent["metadata"]["managedFields"][0];
    assert_eq!((&own["manager"], &own["operation"]), (&json!("m"), &json!("Apply")));
    assert_eq!(own["subresource"], "scale");
}

/// A custom resource whose scale is elsewhere.
fn widget() -> World {
    let world = world();
    let schema = json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "size": {"type": "integer", "maximum": 10}, "x": {"type": "string"},
        }},
        "status": {"type": "object", "properties": {
            "size": {"type": "integer"}, "sel": {"type": "string"},
        }},
    }});
    let scale = json!({
        "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size",
        "labelSelectorPath": ".status.sel",
    });
    let version = json!({
        "name": "v1", "served": true, "storage": true,
        "subresources": {"status": {}, "scale": scale}, "schema": {"openAPIV3Schema": schema},
    });
    let names = json!({"plural": "widgets", "kind": "Widget"});
    let spec =
        json!({"group": "ex.io", "scope": "Namespaced", "names": names, "versions": [version]});
    world.create(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        &json!({"metadata": {"name": "widgets.ex.io"}, "spec": spec}),
    );
    let widget = json!({
        "kind": "Widget", "apiVersion": "ex.io/v1", "metadata": {"name": "w"}, "spec": {"x": "y"},
    });
    world.create("/apis/ex.io/v1/namespaces/default/widgets", &widget);
    world
}

#[test]
fn a_custom_scale_is_where_its_definition_says() {
    let world = widget();
    let path = "/apis/ex.io/v1/namespaces/default/widgets/w";
    let missing = world.get(&format!("{path}/scale"));
    assert_eq!(missing.body["reason"], "InternalError");
    missing.refuses(
        500,
        "Internal error occurred: the spec replicas field \".spec.size\" does not exist",
    );
    let put = |replicas: i64| {
        let body = json!({"metadata": {"name": "w"}, "spec": {"replicas": replicas}});
        world.ask("PUT", &format!("{path}/scale"), &body)
    };
    let answer = put(2);
    assert_eq!(
        (answer.status, &answer.body["spec"]),
        (200, &json!({"replicas": 2})),
        "{}",
        answer.body
    );
    assert_eq!(world.get(path).body["spec"], json!({"size": 2, "x": "y"}));
    put(-1).refuses(
        422,
        "Widget.ex.io \"w\" is invalid: .spec.size: Invalid value: -1: should be a non-negative integer",
    );
    put(11).refuses(
        422,
        "Widget.ex.io \"w\" is invalid: spec.size: Invalid value: 11: spec.size in body should be less than or \
         equal to 10",
    );
    let status = json!({"status": {"size": 4, "sel": "a=b"}});
    world.ask("PATCH", &format!("{path}/status"), &status);
    let scale = world.get(&format!("{path}/scale")).body;
    assert_eq!(scale["status"], json!({"replicas": 4, "selector": "a=b"}));
    let kind = "application/strategic-merge-patch+json";
    assert_eq!(world.ask_as("PATCH", &format!("{path}/scale"), &json!({}), kind).status, 415);
}
