//! One step of a path to a field: how it orders, how `fieldsV1` writes it, how an error message prints it.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Number, Value};

/// One step down an object. The order of the variants is the order in which a set lists them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element {
    /// A field of an object, or a key of a map.
    Field(String),
    /// An item of a list map, by its key fields, sorted by name.
    Key(Vec<(String, Literal)>),
    /// An item of a set.
    Item(Literal),
    /// An item by its place.
    Index(i64),
}

/// A JSON value that can be ordered: numbers by size, whatever their form; else by type, then by value.
#[derive(Clone, Debug)]
pub(super) struct Literal(pub(super) Value);

impl Element {
    /// A field of that name.
    pub(super) fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }

    /// The step as a key of `fieldsV1` writes it: `f:spec`, `k:{"name":"c"}`, `v:"x"`, `i:3`.
    pub(super) fn wire(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => {
                let map: Map<String, Value> =
                    keys.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect();
                format!("k:{}", Value::Object(map))
            }
            Self::Item(value) => format!("v:{}", value.0),
            Self::Index(place) => format!("i:{place}"),
        }
    }

    /// The step that a key of `fieldsV1` names. `Ok(None)` for a kind of step that a later server may know.
    pub(super) fn from_wire(text: &str) -> Result<Option<Self>, String> {
        let (Some(kind), Some(rest)) = (text.get(..2), text.get(2..)) else {
            return Err(format!("no path element: {text:?}"));
        };
        let wrong = |error: &dyn fmt::Display| format!("parsing {text:?} as path element: {error}");
        match kind {
            "f:" => Ok(Some(Self::field(rest))),
            "v:" => {
                let value = serde_json::from_str(rest).map_err(|error| wrong(&error))?;
                Ok(Some(Self::Item(Literal(value))))
            }
            "k:" => {
                let map: Map<String, Value> =
                    serde_json::from_str(rest).map_err(|error| wrong(&error))?;
                let mut keys: Vec<_> =
                    map.into_iter().map(|(name, value)| (name, Literal(value))).collect();
                keys.sort();
                Ok(Some(Self::Key(keys)))
            }
            "i:" => Ok(Some(Self::Index(rest.parse().map_err(|error| wrong(&error))?))),
            _ if kind.ends_with(':') => Ok(None),
            _ => Err(format!("missing colon: {text}")),
        }
    }
}

/// As messages print it: `.spec`, `[name="c"]`, `[="x"]`, `[3]`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(keys) => {
                f.write_str("[")?;
                for (place, (name, value)) in keys.iter().enumerate() {
                    let comma = if place > 0 { "," } else { "" };
                    write!(f, "{comma}{name}={}", value.0)?;
                }
                f.write_str("]")
            }
            Self::Item(value) => write!(f, "[={}]", value.0),
            Self::Index(place) => write!(f, "[{place}]"),
        }
    }
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Literal {}

impl PartialOrd for Literal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Literal {
    fn cmp(&self, other: &Self) -> Ordering {
        order(&self.0, &other.0)
    }
}

/// Whether two values say the same: `1` and `1.0` do.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    order(left, right) == Ordering::Equal
}

fn order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => order_numbers(left, right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => {
            let pairs = left.iter().zip(right).map(|(left, right)| order(left, right));
            first_difference(pairs).then(left.len().cmp(&right.len()))
        }
        (Value::Object(left), Value::Object(right)) => {
            let pairs = left.iter().zip(right).map(|((name, left), (other, right))| {
                name.cmp(other).then_with(|| order(left, right))
            });
            first_difference(pairs).then(left.len().cmp(&right.len()))
        }
        _ => rank(left).cmp(&rank(right)),
    }
}

fn first_difference(mut pairs: impl Iterator<Item = Ordering>) -> Ordering {
    pairs.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn order_numbers(left: &Number, right: &Number) -> Ordering {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => {
            let (left, right) = (left.as_f64(), right.as_f64());
            left.partial_cmp(&right).unwrap_or(Ordering::Equal)
        }
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}
