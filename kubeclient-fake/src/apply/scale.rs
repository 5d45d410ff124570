//! Who holds `replicas`, seen from a `Scale` and back.

use serde_json::Value;

use super::element::Element;
use super::managers::{Holding, Managers};
use super::set::FieldSet;

const SCALE_VERSION: &str = "autoscaling/v1";

/// The `managedFields` of a `Scale`: those of its parent who hold the replicas hold the scale's.
pub(crate) fn for_scale(parent: Option<&Value>, replicas: &[&str]) -> Option<Value> {
    let path: Vec<Element> = replicas.iter().map(|name| Element::field(name)).collect();
    let mut scale = Managers::default();
    for (id, holding) in Managers::from_wire(parent).ok()?.iter() {
        if holding.fields.has(&path) {
            let held = Holding {
                fields: scale_replicas(),
                api_version: SCALE_VERSION.to_owned(),
                time: holding.time.clone(),
            };
            scale.put(id.clone(), held);
        }
    }
    scale.wire()
}

/// The `managedFields` of the parent after a write of its `Scale`, which has `scale`: who lost the replicas
/// there loses them here, who came to hold them there holds them here.
pub(crate) fn for_parent(
    parent: Option<&Value>,
    scale: Option<&Value>,
    replicas: &[&str],
    api_version: &str,
) -> Option<Value> {
    let path: Vec<Element> = replicas.iter().map(|name| Element::field(name)).collect();
    let moved = FieldSet::of_fields(&[replicas]);
    let (Ok(before), Ok(scale)) = (Managers::from_wire(parent), Managers::from_wire(scale)) else {
        return parent.cloned();
    };
    let mut after = Managers::default();
    for (id, holding) in before.iter() {
        let mut holding = holding.clone();
        if holding.fields.has(&path) && scale.get(id).is_none() {
            holding.fields = holding.fields.difference(&moved);
        }
        after.put(id.clone(), holding);
    }
    after.drop_idle();
    let scale_path = [Element::field("spec"), Element::field("replicas")];
    for (id, holding) in scale.iter() {
        let is_kept = before.get(id).is_some_and(|held| held.fields.has(&path));
        if !is_kept && holding.fields.has(&scale_path) {
            // The real server loses the time here, unless the manager applied to the parent before.
            let time = before.get(id).and_then(|held| held.time.clone());
            let (fields, api_version) = (moved.clone(), api_version.to_owned());
            after.put(id.clone(), Holding { fields, api_version, time });
        }
    }
    after.wire()
}

fn scale_replicas() -> FieldSet {
    FieldSet::of_fields(&[&["spec", "replicas"]])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(manager: &str, operation: &str, subresource: &str, fields: Value) -> Value {
        let mut entry = json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1", "fieldsV1": fields, "time": "2026-01-01T00:00:00Z"});
        if !subresource.is_empty() {
            entry["subresource"] = json!(subresource);
        }
        entry
    }

    const REPLICAS: &[&str] = &["spec", "replicas"];

    #[test]
    fn a_scale_is_held_by_those_who_hold_the_replicas() {
        let parent = json!([
            entry("a", "Apply", "", json!({"f:spec": {"f:replicas": {}, "f:x": {}}})),
            entry("b", "Update", "", json!({"f:spec": {"f:x": {}}})),
        ]);
        let scale = for_scale(Some(&parent), REPLICAS).unwrap();
        assert_eq!(scale.as_array().unwrap().len(), 1);
        assert_eq!(scale[0]["apiVersion"], "autoscaling/v1");
        assert_eq!(scale[0]["fieldsV1"], json!({"f:spec": {"f:replicas": {}}}));
    }

    #[test]
    fn who_scales_takes_the_replicas_from_the_parents_managers() {
        let parent = json!([
            entry("a", "Apply", "", json!({"f:spec": {"f:replicas": {}, "f:x": {}}})),
            entry("old", "Update", "scale", json!({"f:spec": {"f:replicas": {}}})),
        ]);
        let mut hpa = entry("hpa", "Update", "scale", json!({"f:spec": {"f:replicas": {}}}));
        hpa["apiVersion"] = json!("autoscaling/v1");
        let after = for_parent(Some(&parent), Some(&json!([hpa])), REPLICAS, "apps/v1").unwrap();
        let mut expected = entry("hpa", "Update", "scale", json!({"f:spec": {"f:replicas": {}}}));
        expected.as_object_mut().unwrap().remove("time");
        assert_eq!(
            after,
            json!([entry("a", "Apply", "", json!({"f:spec": {"f:x": {}}})), expected])
        );
    }

    #[test]
    fn an_applier_who_keeps_the_replicas_keeps_its_entry() {
        let parent =
            json!([entry("a", "Apply", "", json!({"f:spec": {"f:replicas": {}, "f:x": {}}}))]);
        let scale = for_scale(Some(&parent), REPLICAS);
        assert_eq!(for_parent(Some(&parent), scale.as_ref(), REPLICAS, "apps/v1"), Some(parent));
    }
}
