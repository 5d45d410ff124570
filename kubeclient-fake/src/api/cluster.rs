//! The whole server's state, and how it is written to.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::subresources;
use crate::auth::{Authorizer, Tokens};
use crate::clock::Clock;
use crate::controllers::{self, Progress, Switches};
use crate::failure::Result;
use crate::kinds::initial;
use crate::mutation::{self, Mutation};
use crate::registry::Registry;
use crate::schema::builtin;
use crate::store::{Store, Transaction};

/// The whole server's state.
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// The bearer tokens that name somebody; issued ones go in here.
    pub(crate) tokens: Tokens,
    /// Set once, at the start. Asked through [`Cluster::may`].
    pub(crate) authorizer: OnceLock<Authorizer>,
    /// Which of its own doings are on.
    pub(crate) switches: Switches,
    /// How far those got.
    pub(crate) progress: Progress,
    /// What subresources keep besides the objects.
    pub(crate) subresources: subresources::State,
    registry: RwLock<Arc<Registry>>,
}

impl Cluster {
    /// An empty cluster with these resources, that does nothing by itself.
    pub(crate) fn new(clock: Clock, registry: Registry) -> Self {
        Self {
            store: Store::on(&clock),
            tokens: Tokens::new(&clock),
            clock,
            authorizer: OnceLock::new(),
            switches: Switches::all(false),
            progress: Progress::default(),
            subresources: subresources::State::default(),
            registry: RwLock::new(Arc::new(registry)),
        }
    }

    /// A cluster as it begins: the built-in resources and the first namespaces. Without controllers it is
    /// an API server alone.
    pub(crate) fn start(clock: Clock, controllers: bool) -> Self {
        let registry = Registry::new(builtin::resources().iter().cloned(), []);
        let cluster = Self { switches: Switches::all(controllers), ..Self::new(clock, registry) };
        let begun = cluster.write(false, |transaction| initial::make(&cluster, transaction));
        debug_assert!(begun.is_ok(), "nothing refuses the first objects");
        cluster
    }

    /// The resources that there are now.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on there are these.
    pub(crate) fn set_registry(&self, registry: Registry) {
        *self.registry.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(registry);
    }

    /// Runs a write, then what the cluster does by itself upon it. A dry run leaves nothing.
    pub(crate) fn write<T>(
        &self,
        dry_run: bool,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        if dry_run && !mutation::is(Mutation::DryRunWrites) {
            return self.try_out(write);
        }
        let before = self.store.version();
        let answer = self.store.write(write)?;
        if self.store.version() != before {
            self.settle();
        }
        Ok(answer)
    }

    /// Runs a write and takes it back.
    fn try_out<T>(&self, write: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut outcome = None;
        let taken_back = self.store.write(|transaction| {
            outcome = Some(write(transaction));
            Err::<(), _>(crate::failure::Failure::internal("taken back"))
        });
        outcome.unwrap_or_else(|| {
            Err(taken_back
                .err()
                .unwrap_or_else(|| crate::failure::Failure::internal("a write was not run")))
        })
    }

    /// Does what the cluster does by itself.
    pub(crate) fn settle(&self) {
        controllers::after_write(self);
    }
}
