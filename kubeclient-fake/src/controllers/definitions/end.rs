//! The end of a definition: its objects are deleted, and when none is left, it goes.

use super::{API_SERVER, CLEANUP, is, set_condition};
use crate::api::delete::options::Propagation;
use crate::controllers::desk::Desk;
use crate::object::{Object, metadata_mut};
use crate::store::Key;

/// Goes on with the end of a definition that was deleted.
pub(super) fn go_on(desk: &mut Desk<'_, '_>, key: &Key) {
    let ends = |definition: &serde_json::Value| {
        definition.is_terminating() && definition.finalizers().contains(&CLEANUP)
    };
    let Some(live) = desk.get(key).filter(|live| ends(&live.value)) else { return };
    let mut new = live.value.clone();
    let why = "CustomResource deletion is in progress";
    let condition = ["Terminating", "True", "InstanceDeletionInProgress", why];
    set_condition(&mut new, condition, desk.time);
    desk.save(&live, new, API_SERVER, "status");

    let was_served = is(&live.value, "Established");
    if was_served {
        // The storage of its objects has the definition's name.
        for object in desk.transaction.list(&key.name, None) {
            desk.delete(&object.key, Propagation::Background);
        }
        if !desk.transaction.list(&key.name, None).is_empty() {
            return;
        }
    }
    let Some(live) = desk.get(key) else { return };
    let mut new = live.value.clone();
    let condition = if was_served {
        ["Terminating", "False", "InstanceDeletionCompleted", "removed all instances"]
    } else {
        ["Terminating", "False", "NeverEstablished", "resource was never established"]
    };
    set_condition(&mut new, condition, desk.time);
    let metadata = metadata_mut(&mut new);
    if let Some(finalizers) = metadata.get_mut("finalizers").and_then(|list| list.as_array_mut()) {
        finalizers.retain(|name| name != CLEANUP);
        if finalizers.is_empty() {
            metadata.remove("finalizers");
        }
    }
    desk.save(&live, new, API_SERVER, "status");
}
