//! The integration tests: one binary, one control plane a run, a namespace a test.
//!
//! `wire` tests run everywhere, against a stub server that does what a real one never does. The others
//! talk to a real kube-apiserver; where there is none, they say in one loud line that they did not run.

mod common;
mod foo;
mod robot;
mod go_program;
mod wire;
mod cluster_supervision;
mod control_plane;
mod credential_pages;
mod crud;
mod cut_writes;
mod discovery;
mod fake_schemas;
mod recorded_types;
mod tidy;
mod delete;
mod patch;
mod list;
mod watch;
mod informer;
mod subresources;
mod logs;
mod kinds;
mod builtins;
mod protobuf;
mod identity;
#[cfg(unix)]
mod exec;
mod oidc;
#[cfg(target_os = "linux")]
mod in_cluster;
mod kubeconfig;
mod leaderelection;
mod events;
mod wait;
mod sample_controller;
mod rotation;
mod proxy;
#[cfg(not(any(windows, target_vendor = "apple")))]
mod judged_proxies;
mod proxy_rules;
mod manifests;
mod rest;
