//! [`FieldSelector`]: which objects are meant, by their fields.

use std::fmt;

use super::SelectorError;

/// The objects whose fields have these values; without requirements, all objects.
///
/// Every kind knows `metadata.name`, namespaced ones `metadata.namespace`; what else can be asked is
/// the kind's own choice. Values are escaped.
///
/// ```
/// use kubeclient::meta::selector::FieldSelector;
///
/// let selector = FieldSelector::default().equals("metadata.name", "a,b")?;
/// assert_eq!(selector.to_string(), r"metadata.name=a\,b");
/// # Ok::<(), kubeclient::meta::selector::SelectorError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<(String, bool, String)>);

impl FieldSelector {
    /// The field has this value.
    ///
    /// # Errors
    /// The path is empty or holds one of `=`, `!`, `,`, `\`, or white space.
    pub fn equals(self, path: &str, value: impl Into<String>) -> Result<Self, SelectorError> {
        self.with(path, true, value.into())
    }

    /// The field has another value.
    ///
    /// # Errors
    /// As [`FieldSelector::equals`].
    pub fn not_equals(self, path: &str, value: impl Into<String>) -> Result<Self, SelectorError> {
        self.with(path, false, value.into())
    }

    /// Whether there are no requirements, so that every object is meant.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn with(mut self, path: &str, equal: bool, value: String) -> Result<Self, SelectorError> {
        let foreign = |c: char| "=!,\\".contains(c) || c.is_whitespace() || c.is_control();
        if path.is_empty() || path.contains(foreign) {
            return Err(SelectorError::new(path, "expected a field path such as `metadata.name`"));
        }
        self.0.push((path.into(), equal, value));
        Ok(self)
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (path, equal, value)) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let sign = if *equal { "=" } else { "!=" };
            write!(f, "{comma}{path}{sign}")?;
            for c in value.chars() {
                if matches!(c, '\\' | ',' | '=') {
                    f.write_str("\\")?;
                }
                fmt::Write::write_char(f, c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_value_can_not_end_its_term() {
        let selector = FieldSelector::default().equals("a", r"b,c=\d").unwrap();
        assert_eq!(selector.to_string(), r"a=b\,c\=\\d");
        assert!(FieldSelector::default().equals("a,b", "c").is_err());
        assert!(FieldSelector::default().equals("", "c").is_err());
    }
}
