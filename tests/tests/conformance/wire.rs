//! HTTP/1.1 as the suite speaks it: one connection, plain or TLS, whole answers and streams by the line.
//!
//! It follows no rules but its own and retries nothing: what a server does on the wire stays visible.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// How long a server may take for one answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Where a server listens, and connections to it that are free.
pub(crate) struct Endpoint {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    idle: Mutex<Vec<Connection>>,
}

impl Endpoint {
    /// An address; with a CA's PEM, by TLS.
    pub(crate) fn new(address: SocketAddr, ca_pem: Option<&str>) -> Self {
        let tls = ca_pem.map(|pem| {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let versions = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap();
            Arc::new(versions.with_root_certificates(roots).with_no_client_auth())
        });
        Self { address, tls, idle: Mutex::default() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection: one that is free, or a new one.
    pub(crate) fn connection(&self) -> io::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.connect(), Ok)
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> io::Result<Connection> {
        let socket = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let timer = socket.try_clone()?;
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(socket),
            Some(config) => {
                let name = ServerName::from(self.address.ip());
                let session =
                    ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                Box::new(StreamOwned::new(session, socket))
            }
        };
        Ok(Connection { stream, timer, buffer: Vec::new(), is_reusable: true })
    }

    /// Takes back a connection that stands between two exchanges.
    pub(crate) fn keep(&self, connection: Connection) {
        if connection.is_reusable && connection.buffer.is_empty() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

/// What is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With the query, encoded.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The head of an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    /// The values of a header, in order.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as a value: JSON or YAML; `None` where it is neither.
    pub(crate) fn value(&self, body: &[u8]) -> Option<Value> {
        match self.all("Content-Type").first() {
            Some(&"application/yaml") => serde_saphyr::from_slice(body).ok(),
            _ => serde_json::from_slice(body).ok(),
        }
    }

    fn is_chunked(&self) -> bool {
        self.all("Transfer-Encoding").iter().any(|value| value.eq_ignore_ascii_case("chunked"))
    }
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One connection.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    timer: TcpStream,
    /// Read, not yet understood.
    buffer: Vec<u8>,
    is_reusable: bool,
}

impl Connection {
    /// Sends a request and reads the head of the answer.
    pub(crate) fn send(&mut self, request: &Request) -> io::Result<Head> {
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
        for (name, value) in &request.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !request.body.is_empty() || !matches!(request.method.as_str(), "GET" | "HEAD") {
            let _ = write!(head, "Content-Length: {}\r\n", request.body.len());
        }
        head.push_str("\r\n");
        self.write(&[head.as_bytes(), &request.body].concat())?;
        self.read_head(PATIENCE)
    }

    /// Sends bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let sent = self.stream.write_all(bytes).and_then(|()| self.stream.flush());
        match sent {
            // A server may answer and close before it has read everything: the answer counts.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                ) =>
            {
                self.is_reusable = false;
                Ok(())
            }
            other => other,
        }
    }

    /// Reads the head of an answer.
    pub(crate) fn read_head(&mut self, patience: Duration) -> io::Result<Head> {
        let end = Instant::now() + patience;
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut response = httparse::Response::new(&mut headers);
            let parsed = response
                .parse(&self.buffer)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            if let httparse::Status::Complete(length) = parsed {
                let status = response.code.unwrap_or_default();
                let headers = response
                    .headers
                    .iter()
                    .map(|header| {
                        let value = String::from_utf8_lossy(header.value).into_owned();
                        (header.name.to_owned(), value)
                    })
                    .collect();
                let head = Head { status, headers };
                self.buffer.drain(..length);
                self.is_reusable &= !head.all("Connection").contains(&"close");
                return Ok(head);
            }
            if self.fill(end)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads the whole body that belongs to a head.
    pub(crate) fn read_body(&mut self, method: &str, head: &Head) -> io::Result<Vec<u8>> {
        let end = Instant::now() + PATIENCE;
        if method == "HEAD" || matches!(head.status, 204 | 304) {
            return Ok(Vec::new());
        }
        if head.is_chunked() {
            let mut body = Vec::new();
            while let Some(chunk) = self.chunk(end)? {
                body.extend(chunk);
            }
            return Ok(body);
        }
        let Some(length) = head.all("Content-Length").first().and_then(|value| value.parse().ok())
        else {
            self.is_reusable = false;
            while self.fill(end)? > 0 {}
            return Ok(std::mem::take(&mut self.buffer));
        };
        while self.buffer.len() < length {
            if self.fill(end)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    /// The next chunk; `None` at the body's end. A timeout in between loses nothing.
    pub(crate) fn chunk(&mut self, end: Instant) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(line) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let size = std::str::from_utf8(&self.buffer[..line]).unwrap_or_default();
                let size = usize::from_str_radix(size.trim(), 16)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
                let whole = line + 2 + size + 2;
                if self.buffer.len() >= whole {
                    let chunk = self.buffer[line + 2..line + 2 + size].to_vec();
                    self.buffer.drain(..whole);
                    return Ok((size > 0).then_some(chunk));
                }
            }
            if self.fill(end)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads once; 0 is the connection's end.
    fn fill(&mut self, end: Instant) -> io::Result<usize> {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.timer.set_read_timeout(Some(left))?;
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(count) => {
                self.buffer.extend_from_slice(&bytes[..count]);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(io::ErrorKind::TimedOut.into())
            }
            // A server may end a TLS connection without saying so.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Err(error) => Err(error),
        }
    }
}
