//! One HTTP/1.0 request on a fresh connection, plain or TLS: enough to ask a server whether it is
//! ready, and etcd to compact. Not for tests of the client: it follows no rules but its own.

use std::fmt::{self, Write as _};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::pki::{Pki, PkiError};

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_RESPONSE: u64 = 16 * 1024 * 1024;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Where a request goes.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// Set for TLS, with the roots that vouch for the server.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// Sent as a bearer token.
    pub(crate) token: Option<String>,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Target {
    /// Sends a request and reads the whole answer.
    ///
    /// HTTP/1.0, since its answers come without chunks and end with the connection.
    pub(crate) fn send(&self, method: &str, path: &str, body: &[u8]) -> io::Result<Response> {
        self.send_accepting("*/*", method, path, body)
    }

    /// The same, for an answer of a certain media type.
    pub(crate) fn send_accepting(
        &self,
        accept: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> io::Result<Response> {
        let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {}\r\n", self.address);
        let _ = write!(head, "Accept: {accept}\r\n");
        if let Some(token) = &self.token {
            let _ = write!(head, "Authorization: Bearer {token}\r\n");
        }
        let _ = write!(
            head,
            "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body].concat();

        let socket = TcpStream::connect_timeout(&self.address, TIMEOUT)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        match &self.tls {
            None => exchange(socket, &request),
            Some(config) => {
                let name = ServerName::from(self.address.ip());
                let connection =
                    ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                exchange(StreamOwned::new(connection, socket), &request)
            }
        }
    }
}

/// TLS settings that trust this CA alone.
pub(crate) fn client_config(pki: &Pki) -> Result<Arc<ClientConfig>, PkiError> {
    let mut roots = RootCertStore::empty();
    roots.add(pki.ca_der().clone())?;
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
    Ok(Arc::new(config))
}

fn exchange(mut stream: impl Read + Write, request: &[u8]) -> io::Result<Response> {
    stream.write_all(request)?;
    stream.flush()?;
    let mut bytes = Vec::new();
    if let Err(error) = stream.take(MAX_RESPONSE).read_to_end(&mut bytes) {
        // A server may end a TLS connection without saying so; what was sent before counts.
        if error.kind() != io::ErrorKind::UnexpectedEof {
            return Err(error);
        }
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> io::Result<Response> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => Ok(Response {
            status: response.code.unwrap_or_default(),
            body: bytes[length..].to_vec(),
        }),
        Ok(httparse::Status::Partial) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_its_status_and_body() {
        let response = parse(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nok").unwrap();
        assert_eq!((response.status, response.body.as_slice()), (200, b"ok".as_slice()));
    }

    #[test]
    fn half_a_head_is_an_error() {
        assert_eq!(
            parse(b"HTTP/1.0 200 OK\r\nCont").unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }
}
