//! A server that has run out of file descriptors serves those who wait when there are some again.
#![cfg(target_os = "linux")]

use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use kubeclient_fake::FakeServer;

/// Set in the process that has few file descriptors.
const FEW: &str = "KUBECLIENT_FAKE_FEW_FILES";

#[test]
fn a_shortage_of_file_descriptors_passes() {
    if env::var_os(FEW).is_some() {
        return run_short();
    }
    let script = "ulimit -n 48 && exec \"$0\" --exact a_shortage_of_file_descriptors_passes";
    let program = env::current_exe().unwrap();
    let output =
        Command::new("sh").args(["-c", script]).arg(program).env(FEW, "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn run_short() {
    let server = FakeServer::start().unwrap();
    let mut waited = 0;
    for round in 0..10 {
        // Client and server share the descriptors, and an odd number of them has a client left over.
        let _odd = (round % 2 == 1).then(|| File::open("/dev/null").unwrap());
        let mut streams = Vec::new();
        while let Ok(stream) = TcpStream::connect(server.address()) {
            streams.push(stream);
        }
        waited += usize::from(server.connections() < streams.len());
        // The last to be accepted, when the others are gone.
        let mut last = streams.pop().unwrap();
        drop(streams);
        last.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        last.write_all(request).unwrap();
        let mut answer = String::new();
        last.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    assert!(waited > 0, "all were accepted at once");
}
