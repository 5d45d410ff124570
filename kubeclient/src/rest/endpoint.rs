//! From the server's URL to the host that is dialled and the prefix that every path gets.

use crate::config::Config;
use crate::error::Error;
use crate::transport::Origin;

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) origin: Origin,
    /// Empty, or `/prefix` without a slash at its end.
    pub(crate) prefix: String,
}

impl Endpoint {
    /// Reads the server's URL. Without a scheme it is https where TLS is configured, else http.
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let server = config.server.trim();
        let wrong = |expected: &str| {
            let shown: String = server.chars().take(200).collect();
            // A password in the URL must not show.
            let shown =
                if shown.contains('@') { "(not shown)".into() } else { format!("{shown:?}") };
            Error::config(format!("server {shown}: expected {expected}"))
        };
        let form = "a URL such as https://host:6443";
        let (scheme, rest) = match server.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None if has_tls(config) => ("https".into(), server),
            None => ("http".into(), server),
        };
        let tls = match scheme.as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(wrong("the scheme https or http")),
        };
        if rest.contains(['?', '#', '@']) {
            return Err(wrong("no user, query or fragment"));
        }
        let (authority, prefix) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let authority: http::uri::Authority = authority.parse().map_err(|_| wrong(form))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wrong(form));
        }
        let port = match authority.port() {
            Some(port) => match port.as_u16() {
                0 => return Err(wrong("a port from 1 to 65535")),
                port => port,
            },
            None if authority.as_str().ends_with(':') => {
                return Err(wrong("a port after the colon"));
            }
            None if has_port_text(&authority) => return Err(wrong("a port from 1 to 65535")),
            None => {
                if tls {
                    443
                } else {
                    80
                }
            }
        };
        let origin = Origin { tls, host: host.into(), port };
        let prefix = prefix.trim_end_matches('/').to_owned();
        if prefix.split('/').any(|segment| segment == "." || segment == "..") {
            return Err(wrong("no `.` or `..` in the path"));
        }
        Ok(Self { origin, prefix })
    }
}

fn has_tls(config: &Config) -> bool {
    let tls = &config.tls;
    tls.certificate_authority.is_some()
        || tls.client_certificate.is_some()
        || tls.insecure_skip_tls_verify
}

/// Whether a colon follows the host, although what follows it is no port.
fn has_port_text(authority: &http::uri::Authority) -> bool {
    authority.as_str().len() > authority.host().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(server: &str) -> Result<(String, String), Error> {
        Endpoint::new(&Config::new(server)).map(|e| (e.origin.to_string(), e.prefix))
    }

    /// Fidelity 2.
    #[test]
    fn a_path_in_the_url_is_a_prefix() {
        for (server, origin, prefix) in [
            ("https://h", "https://h:443", ""),
            ("HTTP://h:8001/", "http://h:8001", ""),
            ("https://h/prefix/", "https://h:443", "/prefix"),
            ("https://h:6443/a/b", "https://h:6443", "/a/b"),
            ("https://[fd00::1]:6443", "https://[fd00::1]:6443", ""),
            ("127.0.0.1:8080", "http://127.0.0.1:8080", ""),
        ] {
            assert_eq!(read(server).unwrap(), (origin.into(), prefix.into()), "{server}");
        }
    }

    #[test]
    fn what_is_no_server_is_refused_without_showing_a_password() {
        for server in [
            "",
            "https://",
            "ftp://h",
            "https://h:0",
            "https://h:65536",
            "https://h:x",
            "https://h:",
            "https://u:hunter2@h",
            "https://h?x=hunter2@",
            "https://h#f",
            "unix:///run/x",
            "https://h/../x",
        ] {
            let error = read(server).expect_err(server);
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
