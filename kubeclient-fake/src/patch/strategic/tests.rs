//! Strategic merge patches against what a real server made of them.

use serde_json::{Value, json};

use super::{apply, shown};
use crate::patch::fuzz::{Damage, damaged};
use crate::schema::{Schema, SchemaKind, SchemaRef};

fn object(fields: Vec<(&str, SchemaRef)>) -> SchemaRef {
    let properties = fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect();
    SchemaRef::Own(Box::new(Schema { kind: SchemaKind::Object, properties, ..Schema::default() }))
}

fn anything() -> SchemaRef {
    SchemaRef::Own(Box::default())
}

fn map() -> SchemaRef {
    let additional = Some(anything());
    SchemaRef::Own(Box::new(Schema { kind: SchemaKind::Object, additional, ..Schema::default() }))
}

fn list(key: Option<&str>, items: SchemaRef) -> SchemaRef {
    SchemaRef::Own(Box::new(Schema {
        kind: SchemaKind::Array,
        items: Some(items),
        patch_merge: key.is_some(),
        patch_merge_key: key.unwrap_or_default().to_owned(),
        ..Schema::default()
    }))
}

/// As much of a pod's specification as is patched here.
fn pod() -> SchemaRef {
    let env = object(vec![("name", anything()), ("value", anything())]);
    let port = object(vec![("containerPort", anything()), ("name", anything())]);
    let container = object(vec![
        ("name", anything()),
        ("image", anything()),
        ("args", list(None, anything())),
        ("env", list(Some("name"), env)),
        ("ports", list(Some("containerPort"), port)),
    ]);
    let volume = object(vec![("name", anything()), ("hostPath", map()), ("emptyDir", map())]);
    object(vec![
        ("containers", list(Some("name"), container)),
        ("volumes", list(Some("name"), volume)),
        ("finalizers", list(Some(""), anything())),
        ("nodeSelector", map()),
        ("tolerations", list(None, anything())),
    ])
}

fn document() -> Value {
    json!({
        "containers": [
            {"name": "c1", "image": "i1", "args": ["1", "2"],
             "env": [{"name": "E1", "value": "1"}, {"name": "E2", "value": "2"}],
             "ports": [{"containerPort": 80}, {"containerPort": 81}]},
            {"name": "c2", "image": "i2"},
            {"name": "c3", "image": "i3"},
        ],
        "volumes": [{"name": "v1", "emptyDir": {}}, {"name": "v2", "hostPath": {"path": "/x"}}],
        "finalizers": ["x/a", "x/b"],
        "nodeSelector": {"q": "1"},
    })
}

fn patched(patch: &Value) -> Result<Value, String> {
    apply(&pod(), &document(), patch.to_string().as_bytes()).map_err(|failure| {
        let status = failure.status();
        format!("{} {}", status["code"], status["message"].as_str().unwrap_or_default())
    })
}

#[track_caller]
fn leads_to(patch: Value, pointer: &str, expected: Value) {
    let after = patched(&patch).expect("applies");
    assert_eq!(after.pointer(pointer).unwrap_or(&Value::Null), &expected, "{patch}");
}

#[track_caller]
fn names(patch: Value, expected: &str) {
    let after = patched(&patch).expect("applies");
    let names = after["containers"].as_array().expect("a list").iter();
    let names: Vec<String> = names
        .map(|item| {
            format!(
                "{}={}",
                item["name"].as_str().unwrap_or("?"),
                item["image"].as_str().unwrap_or("?")
            )
        })
        .collect();
    assert_eq!(names.join(" "), expected, "{patch}");
}

#[track_caller]
fn fails(patch: Value, expected: &str) {
    assert_eq!(patched(&patch).expect_err("is refused"), expected, "{patch}");
}

#[test]
fn lists_merge_by_key_with_new_items_first() {
    names(json!({"containers": [{"name": "n1", "image": "x"}]}), "n1=x c1=i1 c2=i2 c3=i3");
    names(
        json!({"containers": [{"name": "c3", "image": "x"}, {"name": "c1", "image": "y"}]}),
        "c2=i2 c3=x c1=y",
    );
    names(
        json!({"containers": [{"name": "n2", "image": "x"}, {"name": "n1", "image": "x"}, {"name": "c2", "image": "w"}]}),
        "n2=x n1=x c1=i1 c2=w c3=i3",
    );
    names(json!({"containers": []}), "c1=i1 c2=i2 c3=i3");
    leads_to(
        json!({"containers": [{"name": "c1", "ports": [{"containerPort": 82}, {"containerPort": 80, "name": "p"}]}]}),
        "/containers/0/ports",
        json!([{"containerPort": 82}, {"containerPort": 80, "name": "p"}, {"containerPort": 81}]),
    );
}

#[test]
fn other_lists_are_replaced_and_primitive_ones_are_united() {
    leads_to(
        json!({"containers": [{"name": "c1", "args": ["9"]}]}),
        "/containers/0/args",
        json!(["9"]),
    );
    leads_to(json!({"finalizers": ["x/c", "x/a"]}), "/finalizers", json!(["x/c", "x/a", "x/b"]));
    leads_to(
        json!({"$deleteFromPrimitiveList/finalizers": ["x/a"]}),
        "/finalizers",
        json!(["x/b"]),
    );
    leads_to(
        json!({"$setElementOrder/finalizers": ["x/b", "x/a"]}),
        "/finalizers",
        json!(["x/b", "x/a"]),
    );
    leads_to(
        json!({
            "$deleteFromPrimitiveList/finalizers": ["x/a"],
            "$setElementOrder/finalizers": ["x/n", "x/b"],
            "finalizers": ["x/n"],
        }),
        "/finalizers",
        json!(["x/n", "x/b"]),
    );
}

#[test]
fn items_are_deleted_and_lists_are_replaced_by_directive() {
    names(json!({"containers": [{"name": "c2", "$patch": "delete"}]}), "c1=i1 c3=i3");
    names(json!({"containers": [{"$patch": "replace"}, {"name": "z", "image": "z"}]}), "z=z");
    leads_to(
        json!({"containers": [{"name": "c1", "env": [{"name": "E3", "value": "3"}, {"name": "E1", "$patch": "delete"}]}]}),
        "/containers/0/env",
        json!([{"name": "E3", "value": "3"}, {"name": "E2", "value": "2"}]),
    );
    leads_to(json!({"tolerations": [{"$patch": "replace"}]}), "/tolerations", json!([]));
}

#[test]
fn maps_merge_unless_a_directive_says_otherwise() {
    leads_to(json!({"nodeSelector": {"r": "3"}}), "/nodeSelector", json!({"q": "1", "r": "3"}));
    leads_to(json!({"nodeSelector": {"q": null, "r": "3"}}), "/nodeSelector", json!({"r": "3"}));
    leads_to(
        json!({"nodeSelector": {"$patch": "replace", "w": "2"}}),
        "/nodeSelector",
        json!({"w": "2"}),
    );
    leads_to(json!({"nodeSelector": {"$patch": "delete"}}), "/nodeSelector", json!({}));
    leads_to(
        json!({"nodeSelector": {"n": {"$patch": "delete"}}}),
        "/nodeSelector",
        json!({"q": "1"}),
    );
    leads_to(json!({"nodeSelector": "x"}), "/nodeSelector", json!("x"));
    leads_to(json!({"containers": null, "nope": null}), "/containers", json!(null));
    leads_to(
        json!({"nodeSelector": {"n": {"a": null, "b": 1}}}),
        "/nodeSelector/n",
        json!({"b": 1}),
    );
}

#[test]
fn keys_that_are_not_retained_go() {
    leads_to(
        json!({"volumes": [{"$retainKeys": ["name", "emptyDir"], "name": "v2", "emptyDir": {}}]}),
        "/volumes/1",
        json!({"name": "v2", "emptyDir": {}}),
    );
    let wrong = "400 invalid patch format of retainKeys";
    fails(json!({"nodeSelector": {"$retainKeys": ["q"], "k": "2"}}), wrong);
    fails(json!({"nodeSelector": {"$retainKeys": "q"}}), wrong);
}

#[test]
fn an_order_that_is_said_holds() {
    let order = |names: &[&str]| Value::from_iter(names.iter().map(|name| json!({"name": name})));
    names(json!({"$setElementOrder/containers": order(&["c3", "c1"])}), "c2=i2 c3=i3 c1=i1");
    names(
        json!({
            "$setElementOrder/containers": order(&["n", "c3", "c2", "c1"]),
            "containers": [{"name": "n", "image": "n"}, {"name": "c1", "image": "z"}],
        }),
        "n=n c3=i3 c2=i2 c1=z",
    );
    fails(
        json!({"$setElementOrder/containers": order(&["c1"]), "containers": [{"name": "c2", "image": "q"}]}),
        "500 The order in patch list:\n[map[image:q name:c2]]\n doesn't match $setElementOrder list:\n[map[name:c1]]\n",
    );
    fails(json!({"$setElementOrder/containers": ["c1"]}), "500 value for key 0 is not a map");
    fails(
        json!({"$setElementOrder/containers": [{"foo": "c1"}]}),
        "500 map: map[foo:c1] does not contain declared merge key: name",
    );
    fails(
        json!({"$setElementOrder/nodeSelector": []}),
        "500 expected a []interface {}, but received a map[string]interface {}",
    );
    fails(
        json!({"$setElementOrder/finalizers": "a"}),
        "500 expected a []interface {}, but received a string",
    );
}

#[test]
fn what_is_wrong_is_told_in_the_servers_words() {
    fails(
        json!({"containers": [{"image": "nokey"}]}),
        "500 map: map[image:nokey] does not contain declared merge key: name",
    );
    fails(
        json!({"containers": [{"$patch": "delete"}]}),
        "500 map: map[$patch:delete] does not contain declared merge key: name",
    );
    fails(
        json!({"containers": [{"name": "c2", "$patch": "merge"}]}),
        "500 merging lists cannot yet be specified in the patch",
    );
    fails(
        json!({"containers": [{"name": "c2", "$patch": "bogus"}]}),
        "500 unknown patch type: bogus in map: map[$patch:bogus name:c2]",
    );
    fails(json!({"$patch": "bogus"}), "500 unknown patch type: bogus in map: map[$patch:bogus]");
    fails(json!({"finalizers": [1]}), "500 list element types are not identical: [[x/a x/b] [1]]");
    fails(json!({"$deleteFromPrimitiveList": ["a"]}), "400 invalid patch format of primitive list");
    fails(
        json!([]),
        "400 json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
    leads_to(json!(null), "", document());
}

#[test]
fn a_field_that_the_schema_lacks_is_named_with_its_struct() {
    let schema = SchemaRef::Builtin("api.core.v1.Pod");
    let patch = json!({"spec": {"$setElementOrder/bogus": ["a"]}}).to_string();
    let failure = apply(&schema, &json!({"spec": {}}), patch.as_bytes()).expect_err("is refused");
    let message = "unable to find api field in struct PodSpec for the json field \"bogus\"";
    assert_eq!(failure.status()["message"], message);
}

#[test]
fn a_patch_is_shown_as_go_shows_maps() {
    let patch = json!({"b": {"d": null, "c": [1, "x", true]}, "a": 1.5});
    assert_eq!(shown(patch.to_string().as_bytes()), "map[a:1.5 b:map[c:[1 x true] d:<nil>]]");
}

#[test]
fn a_field_whose_strategy_is_replace_is_replaced() {
    let schema = SchemaRef::Builtin("api.policy.v1.PodDisruptionBudget");
    let budget = json!({"spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}});
    let patch = json!({"spec": {"selector": {"matchLabels": {"c": "d"}}}}).to_string();
    let patched = apply(&schema, &budget, patch.as_bytes()).expect("is applied");
    let expected = json!({"spec": {"minAvailable": 1, "selector": {"matchLabels": {"c": "d"}}}});
    assert_eq!(patched, expected);
}

#[test]
fn a_damaged_strategic_patch_changes_or_is_refused() {
    const EXAMPLES: &[&str] = &[
        r#"{"containers":[{"name":"c1","$patch":"delete"},{"name":"c2","env":[{"name":"E","value":"x"}],"args":["3"]}]}"#,
        r#"{"$deleteFromPrimitiveList/finalizers":["x"],"$setElementOrder/finalizers":["y"],"nodeSelector":null}"#,
        r#"{"$retainKeys":["volumes"],"$setElementOrder/volumes":[{"name":"v"}],"volumes":[{"name":"v","$retainKeys":["name"]}]}"#,
    ];
    let (schema, document) = (pod(), document());
    bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
        let _ = apply(&schema, &document, &damaged(EXAMPLES, damage));
    });
}
