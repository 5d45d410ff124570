//! What a scenario is made of. Data only: `side` runs it.

/// Commands that build on one another, in a namespace of the scenario's name.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) steps: Vec<Step>,
}

/// One command of kubectl, or a line that a container writes.
pub(crate) enum Step {
    Kubectl(Kubectl),
    Log { pod: &'static str, container: &'static str, line: &'static str },
}

/// A command line without `kubectl`, and what goes with it.
///
/// `{NAME}` in the command line and in standard input stands for what [`Kubectl::save`] saved.
#[derive(Default)]
pub(crate) struct Kubectl {
    pub(crate) command: &'static str,
    pub(crate) stdin: Option<&'static str>,
    pub(crate) editor: Option<&'static str>,
    pub(crate) save: Option<&'static str>,
    pub(crate) end: End,
    pub(crate) first: Option<&'static str>,
    pub(crate) meanwhile: Vec<Step>,
    pub(crate) retried: bool,
    pub(crate) normal: Vec<fn(&str) -> String>,
}

/// When a command is over.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum End {
    /// It ends by itself.
    #[default]
    Exit,
    /// It is ended when it has printed this many lines.
    Lines(usize),
}

/// A step that runs a command line; words may be quoted with `'`.
pub(crate) fn kubectl(command: &'static str) -> Kubectl {
    Kubectl { command, ..Kubectl::default() }
}

/// A step in which a container writes a line.
pub(crate) fn log(pod: &'static str, container: &'static str, line: &'static str) -> Step {
    Step::Log { pod, container, line }
}

impl Kubectl {
    /// Gives it standard input.
    pub(crate) fn stdin(mut self, text: &'static str) -> Kubectl {
        self.stdin = Some(text);
        self
    }

    /// The command that it starts as the user's editor.
    pub(crate) fn editor(mut self, command: &'static str) -> Kubectl {
        self.editor = Some(command);
        self
    }

    /// Keeps its standard output under this name for later steps.
    pub(crate) fn save(mut self, name: &'static str) -> Kubectl {
        self.save = Some(name);
        self
    }

    /// Ends it when it has printed this many lines; more are not compared.
    pub(crate) fn lines(mut self, lines: usize) -> Kubectl {
        self.end = End::Lines(lines);
        self
    }

    /// Runs steps while it runs, once it has printed `first` (at once, if that is empty).
    pub(crate) fn meanwhile(mut self, first: &'static str, steps: Vec<Step>) -> Kubectl {
        self.first = Some(first);
        self.meanwhile = steps;
        self
    }

    /// Runs it again until it succeeds: for what a server does in its own time.
    pub(crate) fn retried(mut self) -> Kubectl {
        self.retried = true;
        self
    }

    /// Applies one more normaliser to what it prints.
    pub(crate) fn normal(mut self, normal: fn(&str) -> String) -> Kubectl {
        self.normal.push(normal);
        self
    }
}

impl From<Kubectl> for Step {
    fn from(kubectl: Kubectl) -> Step {
        Step::Kubectl(kubectl)
    }
}

impl Scenario {
    /// How many commands it has.
    pub(crate) fn commands(&self) -> usize {
        commands(&self.steps)
    }
}

fn commands(steps: &[Step]) -> usize {
    steps
        .iter()
        .map(|step| match step {
            Step::Kubectl(kubectl) => 1 + commands(&kubectl.meanwhile),
            Step::Log { .. } => 0,
        })
        .sum()
}

/// A list of steps: commands and [`log`] lines alike.
macro_rules! steps {
    ($($step:expr),* $(,)?) => { vec![$($crate::step::Step::from($step)),*] };
}
pub(crate) use steps;
