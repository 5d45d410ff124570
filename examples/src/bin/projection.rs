//! A struct with ten fields of a pod, read in the place of the whole type, and what that saves.

use std::fs;
use std::process::ExitCode;
use std::time::Instant;

use kubeclient::core_v1::{Container, Pod};
use kubeclient::{
    Api, Clientset, ListParams, Metadata, ObjectMeta, Request, Resource, ResourcePath, Time,
};
use kubeclient_examples::{Outcome, Session, run};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How many pods are kept in memory, of either type.
const PODS: usize = 5000;

/// The fields that a program reads, by the names that they have in a pod.
#[derive(Resource, Deserialize, Clone, Debug)]
#[resource(group = "", version = "v1", kind = "Pod", projection)]
struct PodView {
    metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    name: String,
    namespace: String,
    uid: String,
    resource_version: String,
    deletion_timestamp: Option<Time>,
}

impl Metadata for Meta {
    fn name(&self) -> &str {
        &self.name
    }

    fn namespace(&self) -> &str {
        &self.namespace
    }

    fn uid(&self) -> &str {
        &self.uid
    }

    fn resource_version(&self) -> &str {
        &self.resource_version
    }

    fn is_being_deleted(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

#[derive(Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    node_name: String,
    service_account_name: String,
}

#[derive(Deserialize, Clone, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
    #[serde(rename = "podIP")]
    pod_ip: String,
    start_time: Option<Time>,
}

fn main() -> ExitCode {
    run("projection", projection)
}

fn projection(session: &Session) -> Outcome {
    let Session { client, namespace, .. } = session;
    if let Some(server) = &session.server {
        server.set_run_pods(true);
    }
    let pods = Clientset::new(client).core_v1().pods(namespace);
    pods.create(&web())?;

    let views: Api<PodView> = Api::namespaced(client, namespace);
    for view in views.list_all(&ListParams::default()) {
        let PodView { metadata, spec, status } = view?;
        println!("{} is {} at {:?}", metadata.name, status.phase, status.pod_ip);
        println!("  on {:?} as {:?}", spec.node_name, spec.service_account_name);
        println!("  since {:?}, going: {}", status.start_time, metadata.is_being_deleted());
    }

    let path = ResourcePath::of(&Pod::api_resource()).namespace(namespace).name("web");
    let pod = client.send(&Request::get(path))?.into_text()?;
    println!("{PODS} such pods of {} bytes:", pod.len());
    let view = measure::<PodView>("projection", &pod)?;
    let whole = measure::<Pod>("whole", &pod)?;
    println!("the projection takes {:.0} % of the time", view / whole * 100.0);
    Ok(())
}

/// Reads a pod many times, keeps all of them, and says what that took; the seconds are given back.
fn measure<T: DeserializeOwned>(what: &str, pod: &str) -> serde_json::Result<f64> {
    let (resident, begin) = (resident(), Instant::now());
    let pods: Vec<T> = (0..PODS).map(|_| serde_json::from_str(pod)).collect::<Result<_, _>>()?;
    let took = begin.elapsed();
    let grown = resident_growth(resident);
    println!(
        "  {what:<10} {took:>8.1?}, {grown} of memory, {} bytes in the struct",
        size_of::<T>()
    );
    drop(pods);
    Ok(took.as_secs_f64())
}

/// The bytes of memory that the program holds, where the system says so (Linux).
fn resident() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn resident_growth(before: Option<u64>) -> String {
    match (before, resident()) {
        (Some(before), Some(now)) => format!("{:>6} KiB", now.saturating_sub(before) / 1024),
        _ => "an unknown amount".into(),
    }
}

fn web() -> Pod {
    let mut pod = Pod { metadata: ObjectMeta::named("web"), ..Pod::default() };
    pod.metadata.labels = [("app", "web"), ("team", "night")].into();
    pod.spec.service_account_name = "default".into();
    for name in ["web", "proxy"] {
        pod.spec.containers.push(Container {
            name: name.into(),
            image: format!("registry.example.com/{name}:1"),
            ..Container::default()
        });
    }
    pod
}
