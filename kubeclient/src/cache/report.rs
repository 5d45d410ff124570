//! [`Reporter`]: where failures go that stop nothing; and the guard around the program's own functions.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, ErrorKind};

/// Is told of what failed while the rest goes on.
pub(crate) struct Reporter(Box<dyn Fn(&Error) + Send + Sync>);

impl Reporter {
    pub(crate) fn new(report: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        Self(Box::new(report))
    }

    pub(crate) fn report(&self, error: &Error) {
        if let Err(panic) = guarded("the error handler", || (self.0)(error)) {
            log::error!("{panic}");
        }
    }
}

/// Reports go to the log.
impl Default for Reporter {
    fn default() -> Self {
        Self::new(|error| log::warn!("{error:#}"))
    }
}

/// Runs a function of the program; a panic in it becomes an error that says which.
pub(crate) fn guarded<R>(what: impl Display, run: impl FnOnce() -> R) -> Result<R, Error> {
    // What a panic leaves behind is the program's own state, or an object that is thrown away.
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        Error::new(ErrorKind::Panic, format!("{what} panicked: {}", message(&*panic)))
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no message)")
}
