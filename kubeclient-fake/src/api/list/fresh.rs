//! Resource versions in queries: what they say, and the wait for one that is still to come.

use std::time::{Duration, Instant};

use super::super::Cluster;
use crate::failure::{Cause, Details, Failure, Result};
use crate::mutation::{self, Mutation};

/// How long the server waits for a version.
const PATIENCE: Duration = Duration::from_secs(3);

/// A resource version; 0 for none. Or what is wrong with it: a read of one object answers that with 500, a
/// list with 400 after `invalid resource version: `.
pub(crate) fn parse_version(text: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Ok(0);
    }
    let why = match text.parse() {
        Ok(version) if !text.starts_with('+') => return Ok(version),
        Err(error) if *error.kind() == std::num::IntErrorKind::PosOverflow => "value out of range",
        _ => "invalid syntax",
    };
    Err(format!(
        "resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: {why}"
    ))
}

/// Waits until there is such a version: three seconds, by the server's clock or by the wall's, whichever is
/// sooner. Then it is 504.
pub(crate) fn wait_until(cluster: &Cluster, version: u64) -> Result<()> {
    let store = &cluster.store;
    if store.version() >= version || mutation::is(Mutation::FutureIsNow) {
        return Ok(());
    }
    let (until, end) = (cluster.clock.after(PATIENCE), Instant::now() + PATIENCE);
    let feed = store.any_feed();
    loop {
        let seen = feed.ticks();
        let current = store.version();
        if current >= version {
            return Ok(());
        }
        let left = end.saturating_duration_since(Instant::now());
        let left = cluster.clock.left(until, left);
        if left.is_zero() || store.is_stopped() {
            return Err(too_large(version, current));
        }
        feed.wait(seen, left);
    }
}

fn too_large(version: u64, current: u64) -> Failure {
    let message = format!("Timeout: Too large resource version: {version}, current: {current}");
    let cause = Cause {
        reason: "ResourceVersionTooLarge".into(),
        message: "Too large resource version".into(),
        field: String::new(),
    };
    let details = Details { causes: vec![cause], retry_after_seconds: 1, ..Details::default() };
    Failure::new(504, "Timeout", message).with_details(details)
}
