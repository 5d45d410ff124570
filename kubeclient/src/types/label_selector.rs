//! A selector as objects hold it, read as a [`LabelSelector`]: what selects, and can be asked for.

use super::meta_v1;
use crate::meta::selector::{LabelSelector, SelectorError};

/// As client-go's `LabelSelectorAsSelector`: all of `matchLabels` and `matchExpressions`; an empty one means
/// every object.
///
/// ```
/// # #[cfg(feature = "apps_v1")]
/// # fn main() -> Result<(), kubeclient::meta::selector::SelectorError> {
/// use kubeclient::apps_v1::Deployment;
/// use kubeclient::{LabelSelector, ListParams};
///
/// let mut web = Deployment::default();
/// web.spec.selector.get_or_insert_default().match_labels = [("app", "web")].into();
/// let pods = LabelSelector::try_from(web.spec.selector.as_deref())?;
/// assert_eq!(ListParams::default().labels(&pods).label_selector.as_deref(), Some("app=web"));
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "apps_v1"))]
/// # fn main() {}
/// ```
impl TryFrom<&meta_v1::LabelSelector> for LabelSelector {
    type Error = SelectorError;

    /// # Errors
    /// A key, a value or an operator is none; an operator that needs values has none, or one that takes none has
    /// some.
    fn try_from(selector: &meta_v1::LabelSelector) -> Result<Self, SelectorError> {
        let mut labels = selector.match_labels.iter();
        let equal =
            labels.try_fold(Self::default(), |found, (key, value)| found.equals(key, value))?;
        selector.match_expressions.iter().try_fold(equal, |found, requirement| {
            let meta_v1::LabelSelectorRequirement { key, operator, values } = requirement;
            let texts = values.iter().map(String::as_str);
            match operator.as_str() {
                "In" => found.is_in(key, texts),
                "NotIn" => found.not_in(key, texts),
                "Exists" | "DoesNotExist" if !values.is_empty() => {
                    Err(SelectorError::new(key, "expected no values for this key and operator"))
                }
                "Exists" => found.exists(key),
                "DoesNotExist" => found.absent(key),
                other => {
                    Err(SelectorError::new(other, "expected In, NotIn, Exists or DoesNotExist"))
                }
            }
        })
    }
}

/// As the selector itself; none means [no object](LabelSelector::nothing).
impl TryFrom<Option<&meta_v1::LabelSelector>> for LabelSelector {
    type Error = SelectorError;

    /// # Errors
    /// As of the selector itself.
    fn try_from(selector: Option<&meta_v1::LabelSelector>) -> Result<Self, SelectorError> {
        selector.map_or_else(|| Ok(Self::nothing()), Self::try_from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let selector: meta_v1::LabelSelector = serde_json::from_str(text).unwrap();
        let found = LabelSelector::try_from(&selector);
        let found = found.map(|found| found.to_string()).map_err(|error| error.to_string());
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[track_caller]
    fn expression(key: &str, operator: &str, values: &str, expected: Result<&str, &str>) {
        let term = format!(r#"{{"key": "{key}", "operator": "{operator}", "values": [{values}]}}"#);
        check(&format!(r#"{{"matchExpressions": [{term}]}}"#), expected);
    }

    #[test]
    fn labels_and_expressions_all_count() {
        check(
            r#"{"matchLabels": {"app": "web", "tier": ""}, "matchExpressions": [
                {"key": "a", "operator": "In", "values": ["y", "x"]},
                {"key": "b", "operator": "NotIn", "values": ["x"]},
                {"key": "c", "operator": "Exists"},
                {"key": "d", "operator": "DoesNotExist", "values": []}]}"#,
            Ok("app=web,tier=,a in (x,y),b notin (x),c,!d"),
        );
    }

    #[test]
    fn an_empty_one_means_all_and_none_means_nothing() {
        check("{}", Ok(""));
        let empty = meta_v1::LabelSelector::default();
        assert_eq!(LabelSelector::try_from(Some(&empty)), Ok(LabelSelector::default()));
        let none = None::<&meta_v1::LabelSelector>;
        assert_eq!(LabelSelector::try_from(none), Ok(LabelSelector::nothing()));
    }

    #[test]
    fn what_the_server_would_refuse_is_refused() {
        let operator = "selector: \"in\": expected In, NotIn, Exists or DoesNotExist";
        expression("a", "in", r#""x""#, Err(operator));
        expression("a", "In", "", Err("selector: \"a\": expected at least one value for this key"));
        let none = "selector: \"a\": expected no values for this key and operator";
        expression("a", "Exists", r#""x""#, Err(none));
        for (key, value) in [("-", "x"), ("a", "-")] {
            let selector = meta_v1::LabelSelector {
                match_labels: [(key, value)].into(),
                ..Default::default()
            };
            assert!(LabelSelector::try_from(&selector).is_err(), "{key}={value}");
        }
    }
}
