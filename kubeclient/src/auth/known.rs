//! [`Known`]: what clients of one configuration share, so that they ask for a credential once.

use std::process;
use std::sync::{Arc, Mutex, Weak};

use crate::sync::lock;

/// What clients of this process have, found as long as one of them has it; a child that was forked has its own.
/// client-go keeps them for good.
pub(super) struct Known<T>(Mutex<Vec<(u32, Weak<T>)>>);

impl<T> Known<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Those for which this holds.
    pub(super) fn all(&self, holds: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
        let known = lock(&self.0);
        let ours = known.iter().filter(|(of, _)| *of == process::id());
        ours.filter_map(|(_, one)| one.upgrade()).filter(|one| holds(one)).collect()
    }

    /// The one for which this holds, or a new one.
    pub(super) fn get_or(&self, holds: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> Arc<T> {
        let process = process::id();
        let mut known = lock(&self.0);
        known.retain(|(of, one)| *of == process && one.strong_count() > 0);
        let mut all = known.iter().filter_map(|(_, one)| one.upgrade());
        all.find(|one| holds(one)).unwrap_or_else(|| {
            let one = Arc::new(make());
            known.push((process, Arc::downgrade(&one)));
            one
        })
    }
}
