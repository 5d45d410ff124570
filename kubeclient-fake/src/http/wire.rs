//! What is done on purpose to an answer on the wire: where, and what. Who wants it is not known here.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Response;

/// What happens to one answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) at: Point,
    pub(crate) act: Act,
}

/// When it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// The request has been read, and nothing been done about it.
    Arrival,
    /// The request has been dealt with, and nothing been sent.
    Handled,
    /// The head and so many bytes of the body have been sent.
    Bytes(u64),
    /// The head and so many lines of the body have been sent: a watch's events.
    Events(u64),
}

/// What happens.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The connection is reset.
    Reset,
    /// The connection is closed; the answer's framing says that more should come.
    Close,
    /// The body ends; the answer's framing says that it is whole.
    End,
    /// Nothing goes on until the gate opens or the time is over.
    Wait(Arc<Gate>, Option<Duration>),
    /// These bytes are sent, outside of all framing, and the connection is closed.
    Raw(Vec<u8>),
    /// This piece is the body's last; the answer's framing says that it is whole.
    Last(Vec<u8>),
    /// This answer goes out in place of the service's.
    Answer(Response),
    /// So many bytes a second from here on.
    Rate(u64),
    /// The body's pieces are split and joined at random from here on.
    Chop(u64),
}

impl Plan {
    /// The answer to give in place of the service's, and when it takes that place.
    pub(crate) fn instead(&self) -> Option<(Point, &Response)> {
        self.steps.iter().find_map(|step| match &step.act {
            Act::Answer(response) => Some((step.at, response)),
            _ => None,
        })
    }

    /// What happens at this point, in its order.
    pub(super) fn at(&self, point: Point) -> impl Iterator<Item = &Act> {
        self.steps.iter().filter(move |step| step.at == point).map(|step| &step.act)
    }
}

/// What keeps answers waiting until it is opened.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    /// Lets all pass, now and from now on.
    pub(crate) fn open(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }

    /// Waits until it is open, the time is over, or `is_closed` says that the wait is for nobody: `false`.
    pub(super) fn pass(
        &self,
        limit: Option<Duration>,
        mut is_closed: impl FnMut() -> bool,
    ) -> bool {
        const LOOK: Duration = Duration::from_millis(50);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        loop {
            if is_closed() {
                return false;
            }
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if *open || left.is_some_and(|left| left.is_zero()) {
                return true;
            }
            let look = left.map_or(LOOK, |left| left.min(LOOK));
            drop(self.opened.wait_timeout(open, look));
        }
    }
}

/// Splits and joins pieces at random, the same way for the same seed.
#[derive(Debug)]
pub(super) struct Chopper {
    state: u64,
    /// What waits for the next piece.
    pub(super) held: Vec<u8>,
}

impl Chopper {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed, held: Vec::new() }
    }

    /// Takes a piece in; what goes out now, each by itself.
    pub(super) fn chop(&mut self, piece: &[u8]) -> Vec<Vec<u8>> {
        self.held.extend_from_slice(piece);
        let mut out = Vec::new();
        while !self.held.is_empty() {
            // One draw in four holds the rest back, to be joined with what comes next.
            if self.random().is_multiple_of(4) {
                break;
            }
            let size = self.size();
            out.push(self.held.drain(..size).collect());
        }
        out
    }

    /// Between one byte and all; short pieces are as likely as long ones, so that cuts fall everywhere.
    fn size(&mut self) -> usize {
        let longest = match self.random() % 3 {
            0 => 8,
            1 => 256,
            _ => self.held.len(),
        };
        let longest = longest.clamp(1, self.held.len());
        let drawn = self.random() % longest as u64;
        usize::try_from(drawn).unwrap_or_default() + 1
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
