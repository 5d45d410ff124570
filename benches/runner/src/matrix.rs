//! What is compared: the workloads, and who does each in which type. Data alone, read by `main` and
//! `table`.

/// A piece of work that several programs do.
pub(crate) struct Workload {
    /// The word that the programs take.
    pub(crate) name: &'static str,
    /// What it is, for the table.
    pub(crate) title: &'static str,
    /// How many items one process handles, for the cost of one.
    pub(crate) items: Items,
    /// How often a process is run for one sample: short ones are averaged.
    pub(crate) repeat: u32,
    /// Who does it; the first is what the others are held against.
    pub(crate) contenders: &'static [Contender],
}

/// The number of items follows the size that the runner was asked for.
#[derive(Clone, Copy)]
pub(crate) enum Items {
    /// Always that many.
    Fixed(usize),
    /// One each pod.
    Pods,
    /// One each event.
    Events,
}

/// A program and the type that it decodes into.
pub(crate) struct Contender {
    /// The package, and the program's name.
    pub(crate) program: &'static str,
    /// The second argument.
    pub(crate) kind: &'static str,
    /// The aim for CPU and for peak memory, as ratios to the first contender.
    pub(crate) aim: Option<(f64, Option<f64>)>,
}

const fn plain(program: &'static str, kind: &'static str) -> Contender {
    Contender { program, kind, aim: None }
}

const fn aiming(kind: &'static str, cpu: f64, peak: Option<f64>) -> Contender {
    Contender { program: OURS, kind, aim: Some((cpu, peak)) }
}

const KUBE: &str = "bench-kube";
const FLOOR: &str = "bench-floor";
const OURS: &str = "bench-ours";

/// Every workload, in the order of the table.
pub(crate) const WORKLOADS: &[Workload] = &[
    Workload {
        name: "cold",
        title: "cold start: kubeconfig, TLS, list namespaces, exit",
        items: Items::Fixed(1),
        repeat: 20,
        contenders: &[plain(KUBE, "full"), aiming("full", 0.9, Some(0.75))],
    },
    Workload {
        name: "list",
        title: "list pods, one request",
        items: Items::Pods,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "projection"),
            plain(KUBE, "dynamic"),
            aiming("projection", 0.25, Some(0.15)),
            plain(OURS, "declared"),
            plain(OURS, "dynamic"),
            plain(FLOOR, "bytes"),
            plain(FLOOR, "walk"),
            plain(FLOOR, "projection"),
        ],
    },
    Workload {
        name: "pages",
        title: "list pods, pages of 500",
        items: Items::Pods,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "projection"),
            plain(KUBE, "dynamic"),
            aiming("projection", 0.3, Some(0.25)),
            plain(OURS, "declared"),
            plain(OURS, "dynamic"),
            plain(FLOOR, "bytes"),
            plain(FLOOR, "walk"),
            plain(FLOOR, "projection"),
        ],
    },
    Workload {
        name: "watch",
        title: "watch events, one stream",
        items: Items::Events,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "projection"),
            plain(KUBE, "dynamic"),
            plain(OURS, "projection"),
            plain(OURS, "declared"),
            plain(OURS, "dynamic"),
            plain(FLOOR, "bytes"),
            plain(FLOOR, "walk"),
            plain(FLOOR, "projection"),
        ],
    },
    Workload {
        name: "crud",
        title: "1,000 create, get, delete of a ConfigMap",
        items: Items::Fixed(1_000),
        repeat: 5,
        contenders: &[plain(KUBE, "full"), aiming("full", 0.8, None)],
    },
];
