//! [`Verifier`]: whom a client trusts.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::certificate::PublicKey;
use super::keys::Named;
use super::pem::certificates;
use super::system;
use crate::config::{Pem, Tls};
use crate::error::Error;

/// What a certificate is called that came from the server.
const SHOWN: &str = "a certificate of the server";

/// Decides whether a server is the one that is meant. That it has the key of the certificate that it shows is looked
/// at in any case.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
enum Trust {
    Anyone,
    Given(Given),
    System(Arc<dyn ServerCertVerifier>),
    /// Whom either trusts.
    Both(Given, Arc<dyn ServerCertVerifier>),
}

/// Trusts whom the given authorities trust, and the servers whose own certificates stand among them, as Go's clients
/// do: one that an authority signed, or one that signed itself and says that it is an authority.
#[derive(Debug)]
struct Given {
    authorities: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// The given authorities alone, or else the system's; for a proxy, the system's beside the given ones.
    pub(super) fn new(
        tls: &Tls,
        is_proxy: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let trust = match &tls.certificate_authority {
            _ if tls.insecure_skip_tls_verify => Trust::Anyone,
            None => Trust::System(system::verifier(provider)?),
            Some(pem) => {
                let given = Given::new(pem, provider)?;
                match is_proxy.then(|| system::verifier(provider)) {
                    Some(Ok(system)) => Trust::Both(given, system),
                    Some(Err(_)) | None => Trust::Given(given),
                }
            }
        };
        Ok(Self { trust, algorithms: provider.signature_verification_algorithms })
    }
}

impl Given {
    /// A block that can't be read is an error, since a root that is silently left out shows only when the
    /// server uses it.
    fn new(pem: &Pem, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        let certificates = certificates("certificate authority", pem)?;
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|error| {
                Error::config("certificate authority: a certificate can't be used as an authority")
                    .because(error)
            })?;
        }
        Ok(Self { authorities: by_roots(roots, provider)?, certificates })
    }

    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::CertificateError::{BadSignature, Other, UnknownIssuer};
        use rustls::Error::InvalidCertificate;
        let verified = self.authorities.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // Of a certificate that can be read, its time is looked at first, and has its own errors. These are of
            // what it may be used for and of who signed it.
            Err(InvalidCertificate(UnknownIssuer | BadSignature | Other(_)))
                if self.certificates.iter().any(|given| given == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }
}

/// Whether the name of this authority stands in the certificate, as that of its issuer does.
fn names_subject(certificate: &CertificateDer<'_>, authority: &CertificateDer<'_>) -> bool {
    let mut roots = RootCertStore::empty();
    let is_read = roots.add(authority.clone().into_owned()).is_ok();
    is_read
        && roots.roots.iter().any(|root| {
            let name = root.subject.as_ref();
            name.is_empty() || certificate.windows(name.len()).any(|part| part == name)
        })
}

/// Trusts whom these authorities trust.
pub(super) fn by_roots(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Error> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| {
            Error::config("certificate authority: can't be used to verify a server").because(error)
        })
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let by_given = |given: &Given| {
            given.verify(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let by_system = |system: &Arc<dyn ServerCertVerifier>| {
            system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let verified = match &self.trust {
            Trust::Anyone => Ok(ServerCertVerified::assertion()),
            Trust::Given(given) => by_given(given),
            Trust::System(system) => by_system(system),
            Trust::Both(given, system) => {
                by_given(given).or_else(|refused| by_system(system).map_err(|_| refused))
            }
        };
        verified.map_err(|error| {
            let shown = || std::iter::once(end_entity).chain(intermediates);
            let given = match &self.trust {
                Trust::Given(given) | Trust::Both(given, _) => given.certificates.as_slice(),
                Trust::Anyone | Trust::System(_) => &[],
            };
            let authorities = given.iter().filter(|authority| {
                shown().any(|certificate| names_subject(certificate, authority))
            });
            let shown = shown().map(|certificate| (SHOWN, certificate));
            let given = authorities.map(|authority| ("a certificate authority", authority));
            Named::within(error, shown.chain(given))
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match self.trust {
            Trust::Anyone => {
                PublicKey::of(cert).and_then(|key| key.verify_tls12(message, dss, &self.algorithms))
            }
            _ => verify_tls12_signature(message, cert, dss, &self.algorithms),
        }
        .map_err(|error| Named::within(error, [(SHOWN, cert)]))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match self.trust {
            Trust::Anyone => {
                PublicKey::of(cert).and_then(|key| key.verify_tls13(message, dss, &self.algorithms))
            }
            _ => verify_tls13_signature(message, cert, dss, &self.algorithms),
        }
        .map_err(|error| Named::within(error, [(SHOWN, cert)]))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
