//! Signals of the system that end a program: [`SignalHandler`] (feature `signals`).
//!
//! Nothing here happens without being asked for: the library changes no signal's handling by itself. Its own
//! calls do not mind signals that are handled.

mod handler;
#[cfg(all(test, feature = "derive"))]
mod tests;

pub use handler::SignalHandler;
