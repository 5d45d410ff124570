//! What an apply is refused for, in the words of the real server.

use super::*;

#[track_caller]
fn check(story: &mut Story, kind: &str, mut object: Value, expected: &str) {
    let api_version = story.api_version.clone();
    object["apiVersion"] = json!(api_version);
    object["kind"] = json!(kind);
    object["metadata"]["name"] = json!("e");
    let version = if api_version.contains('/') { api_version } else { format!("/{api_version}") };
    let start = format!("failed to create typed patch object (/e; {version}, Kind={kind}): ");
    assert_eq!(story.refused("a", object), format!("{start}{expected}"));
}

#[test]
fn a_config_map_that_does_not_fit_its_schema() {
    for (object, expected) in [
        (json!({"foo": 1}), ".foo: field not declared in schema"),
        (
            json!({"data": {"k": 5}}),
            ".data.k: expected string, got &value.valueUnstructured{Value:5}",
        ),
        (
            json!({"data": {"a": {"b": 1}, "c": [1, "x"], "k": true}}),
            "errors:\n  \
             .data.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{\"b\":1}}\n  \
             .data.c: expected string, got &value.valueUnstructured{Value:[]interface {}{1, \"x\"}}\n  \
             .data.k: expected string, got &value.valueUnstructured{Value:true}",
        ),
        (json!({"immutable": "yes"}), ".immutable: expected boolean, got &{yes}"),
        (json!({"immutable": {"a": 1}}), ".immutable: expected boolean, got &{map[a:1]}"),
        (json!({"data": "x"}), ".data: expected map, got &{x}"),
        (json!({"metadata": {"finalizers": "x"}}), ".metadata.finalizers: expected list, got &{x}"),
        (
            json!({"metadata": {"finalizers": ["a", "a"]}}),
            ".metadata.finalizers: duplicate entries for key [=\"a\"]",
        ),
        (
            json!({"metadata": {"finalizers": [{}]}}),
            ".metadata.finalizers: element 0: associative list without keys has an element that's a map type",
        ),
        (
            json!({"metadata": {"ownerReferences": [null, 3]}}),
            ".metadata.ownerReferences: element 0: associative list with keys may not have a null element",
        ),
        (
            json!({"metadata": {"ownerReferences": [3]}}),
            ".metadata.ownerReferences: element 0: associative list with keys may not have non-map elements",
        ),
        (
            json!({"metadata": {"generation": "x"}}),
            ".metadata.generation: expected numeric (int or float), got string",
        ),
        (json!({"metadata": {"labels": [1]}}), ".metadata.labels: expected map, got &{[1]}"),
    ] {
        check(&mut Story::of_config_map(), "ConfigMap", object, expected);
    }
}

#[test]
fn a_deployment_that_does_not_fit_its_schema() {
    let at = ".spec.template.spec.containers";
    for (containers, expected) in [
        (
            json!([{"name": "a"}, {"name": "a"}]),
            format!("{at}: duplicate entries for key [name=\"a\"]"),
        ),
        (
            json!([{"name": "a", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]}]),
            format!(
                "{at}[name=\"a\"].ports: duplicate entries for key [containerPort=80,protocol=\"TCP\"]"
            ),
        ),
        (
            json!([{"name": "a", "imagee": "x"}]),
            format!("{at}[name=\"a\"].imagee: field not declared in schema"),
        ),
        (
            json!([{"name": "a", "args": [1]}]),
            format!(
                "{at}[name=\"a\"].args[0]: expected string, got &value.valueUnstructured{{Value:1}}"
            ),
        ),
        (
            json!([{"name": "a", "resources": {"limits": {"cpu": {"a": 1}}}}]),
            format!(
                "{at}[name=\"a\"].resources.limits.cpu: expected any scalar, got &{{map[a:1]}}"
            ),
        ),
        (
            json!([{"image": "x"}]),
            format!(
                "{at}: element 0: associative list with keys has an element that omits all key fields \
                 [\"name\"] (and doesn't have default values for any key fields)"
            ),
        ),
    ] {
        let object = json!({"spec": {"template": {"spec": {"containers": containers}}}});
        check(&mut Story::of_deployment(), "Deployment", object, &expected);
    }
}

#[test]
fn a_misfit_is_an_internal_error_without_a_reason() {
    let failure = Story::of_config_map().try_apply("a", &json!({"foo": 1}), false).unwrap_err();
    let status = failure.status();
    assert_eq!((&status["code"], &status["reason"]), (&json!(500), &Value::Null));
}

#[test]
fn conflicts_are_told_by_manager_with_every_cause() {
    let config = |value: &str| json!({"data": {"a": value}, "metadata": {"labels": {"x": value}}});
    let mut story = Story::of_config_map();
    story.apply("same", config("1")).apply("a1", config("1"));
    story.change("u", |object| object["data"]["n"] = json!("1"));
    let mut applied = config("2");
    applied["data"]["n"] = json!("2");
    let status = story.try_apply("a2", &applied, false).unwrap_err().status();
    assert_eq!(
        status["message"],
        "Apply failed with 5 conflicts: conflicts with \"a1\":\n- .data.a\n- .metadata.labels.x\n\
         conflicts with \"same\":\n- .data.a\n- .metadata.labels.x\nconflicts with \"u\" using v1:\n- .data.n"
    );
    assert_eq!((&status["code"], &status["reason"]), (&json!(409), &json!("Conflict")));
    let causes = status["details"]["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 5);
    let expected = json!({"reason": "FieldManagerConflict", "message": "conflict with \"u\" using v1",
        "field": ".data.n"});
    assert_eq!(causes[4], expected);
}

#[test]
fn a_conflict_names_the_subresource() {
    let mut story = Story::of_deployment();
    story.apply("a", json!({"spec": {"replicas": 1}}));
    story.subresource = "scale".into();
    story.change("hpa", |object| object["spec"]["replicas"] = json!(3));
    story.subresource = String::new();
    assert_eq!(
        story.refused("a", json!({"spec": {"replicas": 5}})),
        "Apply failed with 1 conflict: conflict with \"hpa\" with subresource \"scale\" using apps/v1: \
         .spec.replicas"
    );
}

#[test]
fn managed_fields_may_not_be_applied() {
    let applied = |fields: Value| json!({"metadata": {"managedFields": fields}});
    let refusal = Story::of_config_map().refused("a", applied(json!([])));
    assert_eq!(refusal, "metadata.managedFields must be nil");
    Story::of_config_map().apply("a", applied(Value::Null));
}

#[test]
fn an_object_too_deep_to_walk_is_refused_not_followed() {
    let mut deep = json!(1);
    for _ in 0..600 {
        deep = Value::Object([("a".to_owned(), deep)].into_iter().collect());
    }
    let object = json!({"metadata": {}, "spec": {"free": deep}});
    let mut story = Story::of_custom();
    assert!(story.try_apply("a", &object, false).is_err());
    story.write("m", object).is("/metadata/managedFields", Value::Null);
}
