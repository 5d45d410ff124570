//! What a kubeconfig's cluster means: how the server is recognized.

use std::net::Ipv6Addr;

use super::check::check_server_name;
use super::kubeconfig::Cluster;
use super::pem::{check_certificates, decode_data};
use super::proxy::ProxyUrl;
use super::server::ServerUrl;
use super::{Pem, Proxy, Tls};
use crate::error::{Error, Result};

impl Cluster {
    /// The server's URL; where it has no scheme, it is https if the cluster says how the server is recognized.
    pub(super) fn server_url(&self) -> Result<ServerUrl> {
        let verifies = !self.certificate_authority.is_empty()
            || !self.certificate_authority_data.is_empty()
            || self.insecure_skip_tls_verify;
        ServerUrl::parse_or_host(self.server_without_query(), verifies)
    }

    /// The server without what kubectl does not send, either: a query and a fragment. With an `@` in them, the host is
    /// not sure to be one.
    pub(super) fn server_without_query(&self) -> &str {
        let end = self.server.find(['?', '#']).unwrap_or(self.server.len());
        if self.server[end..].contains('@') { &self.server } else { &self.server[..end] }
    }
}

/// Refuses two fields of which one is enough.
pub(super) fn not_both(one: &str, other: &str) -> Result<()> {
    Err(Error::config(format!("{one} and {other}: expected one of them, not both")))
}

/// Checks that no two fields contradict each other.
pub(super) fn check_cluster(cluster: &Cluster) -> Result<()> {
    let has_data = !cluster.certificate_authority_data.is_empty();
    let has_file = !cluster.certificate_authority.is_empty();
    if has_data && has_file {
        return not_both("certificate-authority", "certificate-authority-data");
    }
    if cluster.insecure_skip_tls_verify && has_file {
        return not_both("certificate-authority", "insecure-skip-tls-verify");
    }
    if cluster.insecure_skip_tls_verify && has_data {
        return not_both("certificate-authority-data", "insecure-skip-tls-verify");
    }
    Ok(())
}

/// The way to the server: the cluster's proxy, or else what the environment says.
pub(super) fn cluster_proxy(cluster: &Cluster) -> Result<Proxy> {
    if cluster.proxy_url.is_empty() {
        return Ok(Proxy::Environment);
    }
    ProxyUrl::parse(&cluster.proxy_url).map_err(|error| error.at("proxy-url"))?;
    Ok(Proxy::Url(cluster.proxy_url.clone()))
}

/// How the server is recognized.
pub(super) fn cluster_tls(cluster: &Cluster) -> Result<Tls> {
    let mut tls =
        Tls { insecure_skip_tls_verify: cluster.insecure_skip_tls_verify, ..Tls::default() };
    if !cluster.tls_server_name.is_empty() {
        let name = without_brackets(&cluster.tls_server_name);
        check_server_name(name).map_err(|error| error.at("tls-server-name"))?;
        tls.server_name = Some(name.to_owned());
    }
    tls.certificate_authority = certificates(
        &cluster.certificate_authority,
        ("certificate-authority-data", &cluster.certificate_authority_data),
    )?;
    Ok(tls)
}

/// An IPv6 address may stand in brackets, as it does in a URL.
fn without_brackets(name: &str) -> &str {
    let inside = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    inside.filter(|inside| inside.parse::<Ipv6Addr>().is_ok()).unwrap_or(name)
}

/// Certificates from a file, or from the data in this field.
pub(super) fn certificates(file: &str, (field, data): (&str, &str)) -> Result<Option<Pem>> {
    if data.is_empty() {
        return Ok(Some(file).filter(|file| !file.is_empty()).map(|file| Pem::File(file.into())));
    }
    let decode = || {
        let pem = decode_data(data)?;
        check_certificates(&pem)?;
        Ok(Some(Pem::Data(pem)))
    };
    decode().map_err(|error: Error| error.at(field))
}
