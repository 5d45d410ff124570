//! A cache folder that can't be written costs one warning, however much there is to be kept. In a process of
//! its own, since it takes the log.

use std::fs;
use std::sync::Mutex;

use kubeclient::discovery::{CachedDiscovery as _, DiskCache};
use kubeclient::{Config, RestClient};
use kubeclient_fake::FakeServer;

struct Warnings(Mutex<Vec<String>>);

impl log::Log for Warnings {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

static WARNINGS: Warnings = Warnings(Mutex::new(Vec::new()));

#[test]
fn a_folder_that_cannot_be_written_costs_one_warning() {
    log::set_logger(&WARNINGS).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let server = FakeServer::start().unwrap();
    let client = RestClient::new(Config::new(server.url())).unwrap();
    // A file where a folder is wanted: not even root can write below it.
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    let cache = DiskCache::at(&client, blocked.join("cache"));
    for _ in 0..3 {
        assert!(cache.server_groups_and_resources().unwrap().resources().count() > 50);
        cache.invalidate();
    }
    let warnings = WARNINGS.0.lock().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].ends_with("discovery is not kept on disk"), "{warnings:?}");
}
