//! The workloads of an informer, with kube's watcher and reflector: filled, kept, told events.

use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

use futures_util::{Stream, TryStreamExt as _};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, ListParams};
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt as _, reflector as reflected};
use kube::{Client, Resource, ResourceExt as _};
use rustix::time::{ClockId, clock_gettime};
use serde::de::DeserializeOwned;

use crate::pods::{Read, Tally};
use crate::{Result, resident};

/// A type that a reflector holds here.
pub(crate) trait Cached:
    Resource<DynamicType: Default + Eq + Hash + Clone>
    + Read
    + Clone
    + DeserializeOwned
    + Debug
    + Send
    + Sync
    + 'static
{
}

impl<K> Cached for K where
    K: Resource<DynamicType: Default + Eq + Hash + Clone>
        + Read
        + Clone
        + DeserializeOwned
        + Debug
        + Send
        + Sync
        + 'static
{
}

/// What a cache is to be like.
#[derive(Clone, Copy, Default)]
pub(crate) struct Options {
    /// The objects that are there come through the watch, not in pages.
    pub(crate) watchlist: bool,
    /// managedFields are dropped.
    pub(crate) stripped: bool,
}

/// Until every pod is there.
pub(crate) async fn sync<K: Cached>(pods: Api<K>, options: Options) -> Result<String> {
    let (store, mut events) = cache(pods, options);
    fill(&mut events).await?;
    Ok(tally(&store))
}

/// The same; on a second line what is resident more than before.
pub(crate) async fn cached<K: Cached>(pods: Api<K>, options: Options) -> Result<String> {
    pods.list(&ListParams::default().limit(1)).await?;
    let before = resident::bytes()?;
    let (store, mut events) = cache(pods, options);
    fill(&mut events).await?;
    let kept = resident::line(before)?;
    Ok(tally(&store) + &kept)
}

/// Events told to who counts; on a second line what they alone cost.
pub(crate) async fn events<K: Cached>(
    client: Client,
    pods: Api<K>,
    options: Options,
) -> Result<String> {
    let namespaces = Api::<Namespace>::all(client.clone()).list(&ListParams::default()).await?;
    let last = namespaces.metadata.resource_version;
    let (_store, mut events) = cache(pods, options);
    fill(&mut events).await?;
    let (start, cpu) = (Instant::now(), cpu());
    Api::<ConfigMap>::default_namespaced(client).get("go").await?;
    let mut tally = Tally::default();
    while let Some(event) = events.try_next().await? {
        if let Event::Apply(pod) = event {
            tally.add(&pod);
            if pod.resource_version() == last {
                break;
            }
        }
    }
    Ok(tally.to_string() + &spent(start, cpu))
}

type Events<K> = std::pin::Pin<Box<dyn Stream<Item = watcher::Result<Event<K>>> + Send>>;

fn cache<K: Cached>(pods: Api<K>, options: Options) -> (Store<K>, Events<K>) {
    let (store, writer) = reflector::store();
    let config = match options.watchlist {
        true => watcher::Config::default().streaming_lists(),
        false => watcher::Config::default(),
    };
    let events = kube::runtime::watcher(pods, config).default_backoff();
    let events: Events<K> = match options.stripped {
        true => Box::pin(reflected(writer, events.modify(|pod| pod.managed_fields_mut().clear()))),
        false => Box::pin(reflected(writer, events)),
    };
    (store, events)
}

async fn fill<K>(events: &mut Events<K>) -> Result<()> {
    while let Some(event) = events.try_next().await? {
        if matches!(event, Event::InitDone) {
            return Ok(());
        }
    }
    Err("the watcher ended".into())
}

fn tally<K: Cached>(store: &Store<K>) -> String {
    let mut tally = Tally::default();
    store.state().iter().for_each(|pod| tally.add(&**pod));
    tally.to_string()
}

/// The CPU that this process has used.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let [seconds, nanos] = [time.tv_sec, time.tv_nsec].map(|part| u64::try_from(part).unwrap_or(0));
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}

/// The line that tells the runner what was spent since.
fn spent(start: Instant, before: Duration) -> String {
    let used = cpu().saturating_sub(before).as_micros();
    format!("\nspent {used} us in {} us", start.elapsed().as_micros())
}
