//! Quantities beside what Go makes of the same texts, and damaged ones.

mod go;

use std::cmp::Ordering::Equal;
use std::collections::HashSet;

use self::go::{READ, RECKONED, REFUSED};
use super::Format::{self, BinarySI, DecimalExponent, DecimalSI};
use super::Quantity;
use crate::fuzz::{Damage, assert_printable};

#[track_caller]
fn quantity(text: &str) -> Quantity {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn an_optional_quantity_takes_sixteen_bytes() {
    assert_eq!(size_of::<Quantity>(), 16);
    assert_eq!(size_of::<Option<Quantity>>(), 16);
}

#[test]
fn texts_are_read_as_go_reads_them() {
    for &(given, canonical, value, millis, format) in READ {
        let read = quantity(given);
        assert_eq!(read.to_string(), canonical, "{given:?}");
        assert_eq!(read.value(), value, "{given:?}");
        assert_eq!(read.milli_value(), millis, "{given:?}");
        assert_eq!(read.format(), format, "{given:?}");
        assert_eq!(read.signum(), value.signum() as i32, "{given:?}");
        assert_eq!(quantity(canonical), read, "{given:?}");
        assert_eq!(quantity(canonical).to_string(), canonical, "{given:?}");
    }
}

#[test]
fn what_go_refuses_is_refused() {
    for text in REFUSED {
        assert!(text.parse::<Quantity>().is_err(), "{text:?}");
    }
}

#[test]
fn quantities_are_compared_added_subtracted_and_multiplied_as_in_go() {
    #[track_caller]
    fn check(result: Option<Quantity>, expected: &str) {
        assert_eq!(result.map(|result| result.to_string()).unwrap_or_default(), expected);
    }
    for &(left, right, order, sum, difference, triple) in RECKONED {
        let (left, right) = (quantity(left), quantity(right));
        assert_eq!(left.cmp(&right), order, "{left} and {right}");
        assert_eq!(left == right, order == Equal, "{left} and {right}");
        check(left.checked_add(right), sum);
        check(left.checked_sub(right), difference);
        check(left.checked_mul(3), triple);
    }
}

/// Go caps what has a binary suffix only, although it documents the bound for all.
#[test]
fn what_is_beyond_the_bound_is_capped() {
    for text in [
        "9223372036854775808",
        "1e19",
        "1E20",
        "10E",
        "1000E",
        "12345678901234567890123",
        "1e1000000000",
        "123456789012345678901e1000000000",
        "9Ei",
        "9223372036854775807.5",
    ] {
        assert_eq!(quantity(text).value(), i64::MAX, "{text}");
        assert_eq!(quantity(text).milli_value(), i64::MAX, "{text}");
        let lowest = if text.ends_with('i') { -i64::MAX } else { i64::MIN };
        let negative = quantity(&format!("-{text}"));
        assert!(negative.value() == lowest || text.ends_with(".5"), "{text}");
    }
    let (lowest, highest) = (Quantity::from(i64::MIN), Quantity::from(i64::MAX));
    assert_eq!(highest + highest, highest);
    assert_eq!(lowest - highest, lowest);
    assert_eq!(-lowest, highest);
    assert_eq!(highest.checked_mul(i64::MIN), None);
    assert_eq!(highest.checked_add(quantity("1n")), None);
}

#[test]
fn exponents_far_out_take_no_time() {
    for text in ["1e-1000000000", "1e-2147483648", "1.5e-2147483648"] {
        assert_eq!(quantity(text), quantity("1n"), "{text}");
    }
    let long = format!("{}1.{}Gi", "0".repeat(100_000), "0".repeat(100_000));
    assert_eq!(quantity(&long).to_string(), "1Gi");
}

/// Go does so for some, and takes others toward zero.
#[test]
fn negative_fractions_are_rounded_away_from_zero() {
    assert_eq!(quantity("-1.5").value(), -2);
    assert_eq!(quantity("-1.0000000001").value(), -2);
    assert_eq!(quantity("-0.0001").milli_value(), -1);
}

#[test]
fn equal_amounts_are_one_whatever_the_format() {
    let amounts = ["1024", "1Ki", "1024000m", "1.024k", "1024e0", "1.024E3"].map(quantity);
    assert_eq!(amounts.into_iter().collect::<HashSet<_>>().len(), 1);
}

#[test]
fn nothing_is_the_default_and_takes_the_format_of_what_is_added() {
    let nothing = Quantity::default();
    assert!(nothing.is_zero());
    assert_eq!(nothing.to_string(), "0");
    assert_eq!((nothing + quantity("2Ki")).to_string(), "2Ki");
    let memory = ["512Mi", "1Gi", "512Mi"].map(quantity);
    assert_eq!(memory.iter().sum::<Quantity>().to_string(), "2Gi");
    let (mut left, right) = (quantity("1"), quantity("1m"));
    left -= right;
    assert_eq!(left.to_string(), "999m");
    left += right;
    assert_eq!(left.to_string(), "1");
}

#[test]
fn constructors_keep_the_format() {
    assert_eq!(Quantity::new(2048, BinarySI).to_string(), "2Ki");
    assert_eq!(Quantity::new(2000, DecimalExponent).to_string(), "2e3");
    assert_eq!(Quantity::from_milli(-1500, DecimalSI).to_string(), "-1500m");
    assert_eq!(Quantity::from_milli(i64::MIN, DecimalSI).milli_value(), i64::MIN);
    assert_eq!(Quantity::from_milli(500, BinarySI).to_string(), "500m");
}

#[test]
fn floats_are_near() {
    for (text, float) in
        [("0", 0.0), ("100m", 0.1), ("-1.5", -1.5), ("1n", 1e-9), ("16Gi", 17179869184.0)]
    {
        assert_eq!(quantity(text).as_f64(), float);
    }
}

#[test]
fn json_has_strings_and_numbers_and_gets_strings() {
    for (json, written) in [
        ("\"1.5Gi\"", "\"1536Mi\""),
        ("\" 1.5 \"", "\"1500m\""),
        ("5", "\"5\""),
        ("-5", "\"-5\""),
        ("1.5", "\"1500m\""),
        ("18446744073709551615", "\"9223372036854775807\""),
        ("1e300", "\"9223372036854775807\""),
        ("1e-300", "\"1n\""),
    ] {
        let read: Quantity = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
    }
    for json in ["\"\"", "\"secret\"", "true", "null", "[]", "{}"] {
        let error = serde_json::from_str::<Quantity>(json).unwrap_err().to_string();
        assert!(error.contains("quantity"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

/// The billionths that a short text means, by long multiplication; nothing for a long one.
fn billionths(text: &str) -> Option<i128> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let (base, power) = match suffix {
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "" => (10, 0),
        _ if suffix.len() == 2 && suffix.ends_with('i') => {
            (1024, 1 + i32::try_from("KMGTPE".find(&suffix[..1])?).unwrap())
        }
        _ if suffix.len() == 1 => (10, 3 + 3 * i32::try_from("kMGTPE".find(suffix)?).unwrap()),
        _ => (10, suffix[1..].parse().ok()?),
    };
    if digits.len() > 9 || power.unsigned_abs() > 18 {
        return None;
    }
    let (ten, mut times) = (10_i128, digits.parse::<i128>().ok()? * 1_000_000_000);
    let mut by = ten.pow(u32::try_from(fraction.len()).unwrap());
    let factor = i128::from(base).pow(power.unsigned_abs());
    if power < 0 {
        by *= factor
    } else {
        times *= factor
    }
    // What is finer than a billionth counts as one; what is too large, as the largest.
    let lowest = if base == 10 { i64::MIN } else { -i64::MAX };
    let bounds = (i128::from(lowest) * 1_000_000_000, i128::from(i64::MAX) * 1_000_000_000);
    Some((sign * ((times + by - 1) / by)).clamp(bounds.0, bounds.1))
}

#[test]
fn a_damaged_quantity_is_refused_or_written_as_it_is() {
    const EXAMPLES: &[&str] =
        &["1.5Gi", "100m", "-12e6", "9223372036854775807", "0.000000001", "3E", "+7Ki", "1e-9"];
    bolero::check!().with_type::<(Damage, i64)>().for_each(|(damage, other): &(Damage, i64)| {
        let text = damage.text_of(EXAMPLES);
        match text.parse::<Quantity>() {
            Err(error) => assert_printable(&error),
            Ok(read) => {
                let shown = read.to_string();
                assert_eq!(quantity(&shown), read, "{text}");
                assert_eq!(quantity(&shown).to_string(), shown, "{text}");
                if let Some(expected) = billionths(&text) {
                    assert_eq!(read.total(), expected, "{text}");
                }
                let other = Quantity::from_milli(*other, Format::DecimalSI);
                assert_eq!(read.cmp(&other), other.cmp(&read).reverse(), "{text} {other}");
                if let Some(difference) = read.checked_sub(other) {
                    assert_eq!(difference.signum(), read.cmp(&other) as i32, "{text} {other}");
                    assert_eq!(difference.checked_add(other), Some(read), "{text} {other}");
                }
            }
        }
    });
}
