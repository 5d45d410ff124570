//! Exec plugins and the terminal: who gets it, and who types at it. A test has none, so that it runs itself once more
//! at a pseudo terminal of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, Read as _, Write as _, stdin};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Barrier;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use kubeclient::Config;
use kubeclient::config::{Exec, InteractiveMode};
use kubeclient::{Request, RestClient, Stop};
use kubeclient_tests::stub::{Reply, Stub};
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

use super::{PATIENCE, stub};

/// What the run at the terminal is told: the mode, the server and the folder of the plugin.
const CHILD: &str = "KUBECLIENT_TESTS_AT_A_TERMINAL";
const NAME: &str = "wire::terminal::a_plugin_has_the_terminal_as_its_mode_says";

/// Asks for a token, and says where its input comes from.
const PLUGIN: &str = r#"
cd "$(dirname "$0")"
echo run >> runs
printf '%s' "$KUBERNETES_EXEC_INFO" > info
if [ -t 0 ]; then from=terminal; else from=nothing; fi
printf 'Token: ' >&2
read -r typed || typed=none
echo '{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",'
echo ' "status": {"token": "'"$typed-from-$from"'"}}'
"#;

/// A terminal: what is typed at it and shown on it, and the side that a program has.
struct Terminal {
    screen: File,
    side: File,
}

impl Terminal {
    fn open() -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC);
        let screen = screen.unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap();
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(OFlags::NOCTTY.bits().cast_signed());
        Self { screen: screen.into(), side: options.open(name.to_str().unwrap()).unwrap() }
    }

    /// The program's side, once more.
    fn side(&self) -> Stdio {
        self.side.try_clone().unwrap().into()
    }

    /// Waits until this is shown.
    fn wait_for(&self, text: &'static str) {
        let mut screen = self.screen.try_clone().unwrap();
        let (sender, shown) = mpsc::channel();
        thread::spawn(move || {
            let (mut seen, mut byte) = (String::new(), [0]);
            while !seen.ends_with(text) {
                screen.read_exact(&mut byte).unwrap();
                seen.push(char::from(byte[0]));
            }
            sender.send(()).unwrap();
        });
        shown
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| panic!("the terminal does not show {text:?}"));
    }

    fn type_line(&self, line: &str) {
        writeln!(&self.screen, "{line}").unwrap();
    }
}

/// What became of four calls at once, and what the program itself can read afterwards.
fn at_the_terminal(told: &str) {
    let [mode, server, folder] = told.split(' ').collect::<Vec<_>>()[..] else { panic!("{told}") };
    let folder = Path::new(folder);
    let mut exec = Exec::new("/bin/sh");
    exec.args = vec![folder.join("plugin.sh").to_str().unwrap().into()];
    exec.interactive_mode = match mode {
        "Never" => InteractiveMode::Never,
        "IfAvailable" => InteractiveMode::IfAvailable,
        _ => InteractiveMode::Always,
    };
    let client = RestClient::new(Config::new(server).with_exec(exec)).unwrap();
    let barrier = Barrier::new(4);
    let send = || {
        barrier.wait();
        client.send(&Request::get("/x")).map_or_else(|error| error.to_string(), |_| "ok".into())
    };
    let outcomes: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    fs::write(folder.join("outcomes"), outcomes.join("\n")).unwrap();
    let mut rest = String::new();
    stdin().lock().read_line(&mut rest).unwrap();
    fs::write(folder.join("rest"), rest).unwrap();
}

/// Waits until it has ended by itself, but not for ever.
fn end(child: &mut Child) -> ExitStatus {
    let patience = Stop::after(PATIENCE * 3);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if patience.wait_timeout(Duration::from_millis(5)) {
            child.kill().unwrap();
            panic!("the run at the terminal does not end");
        }
    }
}

/// What a plugin of this mode made of a terminal, or of none.
struct Seen {
    outcomes: Vec<String>,
    /// The tokens that the server got.
    tokens: Vec<String>,
    runs: usize,
    /// What the plugin was told.
    interactive: Option<bool>,
    /// What was left for the program.
    rest: String,
}

fn see(mode: &str, terminal: Option<&Terminal>) -> Seen {
    let server: Stub = stub(|_, _| Reply::text(200, "ok"));
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("plugin.sh"), PLUGIN).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", NAME]).stdout(Stdio::null());
    child.env(CHILD, format!("{mode} {} {}", server.url(), folder.path().display()));
    match terminal {
        Some(terminal) => child.stdin(terminal.side()).stderr(terminal.side()),
        None => child.stdin(Stdio::null()).stderr(Stdio::null()),
    };
    let mut child = child.spawn().unwrap();
    if let Some(terminal) = terminal {
        terminal.wait_for("Token: ");
        terminal.type_line("typed");
        terminal.type_line("more");
    }
    assert!(end(&mut child).success(), "{mode}");
    let read = |name: &str| fs::read_to_string(path(name)).unwrap_or_default();
    let info: Option<Value> = serde_json::from_str(&read("info")).ok();
    let tokens = server.requests();
    let tokens = tokens.iter().map(|asked| asked.header("authorization").unwrap().to_owned());
    Seen {
        outcomes: read("outcomes").lines().map(str::to_owned).collect(),
        tokens: tokens.collect(),
        runs: read("runs").lines().count(),
        interactive: info.map(|info| info["spec"]["interactive"].as_bool().unwrap()),
        rest: read("rest").trim().to_owned(),
    }
}

/// Fidelity 39. What is typed goes to the plugin where its mode says so, once for all who wait, and else it stays for
/// the program.
#[test]
fn a_plugin_has_the_terminal_as_its_mode_says() {
    if let Ok(told) = std::env::var(CHILD) {
        return at_the_terminal(&told);
    }
    for (mode, at_terminal, has_it) in [
        ("Always", true, true),
        ("IfAvailable", true, true),
        ("Never", true, false),
        ("IfAvailable", false, false),
        ("Never", false, false),
    ] {
        let terminal = at_terminal.then(Terminal::open);
        let seen = see(mode, terminal.as_ref());
        let what = format!("{mode} {at_terminal}");
        assert_eq!(seen.outcomes, ["ok"; 4], "{what}");
        let token = if has_it { "typed-from-terminal" } else { "none-from-nothing" };
        assert_eq!(seen.tokens, vec![format!("Bearer {token}"); 4], "{what}");
        assert_eq!((seen.runs, seen.interactive), (1, Some(has_it)), "{what}");
        let rest = match (at_terminal, has_it) {
            (true, true) => "more",
            (true, false) => "typed",
            (false, _) => "",
        };
        assert_eq!(seen.rest, rest, "{what}");
    }
    let seen = see("Always", None);
    assert_eq!((seen.runs, seen.interactive, seen.tokens.len()), (0, None, 0));
    let expected = "interactiveMode Always: expected a terminal as standard input";
    assert!(seen.outcomes.iter().all(|it| it.contains(expected)), "{:?}", seen.outcomes);
    assert!(seen.outcomes.iter().all(|it| it.contains("exec plugin \"/bin/sh\"")));
}
