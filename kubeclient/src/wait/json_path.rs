//! [`json_path`]: a condition as `kubectl wait --for=jsonpath=..` has it. Pure.

use serde_json::Value;

use super::ready::{Ready, differs, metadata};
use super::verdict::Verdict;
use crate::error::Error;
use crate::meta::dynamic::DynamicObject;

/// The value at a path is this one, as in `{.status.phase}=Running`; without `=`, that there is one.
///
/// A path is of fields (`.a`, `.a\.b`, `['a.b']`), places in a list (`[0]`, `[-1]` is the last), and choices
/// from a list (`[?(@.type=="Ready")]`, with `==` or `!=` and a text in quotes, a number, `true` or `false`).
/// What it leads to must be one value; text, numbers and booleans are compared as text.
///
/// ```
/// use kubeclient::wait::json_path;
///
/// json_path("{.status.phase}=Running")?;
/// json_path(r#"{.status.conditions[?(@.type=="Ready")].status}=True"#)?;
/// let error = json_path("{.status.items[x]}").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "json path \"{.status.items[x]}\": at 16, \"x]}\": expected a number, a name in quotes or ?(..)",
/// );
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Errors
/// [`Invalid`](crate::ErrorKind::Invalid): it is no such path; the message says where.
pub fn json_path(text: &str) -> Result<Ready, Error> {
    let mut parser = Parser { text, at: 0 };
    let (steps, value) = parser.all().map_err(|expected| {
        let rest: String = text[parser.at..].chars().take(40).collect();
        let at = text[..parser.at].chars().count() + 1;
        let found = if rest.is_empty() { "the end".to_owned() } else { format!("{rest:?}") };
        let shown: String = text.chars().take(200).collect();
        Error::invalid(format!("json path {shown:?}: at {at}, {found}: expected {expected}"))
    })?;
    let path = match text.split_once('}') {
        Some((path, _)) if text.starts_with('{') => format!("{path}}}"),
        _ => text.split('=').next().unwrap_or(text).to_owned(),
    };
    Ok(Ready::new(path.clone(), move |object| check(object, &path, &steps, value.as_deref())))
}

#[derive(Debug, PartialEq)]
enum Step {
    Field(String),
    Place(i64),
    Choice { path: Vec<String>, equal: bool, value: Value },
}

fn check(object: &DynamicObject, path: &str, steps: &[Step], value: Option<&str>) -> Verdict {
    let whole;
    let found = match steps.split_first() {
        Some((Step::Field(first), rest)) if first == "metadata" => {
            whole = metadata(object);
            follow(&whole, rest)
        }
        Some((Step::Field(first), rest)) => {
            object.data.get(first).map(|value| follow(value, rest)).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    match (&found[..], value) {
        ([], _) => Verdict::Waiting(format!("{path} is not there")),
        ([_], None) => Verdict::Met,
        ([one], Some(value)) => Verdict::when(is_text(one, value), || differs(object, path, one)),
        (more, _) => Verdict::Waiting(format!("{path} leads to {} values", more.len())),
    }
}

fn is_text(found: &Value, text: &str) -> bool {
    match found {
        Value::String(found) => found == text,
        Value::Number(number) => number.to_string() == text,
        Value::Bool(true) => text == "true",
        Value::Bool(false) => text == "false",
        _ => false,
    }
}

fn follow<'a>(value: &'a Value, steps: &[Step]) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in steps {
        found = found.into_iter().flat_map(|value| step.take(value)).collect();
    }
    found
}

impl Step {
    fn take<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match self {
            Self::Field(name) => value.get(name).into_iter().collect(),
            Self::Place(place) => {
                let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
                let place = if *place < 0 { place + list.len() as i64 } else { *place };
                usize::try_from(place).ok().and_then(|place| list.get(place)).into_iter().collect()
            }
            Self::Choice { path, equal, value: wanted } => {
                let is_chosen = |item: &&Value| {
                    let found = path.iter().try_fold(*item, |value, name| value.get(name));
                    found.is_some_and(|found| (found == wanted) == *equal)
                };
                value.as_array().into_iter().flatten().filter(is_chosen).collect()
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

/// What was expected, where the parser stands.
type Expected = &'static str;

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn eat(&mut self, token: &str) -> bool {
        let is_there = self.rest().starts_with(token);
        if is_there {
            self.at += token.len();
        }
        is_there
    }

    fn all(&mut self) -> Result<(Vec<Step>, Option<String>), Expected> {
        let braced = self.eat("{");
        let mut steps = Vec::new();
        loop {
            if self.eat("[") {
                steps.push(self.bracket()?);
            } else if self.eat(".") || steps.is_empty() {
                steps.push(Step::Field(self.name()?));
            } else {
                break;
            }
        }
        if !matches!(steps.first(), Some(Step::Field(_))) {
            self.at = usize::from(braced);
            return Err("a field");
        }
        if braced && !self.eat("}") {
            return Err("`.`, `[` or `}`");
        }
        if self.eat("=") {
            let value = self.rest().to_owned();
            self.at = self.text.len();
            return Ok((steps, Some(value)));
        }
        match self.rest() {
            "" => Ok((steps, None)),
            _ if braced => Err("`=` and a value, or nothing"),
            _ => Err("`.`, `[` or `=`"),
        }
    }

    /// A field's name, in which a backslash takes what follows as it is.
    fn name(&mut self) -> Result<String, Expected> {
        let mut name = String::new();
        let mut chars = self.rest().char_indices();
        let mut end = self.rest().len();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => name.extend(chars.next().map(|(_, c)| c)),
                c if c.is_alphanumeric() || "_-/$:".contains(c) => name.push(c),
                _ => {
                    end = at;
                    break;
                }
            }
        }
        if name.is_empty() {
            return Err("a field");
        }
        self.at += end;
        Ok(name)
    }

    fn bracket(&mut self) -> Result<Step, Expected> {
        if self.eat("?(") {
            return self.choice();
        }
        let step = match self.quoted()? {
            Some(name) => Step::Field(name),
            None => {
                let end = self.rest().find(']').unwrap_or(self.rest().len());
                let place = self.rest()[..end].parse();
                let place = place.map_err(|_| "a number, a name in quotes or ?(..)")?;
                self.at += end;
                Step::Place(place)
            }
        };
        if self.eat("]") { Ok(step) } else { Err("`]`") }
    }

    fn choice(&mut self) -> Result<Step, Expected> {
        if !self.eat("@") {
            return Err("`@`");
        }
        let mut path = Vec::new();
        while self.eat(".") {
            path.push(self.name()?);
        }
        self.spaces();
        let equal = self.eat("==");
        if !equal && !self.eat("!=") {
            return Err("`.`, `==` or `!=`");
        }
        self.spaces();
        let value = match self.quoted()? {
            Some(text) => Value::String(text),
            None => {
                let end = self.rest().find([')', ' ']).unwrap_or(self.rest().len());
                let value: Result<Value, _> = serde_json::from_str(&self.rest()[..end]);
                let value = value.ok().filter(|value| value.is_number() || value.is_boolean());
                let value = value.ok_or("a text in quotes, a number, true or false")?;
                self.at += end;
                value
            }
        };
        self.spaces();
        if self.eat(")]") { Ok(Step::Choice { path, equal, value }) } else { Err("`)]`") }
    }

    fn spaces(&mut self) {
        while self.eat(" ") {}
    }

    fn quoted(&mut self) -> Result<Option<String>, Expected> {
        let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return Ok(None);
        };
        let inside = &self.rest()[1..];
        let end = inside.find(quote).ok_or("a closing quote")?;
        let text = inside[..end].to_owned();
        self.at += end + 2;
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Condition;
    use super::super::seen::Seen;
    use super::*;
    use crate::fuzz::{Damage, assert_printable};
    use serde_json::json;

    fn pod() -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "labels": {"app.io/name": "x"}},
            "status": {
                "phase": "Running", "count": 3, "ok": true,
                "conditions": [
                    {"type": "Ready", "status": "True", "n": 1},
                    {"type": "Initialized", "status": "False", "n": 2},
                ],
            },
        }))
        .unwrap()
    }

    fn verdict(text: &str) -> Verdict {
        let pod = pod();
        json_path(text).unwrap().check(Some(&Seen::<DynamicObject>::new(&pod)))
    }

    #[track_caller]
    fn waits(text: &str, why: &str) {
        assert_eq!(verdict(text), Verdict::Waiting(why.into()));
    }

    #[test]
    fn what_a_path_leads_to_is_compared_as_text() {
        for text in [
            "{.status.phase}=Running",
            "{.status.phase}",
            ".status.phase=Running",
            "status.phase=Running",
            "{.status.count}=3",
            "{.status.ok}=true",
            "{.metadata.name}=a",
            r"{.metadata.labels.app\.io/name}=x",
            "{.metadata.labels['app.io/name']}=x",
            "{.status.conditions[0].type}=Ready",
            "{.status.conditions[-1].type}=Initialized",
            r#"{.status.conditions[?(@.type=="Ready")].status}=True"#,
            r#"{.status.conditions[?(@.type != "Ready")].status}=False"#,
            r#"{.status.conditions[?(@.n==2)].type}=Initialized"#,
        ] {
            assert_eq!(verdict(text), Verdict::Met, "{text}");
        }
        waits("{.status.phase}=Failed", "{.status.phase} is Running");
        waits("{.status.conditions}=x", "{.status.conditions} is a list");
        waits("{.status.other}", "{.status.other} is not there");
        waits("{.status.conditions[5]}", "{.status.conditions[5]} is not there");
        waits(
            "{.status.conditions[?(@.n!=7)].type}=Ready",
            "{.status.conditions[?(@.n!=7)].type} leads to 2 values",
        );
    }

    #[test]
    fn a_path_that_is_none_says_where() {
        for (text, expected) in [
            ("", "at 1, the end: expected a field"),
            ("{}", "at 2, \"}\": expected a field"),
            ("{.a..b}", "at 5, \".b}\": expected a field"),
            ("{.a", "at 4, the end: expected `.`, `[` or `}`"),
            ("{.a}b", "at 5, \"b\": expected `=` and a value, or nothing"),
            ("{.a[1}", "at 5, \"1}\": expected a number, a name in quotes or ?(..)"),
            ("{.ä['b}", "at 5, \"'b}\": expected a closing quote"),
            ("{.a['b'}", "at 8, \"}\": expected `]`"),
            ("{.a[?(b)]}", "at 7, \"b)]}\": expected `@`"),
            ("{.a[?(@.b)]}", "at 10, \")]}\": expected `.`, `==` or `!=`"),
            (
                "{.a[?(@.b==c)]}",
                "at 12, \"c)]}\": expected a text in quotes, a number, true or false",
            ),
            (
                "{.a[?(@.b==1]}",
                "at 12, \"1]}\": expected a text in quotes, a number, true or false",
            ),
            ("{[0]}", "at 2, \"[0]}\": expected a field"),
            (".a b", "at 3, \" b\": expected `.`, `[` or `=`"),
        ] {
            let error = json_path(text).unwrap_err().to_string();
            assert_eq!(error, format!("json path {text:?}: {expected}"));
        }
        let long = json_path(&"[".repeat(100_000)).unwrap_err().to_string();
        assert!(long.len() < 400, "{} bytes", long.len());
    }

    #[test]
    fn nothing_of_a_secret_is_told() {
        let mut secret = pod();
        secret.types.kind = "Secret".into();
        let seen: Seen<'_, DynamicObject> = Seen::new(&secret);
        let verdict = json_path("{.status.phase}=x").unwrap().check(Some(&seen));
        assert_eq!(verdict, Verdict::Waiting("{.status.phase} is another one".into()));
    }

    #[test]
    fn a_damaged_path_is_refused_or_leads_where_its_steps_lead() {
        const EXAMPLES: &[&str] = &[
            r"{.metadata.labels.app\.io/name}=x",
            "{.status.conditions[-1]['type']}=Initialized",
            r#"{.status.conditions[?(@.type == "Ready")].status}=True"#,
            "status.conditions[?(@.n!=2)]",
            "{.status.count}=3",
        ];
        let pod = pod();
        let whole = serde_json::to_value(&pod).unwrap();
        bolero::check!().with_type::<Damage>().for_each(|damage: &Damage| {
            let text = damage.text_of(EXAMPLES);
            match json_path(&text) {
                Err(error) => assert_printable(&error),
                Ok(ready) => {
                    let found = ready.check(Some(&Seen::<DynamicObject>::new(&pod)));
                    let (steps, value) = Parser { text: &text, at: 0 }.all().unwrap();
                    // The object in one piece says the same, save what it says of its type.
                    let leads = follow(&whole, &steps);
                    let is_met = match (&leads[..], &value) {
                        ([_], None) => true,
                        ([one], Some(value)) => is_text(one, value),
                        _ => false,
                    };
                    let first = steps.first();
                    let is_type = matches!(first, Some(Step::Field(name)) if ["apiVersion", "kind"].contains(&&**name));
                    assert!(is_type || (found == Verdict::Met) == is_met, "{text}: {found:?}");
                }
            }
        });
    }
}
