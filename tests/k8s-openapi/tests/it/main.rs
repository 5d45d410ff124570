//! The types of k8s-openapi through kubeclient, on the embedded server and on a real kube-apiserver.

mod common;
mod types;
mod pods;
mod watch;
mod kinds;
mod own;
