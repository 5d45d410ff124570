//! Certificates and keys out of the PEM that a configuration holds or names.

use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::config::{Pem, Secret, SecretPem, Tls, file};
use crate::error::{Error, ErrorKind};

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
            let mut text = read(path, &place)?;
            (Secret::from_bytes(std::mem::take(&mut *text)), place)
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
            let text = read(path, &place)?.to_vec();
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

fn read(path: &Path, place: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    file::read(path).map_err(|unread| unread.into_error(ErrorKind::Config, place))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    const COMMENT: &[u8] = b"\tSubject: CN=Caf\xe9\n";

    fn pair() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::default().self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    /// As `openssl pkcs12 -nodes` and `openssl x509 -text` write them.
    #[test]
    fn around_blocks_there_may_be_comments_of_any_encoding() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = pair();
        let commented = |pem: &str| [COMMENT, pem.as_bytes(), COMMENT].concat();
        let in_file = |name: &str, pem: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, commented(pem)).unwrap();
            path
        };
        let tls = |certificate, key| Tls {
            client_certificate: Some(certificate),
            client_key: Some(key),
            ..Tls::default()
        };
        let read = |certificate, key| client_identity(&tls(certificate, key)).unwrap().unwrap();
        let plain =
            read(Pem::Data(certificate.clone().into()), SecretPem::Data(key.clone().into()));
        let data = read(
            Pem::Data(commented(&certificate)),
            SecretPem::Data(Secret::from_bytes(commented(&key))),
        );
        let files =
            read(Pem::File(in_file("crt", &certificate)), SecretPem::File(in_file("key", &key)));
        for (chain, key) in [data, files] {
            assert_eq!(chain, plain.0);
            assert_eq!(key.secret_der(), plain.1.secret_der());
        }
    }

    #[test]
    fn bits_that_stand_for_nothing_may_be_set() {
        for last in ["MAA=", "MAB=", "MAC=", "MAD="] {
            let pem = format!("-----BEGIN CERTIFICATE-----\n{last}\n-----END CERTIFICATE-----\n");
            let read = certificates("certificate authority", &Pem::Data(pem.into())).unwrap();
            assert_eq!(*read[0], [0x30, 0], "{last}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let (certificate, key) = pair();
        for path in [pipe, PathBuf::from("/dev/zero"), folder.path().to_owned()] {
            let authority = certificates("certificate authority", &Pem::File(path.clone()));
            let tls = |certificate, key| Tls {
                client_certificate: Some(certificate),
                client_key: Some(key),
                ..Tls::default()
            };
            let certificate = Pem::Data(certificate.clone().into());
            let key = SecretPem::Data(key.clone().into());
            let of_certificate = client_identity(&tls(Pem::File(path.clone()), key));
            let of_key = client_identity(&tls(certificate, SecretPem::File(path.clone())));
            for (what, error) in [
                ("certificate authority", authority.unwrap_err()),
                ("client certificate", of_certificate.unwrap_err()),
                ("client key", of_key.unwrap_err()),
            ] {
                let expected = format!("{what} {}: expected a regular file", path.display());
                assert_eq!(error.to_string(), expected);
            }
        }
    }
}
