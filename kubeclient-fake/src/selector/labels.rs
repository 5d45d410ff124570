//! Label selectors: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`.
//!
//! The words of the errors are the real server's.

use std::collections::BTreeSet;

use serde_json::Value;

use super::names::{label_key_errors, label_value_errors};
use crate::field::FieldError;
use crate::object::Object;

/// What is asked of one label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    Exists,
    DoesNotExist,
    GreaterThan(i64),
    LessThan(i64),
}

impl Requirement {
    /// Whether the object's labels are as asked.
    pub(super) fn matches(&self, object: &Value) -> bool {
        let value =
            object.labels().and_then(|labels| labels.get(&self.key)).and_then(Value::as_str);
        let number = || value.and_then(|text| text.parse::<i64>().ok());
        match &self.test {
            Test::In(values) => value.is_some_and(|value| values.contains(value)),
            Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Test::Exists => value.is_some(),
            Test::DoesNotExist => value.is_none(),
            Test::GreaterThan(bound) => number().is_some_and(|number| number > *bound),
            Test::LessThan(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

/// The requirements of a selector, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser { tokens: scan(text), position: 0 };
    let mut requirements = Vec::new();
    loop {
        match parser.peek() {
            Token::Word(_) | Token::Symbol("!") => {}
            Token::End => return Ok(requirements),
            other => {
                let found = other.text();
                return Err(format!(
                    "found '{found}', expected: !, identifier, or 'end of string'"
                ));
            }
        }
        let requirement = parser
            .requirement()
            .map_err(|error| format!("unable to parse requirement: {error}"))?;
        requirements.push(requirement);
        match parser.next() {
            Token::End => return Ok(requirements),
            Token::Symbol(",") => match parser.peek() {
                Token::Word(_) | Token::Symbol("!") => {}
                other => {
                    let found = other.text();
                    return Err(format!("found '{found}', expected: identifier after ','"));
                }
            },
            other => {
                return Err(format!("found '{}', expected: ',' or 'end of string'", other.text()));
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Symbol(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(text) => text,
            Self::Symbol(text) => text,
            Self::End => "",
        }
    }
}

/// Longer ones first, so that the first that fits is the one that is meant.
const SYMBOLS: [&str; 9] = ["==", "!=", ")", ",", "!", "=", ">", "<", "("];

fn scan(text: &str) -> Vec<Token> {
    let is_symbol = |char: char| "=!(),><".contains(char);
    let is_blank = |char: char| matches!(char, ' ' | '\t' | '\r' | '\n');
    // The real server's text ends at a NUL.
    let mut rest = text.split('\0').next().unwrap_or_default();
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start_matches(is_blank);
        if rest.is_empty() {
            tokens.push(Token::End);
            return tokens;
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else {
            let end = rest.find(|char| is_symbol(char) || is_blank(char)).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.position).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.position += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let mut token = self.next();
        let is_negated = token == Token::Symbol("!");
        if is_negated {
            token = self.next();
        }
        let Token::Word(key) = token else {
            return Err(format!("found '{}', expected: identifier", token.text()));
        };
        let wrong = label_key_errors(&key);
        if !wrong.is_empty() {
            return Err(FieldError::invalid("<nil>", key, wrong.join("; ")).to_string());
        }
        if is_negated {
            return Ok(Requirement { key, test: Test::DoesNotExist });
        }
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(Requirement { key, test: Test::Exists });
        }
        let operator = self.next();
        let test = match operator.text() {
            "in" => Test::In(self.values(&key)?),
            "notin" => Test::NotIn(self.values(&key)?),
            "=" | "==" => Test::In(self.value(&key)?),
            "!=" => Test::NotIn(self.value(&key)?),
            ">" => Test::GreaterThan(self.number(&key)?),
            "<" => Test::LessThan(self.number(&key)?),
            other => {
                return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt"));
            }
        };
        Ok(Requirement { key, test })
    }

    /// `(a,b)`; an empty place is the empty value.
    fn values(&mut self, key: &str) -> Result<BTreeSet<String>, String> {
        let open = self.next();
        if open != Token::Symbol("(") {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        if !matches!(self.peek(), Token::Word(_) | Token::Symbol("," | ")")) {
            return Err(format!(
                "found '{}', expected: ',', ')' or identifier",
                self.peek().text()
            ));
        }
        let mut values = BTreeSet::new();
        let mut is_place_empty = true;
        loop {
            match self.next() {
                Token::Word(value) if is_place_empty => {
                    values.insert(value);
                    is_place_empty = false;
                    if !matches!(self.peek(), Token::Symbol("," | ")")) {
                        let found = self.peek().text();
                        return Err(format!("found '{found}', expected: ',' or ')'"));
                    }
                }
                end @ Token::Symbol("," | ")") => {
                    if is_place_empty {
                        values.insert(String::new());
                    }
                    is_place_empty = true;
                    if end == Token::Symbol(")") {
                        return checked(key, values, Vec::new());
                    }
                }
                other => {
                    return Err(format!("found '{}', expected: ',', or identifier", other.text()));
                }
            }
        }
    }

    /// One value; none is the empty one.
    fn value(&mut self, key: &str) -> Result<BTreeSet<String>, String> {
        let value = self.word()?;
        checked(key, BTreeSet::from([value]), Vec::new())
    }

    fn number(&mut self, key: &str) -> Result<i64, String> {
        let value = self.word()?;
        let number = value.parse::<i64>();
        let mut errors = Vec::new();
        if number.is_err() {
            let must = "for 'Gt', 'Lt' operators, the value must be an integer";
            errors.push(FieldError::invalid("values[0]", value.as_str(), must));
        }
        checked(key, BTreeSet::from([value]), errors)?;
        // Invariant: a number that is none left an error, which has returned.
        Ok(number.unwrap_or_default())
    }

    fn word(&mut self) -> Result<String, String> {
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(String::new());
        }
        match self.next() {
            Token::Word(value) => Ok(value),
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }
}

/// The values when each may be one.
fn checked(
    key: &str,
    values: BTreeSet<String>,
    mut errors: Vec<FieldError>,
) -> Result<BTreeSet<String>, String> {
    for (index, value) in values.iter().enumerate() {
        let wrong = label_value_errors(value);
        if !wrong.is_empty() {
            let field = format!("values[{index}][{key}]");
            errors.push(FieldError::invalid(field, value.as_str(), wrong.join("; ")));
        }
    }
    match errors.as_slice() {
        [] => Ok(values),
        [one] => Err(one.to_string()),
        many => {
            let texts: Vec<String> = many.iter().map(ToString::to_string).collect();
            Err(format!("[{}]", texts.join(", ")))
        }
    }
}
