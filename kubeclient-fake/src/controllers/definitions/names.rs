//! Whether the names of a definition are free in its group, and what it is called then.

use serde_json::{Value, json};

use super::{API_SERVER, definitions, is, set_condition, text};
use crate::controllers::desk::Desk;
use crate::store::Key;

/// Judges the names of a definition, where they are not the accepted ones already; with all accepted, it is
/// established.
pub(super) fn judge(desk: &mut Desk<'_, '_>, key: &Key) {
    let Some(live) = desk.get(key) else { return };
    let mut new = live.value.clone();
    if new["spec"]["names"] != new["status"]["acceptedNames"] {
        accept(desk, &mut new);
        desk.save(&live, new, API_SERVER, "status");
    }
    let Some(live) = desk.get(key) else { return };
    if is(&live.value, "NamesAccepted") && !is(&live.value, "Established") {
        let mut new = live.value.clone();
        let why = "the initial names have been accepted";
        let condition = ["Established", "True", "InitialNamesAccepted", why];
        set_condition(&mut new, condition, desk.time);
        desk.save(&live, new, API_SERVER, "status");
    }
}

/// Takes those of the names that nobody else has, and says of the last one that somebody has.
fn accept(desk: &Desk<'_, '_>, definition: &mut Value) {
    let taken = Taken::in_group(desk, text(definition, "/spec/group"));
    let wanted = definition["spec"]["names"].clone();
    let before = definition["status"]["acceptedNames"].clone();
    let mut accepted = if before.is_object() { before.clone() } else { json!({}) };
    let mut conflict: Option<(&str, String)> = None;
    for (name, reason, used) in [
        ("plural", "PluralConflict", &taken.resources),
        ("singular", "SingularConflict", &taken.resources),
        ("shortNames", "ShortNamesConflict", &taken.resources),
        ("kind", "KindConflict", &taken.kinds),
        ("listKind", "ListKindConflict", &taken.kinds),
    ] {
        let own = names(&before[name]);
        let wants = names(&wanted[name]);
        let clashes: Vec<String> = wants
            .iter()
            .filter(|want| !own.contains(want) && used.contains(want))
            .map(|want| format!("{want:?} is already in use"))
            .collect();
        match clashes.as_slice() {
            [] => set(&mut accepted, name, &wanted[name]),
            [one] => conflict = Some((reason, one.clone())),
            many => conflict = Some((reason, format!("[{}]", many.join(", ")))),
        }
    }
    set(&mut accepted, "categories", &wanted["categories"]);
    definition["status"]["acceptedNames"] = accepted;
    let time = desk.time;
    match &conflict {
        None => {
            let condition = ["NamesAccepted", "True", "NoConflicts", "no conflicts found"];
            set_condition(definition, condition, time);
        }
        Some((reason, why)) => {
            set_condition(definition, ["NamesAccepted", "False", *reason, why.as_str()], time);
        }
    }
    if is(definition, "Established") {
        return;
    }
    let (reason, why) = match &conflict {
        None => ("Installing", "the initial names have been accepted"),
        Some(_) => ("NotAccepted", "not all names are accepted"),
    };
    set_condition(definition, ["Established", "False", reason, why], time);
}

/// The names that the definitions of a group have.
#[derive(Default)]
struct Taken {
    resources: Vec<String>,
    kinds: Vec<String>,
}

impl Taken {
    fn in_group(desk: &Desk<'_, '_>, group: &str) -> Self {
        let mut taken = Self::default();
        for other in definitions(desk, group) {
            let accepted = &other.value["status"]["acceptedNames"];
            for name in ["plural", "singular", "shortNames"] {
                taken.resources.extend(names(&accepted[name]));
            }
            for name in ["kind", "listKind"] {
                taken.kinds.extend(names(&accepted[name]));
            }
        }
        taken
    }
}

/// The name, or the names.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) if !name.is_empty() => vec![name.clone()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn set(names: &mut Value, name: &str, value: &Value) {
    match (names.as_object_mut(), value) {
        (Some(names), Value::Null) => {
            names.remove(name);
        }
        (Some(names), value) => {
            names.insert(name.to_owned(), value.clone());
        }
        (None, _) => {}
    }
}
