//! Watches as the real server tells them.
