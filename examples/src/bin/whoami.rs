//! Says who the server takes the client for, as `kubectl auth whoami` does; and by which settings, and where they stand.

use std::io::Write;
use std::process::ExitCode;

use kubeclient::Clientset;
use kubeclient::authentication_v1::SelfSubjectReview;
use kubeclient_examples::cli::{self, Argument, Arguments, Failure, Outcome, Table};

const USAGE: &str = "usage: whoami [--kubeconfig FILE] [--context NAME] [--describe]";

fn main() -> ExitCode {
    cli::run("whoami", USAGE, whoami)
}

fn whoami(arguments: &mut Arguments, out: &mut dyn Write) -> Outcome {
    let mut describe = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Argument::Flag("describe") => describe = arguments.switch()?,
            Argument::Flag(_) => return Err(arguments.unknown()),
            Argument::Value(value) => {
                return Err(arguments.misused(&format!("unexpected arguments: [{value}]")));
            }
        }
    }
    let session = arguments.connect()?;
    let reviews = Clientset::new(&session.client).authentication_v1().self_subject_reviews();
    let review = reviews.create(&SelfSubjectReview::default());
    let user = match review {
        Ok(review) => review.status.user_info,
        Err(error) if error.is_forbidden() => {
            return Err(Failure::new(
                "the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it",
            ));
        }
        Err(error) if error.is_not_found() => {
            return Err(Failure::new("the selfsubjectreviews API is not enabled in the cluster"));
        }
        Err(error) => return Err(error.into()),
    };

    let mut table = Table::default();
    table.row(["ATTRIBUTE", "VALUE"]);
    if !user.username.is_empty() {
        table.row(["Username", &user.username]);
    }
    if !user.uid.is_empty() {
        table.row(["UID", &user.uid]);
    }
    if !user.groups.is_empty() {
        table.row(["Groups", &format!("[{}]", user.groups.join(" "))]);
    }
    let mut extra: Vec<_> = user.extra.iter().collect();
    extra.sort_by_key(|(key, _)| key.to_string());
    for (key, values) in extra {
        table.row([format!("Extra: {key}"), format!("[{}]", values.join(" "))]);
    }
    table.write(out)?;
    if describe {
        writeln!(out, "\n{}", session.client.config().describe())?;
    }
    Ok(())
}
