//! Definitions of custom resources, drawn by lot.

use serde_json::{Map, Value, json};

use crate::mutate::{any, number};
use crate::random::Random;

/// A definition whose schema means no good.
pub(crate) fn definition(random: &mut Random) -> Value {
    let spec = schema(random, 4);
    let mut root = json!({"type": "object", "properties": {"spec": spec, "status": {
        "type": "object", "x-kubernetes-preserve-unknown-fields": true}}});
    if random.one_in(20) {
        for _ in 0..(10 + random.below(45)) {
            root = json!({"type": "object", "properties": {"a": root}});
        }
    }
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.hostile.example.com"},
        "spec": {
            "group": "hostile.example.com", "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing", "singular": "thing", "listKind": "ThingList"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": root},
                "subresources": {"status": {}, "scale": {
                    "specReplicasPath": ".spec.a", "statusReplicasPath": ".status.a"}},
                "additionalPrinterColumns": [
                    {"name": "A", "type": random.pick(&["string", "integer", "date", "number", "boolean"]),
                     "jsonPath": random.pick(&[".spec.a", ".spec..a", ".spec[?(@.a==1)].b", ".spec[-1:]",
                                               ".spec[9999999999999999999]", ".é", "{", ".a[0:1:0]"])}
                ],
                "selectableFields": if random.one_in(3) { json!([{"jsonPath": ".spec.a"}]) } else { json!([]) },
            }]
        }
    })
}

fn schema(random: &mut Random, depth: usize) -> Value {
    let mut schema = Map::new();
    let kinds = ["object", "array", "string", "integer", "number", "boolean", "null", ""];
    let kind = random.pick(&kinds[..if depth == 0 { 8 } else { 4 }]);
    schema.insert("type".into(), kind.into());
    if kind == "array" {
        schema.insert("items".into(), self::schema(random, depth.saturating_sub(1)));
    }
    if kind == "object" && depth > 0 {
        let names = ["a", "b", "name", "metadata", "spec", "items", "kind"];
        let fields: Map<String, Value> = (0..random.below(4))
            .map(|_| ((random.pick(&names)).to_owned(), self::schema(random, depth - 1)))
            .collect();
        schema.insert("properties".into(), fields.into());
    }
    let patterns =
        ["(", "^(a+)+$", "a{1000}{1000}", "(?=x)", "\\p{Greek}", "[[:alpha:]]", "(?P<n>x)", "\\C"];
    let formats =
        ["date-time", "int32", "int64", "ipv4", "byte", "duration", "uuid", "é", "password"];
    for _ in 0..random.below(3) {
        let (key, value) = match random.below(22) {
            0 => ("pattern", json!(random.pick(&patterns))),
            1 => ("format", json!(random.pick(&formats))),
            2 => ("enum", (0..random.below(2000)).map(|i| json!(i)).collect()),
            3 => ("enum", any(random, 2)),
            4 => ("default", any(random, 3)),
            5 => ("maximum", number(random)),
            6 => ("minimum", number(random)),
            7 => ("multipleOf", number(random)),
            8 => ("maxLength", number(random)),
            9 => ("minItems", number(random)),
            10 => ("required", any(random, 1)),
            11 => ("nullable", true.into()),
            12 => ("x-kubernetes-preserve-unknown-fields", true.into()),
            13 => ("x-kubernetes-embedded-resource", true.into()),
            14 => ("x-kubernetes-int-or-string", true.into()),
            15 => ("x-kubernetes-list-type", json!(random.pick(&["map", "set", "atomic", "x"]))),
            16 => ("x-kubernetes-list-map-keys", json!([random.pick(&["a", "name", "é"])])),
            17 => ("x-kubernetes-map-type", json!(random.pick(&["granular", "atomic"]))),
            18 => ("anyOf", json!([self::schema(random, depth.saturating_sub(1))])),
            19 => ("not", self::schema(random, depth.saturating_sub(1))),
            20 => ("$ref", json!("#/definitions/self")),
            _ => ("additionalProperties", self::schema(random, depth.saturating_sub(1))),
        };
        schema.insert(key.into(), value);
    }
    schema.into()
}
