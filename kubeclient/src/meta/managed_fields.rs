//! Passing `metadata.managedFields` over while objects are read.
//!
//! It is often the larger half of an object, and few programs look at it. The wish can't reach the reader of
//! one field through the types of users, which serde reads: it is the thread's, for the time of one read.

use std::cell::Cell;

thread_local! {
    static SKIPPED: Cell<bool> = const { Cell::new(false) };
}

/// Whether the objects that this thread reads now are to have no `managedFields`.
pub(crate) fn are_skipped() -> bool {
    SKIPPED.get()
}

/// Reads without `managedFields`, if so.
pub(crate) fn skipping<T>(skip: bool, read: impl FnOnce() -> T) -> T {
    /// Puts back what was, also where a user's own type panics.
    struct Before(bool);

    impl Drop for Before {
        fn drop(&mut self) {
            SKIPPED.set(self.0);
        }
    }

    let _before = Before(SKIPPED.replace(skip));
    read()
}
