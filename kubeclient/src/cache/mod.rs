//! What controllers are built of, after client-go's `tools/cache`: on threads.

pub mod queue;
