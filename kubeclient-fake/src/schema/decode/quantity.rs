//! Quantities: `1500m`, `2Gi`, `1e3`, and the one way in which the server writes each.

use std::fmt;

/// What is said of text that is no quantity.
const NOT_A_QUANTITY: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NO_SUFFIX: &str = "unable to parse quantity's suffix";
const NANO: i128 = 1_000_000_000;
/// A thousandth, in billionths.
const MILLI: i128 = NANO / 1000;
/// Of a binary quantity the server keeps no more than this many units.
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

/// An amount, and how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quantity {
    nanos: i128,
    form: Form,
    /// The text, where the server keeps it as it is.
    text: Option<String>,
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
    /// Reads it. What is finer than a billionth is rounded away from zero.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, suffix) = unsigned.split_at(end.unwrap_or(unsigned.len()));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') || !may_be_suffix(suffix) {
            return Err(NOT_A_QUANTITY);
        }
        let (form, factor, exponent) = read_suffix(suffix).ok_or(NO_SUFFIX)?;
        let whole = whole.trim_start_matches('0');
        let digits = format!("{whole}{fraction}");
        let places = i32::try_from(fraction.len()).unwrap_or(i32::MAX);
        let scale = exponent.saturating_sub(places);
        let mut nanos = scaled(&digits, factor, scale.saturating_add(9));
        if form == Form::Binary {
            nanos = nanos.min(MAX_UNITS * NANO);
        }
        let keeps = match form {
            Form::Binary => keeps_binary(&digits, fraction.is_empty(), factor),
            Form::Decimal | Form::Exponent => {
                keeps_decimal(&digits, whole.is_empty() && places > 0, scale)
            }
        };
        let text = (keeps && nanos != 0).then(|| text.to_owned());
        Ok(Self { nanos: if negative { -nanos } else { nanos }, form, text })
    }

    /// The amount in thousandths, rounded up, as CPU is counted.
    pub(crate) fn millis(&self) -> i128 {
        up(self.nanos, MILLI)
    }

    /// The same with nothing finer than a thousandth: so are resources of containers kept.
    pub(crate) fn rounded_to_millis(self) -> Self {
        if self.nanos % MILLI == 0 {
            return self;
        }
        Self { nanos: self.millis() * MILLI, text: None, ..self }
    }
}

/// Whether the server keeps a decimal quantity as it was written: roughly, where that is its own way.
fn keeps_decimal(digits: &str, begins_with_zero: bool, scale: i32) -> bool {
    let fits = digits.len() <= 18 && scale >= -9;
    fits && scale % 3 == 0 && !digits.ends_with("000") && !begins_with_zero
}

/// The same of a binary one.
fn keeps_binary(digits: &str, is_whole: bool, factor: i128) -> bool {
    let (digits_left, doublings) = (15 - digits.len() as i64, i64::from(factor.trailing_zeros()));
    let fits = digits_left - doublings * 3 / 10 > 0;
    is_whole && fits && digits.parse::<i64>().is_ok_and(|number| number & 7 != 0)
}

/// Whether a suffix has no letter that none has.
fn may_be_suffix(suffix: &str) -> bool {
    let rest = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    rest.strip_prefix(['-', '+']).unwrap_or(rest).bytes().all(|byte| byte.is_ascii_digit())
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
        if let Some(text) = &self.text {
            return f.write_str(text);
        }
        let (units, is_whole) = (self.nanos / NANO, self.nanos % NANO == 0);
        if self.form == Form::Binary && is_whole && units.abs() >= 1024 {
            let (mut units, mut power) = (units, 0);
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
