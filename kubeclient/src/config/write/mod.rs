//! Writes kubeconfigs: [`Kubeconfig::modify`], client-go's ModifyConfig.
//!
//! `files` says which files there are and which of them an entry belongs to, `lock` and `replace` touch them,
//! `splice` makes the new text of the old one, `yaml` makes it of nothing.

mod yaml;
mod splice;
mod lock;
mod replace;
mod files;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::edit::Entry;
use super::env::Env;
use super::kubeconfig::{Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext};
use super::options::KubeconfigOptions;
use super::parse;
use crate::error::{Error, Result};
use crate::stop::Stop;
use files::Files;

/// How long a lock that another program holds is waited for: it takes milliseconds to change a kubeconfig.
const PATIENCE: Duration = Duration::from_secs(1);

impl Kubeconfig {
    /// Reads the kubeconfig as [`load`](Self::load) does, lets `change` change it, and writes what differs,
    /// each entry to the file that it came from. Gives what `change` gives; when that is an error, nothing
    /// is written.
    ///
    /// New entries and the current context go to the one file that the options name, else the first of
    /// `$KUBECONFIG` that is there, else the last of it, else `~/.kube/config`; it is made if need be, for
    /// its owner alone. A relative path in an entry stays as it is: it stands relative to the folder of the
    /// entry's file. An entry that is taken out goes from its file alone, so that one of the same name in a
    /// later file comes up.
    ///
    /// Everything else in the file stays as it is written, comments and unknown fields too, where it is in
    /// the usual form of one line a field. An entry that changes loses the comments in it. A file in another
    /// form (JSON, or lists within brackets) is written anew and loses all of its comments, as with kubectl;
    /// unknown fields and extensions are kept there, too. What a file will say is read back and compared
    /// before it is put in its place.
    ///
    /// Other programs that write it are kept out as kubectl does it, by `<file>.lock` beside it, and never
    /// see half a file: a new one, with the mode and owner of the old one, is renamed over it. A link stays,
    /// and what it leads to is replaced. kubectl itself reads before it locks, and may take back what was
    /// written in between.
    ///
    /// ```
    /// use kubeclient::config::{Kubeconfig, KubeconfigOptions};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("config");
    /// # std::fs::write(&path, "# mine\ncurrent-context: dev\ncontexts:\n- name: dev\n  context: {}\n").unwrap();
    /// let options = KubeconfigOptions::default().path(&path);
    /// Kubeconfig::modify(&options, |kubeconfig| kubeconfig.set_namespace("dev", "web"))?;
    /// assert_eq!(Kubeconfig::load(&options)?.context("dev").unwrap().namespace, "web");
    /// assert!(std::fs::read_to_string(&path).unwrap().starts_with("# mine\n"));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming the file: it can't be read or written, is no
    /// kubeconfig, or is locked. A lock that a program left behind is never removed. Where several files
    /// change and one can't be written, those before it are written.
    ///
    /// # Blocking
    /// On the files, and for up to 1 s on a lock that another program holds. Nothing can stop it.
    pub fn modify<T>(
        options: &KubeconfigOptions,
        change: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        modify(options, &Env::of_process(), &Stop::new(), change)
    }

    /// Writes it whole to this file, under its lock and in one step, **with the credentials** in it. A new
    /// file is for its owner alone.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) naming the file: it can't be written, or is locked.
    ///
    /// # Blocking
    /// As [`modify`](Self::modify).
    pub fn write_to(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let write = || {
            let mut whole = self.clone();
            whole.set_kind();
            let text = checked(whole.to_yaml()?.expose(), &whole)?;
            replace::make_folder(path)?;
            let _locks = lock::take(path, &Stop::new(), PATIENCE)?;
            replace::replace(path, text.as_bytes())
        };
        write().map_err(|error: Error| error.at(place(path)))
    }
}

/// [`Kubeconfig::modify`] in this environment, until it is stopped.
pub(super) fn modify<T>(
    options: &KubeconfigOptions,
    env: &Env,
    stop: &Stop,
    change: impl FnOnce(&mut Kubeconfig) -> Result<T>,
) -> Result<T> {
    let files = Files::of(options, env)?;
    let locks = files.lock(stop, PATIENCE)?;
    let before = files.load()?;
    let mut after = before.clone();
    let outcome = change(&mut after)?;
    after.refuse_repeated_names()?;
    for (path, changed) in files.changed(&before, after)? {
        let write = || {
            locks.allow(&path)?;
            let text = text(&changed.text, &changed.before, &changed.after)?;
            replace::replace(&path, text.as_bytes())
        };
        write().map_err(|error: Error| error.at(place(&path)))?;
    }
    Ok(outcome)
}

/// The new text of a file: the old one with what differs, or else another one.
fn text(old: &str, before: &Kubeconfig, after: &Kubeconfig) -> Result<Zeroizing<String>> {
    let is_new = old.trim().is_empty();
    let spliced =
        (!is_new).then(|| splice::splice(old, before, after)).flatten().map(Zeroizing::new);
    if let Some(Ok(text)) = spliced.as_ref().map(|text| checked(text, after)) {
        return Ok(text);
    }
    checked(after.to_yaml()?.expose(), after)
}

/// The text, if it reads back as this kubeconfig.
fn checked(text: &str, kubeconfig: &Kubeconfig) -> Result<Zeroizing<String>> {
    let mut expected = kubeconfig.clone();
    expected.forget_origins();
    if parse::from_text(text, &parse::OWN)? != expected {
        return Err(Error::config("what it says can't be written as YAML without a change"));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

fn place(path: &Path) -> String {
    format!("kubeconfig {}", path.display())
}

/// An entry that knows the file it came from, and its list.
trait Filed: Entry + serde::Serialize {
    /// The list's key in the file.
    const LIST: &str;

    fn list(kubeconfig: &Kubeconfig) -> &Vec<Self>;
    fn list_mut(kubeconfig: &mut Kubeconfig) -> &mut Vec<Self>;
    fn origin(&mut self) -> &mut Option<std::path::PathBuf>;
}

macro_rules! filed {
    ($type:ident, $field:ident, $list:literal) => {
        impl Filed for $type {
            const LIST: &str = $list;

            fn list(kubeconfig: &Kubeconfig) -> &Vec<Self> {
                &kubeconfig.$field
            }

            fn list_mut(kubeconfig: &mut Kubeconfig) -> &mut Vec<Self> {
                &mut kubeconfig.$field
            }

            fn origin(&mut self) -> &mut Option<std::path::PathBuf> {
                &mut self.location_of_origin
            }
        }
    };
}

filed!(NamedCluster, clusters, "clusters");
filed!(NamedAuthInfo, users, "users");
filed!(NamedContext, contexts, "contexts");

impl Kubeconfig {
    /// What a text alone would say.
    fn forget_origins(&mut self) {
        fn forget<E: Filed>(kubeconfig: &mut Kubeconfig) {
            E::list_mut(kubeconfig).iter_mut().for_each(|entry| *entry.origin() = None);
        }
        forget::<NamedCluster>(self);
        forget::<NamedAuthInfo>(self);
        forget::<NamedContext>(self);
    }
}
