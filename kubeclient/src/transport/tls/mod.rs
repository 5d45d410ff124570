//! TLS: from the configuration's PEM to a client's side of a handshake. Only here rustls is named.
//!
//! `pem` reads what is configured, `verifier` decides whom a client trusts, `system` asks the system. `identity` is the
//! client's own certificate, `certificate` finds the key in one, by `der`; `keys` names the keys that can't be used.

mod certificate;
mod der;
mod identity;
mod keys;
mod pem;
mod system;
mod verifier;

use std::io;
use std::sync::Arc;

#[cfg(feature = "aws-lc-rs")]
use rustls::crypto::aws_lc_rs as provider;
#[cfg(not(feature = "aws-lc-rs"))]
use rustls::crypto::ring as provider;
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls::{AlertDescription, ClientConfig, ClientConnection};

use crate::config::{Pem, Secret, SecretPem, Tls};
use crate::error::{Error, ErrorKind};
use keys::Named;
use pem::client_identity;
use verifier::Verifier;

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

impl ClientIdentity {
    /// These settings, with this certificate in the place of a configured one.
    pub(crate) fn within(&self, tls: &Tls) -> Tls {
        let mut tls = tls.clone();
        tls.client_certificate = Some(Pem::Data(self.certificate.clone()));
        tls.client_key = Some(SecretPem::Data(self.key.clone()));
        tls
    }
}

/// A TLS session at work on a wire.
pub(crate) type TlsStream<'a, T> = rustls::Stream<'a, ClientConnection, T>;

/// One TLS session.
pub(crate) type TlsSession = ClientConnection;

impl TlsClient {
    /// Reads and checks everything that the configuration names.
    pub(crate) fn new(tls: &Tls, host: &str) -> Result<Self, Error> {
        Self::of(tls, host, false)
    }

    /// As [`TlsClient::new`], for a proxy before that server: the settings are the proxy's, too, as in client-go, but
    /// that it may also be one of the system's authorities'.
    pub(crate) fn of_proxy(tls: &Tls, host: &str) -> Result<Self, Error> {
        Self::of(tls, host, true)
    }

    fn of(tls: &Tls, host: &str, is_proxy: bool) -> Result<Self, Error> {
        let name = tls.server_name.as_deref().unwrap_or(host);
        let server_name = ServerName::try_from(name.to_owned()).map_err(|_| {
            Error::config(format!("server name {name:?}: expected a DNS name or an IP address"))
        })?;

        // Given explicitly, so that nobody's process-wide default decides.
        let provider = Arc::new(provider::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| tls_error("can't set up TLS", error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::new(tls, is_proxy, &provider)?));
        let mut config = match client_identity(tls)? {
            Some((chain, key)) => {
                let unsupported = keys::own(&key);
                let certified = identity::certified(&provider, chain, key).map_err(|error| {
                    let message = match (unsupported, &error) {
                        (Some(unsupported), _) => &format!("client key: {unsupported}"),
                        (None, rustls::Error::General(_)) => {
                            &format!("client key: not supported: expected {}", keys::OWN)
                        }
                        (None, rustls::Error::InvalidCertificate(_)) => {
                            "client certificate: expected a certificate of X.509"
                        }
                        (None, _) => "client certificate and client key don't go together",
                    };
                    tls_error(message, error)
                })?;
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), server_name })
    }

    /// Begins a session.
    pub(crate) fn session(&self) -> Result<TlsSession, Error> {
        ClientConnection::new(Arc::clone(&self.config), self.server_name.clone())
            .map_err(|error| tls_error("can't begin a TLS session", error))
    }
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
    Some(match complaint {
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            let message = format!("TLS failed: {}", keys::nothing_in_common());
            tls_error(&message, complaint.clone())
        }
        _ => match Named::of(complaint) {
            Some(named) => tls_error(&format!("TLS failed: {}", named.why), named.error.clone()),
            None => tls_error("TLS failed", complaint.clone()),
        },
    })
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
