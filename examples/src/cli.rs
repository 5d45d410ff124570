//! What the command-line programs among the examples share: they take the flags of kubectl, say things as
//! kubectl does, and end with its exit codes.
//!
//! A program is a function that reads its own flags, asks for a session, and writes its output:
//!
//! ```
//! use std::io::Write;
//!
//! use kubeclient_examples::cli::{Argument, Arguments, Outcome};
//!
//! const USAGE: &str = "usage: count [-l SELECTOR] TYPE";
//!
//! fn count(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
//!     let mut params = kubeclient::ListParams::default();
//!     let mut names = Vec::new();
//!     while let Some(argument) = arguments.next()? {
//!         match argument {
//!             Argument::Flag("l" | "selector") => params = params.labels(arguments.value()?),
//!             Argument::Flag(_) => return Err(arguments.unknown()),
//!             Argument::Value(name) => names.push(name),
//!         }
//!     }
//!     let [name] = &names[..] else { return Err(arguments.misused("expected one TYPE")) };
//!     let session = arguments.connect()?;
//!     let objects = session.objects(&session.mapper().resource(name)?);
//!     writeln!(out, "{}", objects.list(&params)?.items.len())?;
//!     Ok(())
//! }
//!
//! // In a program: `fn main() -> ExitCode { cli::run("count", USAGE, count) }`
//! let mut out = Vec::new();
//! let mut arguments = Arguments::of("count", USAGE, ["namespaces"]);
//! count(&mut arguments, &mut out)?;
//! assert_eq!(out, b"4\n");
//! # Ok::<(), kubeclient_examples::cli::Failure>(())
//! ```
//!
//! # Flags
//! [`Arguments`] itself takes `--kubeconfig FILE`, `--context NAME`, `-n`/`--namespace NAME`,
//! `--cache-dir FOLDER` and `-h`/`--help`; the others come to the program. A flag that is not repeatable
//! counts as it was given last.
//!
//! # Clusters
//! As with all examples: the cluster that `--kubeconfig` or `--context` names; else an API server within the
//! program, which a line on standard error says.
//!
//! # Exit codes
//! 0: all went well. 1, or what [`Failure::with_code`] says: it did not, and standard error says why, in one
//! line that begins with `error:` or `Error from server (Reason):`. Standard output has what the program is
//! for, and nothing else.

mod arguments;
mod failure;
mod files;
mod print;
mod session;
mod table;
mod targets;
mod words;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

pub use arguments::{Argument, Arguments};
pub use failure::Failure;
pub use files::Files;
pub use print::{Form, full_name, yaml};
pub use session::Session;
pub use table::Table;
pub use targets::Target;
pub use words::{printable, wrap};

/// What a program's own code gives back.
pub type Outcome = Result<(), Failure>;

/// A program: it reads its arguments and writes its output.
pub type Program = fn(&mut Arguments, &mut dyn Write) -> Outcome;

/// Runs a program with the arguments of this process, says what went wrong if something did, and gives the
/// exit code. What it had written by then is written.
pub fn run(name: &'static str, usage: &'static str, program: Program) -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut outcome = program(&mut Arguments::of_process(name, usage), &mut out);
    if let Err(error) = out.flush()
        && outcome.is_ok()
    {
        outcome = Err(error.into());
    }
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}
