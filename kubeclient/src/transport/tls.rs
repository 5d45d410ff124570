//! TLS: from the configuration's PEM to a client's side of a handshake. The only file that names rustls.

use std::fs;
use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::config::{Pem, Secret, SecretPem, Tls};
use crate::error::{Error, ErrorKind};

/// Makes the client's side of TLS sessions, all with one identity and one set of trusted authorities.
#[derive(Clone)]
pub(crate) struct TlsClient {
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
}

/// A client certificate and its key, in PEM, that were not configured but issued.
#[derive(PartialEq, Eq)]
pub(crate) struct ClientIdentity {
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Secret,
}

/// A TLS session at work on a wire.
pub(crate) type TlsStream<'a, T> = rustls::Stream<'a, ClientConnection, T>;

/// One TLS session.
pub(crate) type TlsSession = ClientConnection;

impl TlsClient {
    /// Reads and checks everything that the configuration names.
    pub(crate) fn new(tls: &Tls, host: &str) -> Result<Self, Error> {
        let name = tls.server_name.as_deref().unwrap_or(host);
        Self::of(name, client_identity(tls)?, |provider| verifier(tls, provider))
    }

    /// As [`TlsClient::new`], for a proxy before that server: it is trusted by the system's authorities and
    /// the configured ones, is verified in any case, and sees no client certificate.
    pub(crate) fn of_proxy(tls: &Tls, host: &str) -> Result<Self, Error> {
        Self::of(host, None, |provider| {
            let Some(pem) = &tls.certificate_authority else {
                return verifier_with(system_roots()?, Vec::new(), provider);
            };
            let (mut roots, given) = given_roots(pem)?;
            if let Ok(system) = system_roots() {
                roots.extend(system.roots);
            }
            verifier_with(roots, given, provider)
        })
    }

    fn of(
        name: &str,
        identity: Option<Identity>,
        verifier: impl FnOnce(&Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error>,
    ) -> Result<Self, Error> {
        let server_name = ServerName::try_from(name.to_owned()).map_err(|_| {
            Error::config(format!("server name {name:?}: expected a DNS name or an IP address"))
        })?;

        // Given explicitly, so that nobody's process-wide default decides.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| tls_error("can't set up TLS", error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier(&provider)?);
        let mut config = match identity {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(|error| {
                tls_error("client certificate and client key don't go together", error)
            })?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), server_name })
    }

    /// As [`TlsClient::new`], with an issued certificate in the place of a configured one.
    pub(crate) fn issued(tls: &Tls, host: &str, identity: &ClientIdentity) -> Result<Self, Error> {
        let mut tls = tls.clone();
        tls.client_certificate = Some(Pem::Data(identity.certificate.clone()));
        tls.client_key = Some(SecretPem::Data(identity.key.clone()));
        Self::new(&tls, host)
    }

    /// Begins a session.
    pub(crate) fn session(&self) -> Result<TlsSession, Error> {
        ClientConnection::new(Arc::clone(&self.config), self.server_name.clone())
            .map_err(|error| tls_error("can't begin a TLS session", error))
    }
}

fn verifier(
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    if tls.insecure_skip_tls_verify {
        log::warn!("the server's certificate is not verified (insecure-skip-tls-verify)");
        return Ok(Arc::new(TrustsAnyone(Arc::clone(provider))));
    }
    let (roots, given) = match &tls.certificate_authority {
        Some(pem) => given_roots(pem)?,
        None => (system_roots()?, Vec::new()),
    };
    verifier_with(roots, given, provider)
}

fn verifier_with(
    roots: RootCertStore,
    given: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let authorities =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
            .build()
            .map_err(|error| {
                Error::config("certificate authority: can't be used to verify a server")
                    .because(error)
            })?;
    Ok(Arc::new(Verifier { authorities, given }))
}

/// The given authorities alone; a block that can't be read is an error, since a root that is silently
/// left out shows only when the server uses it.
fn given_roots(pem: &Pem) -> Result<(RootCertStore, Vec<CertificateDer<'static>>), Error> {
    let mut roots = RootCertStore::empty();
    let given = certificates("certificate authority", pem)?;
    for certificate in &given {
        roots.add(certificate.clone()).map_err(|error| {
            Error::config("certificate authority: a certificate can't be used as an authority")
                .because(error)
        })?;
    }
    Ok((roots, given))
}

fn system_roots() -> Result<RootCertStore, Error> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        log::warn!("a certificate of the system's trust store can't be read: {error}");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(Error::config(
            "no certificate authority is configured, and the system's trust store is empty",
        ));
    }
    Ok(roots)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_identity(tls: &Tls) -> Result<Option<Identity>, Error> {
    let (chain, key) = match (&tls.client_certificate, &tls.client_key) {
        (None, None) => return Ok(None),
        (Some(chain), Some(key)) => (chain, key),
        (Some(_), None) => {
            return Err(Error::config("client certificate: its client key is missing"));
        }
        (None, Some(_)) => {
            return Err(Error::config("client key: its client certificate is missing"));
        }
    };
    let chain = certificates("client certificate", chain)?;
    let (text, place) = match key {
        SecretPem::Data(secret) => (secret.clone(), "client key".to_owned()),
        SecretPem::File(path) => {
            let place = format!("client key {}", path.display());
            let text = fs::read_to_string(path).map_err(|error| unreadable(&place, error))?;
            (text.into(), place)
        }
    };
    let key = PrivateKeyDer::from_pem_slice(text.expose().as_bytes()).map_err(|_| {
        // The parser's own error could quote the text.
        Error::config(format!("{place}: expected a PEM private key (PKCS#8, PKCS#1 or SEC1)"))
    })?;
    Ok(Some((chain, key)))
}

fn certificates(what: &str, pem: &Pem) -> Result<Vec<CertificateDer<'static>>, Error> {
    let (text, place) = match pem {
        Pem::Data(text) => (text.clone(), what.to_owned()),
        Pem::File(path) => {
            let place = format!("{what} {}", path.display());
            let text = fs::read(path).map_err(|error| unreadable(&place, error))?;
            (text, place)
        }
    };
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|_| Error::config(format!("{place}: a PEM block can't be read")))?;
    if certificates.is_empty() {
        return Err(Error::config(format!("{place}: expected at least one PEM certificate")));
    }
    Ok(certificates)
}

fn unreadable(place: &str, error: io::Error) -> Error {
    Error::config(format!("{place}: can't be read")).because(error)
}

fn tls_error(message: &str, error: rustls::Error) -> Error {
    Error::new(ErrorKind::Tls, message).because(error)
}

/// What a failed handshake means: TLS's own complaint, or a broken connection.
pub(crate) fn handshake_error(error: io::Error) -> Error {
    complaint(&error).unwrap_or_else(|| {
        Error::new(ErrorKind::Connect, "the connection broke in the TLS handshake").because(error)
    })
}

/// What TLS itself complains of, where it does: it may come after the handshake, as when a server wants a
/// client certificate (TLS 1.3).
pub(crate) fn complaint(error: &io::Error) -> Option<Error> {
    let complaint = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(tls_error("TLS failed", complaint.clone()))
}

/// Trusts whom the authorities trust, and the servers whose own certificates stand among them, as Go's clients do: one
/// that an authority signed, or one that signed itself and says that it is an authority.
#[derive(Debug)]
struct Verifier {
    authorities: Arc<WebPkiServerVerifier>,
    given: Vec<CertificateDer<'static>>,
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
                if self.given.iter().any(|given| given == end_entity) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.authorities.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// Verifies nothing but that the peer has the key of the certificate it shows.
#[derive(Debug)]
struct TrustsAnyone(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustsAnyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Early data could be replayed, and keys in a file be read.
    #[test]
    fn nothing_is_sent_early_and_no_key_is_logged() {
        let tls = Tls { insecure_skip_tls_verify: true, ..Tls::default() };
        let client = TlsClient::new(&tls, "h").unwrap();
        assert!(!client.config.enable_early_data);
        assert!(!client.config.key_log.will_log("CLIENT_TRAFFIC_SECRET_0"));
    }
}
