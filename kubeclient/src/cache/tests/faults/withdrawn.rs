//! Rights that are taken away and given back, and a kind that goes and comes.

use kubeclient_fake::Fault;

use super::super::super::ReflectorState;
use super::super::{World, hasty, patience};
use crate::api::Api;
use crate::meta::api_resource::ApiResource;
use crate::meta::dynamic::DynamicObject;

/// Twenty times: the cache says that it fails, keeps what it knows, and goes on by itself.
#[test]
fn rights_may_be_taken_away_and_given_back() {
    let world = World::with(&["a"]);
    let informer = world.builder().on_error(|_| {}).start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    let refusals = || world.server.requests().resource("configmaps").status(403).count();
    let mut hopeless = 0;
    for round in 0..20 {
        let before = refusals();
        let refused = Fault::status(403, "Forbidden", "not any more");
        let revoked = world.server.inject(refused.method("GET").resource("configmaps"));
        world.server.drop_watches();
        assert!(revoked.wait_for(2, super::PATIENCE));
        let health = informer.health().cache;
        assert_eq!(health.state, ReflectorState::Failing);
        assert!(health.last_failure.unwrap().1.is_forbidden());
        let changed = world.change("a", &round.to_string());
        assert!(informer.lister().get("a").is_ok(), "what is known stays");
        revoked.remove();
        let version = &changed.metadata.resource_version;
        informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        assert_ne!(informer.health().cache.state, ReflectorState::Failing);
        // A machine that is slow to give them back has it refused so often that it starts over.
        hopeless += (refusals() - before) / 12;
    }
    // From where it was.
    let restarts = informer.health().cache.restarts;
    assert!(restarts <= hopeless as u64, "{restarts} instead of {hopeless}");
}

/// The objects go with their kind; those of the same name that come later are others.
#[test]
fn a_kind_may_go_and_come_again() {
    let world = World::new();
    let definition = r#"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition,
        metadata: {name: gadgets.example.com}, spec: {group: example.com, scope: Namespaced,
        names: {plural: gadgets, singular: gadget, kind: Gadget, listKind: GadgetList},
        versions: [{name: v1, served: true, storage: true,
        schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}"#;
    let definition: serde_json::Value = serde_saphyr::from_str(definition).unwrap();
    let definition: DynamicObject = serde_json::from_value(definition).unwrap();
    let definitions: Api<DynamicObject> = Api::dynamic(
        &world.client,
        &ApiResource::cluster(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
        ),
    );
    let gadgets = ApiResource::namespaced("example.com", "v1", "Gadget", "gadgets");
    let gadgets: Api<DynamicObject> = Api::dynamic_namespaced(&world.client, &gadgets, "default");
    let create = |name: &str| {
        let mut gadget: DynamicObject = serde_json::from_value(serde_json::json!({
            "apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": name},
        }))
        .unwrap();
        gadget.metadata.namespace = "default".into();
        gadgets.create(&gadget).unwrap()
    };
    definitions.create(&definition).unwrap();
    create("a");
    create("old");
    let informer =
        hasty(super::super::super::SharedInformer::builder(&gadgets)).on_error(|_| {}).start();
    let informer = informer.unwrap();
    informer.wait_synced(&patience()).unwrap();
    for _ in 0..3 {
        let asked = world.server.requests().resource("gadgets.example.com").status(404).count();
        definitions.delete("gadgets.example.com", &Default::default()).unwrap();
        let refused = world.server.requests().resource("gadgets.example.com").status(404);
        refused.wait_for(asked + 3, super::PATIENCE).unwrap();
        definitions.create(&definition).unwrap();
        let a = create("a");
        let version = &a.metadata.resource_version;
        informer.lister().wait_for_resource_version(version, &patience()).unwrap();
        assert_eq!(informer.lister().get("a").unwrap().metadata.uid, a.metadata.uid);
        assert_eq!(informer.store().len(), 1);
        assert_ne!(informer.health().cache.state, ReflectorState::Failing);
    }
}
