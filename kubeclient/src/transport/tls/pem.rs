//! Certificates and keys out of the PEM that a configuration holds or names.

use std::fs;
use std::io;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Pem, SecretPem, Tls};
use crate::error::Error;

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

pub(super) fn client_identity(tls: &Tls) -> Result<Option<Identity>, Error> {
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

/// The name of the key's curve, where it is one that others know and ring does not.
pub(super) fn unsupported_curve(key: &PrivateKeyDer<'_>) -> Option<&'static str> {
    const CURVES: [(&str, &[u8]); 2] = [
        // secp521r1 and secp256k1 of SEC 2, as DER writes their identifiers.
        ("P-521", &[6, 5, 0x2b, 0x81, 4, 0, 0x23]),
        ("secp256k1", &[6, 5, 0x2b, 0x81, 4, 0, 0x0a]),
    ];
    let der = key.secret_der();
    let has = |name: &[u8]| der.windows(name.len()).any(|part| part == name);
    CURVES.iter().find(|(_, id)| has(id)).map(|(name, _)| *name)
}

pub(super) fn certificates(what: &str, pem: &Pem) -> Result<Vec<CertificateDer<'static>>, Error> {
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
