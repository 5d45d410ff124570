//! When an ID token ends. Its signature is the server's to check.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};

/// The end that a token names; the begin of time if it names none.
pub(super) fn end(token: &str) -> Result<SystemTime, Error> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(default)]
        exp: f64,
    }

    let wrong = || Error::new(ErrorKind::Auth, "the ID token is no JSON web token");
    let parts: Vec<&str> = token.split('.').collect();
    let [_, claims, _] = parts[..] else { return Err(wrong()) };
    let claims =
        Zeroizing::new(URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).map_err(|_| wrong())?);
    // The reader's own error could quote a claim.
    let claims: Claims = serde_json::from_slice(&claims).map_err(|_| wrong())?;
    let end = Duration::try_from_secs_f64(claims.exp).map_err(|_| wrong())?;
    UNIX_EPOCH.checked_add(end).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_and_what_is_no_token_is_not_quoted() {
        let token = |claims: &str| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims));
        let seconds =
            |claims| end(&token(claims)).unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(seconds("{\"exp\": 1700000000, \"sub\": \"x\"}"), 1_700_000_000);
        assert_eq!(seconds("{\"exp\": 1.7e9}"), 1_700_000_000);
        assert_eq!(seconds("{}"), 0);
        for wrong in [
            "CANARY".to_owned(),
            "a.CANARY!.c".into(),
            "a.b.c.d".into(),
            token("CANARY"),
            token("{\"exp\": \"CANARY\"}"),
            token("{\"exp\": -1}"),
            token("{\"exp\": 1e300}"),
        ] {
            let error = end(&wrong).unwrap_err();
            assert_eq!(format!("{error:?}"), "the ID token is no JSON web token");
        }
    }
}
