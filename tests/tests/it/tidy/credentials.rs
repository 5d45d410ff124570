//! What `Debug` shows of fields that are named as credentials are.

// What was measured is told.
#![allow(clippy::print_stdout)]

use super::{Source, sources};

/// The built-in types are generated.
const GENERATED: &str = "kubeclient/src/types/";

/// What prints a value by the compiler's own `Debug` holds no field that is named as a credential is, but for those
/// whose type hides what it holds.
#[test]
fn no_type_prints_a_field_that_is_named_as_a_credential() {
    const NAMES: [&str; 13] = [
        "token",
        "password",
        "secret",
        "id_token",
        "refresh_token",
        "client_secret",
        "key",
        "key_data",
        "client_key_data",
        "body",
        "env",
        "authorization",
        "credential",
    ];
    // Types that show nothing, references to what is secret, and keys of maps.
    const HARMLESS: [&str; 10] = [
        "Option<Body>",
        "Secret",
        "SecretPem",
        "Option<Secret>",
        "Vec<(String, Secret)>",
        "bool",
        "ObjectKey",
        "&'static str",
        "LabelSelector",
        "SecretBytes",
    ];
    let mut types = 0;
    let mut shown = Vec::new();
    let written = sources("kubeclient/src").filter(|source| !source.name.starts_with(GENERATED));
    for Source { name: file, text } in written {
        let mut lines = text.lines();
        let mut derives = false;
        while let Some(line) = lines.next() {
            let line = line.trim_start();
            if line.starts_with("#[derive(") {
                derives = line.contains("Debug");
            }
            let is_type = line.starts_with("pub struct ") || line.starts_with("pub enum ");
            if !is_type {
                continue;
            }
            if std::mem::take(&mut derives) && line.ends_with('{') {
                types += 1;
                for field in lines.by_ref().take_while(|line| !line.starts_with('}')) {
                    let field = field.trim().trim_start_matches("pub ").trim_end_matches(',');
                    let Some((name, kind)) = field.split_once(": ") else { continue };
                    let is_label = line.contains("LabelRequirement");
                    if NAMES.contains(&name) && !HARMLESS.contains(&kind) && !is_label {
                        shown.push(format!("{file}: {line} {field}"));
                    }
                }
            }
        }
    }
    assert!(types > 60, "{types} types");
    println!("{types} public types whose `Debug` the compiler writes");
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}
