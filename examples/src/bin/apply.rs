//! Applies manifests with server-side apply, as `kubectl apply --server-side` does, and says of each object
//! whether it was created, configured, or as it should be.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use kubeclient::Applier;
use kubeclient_examples::cli::{self, Argument, Arguments, Failure, Files, Outcome};

const USAGE: &str = "usage: apply -f FILE|FOLDER|- [-R] [--prune --set NAME] [--dry-run[=server|none]] \
    [--force-conflicts] [--field-manager NAME] [--wait] [--timeout SECONDS] [-n NAMESPACE] \
    [--kubeconfig FILE] [--context NAME] [--cache-dir FOLDER]";

fn main() -> ExitCode {
    cli::run("apply", USAGE, apply)
}

/// How it is to be applied.
struct Options {
    manager: String,
    set: Option<String>,
    prune: bool,
    dry_run: bool,
    force: bool,
    wait: bool,
    timeout: Duration,
}

fn apply(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let mut files = Files::default();
    let mut options = Options {
        manager: "kubeclient-apply".into(),
        set: None,
        prune: false,
        dry_run: false,
        force: false,
        wait: false,
        timeout: Duration::from_secs(60),
    };
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("f" | "filename") => files.add(arguments)?,
            Argument::Flag("R" | "recursive") => files.recursive = arguments.switch()?,
            Argument::Flag("prune") => options.prune = arguments.switch()?,
            Argument::Flag("set") => options.set = Some(arguments.value()?),
            Argument::Flag("dry-run") => options.dry_run = arguments.dry_run()?,
            Argument::Flag("force-conflicts") => options.force = arguments.switch()?,
            Argument::Flag("server-side") => {
                if !arguments.switch()? {
                    return Err(arguments.misused("--server-side=false: it is the only way here"));
                }
            }
            Argument::Flag("field-manager") => options.manager = arguments.value()?,
            Argument::Flag("wait") => options.wait = arguments.switch()?,
            Argument::Flag("timeout") => options.timeout = arguments.seconds()?,
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(value) => {
                return Err(arguments.misused(&format!("Unexpected args: [{value}]")));
            }
        }
    }
    let session = arguments.connect()?;
    let set = files.read(arguments, &session)?;
    let mut applier = Applier::with_mapper(&session.client, &options.manager, session.mapper())
        .namespace(&session.namespace);
    match (&options.set, options.prune) {
        (Some(set), true) => applier = applier.prune(set),
        (Some(set), false) => applier = applier.set(set),
        (None, true) => return Err(arguments.misused("--prune: expected --set NAME beside it")),
        (None, false) => {}
    }
    if options.dry_run {
        applier = applier.dry_run();
    }
    if options.force {
        applier = applier.force();
    }
    let mut tell = |outcome: &kubeclient::manifests::Outcome| match outcome.result {
        Ok(_) => writeln!(out, "{outcome}").and_then(|()| out.flush()),
        Err(_) => {
            // In order with what went well.
            let written = out.flush();
            eprintln!("error: {outcome}");
            written
        }
    };
    let mut written = Ok(());
    let applied = applier.apply(&set, |outcome| {
        if written.is_ok() {
            written = tell(outcome);
        }
    })?;
    written?;
    if let Some(error) = &applied.prune_error {
        eprintln!("error: nothing was pruned: {error:#}");
    }
    // What went wrong was told above.
    if !applied.is_complete() {
        return Err(Failure::verbatim(""));
    }
    if options.wait && !options.dry_run {
        let waited = applier.wait_ready(&set, options.timeout, |outcome| {
            if let Err(error) = &outcome.result {
                eprintln!("error: {}: {error}", outcome.object);
            }
        })?;
        if !waited.is_complete() {
            return Err(Failure::verbatim(""));
        }
    }
    Ok(())
}
