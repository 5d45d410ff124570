//! Mistakes that can be planted, to see that the conformance suite finds them.
//!
//! With the feature `mutations`, the environment variable `KUBECLIENT_FAKE_MUTATION` names one for the
//! process; each place that can be wrong asks [`is`]. Without the feature nothing can be.

macro_rules! mutations {
    ($($name:ident = $text:literal,)*) => {
        /// A mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Mutation {
            $(#[doc = $text] $name,)*
        }

        /// The names of all mistakes.
        #[cfg(feature = "mutations")]
        const ALL: &[(&str, Mutation)] = &[$(($text, Mutation::$name),)*];
    };
}

mutations! {
    // Lists and watches.
    LosesDeletes = "loses-deletes",
    IgnoresLabels = "ignores-labels",
    IgnoresFields = "ignores-fields",
    KeepsWhatLeavesASelector = "keeps-what-leaves-a-selector",
    IgnoresLimit = "ignores-limit",
    PagesDrift = "pages-drift",
    OldListsAreNew = "old-lists-are-new",
    FutureIsNow = "future-is-now",
    NoInitialBookmark = "no-initial-bookmark",
    NoInitialEvents = "no-initial-events",
    // Writes.
    IgnoresResourceVersion = "ignores-resource-version",
    IgnoresPreconditions = "ignores-preconditions",
    DryRunWrites = "dry-run-writes",
    NoOpWrites = "no-op-writes",
    GenerationStays = "generation-stays",
    IgnoresFinalizers = "ignores-finalizers",
    StatusWritesAll = "status-writes-all",
    MainWritesStatus = "main-writes-status",
    AnyNamespace = "any-namespace",
    UnknownFieldsPass = "unknown-fields-pass",
    NoWarnings = "no-warnings",
    DeletesAllOfACollection = "deletes-all-of-a-collection",
    // Patches and ownership.
    TestsPass = "tests-pass",
    NullsStay = "nulls-stay",
    ListsAreReplaced = "lists-are-replaced",
    NoConflicts = "no-conflicts",
    KeepsDroppedFields = "keeps-dropped-fields",
    UpdatesOwnNothing = "updates-own-nothing",
    // Controllers and definitions.
    NoGarbageCollection = "no-garbage-collection",
    NamespacesStay = "namespaces-stay",
    NoPruning = "no-pruning",
    NoCustomDefaults = "no-custom-defaults",
    NoCustomValidation = "no-custom-validation",
    BudgetsDoNotCount = "budgets-do-not-count",
    // Forms.
    NoTables = "no-tables",
    NoAggregatedDiscovery = "no-aggregated-discovery",
}

/// Whether this mistake is planted.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn is(_mutation: Mutation) -> bool {
    false
}

/// Whether this mistake is planted.
#[cfg(feature = "mutations")]
pub(crate) fn is(mutation: Mutation) -> bool {
    static PLANTED: std::sync::LazyLock<Option<Mutation>> = std::sync::LazyLock::new(|| {
        let name = std::env::var("KUBECLIENT_FAKE_MUTATION").ok()?;
        let found = ALL.iter().find(|(text, _)| *text == name);
        // Invariant: only the test of the mutations sets it, from the list below. A name that is none
        // must not look like a mistake that nobody found.
        assert!(found.is_some(), "no such mutation: {name}");
        found.map(|(_, mutation)| *mutation)
    });
    *PLANTED == Some(mutation)
}

/// The names of the mistakes that can be planted.
#[cfg(feature = "mutations")]
#[doc(hidden)]
pub fn mutations() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(text, _)| *text)
}
