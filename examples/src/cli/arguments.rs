//! [`Arguments`]: the command line, read from left to right. The flags that all programs have are read here.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use kubeclient::KubeconfigOptions;
use lexopt::{Arg, Parser, ValueExt};

use super::failure::Failure;
use super::session::Session;

/// The arguments of a program, but for those that all programs have.
pub struct Arguments {
    program: &'static str,
    usage: &'static str,
    parser: Parser,
    /// The flag that was read last, as `--flag` or `-f`.
    last: String,
    cluster: Option<KubeconfigOptions>,
    namespace: Option<String>,
    cache: Option<PathBuf>,
}

/// One argument of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument<'a> {
    /// The name of a flag, such as `o` of `-o` or `output` of `--output`. What belongs to it is asked for by
    /// [`Arguments::value`] and its like.
    Flag(&'a str),
    /// What is no flag.
    Value(String),
}

impl Arguments {
    /// Those of this process.
    pub(super) fn of_process(program: &'static str, usage: &'static str) -> Self {
        Self::from_parser(program, usage, Parser::from_env())
    }

    /// These, without the program's name.
    pub fn of<T: Into<OsString>>(
        program: &'static str,
        usage: &'static str,
        arguments: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::from_parser(program, usage, Parser::from_args(arguments.into_iter().map(Into::into)))
    }

    fn from_parser(program: &'static str, usage: &'static str, parser: Parser) -> Self {
        let (last, cluster, namespace, cache) = (String::new(), None, None, None);
        Self { program, usage, parser, last, cluster, namespace, cache }
    }

    /// The next argument that is the program's own matter.
    ///
    /// # Errors
    /// What was given to a flag before that takes nothing; an argument that is no text; and after `--help`
    /// was read and answered, the end of the program.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Argument<'_>>, Failure> {
        loop {
            let (name, flag) = match self.parser.next()? {
                None => return Ok(None),
                Some(Arg::Value(value)) => return Ok(Some(Argument::Value(value.string()?))),
                Some(Arg::Long(name)) => (name.to_owned(), format!("--{name}")),
                Some(Arg::Short(letter)) => (letter.to_string(), format!("-{letter}")),
            };
            self.last = flag;
            match name.as_str() {
                "kubeconfig" => {
                    let path = PathBuf::from(self.parser.value()?);
                    self.cluster = Some(self.cluster.take().unwrap_or_default().path(path));
                }
                "context" => {
                    let name = self.value()?;
                    self.cluster = Some(self.cluster.take().unwrap_or_default().context(name));
                }
                "n" | "namespace" => self.namespace = Some(self.value()?),
                "cache-dir" => self.cache = Some(self.parser.value()?.into()),
                "h" | "help" => {
                    println!("{}", self.usage);
                    std::process::exit(0);
                }
                _ => return Ok(Some(Argument::Flag(self.last.trim_start_matches('-')))),
            }
        }
    }

    /// The value of the flag: `--flag=value`, `--flag value`, `-fvalue`, `-f value`.
    ///
    /// # Errors
    /// There is none, or it is no text.
    pub fn value(&mut self) -> Result<String, Failure> {
        match self.parser.value() {
            Ok(value) => Ok(value.string()?),
            Err(_) => {
                let Self { program, last, .. } = self;
                Err(Failure::verbatim(format!(
                    "error: flag needs an argument: {last}\nSee '{program} --help' for usage.\n"
                )))
            }
        }
    }

    /// The values of a flag that takes a list, `a,b`, and may be repeated.
    ///
    /// # Errors
    /// As [`Arguments::value`].
    pub fn list(&mut self) -> Result<Vec<String>, Failure> {
        let value = self.value()?;
        Ok(value.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    /// Whether a flag is switched on: `--flag`, or `--flag=true` and `--flag=false`.
    ///
    /// # Errors
    /// The value is neither.
    pub fn switch(&mut self) -> Result<bool, Failure> {
        let Some(value) = self.parser.optional_value() else { return Ok(true) };
        match value.to_str() {
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            _ => {
                let last = &self.last;
                Err(self.misused(&format!("{last}: expected true or false")))
            }
        }
    }

    /// Whether `--dry-run` asks for a dry run: alone, or with `server`; `none` does not.
    ///
    /// # Errors
    /// The value is another one. `client` is: it would try nothing.
    pub fn dry_run(&mut self) -> Result<bool, Failure> {
        let Some(value) = self.parser.optional_value() else { return Ok(true) };
        match value.to_str() {
            Some("server" | "") => Ok(true),
            Some("none") => Ok(false),
            _ => Err(self.misused("--dry-run: expected \"server\" or \"none\"")),
        }
    }

    /// A time in seconds, with or without an `s`.
    ///
    /// # Errors
    /// There is none, or it is no time.
    pub fn seconds(&mut self) -> Result<Duration, Failure> {
        let value = self.value()?;
        let number = value.strip_suffix('s').unwrap_or(&value).parse();
        number.map(Duration::from_secs).map_err(|_| {
            self.misused(&format!("{}: expected a number of seconds, as 30s", self.last))
        })
    }

    /// The failure over a flag that the program does not know: the one read last.
    pub fn unknown(&self) -> Failure {
        let Self { program, last, .. } = self;
        let what = if last.starts_with("--") {
            format!("unknown flag: {last}")
        } else {
            format!("unknown shorthand flag: {:?} in {last}", last.trim_start_matches('-'))
        };
        Failure::verbatim(format!("error: {what}\nSee '{program} --help' for usage.\n"))
    }

    /// The failure over arguments that don't go together.
    pub fn misused(&self, message: &str) -> Failure {
        let program = self.program;
        Failure::verbatim(format!("error: {message}\nSee '{program} -h' for help and examples\n"))
    }

    /// The cluster that was named so far, for a program that asks no server.
    pub fn cluster(&self) -> Option<&KubeconfigOptions> {
        self.cluster.as_ref()
    }

    /// A session with the cluster that was named so far, or with a server within this program.
    ///
    /// # Errors
    /// The configuration can't be used, or no server can be started here.
    pub fn connect(&self) -> Result<Session, Failure> {
        Session::connect(self.cluster.as_ref(), self.namespace.as_deref(), self.cache.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(list: &[&str]) -> Arguments {
        Arguments::of("try", "usage: try", list.iter().copied())
    }

    #[test]
    fn a_program_sees_its_own_arguments_in_their_order() {
        let mut arguments = arguments(&[
            "-n",
            "a",
            "pods",
            "--context=c",
            "-owide",
            "--verbs",
            "list,get",
            "--cached=false",
            "-R",
            "x",
        ]);
        let mut seen = Vec::new();
        while let Some(argument) = arguments.next().unwrap() {
            match argument {
                Argument::Value(value) => seen.push(value),
                Argument::Flag("o") => seen.push(format!("o={}", arguments.value().unwrap())),
                Argument::Flag("verbs") => seen.extend(arguments.list().unwrap()),
                Argument::Flag("cached" | "R") => {
                    seen.push(arguments.switch().unwrap().to_string())
                }
                Argument::Flag(other) => panic!("{other}"),
            }
        }
        assert_eq!(seen, ["pods", "o=wide", "list", "get", "false", "true", "x"]);
        assert_eq!(arguments.namespace.as_deref(), Some("a"));
        assert!(arguments.cluster.is_some());
    }

    #[test]
    fn dry_runs_and_times_are_read_as_kubectl_reads_them() {
        let dry_run = |flag| {
            let mut arguments = arguments(&[flag]);
            arguments.next().unwrap();
            arguments.dry_run().map_err(|failure| failure.to_string())
        };
        assert_eq!(dry_run("--dry-run"), Ok(true));
        assert_eq!(dry_run("--dry-run=server"), Ok(true));
        assert_eq!(dry_run("--dry-run=none"), Ok(false));
        assert!(dry_run("--dry-run=client").unwrap_err().contains("expected \"server\""));
        let seconds = |flag| {
            let mut arguments = arguments(&[flag]);
            arguments.next().unwrap();
            arguments.seconds().map_err(|failure| failure.to_string())
        };
        assert_eq!(seconds("--timeout=30s"), Ok(Duration::from_secs(30)));
        assert_eq!(seconds("--timeout=5"), Ok(Duration::from_secs(5)));
        assert!(seconds("--timeout=soon").unwrap_err().contains("--timeout: expected a number"));
    }

    #[test]
    fn mistakes_are_named() {
        let mut unknown = arguments(&["--frob"]);
        assert_eq!(unknown.next().unwrap(), Some(Argument::Flag("frob")));
        assert_eq!(
            unknown.unknown().to_string(),
            "error: unknown flag: --frob\nSee 'try --help' for usage.\n"
        );
        let mut bare = arguments(&["-n"]);
        assert_eq!(
            bare.next().unwrap_err().to_string(),
            "error: flag needs an argument: -n\nSee 'try --help' for usage.\n"
        );
        let mut neither = arguments(&["--cached=perhaps"]);
        neither.next().unwrap();
        assert!(
            neither.switch().unwrap_err().to_string().contains("--cached: expected true or false")
        );
    }
}
