//! Replays a kube-apiserver's answers over TLS on loopback, so that a client alone is measured.
//!
//! `bench-replay --dir DIR [--pods N] [--events N] [--gate]` writes `DIR/kubeconfig` (and its parts
//! as files), prints its address and answers until its standard input closes. With `--gate`, watches tell events only
//! once a client has asked for the ConfigMap `go`. `REPLAY_LOG=1` prints each request to standard error.

mod gate;
mod http;
mod pod;
mod protobuf;
mod recording;
mod routes;
mod serve;
mod tls;
mod wire;

use std::error::Error;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::{fs, thread};

use gate::Gate;
use recording::Recording;
use tls::Identity;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-replay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse()?;
    let identity = Identity::new()?;
    let recording = Arc::new(Recording::new(arguments.pods, arguments.events)?);
    let gate = arguments.gate.then(|| Arc::new(Gate::default()));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    fs::write(arguments.dir.join("kubeconfig"), identity.kubeconfig(address))?;
    for (name, contents) in identity.files(address) {
        fs::write(arguments.dir.join(name), contents)?;
    }

    thread::Builder::new().name("accept".to_owned()).spawn(move || {
        if let Err(error) = serve::serve(&listener, &identity.server, &recording, gate.as_ref()) {
            eprintln!("bench-replay: {error}");
        }
    })?;
    println!("{address}");
    io::stdout().flush()?;

    // Whoever started this holds the other end of standard input, and ends it by closing that.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

struct Arguments {
    dir: PathBuf,
    pods: usize,
    events: usize,
    gate: bool,
}

impl Arguments {
    fn parse() -> Result<Self, lexopt::Error> {
        use lexopt::prelude::{Long, ValueExt as _};

        let (mut dir, mut pods, mut events, mut gate) = (None, 10_000, 20_000, false);
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("dir") => dir = Some(PathBuf::from(parser.value()?)),
                Long("pods") => pods = parser.value()?.parse()?,
                Long("events") => events = parser.value()?.parse()?,
                Long("gate") => gate = true,
                _ => return Err(argument.unexpected()),
            }
        }
        let dir = dir.ok_or("--dir DIR is missing: where to write the kubeconfig")?;
        Ok(Self { dir, pods, events, gate })
    }
}
