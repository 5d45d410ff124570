//! What stands against an apply: fields that others hold, and how the server says so.

use super::managers::{Id, Managers, Operation};
use super::set::{FieldSet, Path};
use crate::failure::{Cause, Details, Failure};

/// A field that another manager holds and the apply would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    pub(super) manager: Id,
    pub(super) path: Path,
}

/// The fields of `written` that others than `applier` hold, in the order of the managers.
pub(super) fn conflicts(managers: &Managers, applier: &Id, written: &FieldSet) -> Vec<Conflict> {
    let mut others: Vec<_> = managers.iter().filter(|(id, _)| *id != applier).collect();
    others.sort_by_cached_key(|(id, _)| id.sort_key());
    let conflicts = others.into_iter().flat_map(|(id, holding)| {
        let paths = holding.fields.intersection(written).paths();
        paths.into_iter().map(|path| Conflict { manager: id.clone(), path })
    });
    conflicts.collect()
}

/// The refusal.
pub(super) fn refusal(conflicts: &[Conflict]) -> Failure {
    let cause = |conflict: &Conflict| Cause {
        reason: "FieldManagerConflict".to_owned(),
        message: format!("conflict with {}", describe(&conflict.manager)),
        field: conflict.path.to_string(),
    };
    let details = Details { causes: conflicts.iter().map(cause).collect(), ..Details::default() };
    Failure::new(409, "Conflict", message(conflicts)).with_details(details)
}

fn message(conflicts: &[Conflict]) -> String {
    if let [only] = conflicts {
        let manager = describe(&only.manager);
        return format!("Apply failed with 1 conflict: conflict with {manager}: {}", only.path);
    }
    let mut lines = Vec::new();
    let mut last = None;
    for conflict in conflicts {
        if last != Some(&conflict.manager) {
            lines.push(format!("conflicts with {}:", describe(&conflict.manager)));
            last = Some(&conflict.manager);
        }
        lines.push(format!("- {}", conflict.path));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

/// `"m"`, `"m" using v1`, `"m" with subresource "scale" using apps/v1`.
fn describe(manager: &Id) -> String {
    let mut text = format!("{:?}", manager.name);
    if !manager.subresource.is_empty() {
        text.push_str(&format!(" with subresource {:?}", manager.subresource));
    }
    if manager.operation == Operation::Update {
        text.push_str(&format!(" using {}", manager.api_version));
    }
    text
}
