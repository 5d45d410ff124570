//! The name of the machine. Std only.

/// The host's name, or `kubeclient` where the system does not tell it.
pub(crate) fn host_name() -> String {
    let host = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_default();
    match host.trim() {
        "" => "kubeclient".to_owned(),
        host => host.to_owned(),
    }
}
