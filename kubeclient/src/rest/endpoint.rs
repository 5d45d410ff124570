//! From the server's URL to the host that is dialled and the prefix that every path gets.

use crate::config::server::ServerUrl;
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
    /// Takes a server's URL apart.
    pub(crate) fn new(server: &str) -> Result<Self, Error> {
        let ServerUrl { url, is_tls, .. } = ServerUrl::parse(server)?;
        let no_url = || Error::config("server: expected a URL such as https://host:6443");
        let uri: http::Uri = url.parse().map_err(|_| no_url())?;
        let host = uri.host().ok_or_else(no_url)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { origin: Origin { tls: is_tls, host, port }, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fidelity 2.
    #[test]
    fn a_path_in_the_url_is_a_prefix() {
        for (server, origin, prefix) in [
            ("https://h", "https://h:443", ""),
            ("HTTP://h:8001/", "http://h:8001", ""),
            ("https://h/prefix/", "https://h:443", "/prefix"),
            ("https://h:6443/a/b", "https://h:6443", "/a/b"),
            ("https://[fd00::1]:6443", "https://[fd00::1]:6443", ""),
        ] {
            let endpoint = Endpoint::new(server).unwrap();
            assert_eq!(
                (endpoint.origin.to_string().as_str(), endpoint.prefix.as_str()),
                (origin, prefix)
            );
        }
    }
}
