//! [`Connection`]: a TCP socket, with TLS on it or not, that reads and writes within the bounds of the
//! [`Call`] that has it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use super::call::Call;
use super::proxy::Proxy;
use super::tcp;
use super::tls::{TlsClient, TlsSession};
use super::wire::{Phase, Wire, WireIo, only_tls_messages_wait, rustls_stream};
use crate::error::{self, Error};

/// Bytes that are held back, so that a request's head and body go out as one write.
const HELD_BACK: usize = 16 << 10;

/// An open connection to a server.
pub(crate) struct Connection {
    wire: Wire,
    tls: Option<Box<TlsSession>>,
    pending: Vec<u8>,
    /// Why the request could not be sent to its end. A server that refuses a large one may have answered
    /// first.
    unsent: Option<io::Error>,
}

impl Connection {
    /// Takes a socket that is connected to the proxy, or to the server where there is none; asks for a
    /// tunnel and shakes hands, as they need it.
    pub(crate) fn open(
        call: &Call,
        stream: TcpStream,
        proxy: Option<&Proxy>,
        tls: Option<&TlsClient>,
        deadline: Option<Instant>,
    ) -> Result<Self, Error> {
        let proxy_tls = proxy.and_then(Proxy::tls);
        let mut wire = Wire::new(stream, tls.is_some() || proxy_tls.is_some());
        call.take_socket(&wire.socket);
        if let Some(proxy) = proxy {
            let phase = Phase::Proxy;
            if let Some(client) = proxy_tls {
                let session = wire
                    .shake_hands(call, client, deadline, phase)
                    .map_err(|error| proxy.blame(error))?;
                wire.veil = Some(session);
            }
            let mut io = WireIo { wire: &mut wire, call, deadline, phase };
            proxy.open_tunnel(call, &mut io)?;
        }
        let tls = match tls {
            Some(client) => {
                let session = wire.shake_hands(call, client, deadline, Phase::Handshake);
                Some(session.map_err(|error| match proxy {
                    Some(proxy) if error.kind() == error::ErrorKind::Connect => {
                        error.at(format!("through {proxy}"))
                    }
                    _ => error,
                })?)
            }
            // A proxy that passes requests on: its TLS is that of the connection.
            None => wire.veil.take(),
        };
        Ok(Self { wire, tls, pending: Vec::new(), unsent: None })
    }

    /// Takes bytes to send; they are on the wire at the next [`Connection::read`] at the latest.
    pub(crate) fn write(&mut self, call: &Call, bytes: &[u8]) -> io::Result<()> {
        if self.unsent.is_some() {
            return Ok(());
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= HELD_BACK { self.flush(call) } else { Ok(()) }
    }

    fn flush(&mut self, call: &Call) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        call.take_socket(&self.wire.socket);
        let phase = Phase::Exchange;
        let mut io = WireIo { wire: &mut self.wire, call, deadline: None, phase };
        let sent = match &mut self.tls {
            Some(tls) => rustls_stream(tls, &mut io, |stream| {
                stream.write_all(&self.pending)?;
                stream.flush()
            }),
            None => io.write_all(&self.pending),
        };
        self.pending.clear();
        match sent {
            // The server has closed its side, perhaps after saying why: that is what to read first.
            Err(error) if is_closed(error.kind()) && call.sent() > 0 => {
                self.unsent = Some(error);
                Ok(())
            }
            sent => sent,
        }
    }

    /// Sends what is held back, then reads what comes; 0 at the end.
    pub(crate) fn read(&mut self, call: &Call, buffer: &mut [u8]) -> io::Result<usize> {
        self.flush(call)?;
        call.take_socket(&self.wire.socket);
        let phase = Phase::Exchange;
        let mut io = WireIo { wire: &mut self.wire, call, deadline: None, phase };
        let received = match &mut self.tls {
            Some(tls) => rustls_stream(tls, &mut io, |stream| stream.read(buffer)),
            None => io.read(buffer),
        };
        match (received, self.unsent.take()) {
            (Ok(received @ 1..), unsent) => {
                // Counted here and not on the wire: a TLS alert or ticket is no part of an answer.
                call.note_received(received);
                self.unsent = unsent;
                Ok(received)
            }
            (received, unsent) => {
                call.note_ended();
                unsent.map_or(received, Err).map_err(not_an_end)
            }
        }
    }

    /// Whether the connection can take another request: it is open and nothing waits to be read.
    pub(crate) fn is_open(&mut self) -> bool {
        if !self.pending.is_empty() || self.unsent.is_some() {
            return false;
        }
        match &mut self.tls {
            Some(tls) => only_tls_messages_wait(tls, &mut self.wire),
            None => tcp::is_quiet(&self.wire.socket.stream),
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }
}

/// A connection that breaks is no end of an answer, though ureq takes these kinds for one where the answer
/// lasts until the connection closes.
fn not_an_end(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
            io::Error::other(error)
        }
        _ => error,
    }
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    )
}
