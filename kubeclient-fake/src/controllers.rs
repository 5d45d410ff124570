//! What a cluster does by itself: collects garbage, empties namespaces, serves definitions. It is done
//! right after the write that calls for it, before that write's answer, each part behind a switch.

pub(crate) mod accounts;
pub(crate) mod definitions;
pub(crate) mod garbage;
pub(crate) mod namespaces;

use std::sync::atomic::{AtomicBool, Ordering};

/// Which of a cluster's own doings are on.
#[derive(Debug)]
pub(crate) struct Switches {
    /// Dependents go with their owners.
    garbage: AtomicBool,
    /// Namespaces that are going are emptied and go.
    namespaces: AtomicBool,
    /// Each namespace has the service account `default` and the config map `kube-root-ca.crt`.
    accounts: AtomicBool,
}

impl Switches {
    /// All on: a cluster with its controllers. All off: an API server alone.
    pub(crate) fn all(on: bool) -> Self {
        let switch = || AtomicBool::new(on);
        Self { garbage: switch(), namespaces: switch(), accounts: switch() }
    }

    pub(crate) fn garbage(&self) -> bool {
        self.garbage.load(Ordering::SeqCst)
    }
    pub(crate) fn namespaces(&self) -> bool {
        self.namespaces.load(Ordering::SeqCst)
    }
    pub(crate) fn accounts(&self) -> bool {
        self.accounts.load(Ordering::SeqCst)
    }
    pub(crate) fn set_garbage(&self, on: bool) {
        self.garbage.store(on, Ordering::SeqCst);
    }
    pub(crate) fn set_namespaces(&self, on: bool) {
        self.namespaces.store(on, Ordering::SeqCst);
    }
    pub(crate) fn set_accounts(&self, on: bool) {
        self.accounts.store(on, Ordering::SeqCst);
    }
}
