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
    use crate::fuzz::{Damage, assert_printable};

    #[test]
    fn a_field_value_can_not_end_its_term() {
        let selector = FieldSelector::default().equals("a", r"b,c=\d").unwrap();
        assert_eq!(selector.to_string(), r"a=b\,c\=\\d");
        assert!(FieldSelector::default().equals("a,b", "c").is_err());
        assert!(FieldSelector::default().equals("", "c").is_err());
    }

    /// The terms as the server reads them: a comma or a sign counts where no backslash stands before it.
    fn terms(text: &str) -> Vec<(String, bool, String)> {
        let mut found = vec![(String::new(), None, String::new())];
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let (path, sign, value) = found.last_mut().unwrap();
            let part = if sign.is_none() { path } else { value };
            match c {
                '\\' => part.push(chars.next().unwrap()),
                ',' => found.push((String::new(), None, String::new())),
                '!' if sign.is_none() && chars.next_if_eq(&'=').is_some() => *sign = Some(false),
                '=' if sign.is_none() => *sign = Some(true),
                '=' => panic!("{text}"),
                c => part.push(c),
            }
        }
        found.into_iter().map(|(path, sign, value)| (path, sign.unwrap(), value)).collect()
    }

    #[test]
    fn a_damaged_value_stays_in_its_term() {
        const EXAMPLES: &[&str] =
            &["a,b", r"x\,metadata.name=y", "spec.nodeName", "!=", "status.phase"];
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let text = damage.text_of(EXAMPLES);
            let selector = FieldSelector::default().equals("a.b", &text).unwrap();
            let selector = selector.not_equals("c", &text).unwrap();
            match selector.clone().equals(&text, "v") {
                Err(error) => {
                    assert_printable(&error);
                    assert_eq!(terms(&selector.to_string()), selector.0, "{text}");
                }
                Ok(selector) => assert_eq!(terms(&selector.to_string()), selector.0, "{text}"),
            }
        });
    }
}
