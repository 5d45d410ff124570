//! What the real server has, and the names that lead to it. `cache` shares it with kubectl; `forms` tries
//! against a stub what a real server does seldom.

mod cache;
mod forms;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use kubeclient::discovery::{
    CachedDiscovery, Discovered, DiscoveredResource, DiscoveryClient, MemoryCache, RestMapper,
};
use kubeclient::meta::gvk::{GroupVersion, GroupVersionKind, GroupVersionResource};
use kubeclient::{
    Api, ApiResource, DeleteParams, DynamicObject, ErrorKind, ListParams, Request, RestClient,
};
use serde_json::{Value, json};

use crate::common::{Disturbed, Sandbox, eventually};

/// Fidelity 76.
#[test]
fn two_requests_tell_all_resources() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let discovered = DiscoveryClient::new(&client).server_groups_and_resources().unwrap();
    let asked: Vec<String> = attempts.all().into_iter().map(|seen| seen.template).collect();
    assert_eq!(asked, ["/api", "/apis"]);

    let find = |group: &str, version: &str, plural: &str| {
        let resource = GroupVersionResource::new(group, version, plural);
        discovered.by_resource(&resource).unwrap_or_else(|| panic!("no {resource}"))
    };
    let pods = find("", "v1", "pods");
    assert_eq!(pods.resource, ApiResource::namespaced("", "v1", "Pod", "pods"));
    assert_eq!((pods.singular.as_str(), &pods.short_names[..]), ("pod", &["po".to_owned()][..]));
    assert!(pods.supports("watch") && pods.categories.iter().any(|name| name == "all"));
    let eviction = &pods.subresource("eviction").unwrap().kind;
    assert_eq!(eviction, &GroupVersionKind::new("policy", "v1", "Eviction"));
    let deployments = find("apps", "v1", "deployments");
    let scale = deployments.subresource("scale").unwrap();
    assert_eq!(scale.full_name, "deployments/scale");
    assert_eq!(scale.kind, GroupVersionKind::new("autoscaling", "v1", "Scale"));
    assert!(scale.supports("patch") && !scale.supports("delete"));
    let status = &deployments.subresource("status").unwrap().kind;
    assert_eq!(status, &GroupVersionKind::new("apps", "v1", "Deployment"));
    assert!(!find("", "v1", "namespaces").resource.namespaced);

    let autoscaling = discovered.group("autoscaling").unwrap();
    assert_eq!(autoscaling.preferred_version, "v2");
    assert!(autoscaling.version("v1").is_some());
    assert_eq!(discovered.groups[0].name, "");
}

/// Fidelity 76: the legacy form, as a server gives it that does not know the other.
#[test]
fn both_forms_tell_the_same() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let discovery = DiscoveryClient::new(&client);
    // Other tests install definitions meanwhile.
    eventually("both forms tell the same", || {
        let before = attempts.count();
        let legacy = discovery.clone().with_legacy().server_groups_and_resources().unwrap();
        let versions: usize = legacy.groups.iter().map(|group| group.versions.len()).sum();
        assert_eq!(attempts.count() - before, 2 + versions + legacy.failures.len());
        let aggregated = discovery.server_groups_and_resources().unwrap();
        assert!(summary(&aggregated).len() > 50);
        (summary(&legacy) == summary(&aggregated)).then_some(())
    });
    eventually("the groups are those of the resources", || {
        let discovered = discovery.server_groups_and_resources().unwrap();
        let groups = discovery.server_groups().unwrap();
        let same = groups.len() == discovered.groups.len()
            && groups.iter().zip(&discovered.groups).all(|(group, found)| {
                let versions = found.versions.iter().map(|version| &version.version);
                group.name == found.name
                    && group.preferred_version == found.preferred_version
                    && group.versions.iter().eq(versions)
            });
        same.then_some(())
    });
    let version = GroupVersion::new("apps", "v1");
    let apps = discovery.server_resources_for_group_version(&version).unwrap();
    let discovered = discovery.server_preferred_resources().unwrap();
    assert_eq!(apps.resources.len(), discovered.version(&version).unwrap().resources.len());
    // Served in both versions, so it stands in the preferred one only.
    let autoscalers = |version: &str| {
        let name = GroupVersionResource::new("autoscaling", version, "horizontalpodautoscalers");
        discovered.by_resource(&name).is_some()
    };
    assert!(autoscalers("v2") && !autoscalers("v1"));
}

/// Everything that is said of each resource, by its name.
fn summary(discovered: &Discovered) -> BTreeMap<String, String> {
    let entry = |found: &DiscoveredResource| {
        let mut found = found.clone();
        // The two forms give them in orders of their own.
        found.subresources.sort_by(|a, b| a.name.cmp(&b.name));
        (found.resource.group_version_resource().to_string(), format!("{found:?}"))
    };
    discovered.resources().map(entry).collect()
}

#[test]
fn the_servers_version_is_read_whole() {
    let Some(sandbox) = Sandbox::new() else { return };
    let version = DiscoveryClient::new(&sandbox.client).server_version().unwrap();
    let answer: Value = sandbox.client.send(&Request::get("/version")).unwrap().json().unwrap();
    assert_eq!(serde_json::to_value(&version).unwrap(), answer);
    assert!(version.to_string().starts_with(&format!("v{}.", version.major)), "{version}");
}

/// Fidelity 81.
#[test]
fn every_way_to_name_a_resource_leads_to_it() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let mapper = RestMapper::new(&client);
    let check = |names: &[&str], expected: &str| {
        for name in names {
            let found = mapper.resource(name).unwrap().group_version_resource().to_string();
            assert_eq!(found, expected, "for {name:?}");
        }
    };
    check(&["po", "pod", "pods", "Pod", "PODS", "pods.v1."], "v1, Resource=pods");
    check(
        &["deploy", "deployments.apps", "deploy.v1.apps", "Deployment.v1.apps", "deployment"],
        "apps/v1, Resource=deployments",
    );
    // In core and in a group of their own.
    check(&["events", "ev", "Event"], "v1, Resource=events");
    check(&["events.events.k8s.io", "ev.events"], "events.k8s.io/v1, Resource=events");
    check(&["hpa"], "autoscaling/v2, Resource=horizontalpodautoscalers");
    check(&["hpa.v1.autoscaling"], "autoscaling/v1, Resource=horizontalpodautoscalers");
    check(&["sc", "sc.storage"], "storage.k8s.io/v1, Resource=storageclasses");
    check(&["ep", "Endpoints"], "v1, Resource=endpoints");
    let kind = mapper.group_kind("autoscaling", "HorizontalPodAutoscaler").unwrap();
    assert_eq!(kind.version, "v2");
    assert_eq!(attempts.count(), 2);

    let maps = mapper.resource("cm").unwrap();
    let maps: Api<DynamicObject> =
        Api::dynamic_namespaced(&sandbox.client, &maps, &sandbox.namespace);
    maps.create(&DynamicObject::new("m", maps.resource())).unwrap();
    assert_eq!(maps.get("m").unwrap().types.kind, "ConfigMap");
}

/// What client-go's helpers of discovery tell, too.
#[test]
fn resources_are_filtered_and_categories_known() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let discovery = DiscoveryClient::new(&client);
    let namespaced = discovery.server_preferred_namespaced_resources().unwrap();
    assert!(namespaced.resources().all(|found| found.resource.namespaced));
    assert!(namespaced.resources().count() > 20);
    let watched = namespaced.filtered(|found| found.supports_all(&["list", "watch"]));
    assert!(watched.resources().all(|found| found.resource.plural != "bindings"));
    assert!(discovery.supports_version(&GroupVersion::new("apps", "v1")).unwrap());
    assert!(!discovery.supports_version(&GroupVersion::new("apps", "v7")).unwrap());
    discovery.clone().without_peers().server_groups_and_resources().unwrap();
    assert!(attempts.codes().iter().all(|code| *code == 200));

    let all = RestMapper::new(&client).resources("all").unwrap();
    let names: Vec<&str> = all.iter().map(|resource| resource.plural.as_str()).collect();
    for name in ["pods", "services", "deployments", "jobs"] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(RestMapper::new(&client).resources("po").unwrap()[0].plural, "pods");
}

/// Fidelity 76: nothing new is answered without a body.
#[test]
fn a_cache_in_memory_asks_again_by_its_tags() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let cache = MemoryCache::new(&DiscoveryClient::new(&client));
    // Other tests install definitions meanwhile.
    eventually("nothing changes meanwhile", || {
        cache.invalidate();
        let first = cache.server_groups_and_resources().unwrap();
        cache.invalidate();
        let before = attempts.count();
        let second = cache.server_groups_and_resources().unwrap();
        let is_same = attempts.codes()[before..] == [304, 304];
        is_same.then(|| assert!(std::sync::Arc::ptr_eq(&first, &second)))
    });
}

/// Fidelity 80.
#[test]
fn what_is_installed_after_the_first_name_is_found_with_one_refresh() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let mapper = RestMapper::new(&client);
    mapper.resource("pods").unwrap();
    assert_eq!(attempts.count(), 2);

    let definition = Definition::install(&sandbox.client);
    let name = format!("things.{}", definition.group);
    let things = mapper.resource(&name).unwrap();
    assert_eq!(things, ApiResource::namespaced(&definition.group, "v1", "Thing", "things"));
    assert_eq!(attempts.count(), 4);
    Api::<DynamicObject>::dynamic(&client, &things).list(&ListParams::default()).unwrap();

    let before = attempts.count();
    for _ in 0..20 {
        let error = mapper.resource(&format!("thinks.{}", definition.group)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("did you mean things.discovery-"), "{error}");
    }
    assert_eq!(attempts.count(), before);
}

/// A definition that nobody else knows; dropped, it is deleted.
struct Definition {
    definitions: Api<DynamicObject>,
    group: String,
}

impl Definition {
    /// Installs it, and waits until discovery tells of it.
    fn install(client: &RestClient) -> Self {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let group = format!("discovery-{}-{number}.example.com", std::process::id());
        let resource = ApiResource::cluster(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
        );
        let definitions: Api<DynamicObject> = Api::dynamic(client, &resource);
        let object = DynamicObject::new(format!("things.{group}"), &resource).with(
            "spec",
            json!({
                "group": group,
                "scope": "Namespaced",
                "names": {"plural": "things", "kind": "Thing"},
                "versions": [{
                    "name": "v1",
                    "served": true,
                    "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                }],
            }),
        );
        definitions.create(&object).unwrap();
        let definition = Self { definitions, group };
        let version = GroupVersion::new(&definition.group, "v1");
        eventually("discovery tells of the definition", || {
            let discovered = DiscoveryClient::new(client).server_groups_and_resources().unwrap();
            discovered.version(&version).filter(|found| !found.resources.is_empty()).map(|_| ())
        });
        definition
    }
}

impl Drop for Definition {
    fn drop(&mut self) {
        let name = format!("things.{}", self.group);
        let gone = self.definitions.delete(&name, &DeleteParams::default());
        if !std::thread::panicking() {
            gone.unwrap();
        }
    }
}

/// Fidelity 77: a group whose server does not answer, in both forms.
#[test]
fn a_dead_group_is_a_failure_beside_the_others() {
    let Some(disturbed) = Disturbed::new() else { return };
    let client = &disturbed.sandbox.client;
    let discovery = DiscoveryClient::new(client);
    let services: Api<DynamicObject> = Api::dynamic(
        client,
        &ApiResource::cluster("apiregistration.k8s.io", "v1", "APIService", "apiservices"),
    );
    let name = "v1.dead.example.com";
    let service = DynamicObject::new(name, services.resource()).with(
        "spec",
        json!({
            "group": "dead.example.com",
            "version": "v1",
            "service": {"namespace": "default", "name": "dead"},
            "insecureSkipTLSVerify": true,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        }),
    );
    services.create(&service).unwrap();
    let dead = GroupVersion::new("dead.example.com", "v1");
    for discovery in [discovery.clone(), discovery.clone().with_legacy()] {
        let discovered = eventually("the dead group is told of", || {
            let discovered = discovery.server_groups_and_resources().unwrap();
            (!discovered.failures.is_empty()).then_some(discovered)
        });
        let failed: Vec<_> =
            discovered.failures.iter().map(|failure| &failure.group_version).collect();
        assert_eq!(failed, [&dead]);
        let pods = GroupVersionResource::new("", "v1", "pods");
        assert!(discovered.by_resource(&pods).is_some());
        assert!(discovered.version(&dead).is_none());

        let mapper = RestMapper::of(discovery);
        mapper.resource("pods").unwrap();
        let error = mapper.resource("things.dead.example.com").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api);
        assert!(
            error.to_string().contains("dead.example.com/v1 could not be found out"),
            "{error}"
        );
    }
    services.delete(name, &DeleteParams::default()).unwrap();
}
