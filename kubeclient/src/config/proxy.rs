//! [`Proxy`]: which way requests take to the server. [`ProxyUrl`]: a proxy's URL, taken apart. What the
//! environment says of proxies is in `proxy_rules`. No connection is made here.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::model::without_userinfo;
use super::proxy_rules::ProxyRules;
use super::secret::Secret;
use super::server::{ServerUrl, check_host_and_port};
use super::{Config, check};
use crate::error::{Error, Result};

/// The way to the server: through a proxy, or directly.
///
/// A proxy's URL is `http://`, `https://`, `socks5://` or `socks5h://`, with a host, a port where it is not
/// 80, 443 or 1080, and a user name and password where the proxy wants them: `http://user:pass@proxy:3128`.
/// `Debug` shows neither. Names are resolved by the proxy, through SOCKS too.
///
/// A server at `https://` is reached through a tunnel (`CONNECT`), of which the proxy sees host and port
/// alone. What goes to one at `http://` an HTTP proxy reads, as it reads any such request.
///
/// An `https://` proxy, whoever names it, is judged by the [`Tls`](super::Tls) of the server, as in client-go: with its
/// `server_name` and `insecure_skip_tls_verify`, and it is shown the client's certificate where it asks for one, also
/// before a server at `http://`. Unlike in client-go, it may be of the system's authorities beside the configured ones.
/// Of a kubeconfig whose server is at `http://`, nothing of TLS counts: the proxy stands for its own name, by the
/// system's authorities.
///
/// ```
/// use kubeclient::config::{Config, Proxy, ProxyRules};
///
/// let config = Config::new("https://10.0.0.1:6443").with_proxy_url("socks5://jane:s3cret@127.0.0.1:1080");
/// config.check()?;
/// assert!(!format!("{config:?}").contains("s3cret"));
///
/// let direct = config.with_proxy(Proxy::Direct);
/// assert_eq!(direct.proxy, Proxy::Direct);
/// # Ok::<(), kubeclient::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// What the environment says when a client is made: [`ProxyRules::from_env`].
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This one, whatever the environment says, for servers on this machine too.
    Url(String),
    /// What these rules say.
    Rules(ProxyRules),
}

/// Shows no user name and no password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("Environment"),
            Self::Direct => f.write_str("Direct"),
            Self::Url(url) => f.debug_tuple("Url").field(&without_userinfo(url)).finish(),
            Self::Rules(rules) => f.debug_tuple("Rules").field(rules).finish(),
        }
    }
}

impl Proxy {
    /// Checks what does not depend on the environment.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Environment | Self::Direct => Ok(()),
            Self::Url(url) => ProxyUrl::parse(url).map(drop),
            Self::Rules(rules) => rules.check(),
        }
    }

    /// The URL, where it is one and not a rule.
    pub(crate) fn url(&self) -> Option<&str> {
        match self {
            Self::Url(url) => Some(url),
            Self::Environment | Self::Direct | Self::Rules(_) => None,
        }
    }
}

impl Config {
    /// The proxy on the way to the server; reads the environment where that decides.
    pub(crate) fn proxy_url(&self) -> Result<Option<ProxyUrl>> {
        let of_environment;
        let rules = match &self.proxy {
            Proxy::Direct => return Ok(None),
            Proxy::Url(url) => {
                return ProxyUrl::parse(url).map(Some).map_err(|error| error.at("proxy"));
            }
            Proxy::Rules(rules) => rules,
            Proxy::Environment => {
                of_environment = ProxyRules::from_env();
                &of_environment
            }
        };
        rules.choose(&ServerUrl::parse(&self.server)?)
    }
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyScheme {
    /// HTTP over TCP.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS, version 5.
    Socks5,
}

/// A proxy's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProxyUrl {
    pub(crate) scheme: ProxyScheme,
    /// A name or address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The name and password, decoded.
    pub(crate) credential: Option<(String, Secret)>,
}

impl ProxyUrl {
    /// Takes the URL apart. Its text is not quoted in errors, but for a scheme that is not known.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return expected("a URL such as http://host:port");
        };
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => ProxyScheme::Http,
            "https" => ProxyScheme::Https,
            "socks5" | "socks5h" => ProxyScheme::Socks5,
            other => {
                // Longer than any scheme, it may be a password that went astray.
                let is_plain =
                    other.len() <= 10 && other.bytes().all(|b| b.is_ascii_alphanumeric());
                let found = if is_plain { format!(", found {other}") } else { String::new() };
                return expected(&format!("the scheme http, https, socks5 or socks5h{found}"));
            }
        };
        if !text.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
            return expected("a URL in ASCII without spaces; other characters as %XX");
        }
        // As in Go, a path means nothing, and no more does what follows it.
        let (authority, _) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if rest[authority.len()..].contains('@') {
            return expected("a password in which `/`, `?` and `#` are %2F, %3F and %23");
        }
        let (credential, authority) = match authority.rsplit_once('@') {
            Some((userinfo, authority)) => (Some(credential(scheme, userinfo)?), authority),
            None => (None, authority),
        };
        check_host_and_port(authority)?;
        let authority = authority.strip_suffix(':').unwrap_or(authority);
        let Some(uri) = authority.parse::<http::uri::Authority>().ok() else {
            return expected("a valid host and port");
        };
        let port = uri.port_u16().unwrap_or(match scheme {
            ProxyScheme::Http => 80,
            ProxyScheme::Https => 443,
            ProxyScheme::Socks5 => 1080,
        });
        let host = uri.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { scheme, host, port, credential })
    }

    /// As [`ProxyUrl::parse`], and takes `host` and `host:port` for an HTTP proxy.
    pub(super) fn parse_or_host(text: &str) -> Result<Self> {
        match text.contains("://") {
            true => Self::parse(text),
            false => Self::parse(&format!("http://{text}")),
        }
    }
}

/// The URL without its credential.
impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            ProxyScheme::Http => "http",
            ProxyScheme::Https => "https",
            ProxyScheme::Socks5 => "socks5",
        };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}", self.host, self.port),
        }
    }
}

fn expected<T>(what: &str) -> Result<T> {
    Err(Error::config(format!("expected {what}")))
}

fn credential(scheme: ProxyScheme, userinfo: &str) -> Result<(String, Secret)> {
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let decoded = |text: &str| {
        let mut rest = text.split('%').skip(1);
        let is_sound =
            |hex: &str| hex.len() >= 2 && hex.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
        let decoded = percent_decode_str(text).decode_utf8().ok()?;
        rest.all(is_sound).then(|| decoded.into_owned())
    };
    let (Some(user), Some(password)) = (decoded(user), decoded(password).map(Secret::new)) else {
        return expected("a user name and password in which `%` begins a %XX, of UTF-8");
    };
    if scheme == ProxyScheme::Socks5 {
        if !(1..=255).contains(&user.len()) || password.expose().len() > 255 {
            return expected("a user name and password of at most 255 bytes each (SOCKS)");
        }
    } else {
        if user.contains(':') {
            return expected("a user name without `:`");
        }
        check::check_header(&user).map_err(|error| error.at("user name"))?;
        check::check_header(password.expose()).map_err(|error| error.at("password"))?;
    }
    Ok((user, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fidelity 24.
    #[test]
    fn a_proxy_is_a_scheme_a_host_a_port_and_perhaps_a_credential() {
        for (text, shown, credential) in [
            ("http://p", "http://p:80", None),
            ("HTTPS://p/", "https://p:443", None),
            ("socks5://p", "socks5://p:1080", None),
            ("socks5h://p:9/x/y", "socks5://p:9", None),
            ("http://p:", "http://p:80", None),
            ("socks5://[::1]:?x", "socks5://[::1]:1080", None),
            ("http://p?x", "http://p:80", None),
            ("http://p:3128/?x#y", "http://p:3128", None),
            ("http://[fd00::1]:3128", "http://[fd00::1]:3128", None),
            ("http://u:s@p:3128", "http://p:3128", Some(("u", "s"))),
            ("http://u@p", "http://p:80", Some(("u", ""))),
            ("http://u:a%3Ab%40c@p", "http://p:80", Some(("u", "a:b@c"))),
            ("http://u:a@b@p", "http://p:80", Some(("u", "a@b"))),
            ("socks5://u%3A:%C3%A9@p", "socks5://p:1080", Some(("u:", "é"))),
        ] {
            let url = ProxyUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), shown, "{text}");
            let found = url.credential.as_ref().map(|(user, word)| (user.as_str(), word.expose()));
            assert_eq!(found, credential, "{text}");
        }
        assert_eq!(ProxyUrl::parse_or_host("u:s@p:8").unwrap().to_string(), "http://p:8");
        assert_eq!(ProxyUrl::parse_or_host("https://p").unwrap().to_string(), "https://p:443");
    }

    #[test]
    fn what_no_proxy_can_have_is_refused_and_not_quoted() {
        let long = format!("socks5://{}@p", "x".repeat(256));
        for (text, expected) in [
            ("", "expected a URL such as"),
            ("p:3128", "expected a URL such as"),
            ("u:CANARY@p", "expected a URL such as"),
            ("ftp://u:CANARY@p", "expected the scheme http, https, socks5 or socks5h, found ftp"),
            ("socks4://p", "found socks4"),
            ("u:CANARY://p", "expected the scheme http, https, socks5 or socks5h"),
            ("http://", "host"),
            ("http://u:CANARY@", "host"),
            ("http://u:CANARY@:1", "host"),
            ("http://p:CANARY", "port"),
            ("http://p:0", "port"),
            ("http://u:CANARY#x@p", "`#`"),
            ("http://u:1?CANARY@p", "`?`"),
            ("http://u:1/CANARY@p", "`/`"),
            ("http://:", "host"),
            ("http://:3128", "host"),
            ("http://u:CANARY%@p", "%XX"),
            ("http://u:CANARY%4@p", "%XX"),
            ("http://u:CANARY%ff@p", "UTF-8"),
            ("http://u%3a:CANARY@p", "user name without `:`"),
            ("http://u:CANARY%0a@p", "password: "),
            ("http://u:CANARY @p", "ASCII"),
            ("socks5://:CANARY@p", "255"),
            (&long, "255"),
        ] {
            let error = ProxyUrl::parse(text).unwrap_err().to_string();
            assert!(error.contains("expected ") && error.contains(expected), "{text}: {error}");
            assert!(!error.contains("CANARY"), "{text}: {error}");
        }
    }
}
