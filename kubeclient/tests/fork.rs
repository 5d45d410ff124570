//! A process that forks, as daemons and prefork servers do. In a process of its own, since a fork has but one of its
//! threads.
#![cfg(unix)]

#[path = "../src/testing/alone.rs"]
mod alone;

use std::io::Write;

use fork::{Fork, fork, waitpid};
use kubeclient::{Config, ErrorKind, Request, RestClient};
use kubeclient_fake::FakeServer;

/// F34: in the child, a call is a clean error before anything is sent; a client of its own works, and so does the
/// parent's, on the connection that it had.
#[test]
fn the_child_of_a_fork_is_refused_and_its_parent_goes_on() {
    if alone::given().is_some() {
        return forked();
    }
    let said = alone::run("the_child_of_a_fork_is_refused_and_its_parent_goes_on", "");
    assert!(said.contains("the child was refused"), "{said}");
}

fn forked() {
    let server = FakeServer::start().unwrap();
    let client = RestClient::new(Config::new(server.url())).unwrap();
    let version = Request::get("/version");
    client.send(&version).unwrap();
    match fork().unwrap() {
        Fork::Child => {
            let error = client.send(&version).unwrap_err();
            let own = RestClient::new(Config::new(server.url())).unwrap().send(&version);
            let text = error.to_string();
            let is_told = text.contains("expected one made after the fork");
            if error.kind() == ErrorKind::Invalid && is_told && own.is_ok() {
                std::io::stdout().write_all(b"\nthe child was refused\n").unwrap();
                std::process::exit(0);
            }
            std::io::stderr().write_all(text.as_bytes()).unwrap();
            std::process::exit(1)
        }
        Fork::Parent(child) => {
            waitpid(child).unwrap();
            client.send(&version).unwrap();
            // One was the child's, by a client of its own.
            assert_eq!(server.requests().path("/version").count(), 3);
        }
    }
}
