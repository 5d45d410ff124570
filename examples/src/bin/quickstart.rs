//! The main job: a struct derives `Resource`, and a real API server does every verb with it.

use std::process::ExitCode;
use std::time::Duration;

use kubeclient::{
    Api, ApiResource, DeleteParams, DynamicObject, ListParams, ObjectMeta, Patch, PatchParams,
    Resource, RestClient, WatchEvent, WatchParams,
};
use kubeclient_examples::{Outcome, Session, run, wait_for};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A custom resource, as a program declares it.
#[derive(Resource, Serialize, Deserialize, Clone, Debug)]
#[resource(group = "stable.example.com", version = "v1", short_names("ct"), status)]
struct CronTab {
    metadata: ObjectMeta,
    spec: CronTabSpec,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<CronTabStatus>,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(rename_all = "camelCase")]
struct CronTabSpec {
    schedule: String,
    #[serde(default)]
    replicas: i32,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
struct CronTabStatus {
    running: i32,
}

fn main() -> ExitCode {
    run("quickstart", quickstart)
}

fn quickstart(session: &Session) -> Outcome {
    let Session { client, namespace, .. } = session;
    let _definition = Definition::install(client)?;
    println!("definition  crontabs.stable.example.com is served");

    let tabs: Api<CronTab> = Api::namespaced(client, namespace);
    let mut changes = tabs.watch(&WatchParams::default())?;

    let tab = CronTab {
        metadata: ObjectMeta::named("nightly"),
        spec: CronTabSpec { schedule: "0 3 * * *".into(), replicas: 1 },
        status: None,
    };
    let mut tab = tabs.create(&tab)?;
    println!("create      {} at version {}", tab.metadata.name, tab.metadata.resource_version);

    let found = tabs.get("nightly")?;
    println!("get         {} runs at {:?}", found.metadata.name, found.spec.schedule);
    println!("get_opt     weekly is {:?}", tabs.get_opt("weekly")?.map(|tab| tab.metadata.name));

    tab.spec.replicas = 2;
    let tab = tabs.replace(&tab)?;
    println!("replace     replicas is {}", tab.spec.replicas);

    let merge = Patch::Merge(json!({"spec": {"schedule": "0 4 * * *"}}));
    let tab = tabs.patch("nightly", &merge, &PatchParams::default())?;
    println!("patch       schedule is {:?}", tab.spec.schedule);

    let fields = json!({"metadata": {"labels": {"team": "night"}}});
    let tab = tabs.apply("nightly", "quickstart", &fields)?;
    println!("apply       labels are {:?}", tab.metadata.labels);

    let status = Patch::Merge(json!({"status": {"running": 2}}));
    let tab = tabs.patch_status("nightly", &status, &PatchParams::default())?;
    println!("status      running is {:?}", tab.status.map(|status| status.running));

    for tab in tabs.list_all(&ListParams::default().labels("team=night")) {
        println!("list        {}", tab?.metadata.name);
    }

    tabs.delete("nightly", &DeleteParams::default())?;
    println!("delete      nightly is {:?}", tabs.get_opt("nightly")?.map(|tab| tab.metadata.name));

    for event in changes.by_ref() {
        match event? {
            WatchEvent::Added(tab) => println!("watch       added {}", tab.metadata.name),
            WatchEvent::Modified(tab) => {
                println!("watch       modified: replicas {}", tab.spec.replicas);
            }
            WatchEvent::Deleted(tab) => {
                println!("watch       deleted {}", tab.metadata.name);
                break;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The definition of [`CronTab`] on the server; dropped, it is deleted, unless it was there before.
struct Definition {
    definitions: Api<DynamicObject>,
    is_ours: bool,
}

impl Definition {
    const NAME: &str = "crontabs.stable.example.com";

    /// Makes sure that the server has the definition, and waits until it serves the kind.
    fn install(client: &RestClient) -> Result<Self, Box<dyn std::error::Error>> {
        let resource = ApiResource::cluster(
            "apiextensions.k8s.io",
            "v1",
            "CustomResourceDefinition",
            "customresourcedefinitions",
        );
        let definitions: Api<DynamicObject> = Api::dynamic(client, &resource);
        let is_ours = definitions.get_opt(Self::NAME)?.is_none();
        if is_ours {
            definitions.apply(Self::NAME, "quickstart", &definition())?;
        }
        let installed = Self { definitions, is_ours };

        let tabs: Api<CronTab> = Api::all(client);
        wait_for("crontabs are served", Duration::from_secs(30), || {
            match tabs.list(&ListParams::default().limit(1)) {
                Ok(_) => Ok(Some(())),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        })?;
        Ok(installed)
    }
}

impl Drop for Definition {
    fn drop(&mut self) {
        if self.is_ours
            && let Err(error) = self.definitions.delete(Self::NAME, &DeleteParams::default())
        {
            eprintln!("the definition {} may be left behind: {error}", Self::NAME);
        }
    }
}

/// What the server must know of the kind.
fn definition() -> Value {
    let schema = json!({
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "schedule": { "type": "string" },
                    "replicas": { "type": "integer" },
                },
            },
            "status": { "type": "object", "properties": { "running": { "type": "integer" } } },
        },
    });
    json!({
        "spec": {
            "group": CronTab::GROUP,
            "scope": "Namespaced",
            "names": {
                "plural": CronTab::PLURAL,
                "singular": CronTab::SINGULAR,
                "kind": CronTab::KIND,
                "shortNames": CronTab::SHORT_NAMES,
            },
            "versions": [{
                "name": CronTab::VERSION,
                "served": true,
                "storage": true,
                "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": schema },
            }],
        },
    })
}
