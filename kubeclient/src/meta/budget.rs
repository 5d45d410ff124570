//! How much memory may be made of an answer's bytes.
//!
//! Two bytes of an answer, `{}`, may stand for an object of a thousand, so that a bound on an answer's length is
//! none on memory. What is made of an answer is counted while it is made: elements of lists, entries of maps,
//! texts and boxes. As with managed fields, the bound can't reach those places through the types of users: it is
//! the thread's, for the time of one read. Without one, nothing is bounded.

use std::cell::Cell;

use serde::de;

/// What a heap adds to each piece.
pub(crate) const PIECE: usize = 32;

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    static BOUND: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Reads within a bound.
pub(crate) fn within<T>(bytes: usize, read: impl FnOnce() -> T) -> T {
    /// Puts back what was, also where a user's own type panics.
    struct Before(usize, usize);

    impl Drop for Before {
        fn drop(&mut self) {
            LEFT.set(self.0);
            BOUND.set(self.1);
        }
    }

    let _before = Before(LEFT.replace(bytes), BOUND.replace(bytes));
    read()
}

/// Reads once more within the same bound, where what was read before is gone.
pub(crate) fn afresh<T>(read: impl FnOnce() -> T) -> T {
    within(BOUND.get(), read)
}

/// Counts what one thing takes; it may overdraw the bound, which [`check`] finds before the next.
#[inline]
pub(crate) fn spend(bytes: usize) {
    let left = LEFT.get();
    // Where nothing is bounded, nothing adds up either.
    if left != usize::MAX {
        LEFT.set(left.saturating_sub(bytes));
    }
}

/// Whether there is nothing left.
#[inline]
pub(crate) fn is_spent() -> bool {
    LEFT.get() == 0
}

/// The bound, where nothing is left of it.
pub(crate) fn exceeded() -> Option<usize> {
    is_spent().then(|| BOUND.get())
}

/// Whether there may be a further element of a list or entry of a map.
#[inline]
pub(crate) fn check<E: de::Error>() -> Result<(), E> {
    if is_spent() { Err(spent()) } else { Ok(()) }
}

/// Whoever opened the bound says it in words of its own.
#[cold]
fn spent<E: de::Error>() -> E {
    E::custom("more memory than may be made of an answer")
}

/// What an element of a list takes beside what it holds.
pub(crate) const fn element<T>() -> usize {
    // What owns something on the heap has at least one piece there.
    size_of::<T>() + if std::mem::needs_drop::<T>() { PIECE } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_the_threads_and_ends_with_the_read() {
        assert!(!is_spent());
        within(10, || {
            spend(9);
            assert!(!is_spent());
            within(5, || {
                spend(7);
                assert_eq!(exceeded(), Some(5));
            });
            assert!(!is_spent(), "the outer bound counts alone");
            spend(1);
            assert!(check::<serde_json::Error>().is_err());
            let elsewhere = std::thread::scope(|scope| scope.spawn(is_spent).join().unwrap());
            assert!(!elsewhere);
        });
        assert!(!is_spent());
    }
}
