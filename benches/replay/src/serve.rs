//! The sockets: a thread a connection, keep-alive, and as little work a request as can be.
//!
//! Nothing here knows what the bytes say. Called by `main`.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, Stream};

use crate::gate::{self, Gate};
use crate::http::{Inbox, Request};
use crate::recording::Recording;
use crate::routes::{self, Answer};
use crate::wire::Wire;

/// How many plain bytes are sealed before the socket is written to.
const BATCH: usize = 64 * 1024;

/// How often a watch that waits looks at the gate.
const LOOK: Duration = Duration::from_millis(2);

/// Answers connections until the process ends.
pub(crate) fn serve(
    listener: &TcpListener,
    tls: &Arc<ServerConfig>,
    recording: &Arc<Recording>,
    gate: Option<&Arc<Gate>>,
) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept()?;
        let (tls, recording, gate) = (tls.clone(), recording.clone(), gate.cloned());
        thread::Builder::new().name("connection".to_owned()).spawn(move || {
            // A client that ends in the middle of an answer is no event here: the runner sees its exit code.
            let _ = converse(socket, tls, &recording, gate.as_deref());
        })?;
    }
}

fn converse(
    socket: TcpStream,
    tls: Arc<ServerConfig>,
    recording: &Recording,
    gate: Option<&Gate>,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut connection = Connection::new(socket, tls)?;
    let mut inbox = Inbox::default();
    while let Some(request) = inbox.next(&mut connection.stream())? {
        if let Some(gate) = gate.filter(|_| request.path == gate::PATH) {
            gate.open();
        }
        match routes::answer(recording, &request) {
            Answer::Body { status, wire, pieces } => {
                connection.send_body(status, wire, &pieces)?;
            }
            Answer::Watch { wire, initial, after } => {
                connection.begin_watch(recording, wire, initial)?;
                let waits = gate.filter(|_| after < recording.last_version());
                if waits.is_some_and(|gate| !connection.wait_for(gate)) {
                    return Ok(());
                }
                connection.send_events(recording, wire, after)?;
                if after >= recording.last_version() {
                    return wait_for_close(&mut connection);
                }
                connection.write(b"0\r\n\r\n")?;
                connection.flush()?;
            }
        }
        log_if_asked(&request);
    }
    Ok(())
}

/// A watch with nothing more to tell stays open, as a server's does in a quiet minute.
fn wait_for_close(connection: &mut Connection) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while connection.stream().read(&mut buffer)? > 0 {}
    Ok(())
}

fn log_if_asked(request: &Request) {
    if std::env::var_os("REPLAY_LOG").is_some() {
        eprintln!(
            "{} {}?{} {:?} ({} bytes)",
            request.method,
            request.path,
            request.query,
            request.wire,
            request.body.len()
        );
    }
}

struct Connection {
    socket: TcpStream,
    tls: ServerConnection,
    unsent: usize,
}

impl Connection {
    fn new(socket: TcpStream, config: Arc<ServerConfig>) -> io::Result<Self> {
        let mut tls = ServerConnection::new(config).map_err(io::Error::other)?;
        // What is not sent yet is bounded by BATCH below; rustls' own bound would cut a write short.
        tls.set_buffer_limit(None);
        Ok(Self { socket, tls, unsent: 0 })
    }

    fn stream(&mut self) -> Stream<'_, ServerConnection, TcpStream> {
        Stream::new(&mut self.tls, &mut self.socket)
    }

    fn send_body(
        &mut self,
        status: u16,
        wire: Wire,
        pieces: &[impl AsRef<[u8]>],
    ) -> io::Result<()> {
        let length: usize = pieces.iter().map(|piece| piece.as_ref().len()).sum();
        self.write_head(status, wire.content_type(false), &format!("Content-Length: {length}"))?;
        for piece in pieces {
            self.write(piece.as_ref())?;
        }
        self.flush()
    }

    fn begin_watch(&mut self, recording: &Recording, wire: Wire, initial: bool) -> io::Result<()> {
        self.write_head(200, wire.content_type(true), "Transfer-Encoding: chunked")?;
        if initial {
            for event in recording.initial_events(wire) {
                self.write(event)?;
            }
        }
        self.flush()
    }

    fn send_events(&mut self, recording: &Recording, wire: Wire, after: usize) -> io::Result<()> {
        for event in recording.events_after(wire, after) {
            self.write(event)?;
        }
        self.flush()
    }

    /// Waits until the gate is passed; `false` where the client is gone before.
    fn wait_for(&mut self, gate: &Gate) -> bool {
        let mut buffer = [0; 1024];
        let mut is_there = self.socket.set_read_timeout(Some(LOOK)).is_ok();
        while is_there && !gate.pass() {
            is_there = match self.stream().read(&mut buffer) {
                Ok(count) => count > 0,
                Err(error) => {
                    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
                }
            };
        }
        is_there && self.socket.set_read_timeout(None).is_ok()
    }

    fn write_head(&mut self, status: u16, content_type: &str, body: &str) -> io::Result<()> {
        let reason = reason(status);
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\n{COMMON}Content-Type: {content_type}\r\n{body}\r\n\r\n"
        );
        self.write(head.as_bytes())
    }

    /// Seals `bytes`, in records of its own, and sends what has gathered once there is enough of it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(BATCH) {
            self.tls.writer().write_all(piece)?;
            self.unsent += piece.len();
            if self.unsent >= BATCH {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.socket)?;
        }
        self.unsent = 0;
        Ok(())
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        404 => "Not Found",
        500 => "Internal Server Error",
        _ => "Unprocessable Entity",
    }
}

/// The headers that a kube-apiserver sends with every answer.
const COMMON: &str = concat!(
    "Audit-Id: 4f2c9d1e-7a35-4b60-9e18-2d6c8f0b7a91\r\n",
    "Cache-Control: no-cache, private\r\n",
    "X-Kubernetes-Pf-Flowschema-Uid: 8d3b1f6a-52c4-4e97-b0a8-61f9c7d2e354\r\n",
    "X-Kubernetes-Pf-Prioritylevel-Uid: 1e7a4c90-3f5d-42b8-96c1-d80b2a6e9f47\r\n",
    "Date: Sun, 01 Mar 2026 08:15:30 GMT\r\n",
);
