//! Filters of events: [`generation_changed`].

use std::sync::Arc;

use crate::cache::CacheEvent;
use crate::meta::resource::{Metadata, Object};

/// Passes all but the updates that leave what is wanted as it was, such as those of a status alone: for
/// [`ControllerBuilder::filter`](super::ControllerBuilder::filter).
///
/// It goes by `metadata.generation`. What comes and goes, an object whose deletion begins, one that is told
/// of again ([`HandlerOptions::resync`](crate::cache::HandlerOptions::resync)), and objects of kinds without
/// generations pass. Changes of labels, annotations and finalizers alone do not.
pub fn generation_changed<T: Object>(event: &CacheEvent<T>) -> bool {
    let CacheEvent::Updated { old, new } = event else {
        return true;
    };
    let (before, now) = (old.metadata(), new.metadata());
    Arc::ptr_eq(old, new)
        || now.generation() == 0
        || now.generation() != before.generation()
        || now.is_being_deleted() != before.is_being_deleted()
        || now.uid() != before.uid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Deleted;
    use crate::meta::object_meta::ObjectMeta;
    use crate::meta::partial::PartialObjectMetadata;

    type Meta = PartialObjectMetadata;

    fn object(generation: i64, change: impl FnOnce(&mut ObjectMeta)) -> Arc<Meta> {
        let mut metadata = ObjectMeta { generation, uid: "u".into(), ..ObjectMeta::named("a") };
        change(&mut metadata);
        Arc::new(Meta::new(metadata))
    }

    #[track_caller]
    fn check(old: &Arc<Meta>, new: &Arc<Meta>, passes: bool) {
        let event = CacheEvent::Updated { old: Arc::clone(old), new: Arc::clone(new) };
        assert_eq!(generation_changed(&event), passes, "{event:?}");
    }

    #[test]
    fn only_updates_of_the_same_generation_are_held_back() {
        let first = object(1, |_| {});
        check(&first, &object(1, |metadata| metadata.resource_version = "2".into()), false);
        check(&first, &object(1, |metadata| metadata.finalizers = vec!["f".into()]), false);
        check(&first, &object(2, |_| {}), true);
        check(&first, &first, true);
        check(&object(0, |_| {}), &object(0, |_| {}), true);
        check(&first, &object(1, |metadata| metadata.uid = "v".into()), true);
        let time = Some(crate::meta::time::Time::now());
        check(&first, &object(1, |metadata| metadata.deletion_timestamp = time), true);
        assert!(generation_changed(&CacheEvent::Added { object: first.clone(), initial: true }));
        assert!(generation_changed(&CacheEvent::Deleted(Deleted::Missed(first))));
    }
}
