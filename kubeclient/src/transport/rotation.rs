//! [`Rotation`]: files of certificates and keys that somebody may rotate, as cert-manager and the kubelet do.

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::config::{Pem, SecretPem, Tls, file};
use crate::sync::lock;

/// How often the files are looked at, at most: client-go reads them as often, for new connections.
const LOOK: Duration = Duration::from_secs(1);

/// The files that a configuration names, and what was in them when they were used.
pub(super) struct Rotation {
    paths: Vec<PathBuf>,
    hasher: RandomState,
    state: Mutex<State>,
}

struct State {
    used: Contents,
    /// What was found last and could not be used.
    refused: Option<Contents>,
    looked: Instant,
}

/// A digest of each file; none of one that can't be read. No time of change says as much: two may come in
/// one tick of the file system's clock.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Contents(Vec<Option<u64>>);

impl Rotation {
    /// Those of this configuration, as they are now; nothing if it names no file.
    pub(super) fn of(tls: &Tls) -> Option<Self> {
        let pem = |pem: &Option<Pem>| match pem {
            Some(Pem::File(path)) => Some(path.clone()),
            Some(Pem::Data(_)) | None => None,
        };
        let key = match &tls.client_key {
            Some(SecretPem::File(path)) => Some(path.clone()),
            Some(SecretPem::Data(_)) | None => None,
        };
        let paths = [pem(&tls.certificate_authority), pem(&tls.client_certificate), key];
        let paths: Vec<_> = paths.into_iter().flatten().collect();
        if paths.is_empty() {
            return None;
        }
        let state = State { used: Contents::default(), refused: None, looked: Instant::now() };
        let files = Self { paths, hasher: RandomState::new(), state: Mutex::new(state) };
        files.take(files.contents());
        Some(files)
    }

    /// Whether it is time for another look, which the caller then takes: one a second.
    pub(super) fn is_time(&self, now: Instant) -> bool {
        let mut state = lock(&self.state);
        let is_time = now.saturating_duration_since(state.looked) >= LOOK;
        if is_time {
            state.looked = now;
        }
        is_time
    }

    /// What is in the files by now, where it is neither what is used nor what was refused.
    ///
    /// # Blocking
    /// On the files.
    pub(super) fn look_now(&self) -> Option<Contents> {
        // Without the lock: files may hang.
        let found = self.contents();
        let state = lock(&self.state);
        (found != state.used && Some(&found) != state.refused.as_ref()).then_some(found)
    }

    /// Remembers what is used from now on.
    pub(super) fn take(&self, contents: Contents) {
        let mut state = lock(&self.state);
        (state.used, state.refused) = (contents, None);
    }

    /// Remembers what can't be used, so that it is tried, and told of, but once.
    pub(super) fn refuse(&self, contents: Contents) {
        lock(&self.state).refused = Some(contents);
    }

    pub(super) fn contents(&self) -> Contents {
        let digest = |path: &PathBuf| {
            let bytes = file::read(path).ok()?;
            Some(self.hasher.hash_one(&*bytes))
        };
        Contents(self.paths.iter().map(digest).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Fidelity 18, for certificates: a change is seen within a second, also one that was seen half.
    #[test]
    fn a_change_is_seen_at_the_next_look_until_it_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut tls = Tls::default();
        assert!(Rotation::of(&tls).is_none());
        tls.client_certificate = Some(Pem::File(path("crt")));
        tls.client_key = Some(SecretPem::File(path("key")));
        fs::write(path("crt"), "one").unwrap();
        fs::write(path("key"), "one").unwrap();
        let files = Rotation::of(&tls).unwrap();
        let begin = Instant::now();
        let look = |seconds| {
            let now = begin + Duration::from_secs(seconds);
            files.is_time(now).then(|| files.look_now()).flatten()
        };
        assert!(look(5).is_none());
        fs::write(path("crt"), "two").unwrap();
        assert!(look(5).is_none(), "looked at a moment ago");
        assert!(files.look_now().is_some());
        let found = look(6).unwrap();
        // It can't be used: the key is still missing.
        files.refuse(found);
        assert!(look(6).is_none() && files.look_now().is_none(), "nothing new");
        fs::write(path("key"), "two").unwrap();
        let found = look(7).unwrap();
        files.take(found);
        assert!(look(8).is_none());
        fs::remove_file(path("key")).unwrap();
        assert!(look(9).is_some());
        fs::write(path("key"), "two").unwrap();
        assert!(look(10).is_none(), "the same as before");
    }
}
