//! Shows a kubeconfig without its credentials, as `kubectl config view` does; or says where each setting
//! comes from, and what is not used and why; or which programs it would run, and runs none.

use std::io::Write;
use std::process::ExitCode;

use kubeclient::config::{ExecPolicy, Kubeconfig, KubeconfigOptions};
use kubeclient_examples::cli::{self, Argument, Arguments, Failure, Outcome, printable};

const USAGE: &str = "usage: config_view [--kubeconfig FILE] [--context NAME] [--minify] [--raw]
       config_view [--kubeconfig FILE] [--context NAME] --describe
       config_view [--kubeconfig FILE] --programs";

/// What is shown of a kubeconfig.
#[derive(Clone, Copy, Default)]
struct View {
    minify: bool,
    raw: bool,
    describe: bool,
    programs: bool,
}

fn main() -> ExitCode {
    cli::run("config_view", USAGE, config_view)
}

fn config_view(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let mut view = View::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("minify") => view.minify = arguments.switch()?,
            Argument::Flag("raw") => view.raw = arguments.switch()?,
            Argument::Flag("describe") => view.describe = arguments.switch()?,
            Argument::Flag("programs") => view.programs = arguments.switch()?,
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(value) => {
                return Err(arguments.misused(&format!("unexpected arguments: [{value}]")));
            }
        }
    }
    match arguments.cluster() {
        Some(options) => show(options, view, out),
        None => {
            // The kubeconfig of the server within this program.
            let session = arguments.connect()?;
            let Some(server) = &session.server else { return Ok(()) };
            let path =
                std::env::temp_dir().join(format!("kubeclient-config-{}", std::process::id()));
            server.write_kubeconfig(&path)?;
            let options = KubeconfigOptions::default().path(&path);
            let outcome = show(&options, view, out);
            std::fs::remove_file(&path)?;
            outcome
        }
    }
}

fn show(options: &KubeconfigOptions, view: View, out: &mut dyn Write) -> Outcome {
    if view.describe {
        writeln!(out, "{}", options.describe()?)?;
        return Ok(());
    }
    let mut kubeconfig = Kubeconfig::load(options)?;
    if view.programs {
        for program in kubeconfig.programs(&ExecPolicy::AllowAll) {
            writeln!(out, "{program}")?;
        }
        return Ok(());
    }
    if view.minify {
        if let Some(context) = &options.context {
            kubeconfig.current_context.clone_from(context);
        }
        kubeconfig.minify().map_err(Failure::from)?;
    }
    if view.raw {
        out.write_all(kubeconfig.to_yaml()?.expose().as_bytes())?;
        return Ok(());
    }
    kubeconfig.redact();
    out.write_all(printable(kubeconfig.to_yaml()?.expose()).as_bytes())?;
    Ok(())
}
