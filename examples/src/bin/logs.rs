//! Reads the end of a container's log, then follows it until it is stopped.
//!
//! On a cluster, the pod writes a line each half second (the image is busybox's). The embedded server runs
//! no containers: there the example writes the lines.

use std::process::ExitCode;
use std::time::Duration;

use kubeclient::core_v1::{Container, Pod};
use kubeclient::{Clientset, DeleteParams, LogParams, ObjectMeta};
use kubeclient_examples::{Outcome, Session, run, wait_for};

fn main() -> ExitCode {
    run("logs", logs)
}

fn logs(session: &Session) -> Outcome {
    let pods = Clientset::new(&session.client).core_v1().pods(&session.namespace);
    if let Some(server) = &session.server {
        server.set_run_pods(true);
    }
    pods.create(&ticker())?;
    wait_for("the pod runs", Duration::from_secs(60), || {
        Ok(pods.get_opt("ticker")?.filter(|pod| pod.status.phase == "Running"))
    })?;
    let write = |line: &str| {
        if let Some(server) = &session.server {
            server.append_log(&session.namespace, "ticker", "clock", &format!("{line}\n"));
        }
    };
    write("tick 1");
    write("tick 2");

    let whole = LogParams::default().container("clock").tail(2).timestamps();
    print!("so far\n{}", pods.logs("ticker", &whole)?);

    // Each line as it is written. The stopper ends the wait for one, from this or any other thread.
    let mut lines = pods.log_lines("ticker", &LogParams::default().follow())?;
    let stop = lines.stopper();
    for number in 3..6 {
        write(&format!("tick {number}"));
        if let Some(line) = lines.next() {
            println!("follow      {}", line?);
        }
    }
    stop.stop();
    println!("stopped     {:?}", lines.next().transpose()?);
    pods.delete("ticker", &DeleteParams::default().grace_period(0))?;
    Ok(())
}

/// A pod that writes a line each half second.
fn ticker() -> Pod {
    let script = "i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.5; done";
    let clock = Container {
        name: "clock".into(),
        image: "busybox".into(),
        command: vec!["sh".into(), "-c".into(), script.into()],
        ..Container::default()
    };
    let mut pod = Pod { metadata: ObjectMeta::named("ticker"), ..Pod::default() };
    pod.spec.containers.push(clock);
    pod
}
