//! Quantities: `1500m`, `2Gi`, `1e3`, and the one way in which the server writes each.

use std::fmt;

/// What is said of text that is no quantity.
const NOT_A_QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NANO: i128 = 1_000_000_000;
/// The server keeps no more than this many units.
const MAX_UNITS: i128 = i64::MAX as i128;
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// An amount, and the kind of suffix it was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quantity {
    nanos: i128,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `k`, `M`.
    Decimal,
    /// `e3`.
    Exponent,
    /// `Ki`, `Mi`.
    Binary,
}

impl Quantity {
    /// Reads it. What is finer than a billionth is rounded away from zero; what is too large is the largest.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err(NOT_A_QUANTITY);
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, suffix) = unsigned.split_at(end.unwrap_or(unsigned.len()));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') {
            return Err(NOT_A_QUANTITY);
        }
        let (form, factor, exponent) = read_suffix(suffix).ok_or(NOT_A_QUANTITY)?;
        let digits = format!("{whole}{fraction}");
        let fraction = i32::try_from(fraction.len()).unwrap_or(i32::MAX);
        let nanos = scaled(&digits, factor, exponent.saturating_sub(fraction).saturating_add(9));
        let nanos = nanos.min(MAX_UNITS * NANO);
        Ok(Self { nanos: if negative { -nanos } else { nanos }, form })
    }

    /// The amount in thousandths, rounded up, as CPU is counted.
    pub(crate) fn millis(self) -> i128 {
        up(self.nanos, NANO / 1000)
    }
}

/// Digits times a factor and a power of ten, rounded up.
fn scaled(digits: &str, factor: i128, exponent: i32) -> i128 {
    let digits = digits.trim_start_matches('0');
    let mut amount: i128 = 0;
    let mut exponent = exponent;
    let mut rest_is_zero = true;
    for digit in digits.bytes().map(|byte| i128::from(byte - b'0')) {
        // More than 24 digits only matter as zeros and as what is rounded up.
        if amount < 10_i128.pow(24) {
            amount = amount * 10 + digit;
        } else {
            exponent = exponent.saturating_add(1);
            rest_is_zero &= digit == 0;
        }
    }
    let more = i128::from(!rest_is_zero);
    if amount == 0 {
        return 0;
    }
    let Some(amount) = amount.checked_mul(factor) else { return i128::MAX };
    if exponent >= 0 {
        let power = u32::try_from(exponent).ok().and_then(|power| 10_i128.checked_pow(power));
        power.and_then(|power| amount.checked_mul(power)).unwrap_or(i128::MAX)
    } else {
        let power = 10_i128.checked_pow(exponent.unsigned_abs());
        power.map_or(1, |power| up(amount.saturating_add(more), power))
    }
}

/// Divides and rounds away from zero.
fn up(amount: i128, by: i128) -> i128 {
    amount / by + (amount % by).signum()
}

/// The form, the factor and the power of ten of a suffix.
fn read_suffix(suffix: &str) -> Option<(Form, i128, i32)> {
    if let Some(&(_, exponent)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        return Some((Form::Decimal, 1, exponent));
    }
    if let Some(power) = BINARY.iter().position(|known| *known == suffix) {
        return Some((Form::Binary, 1 << (10 * power), 0));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((Form::Exponent, 1, exponent.parse().ok()?))
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = self.nanos.abs() < 1024 * NANO;
        if self.form == Form::Binary && !small {
            let (mut units, mut power) = (up(self.nanos, NANO), 0);
            while units % 1024 == 0 && power + 1 < BINARY.len() {
                units /= 1024;
                power += 1;
            }
            return write!(f, "{units}{}", BINARY[power]);
        }
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let (mut amount, mut step) = (self.nanos, 0);
        while amount % 1000 == 0 && step + 1 < DECIMAL.len() {
            amount /= 1000;
            step += 1;
        }
        let (suffix, exponent) = DECIMAL[step];
        match self.form {
            Form::Exponent if exponent != 0 => write!(f, "{amount}e{exponent}"),
            _ => write!(f, "{amount}{suffix}"),
        }
    }
}
