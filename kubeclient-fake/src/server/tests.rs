//! A started server: faults, records, TLS, who may ask, and what is left when it is gone. Discovery answers
//! here for all that is there to ask.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;
use crate::fault::Fault;

const LONG: Duration = Duration::from_secs(20);

/// Sends a request on a connection of its own and reads to the end.
fn ask(server: &FakeServer, line: &str, headers: &str) -> String {
    let (answer, error) = ask_all(server, line, headers);
    assert!(error.is_none(), "{error:?} after {answer}");
    answer
}

fn ask_all(server: &FakeServer, line: &str, headers: &str) -> (String, Option<io::Error>) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let error = stream.read_to_end(&mut answer).err();
    (String::from_utf8_lossy(&answer).into_owned(), error)
}

/// A connection through TLS, with or without a certificate.
fn connect_tls(
    server: &FakeServer,
    client: Option<&ClientCertificate>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = server.authority().unwrap();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        None => config.with_no_client_auth(),
        Some(client) => {
            let chain = CertificateDer::from_pem_slice(client.certificate.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(client.key.as_bytes()).unwrap();
            config.with_client_auth_cert(vec![chain], key).unwrap()
        }
    };
    let name = "localhost".try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    StreamOwned::new(connection, stream)
}

fn ask_tls(server: &FakeServer, client: Option<&ClientCertificate>, headers: &str) -> String {
    let mut stream = connect_tls(server, client);
    let request = format!("GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn every_answer_has_its_audit_id_and_is_not_cached() {
    let server = FakeServer::start().unwrap();
    let answer = ask(&server, "GET /version", "");
    assert!(answer.contains("Cache-Control: no-cache, private\r\n"), "{answer}");
    assert_eq!(answer.matches("Audit-Id: ").count(), 1, "{answer}");
    let answer = ask(&server, "GET /version", "Audit-ID: mine\r\n");
    assert!(answer.contains("Audit-Id: mine\r\n"), "{answer}");
    assert_eq!(answer.matches("Audit-Id: ").count(), 1, "{answer}");
}

#[test]
fn a_kubeconfig_says_where_the_server_is_and_who_asks() {
    let server = FakeServer::start().unwrap();
    let config = server.kubeconfig();
    assert!(config.contains(&format!("    server: {}\n", server.url())), "{config}");
    assert!(config.ends_with("- name: \"admin\"\n  user: {}\n"), "{config}");
    let config = server.kubeconfig_as("al", &["dev"]);
    let token = config.rsplit_once("token: \"").unwrap().1.trim_end_matches("\"\n").to_owned();
    ask(&server, "GET /version", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(server.requests().user("al").count(), 1);
    let path = std::env::temp_dir().join(random::uuid());
    server.write_kubeconfig(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), server.kubeconfig());
    fs::remove_file(&path).unwrap();
}

#[test]
fn who_has_to_say_who_they_are_is_nobody_until_then() {
    let server = FakeServer::builder()
        .require_authentication()
        .token("s3cret", "al", &["dev"])
        .start()
        .unwrap();
    let answer = ask(&server, "GET /api", "");
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
    assert!(answer.contains("X-Content-Type-Options: nosniff\r\n"), "{answer}");
    let answer = ask(&server, "GET /api", "Authorization: Bearer wrong\r\n");
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
    let answer = ask(&server, "GET /api", "Authorization: Bearer s3cret\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(ask(&server, "GET /healthz", "").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(server.kubeconfig().contains("    token: \""));
    assert_eq!(server.requests().user("system:anonymous").status(200).count(), 1);
}

#[test]
fn tls_tells_the_user_of_a_certificate() {
    let server = FakeServer::builder().tls(true).require_authentication().start().unwrap();
    assert!(ask_tls(&server, None, "").starts_with("HTTP/1.1 200 OK\r\n"));
    let al = server.client_certificate("al", Some("dev")).unwrap();
    assert!(ask_tls(&server, Some(&al), "").starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(server.requests().user("al").count(), 1);
    assert_eq!(server.requests().user("system:anonymous").count(), 1);
    // Of the authority of another server.
    let other = FakeServer::builder().tls(true).start().unwrap();
    let foreign = other.client_certificate("al", None).unwrap();
    assert!(ask_tls(&server, Some(&foreign), "").starts_with("HTTP/1.1 401 Unauthorized\r\n"));
    let plain = ask(&server, "GET /version", "");
    assert_eq!(
        plain,
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
    );
    assert!(FakeServer::start().unwrap().client_certificate("al", None).is_err());
}

#[test]
fn roles_in_the_store_decide_when_asked_to() {
    use crate::store::Key;
    use serde_json::json;

    let server = FakeServer::builder().rbac(true).token("t", "al", &[]).start().unwrap();
    let list = || ask(&server, "GET /api/v1/namespaces/n/pods", "Authorization: Bearer t\r\n");
    let answer = list();
    assert!(
        answer.contains(
            "cannot list resource \\\"pods\\\" in API group \\\"\\\" in the namespace \\\"n\\\""
        ),
        "{answer}"
    );
    let put = |resource: &str, name: &str, object: Value| {
        let key = Key::new(&format!("{resource}.rbac.authorization.k8s.io"), "n", name);
        let written = server.cluster.store.write(|transaction| Ok(transaction.put(key, object)));
        written.unwrap();
    };
    put(
        "roles",
        "r",
        json!({
            "metadata": { "name": "r", "namespace": "n" },
            "rules": [{ "verbs": ["list"], "apiGroups": [""], "resources": ["pods"] }],
        }),
    );
    put(
        "rolebindings",
        "b",
        json!({
            "metadata": { "name": "b", "namespace": "n" },
            "roleRef": { "kind": "Role", "name": "r" },
            "subjects": [{ "kind": "User", "name": "al" }],
        }),
    );
    assert!(!list().starts_with("HTTP/1.1 403 "));
}

#[test]
fn faults_strike_the_requests_they_are_about() {
    let server = FakeServer::start().unwrap();
    let busy = server.inject(
        Fault::status(503, "ServiceUnavailable", "busy").path("/version").method("GET").nth(2),
    );
    assert!(ask(&server, "GET /version", "").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(ask(&server, "GET /api", "").starts_with("HTTP/1.1 200 OK\r\n"));
    let answer = ask(&server, "GET /version", "");
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    assert!(answer.contains("\"message\":\"busy\""), "{answer}");
    assert!(ask(&server, "GET /version", "").starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!((busy.matches(), busy.strikes()), (3, 1));
    assert_eq!(server.requests().status(503).count(), 1);
}

#[test]
fn connections_are_reset_or_closed_before_or_after_the_request_is_dealt_with() {
    let server = FakeServer::start().unwrap();
    let reset = server.inject(Fault::reset());
    let (answer, error) = ask_all(&server, "GET /version", "");
    assert_eq!((answer.as_str(), error.unwrap().kind()), ("", io::ErrorKind::ConnectionReset));
    assert_eq!(server.requests().answered().count(), 0);
    reset.remove();
    let lost = server.inject(Fault::close().after_handling());
    assert_eq!(ask(&server, "GET /version", ""), "");
    assert_eq!(server.requests().status(200).count(), 1);
    drop(lost);
    let _short = server.inject(Fault::close().after_bytes(5));
    let answer = ask(&server, "GET /version", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("Content-Length: 5\r\n") && body.len() == 5, "{answer}");
}

#[test]
fn a_truncated_answer_looks_whole() {
    let server = FakeServer::start().unwrap();
    let _short = server.inject(Fault::truncate().after_bytes(5));
    let answer = ask(&server, "GET /version", "");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("Content-Length: 5") && body.len() == 5, "{answer}");
}

#[test]
fn an_overloaded_server_says_when_to_come_back() {
    let server = FakeServer::start().unwrap();
    let _overload = server.inject(Fault::overload(7).user_agent("curl"));
    let answer = ask(&server, "GET /version", "User-Agent: curl/8\r\n");
    assert!(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{answer}");
    assert!(answer.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{answer}");
    assert!(answer.contains("Retry-After: 7\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nToo many requests, please try again later.\n"), "{answer}");
    assert!(ask(&server, "GET /version", "").starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_stalled_request_goes_on_when_it_is_released() {
    let server = FakeServer::start().unwrap();
    let stall = server.inject(Fault::stall().path("/version").once());
    thread::scope(|scope| {
        let asked = scope.spawn(|| ask(&server, "GET /version", ""));
        assert!(stall.wait_for(1, LONG));
        assert_eq!(server.requests().answered().count(), 0);
        stall.release();
        assert!(asked.join().unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    });
    let _latency = server.inject(Fault::latency(Duration::from_millis(100)));
    let started = Instant::now();
    ask(&server, "GET /version", "");
    assert!(started.elapsed() >= Duration::from_millis(100));
}

#[test]
fn garbage_is_sent_as_it_is() {
    let server = FakeServer::start().unwrap();
    let _garbage = server.inject(Fault::garbage("\x01\x02"));
    assert_eq!(ask(&server, "GET /version", ""), "\x01\x02");
}

#[test]
fn what_is_said_otherwise_after_handling_has_been_dealt_with() {
    let server = FakeServer::builder().token("t", "al", &[]).start().unwrap();
    let _lie = server.inject(Fault::status(500, "InternalError", "no").after_handling());
    let answer = ask(&server, "GET /version", "Authorization: Bearer t\r\n");
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert_eq!(server.requests().user("al").status(500).count(), 1);
}

#[test]
fn an_error_event_is_the_last() {
    let server = FakeServer::start().unwrap();
    let fault = Fault::error_event(410, "Expired", "too old resource version: 1 (2)");
    let _gone = server.inject(fault.path("/version"));
    let answer = ask(&server, "GET /version", "");
    assert!(answer.contains("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\""), "{answer}");
    assert!(
        answer.contains("\"code\":410,\"message\":\"too old resource version: 1 (2)\""),
        "{answer}"
    );
    assert!(answer.ends_with("}}\n\r\n0\r\n\r\n"), "{answer}");
}

#[test]
fn the_recorder_tells_what_was_asked() {
    let server = FakeServer::start().unwrap();
    ask(&server, "DELETE /apis/apps/v1/namespaces/n/deployments/d?dryRun=All", "X: y\r\n");
    let all = server.requests().verb("delete").resource("deployments").namespace("n").name("d");
    let request = all.first().unwrap();
    assert_eq!(request.query("dryRun"), Some("All"));
    assert_eq!(request.header("x"), Some("y"));
    assert_eq!(all.clone().query("dryRun", "All").header("X", "y").count(), 1);
    assert_eq!(all.when(|request| request.body.len() == 1).count(), 0);
    server.requests().clear();
    assert!(server.requests().last().is_none());
}

#[test]
fn stopping_does_not_wait_for_what_is_stalled() {
    let server = FakeServer::start().unwrap();
    let stall = server.inject(Fault::stall());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(stall.wait_for(1, LONG));
    let started = Instant::now();
    drop(server);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!(stall.strikes(), 1);
}

/// Waits until so many connections are open.
#[track_caller]
fn wait_for_connections(server: &FakeServer, count: usize) {
    let deadline = Instant::now() + LONG;
    while server.connections() != count {
        assert!(Instant::now() < deadline, "{} connections", server.connections());
        thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn a_silent_stream_through_tls_ends_when_its_peer_goes() {
    let server = FakeServer::builder().tls(true).start().unwrap();
    let _stall = server.inject(Fault::stall().after_bytes(1));
    for farewell in [true, false] {
        let mut stream = connect_tls(&server, None);
        stream.write_all(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert!(stream.read(&mut [0; 16]).unwrap() > 0);
        assert_eq!(server.connections(), 1);
        if farewell {
            // Said in TLS; the socket stays open until the server has gone.
            stream.conn.send_close_notify();
            stream.flush().unwrap();
            wait_for_connections(&server, 0);
        }
        drop(stream);
        wait_for_connections(&server, 0);
    }
}

#[test]
fn connections_are_cut_on_demand() {
    let server = FakeServer::start().unwrap();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    wait_for_connections(&server, 1);
    server.drop_connections();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    wait_for_connections(&server, 0);
}

/// One state behind two ports, and a server that goes leaves the other as it is.
#[test]
fn servers_of_one_cluster_have_one_state_and_come_and_go_alone() {
    let server = FakeServer::builder().require_authentication().start().unwrap();
    let token = server.token_for("alice", &[]);
    let authorization = format!("Authorization: Bearer {token}\r\n");
    let replica = server.replica(0).unwrap();
    let watch = "GET /api/v1/namespaces/default/configmaps?watch=1";
    let watched = |server: &FakeServer| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let request = format!("{watch} HTTP/1.1\r\nHost: x\r\n{authorization}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        stream
    };
    let (mut first, mut second) = (watched(&server), watched(&replica));
    let fault = replica.inject(Fault::status(503, "ServiceUnavailable", "busy"));
    assert!(ask(&replica, "GET /version", &authorization).contains(" 503 "));
    assert!(ask(&server, "GET /version", &authorization).contains(" 200 "));
    fault.remove();
    assert!(ask(&replica, "GET /api/v1/pods", "").contains(" 403 "));

    let started = Instant::now();
    drop(replica);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    let _ = second.read_to_end(&mut Vec::new());
    server.seed("{apiVersion: v1, kind: ConfigMap, metadata: {name: told}}").unwrap();
    let mut told = Vec::new();
    while !String::from_utf8_lossy(&told).contains("\"told\"") {
        let mut buffer = [0; 4096];
        let count = first.read(&mut buffer).unwrap();
        assert!(count > 0, "the watch on the first server goes on");
        told.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(server.requests().path("/version").count(), 1, "each records its own");
}
