//! [`Wire`]: a socket, within TLS to a proxy or not, that is read and written within the bounds of a call. What
//! is sent on it is not known here.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::call::{Call, Socket, earlier};
use super::tcp;
use super::tls::{TlsClient, TlsSession, TlsStream, handshake_error};
use crate::error::{self, Error};

/// What one read of an encrypted socket asks for: rustls alone asks for 4 KiB at a time.
const INBOX: usize = 64 << 10;

/// A connected socket.
pub(super) struct Wire {
    pub(super) socket: Arc<Socket>,
    /// The timeouts that the socket has now, so that they are set only when they must change.
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// Encrypted bytes that were read ahead; of a TLS connection only.
    inbox: Option<Inbox>,
    /// TLS to a proxy, within which there is a tunnel.
    pub(super) veil: Option<Box<TlsSession>>,
}

impl Wire {
    /// Takes a socket, which TLS will be spoken on or not.
    pub(super) fn new(stream: TcpStream, is_encrypted: bool) -> Self {
        Self {
            socket: Socket::new(stream),
            read_timeout: None,
            write_timeout: None,
            inbox: is_encrypted.then(Inbox::default),
            veil: None,
        }
    }

    /// Shakes hands on what there is of a connection.
    pub(super) fn shake_hands(
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
pub(super) enum Phase {
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
pub(super) struct WireIo<'a> {
    pub(super) wire: &'a mut Wire,
    pub(super) call: &'a Call,
    /// A bound of this phase, beside the call's own.
    pub(super) deadline: Option<Instant>,
    pub(super) phase: Phase,
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
            if self.call.is_outdated() {
                let message = "the certificate was replaced: another connection goes on";
                return Err(self.give_up(Error::new(error::ErrorKind::Connection, message)));
            }
            set_timeout(self.wire, [left, self.call.look()].into_iter().flatten().min())?;
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

/// TLS talks on its own account too: session tickets come when they come. Reads all that has come.
pub(super) fn only_tls_messages_wait(tls: &mut TlsSession, wire: &mut Wire) -> bool {
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

/// Runs something on a session at work on a wire.
pub(super) fn rustls_stream<T>(
    tls: &mut TlsSession,
    io: &mut WireIo<'_>,
    run: impl FnOnce(&mut TlsStream<'_, WireIo<'_>>) -> io::Result<T>,
) -> io::Result<T> {
    run(&mut TlsStream::new(tls, io))
}

/// Whether a read or write did nothing, and may be done again. What ends the wait of a socket is called
/// `TimedOut` on Windows; elsewhere that is the kernel giving the connection up.
fn is_passing(kind: ErrorKind) -> bool {
    let has_waited = cfg!(windows) && kind == ErrorKind::TimedOut;
    has_waited || matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
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
