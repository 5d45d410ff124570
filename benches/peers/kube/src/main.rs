//! The benchmark's workloads with kube-rs, on a current-thread tokio: `bench-kube WORKLOAD TYPE`.
//!
//! One process does one workload and prints what it read, so that the runner can tell that every
//! client did the same work. Reads the kubeconfig that `KUBECONFIG` names.

mod informer;
mod pods;
mod queue;
mod resident;

use std::error::Error;
use std::fmt::Debug;
use std::process::ExitCode;

use futures_util::TryStreamExt as _;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod};
use kube::api::{
    Api, DeleteParams, DynamicObject, ListParams, PostParams, WatchEvent, WatchParams,
};
use kube::core::{ApiResource, GroupVersionKind, ObjectMeta};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use informer::{Cached, Options};
use pods::{PodSummary, Read, Tally};

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (workload, kind) = match arguments.as_slice() {
        [workload] => (workload.as_str(), "full"),
        [workload, kind] => (workload.as_str(), kind.as_str()),
        _ => ("", ""),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(workload, kind)) {
        Ok(outcome) => {
            println!("{outcome}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(error.as_ref()),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("bench-kube: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}

async fn run(workload: &str, kind: &str) -> Result<String> {
    match workload {
        "queue" => return queue::handled().await,
        "queue-dedup" => return queue::deduplicated().await,
        "queue-delayed" => return queue::delayed().await,
        _ => {}
    }
    let client = Client::try_default().await?;
    match workload {
        "cold" => return cold(client).await,
        "crud" => return crud(client).await,
        _ => {}
    }
    let (kind, options) = match kind {
        "full-watchlist" => ("full", Options { watchlist: true, ..Options::default() }),
        "stripped" => ("full", Options { stripped: true, ..Options::default() }),
        kind => (kind, Options::default()),
    };
    if matches!(workload, "sync" | "cached" | "informer") {
        return match kind {
            "projection" => hold::<PodSummary>(client, workload, options).await,
            "full" => hold::<Pod>(client, workload, options).await,
            _ => Err(USAGE.into()),
        };
    }
    match kind {
        "projection" => read(Api::<PodSummary>::all(client), workload).await,
        "full" => read(Api::<Pod>::all(client), workload).await,
        "dynamic" => {
            let resource =
                ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("", "v1", "Pod"), "pods");
            read(Api::<DynamicObject>::all_with(client, &resource), workload).await
        }
        _ => Err(USAGE.into()),
    }
}

const USAGE: &str = "usage: bench-kube cold|crud|list|pages|watch|keep full|projection|dynamic, \
    bench-kube sync|cached|informer full|full-watchlist|stripped|projection, \
    or bench-kube queue|queue-dedup|queue-delayed";

/// The workloads of an informer.
async fn hold<K: Cached>(client: Client, workload: &str, options: Options) -> Result<String> {
    let pods = Api::<K>::all(client.clone());
    match workload {
        "sync" => informer::sync(pods, options).await,
        "cached" => informer::cached(pods, options).await,
        _ => informer::events(client, pods, options).await,
    }
}

/// From nothing to the first list: the process's start, the kubeconfig, TLS, five namespaces.
async fn cold(client: Client) -> Result<String> {
    let namespaces = Api::<Namespace>::all(client).list(&ListParams::default()).await?;
    Ok(format!("{} namespaces", namespaces.items.len()))
}

async fn read<K>(pods: Api<K>, workload: &str) -> Result<String>
where
    K: Resource + Read + Clone + DeserializeOwned + Debug,
{
    let mut tally = Tally::default();
    match workload {
        "list" => {
            for pod in &pods.list(&ListParams::default()).await?.items {
                tally.add(pod);
            }
        }
        "pages" => {
            let mut params = ListParams::default().limit(500);
            loop {
                let page = pods.list(&params).await?;
                for pod in &page.items {
                    tally.add(pod);
                }
                match page.metadata.continue_.filter(|token| !token.is_empty()) {
                    Some(token) => params.continue_token = Some(token),
                    None => break,
                }
            }
        }
        "watch" => {
            let page = pods.list(&ListParams::default().limit(1)).await?;
            let version = page.metadata.resource_version.unwrap_or_default();
            let mut events = Box::pin(pods.watch(&WatchParams::default(), &version).await?);
            while let Some(event) = events.try_next().await? {
                match event {
                    WatchEvent::Added(pod) | WatchEvent::Modified(pod) => tally.add(&pod),
                    WatchEvent::Deleted(_) | WatchEvent::Bookmark(_) => {}
                    WatchEvent::Error(status) => return Err(status.message.into()),
                }
            }
        }
        "keep" => return keep(&pods).await,
        _ => return Err(format!("the workload {workload:?}: {USAGE}").into()),
    }
    Ok(tally.to_string())
}

/// Lists the pods, drops all but them, and tells on a second line what they take of the resident set.
async fn keep<K>(pods: &Api<K>) -> Result<String>
where
    K: Resource + Read + Clone + DeserializeOwned + Debug,
{
    pods.list(&ListParams::default().limit(1)).await?;
    let before = resident::bytes()?;
    let all = pods.list(&ListParams::default()).await?.items;
    let kept = resident::line(before)?;
    let mut tally = Tally::default();
    all.iter().for_each(|pod| tally.add(pod));
    Ok(format!("{tally}{kept}"))
}

async fn crud(client: Client) -> Result<String> {
    let config_maps = Api::<ConfigMap>::namespaced(client, "default");
    let mut done = 0;
    for number in 0..1_000 {
        let name = format!("bench-{number:04}");
        let config_map = ConfigMap {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                labels: Some([("app".to_owned(), "bench".to_owned())].into()),
                ..ObjectMeta::default()
            },
            data: Some(
                [("color".to_owned(), "blue".to_owned()), ("size".to_owned(), "large".to_owned())]
                    .into(),
            ),
            ..ConfigMap::default()
        };
        let created = config_maps.create(&PostParams::default(), &config_map).await?;
        let read = config_maps.get(&name).await?;
        config_maps.delete(&name, &DeleteParams::default()).await?;
        done += usize::from(
            created.metadata.name == read.metadata.name && read.data == config_map.data,
        );
    }
    Ok(format!("{done} config maps"))
}
