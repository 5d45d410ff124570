//! JSONPath as the columns of custom resources use it: `.a.b[0]`, `['a']`, `[*]`, `..a`, `[1:3]`, `[0,1]`,
//! `[?(@.type=="Ready")].status`.

use serde_json::{Number, Value};

/// How deep a filter may stand in filters, and a recursive descent go.
const MAX_DEPTH: usize = 64;

/// A path, parsed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    /// The value itself and everything in it.
    Recursive,
    Wildcard,
    Indexes(Vec<Slice>),
    Fields(Vec<String>),
    Filter(Operand, Option<(Comparison, Operand)>),
}

#[derive(Clone, Debug, PartialEq)]
struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
    is_index: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Path(Path),
    Constant(Value),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Path {
    /// Parses a path without braces around it; `None` when it is none, or has what is not known here.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Parser { rest: text.trim() }.path(0)
    }

    /// What the path leads to: nothing where keys are missing, `None` where it can't be followed.
    pub(super) fn find<'a>(&self, value: &'a Value) -> Option<Vec<&'a Value>> {
        let mut found = vec![value];
        for step in &self.0 {
            found = step.follow(&found)?;
        }
        Some(found)
    }
}

impl Step {
    fn follow<'a>(&self, from: &[&'a Value]) -> Option<Vec<&'a Value>> {
        let mut found = Vec::new();
        for value in from {
            match self {
                Self::Field(name) => found.extend(value.get(name)),
                Self::Fields(names) => {
                    found.extend(names.iter().filter_map(|name| value.get(name)))
                }
                Self::Wildcard => found.extend(children(value)),
                Self::Recursive => descend(value, &mut found, 0),
                Self::Indexes(slices) => {
                    let list = value.as_array()?;
                    for slice in slices {
                        slice.follow(list, &mut found)?;
                    }
                }
                Self::Filter(left, compared) => {
                    for item in value.as_array()? {
                        if fits(item, left, compared.as_ref())? {
                            found.push(item);
                        }
                    }
                }
            }
        }
        Some(found)
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

fn descend<'a>(value: &'a Value, found: &mut Vec<&'a Value>, depth: usize) {
    found.push(value);
    if depth < MAX_DEPTH {
        for child in children(value) {
            descend(child, found, depth + 1);
        }
    }
}

impl Slice {
    fn follow<'a>(&self, list: &'a [Value], found: &mut Vec<&'a Value>) -> Option<()> {
        let length = i64::try_from(list.len()).ok()?;
        let from_end = |index: i64| if index < 0 { index + length } else { index };
        let start = from_end(self.start.unwrap_or(0));
        if self.is_index {
            found.push(list.get(usize::try_from(start).ok()?)?);
            return Some(());
        }
        let start = start.clamp(0, length);
        let end = self.end.map_or(length, from_end).clamp(start, length);
        let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        let step = usize::try_from(self.step).ok().filter(|step| *step > 0)?;
        found.extend(list.get(range)?.iter().step_by(step));
        Some(())
    }
}

fn fits(item: &Value, left: &Operand, compared: Option<&(Comparison, Operand)>) -> Option<bool> {
    let left = left.values(item)?;
    let Some((comparison, right)) = compared else { return Some(!left.is_empty()) };
    let right = right.values(item)?;
    let (left, right) = match (left.as_slice(), right.as_slice()) {
        ([], _) | (_, []) => return Some(false),
        ([left], [right]) => (*left, *right),
        _ => return None,
    };
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => {
            left.as_f64()?.partial_cmp(&right.as_f64()?)?
        }
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}

impl Operand {
    fn values<'a>(&'a self, item: &'a Value) -> Option<Vec<&'a Value>> {
        match self {
            Self::Path(path) => path.find(item),
            Self::Constant(value) => Some(vec![value]),
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn take(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Up to what is no part of a path, which must be the text's end outside of filters.
    fn path(&mut self, depth: usize) -> Option<Path> {
        let mut steps = Vec::new();
        if !self.take("$") {
            self.take("@");
        }
        loop {
            if self.take("..") {
                steps.push(Step::Recursive);
                if !self.rest.starts_with('[') {
                    steps.push(self.field()?);
                }
            } else if self.take(".") {
                // `.` alone is the value itself, and `.[0]` is as good as `[0]`.
                if !self.rest.is_empty() && !self.rest.starts_with('[') {
                    steps.push(self.field()?);
                }
            } else if self.take("[") {
                steps.push(self.bracket(depth)?);
            } else if self.rest.is_empty() || depth > 0 {
                return Some(Path(steps));
            } else {
                return None;
            }
        }
    }

    fn field(&mut self) -> Option<Step> {
        if self.take("*") {
            return Some(Step::Wildcard);
        }
        let mut name = String::new();
        let mut chars = self.rest.char_indices();
        let mut end = self.rest.len();
        while let Some((index, char)) = chars.next() {
            match char {
                '\\' => name.push(chars.next()?.1),
                '.' | '[' | ']' | ')' | '=' | '!' | '<' | '>' | ' ' | '&' | '|' | '(' | '{'
                | '}' | ',' => {
                    end = index;
                    break;
                }
                _ => name.push(char),
            }
        }
        self.rest = &self.rest[end..];
        (!name.is_empty()).then_some(Step::Field(name))
    }

    fn bracket(&mut self, depth: usize) -> Option<Step> {
        if self.take("?(") {
            if depth >= MAX_DEPTH {
                return None;
            }
            let step = self.filter(depth + 1)?;
            return self.take(")]").then_some(step);
        }
        if self.take("*]") {
            return Some(Step::Wildcard);
        }
        if self.rest.starts_with(['\'', '"']) {
            let mut names = Vec::new();
            loop {
                names.push(self.quoted()?);
                if self.take("]") {
                    return Some(Step::Fields(names));
                }
                if !self.take(",") {
                    return None;
                }
            }
        }
        let (inside, rest) = self.rest.split_once(']')?;
        self.rest = rest;
        inside.split(',').map(slice).collect::<Option<_>>().map(Step::Indexes)
    }

    fn quoted(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let (text, rest) = self.rest.get(1..)?.split_once(quote)?;
        self.rest = rest;
        Some(text.to_owned())
    }

    fn filter(&mut self, depth: usize) -> Option<Step> {
        let left = self.operand(depth)?;
        self.rest = self.rest.trim_start();
        let operators = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        for (operator, comparison) in operators {
            if self.take(operator) {
                let right = self.operand(depth)?;
                self.rest = self.rest.trim_start();
                return Some(Step::Filter(left, Some((comparison, right))));
            }
        }
        Some(Step::Filter(left, None))
    }

    fn operand(&mut self, depth: usize) -> Option<Operand> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with(['\'', '"']) {
            return self.quoted().map(|text| Operand::Constant(text.into()));
        }
        if self.rest.starts_with(['@', '.', '$']) {
            return self.path(depth).map(Operand::Path);
        }
        let end = self.rest.find([')', ' ', '=', '!', '<', '>']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "true" => Some(Operand::Constant(true.into())),
            "false" => Some(Operand::Constant(false.into())),
            _ => word.parse::<Number>().ok().map(|number| Operand::Constant(number.into())),
        }
    }
}

fn slice(text: &str) -> Option<Slice> {
    let mut parts = text.split(':').map(|part| match part.trim() {
        "" => Some(None),
        number => number.parse::<i64>().ok().map(Some),
    });
    let start = parts.next()??;
    let (end, step) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let is_index = end.is_none();
    if is_index && start.is_none() {
        return None;
    }
    let end = end.unwrap_or(Some(None))?;
    let step = step.unwrap_or(Some(None))?.unwrap_or(1);
    Some(Slice { start, end, step, is_index })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Path;

    fn document() -> Value {
        json!({
            "spec": {"a.b": "dotted", "list": [{"n": 1}, {"n": 2}, {"n": 3}], "on": true},
            "status": {"conditions": [
                {"type": "Synced", "status": "False", "age": 5},
                {"type": "Ready", "status": "True", "age": 7, "last": true},
            ]},
        })
    }

    #[track_caller]
    fn leads_to(path: &str, expected: Value) {
        let document = document();
        let found = Path::parse(path).expect(path).find(&document).expect(path);
        assert_eq!(json!(found), expected, "{path}");
    }

    #[test]
    fn paths_lead_where_they_say() {
        leads_to(".spec.on", json!([true]));
        leads_to("$.spec.on", json!([true]));
        leads_to(".spec.list[0].n", json!([1]));
        leads_to(".spec.list[-1].n", json!([3]));
        leads_to(".spec.list[0,2].n", json!([1, 3]));
        leads_to(".spec.list[1:].n", json!([2, 3]));
        leads_to(".spec.list[:2].n", json!([1, 2]));
        leads_to(".spec.list[0:3:2].n", json!([1, 3]));
        leads_to(".spec.list[*].n", json!([1, 2, 3]));
        leads_to(".spec['a.b']", json!(["dotted"]));
        leads_to(".spec[\"a.b\"]", json!(["dotted"]));
        leads_to(".spec.a\\.b", json!(["dotted"]));
        leads_to(".spec['on','a.b']", json!([true, "dotted"]));
        leads_to("..type", json!(["Synced", "Ready"]));
        leads_to(".nope.nothing", json!([]));
    }

    #[test]
    fn filters_choose() {
        let conditions = ".status.conditions";
        for (filter, expected) in [
            ("@.type==\"Ready\"", json!(["True"])),
            ("@.type == 'Ready'", json!(["True"])),
            ("@.type!='Ready'", json!(["False"])),
            ("@.age>5", json!(["True"])),
            ("@.age>=5", json!(["False", "True"])),
            ("@.age<6", json!(["False"])),
            ("@.age<=7", json!(["False", "True"])),
            ("@.last==true", json!(["True"])),
            ("@.last", json!(["True"])),
            ("@.type=='Nope'", json!([])),
        ] {
            leads_to(&format!("{conditions}[?({filter})].status"), expected);
        }
    }

    #[test]
    fn what_cannot_be_followed_leads_nowhere() {
        for path in [".spec.list[3]", ".spec.on[0]", ".status.conditions[?(@.type==1)]"] {
            assert_eq!(Path::parse(path).expect(path).find(&document()), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_none() {
        let nested = format!("{}@.a{}", ".a[?(".repeat(100), ")]".repeat(100));
        for path in
            ["spec", ".a[", ".a[x]", ".a['b", ".a[?(@.b==)]", ".a[1:2:3:4]", ".a b", &nested]
        {
            assert_eq!(Path::parse(path), None, "{path}");
        }
    }
}
