//! [`Core`]: what a candidate asks next, and what an answer makes of it. Pure: time is given, the elector
//! asks.
//!
//! Why there are never two leaders: a leader counts its time from the moment at which it *sent* its last
//! renewal, and for the renew deadline only. Another candidate takes the lease when its holder was *seen*
//! unchanged for the lease duration, which is longer and begins later. Each counts by its own monotonic
//! clock, so clocks may differ by any offset, and run at different rates as long as they do not differ by
//! more than lease duration over renew deadline (1.5 by default). Writes are checked by resource version.

use std::time::{Duration, Instant};

use super::lease::Lease;
use super::settings::Settings;
use crate::meta::time::MicroTime;

/// How many writes of unknown outcome are remembered.
const MOST_TRIED: usize = 8;

/// A moment: decisions go by `now`; `wall` is only written down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: Instant,
    pub(super) wall: MicroTime,
}

/// What to ask the server.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Get,
    Create(Box<Lease>),
    Replace(Box<Lease>),
    /// Nothing, until the next attempt.
    Rest,
}

/// What the server said.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Found(Box<Lease>),
    Missing,
    /// The write was done; the lease as it is stored.
    Stored(Box<Lease>),
    /// The write was not done: the lease is another one, or there is one, or none.
    Refused,
    /// Nobody knows, or not this time.
    Failed,
}

/// One candidate in one election, from its first attempt to the end of its term.
#[derive(Debug)]
pub(super) struct Core {
    settings: Settings,
    role: Role,
    known: Option<Known>,
    /// The acquire times by which this candidate knows a lease as its own: a lease that has only its
    /// identity may be that of a process before it, or of one that should have another name.
    own: Vec<MicroTime>,
    /// When the last request was sent.
    sent: Instant,
    /// How often the lease was read in this attempt.
    reads: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Candidate,
    Leader(Term),
    /// The term is over. The work may not have ended, so the lease is left as it is.
    Over,
    /// The work has ended; there may be a lease to give back.
    Resigning,
}

/// A time of leadership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) valid_until: Instant,
    /// How often the lease had changed hands when it began.
    pub(super) transitions: i32,
}

/// The lease as last seen.
#[derive(Debug)]
struct Known {
    lease: Lease,
    /// Since when its spec is what it is, by this process's clock.
    since: Instant,
}

impl Core {
    pub(super) fn new(settings: Settings, now: Instant) -> Self {
        let role = Role::Candidate;
        Self { settings, role, known: None, own: Vec::new(), sent: now, reads: 0 }
    }

    /// The term, if this candidate leads. Whether it is still valid, the clock says.
    pub(super) fn term(&self) -> Option<Term> {
        match self.role {
            Role::Leader(term) => Some(term),
            Role::Candidate | Role::Over | Role::Resigning => None,
        }
    }

    /// Whether its term is over, and the lease not given back.
    #[cfg(test)]
    pub(super) fn is_over(&self) -> bool {
        self.role == Role::Over
    }

    /// Whether its campaign is over, and it has said all that there is to say.
    #[cfg(test)]
    pub(super) fn has_resigned(&self) -> bool {
        self.role == Role::Resigning
    }

    /// Who holds the lease as far as is known; empty for nobody.
    pub(super) fn holder(&self) -> &str {
        self.known.as_ref().map_or("", |known| known.lease.holder())
    }

    /// Begins an attempt to get the lease, or to keep it.
    pub(super) fn attempt(&mut self, at: Moment) -> Step {
        self.expire(at.now);
        self.reads = 0;
        self.sent = at.now;
        match (self.role, &self.known) {
            // Most likely nobody else wrote since: one request will do.
            (Role::Leader(_), Some(known)) => Step::Replace(self.renewed(&known.lease, at)),
            (Role::Leader(_) | Role::Candidate, _) => self.read(),
            (Role::Over | Role::Resigning, _) => Step::Rest,
        }
    }

    /// Ends the campaign or the term, and gives the lease back if it may be this candidate's: when the work
    /// has ended.
    pub(super) fn resign(&mut self, at: Moment) -> Step {
        self.role = Role::Resigning;
        self.reads = 0;
        self.sent = at.now;
        match &self.known {
            _ if self.own.is_empty() => Step::Rest,
            Some(known) if self.is_own(&known.lease) => Step::Replace(released(&known.lease, at)),
            _ => self.read(),
        }
    }

    /// Ends the term if its time is over.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.term().is_some_and(|term| term.valid_until <= now) {
            self.role = Role::Over;
        }
    }

    /// Takes an answer to the last step.
    pub(super) fn answered(&mut self, answer: Answer, at: Moment) -> Step {
        let sent = std::mem::replace(&mut self.sent, at.now);
        // An answer that comes too late does not bring a term back.
        self.expire(at.now);
        match answer {
            Answer::Stored(lease) => {
                self.stored(*lease, sent, at.now);
                Step::Rest
            }
            Answer::Found(lease) => {
                self.see(*lease, at.now);
                self.decide(at)
            }
            _ if self.role == Role::Over => Step::Rest,
            Answer::Missing => self.missing(at),
            Answer::Refused | Answer::Failed if self.reads == 0 => self.read(),
            // Someone wrote between the read and the write: once more, not for ever.
            Answer::Refused if self.reads == 1 => self.read(),
            Answer::Refused | Answer::Failed => Step::Rest,
        }
    }

    fn read(&mut self) -> Step {
        self.reads += 1;
        Step::Get
    }

    fn stored(&mut self, lease: Lease, sent: Instant, now: Instant) {
        let transitions = lease.transitions();
        let acquired = lease.spec.acquire_time.filter(|_| !lease.holder().is_empty());
        self.own = Vec::from_iter(acquired);
        self.known = Some(Known { lease, since: now });
        let term = Term { valid_until: sent + self.settings.renew_deadline, transitions };
        match self.role {
            // An answer that took too long is no term; the lease is found to be ours by the next attempt.
            Role::Candidate if term.valid_until > now => self.role = Role::Leader(term),
            Role::Leader(_) => self.role = Role::Leader(term),
            Role::Candidate | Role::Over | Role::Resigning => {}
        }
    }

    /// Keeps the moment since when the lease says what it says, whatever else of the object changes.
    fn see(&mut self, lease: Lease, now: Instant) {
        let since = match &self.known {
            Some(known) if known.lease.spec == lease.spec => known.since,
            _ => now,
        };
        self.known = Some(Known { lease, since });
    }

    fn decide(&mut self, at: Moment) -> Step {
        let Some(known) = &self.known else {
            return Step::Rest;
        };
        let lease = &known.lease;
        let is_own = self.is_own(lease);
        match self.role {
            Role::Leader(_) | Role::Candidate if is_own => Step::Replace(self.renewed(lease, at)),
            Role::Leader(_) => {
                self.role = Role::Over;
                Step::Rest
            }
            Role::Candidate if lease.holder().is_empty() || self.is_expired(known, at.now) => {
                let taken = self.taken(lease.clone(), lease.transitions().saturating_add(1), at);
                Step::Replace(taken)
            }
            Role::Candidate => Step::Rest,
            Role::Resigning if is_own => Step::Replace(released(lease, at)),
            Role::Over | Role::Resigning => Step::Rest,
        }
    }

    fn missing(&mut self, at: Moment) -> Step {
        let blank = Lease::new(&self.settings.namespace, &self.settings.name);
        match (self.role, &self.known) {
            (Role::Over | Role::Resigning, _) => Step::Rest,
            (Role::Leader(_), Some(known)) => {
                let mut lease = self.renewed(&known.lease, at);
                lease.metadata = blank.metadata;
                Step::Create(lease)
            }
            // A leader does not notice at once that its lease was deleted.
            (_, Some(known))
                if !known.lease.holder().is_empty() && !self.is_expired(known, at.now) =>
            {
                Step::Rest
            }
            (_, Some(known)) => {
                let transitions = known.lease.transitions().saturating_add(1);
                Step::Create(self.taken(blank, transitions, at))
            }
            (_, None) => Step::Create(self.taken(blank, 0, at)),
        }
    }

    fn is_own(&self, lease: &Lease) -> bool {
        lease.holder() == self.settings.identity
            && lease.spec.acquire_time.is_some_and(|time| self.own.contains(&time))
    }

    /// Whether the lease's holder had its time, by this process's clock.
    fn is_expired(&self, known: &Known, now: Instant) -> bool {
        let seconds = known.lease.spec.lease_duration_seconds;
        let duration = match seconds.map(u64::try_from) {
            Some(Ok(seconds)) => Duration::from_secs(seconds),
            // Who does not say how long counts as one of us.
            _ => self.settings.lease_duration,
        };
        now.saturating_duration_since(known.since) >= duration
    }

    fn renewed(&self, lease: &Lease, at: Moment) -> Box<Lease> {
        let mut lease = lease.clone();
        lease.spec.holder_identity = Some(self.settings.identity.clone());
        lease.spec.lease_duration_seconds = Some(self.settings.lease_seconds());
        lease.spec.renew_time = Some(at.wall);
        Box::new(lease)
    }

    fn taken(&mut self, mut lease: Lease, transitions: i32, at: Moment) -> Box<Lease> {
        if self.own.len() == MOST_TRIED {
            self.own.remove(0);
        }
        self.own.push(at.wall);
        lease.spec.acquire_time = Some(at.wall);
        lease.spec.lease_transitions = Some(transitions);
        self.renewed(&lease, at)
    }
}

/// As client-go releases: held by nobody, for a second.
fn released(lease: &Lease, at: Moment) -> Box<Lease> {
    let mut lease = lease.clone();
    lease.spec.holder_identity = Some(String::new());
    lease.spec.lease_duration_seconds = Some(1);
    lease.spec.acquire_time = Some(at.wall);
    lease.spec.renew_time = Some(at.wall);
    Box::new(lease)
}
