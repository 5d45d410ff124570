//! The parts of a definition that stand by themselves: columns, scale, selectable fields, conversion.

use serde_json::Value;

use super::{one_of, text};
use crate::field::{FieldError, FieldErrorKind};

const COLUMN_TYPES: &[&str] = &["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS: &[&str] =
    &["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/// How many fields can be selected by.
const MAX_FIELDS: usize = 8;

/// A version's `additionalPrinterColumns`.
pub(super) fn columns(path: &str, version: &Value, errors: &mut Vec<FieldError>) {
    let columns = version["additionalPrinterColumns"].as_array().into_iter().flatten();
    for (index, column) in columns.enumerate() {
        let path = format!("{path}[{index}]");
        if text(column, "/name").is_empty() {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        }
        let (kind, field) = (text(column, "/type"), format!("{path}.type"));
        let why = format!("must be one of {}", COLUMN_TYPES.join(","));
        if kind.is_empty() {
            errors.push(FieldError::required(field, why));
        } else if !COLUMN_TYPES.contains(&kind) {
            errors.push(FieldError::invalid(field, kind, why));
        }
        let format = text(column, "/format");
        if !format.is_empty() && !COLUMN_FORMATS.contains(&format) {
            let why = format!("must be one of {}", COLUMN_FORMATS.join(","));
            errors.push(FieldError::invalid(format!("{path}.format"), format, why));
        }
        let (said, field) = (text(column, "/jsonPath"), format!("{path}.JSONPath"));
        if said.is_empty() {
            errors.push(FieldError::required(field, ""));
        } else {
            simple_path(&field, said, errors);
        }
    }
}

/// Whether a path begins as it must; what is wrong with it is said.
fn simple_path(field: &str, path: &str, errors: &mut Vec<FieldError>) -> bool {
    let fits = path.starts_with('.');
    if !fits {
        let why = "must be a simple json path starting with .";
        errors.push(FieldError::invalid(field, path, why));
    }
    fits
}

/// A version's `subresources.scale`.
pub(super) fn scale(path: &str, version: &Value, errors: &mut Vec<FieldError>) {
    let scale = &version["subresources"]["scale"];
    if !scale.is_object() {
        return;
    }
    let paths: [(&str, bool, &[&str], &str); 3] = [
        ("specReplicasPath", true, &[".spec."], "should be a json path under .spec"),
        ("statusReplicasPath", true, &[".status."], "should be a json path under .status"),
        (
            "labelSelectorPath",
            false,
            &[".spec.", ".status."],
            "should be a json path under either .spec or .status",
        ),
    ];
    for (key, is_required, roots, why) in paths {
        let said = scale[key].as_str().unwrap_or_default();
        let field = format!("{path}.scale.{key}");
        if said.is_empty() {
            if is_required {
                errors.push(FieldError::required(field, ""));
            }
        } else if simple_path(&field, said, errors)
            && !roots.iter().any(|root| said.starts_with(root))
        {
            errors.push(FieldError::invalid(field, said, why));
        }
    }
}

/// A version's `selectableFields`.
pub(super) fn selectable_fields(path: &str, version: &Value, errors: &mut Vec<FieldError>) {
    let schema = version.pointer("/schema/openAPIV3Schema").unwrap_or(&Value::Null);
    let mut seen: Vec<&str> = Vec::new();
    for (index, field) in version["selectableFields"].as_array().into_iter().flatten().enumerate() {
        let said = text(field, "/jsonPath");
        let field = format!("{path}[{index}].jsonPath");
        if said.is_empty() {
            errors.push(FieldError::required(field, ""));
            continue;
        }
        let found = match at(schema, said) {
            Ok(found) => found,
            Err(why) => {
                let why = format!("is an invalid path: {why}");
                errors.push(FieldError::invalid(field, said, why));
                continue;
            }
        };
        if said.starts_with(".metadata.") {
            let why = "must not point to fields in metadata";
            errors.push(FieldError::invalid(field.clone(), said, why));
        }
        if !matches!(text(found, "/type"), "string" | "boolean" | "integer") {
            let why = "must point to a field of type string, boolean or integer. Enum string fields and \
                       strings with formats are allowed.";
            errors.push(FieldError::invalid(field.clone(), said, why));
        }
        if seen.contains(&said) {
            errors.push(FieldError::duplicate(field, said));
        } else {
            seen.push(said);
        }
    }
    if seen.len() > MAX_FIELDS {
        let why = format!("must have at most {MAX_FIELDS} items");
        errors.push(FieldError::new(FieldErrorKind::TooMany(seen.len()), path, why));
    }
}

/// The schema of the field at a path of names.
fn at<'a>(schema: &'a Value, path: &str) -> Result<&'a Value, String> {
    let Some(names) = path.strip_prefix('.') else {
        let first = path.split(['.', '[']).next().unwrap_or_default();
        return Err(format!("expected [ or . but got: {first}"));
    };
    let found = names.split('.').try_fold(schema, |schema, name| schema["properties"].get(name));
    found.ok_or_else(|| "does not refer to a valid field".to_owned())
}

/// How versions are converted.
pub(super) fn conversion(spec: &Value, errors: &mut Vec<FieldError>) {
    let conversion = &spec["conversion"];
    if !conversion.is_object() {
        return;
    }
    let strategy = text(conversion, "/strategy");
    one_of("spec.conversion.strategy", strategy, &["None", "Webhook"], errors);
    let config = &conversion["webhook"]["clientConfig"];
    let versions = &conversion["webhook"]["conversionReviewVersions"];
    let (client, reviews) =
        ("spec.conversion.webhookClientConfig", "spec.conversion.conversionReviewVersions");
    let names = versions.as_array().map_or(&[][..], Vec::as_slice);
    if strategy != "Webhook" {
        let why = "should not be set when strategy is not set to Webhook";
        for (field, is_set) in [(client, config.is_object()), (reviews, !names.is_empty())] {
            if is_set {
                errors.push(FieldError::forbidden(field, why));
            }
        }
        return;
    }
    let (url, service) = (&config["url"], &config["service"]);
    if !config.is_object() {
        errors.push(FieldError::required(client, "required when strategy is set to Webhook"));
    } else if url.is_null() == service.is_null() {
        errors.push(FieldError::required(client, "exactly one of url or service is required"));
    } else if let Some((scheme, _)) = url.as_str().and_then(|url| url.split_once("://"))
        && scheme != "https"
    {
        let why = "'https' is the only allowed URL scheme; desired format: https://host[/path]";
        errors.push(FieldError::invalid(format!("{client}.url"), scheme, why));
    }
    if names.is_empty() {
        errors.push(FieldError::required(reviews, ""));
    } else if !names.iter().any(|name| name == "v1" || name == "v1beta1") {
        let why = "must include at least one of v1, v1beta1";
        errors.push(FieldError::invalid(reviews, versions.clone(), why));
    }
}
