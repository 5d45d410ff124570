//! The query's `timeout`: how long the server may take. Only that it is a duration is looked at: what is
//! answered here is answered at once.

use crate::failure::{Failure, Result};
use crate::http::Request;

/// Refuses a timeout that is no duration.
pub(super) fn check(request: &Request) -> Result<()> {
    match request.query("timeout") {
        None | Some("") => Ok(()),
        Some(text) => of_go(text).map_err(|why| {
            let why = format!("invalid timeout specified in the request URL - time: {why}");
            Failure::bad_request(why)
        }),
    }
}

/// Whether a text is a duration as Go reads it: `1.5h`, `300ms`, `-1s`, `0`.
fn of_go(text: &str) -> Result<(), String> {
    let invalid = || format!("invalid duration {text:?}");
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(());
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    while !rest.is_empty() {
        let number = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let (digits, after) = rest.split_at(number);
        if !digits.bytes().any(|b| b.is_ascii_digit()) || digits.matches('.').count() > 1 {
            return Err(invalid());
        }
        let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
        let (unit, left) = after.split_at(after.find(is_of_number).unwrap_or(after.len()));
        match unit {
            "" => return Err(format!("missing unit in duration {text:?}")),
            "ns" | "us" | "\u{b5}s" | "\u{3bc}s" | "ms" | "s" | "m" | "h" => rest = left,
            unit => return Err(format!("unknown unit {unit:?} in duration {text:?}")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::of_go;

    #[test]
    fn durations_have_units() {
        for text in ["10s", "1h30m", "1.5s", "-1s", "0", "+5ms"] {
            assert_eq!(of_go(text), Ok(()), "{text}");
        }
        assert_eq!(of_go("10").unwrap_err(), "missing unit in duration \"10\"");
        assert_eq!(of_go("abc").unwrap_err(), "invalid duration \"abc\"");
        assert_eq!(of_go("10x").unwrap_err(), "unknown unit \"x\" in duration \"10x\"");
    }
}
