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
