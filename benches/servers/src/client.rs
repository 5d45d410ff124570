//! One kept connection to a server, plain or TLS, and what HTTP/1.1 it takes to measure.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const TIMEOUT: Duration = Duration::from_secs(60);

/// Where a server is, and how one speaks to it.
#[derive(Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    token: Option<String>,
}

impl Target {
    /// A server at this address: with TLS where an authority is given, as PEM.
    pub(crate) fn new(
        address: SocketAddr,
        authority: Option<&str>,
        token: Option<&str>,
    ) -> io::Result<Self> {
        let tls = authority.map(trusting).transpose()?;
        Ok(Self { address, tls, token: token.map(str::to_owned) })
    }

    /// Opens a connection.
    pub(crate) fn connect(&self) -> io::Result<Connection> {
        let socket = TcpStream::connect(self.address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(socket),
            Some(config) => {
                let name = ServerName::from(self.address.ip());
                let tls =
                    ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                Box::new(StreamOwned::new(tls, socket))
            }
        };
        let authorization = self.token.as_ref();
        let headers = authorization.map(|token| format!("Authorization: Bearer {token}\r\n"));
        Ok(Connection {
            stream: BufReader::with_capacity(64 << 10, stream),
            headers: format!("Host: {}\r\n{}", self.address, headers.unwrap_or_default()),
        })
    }
}

/// What a connection reads from and writes to.
trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// A kept connection.
pub(crate) struct Connection {
    stream: BufReader<Box<dyn Stream>>,
    /// Sent with every request.
    headers: String,
}

/// How a body ends.
enum Body {
    Length(usize),
    Chunks,
}

impl Connection {
    /// Sends a request, and reads the whole answer, which has to be a success.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.ask(method, path, body)? {
            Body::Length(length) => {
                bytes.resize(length, 0);
                self.stream.read_exact(&mut bytes)?;
            }
            Body::Chunks => while self.chunk(&mut bytes)? {},
        }
        Ok(bytes)
    }

    /// Begins a watch: the answer's head is there.
    pub(crate) fn watch(&mut self, path: &str) -> io::Result<()> {
        match self.ask("GET", path, "")? {
            Body::Chunks => Ok(()),
            Body::Length(_) => Err(wrong("a watch that is no stream")),
        }
    }

    /// Reads so many events of the watch: a line is one.
    pub(crate) fn events(&mut self, count: usize) -> io::Result<()> {
        let (mut seen, mut bytes) = (0, Vec::new());
        while seen < count {
            bytes.clear();
            if !self.chunk(&mut bytes)? {
                return Err(wrong("a watch that ended early"));
            }
            seen += bytes.iter().filter(|byte| **byte == b'\n').count();
        }
        Ok(())
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> io::Result<Body> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{}Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.headers,
            body.len(),
        );
        let stream = self.stream.get_mut();
        stream.write_all(request.as_bytes())?;
        stream.flush()?;

        let status = self.line()?;
        let mut length = None;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            } else if let Some(value) = line.strip_prefix("content-length:") {
                length = Some(value.trim().parse().map_err(wrong)?);
            }
        }
        if status.split(' ').nth(1).is_some_and(|code| code.starts_with('2')) {
            Ok(length.map_or(Body::Chunks, Body::Length))
        } else {
            Err(wrong(format!("{method} {path}: {status}")))
        }
    }

    /// Appends a chunk; `false` after the last.
    fn chunk(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let size = usize::from_str_radix(&self.line()?, 16).map_err(wrong)?;
        let start = bytes.len();
        bytes.resize(start + size, 0);
        self.stream.read_exact(&mut bytes[start..])?;
        self.line()?;
        Ok(size > 0)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// TLS settings that trust this authority alone.
fn trusting(authority: &str) -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(authority.as_bytes()).map_err(wrong)?;
    roots.add(certificate).map_err(wrong)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(wrong)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn wrong(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
