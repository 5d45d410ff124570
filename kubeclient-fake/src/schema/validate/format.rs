//! The formats of strings that the server knows. A format that it doesn't know fits anything.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::kinds::NameRule;

/// Whether the text is of that format.
pub(super) fn fits(format: &str, text: &str) -> bool {
    match format {
        "date" => is_date(text),
        "date-time" => is_date_time(text),
        "duration" => is_duration(text),
        "byte" => STANDARD.decode(text).is_ok(),
        "hostname" => is_hostname(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "mac" => is_mac(text),
        "uri" => is_uri(text),
        "email" => is_email(text),
        "uuid" => is_uuid(text, None),
        "uuid3" => is_uuid(text, Some('3')),
        "uuid4" => is_uuid(text, Some('4')),
        "uuid5" => is_uuid(text, Some('5')),
        "bsonobjectid" => text.len() == 24 && is_hexadecimal(text),
        "hexcolor" => {
            let digits = text.strip_prefix('#').unwrap_or(text);
            matches!(digits.len(), 3 | 6) && is_hexadecimal(digits)
        }
        "rgbcolor" => is_rgb_color(text),
        "creditcard" => is_credit_card(text),
        "ssn" => is_social_security_number(text),
        "isbn" => is_isbn10(text) || is_isbn13(text),
        "isbn10" => is_isbn10(text),
        "isbn13" => is_isbn13(text),
        "k8s-short-name" => NameRule::Label.errors(text, false).is_empty(),
        "k8s-long-name" => NameRule::Subdomain.errors(text, false).is_empty(),
        _ => true,
    }
}

fn is_date(text: &str) -> bool {
    let is_shaped = text.len() == 10 && is_shape(text, "0000-00-00");
    is_shaped && text.parse::<jiff::civil::Date>().is_ok()
}

/// A date and a time with a zone: `2026-01-02T03:04:05.6Z`, in small letters too.
fn is_date_time(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    let Some((date, time)) = text.split_once('T') else { return false };
    let Some((head, rest)) = time.split_at_checked(8) else { return false };
    let fraction = rest.strip_prefix('.').map_or(rest, |digits| {
        let zone = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        if zone.len() == digits.len() { rest } else { zone }
    });
    let is_zone = fraction == "Z" || is_shape(fraction, "+00:00") || is_shape(fraction, "-00:00");
    is_date(date)
        && is_shape(head, "00:00:00")
        && head.parse::<jiff::civil::Time>().is_ok()
        && is_zone
}

/// Whether the text has digits where the shape has `0`, and is the shape elsewhere.
fn is_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            wanted => byte == wanted,
        })
}

/// `1h30m`, `1.5s`, `3 days`.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 32] = [
        "ns",
        "us",
        "µs",
        "μs",
        "ms",
        "s",
        "m",
        "h",
        "d",
        "w",
        "nano",
        "nanos",
        "nanosecond",
        "nanoseconds",
        "micro",
        "micros",
        "microsecond",
        "microseconds",
        "milli",
        "millis",
        "millisecond",
        "milliseconds",
        "sec",
        "secs",
        "second",
        "seconds",
        "min",
        "mins",
        "minute",
        "minutes",
        "hr",
        "hrs",
    ];
    const MORE: [&str; 8] = ["hour", "hours", "day", "days", "wk", "wks", "week", "weeks"];
    let mut rest = text.trim_start_matches(['+', '-']).trim();
    if rest == "0" {
        return true;
    }
    let mut count = 0;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let unit_and_rest = number.trim_start();
        let end = unit_and_rest.find(|c: char| !c.is_alphabetic()).unwrap_or(unit_and_rest.len());
        let (unit, after) = unit_and_rest.split_at(end);
        if number.len() == rest.len() || !(UNITS.contains(&unit) || MORE.contains(&unit)) {
            return false;
        }
        rest = after.trim_start();
        count += 1;
    }
    count > 0
}

/// One label, or several of which the last is at least two letters.
fn is_hostname(text: &str) -> bool {
    let is_inner = |c: char| c.is_alphanumeric() || c == '-';
    let is_label = |label: &str| {
        let ends = |c: char| c.is_alphanumeric();
        label.len() <= 63
            && label.starts_with(ends)
            && label.ends_with(ends)
            && label.chars().all(is_inner)
    };
    match text.rsplit_once('.') {
        None => is_label(text),
        Some((labels, top)) => {
            labels.split('.').all(is_label)
                && (2..=63).contains(&top.len())
                && top.chars().all(char::is_alphabetic)
        }
    }
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let is_number = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
    match (address.parse(), bits.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(bits)) => is_number && bits <= 32,
        (Ok(IpAddr::V6(_)), Ok(bits)) => is_number && bits <= 128,
        _ => false,
    }
}

/// 6, 8 or 20 bytes: `00:00:5e:00:53:01`, `00-00-…`, `0000.5e00.5301`.
fn is_mac(text: &str) -> bool {
    let (separator, width) = match text {
        text if text.contains('.') => ('.', 4),
        text if text.contains('-') => ('-', 2),
        _ => (':', 2),
    };
    let parts: Vec<&str> = text.split(separator).collect();
    let is_part = |part: &&str| part.len() == width && is_hexadecimal(part);
    matches!(parts.len() * width, 12 | 16 | 40) && parts.iter().all(is_part)
}

/// A URI with a scheme, or a path from the root.
fn is_uri(text: &str) -> bool {
    let is_printed = |c: char| !c.is_control() && c != ' ';
    if text.is_empty() || !text.chars().all(is_printed) {
        return false;
    }
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.starts_with('/')
        || text.split_once(':').is_some_and(|(scheme, _)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(in_scheme)
        })
}

fn is_email(text: &str) -> bool {
    // `Name <a@b>` is an address as well.
    let address = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((_, address)) => address,
        None => text,
    };
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let is_atom = |part: &str| {
        !part.is_empty()
            && part.split('.').all(|atom| {
                let fits = |c: char| {
                    !c.is_whitespace() && !c.is_control() && !"()<>[]:;@\\,\"".contains(c)
                };
                !atom.is_empty() && atom.chars().all(fits)
            })
    };
    is_atom(local) && is_atom(domain)
}

fn is_uuid(text: &str, version: Option<char>) -> bool {
    let digits = text.replace('-', "");
    let is_dashed = text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23));
    let is_shaped = digits.len() == 32 && (is_dashed || text.len() == 32);
    let is_variant = match version {
        Some('4' | '5') => digits.get(16..17).is_some_and(|c| "89abAB".contains(c)),
        _ => true,
    };
    let is_version = version.is_none_or(|version| digits.get(12..13) == Some(&version.to_string()));
    is_shaped && is_hexadecimal(&digits) && is_version && is_variant
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `rgb(255,0,0)`.
fn is_rgb_color(text: &str) -> bool {
    let inside = text.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')'));
    let Some(inside) = inside else { return false };
    let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
    let is_part = |part: &&str| part.len() <= 3 && part.parse::<u8>().is_ok();
    parts.len() == 3 && parts.iter().all(is_part)
}

fn is_credit_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let is_written = text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'));
    // Every second digit from the end counts twice.
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    is_written && (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

fn is_social_security_number(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let shapes = ["000-00-0000", "000 00 0000", "000000000", "000-000000", "00000-0000"];
    digits.len() == 9 && shapes.iter().any(|shape| is_shape(text, shape))
}

fn is_isbn10(text: &str) -> bool {
    let text = text.replace(['-', ' '], "");
    if text.len() != 10 {
        return false;
    }
    let digit = |(at, c): (usize, char)| match (at, c) {
        (9, 'X') => Some(10),
        _ => c.to_digit(10),
    };
    let digits: Option<Vec<u32>> = text.chars().enumerate().map(digit).collect();
    digits.is_some_and(|digits| {
        (1..).zip(digits).map(|(at, digit)| at * digit).sum::<u32>() % 11 == 0
    })
}

fn is_isbn13(text: &str) -> bool {
    let text = text.replace(['-', ' '], "");
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 13) else { return false };
    let weighed =
        digits.iter().enumerate().map(|(at, digit)| digit * if at % 2 == 0 { 1 } else { 3 });
    weighed.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_format_fits_what_the_server_takes_and_nothing_else() {
        let cases = "date 2020-01-01 | date x ! | date 2020-13-01 ! | date-time 2020-01-01T00:00:00Z \
            | date-time 2020-01-01t00:00:00.5+01:00 | date-time 2020-01-01 ! | date-time x ! | ipv4 1.2.3.4 \
            | ipv4 1.2.3 ! | ipv6 ::1 | ipv6 x ! | uuid x ! | uuid 123e4567-e89b-12d3-a456-426614174000 \
            | uuid4 123e4567-e89b-12d3-a456-426614174000 ! | uri http://a | uri /a | uri x ! | email x ! \
            | email a@b | duration 1h | duration 1h30m | duration x ! | byte YQ== | byte !! ! | hostname a_b ! \
            | hostname a.b ! | hostname a | hostname a.example | cidr 10.0.0.0/8 | cidr 10.0.0.0/33 ! | cidr x ! \
            | mac 00:00:5e:00:53:01 | mac x ! | weird x | password x | k8s-short-name A_ ! | k8s-short-name a \
            | k8s-long-name A_ ! | k8s-long-name a.b | hexcolor #fff | hexcolor ggg ! | rgbcolor rgb(1,2,3) \
            | ssn 123-45-6789 | ssn 1 ! | isbn10 0-306-40615-2 | isbn13 978-0-306-40615-7 | isbn x ! \
            | creditcard 4111-1111-1111-1111 | creditcard 4111-1111-1111-1112 !";
        for case in cases.split(" | ") {
            let words: Vec<&str> = case.split_whitespace().collect();
            assert_eq!(fits(words[0], words[1]), words.get(2).is_none(), "{case}");
        }
    }
}
