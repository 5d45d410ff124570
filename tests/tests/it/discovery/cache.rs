//! The folder that kubectl and this crate share, with real kubectl on the real server.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use kubeclient::discovery::{CachedDiscovery, DiscoveryClient, DiskCache, RestMapper};
use kubeclient::meta::gvk::{GroupVersion, GroupVersionKind};
use kubeclient::{Config, KubeconfigOptions, RestClient};
use kubeclient_fake::FakeServer;
use tempfile::TempDir;

use super::{Definition, summary};
use crate::common::{Sandbox, eventually};

/// What kubectl says of the real server, and what it logs.
fn kubectl(folder: &Path, line: &str) -> (String, String) {
    let cluster = kubeclient_tests::cluster().unwrap();
    kubectl_of(&cluster.kubectl(), cluster.kubeconfig_path(), folder, line)
}

fn kubectl_of(kubectl: &Path, kubeconfig: &Path, folder: &Path, line: &str) -> (String, String) {
    let output = Command::new(kubectl)
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .arg("--cache-dir")
        .arg(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

/// The requests in a log of kubectl's.
fn requests(log: &str) -> usize {
    log.matches("verb=\"GET\"").count()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Fidelity 78.
#[test]
fn kubectl_reads_what_is_written_here() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (folder, theirs) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (client, attempts) = sandbox.observed();
    let cache = DiskCache::at(&client, folder.path());
    cache.server_groups_and_resources().unwrap();
    assert_eq!(attempts.count(), 2);

    let (resources, log) = kubectl(folder.path(), "api-resources --cached -o wide -v=6");
    assert_eq!(requests(&log), 0, "{log}");
    assert!(resources.lines().count() > 50, "{resources}");
    // Names, short names, subresources: all that a command needs.
    let get = "get --raw /api/v1/namespaces/default";
    let (_, log) = kubectl(folder.path(), &format!("{get} -v=6"));
    assert_eq!(requests(&log), 1, "{log}");
    let (_, log) = kubectl(folder.path(), "get sa,roles,deploy -v=6");
    assert_eq!((requests(&log), log.matches("/api?").count()), (3, 0), "{log}");

    // kubectl has the same files, with the same names, and as far as custom resources go the same text.
    kubectl(theirs.path(), "api-resources");
    let relative = |root: &Path| -> Vec<PathBuf> {
        let all = files(root).into_iter();
        let all = all.map(|path| path.strip_prefix(root).unwrap().to_owned());
        all.filter(|path| !is_of_others(path)).collect()
    };
    assert_eq!(relative(folder.path()), relative(theirs.path()));
    let text = |root: &Path, path: &Path| std::fs::read_to_string(root.join(path)).unwrap();
    for path in relative(folder.path()) {
        if path.ends_with("serverresources.json") {
            assert_eq!(text(folder.path(), &path), text(theirs.path(), &path), "{path:?}");
        }
    }
}

/// Whether a file is of a group that other tests on the same server define, meanwhile perhaps.
fn is_of_others(path: &Path) -> bool {
    let path = path.to_string_lossy();
    path.contains("example.com") || path.contains("samplecontroller")
}

/// Fidelity 78.
#[test]
fn what_kubectl_wrote_is_read_here() {
    let Some(sandbox) = Sandbox::new() else { return };
    let _definition = Definition::install(&sandbox.client);
    let folder = TempDir::new().unwrap();
    kubectl(folder.path(), "api-resources");
    let (client, attempts) = sandbox.observed();
    let cache = DiskCache::at(&client, folder.path());
    let read = cache.server_groups_and_resources().unwrap();
    assert_eq!(attempts.count(), 0);
    assert!(!cache.fresh());
    let things = read.groups.iter().find(|group| group.name.starts_with("discovery-")).unwrap();
    assert_eq!(things.versions[0].resources[0].resource.kind, "Thing");
    let told = DiscoveryClient::new(&sandbox.client).server_groups_and_resources().unwrap();
    let built_in = |name: &str| !name.contains("example.com");
    let of = |found: &kubeclient::discovery::Discovered| {
        let all = summary(found).into_iter();
        all.filter(|(name, _)| built_in(name)).collect::<Vec<_>>()
    };
    assert_eq!(of(&read), of(&told));
}

/// Fidelity 78: each takes the other's answers of HTTP, and asks only whether they hold.
#[test]
fn answers_are_shared_with_kubectl_both_ways() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    // Other tests install definitions meanwhile: then the server has something new to say.
    eventually("nothing changes meanwhile", || {
        let folder = TempDir::new().unwrap();
        let cache = DiskCache::at(&client, folder.path());
        cache.server_groups_and_resources().unwrap();
        let (_, log) = kubectl(folder.path(), "api-versions -v=8");
        if log.matches("X-From-Cache: 1").count() != 2 {
            return None;
        }
        let before = attempts.count();
        kubectl(folder.path(), "api-versions");
        cache.invalidate();
        cache.server_groups_and_resources().unwrap();
        (attempts.codes()[before..] == [304, 304]).then_some(())
    });
    eventually("what kubectl alone wrote is taken", || {
        let folder = TempDir::new().unwrap();
        kubectl(folder.path(), "api-versions");
        let before = attempts.count();
        DiskCache::at(&client, folder.path()).server_groups_and_resources().unwrap();
        (attempts.codes()[before..] == [304, 304]).then_some(())
    });
}

/// A document's URL has its hash, so nobody asks for it again. Of a server that has just started, documents
/// still change.
#[test]
fn documents_of_openapi_are_shared_with_kubectl_both_ways() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let apps = GroupVersion::new("apps", "v1");
    let document = eventually("what kubectl wrote is read here", || {
        let folder = TempDir::new().unwrap();
        kubectl(folder.path(), "explain deployments");
        let before = attempts.count();
        let cache = DiskCache::at(&client, folder.path());
        let document = cache.client().openapi_v3().unwrap().document(&apps).unwrap();
        (attempts.count() - before == 1).then_some(document)
    });
    let schema = document.schema(&GroupVersionKind::new("apps", "v1", "Deployment")).unwrap();
    let probe = schema.field("spec.template.spec.containers.livenessProbe.httpGet.port").unwrap();
    let format = probe.parts().iter().find_map(|part| part.text("format"));
    assert_eq!(format, Some("int-or-string"));

    eventually("what was written here is read by kubectl", || {
        let folder = TempDir::new().unwrap();
        let cache = DiskCache::at(&client, folder.path());
        cache.client().openapi_v3().unwrap().document(&apps).unwrap();
        let (_, log) = kubectl(folder.path(), "explain deployments -v=8");
        let parts = log.split("\"Request\"");
        let document = parts.filter(|part| part.contains("/openapi/v3/apis/apps/v1?")).last();
        document.unwrap().contains("X-From-Cache: 1").then_some(())
    });
    let swagger = DiscoveryClient::new(&client).openapi_v2().unwrap();
    assert!(swagger.pointer("/definitions/io.k8s.api.core.v1.Pod/properties/spec").is_some());
}

/// Fidelity 79.
#[test]
fn old_and_corrupt_files_are_asked_for_again() {
    let Some(sandbox) = Sandbox::new() else { return };
    let (client, attempts) = sandbox.observed();
    let folder = TempDir::new().unwrap();
    let needs = |expected: usize| {
        let before = attempts.count();
        let cache = DiskCache::at(&client, folder.path());
        assert!(cache.server_groups_and_resources().unwrap().group("apps").is_some());
        assert_eq!(attempts.count() - before, expected);
    };
    needs(2);
    needs(0);
    for path in files(&folder.path().join("discovery")) {
        let then = SystemTime::now() - Duration::from_secs(7 * 3600);
        File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
    }
    needs(2);
    needs(0);
    for path in files(folder.path()) {
        std::fs::write(path, "{\"kind\":").unwrap();
    }
    needs(2);
    needs(0);
}

/// Fidelity 80.
#[test]
fn a_definition_that_files_do_not_have_is_found_with_one_refresh_by_many_threads() {
    let Some(sandbox) = Sandbox::new() else { return };
    let folder = TempDir::new().unwrap();
    DiskCache::at(&sandbox.client, folder.path()).server_groups_and_resources().unwrap();
    let definition = Definition::install(&sandbox.client);
    let (client, attempts) = sandbox.observed();
    let mapper = RestMapper::deferred(&DiskCache::at(&client, folder.path()));
    assert_eq!(mapper.resource("po").unwrap().plural, "pods");
    assert_eq!(attempts.count(), 0);
    let (name, barrier) = (format!("things.{}", definition.group), Barrier::new(20));
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                barrier.wait();
                assert_eq!(mapper.resource(&name).unwrap().kind, "Thing");
            });
        }
    });
    assert_eq!(attempts.count(), 2);
    // And it is on disk now.
    let again = RestMapper::deferred(&DiskCache::at(&client, folder.path()));
    again.resource(&name).unwrap();
    assert_eq!(attempts.count(), 2);
}

/// Fidelity 78, on the embedded server: by plain HTTP/1.1.
#[test]
fn the_folder_is_shared_for_the_embedded_server_too() {
    let Some(cluster) = kubeclient_tests::cluster() else { return };
    let server = FakeServer::start().unwrap();
    let folder = TempDir::new().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    server.write_kubeconfig(&kubeconfig).unwrap();
    let kubectl = |cache: &str, line: &str| {
        server.requests().clear();
        let cache = folder.path().join(cache);
        kubectl_of(&cluster.kubectl(), &kubeconfig, &cache, line)
    };
    let ours = |cache: &str| {
        server.requests().clear();
        let config = Config::from_kubeconfig(&KubeconfigOptions::default().path(&kubeconfig));
        let client = RestClient::new(config.unwrap()).unwrap();
        DiskCache::at(&client, folder.path().join(cache))
    };
    let statuses = || -> Vec<u16> {
        server.requests().all().iter().filter_map(|request| request.status).collect()
    };
    ours("a").server_groups_and_resources().unwrap();
    assert_eq!(statuses(), [200, 200]);
    kubectl("a", "api-resources --cached");
    assert_eq!(statuses(), [0; 0]);
    kubectl("a", "api-versions");
    assert_eq!(statuses(), [304, 304]);

    kubectl("b", "api-resources");
    assert_eq!(statuses(), [200, 200]);
    let cache = ours("b");
    cache.server_groups_and_resources().unwrap();
    assert_eq!(statuses(), [0; 0]);
    cache.invalidate();
    cache.server_groups_and_resources().unwrap();
    assert_eq!(statuses(), [304, 304]);
}
