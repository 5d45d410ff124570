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
        let url = ServerUrl::parse(server)?;
        let (host, port) = url.host_and_port()?;
        let authority = url.url.find("://").map_or(0, |colon| colon + 3);
        let path = url.url[authority..].find('/').map_or("", |slash| &url.url[authority + slash..]);
        Ok(Self { origin: Origin { tls: url.is_tls, host, port }, prefix: path.to_owned() })
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
