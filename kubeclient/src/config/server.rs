//! [`ServerUrl`]: a server's URL, taken apart and checked. Its text is never quoted: people put
//! passwords in URLs. What a host and port can be is said here, for proxies too.

use std::net::{IpAddr, Ipv6Addr};

use crate::error::{Error, Result};

/// A URL that a server can have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerUrl {
    /// The URL with its scheme in lower case, without a trailing slash and without empty parts.
    pub(crate) url: String,
    /// Whether the scheme is https.
    pub(crate) is_tls: bool,
    /// Whether the host is this machine.
    pub(crate) is_loopback: bool,
}

impl ServerUrl {
    /// Takes `http://` or `https://`, host, port and path.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::parse_url(text).map_err(|error| error.at("server"))
    }

    fn parse_url(text: &str) -> Result<Self> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong("a URL that begins with https:// or http://");
        };
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return wrong("a URL that begins with https:// or http://"),
        };
        if !text.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
            return wrong("a URL in ASCII without spaces; other names in their xn-- form");
        }
        if rest.contains('?') {
            return wrong("a URL without a query (`?`)");
        }
        if rest.contains('#') {
            return wrong("a URL without a fragment (`#`)");
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return wrong("a URL without a user name and password (`@`)");
        }
        let is_loopback = check_host_and_port(authority)?;
        check_path(path)?;
        let scheme = if is_tls { "https" } else { "http" };
        // As in Go, a port may be left out behind its colon, and what is empty between two slashes is nothing.
        let mut url = format!("{scheme}://{}", authority.strip_suffix(':').unwrap_or(authority));
        for part in path.split('/').filter(|part| !part.is_empty()) {
            url.push('/');
            url.push_str(part);
        }
        if url.parse::<http::Uri>().is_err() {
            return wrong("a valid URL");
        }
        Ok(Self { url, is_tls, is_loopback })
    }

    /// Takes `host` and `host:port`, too; then the caller says whether that means https.
    pub(crate) fn parse_or_host(text: &str, tls: bool) -> Result<Self> {
        if text.contains("://") {
            return Self::parse(text);
        }
        if text.contains(['/', '\\']) {
            return wrong("a URL, or a host and port").map_err(|error| error.at("server"));
        }
        Self::parse(&format!("{}://{text}", if tls { "https" } else { "http" }))
    }

    /// The host, a name or an address without brackets, and the port.
    pub(crate) fn host_and_port(&self) -> Result<(String, u16)> {
        let parsed = self.url.parse::<http::Uri>().ok();
        let Some((host, port)) =
            parsed.as_ref().and_then(|uri| Some((uri.host()?, uri.port_u16())))
        else {
            return wrong("a URL such as https://host:6443").map_err(|error| error.at("server"));
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok((host, port.unwrap_or(if self.is_tls { 443 } else { 80 })))
    }
}

fn wrong<T>(expected: &str) -> Result<T> {
    Err(Error::config(format!("expected {expected}")))
}

/// Tells whether it is this machine.
pub(super) fn check_host_and_port(authority: &str) -> Result<bool> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let Some((host, port)) = rest.split_once(']') else {
                return wrong("an IPv6 address in [brackets]");
            };
            (host, port)
        }
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            if port.matches(':').count() > 1 {
                return wrong("an IPv6 address in [brackets]");
            }
            (host, port)
        }
    };
    if !matches!(port, "" | ":") {
        let number =
            port.strip_prefix(':').filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
        match number.map(str::parse::<u16>) {
            Some(Ok(1..)) => {}
            _ => return wrong("a port from 1 to 65535"),
        }
    }
    if authority.starts_with('[') {
        return match host.parse::<Ipv6Addr>() {
            Ok(address) => Ok(address.to_canonical().is_loopback()),
            Err(_) if host.contains('%') => wrong("an IPv6 address without a zone (`%`)"),
            Err(_) => wrong("an IPv6 address in the [brackets]"),
        };
    }
    if host.is_empty() {
        return wrong("a URL with a host");
    }
    let is_host_char = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if !host.chars().all(is_host_char) || host.starts_with('.') || host.contains("..") {
        return wrong("a host of letters, digits, `-` and `.`");
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_address = |name: &str| name.parse().is_ok_and(|address: IpAddr| address.is_loopback());
    Ok(name.eq_ignore_ascii_case("localhost") || is_address(name))
}

fn check_path(path: &str) -> Result<()> {
    let is_path_char = |c: char| c.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@%".contains(c);
    if !path.chars().all(is_path_char) {
        return wrong("a path of letters, digits and `-._~!$&'()*+,;=:@%`");
    }
    let segments: Vec<_> = path.trim_matches('/').split('/').collect();
    let is_dots = |segment: &&str| {
        matches!(segment.replace("%2e", ".").replace("%2E", ".").as_str(), "." | "..")
    };
    if segments.iter().any(is_dots) {
        return wrong("a path without `.` and `..` parts");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_keeps_its_prefix_and_loses_its_trailing_slash() {
        for (text, url, is_tls, is_loopback) in [
            ("https://h", "https://h", true, false),
            ("HTTPS://h:6443/", "https://h:6443", true, false),
            ("HTTP://H/", "http://H", false, false),
            ("https://h/k8s/clusters/c-1//", "https://h/k8s/clusters/c-1", true, false),
            ("https://h//k8s//c", "https://h/k8s/c", true, false),
            ("https://h:", "https://h", true, false),
            ("http://[::1]:/p", "http://[::1]/p", false, true),
            ("https://h.example.:1", "https://h.example.:1", true, false),
            ("https://h:65535", "https://h:65535", true, false),
            ("https://[fd00::1]:443/p", "https://[fd00::1]:443/p", true, false),
            ("http://[::1]", "http://[::1]", false, true),
            ("http://[::ffff:127.0.0.1]:8080", "http://[::ffff:127.0.0.1]:8080", false, true),
            ("http://127.0.0.2:8001", "http://127.0.0.2:8001", false, true),
            ("http://LocalHost:8001", "http://LocalHost:8001", false, true),
            ("http://localhost.:8001", "http://localhost.:8001", false, true),
            ("http://localhost.example", "http://localhost.example", false, false),
            ("http://127.0.0.1.example", "http://127.0.0.1.example", false, false),
        ] {
            let parsed = ServerUrl::parse(text).unwrap();
            assert_eq!(parsed, ServerUrl { url: url.into(), is_tls, is_loopback }, "{text}");
        }
    }

    #[test]
    fn what_no_server_can_have_is_refused_and_not_quoted() {
        for (text, expected) in [
            ("", "begins with https"),
            ("h:6443", "begins with https"),
            ("unix:///CANARY", "begins with https"),
            ("https://", "a host"),
            ("https:///p", "a host"),
            ("https://:6443", "a host"),
            ("https://u:CANARY@h", "password"),
            ("https://CANARY@h", "password"),
            ("https://h?token=CANARY", "query"),
            ("https://h/#CANARY", "fragment"),
            ("https://h:0", "port"),
            ("https://h:65536", "port"),
            ("https://:", "a host"),
            ("https://fd00::", "brackets"),
            ("https://h:+1", "port"),
            ("https://h:CANARY", "port"),
            ("https://[::1]x", "port"),
            ("https://fd00::1", "brackets"),
            ("https://[fd00::1", "brackets"),
            ("https://[CANARY]", "brackets"),
            ("https://[fe80::1%25eth0]", "zone"),
            ("https://é.example", "ASCII"),
            ("https://h CANARY", "ASCII"),
            ("https://h\n", "ASCII"),
            ("https://a..b", "host"),
            ("https://h\\CANARY", "host"),
            ("https://h/a/../b", "`..`"),
            ("https://h/%2e%2E/b", "`..`"),
            ("https://h/a//../b", "`..`"),
            ("https://h/{CANARY}", "path"),
        ] {
            let error = ServerUrl::parse(text).unwrap_err().to_string();
            assert!(error.starts_with("server: expected "), "{text}: {error}");
            assert!(error.contains(expected), "{text}: {error}");
            assert!(!error.contains("CANARY"), "{text}: {error}");
        }
    }

    #[test]
    fn a_bare_host_takes_the_scheme_that_the_caller_says() {
        let parse = |text, tls| ServerUrl::parse_or_host(text, tls).map(|server| server.url);
        assert_eq!(parse("h:6443", true).unwrap(), "https://h:6443");
        assert_eq!(parse("h", false).unwrap(), "http://h");
        assert_eq!(parse("[::1]:1", false).unwrap(), "http://[::1]:1");
        assert_eq!(parse("http://h", true).unwrap(), "http://h");
        assert!(parse("h/p", true).is_err());
        assert!(parse("/run/sock", true).is_err());
        assert!(parse("u@h", true).is_err());
    }
}
