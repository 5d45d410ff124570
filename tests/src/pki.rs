//! Fresh certificates and keys for one run: a CA, server and client certificates, and the key pair that
//! signs service-account tokens.
//!
//! Nothing here is written to disk. The control plane and the TLS stub call it; tests call it for
//! further users.

use std::fmt;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;

/// The names and addresses that the server certificate of a control plane is good for.
const SERVER_NAMES: [&str; 5] =
    ["127.0.0.1", "::1", "localhost", "kubernetes", "kubernetes.default.svc"];

/// A certificate authority of one run, with a server certificate and a service-account key.
pub struct Pki {
    ca: CertifiedIssuer<'static, KeyPair>,
    server: Identity,
    service_account: SigningKey,
}

impl Pki {
    /// Makes a CA, a server certificate for the loopback names, and a service-account key.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn new() -> Result<Pki, PkiError> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        params.distinguished_name.push(DnType::CommonName, "kubeclient-tests-ca");
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let server = issue_server(&ca, &SERVER_NAMES)?;
        let signing = KeyPair::generate()?;
        let service_account = SigningKey {
            private_key_pem: signing.serialize_pem(),
            public_key_pem: signing.public_key_pem(),
        };
        Ok(Pki { ca, server, service_account })
    }

    /// The CA's certificate.
    pub fn ca_pem(&self) -> String {
        self.ca.pem()
    }

    pub(crate) fn ca_der(&self) -> &CertificateDer<'static> {
        self.ca.der()
    }

    /// The server certificate: 127.0.0.1, ::1, localhost, kubernetes, kubernetes.default.svc.
    pub fn server(&self) -> &Identity {
        &self.server
    }

    /// The key pair that signs service-account tokens (EC P-256, PKCS#8).
    pub fn service_account(&self) -> &SigningKey {
        &self.service_account
    }

    /// Signs a server certificate for other names: a wrong host, an address, a `tls-server-name`.
    ///
    /// # Errors
    /// A name is neither a DNS name nor an address.
    pub fn issue_server(&self, names: &[&str]) -> Result<Identity, PkiError> {
        issue_server(&self.ca, names)
    }

    /// Signs a client certificate: the user is its common name, the group its organization.
    ///
    /// # Errors
    /// There is more than one group: the certificate library writes one organization a certificate.
    pub fn issue_client(&self, user: &str, groups: &[&str]) -> Result<Identity, PkiError> {
        let mut params = CertificateParams::default();
        match groups {
            [] => {}
            [group] => params.distinguished_name.push(DnType::OrganizationName, *group),
            _ => {
                return Err(PkiError::Groups { user: user.to_owned(), count: groups.len() });
            }
        }
        params.distinguished_name.push(DnType::CommonName, user);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        sign(&self.ca, params)
    }

    /// A TLS server's settings with the server certificate, which asks for no client certificate.
    ///
    /// # Errors
    /// The certificate is refused by rustls.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, PkiError> {
        self.server.server_config()
    }

    /// As [`Pki::server_config`], and refuses clients without a certificate of this CA.
    ///
    /// # Errors
    /// The certificate is refused by rustls.
    pub fn server_config_with_client_auth(&self) -> Result<Arc<ServerConfig>, PkiError> {
        self.server_config_that_asks(true)
    }

    /// As [`Pki::server_config`], and asks clients for a certificate of this CA, which they need not have.
    ///
    /// # Errors
    /// The certificate is refused by rustls.
    pub fn server_config_with_optional_client_auth(&self) -> Result<Arc<ServerConfig>, PkiError> {
        self.server_config_that_asks(false)
    }

    fn server_config_that_asks(&self, is_needed: bool) -> Result<Arc<ServerConfig>, PkiError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca_der().clone())?;
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let verifier = if is_needed { verifier } else { verifier.allow_unauthenticated() };
        let verifier = verifier.build().map_err(|error| PkiError::Verifier(error.to_string()))?;
        let (chain, key) = self.server.to_der()?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)?;
        Ok(Arc::new(config))
    }
}

impl fmt::Debug for Pki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pki").finish_non_exhaustive()
    }
}

fn issue_server(
    ca: &CertifiedIssuer<'static, KeyPair>,
    names: &[&str],
) -> Result<Identity, PkiError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    sign(ca, params)
}

fn sign(
    ca: &CertifiedIssuer<'static, KeyPair>,
    params: CertificateParams,
) -> Result<Identity, PkiError> {
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, ca)?;
    Ok(Identity { certificate_pem: certificate.pem(), private_key_pem: key.serialize_pem() })
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct Identity {
    /// The certificate in PEM.
    pub certificate_pem: String,
    /// The private key in PEM (PKCS#8).
    pub private_key_pem: String,
}

impl Identity {
    /// A TLS server's settings with this certificate, which asks for no client certificate.
    ///
    /// # Errors
    /// The certificate is refused by rustls.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, PkiError> {
        let (chain, key) = self.to_der()?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Arc::new(config))
    }

    /// The certificate chain and the key as rustls takes them.
    ///
    /// # Errors
    /// The PEM text was changed by the caller and cannot be read.
    pub fn to_der(
        &self,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), PkiError> {
        let chain = CertificateDer::pem_slice_iter(self.certificate_pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| PkiError::Pem { what: "certificate", reason: error.to_string() })?;
        let key = PrivateKeyDer::from_pem_slice(self.private_key_pem.as_bytes())
            .map_err(|error| PkiError::Pem { what: "private key", reason: error.to_string() })?;
        Ok((chain, key))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificate_pem", &self.certificate_pem)
            .finish_non_exhaustive()
    }
}

/// A key pair without a certificate.
#[derive(Clone)]
pub struct SigningKey {
    /// The private key in PEM (PKCS#8).
    pub private_key_pem: String,
    /// The public key in PEM.
    pub public_key_pem: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("public_key_pem", &self.public_key_pem)
            .finish_non_exhaustive()
    }
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// The certificate library refused the parameters.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// rustls refused the certificate.
    #[error("cannot use a certificate for TLS")]
    Tls(#[from] rustls::Error),
    /// rustls refused the CA as a root for client certificates.
    #[error("cannot verify client certificates: {0}")]
    Verifier(String),
    /// PEM text cannot be read back.
    #[error("cannot read the {what} as PEM: {reason}")]
    Pem {
        /// What was read.
        what: &'static str,
        /// What the reader said.
        reason: String,
    },
    /// A client certificate was asked for with several groups.
    #[error("client certificate of {user}: {count} groups, expected at most 1")]
    Groups {
        /// The user's name.
        user: String,
        /// How many groups were asked for.
        count: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_accepted_by_rustls() {
        let pki = Pki::new().unwrap();
        pki.server_config().unwrap();
        pki.server_config_with_client_auth().unwrap();
        pki.server_config_with_optional_client_auth().unwrap();
        pki.issue_server(&["other.example", "10.0.0.1"]).unwrap().server_config().unwrap();
    }

    #[test]
    fn a_client_certificate_takes_at_most_one_group() {
        let pki = Pki::new().unwrap();
        assert_eq!(pki.issue_client("ada", &["staff"]).unwrap().to_der().unwrap().0.len(), 1);
        let error = pki.issue_client("ada", &["staff", "admins"]).unwrap_err();
        assert_eq!(error.to_string(), "client certificate of ada: 2 groups, expected at most 1");
    }

    #[test]
    fn debug_prints_no_private_key() {
        let pki = Pki::new().unwrap();
        let text = format!("{pki:?} {:?} {:?}", pki.server(), pki.service_account());
        assert!(!text.contains("PRIVATE"), "{text}");
    }
}
