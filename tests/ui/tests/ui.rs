//! What `#[derive(Resource)]`, `#[derive(Message)]` and the traits of a kind refuse, and what the compiler
//! then says.
//!
//! Each file under `tests/ui/<concern>` holds one mistake and names its message in a first line
//! `//~ ERROR: ..`; the `.stderr` beside it holds all that the compiler prints. The compiler's own
//! wording changes between versions, so the whole output is compared only on the `RUSTC` below. On any
//! other one, or with `KUBECLIENT_UI_MODE=messages`, each case must still fail to compile and say its
//! message, and the run says that no more than this was looked at. Files under `tests/ui/pass` compile
//! and run on every compiler.
//!
//! After a change of messages, `TRYBUILD=overwrite cargo test -p kubeclient-ui-tests` writes the
//! `.stderr` files anew; read the difference before you keep it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The compiler whose wording the `.stderr` files hold.
const RUSTC: &str = "1.95";

/// The folders of cases that must not compile, with one mistake a file.
const CONCERNS: &[&str] = &["attribute", "values", "fields", "scope", "message"];
/// The folder of cases with more than one mistake a file: each must be reported.
const SEVERAL: &str = "several";
/// The folder of programs that must compile and end well.
const PASS: &str = "pass";

#[test]
fn each_mistake_gets_its_message() {
    match mode() {
        Mode::Stderr => {
            let cases = trybuild::TestCases::new();
            for concern in CONCERNS.iter().chain([&SEVERAL]) {
                cases.compile_fail(format!("tests/ui/{concern}/*.rs"));
            }
        }
        Mode::Messages(why) => {
            say_aloud(&format!(
                "{why}: the compiler's whole output was NOT compared. \
                 Each case was compiled, and must fail with its own message."
            ));
            let cases = cases();
            let failures = Project::of_kubeclient("ui-messages").failures(&cases);
            assert!(
                failures.is_empty(),
                "{} of {} cases:\n{}",
                failures.len(),
                cases.len(),
                failures.join("\n")
            );
            say_aloud(&format!("{} cases failed to compile, each with its message", cases.len()));
        }
    }
}

#[test]
fn every_accepted_form_compiles_and_runs() {
    let programs = files(&ui().join(PASS), "rs");
    assert!(programs.len() >= 14, "only {} programs", programs.len());
    let failures = Project::of_kubeclient("ui-pass").failures_to_run(&programs);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn each_case_names_its_message_and_its_output_holds_no_other() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let name = case.name();
        let Ok(stderr) = fs::read_to_string(case.path.with_extension("stderr")) else {
            wrong.push(format!("{name}: has no .stderr"));
            continue;
        };
        let errors = errors_in(&stderr);
        if errors != case.messages.len() {
            wrong.push(format!("{name}: {errors} errors for {} mistakes", case.messages.len()));
        }
        if case.is_of(SEVERAL) == (case.messages.len() == 1) {
            wrong.push(format!("{name}: one mistake a case, and more only in `{SEVERAL}`"));
        }
        for message in case.messages.iter().filter(|message| !stderr.contains(*message)) {
            wrong.push(format!("{name}: the .stderr does not say `{message}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 75, "only {} cases", cases.len());
}

#[test]
fn no_output_stands_without_its_case() {
    for concern in CONCERNS.iter().chain([&SEVERAL]) {
        for path in files(&ui().join(concern), "stderr") {
            let case = path.with_extension("rs");
            assert!(case.exists(), "{} has no case", path.display());
        }
    }
}

#[test]
fn a_case_is_told_apart_by_whether_it_fails_and_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = |name: &str, source: &str| {
        let path = folder.path().join(name);
        fs::write(&path, source).expect("a case");
        Case::read(path)
    };
    let cases = [
        case("right.rs", "//~ ERROR: one\ncompile_error!(\"one and more\");\nfn main() {}\n"),
        case("other.rs", "//~ ERROR: two\ncompile_error!(\"one\");\nfn main() {}\n"),
        case("half.rs", "//~ ERROR: one\n//~ ERROR: two\ncompile_error!(\"one\");\nfn main() {}\n"),
        case("compiles.rs", "//~ ERROR: unused\nfn main() { let x = 1; }\n"),
    ];
    let failures = Project::of_nothing(folder.path()).failures(&cases);
    assert_eq!(failures.len(), 3, "{failures:#?}");
    assert!(failures[0].contains("other.rs: did not say `two`"), "{failures:#?}");
    assert!(failures[1].contains("half.rs: did not say `two`"), "{failures:#?}");
    assert!(failures[2].contains("compiles.rs: compiled"), "{failures:#?}");
}

#[test]
fn a_program_is_told_apart_by_whether_it_compiles_and_how_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = |name: &str, source: &str| {
        let path = folder.path().join(name);
        fs::write(&path, source).expect("a program");
        path
    };
    let sources = [
        source("right.rs", "fn main() {}\n"),
        source("mistaken.rs", "fn main() { oh }\n"),
        source("failing.rs", "fn main() { panic!(\"oh\") }\n"),
    ];
    let failures = Project::of_nothing(folder.path()).failures_to_run(&sources);
    assert_eq!(failures.len(), 2, "{failures:#?}");
    assert!(failures[0].contains("mistaken.rs: did not compile"), "{failures:#?}");
    assert!(failures[1].contains("failing.rs: exit status"), "{failures:#?}");
}

#[test]
fn errors_are_counted_without_the_closing_line() {
    let one = "error[E0277]: a\n --> x\n\nFor more information about this error, try `rustc --explain E0277`.\n";
    assert_eq!(errors_in(one), 1);
    assert_eq!(
        errors_in(
            "error: a\n\nwarning: b\n\nerror: c\n\nerror: aborting due to 2 previous errors\n"
        ),
        2
    );
    assert_eq!(errors_in(""), 0);
}

enum Mode {
    /// The whole output is compared.
    Stderr,
    /// Only the messages are looked for, and why.
    Messages(String),
}

fn mode() -> Mode {
    match std::env::var("KUBECLIENT_UI_MODE").as_deref() {
        Ok("messages") => return Mode::Messages("KUBECLIENT_UI_MODE=messages".to_owned()),
        Ok("stderr") => return Mode::Stderr,
        Ok(other) => panic!("KUBECLIENT_UI_MODE is `{other}`: expected `messages` or `stderr`"),
        Err(_) => {}
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-V").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let number = version.split(' ').nth(1).unwrap_or_default();
    let is_named =
        number.strip_prefix(RUSTC).is_some_and(|rest| rest.starts_with('.') && !rest.contains('-'));
    if is_named {
        Mode::Stderr
    } else {
        Mode::Messages(format!("this is `{version}`, and the .stderr files are of {RUSTC}"))
    }
}

/// Past the capture of the test harness, which would keep it from whoever reads a passing run.
fn say_aloud(line: &str) {
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "\n=== tests/ui: {line} ===\n").expect("standard error is open");
}

/// The errors in a `.stderr`, without the summary that closes it.
fn errors_in(stderr: &str) -> usize {
    let is_error = |line: &&str| line.starts_with("error: ") || line.starts_with("error[");
    stderr
        .lines()
        .filter(is_error)
        .filter(|line| !line.starts_with("error: aborting due to"))
        .count()
}

/// A file that must not compile, and what the compiler must say to it.
struct Case {
    path: PathBuf,
    messages: Vec<String>,
}

impl Case {
    fn read(path: PathBuf) -> Self {
        let source = fs::read_to_string(&path).expect("a case");
        let messages: Vec<String> = source
            .lines()
            .map_while(|line| line.strip_prefix("//~ ERROR: "))
            .map(str::to_owned)
            .collect();
        assert!(!messages.is_empty(), "{} names no message in its first line", path.display());
        Case { path, messages }
    }

    fn is_of(&self, concern: &str) -> bool {
        self.path.parent().is_some_and(|folder| folder.ends_with(concern))
    }

    fn name(&self) -> String {
        let shown = self.path.strip_prefix(ui()).unwrap_or(&self.path);
        shown.display().to_string()
    }
}

fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui")
}

fn cases() -> Vec<Case> {
    CONCERNS
        .iter()
        .chain([&SEVERAL])
        .flat_map(|concern| files(&ui().join(concern), "rs"))
        .map(Case::read)
        .collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

/// A generated package with one program for each of some files.
struct Project {
    folder: PathBuf,
    target: PathBuf,
    /// The lines under `[dependencies]`.
    dependencies: String,
}

impl Project {
    /// In Cargo's folder for the tests' own files, so that a second run finds the dependencies built.
    fn of_kubeclient(name: &str) -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let own = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = own.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        // The versions that the workspace was built with: they are at hand without a network.
        let lock = workspace.join("Cargo.lock");
        fs::copy(lock, folder.join("Cargo.lock")).expect("the workspace's Cargo.lock");
        let kubeclient = workspace.join("kubeclient");
        Project {
            folder,
            target: own.join("ui-target"),
            dependencies: format!(
                "kubeclient = {{ path = {kubeclient:?} }}\n\
                 serde = {{ version = \"1\", features = [\"derive\"] }}\n"
            ),
        }
    }

    /// Without dependencies, in a folder that goes away.
    fn of_nothing(folder: &Path) -> Self {
        Project {
            folder: folder.join("project"),
            target: folder.join("target"),
            dependencies: String::new(),
        }
    }

    /// Compiles every case; the answer says of each that went wrong what did.
    fn failures(&self, cases: &[Case]) -> Vec<String> {
        let sources: Vec<&Path> = cases.iter().map(|case| case.path.as_path()).collect();
        self.write(&sources);
        let (_, messages) = self.cargo("check", &["--bin", "nothing"]);
        assert!(messages.is_empty(), "without any case, the package must compile:\n{messages:?}");
        let (_, errors) = self.cargo("check", &["--bins"]);
        let mut failures = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            let name = case.name();
            let Some(said) = errors.get(&program(number)) else {
                failures.push(format!("{name}: compiled, but has a mistake"));
                continue;
            };
            for message in case.messages.iter().filter(|message| !said.contains(*message)) {
                failures.push(format!("{name}: did not say `{message}`, but:\n{said}"));
            }
        }
        failures
    }

    /// Compiles and runs every program; the answer says of each that went wrong what did.
    fn failures_to_run(&self, sources: &[PathBuf]) -> Vec<String> {
        let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
        self.write(&sources);
        let (programs, errors) = self.cargo("build", &["--bins"]);
        let mut failures = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let name = source.display();
            let Some(file) = programs.get(&program(number)) else {
                let said = errors.get(&program(number)).or(errors.values().next());
                failures.push(format!("{name}: did not compile: {}", said.map_or("", |said| said)));
                continue;
            };
            let output = Command::new(file).output().expect("the program starts");
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                failures.push(format!("{name}: {}: {said}", output.status));
            }
        }
        failures
    }

    fn write(&self, sources: &[&Path]) {
        let mut manifest = format!(
            "[package]\nname = \"kubeclient-ui\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             publish = false\n\n[workspace]\n\n[dependencies]\n{}\n\
             [[bin]]\nname = \"nothing\"\npath = \"nothing.rs\"\n",
            self.dependencies
        );
        for (number, source) in sources.iter().enumerate() {
            let name = program(number);
            manifest += &format!("\n[[bin]]\nname = {name:?}\npath = {source:?}\n");
        }
        fs::create_dir_all(&self.folder).expect("a folder");
        fs::write(self.folder.join("Cargo.toml"), manifest).expect("a manifest");
        fs::write(self.folder.join("nothing.rs"), "fn main() {}\n").expect("a program");
    }

    /// Runs Cargo; of each target by name, the program that was made and the errors that were found.
    fn cargo(&self, verb: &str, what: &[&str]) -> (Programs, Messages) {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS")
            .arg(verb)
            .args(["--offline", "--quiet", "--keep-going", "--message-format=json"])
            .args(what)
            .output()
            .expect("cargo runs");
        let mut programs = Programs::new();
        let mut errors = Messages::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(entry) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let name = entry["target"]["name"].as_str().unwrap_or_default();
            let message = &entry["message"];
            if entry["reason"] == "compiler-message" && message["level"] == "error" {
                let rendered = message["rendered"].as_str().unwrap_or_default();
                *errors.entry(name.to_owned()).or_default() += rendered;
            }
            if let Some(file) = entry["executable"].as_str() {
                programs.insert(name.to_owned(), file.into());
            }
        }
        // What no target is to blame for: a wrong manifest, a dependency that is not at hand.
        if errors.is_empty() && !output.status.success() {
            errors.insert("cargo".to_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
        }
        (programs, errors)
    }
}

type Programs = BTreeMap<String, PathBuf>;
type Messages = BTreeMap<String, String>;

fn program(number: usize) -> String {
    format!("case-{number}")
}
