//! [`Client`]: a proxy's side of a client's connection, plain or TLS, that one thread reads while another
//! writes.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::{ServerConfig, ServerConnection};

/// A client's connection.
pub(super) struct Client {
    socket: TcpStream,
    /// Locked for what does not block on the client's sending.
    tls: Option<Mutex<ServerConnection>>,
}

impl Client {
    pub(super) fn new(socket: TcpStream, tls: Option<&Arc<ServerConfig>>) -> io::Result<Self> {
        let session = |config| ServerConnection::new(Arc::clone(config)).map_err(io::Error::other);
        let tls = tls.map(session).transpose()?.map(Mutex::new);
        Ok(Self { socket, tls })
    }

    /// Reads what comes; 0 at the end.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = &self.socket;
        let Some(tls) = &self.tls else { return socket.read(buffer) };
        let mut encrypted = vec![0; 64 << 10];
        loop {
            match tls.lock().unwrap_or_else(PoisonError::into_inner).reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            let length = socket.read(&mut encrypted)?;
            if length == 0 {
                return Ok(0);
            }
            let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
            let mut come = &encrypted[..length];
            while !come.is_empty() {
                tls.read_tls(&mut come)?;
                tls.process_new_packets().map_err(io::Error::other)?;
            }
            while tls.wants_write() {
                tls.write_tls(&mut socket)?;
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
        let Some(tls) = &self.tls else { return socket.write_all(bytes) };
        let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
        tls.writer().write_all(bytes)?;
        while tls.wants_write() {
            tls.write_tls(&mut socket)?;
        }
        Ok(())
    }

    /// Ends the connection.
    pub(super) fn close(&self) {
        if let Some(tls) = &self.tls {
            let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
            tls.send_close_notify();
            // The client may have left first.
            let _ = tls.write_tls(&mut &self.socket);
        }
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}
