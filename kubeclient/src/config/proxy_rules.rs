//! [`ProxyRules`]: what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say, decided as Go does
//! (golang.org/x/net/http/httpproxy). Pure, but for reading the environment.

use std::fmt;
use std::net::IpAddr;

use super::model::without_userinfo;
use super::proxy::ProxyUrl;
use super::server::ServerUrl;
use crate::error::{Error, Result};

/// Which proxy leads to which server, as the environment says it to Go programs, kubectl among them.
///
/// A proxy is a URL as in [`Proxy`](super::Proxy), or `host:port` of an HTTP proxy. `no_proxy` is a list of
/// servers that are reached directly, with commas between them:
///
/// | entry | servers |
/// |---|---|
/// | `*` | all |
/// | `example.com` | this name and the names below it |
/// | `.example.com`, `*.example.com` | the names below it |
/// | `10.0.0.1`, `fd00::1` | this address |
/// | `10.0.0.0/8`, `fd00::/8` | the addresses with this prefix |
/// | `example.com:6443`, `10.0.0.1:6443`, `[fd00::1]:6443` | the same, on this port alone |
///
/// A name is compared as the server's URL has it, never resolved; one that is not ASCII stands in its `xn--`
/// form. `localhost` and loopback addresses are always reached directly.
///
/// Unlike in Go, a proxy that would be used and can't be read is an error (Go goes without it), and
/// `localhost` is known in capitals and with a dot at its end too.
///
/// ```
/// use kubeclient::config::ProxyRules;
///
/// let mut rules = ProxyRules::default();
/// rules.https_proxy = "http://jane:s3cret@proxy:3128".into();
/// rules.no_proxy = "10.96.0.0/12,.svc".into();
/// assert_eq!(rules.proxy_for("https://10.96.0.1")?, None);
/// assert_eq!(rules.proxy_for("https://kubernetes.default.svc")?, None);
/// assert_eq!(rules.proxy_for("https://example.com:6443")?.as_deref(), Some("http://proxy:3128"));
/// assert!(!format!("{rules:?}").contains("s3cret"));
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxyRules {
    /// The proxy for servers at `http://`; empty for none.
    pub http_proxy: String,
    /// The proxy for servers at `https://`; empty for none.
    pub https_proxy: String,
    /// The servers that are reached directly.
    pub no_proxy: String,
    /// Whether the program answers a CGI request. A client can set `HTTP_PROXY` then, by a header `Proxy`, so
    /// a server for which it counts is an error.
    pub is_cgi: bool,
}

impl ProxyRules {
    /// What the environment says: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, or where one of them is not set or
    /// empty, the same in lower case; `REQUEST_METHOD` is that of a CGI request.
    ///
    /// A variable that is not UTF-8 can't be read, and is an error where it counts.
    pub fn from_env() -> Self {
        Self::of(|name| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
            Some(value.to_string_lossy().into_owned())
        })
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |upper: &str| {
            variable(upper).or_else(|| variable(&upper.to_ascii_lowercase())).unwrap_or_default()
        };
        Self {
            http_proxy: either("HTTP_PROXY"),
            https_proxy: either("HTTPS_PROXY"),
            no_proxy: either("NO_PROXY"),
            is_cgi: variable("REQUEST_METHOD").is_some(),
        }
    }

    /// The proxy that leads to a server, without its user name and password; `None` when the server is
    /// reached directly.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config): the server's URL or that of the proxy can't be used, or
    /// the proxy may come from a CGI client.
    pub fn proxy_for(&self, server: &str) -> Result<Option<String>> {
        Ok(self.choose(&ServerUrl::parse(server)?)?.map(|url| url.to_string()))
    }

    /// Checks the proxies' URLs.
    pub(super) fn check(&self) -> Result<()> {
        for (field, url) in [("http_proxy", &self.http_proxy), ("https_proxy", &self.https_proxy)] {
            if !url.is_empty() {
                ProxyUrl::parse_or_host(url).map_err(|error| error.at(field))?;
            }
        }
        Ok(())
    }

    /// The proxy that leads to a server.
    pub(super) fn choose(&self, server: &ServerUrl) -> Result<Option<ProxyUrl>> {
        let (variable, proxy) = match server.is_tls {
            true => ("HTTPS_PROXY", &self.https_proxy),
            false => ("HTTP_PROXY", &self.http_proxy),
        };
        if proxy.is_empty() {
            return Ok(None);
        }
        if self.is_cgi && !server.is_tls {
            return Err(Error::config(
                "HTTP_PROXY: not used where REQUEST_METHOD is set, since a CGI client can set it",
            ));
        }
        let (host, port) = server.host_and_port()?;
        if server.is_loopback || is_exempt(&self.no_proxy, &host, port) {
            return Ok(None);
        }
        ProxyUrl::parse_or_host(proxy).map(Some).map_err(|error| error.at(variable))
    }
}

/// Shows no user name and no password.
impl fmt::Debug for ProxyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyRules")
            .field("http_proxy", &without_userinfo(&self.http_proxy))
            .field("https_proxy", &without_userinfo(&self.https_proxy))
            .field("no_proxy", &self.no_proxy)
            .field("is_cgi", &self.is_cgi)
            .finish()
    }
}

/// Whether the list names the server.
fn is_exempt(no_proxy: &str, host: &str, port: u16) -> bool {
    let host = host.to_ascii_lowercase();
    let address = host.parse().ok().map(|address: IpAddr| address.to_canonical());
    no_proxy.split(',').any(|entry| {
        let entry = entry.trim().to_lowercase();
        match (entry.as_str(), address) {
            ("*", _) => true,
            (entry, Some(address)) => names_address(entry, address, port),
            (entry, None) => names_host(entry, &host, port),
        }
    })
}

fn names_address(entry: &str, address: IpAddr, port: u16) -> bool {
    if let Some((network, bits)) = entry.split_once('/') {
        return parse_network(network, bits)
            .is_some_and(|(network, bits)| is_within(address, network, bits));
    }
    let (named, on_port) = split_port(entry);
    let is_it = named.parse().is_ok_and(|named: IpAddr| named.to_canonical() == address);
    is_it && is_port(on_port, port)
}

fn names_host(entry: &str, host: &str, port: u16) -> bool {
    let is_network =
        entry.split_once('/').is_some_and(|(network, bits)| parse_network(network, bits).is_some());
    let (named, on_port) = split_port(entry);
    if named.is_empty() || is_network || named.parse::<IpAddr>().is_ok() {
        return false;
    }
    let named = named.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(named);
    let is_it = match named.starts_with('.') {
        true => host.ends_with(named),
        false => {
            host.strip_suffix(named).is_some_and(|above| above.is_empty() || above.ends_with('.'))
        }
    };
    is_it && is_port(on_port, port)
}

/// `host:port` and `[address]:port` apart; what is neither is a host.
fn split_port(entry: &str) -> (&str, &str) {
    if let Some(rest) = entry.strip_prefix('[') {
        return match rest.split_once("]:") {
            Some((address, port)) if !address.contains(['[', ']']) => (address, port),
            _ => (entry, ""),
        };
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') && !entry.contains(['[', ']']) => (host, port),
        _ => (entry, ""),
    }
}

/// No port named is any port.
fn is_port(named: &str, port: u16) -> bool {
    named.is_empty() || named == port.to_string()
}

/// An address and the length of its prefix; an IPv4 address in IPv6's form is an IPv4 address.
fn parse_network(network: &str, bits: &str) -> Option<(IpAddr, u32)> {
    let network: IpAddr = network.parse().ok()?;
    let bits: u32 =
        Some(bits).filter(|bits| bits.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let (most, canonical) = (if network.is_ipv4() { 32 } else { 128 }, network.to_canonical());
    if bits > most {
        return None;
    }
    match network.is_ipv6() && canonical.is_ipv4() && bits >= 96 {
        true => Some((canonical, bits - 96)),
        false => Some((network, bits)),
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let differing = address.to_bits() ^ network.to_bits();
            differing.leading_zeros() >= bits
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let differing = address.to_bits() ^ network.to_bits();
            differing.leading_zeros() >= bits
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::{Damage, assert_printable};

    /// Fidelity 24; the table of the decisions themselves is compared with Go's, in the tests package.
    #[test]
    fn capitals_go_before_small_letters_and_empty_is_not_set() {
        let of = |set: &[(&str, &str)]| {
            ProxyRules::of(|name| {
                let found = set.iter().find(|(known, _)| *known == name)?.1;
                (!found.is_empty()).then(|| found.to_owned())
            })
        };
        let rules = of(&[("HTTPS_PROXY", "a"), ("https_proxy", "b"), ("no_proxy", "c")]);
        assert_eq!((rules.https_proxy.as_str(), rules.no_proxy.as_str()), ("a", "c"));
        assert_eq!((rules.http_proxy.as_str(), rules.is_cgi), ("", false));
        let rules = of(&[("HTTP_PROXY", ""), ("http_proxy", "b"), ("REQUEST_METHOD", "GET")]);
        assert_eq!((rules.http_proxy.as_str(), rules.is_cgi), ("b", true));
        assert_eq!(of(&[("ALL_PROXY", "x"), ("all_proxy", "x")]), ProxyRules::default());
    }

    #[test]
    fn an_error_names_the_variable_and_shows_no_password() {
        let mut rules = ProxyRules { https_proxy: "ftp://u:CANARY@p".into(), ..Default::default() };
        let error = rules.proxy_for("https://h").unwrap_err().to_string();
        assert!(error.starts_with("HTTPS_PROXY: expected the scheme http"), "{error}");
        assert!(!format!("{rules:?}{error}").contains("CANARY"), "{rules:?} {error}");
        assert_eq!(rules.proxy_for("https://127.0.0.1").unwrap(), None, "where it does not count");
        let error = rules.check().unwrap_err().to_string();
        assert!(error.starts_with("https_proxy: expected the scheme"), "{error}");
        rules.no_proxy = "h".into();
        assert_eq!(rules.proxy_for("https://h").unwrap(), None);
        assert!(rules.proxy_for("h").unwrap_err().to_string().starts_with("server: "));
    }

    #[test]
    fn a_damaged_variable_is_refused_or_means_what_each_of_its_entries_means() {
        const EXAMPLES: &[&str] = &[
            "10.0.0.0/8,fd00::/8,192.0.2.7:6443,[fd00::1]:6443,::ffff:10.0.0.0/104",
            "example.com,.svc,*.local, h:80 ,*",
            "http://u:p@proxy.example:3128/",
            "socks5h://[::1]:1080",
        ];
        const SERVERS: &[&str] = &[
            "https://10.1.2.3:6443",
            "https://[fd00::1]:6443",
            "http://a.example.com:80",
            "https://h.svc",
        ];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let text = damage.text_of(EXAMPLES);
            let rules = |no_proxy: &str| ProxyRules {
                http_proxy: "p:1".into(),
                https_proxy: "p:1".into(),
                no_proxy: no_proxy.into(),
                is_cgi: false,
            };
            for server in SERVERS {
                let is_direct =
                    |no_proxy: &str| rules(no_proxy).proxy_for(server).unwrap().is_none();
                assert_eq!(is_direct(&text), text.split(',').any(is_direct), "{server} {text:?}");
            }
            let proxy = ProxyRules { https_proxy: text.clone(), ..ProxyRules::default() };
            match proxy.proxy_for(SERVERS[0]) {
                Err(error) => assert_printable(&error),
                Ok(None) => assert_eq!(text, ""),
                Ok(Some(url)) => {
                    assert!(
                        !url.contains('@') && url.chars().all(|c| c.is_ascii_graphic()),
                        "{url}"
                    );
                    let again = ProxyRules { https_proxy: url.clone(), ..ProxyRules::default() };
                    assert_eq!(again.proxy_for(SERVERS[0]).unwrap(), Some(url), "{text:?}");
                }
            }
            if let Err(error) = proxy.proxy_for(&text) {
                assert_printable(&error);
            }
        });
    }
}
