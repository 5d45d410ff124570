//! One connection's bytes, in plain text or through TLS: what has been read and not used yet, deadlines,
//! and whether the peer is still there.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustls::ServerConnection;
use rustls::pki_types::CertificateDer;
use socket2::SockRef;

use super::Limits;

/// How much is read ahead of what is used.
const READ_AHEAD: usize = 64 << 10;
/// How long an answer that ends a connection waits for the peer to read it.
const LINGER: Duration = Duration::from_millis(500);

/// A connection, used by one thread; the socket is shared with who may shut it down.
pub(super) struct Stream {
    socket: Arc<TcpStream>,
    tls: Option<Box<ServerConnection>>,
    /// What has been read and not used.
    input: Vec<u8>,
    read_timeout: Option<Duration>,
    stopping: Arc<AtomicBool>,
}

impl Stream {
    /// Over a connected socket.
    pub(super) fn new(
        socket: Arc<TcpStream>,
        tls: Option<Box<ServerConnection>>,
        limits: &Limits,
        stopping: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(limits.write_time))?;
        Ok(Self { socket, tls, input: Vec::new(), read_timeout: None, stopping })
    }

    /// Completes the TLS handshake, if there is one to do.
    pub(super) fn shake_hands(&mut self, deadline: Instant) -> io::Result<()> {
        let Some(mut tls) = self.tls.take() else { return Ok(()) };
        while tls.is_handshaking() {
            self.allow_until(deadline)?;
            if let Err(error) = tls.complete_io(&mut &*self.socket) {
                // What is left to say is why.
                let _ = tls.write_tls(&mut &*self.socket);
                return Err(error);
            }
        }
        self.tls = Some(tls);
        Ok(())
    }

    /// Whether the peer speaks plain HTTP where TLS is spoken: the bytes that TLS would begin with.
    pub(super) fn speaks_plainly(&mut self, deadline: Instant) -> io::Result<bool> {
        if self.tls.is_none() {
            return Ok(false);
        }
        self.allow_until(deadline)?;
        let mut start = [0; 5];
        let length = self.socket.peek(&mut start)?;
        let starts: [&[u8]; 5] = [b"GET /", b"HEAD ", b"POST ", b"PUT /", b"OPTIO"];
        Ok(starts.contains(&&start[..length]))
    }

    /// Writes without TLS, from here on.
    pub(super) fn write_plainly(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tls = None;
        (&*self.socket).write_all(bytes)
    }

    /// The certificates that the client showed.
    pub(super) fn peer_certificates(&self) -> Option<&[CertificateDer<'static>]> {
        self.tls.as_ref()?.peer_certificates()
    }

    /// What has been read and not used.
    pub(super) fn input(&self) -> &[u8] {
        &self.input
    }

    /// The first bytes of the input have been used.
    pub(super) fn consume(&mut self, count: usize) {
        self.input.drain(..count.min(self.input.len()));
        if self.input.is_empty() && self.input.capacity() > READ_AHEAD {
            self.input = Vec::new();
        }
    }

    /// Reads more; `false` at the peer's end. Out of time is an error.
    pub(super) fn fill(&mut self, deadline: Instant) -> io::Result<bool> {
        self.allow_until(deadline)?;
        let mut piece = [0; 8 << 10];
        loop {
            let read = match &mut self.tls {
                None => (&*self.socket).read(&mut piece),
                Some(tls) => rustls::Stream::new(&mut **tls, &mut &*self.socket).read(&mut piece),
            };
            match read {
                Ok(count) => {
                    self.input.extend_from_slice(&piece[..count]);
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes all and flushes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            None => (&*self.socket).write_all(bytes),
            Some(tls) => {
                let mut socket = &*self.socket;
                let mut stream = rustls::Stream::new(&mut **tls, &mut socket);
                stream.write_all(bytes)?;
                stream.flush()
            }
        }
    }

    /// Whether the peer has hung up or the server stops. What it has sent meanwhile is kept, as long as it is little.
    pub(super) fn is_closed(&mut self) -> bool {
        if self.stopping.load(Ordering::Acquire) {
            return true;
        }
        if self.input.len() >= READ_AHEAD {
            return false;
        }
        if self.socket.set_nonblocking(true).is_err() {
            return true;
        }
        let closed = self.read_what_is_there();
        self.socket.set_nonblocking(false).is_err() || closed
    }

    /// Reads what is there without waiting; whether the end is.
    fn read_what_is_there(&mut self) -> bool {
        let mut piece = [0; 4 << 10];
        while self.input.len() < READ_AHEAD {
            let read = match &mut self.tls {
                None => (&*self.socket).read(&mut piece),
                Some(tls) => read_text(tls, &self.socket, &mut piece),
            };
            match read {
                Ok(0) => return true,
                Ok(count) => self.input.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
        false
    }

    /// Ends the connection so that the peer reads what was written last: says the end, then reads on until
    /// the peer's end, for a while.
    pub(super) fn end(mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = tls.write_tls(&mut &*self.socket);
        }
        if self.socket.shutdown(Shutdown::Write).is_err() {
            return;
        }
        let deadline = Instant::now() + LINGER;
        let mut piece = [0; 8 << 10];
        while self.allow_until(deadline).is_ok() {
            match (&*self.socket).read(&mut piece) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    /// Ends the connection with a reset: what was not sent is lost, and so may be what was not read.
    pub(super) fn reset(&mut self) {
        // Closing sends the reset; the listener's share of the socket goes when this connection's thread ends.
        let _ = SockRef::from(&*self.socket).set_linger(Some(Duration::ZERO));
    }

    /// Lets the next read wait until then.
    fn allow_until(&mut self, deadline: Instant) -> io::Result<()> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        // A setting within a tenth of what is wanted is as good, and spares a call for most requests.
        let set = self.read_timeout.unwrap_or_default();
        if set > left + left / 10 || set < left - left / 10 {
            self.socket.set_read_timeout(Some(left))?;
            self.read_timeout = Some(left);
        }
        Ok(())
    }
}

/// Reads text that is there without waiting.
fn read_text(
    tls: &mut ServerConnection,
    socket: &TcpStream,
    piece: &mut [u8],
) -> io::Result<usize> {
    loop {
        match tls.reader().read(piece) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
        if tls.read_tls(&mut &*socket)? == 0 {
            return Ok(0);
        }
        tls.process_new_packets().map_err(io::Error::other)?;
    }
}
