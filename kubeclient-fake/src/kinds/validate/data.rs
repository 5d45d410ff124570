//! Config maps and secrets.

use super::node::{Errors, Node};
use crate::field::{FieldError, FieldErrorKind};

const MAX: usize = 1024 * 1024;
const WHEN_SET: &str = "field is immutable when `immutable` is set";

pub(super) fn config_map(object: &Node<'_>, errors: &mut Errors) {
    let (data, binary) = (object.at("data"), object.at("binaryData"));
    keys(&data, errors);
    for (key, place) in data.entries() {
        if binary.value.get(key).is_some() {
            let why = "duplicate of key present in binaryData";
            errors.push(FieldError::invalid(place.path, key, why));
        }
    }
    keys(&binary, errors);
    if size(&data) + size(&binary) > MAX {
        errors.push(too_long("[]"));
    }
}

pub(super) fn secret(object: &Node<'_>, errors: &mut Errors) {
    let data = object.at("data");
    keys(&data, errors);
    if size(&data) > MAX {
        errors.push(too_long("data"));
    }
    let need = |keys: &[&str], errors: &mut Errors| {
        for key in keys.iter().filter(|key| data.value.get(**key).is_none()) {
            data.entry(key).missing("", errors);
        }
    };
    match object.at("type").text() {
        "kubernetes.io/service-account-token" => {
            const NAME: &str = "kubernetes.io/service-account.name";
            let name = object.at("metadata").at("annotations").entry(NAME);
            name.required(errors);
        }
        "kubernetes.io/dockercfg" => json_in(&data, ".dockercfg", errors),
        "kubernetes.io/dockerconfigjson" => json_in(&data, ".dockerconfigjson", errors),
        // Either will do.
        "kubernetes.io/basic-auth"
            if ["username", "password"].iter().all(|key| data.value.get(key).is_none()) =>
        {
            need(&["username", "password"], errors);
        }
        "kubernetes.io/ssh-auth" => need(&["ssh-privatekey"], errors),
        "kubernetes.io/tls" => need(&["tls.crt", "tls.key"], errors),
        _ => {}
    }
}

fn json_in(data: &Node<'_>, key: &str, errors: &mut Errors) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let place = data.entry(key);
    let Some(text) = place.value.as_str() else {
        place.missing("", errors);
        return;
    };
    let content = STANDARD.decode(text).unwrap_or_default();
    if let Err(why) = crate::api::parse_json(&content) {
        errors.push(FieldError::invalid(place.path, "<secret contents redacted>", why));
    }
}

fn keys(data: &Node<'_>, errors: &mut Errors) {
    for (key, place) in data.entries() {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let wrong = |why: String| FieldError::invalid(place.path.as_str(), key, why);
        if key.len() > 253 {
            errors.push(wrong("must be no more than 253 characters".into()));
        }
        if key.is_empty() || !key.chars().all(fits) {
            let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. \
                'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
                '[-._a-zA-Z0-9]+')";
            errors.push(wrong(why.into()));
        }
        if matches!(key, "." | "..") {
            errors.push(wrong(format!("must not be '{key}'")));
        } else if key.starts_with("..") {
            errors.push(wrong("must not start with '..'".into()));
        }
    }
}

fn size(data: &Node<'_>) -> usize {
    let is_binary = data.path != "data";
    let length = |text: &str| if is_binary { text.len() / 4 * 3 } else { text.len() };
    data.entries().iter().map(|(_, value)| length(value.text())).sum()
}

fn too_long(field: &str) -> FieldError {
    FieldError::new(FieldErrorKind::TooLong, field, format!("may not be more than {MAX} bytes"))
}

/// Those that say that they don't change.
pub(super) fn updated(object: &Node<'_>, live: &Node<'_>, is_secret: bool, errors: &mut Errors) {
    let kind = object.at("type");
    if is_secret && kind.value != live.at("type").value {
        kind.invalid("field is immutable", errors);
    }
    if !live.at("immutable").is(true) {
        return;
    }
    if !object.at("immutable").is(true) {
        object.at("immutable").forbidden(WHEN_SET, errors);
    }
    for key in ["data", "binaryData"] {
        let (new, old) = (object.at(key), live.at(key));
        if new.value != old.value && !(new.is_empty() && old.is_empty()) {
            new.forbidden(WHEN_SET, errors);
        }
    }
}
