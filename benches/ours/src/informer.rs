//! The workloads of an informer: filled, kept, told events.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use kubeclient::cache::{CacheEvent, HandlerOptions, SharedInformer};
use kubeclient::core_v1::{ConfigMap, Namespace};
use kubeclient::{Api, ListParams, Metadata as _, Object, RestClient, Stop};
use rustix::time::{ClockId, clock_gettime};
use serde::de::DeserializeOwned;

use crate::pods::{Read, Tally};
use crate::{Result, resident};

/// A type that an informer holds here.
pub(crate) trait Cached: Object + Read + DeserializeOwned + Send + Sync + 'static {}

impl<T: Object + Read + DeserializeOwned + Send + Sync + 'static> Cached for T {}

/// Until every pod is there.
pub(crate) fn sync<T: Cached>(pods: &Api<T>) -> Result<String> {
    Ok(tally(&filled(pods)?))
}

/// The same; on a second line what is resident more than before.
pub(crate) fn cached<T: Cached>(pods: &Api<T>) -> Result<String> {
    pods.list(&ListParams::default().limit(1))?;
    let before = resident::bytes()?;
    let informer = filled(pods)?;
    let kept = resident::line(before)?;
    Ok(tally(&informer) + &kept)
}

/// Events told to a handler that counts; on a second line what they alone cost.
pub(crate) fn events<T: Cached>(client: &RestClient, pods: &Api<T>) -> Result<String> {
    let namespaces = Api::<Namespace>::all(client).list(&ListParams::default())?;
    let last = namespaces.metadata.resource_version;
    let informer = filled(pods)?;
    let (sender, done) = channel();
    let mut tally = Tally::default();
    // So many that each single one is told, as the others tell it.
    let options = HandlerOptions::default().raw(1_000_000);
    let handler = informer.add_handler_with(&options, move |event| {
        if let CacheEvent::Updated { new, .. } = event {
            tally.add(&*new);
            if new.metadata().resource_version() == last {
                let _ = sender.send(tally.to_string());
            }
        }
    })?;
    handler.wait_synced(&patience())?;
    let (start, cpu) = (Instant::now(), cpu());
    Api::<ConfigMap>::namespaced(client, "default").get("go")?;
    let tally = done.recv_timeout(PATIENCE)?;
    Ok(tally + &spent(start, cpu))
}

const PATIENCE: Duration = Duration::from_secs(100);

fn patience() -> Stop {
    Stop::after(PATIENCE)
}

fn filled<T: Cached>(pods: &Api<T>) -> Result<SharedInformer<T>> {
    let informer = SharedInformer::builder(pods).start()?;
    informer.wait_synced(&patience())?;
    Ok(informer)
}

fn tally<T: Cached>(informer: &SharedInformer<T>) -> String {
    let mut tally = Tally::default();
    informer.store().snapshot().iter().map(Arc::as_ref).for_each(|pod| tally.add(pod));
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
