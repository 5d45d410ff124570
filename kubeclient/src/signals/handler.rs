//! [`SignalHandler`]: SIGTERM and SIGINT stop a token first, and end the process then.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::{SigId, flag, low_level};

use crate::background::{Background, drop_wait};
use crate::error::{Error, ErrorKind};
use crate::stop::Stop;
use crate::sync::{Mutex, lock};

const SIGNALS: [i32; 2] = [SIGTERM, SIGINT];

/// How many handlers there are.
static HANDLERS: Mutex<usize> = Mutex::new(0);

/// Makes the signals do what they do by default while there is no handler: a signal that was handled once
/// stays so for the system.
static NOBODY: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Lets SIGTERM and SIGINT (Ctrl-C) stop a token: the program ends as it does when the token is stopped. A
/// second such signal ends the process at once, as it does by default.
///
/// Dropped, both signals do what they do by default.
///
/// ```
/// use kubeclient::Stop;
/// use kubeclient::signals::SignalHandler;
///
/// let stop = Stop::new();
/// let _signals = SignalHandler::setup(&stop)?;
/// // controller.run(&stop, ..)? returns when the program is to end.
/// assert!(!stop.is_stopped());
/// # Ok::<(), kubeclient::Error>(())
/// ```
///
/// # Threads
/// One, which waits for signals and stops the token. Dropping waits for it, for up to a second where it is in a
/// hook of the token.
#[must_use = "dropping it takes the handling back"]
pub struct SignalHandler {
    signals: Handle,
    /// The actions of the second signal.
    ids: Vec<SigId>,
    thread: Option<Background<()>>,
    /// Whether it is one of [`HANDLERS`].
    counts: bool,
}

impl SignalHandler {
    /// Handles the signals from now on. Of several handlers, each stops its token.
    ///
    /// # Errors
    /// [`System`](ErrorKind::System): the system refuses, or has no thread to give.
    pub fn setup(stop: &Stop) -> Result<Self, Error> {
        let nobody = Self::nobody()?;
        let mut signals = Signals::new(SIGNALS).map_err(refused)?;
        let mut handler =
            Self { signals: signals.handle(), ids: Vec::new(), thread: None, counts: false };
        let is_second = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            // In this order: the first signal finds the flag unset.
            let second = flag::register_conditional_default(signal, Arc::clone(&is_second));
            handler.ids.push(second.map_err(refused)?);
            let first = flag::register(signal, Arc::clone(&is_second));
            handler.ids.push(first.map_err(refused)?);
        }
        let stop = stop.clone();
        let wait = move || {
            if let Some(signal) = signals.forever().next() {
                let name = low_level::signal_name(signal).unwrap_or("a signal");
                log::info!("{name}: stopping; a second one ends the process at once");
                stop.stop();
            }
        };
        let thread = Background::spawn("signals", wait).map_err(|(error, _)| refused(error))?;
        handler.thread = Some(thread);
        // Only now, so that a signal that comes before does what it does by default.
        let mut handlers = lock(&HANDLERS);
        *handlers += 1;
        handler.counts = true;
        nobody.store(false, Ordering::SeqCst);
        drop(handlers);
        Ok(handler)
    }

    /// The flag of [`NOBODY`], with its actions.
    fn nobody() -> Result<&'static Arc<AtomicBool>, Error> {
        if let Some(nobody) = NOBODY.get() {
            return Ok(nobody);
        }
        let nobody = Arc::new(AtomicBool::new(true));
        for signal in SIGNALS {
            flag::register_conditional_default(signal, Arc::clone(&nobody)).map_err(refused)?;
        }
        Ok(NOBODY.get_or_init(|| nobody))
    }
}

impl Drop for SignalHandler {
    fn drop(&mut self) {
        // First, so that a signal that comes meanwhile is not lost.
        if self.counts {
            count_out();
        }
        for id in self.ids.drain(..) {
            low_level::unregister(id);
        }
        self.signals.close();
        if let Some(thread) = &self.thread {
            // It may be in a hook of the token, which may be what drops this.
            thread.leave("the handler of signals", &drop_wait());
        }
    }
}

impl fmt::Debug for SignalHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalHandler").finish_non_exhaustive()
    }
}

/// There is one handler less.
fn count_out() {
    let mut handlers = lock(&HANDLERS);
    *handlers -= 1;
    if let (0, Some(nobody)) = (*handlers, NOBODY.get()) {
        nobody.store(true, Ordering::SeqCst);
    }
}

fn refused(error: io::Error) -> Error {
    Error::new(ErrorKind::System, "signals could not be handled").because(error)
}
