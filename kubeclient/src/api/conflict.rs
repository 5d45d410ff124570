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

#[cfg(all(test, feature = "derive"))]
mod tests {
    use kubeclient_fake::FakeServer;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::api::Api;
    use crate::config::Config;
    use crate::meta::object_meta::ObjectMeta;
    use crate::meta::status::Status;
    use crate::rest::RestClient;

    /// A ConfigMap that counts.
    #[derive(kubeclient_derive::Resource, Serialize, Deserialize)]
    #[resource(group = "", version = "v1", kind = "ConfigMap", crate = "crate")]
    struct Counter {
        metadata: ObjectMeta,
        data: Count,
    }

    #[derive(Serialize, Deserialize)]
    struct Count {
        n: String,
    }

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

    /// Each writer adds one, again and again, to what it has read: with `KUBECLIENT_FAULT_SEEDS`, a thousand times.
    #[test]
    fn thirty_two_writers_lose_no_count() {
        const WRITERS: u32 = 32;
        let rounds = if std::env::var_os("KUBECLIENT_FAULT_SEEDS").is_some() { 1000 } else { 10 };
        let server = FakeServer::start().unwrap();
        let client = RestClient::new(Config::new(server.url())).unwrap();
        let counters: Api<Counter> = Api::namespaced(&client, "default");
        let data = Count { n: "0".into() };
        counters.create(&Counter { metadata: ObjectMeta::named("counter"), data }).unwrap();
        let write = || {
            retry_on_conflict(|| {
                let mut counter = counters.get("counter")?;
                counter.data.n = (counter.data.n.parse::<u32>().unwrap() + 1).to_string();
                counters.replace(&counter)
            })
        };
        std::thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    for _ in 0..rounds {
                        // Five tries are not always enough against so many others.
                        while let Err(error) = write() {
                            assert!(error.is_conflict(), "{error}");
                        }
                    }
                });
            }
        });
        let count = counters.get("counter").unwrap().data.n;
        assert_eq!(count, (WRITERS * rounds).to_string());
        let met = server.requests().verb("update").status(409).count();
        assert!(met > 0, "they never met");
    }
}
