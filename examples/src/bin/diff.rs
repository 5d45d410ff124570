//! Shows how objects would change if manifests were applied, as `kubectl diff --server-side` does: as the
//! differences of two texts of YAML, with Secrets masked. Ends with 0 when there are none, with 1 when there
//! are some, and with 2 when something went wrong.

use std::io::Write;
use std::process::ExitCode;

use kubeclient::Applier;
use kubeclient::manifests::{Change, Diff};
use kubeclient_examples::cli::{self, Argument, Arguments, Failure, Files, Outcome};
use serde_json::Value;
use similar::TextDiff;

const USAGE: &str = "usage: diff -f FILE|FOLDER|- [-R] [--prune --set NAME] [--force-conflicts] \
    [--field-manager NAME] [-n NAMESPACE] [--kubeconfig FILE] [--context NAME] [--cache-dir FOLDER]";

/// The exit code of what went wrong; 1 says that there are differences.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    cli::run("diff", USAGE, |arguments, out| {
        diff(arguments, out).map_err(|failure| match failure.code() {
            DIFFERENT => failure.with_code(1),
            _ => failure.with_code(WRONG),
        })
    })
}

/// Not a code that anything else ends with.
const DIFFERENT: u8 = 101;

fn diff(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let mut files = Files::default();
    let mut manager = "kubeclient-apply".to_owned();
    let (mut set_name, mut prune, mut force) = (None, false, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("f" | "filename") => files.add(arguments)?,
            Argument::Flag("R" | "recursive") => files.recursive = arguments.switch()?,
            Argument::Flag("prune") => prune = arguments.switch()?,
            Argument::Flag("set") => set_name = Some(arguments.value()?),
            Argument::Flag("force-conflicts") => force = arguments.switch()?,
            Argument::Flag("field-manager") => manager = arguments.value()?,
            Argument::Flag("server-side") => drop(arguments.switch()?),
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(value) => {
                return Err(arguments.misused(&format!("Unexpected args: [{value}]")));
            }
        }
    }
    let session = arguments.connect()?;
    let set = files.read(arguments, &session)?;
    let mut applier = Applier::with_mapper(&session.client, manager, session.mapper())
        .namespace(&session.namespace);
    match (set_name, prune) {
        (Some(name), true) => applier = applier.prune(name),
        (Some(name), false) => applier = applier.set(name),
        (None, true) => return Err(arguments.misused("--prune: expected --set NAME beside it")),
        (None, false) => {}
    }
    if force {
        applier = applier.force();
    }
    let (mut written, mut is_different) = (Ok(()), false);
    let summary = applier.diff(&set, |diff| {
        if diff.change != Change::Unchanged && written.is_ok() {
            is_different = true;
            written = print(diff, out);
        }
    })?;
    written?;
    out.flush()?;
    let is_demo = session.server.is_some() && files.paths.is_empty();
    match summary.into_result() {
        Err(error) => Err(Failure::new(error)),
        // Shown to itself, the program did what it should.
        Ok(_) if is_different && !is_demo => Err(Failure::verbatim("").with_code(DIFFERENT)),
        Ok(_) => Ok(()),
    }
}

fn print(diff: &Diff, out: &mut dyn Write) -> std::io::Result<()> {
    let kind = &diff.object.kind;
    let group = if kind.group.is_empty() { String::new() } else { format!("{}.", kind.group) };
    let name = format!(
        "{group}{}.{}.{}.{}",
        kind.version, kind.kind, diff.object.namespace, diff.object.name
    );
    let (before, after) = (text(diff.before.as_ref()), text(diff.after.as_ref()));
    let (live, merged) = (format!("LIVE/{name}"), format!("MERGED/{name}"));
    writeln!(out, "diff -u -N {live} {merged}")?;
    let lines = TextDiff::from_lines(&before, &after);
    write!(out, "{}", lines.unified_diff().header(&live, &merged))
}

/// An object as YAML, its keys in order and no line folded, as kubectl has it but for the sort of some quotes;
/// nothing where it is not there.
fn text(object: Option<&Value>) -> String {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
    let text = object.map(|object| serde_saphyr::to_string_with_options(object, options));
    text.and_then(Result::ok).unwrap_or_default()
}
