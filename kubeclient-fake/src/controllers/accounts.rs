//! Every namespace has a service account `default`.

use serde_json::json;

use super::Change;
use super::desk::Desk;
use crate::object::Object;
use crate::store::Key;

const RESOURCE: &str = "serviceaccounts";
const NAME: &str = "default";

/// Makes the account when its namespace is new, and again when it was deleted.
pub(super) fn react(desk: &mut Desk<'_, '_>, change: Change<'_>) {
    let Change { key, before, after } = change;
    let namespace = match &*key.resource {
        "namespaces" if before.is_none() => &key.name,
        RESOURCE if after.is_none() && key.name == NAME => &key.namespace,
        _ => return,
    };
    let lives = desk
        .get(&Key::new("namespaces", "", namespace))
        .is_some_and(|namespace| !namespace.value.is_terminating());
    let account = Key::new(RESOURCE, namespace, NAME);
    if !lives || desk.get(&account).is_some() {
        return;
    }
    let object = json!({
        "kind": "ServiceAccount", "apiVersion": "v1",
        "metadata": {"name": NAME, "namespace": namespace},
    });
    desk.create(account, object);
}
