//! [`Part`]: what one of the two documents of discovery told, `/api` or `/apis`, in the form that its
//! `Content-Type` tells. [`Known`]: what both told last, with the tags by which the server knows them. Pure.

use std::sync::Arc;

use super::aggregated::{self, is_aggregated};
use super::found::{ApiGroup, Discovered};
use super::legacy;
use crate::error::Error;
use crate::rest::Response;

/// What one document told.
pub(super) enum Part {
    Aggregated(Arc<Tagged>),
    Legacy(Vec<ApiGroup>),
}

/// What a document in the aggregated form told.
pub(super) struct Tagged {
    /// The `ETag`; without one, the server can't be asked whether it still says the same.
    pub(super) tag: Option<String>,
    found: Discovered,
}

/// What both documents told, the last time that they were read.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) core: Option<Arc<Tagged>>,
    pub(super) others: Option<Arc<Tagged>>,
    pub(super) whole: Arc<Discovered>,
}

impl Part {
    /// Reads what `/api` answers.
    pub(super) fn read_core(answer: &Response) -> Result<Self, Error> {
        if is_in_aggregated_form(answer) {
            return Tagged::read(answer).map(Self::Aggregated);
        }
        let versions: legacy::Versions = answer.json()?;
        Ok(Self::Legacy(versions.into_group().into_iter().collect()))
    }

    /// Reads what `/apis` answers.
    pub(super) fn read_others(answer: &Response) -> Result<Self, Error> {
        if is_in_aggregated_form(answer) {
            return Tagged::read(answer).map(Self::Aggregated);
        }
        let groups: legacy::GroupList = answer.json()?;
        Ok(Self::Legacy(groups.into_groups()))
    }

    /// The groups with their versions, for the servers that tell of the rest in the legacy form.
    pub(super) fn into_groups(self) -> Vec<ApiGroup> {
        match self {
            Self::Aggregated(part) => part.found.groups(),
            Self::Legacy(groups) => groups,
        }
    }
}

impl Tagged {
    fn read(answer: &Response) -> Result<Arc<Self>, Error> {
        let groups: aggregated::GroupList = answer.json()?;
        let mut found = Discovered::default();
        groups.add_to(&mut found);
        Ok(Arc::new(Self { tag: answer.header("etag").map(str::to_owned), found }))
    }
}

impl Known {
    /// What is known when both documents were read anew; what did not change is shared.
    pub(super) fn next(&self, core: Option<Arc<Tagged>>, others: Arc<Tagged>) -> Self {
        let is_known = |now: Option<&Arc<Tagged>>, known: Option<&Arc<Tagged>>| match (now, known) {
            (Some(now), Some(known)) => Arc::ptr_eq(now, known),
            (now, known) => now.is_none() && known.is_none(),
        };
        if is_known(core.as_ref(), self.core.as_ref())
            && is_known(Some(&others), self.others.as_ref())
        {
            return self.clone();
        }
        let mut whole = core.as_ref().map(|core| core.found.clone()).unwrap_or_default();
        whole.groups.extend(others.found.groups.iter().cloned());
        whole.failures.extend(others.found.failures.iter().cloned());
        Self { core, others: Some(others), whole: whole.into() }
    }
}

fn is_in_aggregated_form(answer: &Response) -> bool {
    answer.header("content-type").is_some_and(is_aggregated)
}
