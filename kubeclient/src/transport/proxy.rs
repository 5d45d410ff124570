//! [`Proxy`]: a proxy on the way to one server, and what is said to it before it lets anything through:
//! `CONNECT` of HTTP, or SOCKS 5 (RFC 1928, RFC 1929). It speaks on whatever connection it is given, so
//! that the bounds and the stop of a call hold as they do everywhere.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::call::Call;
use super::origin::Origin;
use super::tls::TlsClient;
use crate::config::{ProxyScheme, ProxyUrl, Secret, Tls};
use crate::error::{Error, ErrorKind};

/// The largest head of an answer to `CONNECT`.
const LARGEST_HEAD: usize = 16 << 10;

/// A proxy and how it leads to the server.
#[derive(Clone)]
pub(crate) struct Proxy {
    url: ProxyUrl,
    /// `host:port`, as HTTP says it.
    target: String,
    server: Origin,
    tls: Option<TlsClient>,
    way: Way,
}

/// How a proxy leads to a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is asked as if it were the server, by whole URLs. As in Go, for a server at `http://` alone: most
    /// proxies make no tunnel to any other port than that of TLS.
    Forward,
    /// It makes a tunnel, asked in HTTP.
    Connect,
    /// It makes a tunnel, asked in SOCKS.
    Socks5,
}

impl Proxy {
    /// Reads what a proxy with TLS is recognized by, and what it is shown; makes no connection.
    ///
    /// The settings of TLS are those of the server. They are the proxy's too, whoever names it.
    pub(crate) fn new(url: ProxyUrl, server: &Origin, tls: &Tls) -> Result<Self, Error> {
        let way = match (url.scheme, server.tls) {
            (ProxyScheme::Socks5, _) => Way::Socks5,
            (_, true) => Way::Connect,
            (_, false) => Way::Forward,
        };
        if way == Way::Socks5 && server.host.len() > 255 {
            return Err(Error::config("server: expected a host of at most 255 bytes (SOCKS)"));
        }
        let target = server.to_string();
        let (_, target) = target.split_once("://").unwrap_or_default();
        let target = target.to_owned();
        Self { url, target, server: server.clone(), tls: None, way }.with_tls(tls)
    }

    /// The same one by other settings of TLS.
    pub(crate) fn with_tls(&self, tls: &Tls) -> Result<Self, Error> {
        let tls = match self.url.scheme {
            ProxyScheme::Https => Some(TlsClient::of_proxy(tls, &self.url.host)?),
            ProxyScheme::Http | ProxyScheme::Socks5 => None,
        };
        Ok(Self { tls, ..self.clone() })
    }

    pub(crate) fn host(&self) -> &str {
        &self.url.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port
    }

    /// How the proxy itself is spoken to under TLS, where it is.
    pub(crate) fn tls(&self) -> Option<&TlsClient> {
        self.tls.as_ref()
    }

    /// Whether the proxy reads the requests and passes them on.
    pub(crate) fn forwards(&self) -> bool {
        self.way == Way::Forward
    }

    /// Puts the proxy before what is said, unless it is a stop.
    pub(crate) fn blame(&self, error: Error) -> Error {
        if error.is_stopped() { error } else { error.at(self) }
    }

    /// The server's URL, which stands before the path of a request that is passed on.
    pub(crate) fn prefix(&self) -> String {
        format!("http://{}", self.target)
    }

    /// The header line that holds the credential; empty without one.
    pub(crate) fn authorization(&self) -> Zeroizing<Vec<u8>> {
        let Some((user, password)) = &self.url.credential else { return Zeroizing::default() };
        let plain = Zeroizing::new(format!("{user}:{}", password.expose()));
        let encoded = Zeroizing::new(STANDARD.encode(plain.as_bytes()));
        let line = Zeroizing::new(format!("Proxy-Authorization: Basic {}\r\n", encoded.as_str()));
        Zeroizing::new(line.as_bytes().to_vec())
    }

    /// What it means that the proxy answered so.
    pub(crate) fn refusal(&self, code: u16) -> Error {
        let reason = http::StatusCode::from_u16(code).ok();
        let reason = reason.and_then(|code| code.canonical_reason()).unwrap_or("unknown");
        let asked = match self.way {
            Way::Forward => "a request".to_owned(),
            Way::Connect | Way::Socks5 => format!("CONNECT {}", self.target),
        };
        let wanted = match (code, &self.url.credential) {
            (407, None) => "; it wants a user name and password in its URL",
            (407, Some(_)) => "; it does not take the user name and password of its URL",
            _ => "",
        };
        self.refused(format!("answered {code} {reason} to {asked}{wanted}"))
    }

    fn refused(&self, answer: impl Into<String>) -> Error {
        self.blame(Error::new(ErrorKind::Connect, answer))
    }

    /// Asks for a tunnel to the server; a proxy that passes requests on is asked for nothing.
    pub(crate) fn open_tunnel(
        &self,
        call: &Call,
        io: &mut (impl Read + Write),
    ) -> Result<(), Error> {
        let asked = match self.way {
            Way::Forward => return Ok(()),
            Way::Connect => self.connect(io),
            Way::Socks5 => self.socks5(io),
        };
        asked.unwrap_or_else(|broken| {
            let broken = call.take_failure().unwrap_or_else(|| {
                Error::new(ErrorKind::Connect, "the connection broke before its answer")
                    .because(broken)
            });
            Err(self.blame(broken))
        })
    }

    fn connect(&self, io: &mut (impl Read + Write)) -> io::Result<Result<(), Error>> {
        let target = &self.target;
        let mut request =
            Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes());
        request.extend_from_slice(&self.authorization());
        request.extend_from_slice(b"\r\n");
        io.write_all(&request)?;

        // Byte by byte, from a buffer: what follows the head is the server's.
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() == LARGEST_HEAD {
                return Ok(Err(self.refused("the head of its answer is larger than 16 KiB")));
            }
            head.push(byte(io)?);
            if head.len() == 5 && head != *b"HTTP/" {
                return Ok(Err(self.refused("its answer is not HTTP/1.1")));
            }
        }
        Ok(match status(&head) {
            Some(200..300) => Ok(()),
            Some(code) => Err(self.refusal(code)),
            None => Err(self.refused("its answer is not HTTP/1.1")),
        })
    }

    fn socks5(&self, io: &mut (impl Read + Write)) -> io::Result<Result<(), Error>> {
        const VERSION: u8 = 5;
        const NO_CREDENTIAL: u8 = 0;
        const PASSWORD: u8 = 2;

        let not_socks = || Ok(Err(self.refused("its answer is not SOCKS 5")));
        let methods: &[u8] = match self.url.credential {
            None => &[VERSION, 1, NO_CREDENTIAL],
            Some(_) => &[VERSION, 2, NO_CREDENTIAL, PASSWORD],
        };
        io.write_all(methods)?;
        match (array(io)?, &self.url.credential) {
            ([VERSION, NO_CREDENTIAL], _) => {}
            ([VERSION, PASSWORD], Some((user, password))) => {
                io.write_all(&user_and_password(user, password))?;
                match array(io)? {
                    [1, 0] => {}
                    [1, _] => {
                        let answer = "does not take the user name and password of its URL (SOCKS)";
                        return Ok(Err(self.refused(answer)));
                    }
                    _ => return not_socks(),
                }
            }
            ([VERSION, _], None) => {
                let answer = "wants a user name and password in its URL (SOCKS)";
                return Ok(Err(self.refused(answer)));
            }
            ([VERSION, _], Some(_)) => {
                let answer = "takes no user name and password (SOCKS)";
                return Ok(Err(self.refused(answer)));
            }
            _ => return not_socks(),
        }

        let mut request = vec![VERSION, 1, 0];
        match self.server.host.parse() {
            Ok(IpAddr::V4(address)) => request.extend([&[1][..], &address.octets()].concat()),
            Ok(IpAddr::V6(address)) => request.extend([&[4][..], &address.octets()].concat()),
            Err(_) => {
                request.extend([3, self.server.host.len() as u8]);
                request.extend(self.server.host.as_bytes());
            }
        }
        request.extend(self.server.port.to_be_bytes());
        io.write_all(&request)?;

        let [version, code, _, kind] = array(io)?;
        if version != VERSION {
            return not_socks();
        }
        if code != 0 {
            let target = &self.target;
            let reason = socks_reason(code);
            return Ok(Err(
                self.refused(format!("answered {code} ({reason}) to SOCKS for {target}"))
            ));
        }
        // Where it connects from is of no use, but has to be read.
        let length = match kind {
            1 => 4,
            4 => 16,
            3 => byte(io)?.into(),
            _ => return not_socks(),
        };
        io.read_exact(&mut vec![0; length + 2])?;
        Ok(Ok(()))
    }
}

/// The proxy's URL, without its credential.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "proxy {}", self.url)
    }
}

fn user_and_password(user: &str, password: &Secret) -> Zeroizing<Vec<u8>> {
    let password = password.expose();
    // Both were found to have at most 255 bytes when the URL was read.
    let mut bytes = Zeroizing::new(Vec::with_capacity(3 + user.len() + password.len()));
    bytes.extend_from_slice(&[1, user.len() as u8]);
    bytes.extend_from_slice(user.as_bytes());
    bytes.push(password.len() as u8);
    bytes.extend_from_slice(password.as_bytes());
    bytes
}

/// The code of an answer's head.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = line.split(|byte| *byte == b' ');
    let version = words.next()?;
    let code = words.next().filter(|code| code.len() == 3)?;
    let code: u16 = std::str::from_utf8(code).ok()?.parse().ok()?;
    (version.starts_with(b"HTTP/1.") && code >= 100).then_some(code)
}

fn socks_reason(code: u8) -> &'static str {
    match code {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unknown",
    }
}

fn byte(io: &mut impl Read) -> io::Result<u8> {
    array(io).map(|[byte]| byte)
}

fn array<const N: usize>(io: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    io.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Bounds;

    /// What a proxy says, and what was said to it.
    struct Wire<'a>(&'a [u8], Vec<u8>);

    impl Read for Wire<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Write for Wire<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn ask(
        proxy: &str,
        server: (bool, &str),
        answer: &[u8],
    ) -> (Result<(), String>, Vec<u8>, usize) {
        let url = ProxyUrl::parse(proxy).unwrap();
        let origin = Origin { tls: server.0, host: server.1.into(), port: 6443 };
        let proxy = Proxy::new(url, &origin, &Tls::default()).unwrap();
        let mut wire = Wire(answer, Vec::new());
        let outcome = proxy.open_tunnel(&Call::new(Bounds::default(), false), &mut wire);
        let outcome = outcome.map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::Connect);
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
            error.to_string()
        });
        (outcome, wire.1, wire.0.len())
    }

    #[test]
    fn a_tunnel_is_asked_for_with_host_port_and_credential_alone() {
        let (outcome, said, left) = ask(
            "http://p",
            (true, "h"),
            b"HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\nTLS",
        );
        assert_eq!((outcome, left), (Ok(()), 3), "what follows is the server's");
        assert_eq!(said, b"CONNECT h:6443 HTTP/1.1\r\nHost: h:6443\r\n\r\n");
        let (outcome, said, _) =
            ask("http://u:s3cret@p", (true, "fd00::1"), b"HTTP/1.1 204 x\r\n\r\n");
        assert_eq!(outcome, Ok(()));
        assert_eq!(
            String::from_utf8(said).unwrap(),
            "CONNECT [fd00::1]:6443 HTTP/1.1\r\nHost: [fd00::1]:6443\r\n\
             Proxy-Authorization: Basic dTpzM2NyZXQ=\r\n\r\n"
        );
        assert_eq!(ask("http://p", (false, "h"), b""), (Ok(()), Vec::new(), 0), "nothing to ask");
    }

    #[test]
    fn what_a_proxy_answers_instead_of_a_tunnel_is_told() {
        let flood = vec![b'x'; LARGEST_HEAD + 9];
        let headers = [b"HTTP/1.1 200 ".as_slice(), &flood].concat();
        for (proxy, answer, expected) in [
            (
                "http://p",
                b"HTTP/1.1 407 s3cret\r\n\r\n".as_slice(),
                "answered 407 Proxy Authentication Required to CONNECT h:6443; it wants a user name and \
                 password in its URL",
            ),
            (
                "http://u:s3cret@p",
                b"HTTP/1.1 407 x\r\n\r\n",
                "answered 407 Proxy Authentication Required to CONNECT h:6443; it does not take the user \
                 name and password of its URL",
            ),
            ("http://p", b"HTTP/1.1 403\r\n\r\n", "answered 403 Forbidden to CONNECT h:6443"),
            ("http://p", b"HTTP/1.1 599 x\r\n\r\n", "answered 599 unknown to CONNECT h:6443"),
            ("http://p", b"HTTP/1.1 100 x\r\n\r\n", "answered 100 Continue to CONNECT h:6443"),
            ("http://p", b"HTTP/2 200 x\r\n\r\n", "its answer is not HTTP/1.1"),
            ("http://p", b"HTTP/1.1 20 x\r\n\r\n", "its answer is not HTTP/1.1"),
            ("http://p", b"SSH-2.0", "its answer is not HTTP/1.1"),
            ("http://p", &flood, "its answer is not HTTP/1.1"),
            ("http://p", &headers, "the head of its answer is larger than 16 KiB"),
            ("http://p", b"HTTP/1.1 200 OK\r\n", "the connection broke before its answer"),
            ("http://p", b"", "the connection broke before its answer"),
        ] {
            let (outcome, ..) = ask(proxy, (true, "h"), answer);
            assert_eq!(outcome.unwrap_err(), format!("proxy http://p:80: {expected}"));
        }
    }

    #[test]
    fn socks_says_an_address_or_a_name() {
        let ok = [5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0, 80, b'T'];
        for (server, said) in [
            ("10.0.0.1", [&[1, 10, 0, 0, 1][..], &[0x19, 0x2b]].concat()),
            ("h.example", [&[3, 9], &b"h.example"[..], &[0x19, 0x2b]].concat()),
            (
                "::1",
                [&[4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], &[0x19, 0x2b][..]].concat(),
            ),
        ] {
            let (outcome, all, left) = ask("socks5://p", (false, server), &ok);
            assert_eq!((outcome, left), (Ok(()), 1));
            assert_eq!(all, [&[5, 1, 0, 5, 1, 0][..], &said].concat(), "{server}");
        }
        let named = [5, 2, 1, 0, 5, 0, 0, 3, 2, b'a', b'b', 0, 80];
        let (outcome, all, left) = ask("socks5h://u:s3cret@p", (true, "h"), &named);
        assert_eq!((outcome, left), (Ok(()), 0));
        let greeting =
            [&[5, 2, 0, 2, 1, 1, b'u', 6][..], b"s3cret", &[5, 1, 0, 3, 1, b'h']].concat();
        assert_eq!(all, [&greeting[..], &[0x19, 0x2b]].concat());
    }

    #[test]
    fn what_socks_answers_instead_of_a_tunnel_is_told() {
        for (proxy, answer, expected) in [
            ("socks5://p", &[5, 255][..], "wants a user name and password in its URL (SOCKS)"),
            ("socks5://p", &[5, 2], "wants a user name and password in its URL (SOCKS)"),
            ("socks5://u:s3cret@p", &[5, 255], "takes no user name and password (SOCKS)"),
            (
                "socks5://u:s3cret@p",
                &[5, 2, 1, 1],
                "does not take the user name and password of its URL (SOCKS)",
            ),
            ("socks5://u:s3cret@p", &[5, 2, 5, 0], "its answer is not SOCKS 5"),
            ("socks5://p", b"HTTP/1.1 400", "its answer is not SOCKS 5"),
            ("socks5://p", &[5, 0, 4, 0, 0, 1], "its answer is not SOCKS 5"),
            ("socks5://p", &[5, 0, 5, 0, 0, 9], "its answer is not SOCKS 5"),
            (
                "socks5://p",
                &[5, 0, 5, 2, 0, 1],
                "answered 2 (not allowed by its rules) to SOCKS for h:6443",
            ),
            (
                "socks5://p",
                &[5, 0, 5, 5, 0, 1],
                "answered 5 (connection refused) to SOCKS for h:6443",
            ),
            ("socks5://p", &[5, 0, 5, 0, 0, 1, 1], "the connection broke before its answer"),
            ("socks5://p", &[5], "the connection broke before its answer"),
        ] {
            let (outcome, ..) = ask(proxy, (true, "h"), answer);
            assert_eq!(outcome.unwrap_err(), format!("proxy socks5://p:1080: {expected}"));
        }
    }
}
