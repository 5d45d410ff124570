//! A server whose name can't be resolved for a while, or leads elsewhere.

use std::io;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::super::super::SharedInformer;
use super::super::{PATIENCE, Thing, World, hasty, patience};
use crate::api::Api;
use crate::config::Config;
use crate::rest::RestClient;

/// What a name is good for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Name {
    /// It leads to the server.
    Good,
    /// There is no such name.
    Fails,
    /// It has no address.
    Empty,
    /// Nobody says anything, for longer than a connection may take.
    Slow,
    /// It leads to where the server is no more.
    Moved,
    /// Its first addresses are dead: IPv6, which is not served, and another one.
    HalfDead,
}

/// A name, and how often it was asked for since it last changed.
struct Names {
    server: SocketAddr,
    state: Mutex<(Name, u64)>,
    changed: Condvar,
}

impl Names {
    fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        self.changed.notify_all();
        let (name, _) = *state;
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        match name {
            Name::Good => Ok(vec![self.server]),
            Name::Fails => Err(io::Error::other("no such name")),
            Name::Empty => Ok(Vec::new()),
            Name::Slow => {
                let waited = self.changed.wait_while(state, |state| state.0 == Name::Slow);
                drop(waited.unwrap());
                Err(io::Error::other("too late"))
            }
            Name::Moved => Ok(vec![nobody]),
            Name::HalfDead => {
                let refusing = SocketAddr::from((Ipv6Addr::LOCALHOST, nobody.port()));
                Ok(vec![refusing, nobody, self.server])
            }
        }
    }

    fn set(&self, name: Name) {
        *self.state.lock().unwrap() = (name, 0);
        self.changed.notify_all();
    }

    fn asked(&self) -> u64 {
        self.state.lock().unwrap().1
    }

    fn wait_for(&self, asked: u64) {
        let state = self.state.lock().unwrap();
        let is_less = |state: &mut (Name, u64)| state.1 < asked;
        let waited = self.changed.wait_timeout_while(state, PATIENCE, is_less).unwrap();
        assert!(!waited.1.timed_out(), "asked {} times", waited.0.1);
    }
}

/// Once the name is good again, the next attempt succeeds: each asks anew, and tries one address after the other.
#[test]
fn a_name_that_is_good_again_is_used_by_the_next_attempt() {
    let world = World::new();
    let server = world.server.address();
    let names =
        Arc::new(Names { server, state: Mutex::new((Name::Good, 0)), changed: Condvar::new() });
    let mut config = Config::new(format!("http://server.example:{}", server.port()));
    config.timeouts.connect = Duration::from_secs(1);
    let resolver = Arc::clone(&names);
    let client =
        RestClient::builder(config).resolver(move |_, _| resolver.resolve()).build().unwrap();
    let things: Api<Thing> = Api::namespaced(&client, "default");
    let informer = hasty(SharedInformer::builder(&things)).on_error(|_| {}).start().unwrap();
    informer.wait_synced(&patience()).unwrap();
    let hears_of = |name: String| {
        let version = world.create(&name).metadata.resource_version;
        informer.lister().wait_for_resource_version(&version, &patience()).unwrap();
    };
    for trouble in [Name::Fails, Name::Empty, Name::Slow, Name::Moved] {
        names.set(trouble);
        world.server.drop_watches();
        names.wait_for(3);
        names.set(Name::Good);
        hears_of(format!("{trouble:?}").to_lowercase());
        assert_eq!(names.asked(), 1, "{trouble:?}");
    }
    names.set(Name::HalfDead);
    world.server.drop_watches();
    hears_of("half-dead".to_owned());
    assert_eq!(names.asked(), 1);
    assert_eq!(informer.health().cache.restarts, 0);
}
