//! [`Connection`]: a TCP socket, with TLS on it or not, that reads and writes within the bounds of the
//! [`Call`] that has it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call::{Call, Socket, earlier};
use super::proxy::Proxy;
use super::tcp;
use super::tls::{TlsClient, TlsSession, handshake_error};
use crate::error::{self, Error};

/// Bytes that are held back, so that a request's head and body go out as one write.
const HELD_BACK: usize = 16 << 10;

/// What one read of an encrypted socket asks for: rustls alone asks for 4 KiB at a time.
const INBOX: usize = 64 << 10;

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
        let mut wire = Wire {
            socket: Socket::new(stream),
            read_timeout: None,
            write_timeout: None,
            inbox: (tls.is_some() || proxy_tls.is_some()).then(Inbox::default),
            veil: None,
        };
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

/// TLS talks on its own account too: session tickets come when they come. Reads all that has come.
fn only_tls_messages_wait(tls: &mut TlsSession, wire: &mut Wire) -> bool {
    loop {
        let is_quiet = tls
            .process_new_packets()
            .is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed());
        if !is_quiet {
            return false;
        }
        match wire.feed(tls) {
            None => return true,
            Some(Ok(1..)) => {}
            Some(_) => return false,
        }
    }
}

fn rustls_stream<T>(
    tls: &mut TlsSession,
    io: &mut WireIo<'_>,
    run: impl FnOnce(&mut super::tls::TlsStream<'_, WireIo<'_>>) -> io::Result<T>,
) -> io::Result<T> {
    run(&mut super::tls::TlsStream::new(tls, io))
}

struct Wire {
    socket: Arc<Socket>,
    /// The timeouts that the socket has now, so that they are set only when they must change.
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// Encrypted bytes that were read ahead; of a TLS connection only.
    inbox: Option<Inbox>,
    /// TLS to a proxy, within which there is a tunnel.
    veil: Option<Box<TlsSession>>,
}

impl Wire {
    /// Shakes hands on what there is of a connection.
    fn shake_hands(
        &mut self,
        call: &Call,
        client: &TlsClient,
        deadline: Option<Instant>,
        phase: Phase,
    ) -> Result<Box<TlsSession>, Error> {
        let mut tls = Box::new(client.session()?);
        let mut io = WireIo { wire: self, call, deadline, phase };
        while tls.is_handshaking() {
            if let Err(error) = tls.complete_io(&mut io) {
                return Err(call.take_failure().unwrap_or_else(|| handshake_error(error)));
            }
        }
        Ok(tls)
    }

    /// Gives a session what has come for it without blocking; `None` when nothing has.
    fn feed(&mut self, tls: &mut TlsSession) -> Option<io::Result<usize>> {
        if let Some(mut veil) = self.veil.take() {
            let fed = self.feed_through(&mut veil, tls);
            self.veil = Some(veil);
            return fed;
        }
        match self.inbox.as_mut().filter(|inbox| !inbox.is_empty()) {
            Some(inbox) => Some(tls.read_tls(inbox)),
            None if tcp::is_quiet(&self.socket.stream) => None,
            // Something has come, if only the end: this does not block.
            None => Some(tls.read_tls(&mut &self.socket.stream)),
        }
    }

    fn feed_through(
        &mut self,
        veil: &mut TlsSession,
        tls: &mut TlsSession,
    ) -> Option<io::Result<usize>> {
        loop {
            match veil.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() > 0 => {
                    return Some(tls.read_tls(&mut veil.reader()));
                }
                Ok(state) if !state.peer_has_closed() => {}
                _ => return Some(Ok(0)),
            }
            match self.feed(veil)? {
                Ok(1..) => {}
                ended => return Some(ended),
            }
        }
    }
}

/// What a connection is used for.
#[derive(Clone, Copy)]
enum Phase {
    /// The proxy is asked to let us through.
    Proxy,
    /// TLS begins.
    Handshake,
    /// Requests and answers.
    Exchange,
}

/// Bytes that were read and not taken yet.
#[derive(Default)]
struct Inbox {
    bytes: Vec<u8>,
    taken: usize,
}

impl Inbox {
    fn is_empty(&self) -> bool {
        self.taken == self.bytes.len()
    }

    /// Fills the empty inbox by one read.
    fn fill(&mut self, read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<()> {
        self.taken = 0;
        self.bytes.resize(INBOX, 0);
        let outcome = read(&mut self.bytes);
        self.bytes.truncate(*outcome.as_ref().unwrap_or(&0));
        outcome.map(drop)
    }
}

impl Read for Inbox {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = (&self.bytes[self.taken..]).read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

/// The wire within the bounds of one call.
struct WireIo<'a> {
    wire: &'a mut Wire,
    call: &'a Call,
    /// A bound of this phase, beside the call's own.
    deadline: Option<Instant>,
    phase: Phase,
}

impl WireIo<'_> {
    /// Runs one read or write, again and again until it did something or its time is over.
    fn bounded(
        &mut self,
        doing: &str,
        idle: Option<Duration>,
        set_timeout: fn(&mut Wire, Option<Duration>) -> io::Result<()>,
        mut run: impl FnMut(&TcpStream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let idle_end = idle.and_then(|idle| Instant::now().checked_add(idle));
        let end = earlier(earlier(self.call.deadline(), self.deadline), idle_end);
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(self.give_up(self.call.timeout(doing)));
            }
            set_timeout(self.wire, left)?;
            let outcome = run(&self.wire.socket.stream);
            // Asked before the outcome is believed: a socket that was shut down looks like an end.
            if !matches!(outcome, Ok(1..)) && self.call.stop().is_stopped() {
                return Err(self.give_up(Error::stopped()));
            }
            match outcome {
                Err(error) if is_passing(error.kind()) => {}
                outcome => return outcome,
            }
        }
    }

    fn give_up(&self, failure: Error) -> io::Error {
        self.call.fail(failure);
        io::Error::from(ErrorKind::TimedOut)
    }
}

impl WireIo<'_> {
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let idle = self.call.idle();
        let set = |wire: &mut Wire, left| {
            let Wire { socket, read_timeout, .. } = wire;
            follow(read_timeout, left, |timeout| socket.stream.set_read_timeout(timeout))
        };
        let run = |mut stream: &TcpStream| stream.read(buffer);
        let doing = match self.phase {
            Phase::Proxy => "waiting for its answer",
            Phase::Handshake => "shaking hands with the server (TLS)",
            Phase::Exchange => "waiting for the server's answer",
        };
        self.bounded(doing, idle, set, run)
    }
}

impl Read for WireIo<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(mut veil) = self.wire.veil.take() {
            // Without its veil, this is the wire below it.
            let read = rustls_stream(&mut veil, self, |stream| stream.read(buffer));
            self.wire.veil = Some(veil);
            return read;
        }
        let Some(mut inbox) = self.wire.inbox.take() else { return self.receive(buffer) };
        let read = match inbox.is_empty() {
            true => inbox.fill(|bytes| self.receive(bytes)).and_then(|()| inbox.read(buffer)),
            false => inbox.read(buffer),
        };
        self.wire.inbox = Some(inbox);
        read
    }
}

impl Write for WireIo<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(mut veil) = self.wire.veil.take() {
            let sent = rustls_stream(&mut veil, self, |stream| {
                let sent = stream.write(bytes)?;
                // A failure shows here at the latest.
                stream.flush().map(|()| sent)
            });
            self.wire.veil = Some(veil);
            return sent;
        }
        let set = |wire: &mut Wire, left| {
            let Wire { socket, write_timeout, .. } = wire;
            follow(write_timeout, left, |timeout| socket.stream.set_write_timeout(timeout))
        };
        let sent =
            self.bounded("sending the request", None, set, |mut stream| stream.write(bytes))?;
        if matches!(self.phase, Phase::Exchange) {
            self.call.note_sent(sent);
        }
        Ok(sent)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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

/// Whether a read or write did nothing, and may be done again. What ends the wait of a socket is called
/// `TimedOut` on Windows; elsewhere that is the kernel giving the connection up.
fn is_passing(kind: ErrorKind) -> bool {
    let has_waited = cfg!(windows) && kind == ErrorKind::TimedOut;
    has_waited || matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn is_closed(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
    )
}

/// Keeps the socket's timeout within the time that is left, with as few system calls as that takes.
///
/// A timeout shorter than what is left does no harm (the wait goes on), so it is set to three quarters
/// and stays until it is longer than what is left or would wake the thread too often.
fn follow(
    current: &mut Option<Duration>,
    left: Option<Duration>,
    set: impl FnOnce(Option<Duration>) -> io::Result<()>,
) -> io::Result<()> {
    let fits = match (*current, left) {
        (None, None) => true,
        (Some(current), Some(left)) => current <= left && current >= left / 8,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let wanted = left.map(|left| (left * 3 / 4).max(Duration::from_millis(1)));
    set(wanted)?;
    *current = wanted;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_timeout_is_set_only_when_it_must_change() {
        let seconds = Duration::from_secs;
        let mut current = None;
        let mut calls = 0;
        let mut step = |left: Option<u64>| {
            follow(&mut current, left.map(seconds), |_| {
                calls += 1;
                Ok(())
            })
            .unwrap();
            calls
        };
        assert_eq!(step(None), 0);
        assert_eq!(step(Some(40)), 1);
        assert_eq!(step(Some(35)), 1);
        assert_eq!(step(Some(29)), 2);
        assert_eq!(step(Some(600)), 3);
        assert_eq!(step(None), 4);
    }
}
