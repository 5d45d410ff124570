//! The reading of a [`Quantity`]'s text, without an allocation.
//!
//! What stands in pods is digits and a suffix: [`quick`] reads these in 64 bits. Everything else goes
//! through [`magnitude`], digit by digit.

use super::{Format, MAX_TOTAL, MIN_TOTAL, NANOS_PER_UNIT, Quantity};

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Unit {
    PowerOfTen(i32),
    PowerOfTwo(u32),
}

/// Reads the whole text; `None` if it is not a quantity.
///
/// The grammar is the one that the server has, not the one that it documents: digits may be missing
/// altogether (`k` is zero), save where [`takes_no_digits`] tells.
pub(super) fn quantity(text: &[u8]) -> Option<Quantity> {
    let (negative, unsigned) = match text {
        [] => return None,
        [b'-', unsigned @ ..] => (true, unsigned),
        [b'+', unsigned @ ..] => (false, unsigned),
        _ => (false, text),
    };
    let (whole, rest) = digits(unsigned);
    let (fraction, suffix) = match rest {
        [b'.', rest @ ..] => digits(rest),
        _ => (&[][..], rest),
    };
    let (unit, format) = unit(suffix)?;
    if fraction.is_empty() {
        if whole.is_empty() {
            return takes_no_digits(unit).then(|| Quantity::new(0, format));
        }
        if let Some((units, nanos)) = quick(whole, unit) {
            let (units, nanos) = if negative { (-units, -nanos) } else { (units, nanos) };
            return Some(Quantity { units, nanos, format });
        }
    }
    let magnitude = magnitude(whole, fraction, unit);
    // Binary amounts between zero and one are decimal from here on, and never as low as `i64::MIN`.
    let (lowest, format) = match format {
        Format::BinarySI if magnitude != 0 && magnitude < NANOS_PER_UNIT as u128 => {
            (-MAX_TOTAL, Format::DecimalSI)
        }
        Format::BinarySI => (-MAX_TOTAL, format),
        _ => (MIN_TOTAL, format),
    };
    let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
    let total = if negative { (-magnitude).max(lowest) } else { magnitude };
    Some(Quantity::from_total(total, format))
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

fn unit(suffix: &[u8]) -> Option<(Unit, Format)> {
    Some(match suffix {
        b"" => (Unit::PowerOfTen(0), Format::DecimalSI),
        b"n" => (Unit::PowerOfTen(-9), Format::DecimalSI),
        b"u" => (Unit::PowerOfTen(-6), Format::DecimalSI),
        b"m" => (Unit::PowerOfTen(-3), Format::DecimalSI),
        b"k" => (Unit::PowerOfTen(3), Format::DecimalSI),
        b"M" => (Unit::PowerOfTen(6), Format::DecimalSI),
        b"G" => (Unit::PowerOfTen(9), Format::DecimalSI),
        b"T" => (Unit::PowerOfTen(12), Format::DecimalSI),
        b"P" => (Unit::PowerOfTen(15), Format::DecimalSI),
        b"E" => (Unit::PowerOfTen(18), Format::DecimalSI),
        b"Ki" => (Unit::PowerOfTwo(10), Format::BinarySI),
        b"Mi" => (Unit::PowerOfTwo(20), Format::BinarySI),
        b"Gi" => (Unit::PowerOfTwo(30), Format::BinarySI),
        b"Ti" => (Unit::PowerOfTwo(40), Format::BinarySI),
        b"Pi" => (Unit::PowerOfTwo(50), Format::BinarySI),
        b"Ei" => (Unit::PowerOfTwo(60), Format::BinarySI),
        [b'e' | b'E', exponent @ ..] => {
            let exponent: i64 = str::from_utf8(exponent).ok()?.parse().ok()?;
            // The server, too, reads 64 bits and keeps the lower half.
            (Unit::PowerOfTen(exponent as i32), Format::DecimalExponent)
        }
        _ => return None,
    })
}

/// Whether a suffix may stand alone: the server takes that for zero, unless it needs big numbers for
/// the suffix.
fn takes_no_digits(unit: Unit) -> bool {
    match unit {
        Unit::PowerOfTen(exponent) => exponent >= -9,
        Unit::PowerOfTwo(exponent) => exponent < 50,
    }
}

/// Units and billionths of a whole number with a suffix; `None` if it takes more than 64 bits.
fn quick(whole: &[u8], unit: Unit) -> Option<(i64, i32)> {
    if whole.len() > 18 {
        return None;
    }
    let number = whole.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    let factor = match unit {
        Unit::PowerOfTen(0) => return Some((number, 0)),
        Unit::PowerOfTen(exponent @ 1..=18) => 10_i64.pow(exponent.unsigned_abs()),
        Unit::PowerOfTen(exponent @ -9..0) => {
            let (parts, nanos) = (10_i64.pow(-exponent as u32), 10_i64.pow((exponent + 9) as u32));
            return Some((number / parts, (number % parts * nanos) as i32));
        }
        Unit::PowerOfTen(_) => return None,
        Unit::PowerOfTwo(exponent) => 1 << exponent,
    };
    Some((number.checked_mul(factor)?, 0))
}

/// The billionths in `whole.fraction` times the unit: rounded up, capped at the largest `u128`.
fn magnitude(whole: &[u8], fraction: &[u8], unit: Unit) -> u128 {
    let count = (whole.len() + fraction.len()) as i64;
    let digit = |at: i64| {
        let at = at as usize;
        u128::from(whole.get(at).unwrap_or_else(|| &fraction[at - whole.len()]) - b'0')
    };
    // A power of ten moves the point, which then may stand outside of the digits.
    let (point, factor) = match unit {
        Unit::PowerOfTen(exponent) => (whole.len() as i64 + i64::from(exponent), 1_000_000_000),
        Unit::PowerOfTwo(exponent) => (whole.len() as i64, 1_000_000_000 << exponent),
    };

    let before = (0..point.min(count))
        .fold(0_u128, |number, at| number.saturating_mul(10).saturating_add(digit(at)))
        .saturating_mul(power_of_ten(point - count));

    // From the last digit to the first, each step a tenth: what is lost on the way is only remembered.
    let mut after = 0;
    let mut inexact = false;
    for at in (point.max(0)..count).rev() {
        let tenths = digit(at) * factor + after;
        inexact |= tenths % 10 != 0;
        after = tenths / 10;
    }
    let zeros = power_of_ten(-point);
    inexact |= after % zeros != 0;
    after /= zeros;

    before.saturating_mul(factor).saturating_add(after).saturating_add(inexact.into())
}

/// One for a negative exponent, the largest `u128` for a large one.
fn power_of_ten(exponent: i64) -> u128 {
    10_u128.saturating_pow(exponent.clamp(0, 64) as u32)
}
