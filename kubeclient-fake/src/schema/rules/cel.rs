//! Evaluating rules: each stands at a value, which it knows as `self`, and as `oldSelf` what was there.

mod value;

use std::fmt;
use std::sync::Arc;

use kube_cel::KubeCelExt;
use kube_cel::cel::objects::OptionalValue;
use kube_cel::cel::{self, Context, ExecutionError};
use serde_json::Value;

use super::MAX_EXPRESSION;
use crate::failure::{Failure, Result};
use crate::field::{FieldError, FieldErrorKind};
use crate::schema::{Rule, Schema, SchemaKind, validate};

/// How deep brackets may be nested: the parser is recursive.
const MAX_NESTING: usize = 64;

/// An expression that can be evaluated.
#[derive(Clone)]
pub(crate) struct Program {
    program: Arc<cel::Program>,
}

impl Program {
    /// Reads an expression.
    ///
    /// # Errors
    /// `1:9: Syntax error: …`
    pub(crate) fn compile(expression: &str) -> Result<Self, String> {
        if expression.len() > MAX_EXPRESSION || nesting(expression) > MAX_NESTING {
            return Err("1:1: expression is too long or nested too deeply".to_owned());
        }
        match cel::Program::compile(expression) {
            Ok(program) => Ok(Self { program: Arc::new(program) }),
            Err(error) => Err(format!("1:1: Syntax error: {error}")),
        }
    }

    /// Whether the expression says anything of what was there before.
    fn is_of_change(&self) -> bool {
        self.program.references().has_variable("oldSelf")
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}

fn nesting(expression: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in expression.chars() {
        match c {
            // A sign before a sign nests as a bracket does.
            '(' | '[' | '{' | '!' | '-' | '?' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// What rules an object breaks. A rule that stood before on a value that did not change is let be, unless
/// it is about the change.
pub(super) fn broken(
    schema: &Schema,
    value: &Value,
    old: Option<&Value>,
) -> Result<Vec<FieldError>> {
    thread_local! {
        static FUNCTIONS: Context<'static> = Context::default().with_all();
    }
    FUNCTIONS.with(|functions| {
        let mut walk = Walk { functions, errors: Vec::new() };
        walk.value(schema, value, old, "")?;
        Ok(walk.errors)
    })
}

struct Walk<'a> {
    functions: &'a Context<'static>,
    errors: Vec<FieldError>,
}

impl Walk<'_> {
    fn value(
        &mut self,
        schema: &Schema,
        value: &Value,
        old: Option<&Value>,
        path: &str,
    ) -> Result<()> {
        let Some(constraints) = &schema.constraints else { return Ok(()) };
        if value.is_null() {
            return Ok(());
        }
        for rule in &constraints.rules {
            self.rule(rule, schema, value, old, path)?;
        }
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let old = old.and_then(|old| old.get(key));
                    if let Some(field) = schema.properties.get(key) {
                        let dot = if path.is_empty() { "" } else { "." };
                        self.value(field.get(), value, old, &format!("{path}{dot}{key}"))?;
                    } else if let Some(values) = &schema.additional {
                        self.value(values.get(), value, old, &format!("{path}[{key}]"))?;
                    }
                }
            }
            Value::Array(list) => {
                let Some(items) = schema.item() else { return Ok(()) };
                for (index, item) in list.iter().enumerate() {
                    let old = validate::counterpart(schema, item, old);
                    self.value(items, item, old, &format!("{path}[{index}]"))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn rule(
        &mut self,
        rule: &Rule,
        schema: &Schema,
        value: &Value,
        old: Option<&Value>,
        path: &str,
    ) -> Result<()> {
        // Invariant: a definition whose rules cannot be read is refused.
        let Some(program) = &rule.program else { return Ok(()) };
        let is_of_change = program.is_of_change();
        let is_optional = rule.optional_old_self == Some(true);
        if (is_of_change && old.is_none() && !is_optional) || (!is_of_change && old == Some(value))
        {
            return Ok(());
        }
        let mut scope = self.functions.new_inner_scope();
        let convert = |value: &Value| value::of(schema, value, path.is_empty(), self.functions);
        let this = match convert(value) {
            Ok(this) => this,
            Err(why) => {
                let why = format!("{why} evaluating rule: {}", rule.rule);
                self.errors.push(FieldError::invalid(at(path), type_name(schema.kind), why));
                return Ok(());
            }
        };
        scope.add_variable_from_value("self", this);
        if is_of_change {
            let old = old.and_then(|old| convert(old).ok());
            let old = match (old, is_optional) {
                (old, true) => cel::Value::Opaque(Arc::new(
                    old.map_or_else(OptionalValue::none, OptionalValue::of),
                )),
                (old, false) => old.unwrap_or(cel::Value::Null),
            };
            scope.add_variable_from_value("oldSelf", old);
        }
        match program.program.execute(&scope) {
            Ok(cel::Value::Bool(true)) => {}
            Ok(cel::Value::Bool(false)) => {
                let message = message(rule, &scope)?;
                self.errors.push(error(rule, value, path, message));
            }
            Ok(_) => {
                let why = format!(
                    "cel expression must evaluate to a bool evaluating rule: {}",
                    rule.rule
                );
                self.errors.push(FieldError::invalid(at(path), type_name(schema.kind), why));
            }
            Err(problem) => {
                let why = format!("{} evaluating rule: {}", explain(&problem)?, rule.rule);
                self.errors.push(FieldError::invalid(at(path), type_name(schema.kind), why));
            }
        }
        Ok(())
    }
}

/// What the rule wants said.
fn message(rule: &Rule, scope: &Context<'_>) -> Result<String> {
    if let Some(program) = &rule.message_program {
        match program.program.execute(scope) {
            Ok(cel::Value::String(text)) => {
                let text = text.trim();
                if !text.is_empty() && !text.contains('\n') {
                    return Ok(text.to_owned());
                }
            }
            Ok(_) => {}
            // What fails otherwise falls back, as on the real server.
            Err(problem) => drop(explain(&problem)?),
        }
    }
    if rule.message.is_empty() {
        return Ok(format!("failed rule: {}", rule.rule.trim()));
    }
    Ok(rule.message.clone())
}

/// The words for what went wrong.
///
/// # Errors
/// 501 when it is this server that lacks something.
fn explain(problem: &ExecutionError) -> Result<String> {
    match problem {
        ExecutionError::UndeclaredReference(name) => {
            Err(Failure::not_implemented(format_args!("`{name}` in a CEL rule")))
        }
        ExecutionError::NoSuchKey(key) => Ok(format!("no such key: {key}")),
        other => Ok(other.to_string()),
    }
}

fn error(rule: &Rule, value: &Value, path: &str, message: String) -> FieldError {
    let path = format!("{path}{}", field_below(&rule.field_path));
    let path = at(path.trim_start_matches('.'));
    let kind = match rule.reason.as_str() {
        "FieldValueForbidden" => FieldErrorKind::Forbidden,
        "FieldValueRequired" => FieldErrorKind::Required,
        "FieldValueDuplicate" => FieldErrorKind::Duplicate(value.clone()),
        // Of a value that has parts nothing is shown.
        _ if value.is_object() || value.is_array() => FieldErrorKind::InvalidUnshown,
        _ => FieldErrorKind::Invalid(value.clone()),
    };
    let message =
        if matches!(kind, FieldErrorKind::Duplicate(_)) { String::new() } else { message };
    FieldError::new(kind, path, message)
}

/// `.map['key']` as the server names it: `.map[key]`.
fn field_below(path: &str) -> String {
    path.replace("['", "[").replace("']", "]")
}

fn at(path: &str) -> String {
    if path.is_empty() { "<nil>".to_owned() } else { path.to_owned() }
}

fn type_name(kind: SchemaKind) -> &'static str {
    match kind {
        SchemaKind::Array => "array",
        SchemaKind::String => "string",
        SchemaKind::Integer => "integer",
        SchemaKind::Number => "number",
        SchemaKind::Boolean => "boolean",
        SchemaKind::Object | SchemaKind::Any | SchemaKind::IntOrString | SchemaKind::Quantity => {
            "object"
        }
    }
}
