//! [`Client`]: a proxy's side of a client's connection, plain or TLS, that one thread reads while another
//! writes.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::{ServerConfig, ServerConnection};

/// A client's connection.
pub(super) struct Client {
    socket: TcpStream,
    /// Locked for what does not block on the client's sending.
    tls: Option<Mutex<Tls>>,
}

struct Tls {
    session: ServerConnection,
    /// Encrypted bytes that have come, and that the session has not taken yet: it wants its plain text to be
    /// read first.
    come: Vec<u8>,
}

impl Client {
    pub(super) fn new(socket: TcpStream, tls: Option<&Arc<ServerConfig>>) -> io::Result<Self> {
        let session = |config| ServerConnection::new(Arc::clone(config)).map_err(io::Error::other);
        let tls = tls.map(session).transpose()?.map(|mut session| {
            session.set_buffer_limit(None);
            Mutex::new(Tls { session, come: Vec::new() })
        });
        Ok(Self { socket, tls })
    }

    fn lock(&self) -> Option<MutexGuard<'_, Tls>> {
        Some(self.tls.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The certificate that the client has shown, in DER.
    pub(super) fn certificate(&self) -> Option<Vec<u8>> {
        let tls = self.lock()?;
        Some(tls.session.peer_certificates()?.first()?.to_vec())
    }

    /// Reads what comes; 0 at the end.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = &self.socket;
        loop {
            let Some(mut tls) = self.lock() else { return socket.read(buffer) };
            let Tls { session, come } = &mut *tls;
            match session.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            if !come.is_empty() {
                let mut rest = &come[..];
                session.read_tls(&mut rest)?;
                *come = rest.to_vec();
                session.process_new_packets().map_err(io::Error::other)?;
                while session.wants_write() {
                    session.write_tls(&mut socket)?;
                }
                continue;
            }
            drop(tls);
            let mut bytes = vec![0; 16 << 10];
            let length = socket.read(&mut bytes)?;
            if length == 0 {
                return Ok(0);
            }
            if let Some(mut tls) = self.lock() {
                tls.come.extend_from_slice(&bytes[..length]);
            }
        }
    }

    pub(super) fn read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => filled += read,
            }
        }
        Ok(())
    }

    pub(super) fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        let mut socket = &self.socket;
        let Some(mut tls) = self.lock() else { return socket.write_all(bytes) };
        tls.session.writer().write_all(bytes)?;
        while tls.session.wants_write() {
            tls.session.write_tls(&mut socket)?;
        }
        Ok(())
    }

    /// Ends the connection.
    pub(super) fn close(&self) {
        if let Some(mut tls) = self.lock() {
            tls.session.send_close_notify();
            // The client may have left first.
            let _ = tls.session.write_tls(&mut &self.socket);
        }
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}
