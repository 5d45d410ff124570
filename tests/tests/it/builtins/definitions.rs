//! `apiextensions.k8s.io`: a definition whose schema has each form that JSON knows of its fields.

use kubeclient::meta::raw::RawJson;

use super::parts::{named, some, strings};
use super::trip::trips;

trips! {
    apiextensions_v1 {
        custom_resource_definitions(): CustomResourceDefinition => CustomResourceDefinition {
            metadata: named("trips.round.example.com"),
            spec: CustomResourceDefinitionSpec {
                group: "round.example.com".into(),
                scope: "Namespaced".into(),
                names: CustomResourceDefinitionNames {
                    plural: "trips".into(),
                    singular: "trip".into(),
                    short_names: strings(["tr"]),
                    kind: "Trip".into(),
                    list_kind: "TripList".into(),
                    categories: strings(["all"]),
                },
                versions: vec![CustomResourceDefinitionVersion {
                    name: "v1".into(),
                    served: true,
                    storage: true,
                    schema: some(CustomResourceValidation {
                        open_api_v3_schema: some(schema()),
                    }),
                    subresources: some(CustomResourceSubresources {
                        // Empty, and there.
                        status: some(CustomResourceSubresourceStatus::default()),
                        scale: some(CustomResourceSubresourceScale {
                            spec_replicas_path: ".spec.replicas".into(),
                            status_replicas_path: ".status.replicas".into(),
                            label_selector_path: None,
                        }),
                    }),
                    additional_printer_columns: vec![CustomResourceColumnDefinition {
                        name: "Replicas".into(),
                        type_: "integer".into(),
                        json_path: ".spec.replicas".into(),
                        priority: 1,
                        ..CustomResourceColumnDefinition::default()
                    }],
                    ..CustomResourceDefinitionVersion::default()
                }],
                conversion: some(CustomResourceConversion {
                    strategy: "None".into(),
                    ..CustomResourceConversion::default()
                }),
                ..CustomResourceDefinitionSpec::default()
            },
            ..CustomResourceDefinition::default()
        };
    }
}

/// A schema in which each form of its fields stands.
fn schema() -> kubeclient::apiextensions_v1::JSONSchemaProps {
    use kubeclient::apiextensions_v1::{
        JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool, ValidationRule,
    };

    let of_type = |name: &str| JSONSchemaProps { type_: name.into(), ..Default::default() };
    let replicas = JSONSchemaProps {
        minimum: Some(0.0),
        maximum: Some(10.0),
        multiple_of: Some(1.0),
        default: Some(RawJson::new("3").unwrap()),
        ..of_type("integer")
    };
    let ratio = JSONSchemaProps {
        minimum: Some(-0.25),
        maximum: Some(1e21),
        exclusive_maximum: true,
        ..of_type("number")
    };
    let modes = JSONSchemaProps {
        items: some(JSONSchemaPropsOrArray {
            schema: some(JSONSchemaProps {
                enum_: vec![RawJson::new("\"a\"").unwrap(), RawJson::new("\"b\"").unwrap()],
                ..of_type("string")
            }),
            ..JSONSchemaPropsOrArray::default()
        }),
        x_kubernetes_list_type: Some("set".into()),
        max_items: Some(4),
        ..of_type("array")
    };
    let options = JSONSchemaProps {
        additional_properties: some(JSONSchemaPropsOrBool {
            allows: true,
            schema: some(of_type("string")),
        }),
        ..of_type("object")
    };
    let either = JSONSchemaProps { x_kubernetes_int_or_string: true, ..JSONSchemaProps::default() };
    let spec = JSONSchemaProps {
        properties: [
            ("replicas", replicas),
            ("ratio", ratio),
            ("modes", modes),
            ("options", options),
            ("port", either),
        ]
        .into(),
        required: strings(["replicas"]),
        x_kubernetes_validations: vec![ValidationRule {
            rule: "self.replicas != 7".into(),
            message: "not 7".into(),
            reason: Some("FieldValueForbidden".into()),
            ..ValidationRule::default()
        }],
        ..of_type("object")
    };
    let status =
        JSONSchemaProps { x_kubernetes_preserve_unknown_fields: Some(true), ..of_type("object") };
    JSONSchemaProps { properties: [("spec", spec), ("status", status)].into(), ..of_type("object") }
}
