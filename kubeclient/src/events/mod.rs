//! Events: what a program tells of objects, for people to read, after client-go's `tools/record` and
//! `tools/events`.
//!
//! ```
//! use kubeclient::events::EventRecorder;
//! use kubeclient::{Api, ObjectMeta, Resource, RestClient, Stop};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Resource, Serialize, Deserialize)]
//! #[resource(group = "", version = "v1")]
//! struct ConfigMap {
//!     metadata: ObjectMeta,
//! }
//!
//! # let server = kubeclient_fake::FakeServer::start().unwrap();
//! # let client = RestClient::new(kubeclient::Config::new(server.url()))?;
//! let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
//! let map = maps.create(&ConfigMap { metadata: ObjectMeta::named("settings") })?;
//!
//! let recorder = EventRecorder::builder(&client, "shop-controller").start()?;
//! recorder.normal(&map, "Loaded", "the settings are in use");
//! recorder.warning(&map, "Outdated", "the settings lack a colour");
//! assert!(recorder.shut_down(&Stop::new()), "all is written");
//! assert_eq!(recorder.stats().created, 2);
//! # let sent = server.requests().resource("events").verb("create").last().unwrap().json().unwrap();
//! # assert_eq!(sent["involvedObject"]["name"], "settings");
//! # Ok::<(), kubeclient::Error>(())
//! ```
//!
//! # What becomes of an event
//! Recording never blocks and never fails: the event goes into a queue of 1000, and is dropped, and counted,
//! where that is full. A thread writes the events, one after the other:
//!
//! - **The same event again** is counted in the first one, which gets a new `count` and `lastTimestamp`.
//! - **Events that differ by their message alone** are told as one from the tenth message on, whose own message
//!   is the last of theirs behind `(combined from similar events): `, until there was none for 10 minutes.
//! - **Of very many events about one object**, 25 are written, and then one each 5 minutes; normal ones and
//!   warnings are counted apart. Those held back are counted in the next one that is the same.
//! - **A request that fails** without an answer is sent up to 12 times, 10 s apart; meanwhile the other events
//!   wait. What the server refuses is given up.
//!
//! That is so in `core/v1`; [`events_v1`](EventRecorderBuilder::events_v1) says what is different there. Events
//! are kept for an hour, if the server is not told otherwise.
//!
//! # Differences from client-go
//! Messages are cut at 1024 bytes. A combined event names its reporter like any other. The first nine messages
//! go on being told by themselves, where client-go forgets any one of them. The name of an object that an event
//! may not have is put right instead of replaced by a random one. In `events.k8s.io/v1`, a series is known by
//! its object whatever the version of that, no more than 4096 are remembered, and a recorder that ends tells of
//! those that have not.

mod recorder;
mod builder;
mod new_event;
mod event_type;
mod stats;
mod event;
mod name;
mod lru;
mod correlator;
mod series;
mod wire;
mod queue;
mod worker;
#[cfg(test)]
mod tests;

pub use builder::EventRecorderBuilder;
pub use new_event::NewEvent;
pub use recorder::EventRecorder;
pub use stats::EventStats;
