//! The workloads of a work queue, with kube's scheduler, which its controllers take their work from. It has
//! no workers: who polls it handles what comes, and has nobody to tell that it is done.

use std::pin::Pin;
use std::time::Duration;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::{FutureExt as _, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector::ObjectRef;
use kube::runtime::scheduler::{ScheduleRequest, Scheduler, scheduler};
use tokio::time::Instant;

use crate::Result;

/// How many items there are.
const KEYS: usize = 200_000;

/// All items, asked for and taken; five times.
pub(crate) async fn handled() -> Result<String> {
    let keys = keys(KEYS);
    let (requests, mut queue) = queue();
    for _ in 0..5 {
        ask(&requests, &keys, |_| Duration::ZERO)?;
        for _ in 0..KEYS {
            queue.next().await.ok_or("the scheduler ended")?;
        }
    }
    Ok(format!("{} items", 5 * KEYS))
}

/// A thousand items, each asked for a thousand times while it is held, then taken; four times.
pub(crate) async fn deduplicated() -> Result<String> {
    let keys = keys(1_000);
    let (requests, mut queue) = queue();
    let mut handled = 0;
    for _ in 0..4 {
        for _ in 0..1_000 {
            ask(&requests, &keys, |_| Duration::ZERO)?;
            // The scheduler takes requests when it is polled.
            let _ = queue.as_mut().hold().next().now_or_never();
            tokio::task::yield_now().await;
        }
        while queue.next().now_or_never().flatten().is_some() {
            handled += 1;
        }
    }
    Ok(format!("{handled} items"))
}

/// All items, each to be taken within half a second.
pub(crate) async fn delayed() -> Result<String> {
    let (requests, mut queue) = queue();
    ask(&requests, &keys(KEYS), |number| Duration::from_millis(number as u64 * 7919 % 500))?;
    for _ in 0..KEYS {
        queue.next().await.ok_or("the scheduler ended")?;
    }
    Ok(format!("{KEYS} items"))
}

type Key = ObjectRef<Pod>;
type Request = ScheduleRequest<Key>;
type Queue = Pin<Box<Scheduler<Key, UnboundedReceiver<Request>>>>;

fn queue() -> (UnboundedSender<Request>, Queue) {
    let (sender, requests) = unbounded();
    (sender, Box::pin(scheduler(requests)))
}

fn ask(
    requests: &UnboundedSender<Request>,
    keys: &[Key],
    delay: impl Fn(usize) -> Duration,
) -> Result<()> {
    for (number, key) in keys.iter().enumerate() {
        let run_at = Instant::now() + delay(number);
        requests.unbounded_send(ScheduleRequest { message: key.clone(), run_at })?;
    }
    Ok(())
}

fn keys(count: usize) -> Vec<Key> {
    (0..count).map(|number| ObjectRef::new(&format!("pod-{number:06}")).within("default")).collect()
}
