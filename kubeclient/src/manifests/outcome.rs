//! [`Outcome`]: what became of one object; [`ObjectRef`], which object; [`Summary`], of all of them.

use std::fmt;

use super::origin::Origin;
use super::set_error::SetError;
use crate::error::Error;
use crate::meta::gvk::GroupVersionKind;
use crate::meta::status::Printable;

/// An object, by its kind, namespace and name. Displayed as kubectl does: `deployment.apps/web`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ObjectRef {
    /// The kind.
    pub kind: GroupVersionKind,
    /// The namespace; empty for a cluster-scoped object.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind: GroupVersionKind { group, kind, .. }, name, .. } = self;
        let kind = kind.to_lowercase();
        if group.is_empty() {
            write!(f, "{}/{}", Printable(&kind), Printable(name))
        } else {
            write!(f, "{}.{}/{}", Printable(&kind), Printable(group), Printable(name))
        }
    }
}

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// It was not there, and is now.
    Created,
    /// It was there, and differs now in more than its status, or the manager has other fields of it.
    Configured,
    /// It was there as it should be.
    Unchanged,
    /// It is no longer part of the set, and was deleted.
    Pruned,
    /// It was deleted; with finalizers or a grace period it may still be there.
    Deleted,
    /// It was not there to be deleted, or has gone.
    Absent,
    /// It does what it is for: see [`Readiness`](super::Readiness).
    Ready,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
            Self::Pruned => "pruned",
            Self::Deleted => "deleted",
            Self::Absent => "not there",
            Self::Ready => "ready",
        })
    }
}

/// What became of one object of a set. Displayed as kubectl does: `deployment.apps/web created`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The number of this outcome, from 1.
    pub number: usize,
    /// How many outcomes there will be, as far as it is known now.
    pub total: usize,
    /// The object.
    pub object: ObjectRef,
    /// Where it was read; none for one that is pruned.
    pub origin: Option<Origin>,
    /// What was done, or why not.
    pub result: Result<Change, Error>,
    /// Whether it was only tried: nothing was stored.
    pub dry_run: bool,
    /// Whether the server could not be asked, since what the object needs is itself only tried: its
    /// namespace or its definition.
    pub unchecked: bool,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(change) => {
                write!(f, "{} {change}", self.object)?;
                match (self.dry_run, self.unchecked) {
                    (false, _) => Ok(()),
                    (true, false) => f.write_str(" (server dry run)"),
                    (true, true) => f.write_str(" (dry run, not checked by the server)"),
                }
            }
            Err(error) => {
                write!(f, "{}: {error:#}", self.object)?;
                match &self.origin {
                    Some(origin) => write!(f, " ({origin})"),
                    None => Ok(()),
                }
            }
        }
    }
}

pub(super) const NOT_PRUNED: &str = "nothing was pruned";

/// What became of a set: how many objects of each sort, and each failure.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    changes: Vec<(Change, usize)>,
    /// The objects that failed.
    pub failures: Vec<Outcome>,
    /// How many objects were not tried, since the work was stopped or an earlier one failed.
    pub skipped: usize,
    /// Why nothing was pruned although it was asked for: what is no longer in the set could not be found
    /// out.
    pub prune_error: Option<Error>,
    /// Whether it was a stop that ended the work.
    pub(super) is_stopped: bool,
}

impl Summary {
    /// To how many objects this was done.
    pub fn count(&self, change: Change) -> usize {
        self.changes.iter().find(|(known, _)| *known == change).map_or(0, |(_, count)| *count)
    }

    /// Whether all was done.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.skipped == 0 && self.prune_error.is_none()
    }

    /// Fails unless all was done.
    ///
    /// # Errors
    /// Objects failed, or could not be pruned, or the work was stopped: [`SetError::kind`] says which.
    pub fn into_result(self) -> Result<Self, SetError> {
        if self.is_complete() { Ok(self) } else { Err(SetError::new(self)) }
    }

    /// Says what was left undone by a stop.
    pub(super) fn end_stopped(&mut self, left: usize) {
        self.skipped = left;
        self.is_stopped = true;
    }

    /// How many objects of each sort.
    pub(super) fn counts(&self) -> String {
        let mut parts: Vec<_> =
            self.changes.iter().map(|(change, count)| format!("{count} {change}")).collect();
        for (count, what) in [(self.failures.len(), "failed"), (self.skipped, "not tried")] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    }

    pub(super) fn into_first_error(self) -> Option<Error> {
        let mut failures = self.failures.into_iter().filter_map(|failure| failure.result.err());
        failures.next().or(self.prune_error)
    }

    pub(super) fn add(&mut self, outcome: Outcome) {
        match &outcome.result {
            Ok(change) => match self.changes.iter_mut().find(|(known, _)| known == change) {
                Some((_, count)) => *count += 1,
                None => self.changes.push((*change, 1)),
            },
            Err(_) => self.failures.push(outcome),
        }
    }
}

/// `2 created, 1 unchanged, 1 failed`, and a line for each failure.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.counts())?;
        for failure in &self.failures {
            write!(f, "\n{failure}")?;
        }
        match &self.prune_error {
            Some(error) => write!(f, "\n{NOT_PRUNED}: {error:#}"),
            None => Ok(()),
        }
    }
}
