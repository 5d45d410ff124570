//! What the server has: its version, groups, resources; and [`RestMapper`], which finds a resource by
//! the names that people type.
//!
//! [`DiscoveryClient`] asks, always anew. `aggregated` and `legacy` read the two forms of the answer,
//! `found` is what both become; `lookup` searches that, and is pure. [`RestMapper`] searches what
//! `snapshot` keeps since it was first asked, or what a cache knows: [`MemoryCache`], or [`DiskCache`], which
//! shares kubectl's folder.

mod client;
mod version;
mod found;
mod aggregated;
mod legacy;
mod part;
mod cached;
mod memory;
mod disk;
mod mapper;
mod snapshot;
mod lookup;
mod missing;
mod nearest;

pub use cached::CachedDiscovery;
pub use client::DiscoveryClient;
pub use disk::DiskCache;
pub use found::{
    ApiGroup, Discovered, DiscoveredGroup, DiscoveredResource, DiscoveredSubresource,
    DiscoveredVersion, DiscoveryFailure,
};
pub use mapper::RestMapper;
pub use memory::MemoryCache;
pub use version::VersionInfo;
