//! As much of an object as caches ask for.

#[path = "../../../kubeclient/src/meta/resource_version.rs"]
pub mod resource_version;

pub mod resource {
    pub trait Metadata {
        fn name(&self) -> &str;
        fn resource_version(&self) -> &str;

        fn namespace(&self) -> &str {
            ""
        }

        fn uid(&self) -> &str {
            ""
        }
    }

    pub trait Object: Sized {
        type Metadata: Metadata;

        fn metadata(&self) -> &Self::Metadata;
    }
}

pub mod selector {
    /// Selects everything.
    pub struct LabelSelector;

    impl LabelSelector {
        pub fn selects<M>(&self, _: &M) -> bool {
            true
        }
    }
}
