//! A blocking Kubernetes client.
