use std::fs::{self, File};
use std::time::SystemTime;

use kubeclient_fake::{FakeServer, Fault};
use tempfile::TempDir;

use super::*;
use crate::config::Config;
use crate::discovery::RestMapper;

/// A server, and a folder for what it has.
struct Test {
    server: FakeServer,
    folder: TempDir,
}

impl Test {
    fn new() -> Self {
        Self { server: FakeServer::start().unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn client(&self) -> RestClient {
        RestClient::new(Config::new(self.server.url())).unwrap()
    }

    /// The cache of another process.
    fn cache(&self) -> DiskCache {
        DiskCache::at(&self.client(), self.folder.path())
    }

    /// Fills the folder.
    fn filled() -> Self {
        let test = Self::new();
        test.cache().server_groups_and_resources().unwrap();
        test.server.requests().clear();
        test
    }

    fn file(&self, name: &str) -> PathBuf {
        let host = host(&self.server.url());
        self.folder.path().join("discovery").join(host).join(name)
    }

    /// The statuses of the answers that a new cache needs.
    #[track_caller]
    fn needs(&self, expected: &[u16]) {
        self.server.requests().clear();
        let discovered = self.cache().server_groups_and_resources().unwrap();
        assert!(discovered.version(&GroupVersion::new("apps", "v1")).is_some());
        assert_eq!(self.statuses(), expected);
    }

    fn statuses(&self) -> Vec<u16> {
        self.server.requests().all().iter().filter_map(|request| request.status).collect()
    }
}

fn host(url: &str) -> PathBuf {
    folder::host(url).unwrap()
}

fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Fidelity 78.
#[test]
fn a_second_process_sends_nothing_and_knows_the_same() {
    let test = Test::new();
    let first = test.cache();
    let told = first.server_groups_and_resources().unwrap();
    assert!(first.fresh());
    assert_eq!(test.statuses(), [200, 200]);
    for name in ["servergroups.json", "v1/serverresources.json", "apps/v1/serverresources.json"] {
        assert!(test.file(name).is_file(), "{name}");
    }
    test.server.requests().clear();
    let second = test.cache();
    let read = second.server_groups_and_resources().unwrap();
    assert_eq!(read.groups, told.groups);
    assert_eq!(test.statuses(), [0; 0]);
    assert!(!second.fresh() && first.fresh());
    first.server_groups_and_resources().unwrap();
    assert_eq!(test.statuses(), [0; 0]);
}

/// Fidelity 79.
#[test]
fn what_is_too_old_is_asked_for_by_its_tag() {
    let test = Test::filled();
    age(&test.file("servergroups.json"), 7);
    test.needs(&[304, 304]);
    age(&test.file("apps/v1/serverresources.json"), 5);
    test.needs(&[]);
    age(&test.file("apps/v1/serverresources.json"), 7);
    test.needs(&[304, 304]);
    test.needs(&[]);
    let short = test.cache().with_ttl(Duration::ZERO);
    short.server_groups_and_resources().unwrap();
    assert_eq!(test.statuses(), [304, 304]);
}

/// A program that runs for longer than files count.
#[test]
fn what_is_too_old_in_memory_is_asked_for_too() {
    let test = Test::new();
    let cache = test.cache().with_ttl(Duration::ZERO);
    cache.server_groups_and_resources().unwrap();
    cache.server_groups_and_resources().unwrap();
    assert_eq!(test.statuses(), [200, 200, 304, 304]);
}

/// Fidelity 79.
#[test]
fn what_is_corrupt_is_asked_for_again_and_mended() {
    let test = Test::filled();
    let texts: [&[u8]; 6] = [
        b"",
        b"{",
        b"\xff\xff",
        br#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"apps/v1","resources":[]}"#,
        br#"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"b/v1","resources":[
            {"name":"bees","kind":"Bee","verbs":["get"]}]}"#,
        br#"{"kind":"APIGroupList","apiVersion":"v1","groups":null}"#,
    ];
    for text in texts {
        fs::write(test.file("apps/v1/serverresources.json"), text).unwrap();
        test.needs(&[304, 304]);
        test.needs(&[]);
    }
    // A group of which nobody answered, as kubectl writes it.
    let groups = br#"{"kind":"APIGroupList","apiVersion":"v1","groups":[
        {"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}]},
        {"name":"dead.example.com","versions":null}]}"#;
    fs::write(test.file("servergroups.json"), groups).unwrap();
    test.needs(&[304, 304]);
}

#[test]
fn an_answer_that_was_tampered_with_is_asked_for_again() {
    let test = Test::filled();
    for (byte, bits) in [(0, 1), (40, 1), (5000, 0x20)] {
        for path in files(&test.folder.path().join("http")) {
            let mut text = fs::read(&path).unwrap();
            text[byte] ^= bits;
            fs::write(&path, text).unwrap();
        }
        fs::remove_file(test.file("servergroups.json")).unwrap();
        test.needs(&[200, 200]);
    }
    for path in files(&test.folder.path().join("http")) {
        fs::write(&path, "short").unwrap();
    }
    fs::remove_file(test.file("servergroups.json")).unwrap();
    test.needs(&[200, 200]);
}

#[cfg(unix)]
#[test]
fn files_are_this_users_to_write_alone_and_others_are_not_believed() {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    let test = Test::filled();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for path in files(test.folder.path()) {
        assert_eq!(mode(&path), 0o600, "{path:?}");
        assert_eq!(mode(path.parent().unwrap()), 0o700, "{path:?}");
    }
    let groups = test.file("servergroups.json");
    fs::set_permissions(&groups, PermissionsExt::from_mode(0o660)).unwrap();
    test.needs(&[]);
    fs::set_permissions(&groups, PermissionsExt::from_mode(0o666)).unwrap();
    test.needs(&[304, 304]);
    assert_eq!(mode(&groups), 0o600);

    // A link counts as what it leads to.
    let elsewhere = test.folder.path().join("elsewhere");
    fs::rename(&groups, &elsewhere).unwrap();
    symlink(&elsewhere, &groups).unwrap();
    test.needs(&[]);
    fs::set_permissions(&elsewhere, PermissionsExt::from_mode(0o666)).unwrap();
    test.needs(&[304, 304]);
    assert!(!groups.is_symlink() && mode(&elsewhere) == 0o666);

    // Only root may give files away; others can't make this case.
    if chown(&groups, Some(12345), None).is_ok() {
        test.needs(&[304, 304]);
    }
    fs::remove_file(&groups).unwrap();
    fs::create_dir(&groups).unwrap();
    test.needs(&[304, 304]);
    // Nobody writes into the pipe.
    fs::remove_dir(&groups).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&groups).status().unwrap().success());
    test.needs(&[304, 304]);
}

/// The umask is the process's, so it takes a process.
#[cfg(unix)]
#[test]
fn the_modes_are_the_same_under_every_umask() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    const CHILD: &str = "KUBECLIENT_TEST_UMASK_FOLDER";
    const NAME: &str = "discovery::disk::tests::the_modes_are_the_same_under_every_umask";

    if let Some(folder) = std::env::var_os(CHILD) {
        let test = Test::new();
        DiskCache::at(&test.client(), folder).server_groups_and_resources().unwrap();
        return;
    }
    for umask in ["000", "002", "022", "027", "077"] {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("a").join("cache");
        let mut child = Command::new("sh");
        child.args(["-c", "umask $0; exec \"$@\"", umask]);
        child.arg(std::env::current_exe().unwrap()).args(["--exact", NAME]).env(CHILD, &cache);
        let output = child.output().unwrap();
        assert!(output.status.success(), "{umask}: {}", String::from_utf8_lossy(&output.stdout));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let found = files(&cache);
        assert!(found.len() > 20, "{umask}: {found:?}");
        for path in found {
            assert_eq!(mode(&path), 0o600, "{umask}: {path:?}");
            let folders = path.ancestors().skip(1).take_while(|it| *it != folder.path());
            folders.for_each(|it| assert_eq!(mode(it), 0o700, "{umask}: {it:?}"));
        }
    }
}

/// Fidelity 79.
#[test]
fn where_nothing_can_be_written_it_works_from_memory() {
    let test = Test::new();
    let blocked = test.folder.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    let cache = DiskCache::at(&test.client(), blocked.join("cache"));
    cache.server_groups_and_resources().unwrap();
    cache.server_groups_and_resources().unwrap();
    assert_eq!(test.statuses(), [200, 200]);
    assert_eq!(fs::read(&blocked).unwrap(), b"");
}

#[test]
fn after_an_invalidation_only_what_is_written_since_counts() {
    let test = Test::filled();
    let cache = test.cache();
    cache.server_groups_and_resources().unwrap();
    assert!(!cache.fresh());
    cache.invalidate();
    assert!(cache.fresh());
    cache.server_groups_and_resources().unwrap();
    assert_eq!(test.statuses(), [304, 304]);
    cache.server_groups_and_resources().unwrap();
    assert_eq!(test.statuses(), [304, 304]);
    assert!(cache.fresh());
}

#[test]
fn an_error_is_not_kept() {
    let test = Test::new();
    test.server.inject(Fault::status(403, "Forbidden", "no").path("/apis").once()).keep();
    let cache = test.cache();
    assert!(cache.server_groups_and_resources().unwrap_err().is_forbidden());
    assert_eq!(files(test.folder.path()).len(), 1, "the answer of /api alone");
    cache.server_groups_and_resources().unwrap();
    assert_eq!(test.statuses(), [200, 403, 304, 200]);
}

/// Fidelity 80.
#[test]
fn many_threads_that_miss_a_name_ask_once() {
    let test = Test::filled();
    let mapper = RestMapper::deferred(&test.cache());
    mapper.resource("po").unwrap();
    assert_eq!(test.statuses(), [0; 0]);
    let barrier = std::sync::Barrier::new(20);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                barrier.wait();
                mapper.resource("nopes").unwrap_err();
            });
        }
    });
    assert_eq!(test.statuses(), [304, 304]);
    mapper.resource("nopes").unwrap_err();
    assert_eq!(test.statuses(), [304, 304]);
}

#[test]
fn the_first_name_that_files_do_not_have_is_asked_for() {
    let test = Test::filled();
    let mapper = RestMapper::deferred(&test.cache());
    mapper.resource("nopes").unwrap_err();
    assert_eq!(test.statuses(), [304, 304]);
}

#[test]
fn names_that_are_no_names_of_files_are_not_written() {
    for (group, version) in [("../x", "v1"), ("a/b", "v1"), ("a", ".."), ("a", ""), ("", "v1/..")] {
        let version = GroupVersion::new(group, version);
        assert_eq!(documents::path_of_version(&version), None, "{version:?}");
    }
    let path = documents::path_of_version(&GroupVersion::new("", "v1")).unwrap();
    assert_eq!(path, Path::new("v1/serverresources.json"));
}
