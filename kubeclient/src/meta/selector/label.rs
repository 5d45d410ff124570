//! [`LabelSelector`]: which objects are meant, by their labels.

use std::fmt;
use std::str::FromStr;

use super::SelectorError;
use crate::meta::names::{is_prefixed_name, is_qualified_name};
use crate::meta::resource::{Metadata, Pairs};

/// The objects whose labels meet every requirement; without requirements, all objects.
///
/// ```
/// use kubeclient::meta::selector::LabelSelector;
///
/// let selector = LabelSelector::default().equals("app", "web")?.not_in("tier", ["test", "dev"])?;
/// assert_eq!(selector.to_string(), "app=web,tier notin (dev,test)");
/// assert!(LabelSelector::default().equals("app", "web,admin=true").is_err());
/// # Ok::<(), kubeclient::meta::selector::SelectorError>(())
/// ```
///
/// [`FromStr`] reads the text form: `a`, `!a`, `a=b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a>1`,
/// `a<1`, joined by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<LabelRequirement>);

/// One requirement of a [`LabelSelector`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRequirement {
    key: String,
    operator: LabelOperator,
}

/// What a label must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
enum LabelOperator {
    Exists,
    Absent,
    Equals(String),
    NotEquals(String),
    In(Vec<String>),
    NotIn(Vec<String>),
    GreaterThan(i64),
    LessThan(i64),
}

impl LabelSelector {
    /// The label has this value.
    ///
    /// # Errors
    /// The key is not a label key, or the value is not a label value.
    pub fn equals(self, key: &str, value: &str) -> Result<Self, SelectorError> {
        self.with(key, LabelOperator::Equals(label_value(value)?))
    }

    /// The label has another value, or is absent.
    ///
    /// # Errors
    /// As [`LabelSelector::equals`].
    pub fn not_equals(self, key: &str, value: &str) -> Result<Self, SelectorError> {
        self.with(key, LabelOperator::NotEquals(label_value(value)?))
    }

    /// The label has one of these values.
    ///
    /// # Errors
    /// As [`LabelSelector::equals`], or there are no values.
    pub fn is_in<'a>(
        self,
        key: &str,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, SelectorError> {
        self.with(key, LabelOperator::In(label_values(key, values)?))
    }

    /// The label has none of these values, or is absent.
    ///
    /// # Errors
    /// As [`LabelSelector::is_in`].
    pub fn not_in<'a>(
        self,
        key: &str,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, SelectorError> {
        self.with(key, LabelOperator::NotIn(label_values(key, values)?))
    }

    /// The label is there, whatever its value.
    ///
    /// # Errors
    /// The key is not a label key.
    pub fn exists(self, key: &str) -> Result<Self, SelectorError> {
        self.with(key, LabelOperator::Exists)
    }

    /// The label is absent.
    ///
    /// # Errors
    /// The key is not a label key.
    pub fn absent(self, key: &str) -> Result<Self, SelectorError> {
        self.with(key, LabelOperator::Absent)
    }

    /// No object: a label is to be there and absent at once.
    pub fn nothing() -> Self {
        let requirement = |operator| LabelRequirement { key: "nothing".to_owned(), operator };
        Self(vec![requirement(LabelOperator::Exists), requirement(LabelOperator::Absent)])
    }

    /// Whether an object with these labels is meant, as the server decides it: a `&Map`, such as
    /// [`ObjectMeta`](crate::ObjectMeta) has, or a `&BTreeMap`.
    pub fn matches<'a>(&self, labels: impl Into<Pairs<'a>>) -> bool {
        self.all_match(Some(labels.into()))
    }

    /// Whether the object of this metadata is meant, as the server decides it. Metadata that holds no
    /// labels has none.
    pub fn selects(&self, metadata: &impl Metadata) -> bool {
        self.all_match(metadata.labels())
    }

    fn all_match(&self, labels: Option<Pairs<'_>>) -> bool {
        let value = |key: &str| labels.and_then(|labels| labels.get(key));
        self.0.iter().all(|requirement| requirement.matches(value(&requirement.key)))
    }

    /// Whether there are no requirements, so that every object is meant.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn with(mut self, key: &str, operator: LabelOperator) -> Result<Self, SelectorError> {
        self.0.push(LabelRequirement { key: label_key(key)?, operator });
        Ok(self)
    }
}

impl LabelRequirement {
    /// Whether the value of the key, if there is one, is as required.
    fn matches(&self, value: Option<&str>) -> bool {
        let is_one_of = |values: &[String], value: &str| values.iter().any(|one| one == value);
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.operator {
            LabelOperator::Exists => value.is_some(),
            LabelOperator::Absent => value.is_none(),
            LabelOperator::Equals(wanted) => value == Some(wanted.as_str()),
            LabelOperator::NotEquals(unwanted) => value != Some(unwanted.as_str()),
            LabelOperator::In(wanted) => value.is_some_and(|value| is_one_of(wanted, value)),
            LabelOperator::NotIn(unwanted) => value.is_none_or(|value| !is_one_of(unwanted, value)),
            LabelOperator::GreaterThan(bound) => number().is_some_and(|number| number > *bound),
            LabelOperator::LessThan(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, requirement) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{requirement}")?;
        }
        Ok(())
    }
}

impl fmt::Display for LabelRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match &self.operator {
            LabelOperator::Exists => write!(f, "{key}"),
            LabelOperator::Absent => write!(f, "!{key}"),
            LabelOperator::Equals(value) => write!(f, "{key}={value}"),
            LabelOperator::NotEquals(value) => write!(f, "{key}!={value}"),
            LabelOperator::In(values) => write!(f, "{key} in ({})", values.join(",")),
            LabelOperator::NotIn(values) => write!(f, "{key} notin ({})", values.join(",")),
            LabelOperator::GreaterThan(bound) => write!(f, "{key}>{bound}"),
            LabelOperator::LessThan(bound) => write!(f, "{key}<{bound}"),
        }
    }
}

impl FromStr for LabelSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        split_outside_parentheses(text).map(str::trim).try_fold(
            Self::default(),
            |selector, term| {
                let LabelRequirement { key, operator } = parse_requirement(term)?;
                selector.with(&key, operator)
            },
        )
    }
}

fn parse_requirement(term: &str) -> Result<LabelRequirement, SelectorError> {
    let found = |key: &str, operator| Ok(LabelRequirement { key: key.trim().into(), operator });
    let not_a_term =
        || SelectorError::new(term, "expected a term such as `a`, `!a`, `a=b` or `a in (x,y)`");

    if let Some(head) = term.strip_suffix(')') {
        let (head, list) = head.split_once('(').ok_or_else(not_a_term)?;
        let (key, word) = head.trim().rsplit_once(char::is_whitespace).ok_or_else(not_a_term)?;
        let values = label_values(key, list.split(',').map(str::trim))?;
        return match word {
            "in" => found(key, LabelOperator::In(values)),
            "notin" => found(key, LabelOperator::NotIn(values)),
            _ => Err(not_a_term()),
        };
    }
    let words: Vec<&str> = term.split_whitespace().collect();
    if words.iter().any(|word| ["in", "notin"].contains(word)) && words.len() > 1 {
        let expected = "expected values in parentheses, such as `a in (x,y)`";
        return Err(SelectorError::new(term, expected));
    }
    if let Some((key, value)) = term.split_once("!=") {
        return found(key, LabelOperator::NotEquals(label_value(value.trim())?));
    }
    if let Some((key, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        return found(key, LabelOperator::Equals(label_value(value.trim())?));
    }
    for (sign, operator) in
        [('>', LabelOperator::GreaterThan as fn(i64) -> _), ('<', LabelOperator::LessThan)]
    {
        if let Some((key, bound)) = term.split_once(sign) {
            let bound = bound.trim();
            let bound =
                bound.parse().map_err(|_| SelectorError::new(bound, "expected an integer"))?;
            return found(key, operator(bound));
        }
    }
    match term.strip_prefix('!') {
        Some(key) => found(key, LabelOperator::Absent),
        None => found(term, LabelOperator::Exists),
    }
}

fn split_outside_parentheses(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.split(move |c| {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            _ => {}
        }
        c == ',' && !inside
    })
}

fn label_values<'a>(
    key: &str,
    values: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>, SelectorError> {
    let mut values = values.into_iter().map(label_value).collect::<Result<Vec<_>, _>>()?;
    if values.is_empty() {
        return Err(SelectorError::new(key, "expected at least one value for this key"));
    }
    values.sort_unstable();
    values.dedup();
    Ok(values)
}

/// At most 63 characters: letters, digits, `-`, `_`, `.`; a letter or digit at both ends; or nothing.
fn label_value(value: &str) -> Result<String, SelectorError> {
    if value.is_empty() || is_qualified_name(value) {
        return Ok(value.into());
    }
    Err(SelectorError::new(
        value,
        "expected a label value: at most 63 letters, digits, `-`, `_` or `.`, a letter or digit at both ends",
    ))
}

/// A qualified name, with a DNS subdomain and a slash before it or not.
fn label_key(key: &str) -> Result<String, SelectorError> {
    if is_prefixed_name(key) {
        return Ok(key.into());
    }
    Err(SelectorError::new(
        key,
        "expected a label key: an optional DNS name and `/`, then at most 63 letters, digits, `-`, `_` or `.`",
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fuzz::{Damage, assert_printable};
    use crate::meta::map::Map;

    #[track_caller]
    fn check(text: &str, labels: &[(&str, &str)], matches: bool) {
        let selector: LabelSelector = text.parse().unwrap();
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let tree: BTreeMap<_, _> = labels.clone().collect();
        assert_eq!(selector.matches(&tree), matches, "{text}");
        let map: Map<_, _> = labels.collect();
        assert_eq!(selector.matches(&map), matches, "{text}");
        let again: LabelSelector = selector.to_string().parse().unwrap();
        assert_eq!(again, selector, "{selector}");
    }

    #[test]
    fn requirements_match_as_the_server_does() {
        let web = [("app", "web"), ("n", "5")];
        check("", &web, true);
        check("app", &web, true);
        check("!app", &web, false);
        check("app=web", &web, true);
        check("app == web,n=5", &web, true);
        check("app!=web", &web, false);
        check("tier!=x", &web, true);
        check("app in (api, web)", &web, true);
        check("app notin (api,web),n", &web, false);
        check("tier notin (x)", &web, true);
        check("n>4,n<6", &web, true);
        check("n>5", &web, false);
        check("app>1", &web, false);
        check("x/y.z!=1", &web, true);
        check("app=", &[("app", "")], true);
    }

    #[test]
    fn nothing_selects_nothing_and_can_be_said() {
        let nothing = LabelSelector::nothing();
        assert!(!nothing.matches(&Map::new()) && !nothing.is_empty());
        assert!(!nothing.matches(&Map::from([("nothing", "")])));
        assert_eq!(nothing.to_string(), "nothing,!nothing");
        assert_eq!(nothing.to_string().parse(), Ok(nothing));
    }

    #[test]
    fn what_is_not_a_selector_is_refused() {
        for text in [
            "a b",
            "a in",
            "a in x",
            "a is (x)",
            "a=b=c",
            "=b",
            "a>x",
            "/a",
            "A_/a",
            "a/b/c",
            "-a",
            "a=-b",
            "a=b\u{202e}",
            "a in (x",
            "a=b&watch=1",
            "a=é",
            "a=b,",
            ",a=b",
            "a=b,,c",
            "app in web",
        ] {
            assert!(text.parse::<LabelSelector>().is_err(), "{text}");
        }
        assert!(LabelSelector::default().is_in("a", []).is_err());
        assert!(LabelSelector::default().equals("a", &"x".repeat(64)).is_err());
    }

    #[test]
    fn a_damaged_selector_is_refused_or_written_as_it_is() {
        const EXAMPLES: &[&str] = &[
            "app=web,tier!=db",
            "x in (a,b),y notin (c)",
            "!gone,there",
            "example.com/n==v",
            "a in ()",
        ];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let text = damage.text_of(EXAMPLES);
            match text.parse::<LabelSelector>() {
                Err(error) => assert_printable(&error),
                Ok(selector) => {
                    let shown = selector.to_string();
                    let is_known =
                        |c: char| c.is_ascii_alphanumeric() || "-_./=!<>(), ".contains(c);
                    assert!(shown.chars().all(is_known), "{text}");
                    assert_eq!(shown.parse(), Ok(selector.clone()), "{text}");
                    // The terms of a selector count one by one.
                    let labels = [("app", "web"), ("x", "a"), ("there", ""), ("n", "7")];
                    let labels: BTreeMap<String, String> =
                        labels.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
                    let one_by_one = selector
                        .0
                        .iter()
                        .all(|one| LabelSelector(vec![one.clone()]).matches(&labels));
                    assert_eq!(selector.matches(&labels), one_by_one, "{text}");
                    for requirement in &selector.0 {
                        let is_there = labels.contains_key(&requirement.key);
                        let met = LabelSelector(vec![requirement.clone()]).matches(&labels);
                        match &requirement.operator {
                            LabelOperator::Exists => assert_eq!(met, is_there),
                            LabelOperator::Absent => assert_eq!(met, !is_there),
                            LabelOperator::NotEquals(_) | LabelOperator::NotIn(_) => {
                                assert!(met || is_there)
                            }
                            _ => assert!(!met || is_there),
                        }
                    }
                }
            }
        });
    }
}
