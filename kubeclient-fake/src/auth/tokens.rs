//! The bearer tokens that the server knows: those it was started with and those it has issued.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::User;
use crate::clock::Clock;

/// Tokens and whom they name. Clones share them.
#[derive(Clone)]
pub(crate) struct Tokens {
    clock: Clock,
    known: Arc<Mutex<HashMap<String, Known>>>,
}

struct Known {
    user: User,
    until: Option<Timestamp>,
}

impl Tokens {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), known: Arc::default() }
    }

    /// From now on the token names the user, until then if it ends.
    pub(crate) fn issue(&self, token: impl Into<String>, user: User, until: Option<Timestamp>) {
        self.lock().insert(token.into(), Known { user, until });
    }

    /// Whom the token names.
    pub(crate) fn user(&self, token: &str) -> Option<User> {
        let known = self.lock();
        let known = known.get(token)?;
        let holds = known.until.is_none_or(|until| self.clock.now() < until);
        holds.then(|| known.user.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
