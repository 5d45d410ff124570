//! [`retry_on_conflict`]: read, change, write, and again when somebody else was faster.

use std::time::Duration;

use crate::error::Error;

/// How often the closure runs at most, and the pause between (client-go's `DefaultRetry`).
const STEPS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(10);

/// Runs `write` until it is done or fails with something else than a conflict, at most 5 times.
///
/// The closure must read the object anew each time, or it meets the same conflict again:
///
/// ```
/// # use kubeclient::{Api, ObjectMeta, Resource, RestClient, retry_on_conflict};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Resource, Serialize, Deserialize)]
/// # #[resource(group = "", version = "v1")]
/// # struct ConfigMap {
/// #     metadata: ObjectMeta,
/// #     #[serde(flatten)]
/// #     rest: serde_json::Map<String, serde_json::Value>,
/// # }
/// # let server = kubeclient_fake::FakeServer::start().unwrap();
/// # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
/// let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
/// # maps.create(&ConfigMap { metadata: ObjectMeta::named("settings"), rest: Default::default() })?;
/// let map = retry_on_conflict(|| {
///     let mut map = maps.get("settings")?;
///     map.metadata.labels.insert("seen".into(), "yes".into());
///     maps.replace(&map)
/// })?;
/// assert_eq!(map.metadata.labels["seen"], "yes");
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Errors
/// The last error of `write`.
///
/// # Blocking
/// What `write` takes, and about 10 ms between two runs.
pub fn retry_on_conflict<T>(mut write: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let mut left = STEPS;
    loop {
        left -= 1;
        match write() {
            Err(error) if error.is_conflict() && left > 0 => {
                // Bounded by 50 ms in all, so that nothing needs to end it.
                std::thread::sleep(super::backoff::jittered(PAUSE, 0.1));
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::status::Status;

    fn failure(code: i32) -> Error {
        Error::api(Status { code, ..Status::default() }, None)
    }

    #[test]
    fn only_a_conflict_is_tried_again_and_at_most_five_times() {
        let mut runs = 0;
        let outcome: Result<(), _> = retry_on_conflict(|| {
            runs += 1;
            Err(failure(409))
        });
        assert!(outcome.unwrap_err().is_conflict());
        assert_eq!(runs, 5);

        runs = 0;
        let outcome: Result<(), _> = retry_on_conflict(|| {
            runs += 1;
            Err(failure(404))
        });
        assert!(outcome.unwrap_err().is_not_found());
        assert_eq!(runs, 1);

        runs = 0;
        let outcome = retry_on_conflict(|| {
            runs += 1;
            if runs < 3 { Err(failure(409)) } else { Ok(runs) }
        });
        assert_eq!(outcome.unwrap(), 3);
    }
}
