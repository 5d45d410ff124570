//! [`PublicKey`]: the key of a certificate of any version.
//!
//! webpki, which verifies, reads version 3 alone. A certificate that nobody verifies here may be older: a client's own,
//! such as `openssl x509 -req` makes where nobody asks for extensions, and that of a server that is trusted blindly.

use rustls::CertificateError::BadEncoding;
use rustls::Error;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::{CertificateError, DigitallySignedStruct, PeerMisbehaved};

use super::der::{BIT_STRING, EXPLICIT, Elements, INTEGER, SEQUENCE};

/// A SubjectPublicKeyInfo of RFC 5280.
pub(super) struct PublicKey<'a> {
    /// All of it.
    pub(super) info: SubjectPublicKeyInfoDer<'a>,
    /// What the key is of, and its parameters.
    algorithm: &'a [u8],
    /// The key itself.
    pub(super) key: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// The key of this certificate; nothing else of it is looked at.
    pub(super) fn of(certificate: &'a CertificateDer<'_>) -> Result<Self, Error> {
        Self::find(certificate).ok_or(Error::InvalidCertificate(BadEncoding))
    }

    fn find(certificate: &'a [u8]) -> Option<Self> {
        let mut fields = Elements::of(certificate).within(SEQUENCE)?;
        let mut fields = Elements::of(fields.take(SEQUENCE)?.contents);
        // The first version has no number.
        let _version = fields.take(EXPLICIT[0]);
        let _serial_number = fields.take(INTEGER)?;
        for _signature_issuer_validity_subject in 0..4 {
            fields.take(SEQUENCE)?;
        }
        let info = fields.take(SEQUENCE)?;
        let mut parts = Elements::of(info.contents);
        let algorithm = parts.take(SEQUENCE)?.contents;
        // Before the bits it says how many of the last byte don't count.
        let [0, key @ ..] = parts.take(BIT_STRING)?.contents else { return None };
        Some(Self { info: SubjectPublicKeyInfoDer::from(info.whole), algorithm, key })
    }

    /// Verifies the signature of a handshake by TLS 1.2, as [`rustls::crypto::verify_tls12_signature`] does.
    pub(super) fn verify_tls12(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        let (_, known) = algorithms
            .mapping
            .iter()
            .find(|(scheme, _)| *scheme == signed.scheme)
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        // A scheme of this version does not say which curve.
        known
            .iter()
            .find(|algorithm| *algorithm.public_key_alg_id() == *self.algorithm)
            .and_then(|algorithm| {
                algorithm.verify_signature(self.key, message, signed.signature()).ok()
            })
            .map(|()| HandshakeSignatureValid::assertion())
            .ok_or(Error::InvalidCertificate(CertificateError::BadSignature))
    }

    /// As [`PublicKey::verify_tls12`], by TLS 1.3.
    pub(super) fn verify_tls13(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature_with_raw_key(message, &self.info, signed, algorithms)
    }
}

/// What it takes to make certificates of version 1, since rcgen writes version 3 alone.
#[cfg(test)]
pub(super) mod samples {
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};

    use super::super::der::element;
    use super::*;

    /// A certificate of version 3 of this key, which signs itself.
    pub(in super::super) fn version_3(key: &KeyPair) -> CertificateDer<'static> {
        CertificateParams::default().self_signed(key).unwrap().der().clone()
    }

    /// The same in version 1: without a number of its version and without extensions. The signature is another's.
    pub(in super::super) fn version_1(key: &KeyPair) -> CertificateDer<'static> {
        let older = version_3(key);
        let mut parts = Elements::of(&older).within(SEQUENCE).unwrap();
        let mut fields = Elements::of(parts.take(SEQUENCE).unwrap().contents);
        fields.take(EXPLICIT[0]).unwrap();
        let mut kept: Vec<u8> = Vec::new();
        for _to_the_key in 0..6 {
            kept.extend(fields.take_any().unwrap().whole);
        }
        assert!(kept.ends_with(&key.subject_public_key_info()));
        let mut certificate = element(SEQUENCE, &kept);
        while let Some(part) = parts.take_any() {
            certificate.extend(part.whole);
        }
        element(SEQUENCE, &certificate).into()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PublicKeyData as _};

    use super::*;

    #[test]
    fn the_key_is_found_in_either_version() {
        for algorithm in
            [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519]
        {
            let pair = KeyPair::generate_for(algorithm).unwrap();
            for certificate in [samples::version_1(&pair), samples::version_3(&pair)] {
                let found = PublicKey::of(&certificate).unwrap();
                assert_eq!(*found.info, *pair.subject_public_key_info());
                assert_eq!(found.key, pair.public_key_raw());
            }
        }
    }

    #[test]
    fn a_certificate_that_is_cut_or_damaged_has_a_key_or_none() {
        let pair = KeyPair::generate().unwrap();
        for whole in [samples::version_1(&pair), samples::version_3(&pair)] {
            for at in 0..whole.len() {
                let cut = CertificateDer::from(&whole[..at]);
                assert!(PublicKey::of(&cut).is_err(), "{at}");
                for byte in [0, 1, 0x30, 0x7f, 0x80, 0x84, 0x88, 0xff] {
                    let mut damaged = whole.to_vec();
                    damaged[at] = byte;
                    let damaged = CertificateDer::from(damaged);
                    if let Ok(found) = PublicKey::of(&damaged) {
                        assert!(found.key.len() < whole.len());
                    }
                }
            }
            let and_more = CertificateDer::from([&whole[..], &[0]].concat());
            assert!(PublicKey::of(&and_more).is_err());
        }
    }
}
