//! CustomResourceDefinitions: how they become served, what they refuse, how they go.

use serde_json::{Value, json};

use crate::server::Server;
use crate::suite::cases;

cases!("2.9", Raw, [
    a_definition_is_created_with_its_defaults,
    a_definition_becomes_established,
    a_definitions_objects_can_be_written_then,
    a_definition_is_listed_by_discovery [80],
    an_unserved_version_is_no_route,
    a_wrong_plural_of_a_custom_group_is_plain_text [14],
    an_unknown_subresource_is_a_missing_object,
    a_definition_without_status_keeps_it_in_the_object,
    a_name_must_be_plural_and_group,
    a_version_needs_a_schema,
    a_schema_must_be_structural,
    a_scope_cannot_change,
    exactly_one_version_is_stored,
    a_community_group_needs_approval,
    a_clash_of_kinds_is_not_accepted,
    a_deleted_definition_takes_its_objects,
    a_kept_object_keeps_its_definition,
    a_deleted_definition_leaves_plain_text [14],
    a_definition_can_be_changed,
    generation_moves_with_the_spec,
    a_definitions_status_is_its_own,
    a_cluster_scoped_definition_has_no_namespaces,
    two_versions_serve_the_same_objects,
    a_deprecated_version_warns [12],
    a_short_name_is_no_path,
    a_selectable_field_selects,
]);

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A definition for one case: its group is the case's own.
struct Kind {
    group: String,
    path: String,
}

impl Kind {
    fn new(s: &Server) -> Self {
        let group = format!("{}.example", s.unique("g"));
        let path = format!("{DEFINITIONS}/things.{group}");
        s.clean_up(&path);
        Self { group, path }
    }

    fn definition(&self) -> Value {
        json!({
            "metadata": {"name": format!("things.{}", self.group)},
            "spec": {
                "group": self.group, "scope": "Namespaced",
                "names": {"plural": "things", "kind": "Thing"},
                "versions": [version("v1", true)],
            },
        })
    }

    /// Creates a definition and waits until its objects can be written.
    fn install(&self, s: &Server, definition: Value) {
        let version = definition["spec"]["versions"][0]["name"].as_str().unwrap_or_default().to_owned();
        s.quietly(|| s.post(DEFINITIONS, definition).expect(201));
        s.eventually("the definition is established", || {
            let found = s.get(&self.path).expect(200).json();
            condition(&found, "Established").filter(|status| status == "True").map(drop)
        });
        let list = format!("/apis/{}/{version}/things", self.group);
        s.eventually_answers(&list, 200);
    }

    fn things(&self) -> String {
        format!("{}/v1:things", self.group)
    }

    fn thing(&self, name: &str, spec: Value) -> Value {
        json!({"apiVersion": format!("{}/v1", self.group), "kind": "Thing", "metadata": {"name": name}, "spec": spec})
    }
}

fn version(name: &str, stored: bool) -> Value {
    let spec = json!({"type": "object", "properties": {"size": {"type": "integer"}}});
    let schema = json!({"type": "object", "properties": {"spec": spec, "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}});
    json!({"name": name, "served": true, "storage": stored, "schema": {"openAPIV3Schema": schema}})
}

fn condition(definition: &Value, kind: &str) -> Option<String> {
    let conditions = definition["status"]["conditions"].as_array()?;
    let found = conditions.iter().find(|condition| condition["type"] == kind)?;
    found["status"].as_str().map(str::to_owned)
}

fn a_definition_is_created_with_its_defaults(s: &Server) {
    let kind = Kind::new(s);
    let reply = s.post(DEFINITIONS, kind.definition()).expect(201).at("/metadata/generation", json!(1));
    let reply = reply.at("/spec/conversion", json!({"strategy": "None"}));
    reply
        .at("/spec/names", json!({"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}))
        .at("/status/storedVersions", json!(["v1"]))
        .at("/status/conditions", Value::Null);
}

fn a_definition_becomes_established(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let reply = s.get(&kind.path).expect(200);
    let reply = reply.without(&["/metadata/resourceVersion", "/metadata/managedFields"], "as many writes as the controller takes");
    let names = json!({"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"});
    let established = json!({
        "type": "Established", "status": "True", "reason": "InitialNamesAccepted",
        "message": "the initial names have been accepted",
    });
    reply.has(json!({"status": {
        "conditions": [names, established],
        "acceptedNames": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
    }}));
}

fn a_definitions_objects_can_be_written_then(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    s.post(&kind.things(), kind.thing("t", json!({"size": 1}))).expect(201).at("/spec/size", json!(1));
    s.get(&format!("{}/t", kind.things())).expect(200);
    s.delete(&format!("{}/t", kind.things())).expect(200);
}

fn a_definition_is_listed_by_discovery(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let path = format!("/apis/{}/v1", kind.group);
    s.eventually_answers(&path, 200);
    let reply = s.get(&path).expect(200);
    reply.at("/kind", json!("APIResourceList")).has(json!({"resources": [{
        "name": "things", "singularName": "thing", "namespaced": true, "kind": "Thing",
        "verbs": ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
    }]}));
    let reply = s.get(&format!("/apis/{}", kind.group)).expect(200);
    reply.at("/preferredVersion/version", json!("v1"));
}

fn an_unserved_version_is_no_route(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    s.get(&format!("{}/v2:things", kind.group)).page_not_found();
}

fn a_wrong_plural_of_a_custom_group_is_plain_text(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    s.get(&format!("{}/v1:others", kind.group)).page_not_found();
    s.post(&format!("/apis/{}/v1/things", kind.group), kind.thing("t", json!({}))).page_not_found();
}

fn an_unknown_subresource_is_a_missing_object(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    s.post(&kind.things(), kind.thing("t", json!({}))).expect(201);
    for part in ["status", "scale", "bogus"] {
        s.get(&format!("{}/t/{part}", kind.things())).expect(404).reason("NotFound");
    }
}

fn a_definition_without_status_keeps_it_in_the_object(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let mut object = kind.thing("t", json!({}));
    object["status"] = json!({"any": 1});
    s.post(&kind.things(), object).expect(201).at("/status", json!({"any": 1}));
    let patch = json!({"status": {"any": 2}});
    let reply = s.merge(&format!("{}/t", kind.things()), patch).expect(200);
    reply.at("/status", json!({"any": 2})).at("/metadata/generation", json!(2));
}

/// A definition that is refused, and the fields of the causes.
#[track_caller]
fn refused(s: &Server, definition: Value, fields: &[&str]) -> crate::server::Reply {
    s.post(DEFINITIONS, definition).expect(422).reason("Invalid").cause_fields(fields)
}

fn a_name_must_be_plural_and_group(s: &Server) {
    let kind = Kind::new(s);
    let mut definition = kind.definition();
    definition["metadata"]["name"] = json!("other.example");
    refused(s, definition, &["metadata.name"]).message_has("must be spec.names.plural+\".\"+spec.group");
}

fn a_version_needs_a_schema(s: &Server) {
    let mut definition = Kind::new(s).definition();
    definition["spec"]["versions"][0].as_object_mut().unwrap().remove("schema");
    refused(s, definition, &["spec.versions[0].schema.openAPIV3Schema"]).message_has("openAPIV3Schema: Required value");
}

fn a_schema_must_be_structural(s: &Server) {
    let mut definition = Kind::new(s).definition();
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["bad"] = json!({"description": "no type"});
    let field = "spec.validation.openAPIV3Schema.properties[bad].type";
    refused(s, definition, &[field]).message_has("must not be empty for specified object fields");
}

fn a_scope_cannot_change(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let reply = s.merge(&kind.path, json!({"spec": {"scope": "Cluster"}})).expect(422).reason("Invalid");
    reply.message_has("spec.scope: Invalid value: \"Cluster\": field is immutable");
}

fn exactly_one_version_is_stored(s: &Server) {
    let kind = Kind::new(s);
    let mut definition = kind.definition();
    definition["spec"]["versions"] = json!([version("v1", false)]);
    s.post(DEFINITIONS, definition).expect(422).message_has("must have exactly one version marked as storage version");
}

fn a_community_group_needs_approval(s: &Server) {
    let mut definition = Kind::new(s).definition();
    definition["metadata"]["name"] = json!("things.conformance.k8s.io");
    definition["spec"]["group"] = json!("conformance.k8s.io");
    let reply = s.post(DEFINITIONS, definition).expect(422).reason("Invalid");
    reply.message_has("api-approved.kubernetes.io");
}

fn a_clash_of_kinds_is_not_accepted(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let mut definition = kind.definition();
    let path = format!("{DEFINITIONS}/others.{}", kind.group);
    s.clean_up(&path);
    definition["metadata"]["name"] = json!(format!("others.{}", kind.group));
    definition["spec"]["names"]["plural"] = json!("others");
    s.quietly(|| s.post(DEFINITIONS, definition).expect(201));
    s.eventually("the names are judged", || {
        let found = s.get(&path).expect(200).json();
        (condition(&found, "NamesAccepted")? == "False" && condition(&found, "Established")? == "False").then_some(())
    });
    let found = s.quietly(|| s.get(&path).expect(200).json());
    s.record("conditions", found["status"]["conditions"].clone());
    s.get(&format!("{}/v1:others", kind.group)).page_not_found();
}

fn a_deleted_definition_takes_its_objects(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let created = s.post(&kind.things(), kind.thing("t", json!({}))).expect(201);
    let version = created.rv();
    let mut watch = s.watch(&format!("{}?watch=1&resourceVersion={version}", kind.things()));
    s.quietly(|| s.delete(&kind.path).expect(200));
    watch.expect("DELETED", "t");
    s.eventually_answers(&kind.path, 404);
}

fn a_kept_object_keeps_its_definition(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let mut object = kind.thing("t", json!({}));
    object["metadata"]["finalizers"] = json!(["a.b/c"]);
    s.post(&kind.things(), object).expect(201);
    let reply = s.delete(&kind.path).expect(200).at("/kind", json!("CustomResourceDefinition"));
    reply
        .at("/metadata/finalizers", json!(["customresourcecleanup.apiextensions.k8s.io"]))
        .present("/metadata/deletionTimestamp")
        .uncompared("conditions come in their time");
    s.eventually("the object is being deleted", || {
        let found = s.get(&format!("{}/t", kind.things())).expect(200).json();
        found["metadata"]["deletionTimestamp"].is_string().then_some(())
    });
    // What is terminating takes no new objects.
    let reply = s.post(&kind.things(), kind.thing("u", json!({}))).expect(403).reason("Forbidden");
    reply.message_has("create not allowed while custom resource definition is terminating");
    s.quietly(|| s.merge(&format!("{}/t", kind.things()), json!({"metadata": {"finalizers": null}})).expect(200));
    s.eventually_answers(&kind.path, 404);
}

fn a_deleted_definition_leaves_plain_text(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    s.quietly(|| s.delete(&kind.path).expect(200));
    s.eventually_answers(&kind.path, 404);
    let list = format!("/apis/{}/v1/things", kind.group);
    s.eventually_answers(&list, 404);
    s.get(&list).page_not_found();
}

fn a_definition_can_be_changed(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let object = || kind.thing("t", json!({"size": 1, "more": "x"}));
    s.post(&format!("{}?dryRun=All", kind.things()), object()).expect(201).absent("/spec/more");
    let path = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/more";
    s.quietly(|| s.json_patch(&kind.path, json!([{"op": "add", "path": path, "value": {"type": "string"}}])).expect(200));
    s.eventually("the new schema is served", || {
        let reply = s.post(&format!("{}?dryRun=All", kind.things()), object()).expect(201);
        reply.json()["spec"]["more"].is_string().then_some(())
    });
}

fn generation_moves_with_the_spec(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let reply = s.merge(&kind.path, json!({"metadata": {"labels": {"a": "b"}}})).expect(200);
    reply.at("/metadata/generation", json!(1)).uncompared("as many writes as the controller takes");
    let reply = s.merge(&kind.path, json!({"spec": {"names": {"shortNames": ["th"]}}})).expect(200);
    reply.at("/metadata/generation", json!(2)).uncompared("as many writes as the controller takes");
}

fn a_definitions_status_is_its_own(s: &Server) {
    let kind = Kind::new(s);
    kind.install(s, kind.definition());
    let path = format!("{}/status", kind.path);
    let reply = s.merge(&path, json!({"spec": {"scope": "Cluster"}})).expect(200);
    reply.at("/spec/scope", json!("Namespaced")).uncompared("as many writes as the controller takes");
}

fn a_cluster_scoped_definition_has_no_namespaces(s: &Server) {
    let kind = Kind::new(s);
    let mut definition = kind.definition();
    definition["spec"]["scope"] = json!("Cluster");
    kind.install(s, definition);
    let path = format!("/apis/{}/v1/things", kind.group);
    s.post(&path, kind.thing("t", json!({}))).expect(201).absent("/metadata/namespace");
    s.get(&format!("{path}/t")).expect(200);
    s.get(&kind.things()).page_not_found();
}

fn two_versions_serve_the_same_objects(s: &Server) {
    let kind = Kind::new(s);
    let mut definition = kind.definition();
    definition["spec"]["versions"] = json!([version("v1", true), version("v2", false)]);
    kind.install(s, definition);
    s.post(&kind.things(), kind.thing("t", json!({"size": 1}))).expect(201);
    let other = format!("{}/v2:things", kind.group);
    s.eventually_answers(&other, 200);
    let reply = s.get(&format!("{other}/t")).expect(200).at("/spec/size", json!(1));
    reply.at("/apiVersion", json!(format!("{}/v2", kind.group)));
    s.merge(&format!("{other}/t"), json!({"spec": {"size": 2}})).expect(200);
    let reply = s.get(&format!("{}/t", kind.things())).expect(200).at("/spec/size", json!(2));
    reply.at("/apiVersion", json!(format!("{}/v1", kind.group)));
    let list = s.get(&other).expect(200);
    list.at("/apiVersion", json!(format!("{}/v2", kind.group)));
    let reply = s.get(&format!("/apis/{}", kind.group)).expect(200);
    reply.at("/preferredVersion/version", json!("v2"));
}

fn a_deprecated_version_warns(s: &Server) {
    let kind = Kind::new(s);
    let mut old = version("v1alpha1", false);
    old["deprecated"] = json!(true);
    let mut definition = kind.definition();
    definition["spec"]["versions"] = json!([version("v1", true), old]);
    kind.install(s, definition);
    let path = format!("{}/v1alpha1:things", kind.group);
    s.eventually_answers(&path, 200);
    let text = format!("{0}/v1alpha1 Thing is deprecated; use {0}/v1 Thing", kind.group);
    s.get(&path).expect(200).warnings(&[&text]);
    s.get(&kind.things()).expect(200).warnings(&[]);
}

fn a_short_name_is_no_path(s: &Server) {
    let kind = Kind::new(s);
    let mut definition = kind.definition();
    definition["spec"]["names"]["shortNames"] = json!(["th"]);
    kind.install(s, definition);
    s.get(&format!("{}/v1:th", kind.group)).page_not_found();
    s.get(&format!("{}/v1:thing", kind.group)).page_not_found();
}

fn a_selectable_field_selects(s: &Server) {
    let kind = Kind::new(s);
    let mut definition = kind.definition();
    definition["spec"]["versions"][0]["selectableFields"] = json!([{"jsonPath": ".spec.size"}]);
    kind.install(s, definition);
    for (name, size) in [("a", 1), ("b", 2)] {
        s.post(&kind.things(), kind.thing(name, json!({"size": size}))).expect(201);
    }
    let list = s.get(&format!("{}?fieldSelector=spec.size%3D2", kind.things())).expect(200);
    assert_eq!(list.names(), ["b"]);
}
