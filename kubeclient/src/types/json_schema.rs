//! The types of a JSON schema that stand in JSON as one of several forms.
//!
//! In Go each has a marshaller of its own; here each says that it is `untagged`: JSON holds the field whose
//! form it finds.

use crate::meta::message::message;
use crate::types::apiextensions_v1::JSONSchemaProps;

message! {
    /// One schema, or a list of schemas.
    pub struct JSONSchemaPropsOrArray("apiextensions.k8s.io/v1", "JSONSchemaPropsOrArray", untagged) {
        /// The one schema.
        pub schema: Option<Box<JSONSchemaProps>> = 1 "schema",
        /// The list of schemas, which counts where there is no single one.
        pub json_schemas: Vec<JSONSchemaProps> = 2 "jSONSchemas",
    }

    /// A schema, or whether anything is allowed.
    pub struct JSONSchemaPropsOrBool("apiextensions.k8s.io/v1", "JSONSchemaPropsOrBool", untagged) {
        /// Whether anything is allowed; true also where a schema says what.
        pub allows: bool = 1 "allows",
        /// What is allowed.
        pub schema: Option<Box<JSONSchemaProps>> = 2 "schema",
    }

    /// A schema, or a list of names.
    pub struct JSONSchemaPropsOrStringArray("apiextensions.k8s.io/v1", "JSONSchemaPropsOrStringArray", untagged) {
        /// The schema.
        pub schema: Option<Box<JSONSchemaProps>> = 1 "schema",
        /// The names, which count where there is no schema.
        pub property: Vec<String> = 2 "property",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T>(text: &str, expected: &T)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        assert_eq!(serde_json::from_str::<T>(text).unwrap(), *expected, "{text}");
        assert_eq!(serde_json::to_string(expected).unwrap(), text);
    }

    fn string() -> JSONSchemaProps {
        JSONSchemaProps { type_: "string".into(), ..Default::default() }
    }

    #[test]
    fn each_form_is_read_and_written() {
        let schema = || Some(Box::new(string()));
        check(
            r#"{"type":"string"}"#,
            &JSONSchemaPropsOrArray { schema: schema(), ..Default::default() },
        );
        check(
            r#"[{"type":"string"}]"#,
            &JSONSchemaPropsOrArray { json_schemas: vec![string()], ..Default::default() },
        );
        check("null", &JSONSchemaPropsOrArray::default());
        check(r#"{"type":"string"}"#, &JSONSchemaPropsOrBool { allows: true, schema: schema() });
        check("true", &JSONSchemaPropsOrBool { allows: true, schema: None });
        check("false", &JSONSchemaPropsOrBool::default());
        check(
            r#"{"type":"string"}"#,
            &JSONSchemaPropsOrStringArray { schema: schema(), ..Default::default() },
        );
        check(
            r#"["a","b"]"#,
            &JSONSchemaPropsOrStringArray {
                property: vec!["a".into(), "b".into()],
                ..Default::default()
            },
        );
    }

    #[test]
    fn another_form_is_refused() {
        for text in ["5", "\"x\"", "true"] {
            assert!(serde_json::from_str::<JSONSchemaPropsOrArray>(text).is_err(), "{text}");
        }
        for text in ["5", "[]"] {
            assert!(serde_json::from_str::<JSONSchemaPropsOrBool>(text).is_err(), "{text}");
        }
    }
}
