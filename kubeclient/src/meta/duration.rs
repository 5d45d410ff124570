//! [`Duration`]: a span of time as Kubernetes writes it. Instants are in [`time`](super::time).

use std::fmt;
use std::str::FromStr;
use std::time;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A signed span of time to the nanosecond, written as `1h2m3.5s` (`metav1.Duration`).
///
/// It spans 292 years each way.
///
/// # Example
/// ```
/// use kubeclient::meta::duration::Duration;
///
/// let grace: Duration = "90s".parse()?;
/// assert_eq!(grace.to_string(), "1m30s");
/// assert_eq!(std::time::Duration::try_from(grace).unwrap().as_secs(), 90);
/// # Ok::<_, kubeclient::meta::duration::ParseDurationError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duration(i64);

/// The text is not a span of time, or is longer than 292 years.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a duration: expected numbers with units of h, m, s, ms, us or ns, such as 1h30m or 1.5s"
)]
pub struct ParseDurationError(());

/// The span is negative where none can be, or is longer than 292 years.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("duration out of range: expected at least nothing and at most 292 years")]
pub struct DurationRangeError(());

impl Duration {
    /// So many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The span in nanoseconds.
    pub const fn as_nanos(&self) -> i64 {
        self.0
    }
}

impl TryFrom<Duration> for time::Duration {
    type Error = DurationRangeError;

    /// # Errors
    /// The span is negative.
    fn try_from(duration: Duration) -> Result<Self, DurationRangeError> {
        let nanos = duration.0.try_into().map_err(|_| DurationRangeError(()))?;
        Ok(time::Duration::from_nanos(nanos))
    }
}

impl TryFrom<time::Duration> for Duration {
    type Error = DurationRangeError;

    /// # Errors
    /// The span is longer than 292 years.
    fn try_from(duration: time::Duration) -> Result<Self, DurationRangeError> {
        duration.as_nanos().try_into().map(Self).map_err(|_| DurationRangeError(()))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        match nanos {
            0 => f.write_str("0s"),
            1..MICROSECOND => write!(f, "{nanos}ns"),
            MICROSECOND..MILLISECOND => write_decimal(f, nanos, MICROSECOND, "µs"),
            MILLISECOND..SECOND => write_decimal(f, nanos, MILLISECOND, "ms"),
            _ => {
                if nanos >= HOUR {
                    write!(f, "{}h", nanos / HOUR)?;
                }
                if nanos >= MINUTE {
                    write!(f, "{}m", nanos % HOUR / MINUTE)?;
                }
                write_decimal(f, nanos % MINUTE, SECOND, "s")
            }
        }
    }
}

/// Writes `nanos` in a unit, with the fraction that it takes.
fn write_decimal(f: &mut fmt::Formatter<'_>, nanos: u64, unit: u64, name: &str) -> fmt::Result {
    write!(f, "{}", nanos / unit)?;
    let (mut fraction, mut digits) = (nanos % unit, unit.ilog10() as usize);
    if fraction != 0 {
        while fraction % 10 == 0 {
            (fraction, digits) = (fraction / 10, digits - 1);
        }
        write!(f, ".{fraction:0digits$}")?;
    }
    f.write_str(name)
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Duration {
    type Err = ParseDurationError;

    /// Reads what Go's `time.ParseDuration` reads.
    ///
    /// # Errors
    /// A number has no unit or an unknown one, there is no number, or the span is longer than 292 years.
    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        parse(text).map(Self).ok_or(ParseDurationError(()))
    }
}

fn parse(text: &str) -> Option<i64> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    match unsigned {
        "0" => return Some(0),
        "" => return None,
        _ => {}
    }
    let mut nanos = 0_u64;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let term;
        (term, rest) = parse_term(rest)?;
        // The longest twice is zero again, in Go as here.
        nanos = nanos.wrapping_add(term);
        if nanos > LONGEST {
            return None;
        }
    }
    match negative {
        true => 0_i64.checked_sub_unsigned(nanos),
        false => nanos.try_into().ok(),
    }
}

/// Reads one number with its unit: its nanoseconds, at most [`LONGEST`], and the text after it.
fn parse_term(text: &str) -> Option<(u64, &str)> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest.find(|letter: char| letter == '.' || letter.is_ascii_digit());
    let (unit, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let unit = match unit {
        "ns" => 1,
        // The micro sign and the letter mu.
        "us" | "\u{b5}s" | "\u{3bc}s" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => return None,
    };
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos = whole.checked_mul(unit)?.checked_add(fraction_of(unit, fraction))?;
    (nanos <= LONGEST).then_some((nanos, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The nanoseconds in `0.digits` of a unit. Go reckons in floats, which shows in the last nanosecond.
fn fraction_of(unit: u64, digits: &str) -> u64 {
    let (mut fraction, mut scale) = (0, 1.0);
    for digit in digits.bytes().map(|byte| u64::from(byte - b'0')) {
        // What is beyond 63 bits is finer than any unit.
        if fraction > (LONGEST - 1) / 10 || fraction * 10 + digit > LONGEST {
            break;
        }
        (fraction, scale) = (fraction * 10 + digit, scale * 10.0);
    }
    (fraction as f64 * (unit as f64 / scale)) as u64
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DurationVisitor)
    }
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration, such as 1h30m or 1.5s")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        text.parse().map_err(E::custom)
    }
}

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
/// Nanoseconds of the longest span, which is a negative one.
const LONGEST: u64 = 1 << 63;

#[cfg(test)]
mod tests {
    use super::*;

    /// The table comes from `metav1.Duration` in k8s.io/apimachinery v0.36.3.
    #[test]
    fn texts_are_read_and_written_as_go_does() {
        for (given, nanos, written) in [
            ("0", 0, "0s"),
            ("-0", 0, "0s"),
            ("+0", 0, "0s"),
            ("0s", 0, "0s"),
            ("0h", 0, "0s"),
            ("1s", 1_000_000_000, "1s"),
            ("-1s", -1_000_000_000, "-1s"),
            ("+5s", 5_000_000_000, "5s"),
            ("1m", 60_000_000_000, "1m0s"),
            ("1h", 3_600_000_000_000, "1h0m0s"),
            ("90s", 90_000_000_000, "1m30s"),
            ("60m", 3_600_000_000_000, "1h0m0s"),
            ("24h", 86_400_000_000_000, "24h0m0s"),
            ("1h2m3.5s", 3_723_500_000_000, "1h2m3.5s"),
            ("1m2h", 7_260_000_000_000, "2h1m0s"),
            ("1s1s", 2_000_000_000, "2s"),
            ("1.5h", 5_400_000_000_000, "1h30m0s"),
            (".5s", 500_000_000, "500ms"),
            ("5.s", 5_000_000_000, "5s"),
            ("-.5s", -500_000_000, "-500ms"),
            ("1.s", 1_000_000_000, "1s"),
            ("1.5ms", 1_500_000, "1.5ms"),
            ("1500us", 1_500_000, "1.5ms"),
            ("1.5µs", 1_500, "1.5µs"),
            ("1.5μs", 1_500, "1.5µs"),
            ("1ns", 1, "1ns"),
            ("999ns", 999, "999ns"),
            ("1000ns", 1_000, "1µs"),
            ("1001ns", 1_001, "1.001µs"),
            ("999999ns", 999_999, "999.999µs"),
            ("1000000ns", 1_000_000, "1ms"),
            ("999999999ns", 999_999_999, "999.999999ms"),
            ("1000000000ns", 1_000_000_000, "1s"),
            ("0.1ns", 0, "0s"),
            ("0.9ns", 0, "0s"),
            ("1.9ns", 1, "1ns"),
            ("0.000000001s", 1, "1ns"),
            ("0.0000000001s", 0, "0s"),
            ("0.123456789123456789s", 123_456_789, "123.456789ms"),
            ("0.3333333333333333333h", 1_200_000_000_000, "20m0s"),
            ("0.830103483285477580700h", 2_988_372_539_827, "49m48.372539827s"),
            ("0.100000000000000000000h", 360_000_000_000, "6m0s"),
            ("9007199254.740993ms", 9_007_199_254_740_993, "2501h59m59.254740993s"),
            ("-1m0s", -60_000_000_000, "-1m0s"),
            ("1m0.5s", 60_500_000_000, "1m0.5s"),
            ("1h0m0.000000001s", 3_600_000_000_001, "1h0m0.000000001s"),
            ("100h", 360_000_000_000_000, "100h0m0s"),
            ("2540400h10m10.000000000s", 9_145_440_610_000_000_000, "2540400h10m10s"),
            ("9223372036854775807ns", 9_223_372_036_854_775_807, "2562047h47m16.854775807s"),
            ("9223372036854775.807us", 9_223_372_036_854_775_807, "2562047h47m16.854775807s"),
            ("2562047h47m16.854775807s", 9_223_372_036_854_775_807, "2562047h47m16.854775807s"),
            ("-9223372036854775808ns", -9_223_372_036_854_775_808, "-2562047h47m16.854775808s"),
            ("-2562047h47m16.854775808s", -9_223_372_036_854_775_808, "-2562047h47m16.854775808s"),
            ("9223372036854775808ns9223372036854775808ns", 0, "0s"),
        ] {
            let read: Duration = given.parse().unwrap();
            assert_eq!(read.as_nanos(), nanos, "{given}");
            assert_eq!(read.to_string(), written, "{given}");
            assert_eq!(written.parse(), Ok(read), "{given}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in [
            "9223372036854775808ns",
            "-9223372036854775809ns",
            "2562047h47m16.854775808s",
            "9223372036854776us",
            "3000000h",
            "99999999999999999999s",
            "",
            "-",
            "+",
            "3",
            ".",
            ".s",
            "-.s",
            "+.s",
            "s",
            "1",
            "1.",
            "1d",
            "1w",
            "1S",
            "1 s",
            " 1s",
            "1s ",
            "1,5s",
            "1e3s",
            "1h-1m",
            "--1s",
            "+-1s",
            "1ss",
            "1s.",
            "1.5.5s",
            "infinity",
            "P1D",
            "1ſ",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn json_has_strings_only() {
        let read: Duration = serde_json::from_str("\"1h30m\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"1h30m0s\"");
        for json in ["5", "1.5", "null", "\"\"", "\"5\""] {
            assert!(serde_json::from_str::<Duration>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_standard_librarys_durations_are_neither_negative_nor_bound_to_292_years() {
        let std = time::Duration::from_millis(1500);
        assert_eq!(Duration::try_from(std).unwrap().to_string(), "1.5s");
        assert_eq!(time::Duration::try_from(Duration::from_nanos(1_500_000_000)), Ok(std));
        assert!(time::Duration::try_from(Duration::from_nanos(-1)).is_err());
        assert!(Duration::try_from(time::Duration::MAX).is_err());
    }
}
