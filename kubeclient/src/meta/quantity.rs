//! [`Quantity`]: an amount of a resource, as pods ask for it and nodes offer it.
//!
//! Here are the value, its arithmetic and its text; how a text is read is in `parse.rs`.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

mod parse;

/// An amount of a resource: `500m` CPU, `1536Mi` of memory, `3` GPUs (`resource.Quantity`).
///
/// It is exact to a billionth and bounded by an `i64` of whole units; what is finer is rounded away
/// from zero and what is larger is capped. It remembers in which [`Format`] it was written and writes
/// itself in the canonical text of that format. Two quantities are equal when their amounts are,
/// whatever their formats.
///
/// Go's type keeps more than that: decimal amounts beyond the documented bound, and a text such as
/// `+1` or `1.500` as it was spelled.
///
/// # Example
/// ```
/// use kubeclient::Quantity;
///
/// let memory: Quantity = "1.5Gi".parse()?;
/// assert_eq!(memory.value(), 1_610_612_736);
/// assert_eq!(memory.to_string(), "1536Mi");
///
/// let cpu: Quantity = "0.25".parse()?;
/// assert_eq!(cpu, "250m".parse()?);
/// assert_eq!((cpu + "2".parse()?).to_string(), "2250m");
/// # Ok::<_, kubeclient::meta::quantity::ParseQuantityError>(())
/// ```
#[derive(Clone, Copy, Default)]
pub struct Quantity {
    /// Whole units.
    units: i64,
    /// The rest in billionths: of the same sign, less than one unit.
    nanos: i32,
    format: Format,
}

/// The family of suffixes in which a [`Quantity`] is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Powers of a thousand: `n`, `u`, `m`, none, `k`, `M`, `G`, `T`, `P`, `E`.
    #[default]
    DecimalSI,
    /// Powers of 1024: `Ki`, `Mi`, `Gi`, `Ti`, `Pi`, `Ei`.
    ///
    /// Amounts below 1024 and amounts with a fraction are written in [`Format::DecimalSI`].
    BinarySI,
    /// A power of ten after an `e`: `12e6`.
    DecimalExponent,
}

/// The text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a quantity: expected a number and its suffix, such as 500m, 2, 1.5Gi or 1e3")]
pub struct ParseQuantityError(());

impl Quantity {
    /// So many whole units.
    ///
    /// # Example
    /// ```
    /// use kubeclient::meta::quantity::{Format, Quantity};
    ///
    /// assert_eq!(Quantity::new(64 << 20, Format::BinarySI).to_string(), "64Mi");
    /// assert_eq!(Quantity::new(64_000_000, Format::DecimalSI).to_string(), "64M");
    /// ```
    pub const fn new(units: i64, format: Format) -> Self {
        Self { units, nanos: 0, format }
    }

    /// So many thousandths of a unit.
    ///
    /// # Example
    /// ```
    /// use kubeclient::meta::quantity::{Format, Quantity};
    ///
    /// assert_eq!(Quantity::from_milli(1500, Format::DecimalSI).to_string(), "1500m");
    /// ```
    pub const fn from_milli(millis: i64, format: Format) -> Self {
        Self { units: millis / 1000, nanos: (millis % 1000) as i32 * 1_000_000, format }
    }

    /// The amount in whole units; a fraction is rounded away from zero.
    ///
    /// # Example
    /// ```
    /// # use kubeclient::Quantity;
    /// assert_eq!("1500m".parse::<Quantity>()?.value(), 2);
    /// # Ok::<_, kubeclient::meta::quantity::ParseQuantityError>(())
    /// ```
    pub fn value(&self) -> i64 {
        self.units.saturating_add(self.nanos.signum().into())
    }

    /// The amount in thousandths of a unit; what is finer is rounded away from zero, what is beyond an
    /// `i64` is capped.
    ///
    /// # Example
    /// ```
    /// # use kubeclient::Quantity;
    /// assert_eq!("1.5".parse::<Quantity>()?.milli_value(), 1500);
    /// # Ok::<_, kubeclient::meta::quantity::ParseQuantityError>(())
    /// ```
    pub fn milli_value(&self) -> i64 {
        let finer = self.nanos % NANOS_PER_MILLI;
        let millis = i64::from(self.nanos / NANOS_PER_MILLI + finer.signum());
        // Both have one sign: where the product is capped, so is the sum.
        self.units.saturating_mul(1000).saturating_add(millis)
    }

    /// The amount as a float: exact where a float can be, off by one in its last digit at most.
    ///
    /// # Example
    /// ```
    /// # use kubeclient::Quantity;
    /// assert_eq!("250m".parse::<Quantity>()?.as_f64(), 0.25);
    /// # Ok::<_, kubeclient::meta::quantity::ParseQuantityError>(())
    /// ```
    pub fn as_f64(&self) -> f64 {
        match self.nanos {
            0 => self.units as f64,
            _ => self.total() as f64 / NANOS_PER_UNIT as f64,
        }
    }

    /// Whether the amount is nothing.
    pub fn is_zero(&self) -> bool {
        self.signum() == 0
    }

    /// 1 for more than nothing, 0 for nothing, -1 for less.
    pub fn signum(&self) -> i32 {
        match self.units {
            0 => self.nanos.signum(),
            units => units.signum() as i32,
        }
    }

    /// The format in which it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The sum, in the format of `self`, or of `other` if `self` is zero; `None` where it would be
    /// capped.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::checked_from_total(self.total() + other.total(), self.format_with(other))
    }

    /// The difference, in the format of `self`, or of `other` if `self` is zero; `None` where it would
    /// be capped.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::checked_from_total(self.total() - other.total(), self.format_with(other))
    }

    /// The product; `None` where it would be capped.
    ///
    /// # Example
    /// ```
    /// # use kubeclient::Quantity;
    /// let one: Quantity = "300m".parse()?;
    /// assert_eq!(one.checked_mul(5).unwrap().to_string(), "1500m");
    /// assert!("8E".parse::<Quantity>()?.checked_mul(2).is_none());
    /// # Ok::<_, kubeclient::meta::quantity::ParseQuantityError>(())
    /// ```
    pub fn checked_mul(self, factor: i64) -> Option<Self> {
        Self::checked_from_total(self.total().checked_mul(factor.into())?, self.format)
    }

    /// In billionths. Two of these and their sum are far from the ends of an `i128`.
    fn total(self) -> i128 {
        i128::from(self.units) * NANOS_PER_UNIT + i128::from(self.nanos)
    }

    fn checked_from_total(total: i128, format: Format) -> Option<Self> {
        (MIN_TOTAL..=MAX_TOTAL).contains(&total).then(|| Self::from_total(total, format))
    }

    /// Of so many billionths, capped.
    fn from_total(total: i128, format: Format) -> Self {
        let total = total.clamp(MIN_TOTAL, MAX_TOTAL);
        let (units, nanos) = ((total / NANOS_PER_UNIT) as i64, (total % NANOS_PER_UNIT) as i32);
        Self { units, nanos, format }
    }

    fn format_with(self, other: Self) -> Format {
        if self.is_zero() { other.format } else { self.format }
    }
}

impl From<i64> for Quantity {
    fn from(units: i64) -> Self {
        Self::new(units, Format::DecimalSI)
    }
}

impl PartialEq for Quantity {
    /// Equal amounts; the formats may differ.
    fn eq(&self, other: &Self) -> bool {
        (self.units, self.nanos) == (other.units, other.nanos)
    }
}

impl Eq for Quantity {}

impl Hash for Quantity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.units, self.nanos).hash(state);
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.units, self.nanos).cmp(&(other.units, other.nanos))
    }
}

impl Add for Quantity {
    type Output = Self;

    /// The sum, in the format of `self`, or of `other` if `self` is zero; capped.
    fn add(self, other: Self) -> Self {
        Self::from_total(self.total() + other.total(), self.format_with(other))
    }
}

impl Sub for Quantity {
    type Output = Self;

    /// The difference, in the format of `self`, or of `other` if `self` is zero; capped.
    fn sub(self, other: Self) -> Self {
        Self::from_total(self.total() - other.total(), self.format_with(other))
    }
}

impl Neg for Quantity {
    type Output = Self;

    fn neg(self) -> Self {
        Self::from_total(-self.total(), self.format)
    }
}

impl AddAssign for Quantity {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Quantity {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(quantities: I) -> Self {
        quantities.fold(Self::default(), Add::add)
    }
}

impl<'a> Sum<&'a Quantity> for Quantity {
    fn sum<I: Iterator<Item = &'a Quantity>>(quantities: I) -> Self {
        quantities.copied().sum()
    }
}

impl fmt::Display for Quantity {
    /// Writes the canonical text: an integer with the largest suffix that loses nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.format == Format::BinarySI && self.nanos == 0 && self.units.unsigned_abs() >= 1024 {
            let (mut mantissa, mut suffix) = (self.units, 0);
            while mantissa % 1024 == 0 {
                (mantissa, suffix) = (mantissa / 1024, suffix + 1);
            }
            return write!(f, "{mantissa}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][suffix]);
        }
        if self.is_zero() {
            return f.write_str("0");
        }
        let (mut mantissa, mut exponent) = match self.nanos {
            0 => (i128::from(self.units), 0),
            _ => (self.total(), -9),
        };
        while mantissa % 1000 == 0 {
            (mantissa, exponent) = (mantissa / 1000, exponent + 3);
        }
        match (self.format, exponent) {
            (_, 0) => write!(f, "{mantissa}"),
            (Format::DecimalExponent, _) => write!(f, "{mantissa}e{exponent}"),
            _ => {
                let suffix = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
                write!(f, "{mantissa}{}", suffix[(exponent / 3 + 3) as usize])
            }
        }
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Quantity {
    type Err = ParseQuantityError;

    /// Reads what the server reads, canonical or not, without an allocation.
    ///
    /// # Errors
    /// The text is not a number with a known suffix; white space around it is an error too.
    fn from_str(text: &str) -> Result<Self, ParseQuantityError> {
        parse::quantity(text.as_bytes()).ok_or(ParseQuantityError(()))
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor)
    }
}

struct QuantityVisitor;

impl Visitor<'_> for QuantityVisitor {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quantity, such as 500m, 2, 1.5Gi or 1e3")
    }

    /// The server forgives white space around the text in JSON, and only there.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
        text.trim().parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
        Ok(number.into())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quantity, E> {
        let units = i64::try_from(number).unwrap_or(i64::MAX);
        Ok(units.into())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Quantity, E> {
        number.to_string().parse().map_err(E::custom)
    }
}

const NANOS_PER_UNIT: i128 = 1_000_000_000;
const NANOS_PER_MILLI: i32 = 1_000_000;
const MIN_TOTAL: i128 = i64::MIN as i128 * NANOS_PER_UNIT;
const MAX_TOTAL: i128 = i64::MAX as i128 * NANOS_PER_UNIT;

#[cfg(test)]
mod tests;
