//! The types of k8s-openapi through kubeclient: the tests in `tests/it`, and the example of kubeclient's
//! documentation, which can't run there.

/// The documentation of `kubeclient::meta::k8s_openapi`.
#[cfg(doctest)]
#[doc = include_str!("../../../kubeclient/src/meta/k8s_openapi.md")]
pub struct Documentation;
