//! A client's certificate and its key, which go together.

use rustls::Error;
use rustls::InconsistentKeys::KeyMismatch;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::certificate::PublicKey;
use super::der::{BIT_STRING, EXPLICIT, Elements, INTEGER, OCTET_STRING, SEQUENCE, element};

/// This chain and this key. The certificate may be of any version: its key alone is compared.
pub(super) fn certified(
    provider: &CryptoProvider,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<CertifiedKey, Error> {
    let certificate = chain.first().ok_or(Error::NoCertificatesPresented)?;
    let public = PublicKey::of(certificate)?;
    let load = |key| provider.key_provider.load_private_key(key);
    let whole = with_public_part(&key, public.key);
    let key = match (load(key), whole) {
        (Ok(key), _) => key,
        // The two parts are compared where they are read.
        (Err(_), Some(whole)) => load(whole).map_err(|_| KeyMismatch)?,
        (Err(error), None) => return Err(error),
    };
    match key.public_key() {
        Some(own) if own != public.info => Err(KeyMismatch.into()),
        _ => Ok(CertifiedKey::new(chain, key)),
    }
}

/// An elliptic curve's key in SEC 1 that stands there without its public part (`openssl ec -no_public`), with this
/// one: rustls wants both, Go's clients compute it.
fn with_public_part(key: &PrivateKeyDer<'_>, public: &[u8]) -> Option<PrivateKeyDer<'static>> {
    let sec1 = match key {
        PrivateKeyDer::Sec1(sec1) => sec1.secret_sec1_der(),
        PrivateKeyDer::Pkcs8(pkcs8) => {
            let mut fields = Elements::of(pkcs8.secret_pkcs8_der()).within(SEQUENCE)?;
            let _version = fields.take(INTEGER)?;
            let _algorithm = fields.take(SEQUENCE)?;
            fields.take(OCTET_STRING)?.contents
        }
        _ => return None,
    };
    let mut fields = Elements::of(sec1).within(SEQUENCE)?;
    let version = fields.take(INTEGER)?;
    let private = fields.take(OCTET_STRING)?;
    let curve = fields.take(EXPLICIT[0]);
    if fields.take_any().is_some() {
        return None;
    }
    let public = element(BIT_STRING, &[&[0], public].concat());
    let parts = [
        version.whole,
        private.whole,
        curve.as_ref().map_or(&[], |curve| curve.whole),
        &element(EXPLICIT[1], &public),
    ];
    let parts = Zeroizing::new(parts.concat());
    Some(PrivateKeyDer::Sec1(element(SEQUENCE, &parts).into()))
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PublicKeyData as _};
    use rustls::CertificateError;

    use super::super::certificate::samples::{version_1, version_3};
    use super::super::provider;
    use super::*;

    fn pkcs8(pair: &KeyPair) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(pair.serialize_der()).unwrap()
    }

    fn with(
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
    ) -> Result<CertifiedKey, Error> {
        certified(&provider::default_provider(), vec![certificate], key)
    }

    /// The key in SEC 1 and in PKCS#8, without its public part.
    fn private_parts(pair: &KeyPair) -> [PrivateKeyDer<'static>; 2] {
        let whole = pair.serialize_der();
        let mut fields = Elements::of(&whole).within(SEQUENCE).unwrap();
        let head = [fields.take(INTEGER).unwrap().whole, fields.take(SEQUENCE).unwrap().whole];
        let sec1 = fields.take(OCTET_STRING).unwrap().contents;
        let mut fields = Elements::of(sec1).within(SEQUENCE).unwrap();
        let (version, key) = (fields.take(INTEGER).unwrap(), fields.take(OCTET_STRING).unwrap());
        let sec1 = element(SEQUENCE, &[version.whole, key.whole].concat());
        let pkcs8 = [&head.concat()[..], &element(OCTET_STRING, &sec1)].concat();
        [PrivateKeyDer::Sec1(sec1.into()), PrivateKeyDer::Pkcs8(element(SEQUENCE, &pkcs8).into())]
    }

    #[test]
    fn a_certificate_of_either_version_goes_with_its_key_alone() {
        for algorithm in
            [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519]
        {
            let [own, other] = [0, 1].map(|_| KeyPair::generate_for(algorithm).unwrap());
            for certificate in [version_1(&own), version_3(&own)] {
                let certified = with(certificate.clone(), pkcs8(&own)).unwrap();
                assert_eq!(*certified.key.public_key().unwrap(), *own.subject_public_key_info());
                let error = with(certificate, pkcs8(&other)).unwrap_err();
                assert_eq!(error, Error::InconsistentKeys(KeyMismatch));
            }
        }
    }

    #[test]
    fn a_key_without_its_public_part_takes_the_certificates() {
        for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384] {
            let [own, other] = [0, 1].map(|_| KeyPair::generate_for(algorithm).unwrap());
            for key in private_parts(&own) {
                with(version_1(&own), key).unwrap();
            }
            for key in private_parts(&other) {
                let error = with(version_3(&own), key).unwrap_err();
                assert_eq!(error, Error::InconsistentKeys(KeyMismatch));
            }
        }
    }

    #[test]
    fn what_is_no_certificate_or_no_key_is_an_error() {
        let pair = KeyPair::generate().unwrap();
        let junk = CertificateDer::from(vec![0x30, 1, 0]);
        let error = with(junk, pkcs8(&pair)).unwrap_err();
        assert_eq!(error, Error::InvalidCertificate(CertificateError::BadEncoding));
        let [sec1, _] = private_parts(&pair);
        let whole = sec1.secret_der();
        for cut in 0..whole.len() {
            let key = PrivateKeyDer::Sec1(whole[..cut].to_vec().into());
            assert!(matches!(with(version_3(&pair), key), Err(Error::General(_))), "{cut}");
        }
    }
}
