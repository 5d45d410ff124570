//! Which keys this TLS knows, and what the others are called, so that an error can name them. Whether one can be used
//! is not decided here, but by who uses it.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CertificateError, OtherError};

use super::certificate::PublicKey;
use super::der::{BIT_STRING, Elements, INTEGER, OCTET_STRING, SEQUENCE};

/// The keys that a client may have.
#[cfg(not(feature = "aws-lc-rs"))]
pub(super) const OWN: &str = "RSA of 2048 to 4096 bits in steps of 512 with an exponent from 65537, ECDSA on P-256 \
                              or P-384, or Ed25519";

/// The keys that a client may have.
#[cfg(feature = "aws-lc-rs")]
pub(super) const OWN: &str = OTHERS;

/// The keys that servers and authorities may have.
#[cfg(not(feature = "aws-lc-rs"))]
const OTHERS: &str = "RSA of 2048 to 8192 bits, ECDSA on P-256 or P-384, or Ed25519";

/// The keys that servers and authorities may have.
#[cfg(feature = "aws-lc-rs")]
const OTHERS: &str = "RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, or Ed25519";

/// How certificates may be signed.
#[cfg(not(feature = "aws-lc-rs"))]
const SIGNATURES: &str = "RSA with SHA-256, SHA-384 or SHA-512, ECDSA with SHA-256 or SHA-384, or Ed25519; \
                          kubeclient's feature aws-lc-rs knows ECDSA with SHA-512";

/// How certificates may be signed.
#[cfg(feature = "aws-lc-rs")]
const SIGNATURES: &str = "RSA or ECDSA with SHA-256, SHA-384 or SHA-512, or Ed25519";

/// A key that is not as it would have to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsupported {
    what: String,
    expected: &'static str,
    is_known_by_feature: bool,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not supported: expected {}", self.what, self.expected)?;
        match self.is_known_by_feature && cfg!(not(feature = "aws-lc-rs")) {
            true => f.write_str("; kubeclient's feature aws-lc-rs knows it"),
            false => Ok(()),
        }
    }
}

/// A client's key, where it is of a kind that others know.
pub(super) fn own(key: &PrivateKeyDer<'_>) -> Option<Unsupported> {
    let of = |what, is_known_by_feature| Unsupported { what, expected: OWN, is_known_by_feature };
    let der = key.secret_der();
    if let Some(Rsa { bits, exponent }) = rsa(der) {
        let is_known_by_feature = (2048..=8192).contains(&bits);
        let is_small = exponent.is_some_and(|exponent| exponent < 65537);
        let is_usual = (2048..=4096).contains(&bits) && bits.is_multiple_of(512);
        return match (cfg!(feature = "aws-lc-rs"), exponent) {
            (false, Some(exponent)) if is_usual && is_small => {
                Some(of(format!("RSA with the exponent {exponent}"), true))
            }
            (false, _) if is_usual => None,
            (true, _) if is_known_by_feature => None,
            _ => Some(of(format!("RSA of {bits} bits"), is_known_by_feature)),
        };
    }
    curve(der).map(|(what, is_known_by_feature)| of(what, is_known_by_feature))
}

/// The key of a certificate that a server shows, or of an authority's.
fn of_certificate(certificate: &CertificateDer<'_>) -> Option<Unsupported> {
    let of =
        |what, is_known_by_feature| Unsupported { what, expected: OTHERS, is_known_by_feature };
    let der = PublicKey::of(certificate).ok()?.info;
    if let Some(Rsa { bits, .. }) = rsa(&der) {
        let is_known = (2048..=8192).contains(&bits);
        return (!is_known).then(|| of(format!("RSA of {bits} bits"), false));
    }
    curve(&der).map(|(what, is_known_by_feature)| of(what, is_known_by_feature))
}

/// What is named of a handshake that failed, and the error that it failed with.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) why: String,
    pub(super) error: rustls::Error,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)
    }
}

impl std::error::Error for Named {}

impl Named {
    /// The same error with its reason, where that is the key or the signature of one of these certificates, which
    /// stand behind what they are called.
    pub(super) fn within<'a>(
        error: rustls::Error,
        certificates: impl IntoIterator<Item = (&'static str, &'a CertificateDer<'a>)>,
    ) -> rustls::Error {
        use CertificateError as Bad;
        let rustls::Error::InvalidCertificate(bad) = &error else { return error };
        let is_unsupported = match bad {
            Bad::BadSignature => false,
            Bad::UnsupportedSignatureAlgorithmContext { .. }
            | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => true,
            _ => return error,
        };
        let mut keys = certificates.into_iter().filter_map(|(whose, certificate)| {
            of_certificate(certificate).map(|key| format!("the key of {whose}: {key}"))
        });
        let why = match keys.next() {
            Some(why) => why,
            None if is_unsupported => {
                format!("a certificate's signature is not supported: expected {SIGNATURES}")
            }
            None => return error,
        };
        let named = OtherError(Arc::new(Self { why, error }));
        rustls::Error::InvalidCertificate(Bad::Other(named))
    }

    /// What is named in this error.
    pub(super) fn of(error: &rustls::Error) -> Option<&Self> {
        match error {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(other))) => {
                other.downcast_ref()
            }
            _ => None,
        }
    }
}

/// What it means when a server finds nothing in common.
pub(super) fn nothing_in_common() -> String {
    let (exchanges, hint) = match cfg!(feature = "aws-lc-rs") {
        true => ("X25519, P-256, P-384 or ML-KEM", ""),
        false => {
            let hint = "; kubeclient's feature aws-lc-rs knows such keys on P-521, and ML-KEM";
            ("X25519, P-256 or P-384", hint)
        }
    };
    format!(
        "the server shares nothing with this client, or wants a client certificate: expected TLS 1.2 or 1.3, AES-GCM \
         or ChaCha20, an exchange on {exchanges}, and a certificate whose key is {OTHERS}{hint}"
    )
}

/// The name of the curve that is named there, where it is one that others know, and whether aws-lc-rs knows it.
fn curve(der: &[u8]) -> Option<(String, bool)> {
    // secp521r1, secp224r1 and secp256k1 of SEC 2, as DER writes their identifiers.
    const CURVES: [(&str, &[u8]); 3] = [
        ("P-521", &[6, 5, 0x2b, 0x81, 4, 0, 0x23]),
        ("P-224", &[6, 5, 0x2b, 0x81, 4, 0, 0x21]),
        ("secp256k1", &[6, 5, 0x2b, 0x81, 4, 0, 0x0a]),
    ];
    let has = |name: &[u8]| der.windows(name.len()).any(|part| part == name);
    let (name, _) = CURVES.iter().find(|(_, id)| has(id))?;
    let is_known_by_feature = *name == "P-521";
    let is_known = is_known_by_feature && cfg!(feature = "aws-lc-rs");
    (!is_known).then(|| (format!("the curve {name}"), is_known_by_feature))
}

struct Rsa {
    bits: usize,
    /// `None` where it is a large one.
    exponent: Option<u64>,
}

/// What is told of an RSA key in DER: a private one in PKCS#8 or PKCS#1, or a public one as certificates have it.
fn rsa(der: &[u8]) -> Option<Rsa> {
    /// rsaEncryption of RFC 8017.
    const RSA: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    match fields(der)? {
        ((SEQUENCE, algorithm), (BIT_STRING, [0, key @ ..]), None)
        | (_, (SEQUENCE, algorithm), Some((OCTET_STRING, key)))
            if algorithm.starts_with(&RSA) =>
        {
            pkcs1(key)
        }
        _ => pkcs1(der),
    }
}

fn pkcs1(der: &[u8]) -> Option<Rsa> {
    match fields(der)? {
        ((INTEGER, n), (INTEGER, e), None) | (_, (INTEGER, n), Some((INTEGER, e))) => {
            let n = without_zeros(n);
            let bits = n.len() * 8 - n.first()?.leading_zeros() as usize;
            let bytes = without_zeros(e);
            let exponent = (bytes.len() <= 8)
                .then(|| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
            Some(Rsa { bits, exponent })
        }
        _ => None,
    }
}

/// A tag and what it has.
type Field<'a> = (u8, &'a [u8]);

/// The first two or three fields of a sequence.
fn fields(der: &[u8]) -> Option<(Field<'_>, Field<'_>, Option<Field<'_>>)> {
    let mut fields = Elements::of(Elements::of(der).take(SEQUENCE)?.contents);
    let mut next = || fields.take_any().map(|field| (field.tag, field.contents));
    Some((next()?, next()?, next()))
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of an RSA key of 16 bits with the exponent 3 in PKCS#1, and the whole of it in PKCS#8.
    const PKCS1: [u8; 14] = [0x30, 12, 2, 1, 0, 2, 3, 0, 0x80, 1, 2, 1, 3, 0];

    fn pkcs8() -> Vec<u8> {
        let head = [0x30, 34, 2, 1, 0, 0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
        [&head[..], &[5, 0, 4, 14], &PKCS1].concat()
    }

    #[test]
    fn a_key_is_told_by_its_bits_and_its_exponent() {
        for der in [&PKCS1[..], &pkcs8()] {
            let Rsa { bits, exponent } = rsa(der).unwrap();
            assert_eq!((bits, exponent), (16, Some(3)));
        }
    }

    /// Reliability T18: the stack holds one of them, however deep they are.
    #[test]
    fn a_key_within_keys_is_none() {
        fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
            let length = contents.len();
            let bytes = length.to_be_bytes();
            let bytes = without_zeros(&bytes);
            let mut der = vec![tag];
            if length >= 128 {
                der.push(0x80 | u8::try_from(bytes.len()).unwrap());
            }
            der.extend(bytes.iter().chain(contents));
            der
        }
        let within = |der: &[u8]| {
            let algorithm = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
            let key = [&[2, 1, 0][..], &algorithm, &element(OCTET_STRING, der)].concat();
            element(SEQUENCE, &key)
        };
        let mut der = within(&PKCS1);
        assert_eq!(der, pkcs8());
        assert!(rsa(&der).is_some());
        for _ in 0..5_000 {
            der = within(&der);
        }
        assert!(rsa(&der).is_none());
    }

    #[test]
    fn a_damaged_key_is_told_as_something_or_nothing() {
        let whole = pkcs8();
        for cut in 0..whole.len() {
            assert!(rsa(&whole[..cut]).is_none(), "{cut}");
            for byte in 0..=255 {
                let mut damaged = whole.clone();
                damaged[cut] = byte;
                let _ = rsa(&damaged);
            }
        }
    }
}
