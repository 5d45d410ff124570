//! The benchmark's workloads with kubeclient: `bench-ours WORKLOAD TYPE`.
//!
//! A TYPE that ends in `-protobuf` is read in that; any other is JSON. `bench-ours sizes` prints how large
//! the built-in types are, without what they point to.
//!
//! One process does one workload and prints what it read, so that the runner can tell that every
//! client did the same work. Reads the kubeconfig that `KUBECONFIG` names.

mod informer;
mod pods;
mod queue;
mod resident;

use std::error::Error;
use std::process::ExitCode;

use kubeclient::api::RawEvent;
use kubeclient::core_v1::{ConfigMap, Container, Namespace, Pod, Volume};
use kubeclient::{
    Api, DeleteParams, DynamicObject, ListParams, ObjectMeta, Resource, RestClient, WatchParams,
};

use informer::Cached;
use pods::{PodSummary, Tally};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (workload, kind) = match arguments.as_slice() {
        [workload] => (workload.as_str(), ""),
        [workload, kind] => (workload.as_str(), kind.as_str()),
        _ => ("", ""),
    };
    match run(workload, kind) {
        Ok(outcome) => {
            println!("{outcome}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(error.as_ref()),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("bench-ours: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}

fn run(workload: &str, kind: &str) -> Result<String> {
    if workload == "sizes" {
        return Ok(sizes());
    }
    match workload {
        "queue" => return queue::handled(1),
        "queue-4" => return queue::handled(4),
        "queue-dedup" => return queue::deduplicated(),
        "queue-delayed" => return queue::delayed(),
        _ => {}
    }
    let client = RestClient::try_default()?;
    let (client, kind) = match kind.strip_suffix("-protobuf") {
        Some(kind) => (client.with_protobuf(), kind),
        None => (client, kind),
    };
    match (workload, kind) {
        ("cold", _) => cold(&client),
        ("crud", _) => crud(&client),
        (_, "full") => read(&client, &Api::<Pod>::all(&client), workload),
        (_, "stripped") => {
            read(&client, &Api::<Pod>::all(&client).without_managed_fields(), workload)
        }
        (_, "projection") => read(&client, &Api::<PodSummary>::all(&client), workload),
        (_, "dynamic") => {
            read(&client, &Api::<DynamicObject>::dynamic(&client, &Pod::api_resource()), workload)
        }
        _ => Err(USAGE.into()),
    }
}

const USAGE: &str = "usage: bench-ours cold|crud|list|pages|watch|keep|sync|cached|informer \
    full|stripped|projection|dynamic|full-protobuf|stripped-protobuf|projection-protobuf, \
    bench-ours queue|queue-4|queue-dedup|queue-delayed, or bench-ours sizes";

fn sizes() -> String {
    let sizes = [size_of::<Pod>(), size_of::<Container>(), size_of::<Volume>()];
    let projection = size_of::<PodSummary>();
    format!(
        "Pod {}, Container {}, Volume {} bytes; the projection {projection}",
        sizes[0], sizes[1], sizes[2]
    )
}

/// From nothing to the first list: the process's start, the kubeconfig, TLS, five namespaces.
fn cold(client: &RestClient) -> Result<String> {
    let namespaces = Api::<Namespace>::all(client).list(&ListParams::default())?;
    Ok(format!("{} namespaces", namespaces.len()))
}

fn read<T: Cached>(client: &RestClient, pods: &Api<T>, workload: &str) -> Result<String> {
    let mut tally = Tally::default();
    match workload {
        "list" => {
            for pod in &pods.list(&ListParams::default())? {
                tally.add(pod);
            }
        }
        "pages" => {
            for pod in pods.list_all(&ListParams::default()) {
                tally.add(&pod?);
            }
        }
        "watch" => {
            let page = pods.list(&ListParams::default().limit(1))?;
            let params = WatchParams::default().after(page.metadata.resource_version);
            for event in pods.watch_raw(&params)? {
                match event? {
                    RawEvent::Added(pod) | RawEvent::Modified(pod) => tally.add(&pod),
                    _ => {}
                }
            }
        }
        "keep" => return keep(pods),
        "sync" => return informer::sync(pods),
        "cached" => return informer::cached(pods),
        "informer" => return informer::events(client, pods),
        _ => return Err(format!("the workload {workload:?}: {USAGE}").into()),
    }
    Ok(tally.to_string())
}

/// Lists the pods, drops all but them, and tells on a second line what they take of the resident set.
fn keep<T: Cached>(pods: &Api<T>) -> Result<String> {
    pods.list(&ListParams::default().limit(1))?;
    let before = resident::bytes()?;
    let all = pods.list(&ListParams::default())?;
    let kept = resident::line(before)?;
    let mut tally = Tally::default();
    all.iter().for_each(|pod| tally.add(pod));
    Ok(format!("{tally}{kept}"))
}

fn crud(client: &RestClient) -> Result<String> {
    let config_maps: Api<ConfigMap> = Api::namespaced(client, "default");
    let mut done = 0;
    for number in 0..1_000 {
        let name = format!("bench-{number:04}");
        let config_map = ConfigMap {
            metadata: ObjectMeta {
                labels: [("app", "bench")].into(),
                ..ObjectMeta::named(name.as_str())
            },
            data: [("color", "blue"), ("size", "large")].into(),
            ..ConfigMap::default()
        };
        let created = config_maps.create(&config_map)?;
        let read = config_maps.get(&name)?;
        config_maps.delete(&name, &DeleteParams::default())?;
        done += usize::from(
            created.metadata.name == read.metadata.name && read.data == config_map.data,
        );
    }
    Ok(format!("{done} config maps"))
}
