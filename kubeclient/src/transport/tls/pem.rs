//! Certificates and keys out of the PEM that a configuration holds or names.

use std::fs;
use std::io;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

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
    let text = plainly_labelled(text.expose());
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        // The parser's own error could quote the text.
        Error::config(format!("{place}: expected a PEM private key (PKCS#8, PKCS#1 or SEC1)"))
    })?;
    let key = match PrivateKeyDer::try_from(key.secret_der()) {
        Ok(recognized) => recognized.clone_key(),
        Err(_) => key,
    };
    Ok(Some((chain, key)))
}

/// The same with `PRIVATE KEY` for whatever kind of private key a block is called: as in Go, what it looks like says
/// what it is.
fn plainly_labelled(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len() + 1));
    for line in text.lines() {
        let is_key =
            line.trim_end().ends_with(" PRIVATE KEY-----") && !line.contains(" ENCRYPTED ");
        let edge = ["-----BEGIN ", "-----END "].into_iter().find(|edge| line.starts_with(edge));
        match edge.filter(|_| is_key) {
            Some(edge) => plain.extend([edge, "PRIVATE KEY-----"]),
            None => plain.push_str(line),
        }
        plain.push('\n');
    }
    plain
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
