//! Three servers of one cluster that are restarted in turn, again and again, before a balancer and without one.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use kubeclient_fake::{FakeServer, Fault, Injection};

use super::super::super::SharedInformer;
use super::super::super::random::Random;
use super::super::{Thing, World, hasty, patience};
use super::history::{END, History, Listener, happen};
use crate::api::Api;
use crate::config::Config;
use crate::rest::RestClient;

const SERVERS: usize = 3;

/// In each rollout each server is restarted: it refuses whoever comes and cuts its connections, is away, is back
/// before it is ready, and ends its first watch in good order. One informer goes through a balancer that knows
/// nothing of this, and one has but the first server. Fidelity 66, 67, 74.
///
/// With `KUBECLIENT_FAULT_SEEDS`, a hundred rollouts.
#[test]
fn rolling_restarts_of_three_servers_lose_nothing() {
    let rollouts = if std::env::var_os("KUBECLIENT_FAULT_SEEDS").is_some() { 100 } else { 10 };
    // It holds the state; the informers do not know it.
    let world = World::new();
    let first = first(&world);
    // The balancer is told where the others are.
    let ports = [first.address().port(), 0, 0];
    let mut servers = vec![first];
    servers.extend((1..SERVERS).map(|number| world.server.replica(ports[number]).unwrap()));
    let balancer = Balancer::start(servers.iter().map(FakeServer::address));
    let balanced = Follower::start(balancer.address);
    let direct = Follower::start(servers[0].address());

    let random = &mut Random::new(15);
    let mut history = History::new();
    for rollout in 0..rollouts {
        for number in 0..SERVERS {
            let server = &servers[number];
            let refusal = drain(server, rollout + number);
            happen(&world, random, 5, 20, &mut history);
            // The others have perhaps nobody who would come back.
            assert!(number > 0 || refusal.wait_for(1, super::PATIENCE), "{rollout}");
            drop(refusal);
            balancer.set(number, None);
            drop(servers.remove(number));
            // What happens meanwhile is heard of through the others.
            happen(&world, random, 5, 20, &mut history);
            balanced.catch_up(&world, (rollout, number, 0), &mut history);

            let server = world.server.replica(ports[number]).unwrap();
            let unready = begin(&server, rollout);
            balancer.set(number, Some(server.address()));
            servers.insert(number, server);
            happen(&world, random, 5, 20, &mut history);
            for follower in [&balanced, &direct] {
                follower.catch_up(&world, (rollout, number, 1), &mut history);
            }
            drop(unready);
        }
    }
    world.create(END);
    for follower in [balanced, direct] {
        let health = follower.informer.health().cache;
        assert_eq!(follower.told.collect(super::NAMES, super::PATIENCE), (history.clone(), 0));
        assert_eq!(health.restarts, 0, "{health:?}");
    }
    // One of three restarts hits the one server that has the watch, at least, and one of three attempts no server.
    let accepted = balancer.servers.lock().unwrap().accepted;
    assert!(accepted > rollouts, "{accepted} connections in {rollouts} rollouts");
}

/// A server on a port that the system gives to nobody else while the server is away.
fn first(world: &World) -> FakeServer {
    let begin = u16::try_from(std::process::id() % 10_000).unwrap();
    let mut ports = (0..1000).map(|number| 20_000 + (begin + number) % 10_000);
    ports.find_map(|port| world.server.replica(port).ok()).expect("a free port below 30,000")
}

/// A server that is about to go takes nobody in, and lets go of whom it has.
fn drain(server: &FakeServer, way: usize) -> Injection {
    let refusal = match way % 4 {
        0 => Fault::overload(0).answer_header("Connection", "close"),
        1 => Fault::status(503, "ServiceUnavailable", "shutting down")
            .answer_header("Connection", "close"),
        2 => Fault::answer(502, "text/plain", "bad gateway\n"),
        _ => Fault::status(504, "Timeout", "shutting down").answer_header("Retry-After", "0"),
    };
    let refusal = server.inject(refusal);
    server.drop_connections();
    refusal
}

/// A server that has begun is not ready for its first requests, and ends its first watch in good order.
fn begin(server: &FakeServer, rollout: usize) -> Vec<Injection> {
    let unready = match rollout % 3 {
        0 => Fault::status(500, "InternalError", "not ready"),
        1 => Fault::overload(0),
        _ => {
            Fault::status(503, "ServiceUnavailable", "not ready").answer_header("Retry-After", "0")
        }
    };
    let ends = Fault::truncate().after_events(2).verb("watch").once();
    vec![server.inject(unready.once()), server.inject(ends)]
}

/// An informer that tells of each event.
struct Follower {
    informer: SharedInformer<Thing>,
    told: Listener<Thing>,
}

impl Follower {
    fn start(address: SocketAddr) -> Self {
        let mut config = Config::new(format!("http://{address}"));
        config.timeouts.watch_idle = Some(Duration::from_secs(5));
        let things: Api<Thing> = Api::namespaced(&RestClient::new(config).unwrap(), "default");
        let informer = hasty(SharedInformer::builder(&things)).on_error(|_| {}).start().unwrap();
        informer.wait_synced(&patience()).unwrap();
        let told = Listener::add(&informer);
        Self { informer, told }
    }

    /// One more thing happens, and it hears of it.
    #[track_caller]
    fn catch_up(&self, world: &World, at: (usize, usize, usize), history: &mut History) {
        happen(world, &mut Random::new(0), 1, 1, history);
        let version = world.things.list(&Default::default()).unwrap().metadata.resource_version;
        let lister = self.informer.lister();
        if let Err(error) = lister.wait_for_resource_version(&version, &patience()) {
            panic!("{at:?}: {error}, {:?}", self.informer.health());
        }
    }
}

/// Gives each connection to the next server in turn, whether that is there or not, as one that checks no health does:
/// where it is not, the connection is closed.
struct Balancer {
    address: SocketAddr,
    servers: Arc<Mutex<Servers>>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Servers {
    addresses: [Option<SocketAddr>; SERVERS],
    next: usize,
    accepted: usize,
    is_stopped: bool,
    open: Vec<TcpStream>,
}

impl Balancer {
    fn start(addresses: impl Iterator<Item = SocketAddr>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let mut servers = Servers::default();
        for (place, address) in servers.addresses.iter_mut().zip(addresses) {
            *place = Some(address);
        }
        let servers = Arc::new(Mutex::new(servers));
        let acceptor = {
            let servers = Arc::clone(&servers);
            thread::spawn(move || {
                thread::scope(|scope| {
                    for client in listener.incoming() {
                        let Some(pair) = pair(client.unwrap(), &servers) else { break };
                        let Some((client, server)) = pair else { continue };
                        let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                        scope.spawn(move || copy(from, to));
                        scope.spawn(move || copy(server, client));
                    }
                });
            })
        };
        Self { address, servers, acceptor: Some(acceptor) }
    }

    fn set(&self, number: usize, address: Option<SocketAddr>) {
        self.servers.lock().unwrap().addresses[number] = address;
    }
}

/// A client and its server, where there is one; nothing once the balancer stops.
fn pair(client: TcpStream, servers: &Mutex<Servers>) -> Option<Option<(TcpStream, TcpStream)>> {
    let mut servers = servers.lock().unwrap();
    if servers.is_stopped {
        return None;
    }
    servers.next = (servers.next + 1) % SERVERS;
    servers.accepted += 1;
    let server =
        servers.addresses[servers.next].and_then(|address| TcpStream::connect(address).ok());
    Some(server.map(|server| {
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        servers.open.push(client.try_clone().unwrap());
        (client, server)
    }))
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // Either may be closed already.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let open = {
            let mut servers = self.servers.lock().unwrap();
            servers.is_stopped = true;
            std::mem::take(&mut servers.open)
        };
        open.iter().for_each(|client| drop(client.shutdown(Shutdown::Both)));
        let _ = TcpStream::connect(self.address);
        self.acceptor.take().unwrap().join().unwrap();
    }
}
