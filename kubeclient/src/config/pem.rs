//! A first look at PEM, so that what is no certificate is refused where it was found, by its name. The
//! certificates themselves are read when a client is made.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::error::{Error, Result};

/// As Go decodes it: bits of the last letter that stand for nothing may be set.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Checks that every certificate block can be decoded, and that there is one. Around the blocks anything may
/// stand.
pub(crate) fn check_certificates(pem: &[u8]) -> Result<()> {
    let wrong = || Error::config("expected certificates in PEM");
    let mut certificates = 0;
    let mut block: Option<Vec<u8>> = None;
    for line in pem.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        match (&mut block, line) {
            (None, b"-----BEGIN CERTIFICATE-----") => block = Some(Vec::new()),
            (Some(base64), b"-----END CERTIFICATE-----") => {
                let der = BASE64.decode(base64).map_err(|_| wrong())?;
                // Every certificate is an ASN.1 sequence.
                if der.first() != Some(&0x30) {
                    return Err(wrong());
                }
                certificates += 1;
                block = None;
            }
            (Some(base64), line) => base64.extend(line),
            (None, _) => {}
        }
    }
    if certificates == 0 || block.is_some() { Err(wrong()) } else { Ok(()) }
}

/// Checks that there is a private key in it.
pub(crate) fn check_key(pem: &str) -> Result<()> {
    let is_key = |line: &str| {
        let line = line.trim();
        line.starts_with("-----BEGIN ") && line.ends_with("PRIVATE KEY-----")
    };
    if pem.lines().any(is_key) {
        Ok(())
    } else {
        Err(Error::config("expected a private key in PEM"))
    }
}

/// The bytes of a `-data` field: base64, with line breaks as people paste it.
pub(super) fn decode_data(base64: &str) -> Result<Vec<u8>> {
    let joined: zeroize::Zeroizing<String> =
        zeroize::Zeroizing::new(base64.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    // The decoder's own error quotes a byte of it.
    BASE64.decode(joined.as_bytes()).map_err(|_| Error::config("expected base64 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_whole_blocks_of_pem() {
        let block = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        for good in
            [block.to_owned(), format!("comment\n{block}\r\n{block}"), block.replace('\n', "\r\n")]
        {
            assert!(check_certificates(good.as_bytes()).is_ok(), "{good}");
        }
        let with_comment = [b"CN=Caf\xe9\n", block.as_bytes()].concat();
        assert!(check_certificates(&with_comment).is_ok());
        assert!(check_certificates(block.replace("MAA=", "MAB=").as_bytes()).is_ok());
        for bad in [
            "",
            "junk",
            "MAA=",
            "-----BEGIN CERTIFICATE-----\nMAA=\n",
            "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
        ] {
            assert!(check_certificates(bad.as_bytes()).is_err(), "{bad}");
            let after_a_good_one = format!("{block}{bad}");
            let is_block = bad.contains("BEGIN CERTIFICATE");
            assert_eq!(check_certificates(after_a_good_one.as_bytes()).is_err(), is_block, "{bad}");
        }
        assert!(check_certificates(&[0x30, 0x82, 0xff]).is_err());
    }

    #[test]
    fn data_may_be_broken_into_lines() {
        assert_eq!(decode_data("aGVs\r\n bG8=\n").unwrap(), b"hello");
        // Bits that stand for nothing.
        assert_eq!(decode_data("aGVsbG9=").unwrap(), b"hello");
        for bad in ["aGVsbG8", "aGVs*G8=", "aGVsbG8_", "="] {
            assert_eq!(decode_data(bad).unwrap_err().to_string(), "expected base64 text", "{bad}");
        }
    }
}
