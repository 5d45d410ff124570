//! A live object with an applied one laid over it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::check::item_step;
use super::element::Element;
use super::types::{Relation, Shape, Type};

/// Both together: where both have a leaf it is the applied one's. Nothing is removed.
pub(super) fn merge(ty: Type<'_>, live: &Value, applied: &Value) -> Value {
    merge_value(ty, Some(live), Some(applied)).unwrap_or(Value::Null)
}

fn merge_value(ty: Type<'_>, live: Option<&Value>, applied: Option<&Value>) -> Option<Value> {
    let leading = applied.or(live)?;
    match ty.shape(leading) {
        Shape::Map if !ty.is_atomic_map() => {
            let live_map = live.and_then(Value::as_object).filter(|map| !map.is_empty());
            let applied_map = applied.and_then(Value::as_object).filter(|map| !map.is_empty());
            if live_map.is_some() || applied_map.is_some() {
                return merge_maps(ty, live_map, applied_map);
            }
        }
        Shape::List if ty.relation() != Relation::Atomic => {
            let live_items = live.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let applied_items = applied.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            if !live_items.is_empty() || !applied_items.is_empty() {
                return merge_lists(ty, live_items, applied_items);
            }
        }
        Shape::Map | Shape::List | Shape::Scalar => {}
    }
    Some(leading.clone())
}

fn merge_maps(
    ty: Type<'_>,
    live: Option<&Map<String, Value>>,
    applied: Option<&Map<String, Value>>,
) -> Option<Value> {
    let names: BTreeSet<&String> =
        live.into_iter().chain(applied).flat_map(|map| map.keys()).collect();
    let mut merged = Map::new();
    for name in names {
        let live = live.and_then(|map| map.get(name));
        let applied = applied.and_then(|map| map.get(name));
        // A field that the schema does not know cannot be here: it was refused before.
        let field = ty.field(name).unwrap_or(Type::Untyped);
        if let Some(value) = merge_value(field, live, applied) {
            merged.insert(name.clone(), value);
        }
    }
    (!merged.is_empty()).then_some(Value::Object(merged))
}

/// The applied items in their order; the items that only the live list has stay after the ones that they
/// followed, as far as the applied order lets them.
fn merge_lists(ty: Type<'_>, live: &[Value], applied: &[Value]) -> Option<Value> {
    let live = Items::new(ty, live);
    let applied = Items::new(ty, applied);
    let mut shared: VecDeque<&Element> =
        applied.list.iter().map(|(step, _)| step).filter(|step| live.has(step)).collect();
    let mut taken = BTreeSet::new();
    let mut merged = Vec::new();
    let (mut ours, mut theirs) = (live.list.iter().peekable(), applied.list.iter().peekable());
    loop {
        let (mine, next) = (ours.peek().copied(), theirs.peek().copied());
        if let Some((step, item)) = mine {
            if !applied.has(step) {
                merged.extend(merge_value(ty.item(), Some(item), None));
                ours.next();
                continue;
            }
            // Its place is where the applied list has it, unless the two stand at the same item.
            let is_level = next.is_some_and(|(other, _)| other == step);
            let is_awaited = shared.front().is_none_or(|awaited| *awaited == step);
            if !is_level && next.is_some() && !is_awaited {
                ours.next();
                continue;
            }
            if is_level || taken.contains(step) {
                ours.next();
            }
        }
        match next {
            Some((step, item)) => {
                merged.extend(merge_value(ty.item(), live.only(step), Some(item)));
                taken.insert(step);
                theirs.next();
                if shared.front() == Some(&step) {
                    shared.pop_front();
                }
            }
            None if ours.peek().is_none() => break,
            None => {}
        }
    }
    (!merged.is_empty()).then_some(Value::Array(merged))
}

/// A list's items with the steps to them.
struct Items<'a> {
    list: Vec<(Element, &'a Value)>,
    /// `None` for a step that several items have.
    by_step: BTreeMap<Element, Option<&'a Value>>,
}

impl<'a> Items<'a> {
    fn new(ty: Type<'_>, items: &'a [Value]) -> Self {
        let list: Vec<(Element, &Value)> =
            items.iter().filter_map(|item| Some((item_step(ty, item).ok()?, item))).collect();
        let mut by_step: BTreeMap<Element, Option<&Value>> = BTreeMap::new();
        for (step, item) in &list {
            by_step.entry(step.clone()).and_modify(|known| *known = None).or_insert(Some(item));
        }
        Self { list, by_step }
    }

    fn has(&self, step: &Element) -> bool {
        self.by_step.contains_key(step)
    }

    /// The item at the step, if it is the only one.
    fn only(&self, step: &Element) -> Option<&'a Value> {
        self.by_step.get(step).copied().flatten()
    }
}
