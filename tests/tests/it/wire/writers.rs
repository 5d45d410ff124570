//! Many writers of one object.

use std::thread;

use kubeclient::{Api, Config, RestClient, retry_on_conflict};
use kubeclient_fake::FakeServer;

use super::{full_size, timed};
use crate::foo::ConfigMap;

/// A write that has met another one is made again of what is there by then, so none is lost.
#[test]
fn a_counter_that_many_writers_raise_is_exact() {
    let (writers, rounds) = if full_size() { (32, 1_000) } else { (8, 25) };
    let server = FakeServer::builder().record(10).start().unwrap();
    let client = RestClient::new(Config::new(server.url())).unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(&client, "default");
    let mut counter = ConfigMap::named("counter");
    counter.data.insert("n".into(), "0".into());
    maps.create(&counter).unwrap();
    let count = |map: &ConfigMap| map.data["n"].parse::<usize>().unwrap();
    let raise = || {
        retry_on_conflict(|| {
            let mut map = maps.get("counter")?;
            let next = count(&map) + 1;
            map.data.insert("n".into(), next.to_string());
            maps.replace(&map)
        })
    };
    let (conflicts, took) = timed(|| {
        thread::scope(|scope| {
            let write = || {
                let mut conflicts = 0;
                for _ in 0..rounds {
                    // Five tries are not always enough against so many others.
                    while let Err(error) = raise() {
                        assert!(error.is_conflict(), "{error}");
                        conflicts += 1;
                    }
                }
                conflicts
            };
            let writers: Vec<_> = (0..writers).map(|_| scope.spawn(write)).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).sum::<usize>()
        })
    });
    assert_eq!(count(&maps.get("counter").unwrap()), writers * rounds);
    eprintln!("{writers} writers, {rounds} rounds, {conflicts} times five conflicts, {took:?}");
}
