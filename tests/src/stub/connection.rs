//! One connection of a stub: reads requests, asks the handler, writes as the reply says.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use super::Shared;
use super::reply::{Body, Ending, Piece, Reply, StreamState};
use super::request::{self, RecordedRequest};

/// Serves a connection until either side ends it.
pub(super) fn serve(shared: &Arc<Shared>, socket: TcpStream, number: usize) {
    // Dropped last: whatever happens, also when the handler panics, the connection is closed.
    let mut open = Open { shared, number, reset: false };
    let result = match &shared.handler {
        None => {
            stall(&mut &socket);
            Ok(())
        }
        Some(_) => {
            Wire::new(shared, socket).and_then(|mut wire| serve_requests(&mut open, &mut wire))
        }
    };
    if let Err(error) = result
        && !shared.lock().stopping
    {
        shared.update(|state| state.errors.push(format!("connection {number}: {error}")));
    }
}

struct Open<'a> {
    shared: &'a Arc<Shared>,
    number: usize,
    reset: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.shared.update(|state| {
            if let Some(socket) = state.sockets.remove(&self.number)
                && !self.reset
            {
                let _ = socket.shutdown(Shutdown::Both);
            }
            state.closed.insert(self.number);
        });
    }
}

enum Next {
    Request,
    End,
}

fn serve_requests(open: &mut Open<'_>, wire: &mut Wire) -> io::Result<()> {
    let shared = open.shared;
    let mut buffer = Vec::new();
    while let Some(mut request) = request::read(wire, &mut buffer)? {
        request.connection = open.number;
        request.client_certificate = wire.client_certificate();
        let mut nth = 0;
        shared.update(|state| {
            nth = state.requests.len();
            state.requests.push(request.clone());
        });
        let Some(handler) = &shared.handler else {
            return Ok(());
        };
        let reply = handler(&request, nth);
        match answer(open, wire, &request, reply) {
            Ok(Next::Request) => {}
            Ok(Next::End) => return Ok(()),
            // The client may leave whenever it likes; that is no fault of the exchange.
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn answer(
    open: &mut Open<'_>,
    wire: &mut Wire,
    request: &RecordedRequest,
    reply: Reply,
) -> io::Result<Next> {
    if reply.ending == Ending::Reset {
        open.reset = true;
        socket2::SockRef::from(wire.socket()).set_linger(Some(Duration::ZERO))?;
        return Ok(Next::End);
    }
    let mut bytes = if matches!(reply.body, Body::Raw(_)) { Vec::new() } else { reply.head() };
    match &reply.body {
        Body::Stream(stream) => {
            wire.write_all(&bytes)?;
            wire.flush()?;
            if !write_stream(open, wire, stream)? {
                return Ok(Next::End);
            }
            bytes.clear();
        }
        _ if request.method == "HEAD" => {}
        Body::Chunked(body) => {
            bytes.extend(chunk(body));
            bytes.extend_from_slice(b"0\r\n\r\n");
        }
        Body::Sized(body) | Body::Unsized(body) | Body::Raw(body) => bytes.extend_from_slice(body),
    }
    match reply.ending {
        Ending::TruncateAt(length) => {
            write(wire, bytes.get(..length).unwrap_or(&bytes))?;
            Ok(Next::End)
        }
        Ending::StallAt(length) => {
            write(wire, bytes.get(..length).unwrap_or(&bytes))?;
            stall(wire);
            Ok(Next::End)
        }
        Ending::KeepAlive if !request.wants_close() => write(wire, &bytes).map(|()| Next::Request),
        _ => {
            write(wire, &bytes)?;
            wire.say_goodbye();
            Ok(Next::End)
        }
    }
}

fn write(wire: &mut Wire, bytes: &[u8]) -> io::Result<()> {
    wire.write_all(bytes)?;
    wire.flush()
}

/// Holds the connection until the client closes it or the stub is dropped.
fn stall(wire: &mut impl Read) {
    let mut ignored = [0_u8; 1024];
    while wire.read(&mut ignored).is_ok_and(|length| length > 0) {}
}

/// Writes pieces as they come; false when the connection ends with them.
fn write_stream(open: &Open<'_>, wire: &mut Wire, stream: &Arc<StreamState>) -> io::Result<bool> {
    watch_for_client(open, wire, stream)?;
    loop {
        match stream.next() {
            Piece::Chunk(bytes) => write(wire, &chunk(&bytes))?,
            Piece::Raw(bytes) => write(wire, &bytes)?,
            Piece::Finish => return write(wire, b"0\r\n\r\n").map(|()| true),
            Piece::Abort => return Ok(false),
        }
    }
}

/// Cancels the stream when the client leaves while nothing is written.
fn watch_for_client(open: &Open<'_>, wire: &Wire, stream: &Arc<StreamState>) -> io::Result<()> {
    let socket = wire.socket().try_clone()?;
    let is_tls = matches!(wire, Wire::Tls(_));
    let watched = Arc::clone(stream);
    let mut state = open.shared.lock();
    if state.stopping {
        stream.cancel();
        return Ok(());
    }
    let watcher =
        thread::Builder::new().name(format!("stub-watcher-{}", open.number)).spawn(move || {
            let has_left = match socket.peek(&mut [0_u8; 1]) {
                Ok(0) | Err(_) => true,
                // In the middle of an answer a TLS client says nothing but goodbye.
                Ok(_) => is_tls,
            };
            if has_left && !watched.is_ended() {
                watched.cancel();
            }
        })?;
    state.threads.push(watcher);
    state.streams.push(Arc::clone(stream));
    Ok(())
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    // An empty chunk would end the body.
    if bytes.is_empty() {
        return Vec::new();
    }
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    fn new(shared: &Shared, socket: TcpStream) -> io::Result<Wire> {
        socket.set_nodelay(true)?;
        match &shared.tls {
            None => Ok(Wire::Plain(socket)),
            Some(config) => {
                let connection =
                    ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                Ok(Wire::Tls(Box::new(StreamOwned::new(connection, socket))))
            }
        }
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Wire::Plain(socket) => socket,
            Wire::Tls(stream) => &stream.sock,
        }
    }

    fn client_certificate(&self) -> Option<Vec<u8>> {
        match self {
            Wire::Plain(_) => None,
            Wire::Tls(stream) => Some(stream.conn.peer_certificates()?.first()?.to_vec()),
        }
    }

    fn say_goodbye(&mut self) {
        if let Wire::Tls(stream) = self {
            stream.conn.send_close_notify();
            // The client may have left first.
            let _ = stream.flush();
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.read(buffer),
            Wire::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.write(bytes),
            Wire::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(socket) => socket.flush(),
            Wire::Tls(stream) => stream.flush(),
        }
    }
}
