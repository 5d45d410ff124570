//! Deletes what manifests name, as `kubectl delete -f` does, but in the reverse of the order in which they
//! are applied.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use kubeclient::{Applier, PropagationPolicy};
use kubeclient_examples::cli::{self, Argument, Arguments, Failure, Files, Outcome};

const USAGE: &str = "usage: delete -f FILE|FOLDER|- [-R] [--ignore-not-found] \
    [--cascade[=background|foreground|orphan]] [--dry-run[=server|none]] [--wait[=false]] \
    [--timeout SECONDS] [-n NAMESPACE] [--kubeconfig FILE] [--context NAME] [--cache-dir FOLDER]";

fn main() -> ExitCode {
    cli::run("delete", USAGE, delete)
}

fn delete(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let mut files = Files::default();
    let (mut ignore, mut dry_run, mut wait) = (false, false, true);
    let mut policy = PropagationPolicy::Background;
    let mut timeout = Duration::from_secs(60);
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("f" | "filename") => files.add(arguments)?,
            Argument::Flag("R" | "recursive") => files.recursive = arguments.switch()?,
            Argument::Flag("ignore-not-found") => ignore = arguments.switch()?,
            Argument::Flag("dry-run") => dry_run = arguments.dry_run()?,
            Argument::Flag("wait") => wait = arguments.switch()?,
            Argument::Flag("timeout") => timeout = arguments.seconds()?,
            Argument::Flag("cascade") => {
                policy = match arguments.value()?.as_str() {
                    "background" => PropagationPolicy::Background,
                    "foreground" => PropagationPolicy::Foreground,
                    "orphan" => PropagationPolicy::Orphan,
                    other => {
                        return Err(Failure::new(format!(
                            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \
                             \"orphan\""
                        )));
                    }
                };
            }
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(value) => {
                return Err(arguments.misused(&format!("Unexpected args: [{value}]")));
            }
        }
    }
    let session = arguments.connect()?;
    let set = files.read(arguments, &session)?;
    let mut applier = Applier::with_mapper(&session.client, "kubeclient-delete", session.mapper())
        .namespace(&session.namespace)
        .propagation(policy);
    if ignore {
        applier = applier.ignore_missing();
    }
    if dry_run {
        applier = applier.dry_run();
    }
    if session.server.is_some() && files.paths.is_empty() {
        // Else the server within this program had nothing to delete.
        Applier::new(&session.client, "kubeclient-delete")
            .apply(&set, |_| {})?
            .into_result()
            .map_err(kubeclient::Error::from)?;
    }
    let mut written = Ok(());
    let deleted = applier.delete(&set, |outcome| match outcome.result {
        Ok(_) if written.is_ok() => written = writeln!(out, "{outcome}"),
        Ok(_) => {}
        Err(_) => eprintln!("error: {outcome}"),
    })?;
    written?;
    if !deleted.is_complete() {
        return Err(Failure::verbatim(""));
    }
    if wait && !dry_run {
        out.flush()?;
        let gone = applier.wait_gone(&set, timeout, |outcome| {
            if let Err(error) = &outcome.result {
                eprintln!("error: {}: {error}", outcome.object);
            }
        })?;
        if !gone.is_complete() {
            return Err(Failure::verbatim(""));
        }
    }
    Ok(())
}
