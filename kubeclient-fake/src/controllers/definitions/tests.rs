//! Definitions, through a whole cluster.

use serde_json::{Value, json};

use crate::api::testing::{World, world};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS: &str = "/apis/ex.io/v1/namespaces/default/things";

fn version(name: &str, is_stored: bool) -> Value {
    let spec = json!({"type": "object", "properties": {
        "size": {"type": "integer", "maximum": 10}, "label": {"type": "string", "default": "plain"},
    }});
    let schema = json!({"type": "object", "properties": {"spec": spec}});
    json!({"name": name, "served": true, "storage": is_stored, "schema": {"openAPIV3Schema": schema}})
}

fn definition() -> Value {
    json!({
        "metadata": {"name": "things.ex.io"},
        "spec": {
            "group": "ex.io", "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
            "versions": [version("v1", true)],
        },
    })
}

fn thing(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "ex.io/v1", "kind": "Thing", "metadata": {"name": name}, "spec": spec})
}

fn live(world: &World, name: &str) -> Value {
    world.get(&format!("{DEFINITIONS}/{name}")).body
}

/// Status and reason.
#[track_caller]
fn condition(definition: &Value, kind: &str) -> (String, String) {
    let conditions = definition["status"]["conditions"].as_array().unwrap();
    let found = conditions.iter().find(|known| known["type"] == kind).unwrap();
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("status"), text("reason"))
}

fn is(definition: &Value, kind: &str, status: &str, reason: &str) {
    assert_eq!(condition(definition, kind), (status.to_owned(), reason.to_owned()));
}

/// A definition that differs from a good one, and what is said against it.
#[track_caller]
fn refused(change: impl FnOnce(&mut Value), causes: &[(&str, &str)]) {
    let mut definition = definition();
    change(&mut definition);
    let answer = world().ask("POST", DEFINITIONS, &definition);
    assert_eq!(answer.status, 422, "{}", answer.body);
    let found = answer.body["details"]["causes"].as_array().unwrap();
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|cause| (cause["field"].as_str().unwrap(), cause["message"].as_str().unwrap()))
        .collect();
    assert_eq!(found, causes);
}

#[test]
fn a_definition_is_answered_before_anything_came_of_it_and_then_established() {
    let world = world();
    let created = world.create(DEFINITIONS, &definition());
    assert_eq!(created["status"]["conditions"], Value::Null);
    assert_eq!(created["status"]["storedVersions"], json!(["v1"]));
    assert_eq!(created["spec"]["names"]["listKind"], "ThingList");
    let now = live(&world, "things.ex.io");
    is(&now, "NamesAccepted", "True", "NoConflicts");
    is(&now, "Established", "True", "InitialNamesAccepted");
    assert_eq!(now["status"]["acceptedNames"], now["spec"]["names"]);
    let managers = now["metadata"]["managedFields"].as_array().unwrap();
    assert!(managers.iter().any(|entry| entry["manager"] == "kube-apiserver"));
}

#[test]
fn objects_are_pruned_defaulted_and_validated() {
    let world = world();
    world.create(DEFINITIONS, &definition());
    let made = world.create(THINGS, &thing("a", json!({"size": 1, "junk": true})));
    assert_eq!(made["spec"], json!({"size": 1, "label": "plain"}));
    assert_eq!(made["metadata"]["generation"], 1);
    let answer = world.ask("POST", THINGS, &thing("b", json!({"size": 30})));
    let why = "Thing.ex.io \"b\" is invalid: spec.size: Invalid value: 30: spec.size in body should be less \
               than or equal to 10";
    answer.refuses(422, why);
    let answer = world.ask("PATCH", &format!("{THINGS}/a"), &json!({"spec": {"size": 31}}));
    assert_eq!(answer.status, 422, "{}", answer.body);
}

#[test]
fn names_that_another_has_are_not_accepted_until_it_goes() {
    let world = world();
    world.create(DEFINITIONS, &definition());
    let mut other = definition();
    other["metadata"]["name"] = "others.ex.io".into();
    other["spec"]["names"] = json!({"plural": "others", "kind": "Other", "listKind": "ThingList"});
    world.create(DEFINITIONS, &other);
    let now = live(&world, "others.ex.io");
    is(&now, "NamesAccepted", "False", "ListKindConflict");
    is(&now, "Established", "False", "NotAccepted");
    assert_eq!(now["status"]["conditions"][0]["message"], "\"ThingList\" is already in use");
    assert!(now["status"]["acceptedNames"].get("listKind").is_none());
    assert_eq!(world.get("/apis/ex.io/v1/others").body, "404 page not found\n");
    world.delete(&format!("{DEFINITIONS}/things.ex.io"));
    is(&live(&world, "others.ex.io"), "Established", "True", "InitialNamesAccepted");
    assert_eq!(world.get("/apis/ex.io/v1/others").status, 200);
}

#[test]
fn a_deleted_definition_takes_its_objects_and_its_routes() {
    let world = world();
    world.create(DEFINITIONS, &definition());
    world.create(THINGS, &thing("a", json!({})));
    let answer = world.delete(&format!("{DEFINITIONS}/things.ex.io"));
    is(&answer.body, "Terminating", "True", "InstanceDeletionPending");
    let metadata = &answer.body["metadata"];
    assert_eq!(metadata["finalizers"], json!(["customresourcecleanup.apiextensions.k8s.io"]));
    assert_eq!(metadata["generation"], 1);
    assert!(metadata.get("deletionGracePeriodSeconds").is_none());
    assert_eq!(world.get(&format!("{DEFINITIONS}/things.ex.io")).status, 404);
    assert_eq!(world.get("/apis/ex.io/v1/things").body, "404 page not found\n");
    assert!(world.cluster.store.list("things.ex.io", None, "").objects.is_empty());
}

#[test]
fn a_kept_object_keeps_its_definition_which_takes_no_new_ones() {
    let world = world();
    world.create(DEFINITIONS, &definition());
    let mut kept = thing("a", json!({}));
    kept["metadata"]["finalizers"] = json!(["a.b/c"]);
    world.create(THINGS, &kept);
    world.delete(&format!("{DEFINITIONS}/things.ex.io"));
    is(&live(&world, "things.ex.io"), "Terminating", "True", "InstanceDeletionInProgress");
    assert!(world.get(&format!("{THINGS}/a")).body["metadata"]["deletionTimestamp"].is_string());
    let why = "things.ex.io \"b\" is forbidden: create not allowed while custom resource definition is terminating";
    world.ask("POST", THINGS, &thing("b", json!({}))).refuses(403, why);
    world.ask("PATCH", &format!("{THINGS}/a"), &json!({"metadata": {"finalizers": null}}));
    assert_eq!(world.get(&format!("{DEFINITIONS}/things.ex.io")).status, 404);
}

#[test]
fn a_change_of_the_schema_is_served_at_once_and_ends_watches() {
    let world = world();
    world.create(DEFINITIONS, &definition());
    let ends = world.cluster.store.feed("things.ex.io").ends();
    let mut changed = version("v1", true);
    changed["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["more"] =
        json!({"type": "string"});
    let patch = json!({"spec": {"versions": [changed, version("v2", false)]}});
    let answer = world.ask("PATCH", &format!("{DEFINITIONS}/things.ex.io"), &patch);
    assert_eq!((answer.status, &answer.body["metadata"]["generation"]), (200, &json!(2)));
    let made = world.create(THINGS, &thing("a", json!({"more": "x"})));
    assert_eq!(made["spec"]["more"], "x");
    assert_eq!(world.get("/apis/ex.io/v2/things").status, 200);
    assert_eq!(world.cluster.store.feed("things.ex.io").ends(), ends + 1);
    let patch = json!({"spec": {"versions": [version("v1", true)]}});
    world.ask("PATCH", &format!("{DEFINITIONS}/things.ex.io"), &patch);
    assert_eq!(world.get("/apis/ex.io/v2/things").body, "404 page not found\n");
}

#[test]
fn a_new_storage_version_is_added_to_those_that_may_be_stored() {
    let world = world();
    world.create(DEFINITIONS, &definition());
    let path = format!("{DEFINITIONS}/things.ex.io");
    let patch = json!({"spec": {"versions": [version("v1", false), version("v2", true)]}});
    let answer = world.ask("PATCH", &path, &patch);
    assert_eq!(answer.body["status"]["storedVersions"], json!(["v1", "v2"]));
    let patch = json!({"spec": {"versions": [version("v2", true)]}});
    let answer = world.ask("PATCH", &path, &patch);
    assert_eq!(answer.body["details"]["causes"][0]["field"], "status.storedVersions[0]");
}

#[test]
fn scope_and_names_do_not_change() {
    let world = world();
    world.create(DEFINITIONS, &definition());
    for (patch, field) in [
        (json!({"scope": "Cluster"}), "spec.scope"),
        (json!({"names": {"kind": "Other"}}), "spec.names.kind"),
        (json!({"group": "other.io"}), "spec.group"),
        (json!({"names": {"plural": "others"}}), "spec.names.plural"),
    ] {
        let path = format!("{DEFINITIONS}/things.ex.io");
        let answer = world.ask("PATCH", &path, &json!({"spec": patch}));
        let causes = answer.body["details"]["causes"].as_array().unwrap();
        assert_eq!((causes.len(), causes[0]["field"].as_str()), (1, Some(field)), "{causes:?}");
    }
}

#[test]
fn a_deprecated_version_says_which_to_use() {
    let world = world();
    let mut old = version("v1alpha1", false);
    old["deprecated"] = true.into();
    let mut definition = definition();
    definition["spec"]["versions"] = json!([old, version("v1", true)]);
    world.create(DEFINITIONS, &definition);
    let resource = world.cluster.registry().find("ex.io", "v1alpha1", "things").unwrap();
    let warning = resource.custom.as_ref().unwrap().deprecation.clone();
    let expected = "ex.io/v1alpha1 Thing is deprecated; use ex.io/v1 Thing";
    assert_eq!(warning.as_deref(), Some(expected));
}

#[test]
fn a_version_that_is_stored_but_not_served_is_no_route_and_yet_goes_with_its_namespace() {
    let world = world();
    let mut definition = definition();
    definition["spec"]["versions"] = json!([version("v1", true), version("v2", false)]);
    world.create(DEFINITIONS, &definition);
    world.create("/api/v1/namespaces", &json!({"metadata": {"name": "n"}}));
    world.create("/apis/ex.io/v1/namespaces/n/things", &thing("a", json!({})));
    let patch = json!([{"op": "replace", "path": "/spec/versions/0/served", "value": false}]);
    let path = format!("{DEFINITIONS}/things.ex.io");
    world.ask_as("PATCH", &path, &patch, "application/json-patch+json");
    assert_eq!(world.get("/apis/ex.io/v1/things").body, "404 page not found\n");
    assert_eq!(world.get("/apis/ex.io/v2/namespaces/n/things/a").status, 200);
    world.delete("/api/v1/namespaces/n");
    assert_eq!(world.get("/api/v1/namespaces/n").status, 404);
    assert!(world.cluster.store.list("things.ex.io", None, "").objects.is_empty());
}

#[test]
fn conversion_by_a_webhook_is_not_done_and_said_so() {
    let world = world();
    let mut definition = definition();
    definition["spec"]["versions"] = json!([version("v1", true), version("v2", false)]);
    definition["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook": {
        "conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://x.io"},
    }});
    world.create(DEFINITIONS, &definition);
    world.create(THINGS, &thing("a", json!({})));
    assert_eq!(world.get(&format!("{THINGS}/a")).status, 200);
    let other = "/apis/ex.io/v2/namespaces/default/things/a";
    assert_eq!(world.get(other).status, 501);
}

#[test]
fn what_a_snapshot_brings_back_is_served_again() {
    let world = world();
    let empty = world.cluster.store.snapshot();
    world.create(DEFINITIONS, &definition());
    let full = world.cluster.store.snapshot();
    world.cluster.store.restore(&empty);
    world.cluster.settle();
    assert_eq!(world.get("/apis/ex.io/v1/things").body, "404 page not found\n");
    world.cluster.store.restore(&full);
    world.cluster.settle();
    assert_eq!(world.get("/apis/ex.io/v1/things").status, 200);
}

#[test]
fn definitions_are_served_without_controllers() {
    let world = World::new(false);
    world.create(DEFINITIONS, &definition());
    world.create(THINGS, &thing("a", json!({})));
    world.delete(&format!("{DEFINITIONS}/things.ex.io"));
    assert_eq!(world.get("/apis/ex.io/v1/things").body, "404 page not found\n");
}

#[test]
fn names_groups_and_scopes_are_checked() {
    let name = "Invalid value: \"things.ex.io\": must be spec.names.plural+\".\"+spec.group";
    refused(
        |d| d["spec"]["names"] = json!({}),
        &[
            ("metadata.name", name),
            ("spec.names.plural", "Required value"),
            ("spec.names.singular", "Required value"),
            ("spec.names.kind", "Required value"),
            ("spec.names.listKind", "Required value"),
        ],
    );
    let scopes = "Unsupported value: \"Foo\": supported values: \"Cluster\", \"Namespaced\"";
    refused(|d| d["spec"]["scope"] = "Foo".into(), &[("spec.scope", scopes)]);
    let dot = "Invalid value: \"ex\": should be a domain with at least one dot";
    refused(
        |d| {
            d["spec"]["group"] = "ex".into();
            d["metadata"]["name"] = "things.ex".into();
        },
        &[("spec.group", dot)],
    );
    let same = "Invalid value: \"Thing\": kind and listKind may not be the same";
    refused(|d| d["spec"]["names"]["listKind"] = "Thing".into(), &[("spec.names.listKind", same)]);
}

#[test]
fn versions_are_checked() {
    let none = "Invalid value: null: must have at least one stored version";
    let printed = "Invalid value: [{\"Name\":\"v1\",\"Served\":true,\"Storage\":false,\"Deprecated\":false,\
                   \"DeprecationWarning\":null,\"Schema\":null,\"Subresources\":null,\
                   \"AdditionalPrinterColumns\":null,\"SelectableFields\":null}]: must have exactly one \
                   version marked as storage version";
    refused(
        |d| d["spec"]["versions"][0]["storage"] = false.into(),
        &[("spec.versions", printed), ("status.storedVersions", none)],
    );
    refused(
        |d| d["spec"]["versions"][0]["schema"] = json!({}),
        &[("spec.versions[0].schema.openAPIV3Schema", "Required value")],
    );
    let warning = "Invalid value: \"x\": can only be set for deprecated versions";
    refused(
        |d| d["spec"]["versions"][0]["deprecationWarning"] = "x".into(),
        &[("spec.versions[0].deprecationWarning", warning)],
    );
}

#[test]
fn what_all_versions_have_alike_is_told_of_in_one_place() {
    let bad = |d: &mut Value, index: usize| {
        d["spec"]["versions"][index]["schema"]["openAPIV3Schema"]["properties"]["bad"] = json!({});
    };
    let why = "Required value: must not be empty for specified object fields";
    refused(|d| bad(d, 0), &[("spec.validation.openAPIV3Schema.properties[bad].type", why)]);
    refused(
        |d| {
            d["spec"]["versions"] = json!([version("v1", true), version("v2", false)]);
            bad(d, 1);
        },
        &[("spec.versions[1].schema.openAPIV3Schema.properties[bad].type", why)],
    );
}

#[test]
fn the_groups_of_the_community_need_an_approval() {
    let field = "metadata.annotations[api-approved.kubernetes.io]";
    let group = |d: &mut Value, annotations: Value| {
        d["spec"]["group"] = "foo.k8s.io".into();
        d["metadata"] = json!({"name": "things.foo.k8s.io", "annotations": annotations});
    };
    let missing = "Required value: protected groups must have approval annotation \
                   \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111";
    refused(|d| group(d, json!({})), &[(field, missing)]);
    let wrong = "Invalid value: \"foo\": protected groups must have approval annotation \
                 \"api-approved.kubernetes.io\" with either a URL or a reason starting with \"unapproved\", see \
                 https://github.com/kubernetes/enhancements/pull/1111";
    refused(|d| group(d, json!({"api-approved.kubernetes.io": "foo"})), &[(field, wrong)]);
    for said in ["unapproved, for tests", "https://a/b"] {
        let mut definition = definition();
        group(&mut definition, json!({"api-approved.kubernetes.io": said}));
        world().create(DEFINITIONS, &definition);
    }
}

#[test]
fn columns_scale_fields_and_conversion_are_checked() {
    let one = |key: &'static str, value: Value| {
        move |d: &mut Value| d["spec"]["versions"][0][key] = value
    };
    refused(
        one(
            "additionalPrinterColumns",
            json!([{"name": "a", "type": "foo", "jsonPath": "spec.a"}]),
        ),
        &[
            (
                "spec.additionalPrinterColumns[0].type",
                "Invalid value: \"foo\": must be one of boolean,date,integer,number,string",
            ),
            (
                "spec.additionalPrinterColumns[0].JSONPath",
                "Invalid value: \"spec.a\": must be a simple json path starting with .",
            ),
        ],
    );
    refused(
        one(
            "subresources",
            json!({"scale": {"specReplicasPath": ".foo", "statusReplicasPath": ".status.a"}}),
        ),
        &[(
            "spec.subresources.scale.specReplicasPath",
            "Invalid value: \".foo\": should be a json path under .spec",
        )],
    );
    refused(
        one("selectableFields", json!([{"jsonPath": ".spec.x"}, {"jsonPath": ".spec"}])),
        &[
            (
                "spec.selectableFields[0].jsonPath",
                "Invalid value: \".spec.x\": is an invalid path: does not refer to a valid field",
            ),
            (
                "spec.selectableFields[1].jsonPath",
                "Invalid value: \".spec\": must point to a field of type string, boolean or integer. Enum \
                 string fields and strings with formats are allowed.",
            ),
        ],
    );
    refused(
        |d| d["spec"]["conversion"] = json!({"strategy": "Foo"}),
        &[(
            "spec.conversion.strategy",
            "Unsupported value: \"Foo\": supported values: \"None\", \"Webhook\"",
        )],
    );
}

#[test]
fn rules_in_cel_are_checked_or_refused() {
    let mut definition = definition();
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["x-kubernetes-validations"] =
        json!([{"rule": "self.size > 1"}]);
    let answer = world().ask("POST", DEFINITIONS, &definition);
    assert_eq!(answer.status, if crate::schema::HAS_CEL { 201 } else { 501 }, "{}", answer.body);
}
