//! Rules for objects of built-in kinds, by kind: keys of data, selectors and templates, required fields.

use serde_json::Value;

use crate::api::metadata::label_errors;
use crate::field::FieldError;
use crate::kinds::subdomain_errors;
use crate::object::Object;
use crate::resource::ResourceType;

/// What is wrong with an object by the rules of its kind.
pub(super) fn errors(resource: &ResourceType, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = object.get("spec").unwrap_or(&Value::Null);
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "ConfigMap") => keys(object, &["data", "binaryData"], &mut errors),
        ("", "Secret") => keys(object, &["data"], &mut errors),
        ("", "Event") => event(object, &mut errors),
        ("", "Pod") => pod_spec(spec, "spec", &mut errors),
        ("", "Service") => service(spec, &mut errors),
        ("", "ReplicationController") => replicas(spec, &mut errors),
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet") => {
            workload(spec, &mut errors);
        }
        ("batch", "Job") => template(spec, "spec.template", &mut errors),
        ("batch", "CronJob") => cron_job(object, &mut errors),
        ("coordination.k8s.io", "Lease") => lease(spec, &mut errors),
        _ => {}
    }
    errors
}

/// The keys of a config map's or a secret's data.
fn keys(object: &Value, fields: &[&str], errors: &mut Vec<FieldError>) {
    for field in fields {
        for key in object.get(*field).and_then(Value::as_object).into_iter().flatten() {
            let key = key.0.as_str();
            let path = format!("{field}[{key}]");
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if key.is_empty() || !key.chars().all(fits) {
                let why = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. \
                    'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
                    '[-._a-zA-Z0-9]+')";
                errors.push(FieldError::invalid(path, key, why));
            } else if matches!(key, "." | "..") {
                errors.push(FieldError::invalid(path, key, format!("must not be '{key}'")));
            } else if key.starts_with("..") {
                errors.push(FieldError::invalid(path, key, "must not start with '..'"));
            }
        }
    }
}

fn event(object: &Value, errors: &mut Vec<FieldError>) {
    let involved = object.get("involvedObject").unwrap_or(&Value::Null);
    let namespace = involved.get("namespace").and_then(Value::as_str).unwrap_or_default();
    // What is in no namespace has its events in `default`.
    let fits = namespace == object.namespace()
        || (namespace.is_empty() && object.namespace() == "default");
    if !fits {
        let why = "does not match event.namespace";
        errors.push(FieldError::invalid("involvedObject.namespace", namespace, why));
    }
}

fn required(value: &Value, key: &str, path: &str, errors: &mut Vec<FieldError>) {
    let is_missing = match value.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    };
    if is_missing {
        errors.push(FieldError::required(format!("{path}.{key}"), ""));
    }
}

/// A pod's specification, or a template's.
fn pod_spec(spec: &Value, path: &str, errors: &mut Vec<FieldError>) {
    required(spec, "containers", path, errors);
    for (key, names_image) in [("containers", true), ("initContainers", true)] {
        let mut names = Vec::new();
        let list = spec.get(key).and_then(Value::as_array);
        for (index, container) in list.into_iter().flatten().enumerate() {
            let path = format!("{path}.{key}[{index}]");
            required(container, "name", &path, errors);
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
            if !name.is_empty() {
                let wrong = crate::kinds::label_errors(name).into_iter();
                let field = format!("{path}.name");
                errors.extend(wrong.map(|why| FieldError::invalid(field.clone(), name, why)));
                if names.contains(&name) {
                    errors.push(FieldError::duplicate(field, name));
                }
                names.push(name);
            }
            if names_image {
                required(container, "image", &path, errors);
            }
        }
    }
}

fn template(spec: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let template = spec.get("template").unwrap_or(&Value::Null);
    errors.extend(label_errors(&format!("{path}.labels"), template.meta("labels")));
    let pod = template.get("spec").unwrap_or(&Value::Null);
    pod_spec(pod, &format!("{path}.spec"), errors);
}

fn replicas(spec: &Value, errors: &mut Vec<FieldError>) {
    if let Some(number) = spec.get("replicas").and_then(Value::as_i64).filter(|number| *number < 0)
    {
        let why = "must be greater than or equal to 0";
        errors.push(FieldError::invalid("spec.replicas", number, why));
    }
}

/// What the kinds that make pods have in common: a selector that finds the template.
fn workload(spec: &Value, errors: &mut Vec<FieldError>) {
    replicas(spec, errors);
    let selector = spec.get("selector").filter(|selector| !selector.is_null());
    match selector {
        None => errors.push(FieldError::required("spec.selector", "")),
        Some(selector) if selector.as_object().is_some_and(serde_json::Map::is_empty) => {
            let why = "empty selector is invalid for deployment";
            errors.push(FieldError::invalid("spec.selector", selector.clone(), why));
        }
        Some(_) => {}
    }
    let labels = spec.get("template").and_then(|template| template.meta("labels"));
    let finds = selector.is_some_and(|selector| {
        let wanted = selector.get("matchLabels").and_then(Value::as_object);
        wanted
            .into_iter()
            .flatten()
            .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    });
    if !finds {
        let labels = labels.cloned().unwrap_or(Value::Null);
        let why = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid("spec.template.metadata.labels", labels, why));
    }
    template(spec, "spec.template", errors);
}

fn cron_job(object: &Value, errors: &mut Vec<FieldError>) {
    let spec = object.get("spec").unwrap_or(&Value::Null);
    required(spec, "schedule", "spec", errors);
    let job = spec.get("jobTemplate").and_then(|job| job.get("spec")).unwrap_or(&Value::Null);
    template(job, "spec.jobTemplate.spec.template", errors);
    if object.name().len() > 52 {
        let why = "must be no more than 52 characters";
        errors.push(FieldError::invalid("metadata.name", object.name(), why));
    }
}

fn service(spec: &Value, errors: &mut Vec<FieldError>) {
    let kind = spec.get("type").and_then(Value::as_str).unwrap_or("ClusterIP");
    let is_headless = spec.get("clusterIP") == Some(&"None".into());
    let ports = spec.get("ports").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if ports.is_empty() && kind != "ExternalName" && !is_headless {
        errors.push(FieldError::required("spec.ports", ""));
    }
    let known = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    if !known.contains(&kind) {
        errors.push(FieldError::not_supported("spec.type", kind, &known));
    }
    if kind == "ExternalName" {
        let name = spec.get("externalName").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() {
            errors.push(FieldError::required("spec.externalName", ""));
        } else {
            let wrong = subdomain_errors(name.trim_end_matches('.')).into_iter();
            let field = "spec.externalName";
            errors.extend(wrong.map(|why| FieldError::invalid(field, name, why)));
        }
    }
    for (index, port) in ports.iter().enumerate() {
        let path = format!("spec.ports[{index}]");
        if ports.len() > 1 {
            required(port, "name", &path, errors);
        }
        let number = port.get("port").and_then(Value::as_i64).unwrap_or(0);
        if !(1..=65_535).contains(&number) {
            let why = "must be between 1 and 65535, inclusive";
            errors.push(FieldError::invalid(format!("{path}.port"), number, why));
        }
    }
}

fn lease(spec: &Value, errors: &mut Vec<FieldError>) {
    for (key, least) in [("leaseDurationSeconds", 1), ("leaseTransitions", 0)] {
        if let Some(number) = spec.get(key).and_then(Value::as_i64).filter(|n| *n < least) {
            let why = if least == 1 {
                "must be greater than 0"
            } else {
                "must be greater than or equal to 0"
            };
            errors.push(FieldError::invalid(format!("spec.{key}"), number, why));
        }
    }
}
