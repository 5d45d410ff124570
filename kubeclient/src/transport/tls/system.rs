//! Whom this system trusts: where no authority is configured.

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;

#[cfg(not(any(windows, target_vendor = "apple")))]
use super::verifier::by_roots;
use crate::error::Error;

/// Asks the system about each server: its own rules hold too, such as what an administrator distrusts.
#[cfg(any(windows, target_vendor = "apple"))]
pub(super) fn verifier(
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(provider));
    let verifier = verifier.map_err(|error| {
        Error::config("no certificate authority is configured, and the system's can't be asked")
            .because(error)
    })?;
    Ok(Arc::new(verifier))
}

/// Reads the authorities of the system, which has no rules beside them: from `SSL_CERT_FILE` and `SSL_CERT_DIR`, or
/// else from where they are kept.
#[cfg(not(any(windows, target_vendor = "apple")))]
pub(super) fn verifier(
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        log::warn!("a certificate of the system's trust store can't be read: {error}");
    }
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(Error::config(
            "no certificate authority is configured, and the system's trust store is empty",
        ));
    }
    Ok(by_roots(roots, provider)?)
}
