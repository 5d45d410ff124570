//! [`IntOrString`]: a number, or a name or percentage in its place.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A number or a text, such as the port of a probe or the `maxUnavailable` of a deployment
/// (`intstr.IntOrString`).
///
/// A text of digits stays a text: the server tells `80` from `"80"`.
///
/// # Example
/// ```
/// use kubeclient::IntOrString;
///
/// assert_eq!(serde_json::from_str::<IntOrString>("80")?, IntOrString::Int(80));
/// assert_eq!(serde_json::from_str::<IntOrString>("\"http\"")?, IntOrString::from("http"));
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IntOrString {
    /// A number.
    Int(i32),
    /// A name or a percentage.
    String(String),
}

impl IntOrString {
    /// The number itself, or the percentage of `total`, rounded up or down; `None` if the text is not an
    /// integer and a `%`, or the result is beyond an `i32`.
    ///
    /// # Example
    /// ```
    /// use kubeclient::IntOrString;
    ///
    /// let quarter = IntOrString::from("25%");
    /// assert_eq!(quarter.scaled(10, true), Some(3));
    /// assert_eq!(quarter.scaled(10, false), Some(2));
    /// assert_eq!(IntOrString::from(4).scaled(10, true), Some(4));
    /// assert_eq!(IntOrString::from("http").scaled(10, true), None);
    /// ```
    pub fn scaled(&self, total: i32, round_up: bool) -> Option<i32> {
        let percent: i64 = match self {
            Self::Int(number) => return Some(*number),
            Self::String(text) => text.strip_suffix('%')?.parse().ok()?,
        };
        let hundredths = i128::from(percent) * i128::from(total);
        let whole = hundredths.div_euclid(100);
        let up = round_up && hundredths.rem_euclid(100) != 0;
        i32::try_from(whole + i128::from(up)).ok()
    }
}

impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl From<i32> for IntOrString {
    fn from(number: i32) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for IntOrString {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for IntOrString {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::String(text) => text.fmt(f),
        }
    }
}

impl Serialize for IntOrString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Int(number) => serializer.serialize_i32(*number),
            Self::String(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for IntOrString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntOrStringVisitor)
    }
}

struct IntOrStringVisitor;

impl Visitor<'_> for IntOrStringVisitor {
    type Value = IntOrString;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an integer of 32 bits")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<IntOrString, E> {
        i32::try_from(number)
            .map(IntOrString::Int)
            .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<IntOrString, E> {
        i32::try_from(number)
            .map(IntOrString::Int)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<IntOrString, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<IntOrString, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table comes from `intstr.GetScaledValueFromIntOrPercent` in k8s.io/apimachinery v0.36.3.
    #[test]
    fn percentages_are_taken_of_the_total_as_in_go() {
        for (text, total, up, down) in [
            ("0%", 3, Some(0), Some(0)),
            ("0%", 10, Some(0), Some(0)),
            ("0%", 2147483647, Some(0), Some(0)),
            ("0%", -10, Some(0), Some(0)),
            ("1%", 3, Some(1), Some(0)),
            ("1%", 10, Some(1), Some(0)),
            ("1%", 2147483647, Some(21474837), Some(21474836)),
            ("1%", -10, Some(0), Some(-1)),
            ("25%", 3, Some(1), Some(0)),
            ("25%", 10, Some(3), Some(2)),
            ("25%", 2147483647, Some(536870912), Some(536870911)),
            ("25%", -10, Some(-2), Some(-3)),
            ("+25%", 3, Some(1), Some(0)),
            ("+25%", 10, Some(3), Some(2)),
            ("+25%", 2147483647, Some(536870912), Some(536870911)),
            ("+25%", -10, Some(-2), Some(-3)),
            ("-25%", 3, Some(0), Some(-1)),
            ("-25%", 10, Some(-2), Some(-3)),
            ("-25%", 2147483647, Some(-536870911), Some(-536870912)),
            ("-25%", -10, Some(3), Some(2)),
            ("100%", 3, Some(3), Some(3)),
            ("100%", 10, Some(10), Some(10)),
            ("100%", 2147483647, Some(2147483647), Some(2147483647)),
            ("100%", -10, Some(-10), Some(-10)),
            ("150%", 3, Some(5), Some(4)),
            ("150%", 10, Some(15), Some(15)),
            ("150%", 2147483647, None, None),
            ("150%", -10, Some(-15), Some(-15)),
            ("33%", 3, Some(1), Some(0)),
            ("33%", 10, Some(4), Some(3)),
            ("33%", 2147483647, Some(708669604), Some(708669603)),
            ("33%", -10, Some(-3), Some(-4)),
            ("99999999999999999999%", 3, None, None),
            ("99999999999999999999%", 10, None, None),
            ("99999999999999999999%", 2147483647, None, None),
            ("99999999999999999999%", -10, None, None),
            ("2147483648%", 3, Some(64424510), Some(64424509)),
            ("2147483648%", 10, Some(214748365), Some(214748364)),
            ("2147483648%", 2147483647, None, None),
            ("2147483648%", -10, Some(-214748364), Some(-214748365)),
            ("9223372036854775807%", 3, None, None),
            ("9223372036854775807%", 10, None, None),
            ("9223372036854775807%", 2147483647, None, None),
            ("9223372036854775807%", -10, None, None),
            ("-1%", 3, Some(0), Some(-1)),
            ("-1%", 10, Some(0), Some(-1)),
            ("-1%", 2147483647, Some(-21474836), Some(-21474837)),
            ("-1%", -10, Some(1), Some(0)),
            ("-0%", 3, Some(0), Some(0)),
            ("-0%", 10, Some(0), Some(0)),
            ("-0%", 2147483647, Some(0), Some(0)),
            ("-0%", -10, Some(0), Some(0)),
            ("007%", 3, Some(1), Some(0)),
            ("007%", 10, Some(1), Some(0)),
            ("007%", 2147483647, Some(150323856), Some(150323855)),
            ("007%", -10, Some(0), Some(-1)),
        ] {
            let percentage = IntOrString::from(text);
            assert_eq!(percentage.scaled(total, true), up, "{text} of {total}");
            assert_eq!(percentage.scaled(total, false), down, "{text} of {total}");
        }
    }

    #[test]
    fn what_is_no_percentage_is_not_scaled() {
        for text in ["", "%", "25", "25%%", " 25%", "25 %", "2.5%", "1e2%", "0x10%", "1_0%", "http"]
        {
            assert_eq!(IntOrString::from(text).scaled(10, true), None, "{text:?}");
        }
        assert_eq!(IntOrString::Int(7).scaled(10, true), Some(7));
    }

    #[test]
    fn a_number_stays_a_number_and_a_text_a_text() {
        for (json, value) in [
            ("0", IntOrString::default()),
            ("-2147483648", IntOrString::Int(i32::MIN)),
            ("\"80\"", IntOrString::from("80")),
            ("\"\"", IntOrString::from(String::new())),
        ] {
            assert_eq!(serde_json::from_str::<IntOrString>(json).unwrap(), value);
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
        }
        assert_eq!(IntOrString::from(80).to_string(), "80");
        assert_eq!(IntOrString::from("http").to_string(), "http");
    }

    #[test]
    fn what_is_neither_is_refused() {
        for json in ["2147483648", "-2147483649", "1.0", "1e2", "true", "null", "[]"] {
            assert!(serde_json::from_str::<IntOrString>(json).is_err(), "{json}");
        }
    }
}
