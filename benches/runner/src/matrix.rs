//! What is compared: the workloads, and who does each in which type. Data alone, read by `main` and
//! `table`.

/// A piece of work that several programs do.
pub(crate) struct Workload {
    /// The word that the programs take.
    pub(crate) name: &'static str,
    /// What it is, for the table.
    pub(crate) title: &'static str,
    /// Which server answers.
    pub(crate) server: Server,
    /// How many items one process handles, for the cost of one.
    pub(crate) items: Items,
    /// How often a process is run for one sample: short ones are averaged.
    pub(crate) repeat: u32,
    /// Who does it; the first is what the others are held against.
    pub(crate) contenders: &'static [Contender],
}

impl Workload {
    /// What its items are where the table tells how many of them a second there were.
    pub(crate) fn rated(&self) -> Option<&'static str> {
        match self.name {
            "watch" | "informer" => Some("events"),
            name if name.starts_with("queue") => Some("operations"),
            _ => None,
        }
    }
}

/// How a server tells the events of a watch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// At once.
    Plain,
    /// When the client asks for them.
    Gated,
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
    /// The second argument: the type, with `-protobuf` behind it where that is asked for instead of JSON.
    pub(crate) kind: &'static str,
    /// What it is to be.
    pub(crate) aim: Aim,
}

/// What a row is to be; nothing fails where it is not.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// Nothing was set.
    None,
    /// Its CPU, as a ratio to the first contender's.
    Cpu(f64),
    /// Its CPU and its peak memory, as ratios.
    CpuAndPeak(f64, f64),
    /// The kilobytes that it keeps of an item.
    Kept(f64),
}

const fn plain(program: &'static str, kind: &'static str) -> Contender {
    Contender { program, kind, aim: Aim::None }
}

const fn aiming(kind: &'static str, aim: Aim) -> Contender {
    Contender { program: OURS, kind, aim }
}

const KUBE: &str = "bench-kube";
const FLOOR: &str = "bench-floor";
const OURS: &str = "bench-ours";
/// Built by Go, and left out where there is none.
pub(crate) const CLIENT_GO: &str = "bench-client-go";

/// The columns of the table that holds the ratios beside their aims.
pub(crate) const COLUMNS: &[(&str, &str)] = &[
    (KUBE, "full"),
    (CLIENT_GO, "full"),
    (CLIENT_GO, "full-protobuf"),
    (OURS, "projection"),
    (OURS, "full"),
    (OURS, "stripped"),
    (OURS, "full-protobuf"),
    (OURS, "projection-protobuf"),
];

/// Every workload, in the order of the table.
pub(crate) const WORKLOADS: &[Workload] = &[
    Workload {
        name: "cold",
        title: "cold start: kubeconfig, TLS, list namespaces, exit",
        server: Server::Plain,
        items: Items::Fixed(1),
        repeat: 20,
        contenders: &[
            plain(KUBE, "full"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            aiming("full", Aim::CpuAndPeak(0.9, 0.75)),
            plain(OURS, "full-protobuf"),
        ],
    },
    Workload {
        name: "list",
        title: "list pods, one request",
        server: Server::Plain,
        items: Items::Pods,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "projection"),
            plain(KUBE, "dynamic"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            aiming("projection", Aim::CpuAndPeak(0.25, 0.15)),
            aiming("full", Aim::CpuAndPeak(0.5, 0.3)),
            aiming("stripped", Aim::CpuAndPeak(0.4, 0.2)),
            aiming("full-protobuf", Aim::CpuAndPeak(0.3, 0.25)),
            plain(OURS, "stripped-protobuf"),
            aiming("projection-protobuf", Aim::CpuAndPeak(0.12, 0.08)),
            plain(OURS, "dynamic"),
            plain(FLOOR, "bytes"),
            plain(FLOOR, "walk"),
            plain(FLOOR, "projection"),
        ],
    },
    Workload {
        name: "pages",
        title: "list pods, pages of 500",
        server: Server::Plain,
        items: Items::Pods,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "projection"),
            plain(KUBE, "dynamic"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            aiming("projection", Aim::CpuAndPeak(0.3, 0.25)),
            aiming("full", Aim::CpuAndPeak(0.6, 0.6)),
            aiming("stripped", Aim::CpuAndPeak(0.5, 0.5)),
            aiming("full-protobuf", Aim::CpuAndPeak(0.4, 0.5)),
            plain(OURS, "stripped-protobuf"),
            aiming("projection-protobuf", Aim::CpuAndPeak(0.15, 0.25)),
            plain(OURS, "dynamic"),
            plain(FLOOR, "bytes"),
            plain(FLOOR, "walk"),
            plain(FLOOR, "projection"),
        ],
    },
    Workload {
        name: "keep",
        title: "pods kept, memory each",
        server: Server::Plain,
        items: Items::Pods,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "projection"),
            plain(KUBE, "dynamic"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            aiming("projection", Aim::Kept(1.5)),
            aiming("full", Aim::Kept(14.0)),
            aiming("stripped", Aim::Kept(9.0)),
            aiming("full-protobuf", Aim::Kept(14.0)),
            plain(OURS, "stripped-protobuf"),
            aiming("projection-protobuf", Aim::Kept(1.5)),
            plain(OURS, "dynamic"),
        ],
    },
    Workload {
        name: "watch",
        title: "watch events, one stream",
        server: Server::Plain,
        items: Items::Events,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "projection"),
            plain(KUBE, "dynamic"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            plain(OURS, "projection"),
            plain(OURS, "full"),
            plain(OURS, "stripped"),
            plain(OURS, "full-protobuf"),
            plain(OURS, "stripped-protobuf"),
            plain(OURS, "projection-protobuf"),
            plain(OURS, "dynamic"),
            plain(FLOOR, "bytes"),
            plain(FLOOR, "walk"),
            plain(FLOOR, "projection"),
        ],
    },
    Workload {
        name: "sync",
        title: "informer: until the pods are there",
        server: Server::Gated,
        items: Items::Pods,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "full-watchlist"),
            plain(KUBE, "stripped"),
            plain(KUBE, "projection"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            plain(OURS, "projection"),
            plain(OURS, "full"),
            plain(OURS, "stripped"),
            plain(OURS, "full-protobuf"),
            plain(OURS, "stripped-protobuf"),
            plain(OURS, "projection-protobuf"),
        ],
    },
    Workload {
        name: "cached",
        title: "informer: pods cached, memory each",
        server: Server::Gated,
        items: Items::Pods,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "full-watchlist"),
            plain(KUBE, "stripped"),
            plain(KUBE, "projection"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            aiming("projection", Aim::Kept(1.5)),
            aiming("full", Aim::Kept(14.0)),
            aiming("stripped", Aim::Kept(9.0)),
            aiming("full-protobuf", Aim::Kept(14.0)),
            plain(OURS, "stripped-protobuf"),
            aiming("projection-protobuf", Aim::Kept(1.5)),
        ],
    },
    Workload {
        name: "informer",
        title: "informer: events told to a handler",
        server: Server::Gated,
        items: Items::Events,
        repeat: 1,
        contenders: &[
            plain(KUBE, "full"),
            plain(KUBE, "full-watchlist"),
            plain(KUBE, "stripped"),
            plain(KUBE, "projection"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            aiming("projection", Aim::Cpu(0.25)),
            aiming("full", Aim::Cpu(0.5)),
            aiming("stripped", Aim::Cpu(0.4)),
            aiming("full-protobuf", Aim::Cpu(0.3)),
            plain(OURS, "stripped-protobuf"),
            aiming("projection-protobuf", Aim::Cpu(0.12)),
        ],
    },
    Workload {
        name: "crud",
        title: "1,000 create, get, delete of a ConfigMap",
        server: Server::Plain,
        items: Items::Fixed(1_000),
        repeat: 5,
        contenders: &[
            plain(KUBE, "full"),
            plain(CLIENT_GO, "full"),
            plain(CLIENT_GO, "full-protobuf"),
            aiming("full", Aim::Cpu(0.8)),
            plain(OURS, "full-protobuf"),
        ],
    },
    Workload {
        name: "queue",
        title: "work queue: add, get, done; a producer and a worker",
        server: Server::Plain,
        items: Items::Fixed(1_000_000),
        repeat: 1,
        contenders: &[plain(KUBE, "keys"), plain(CLIENT_GO, "keys"), plain(OURS, "keys")],
    },
    Workload {
        name: "queue-4",
        title: "work queue: the same, four workers",
        server: Server::Plain,
        items: Items::Fixed(1_000_000),
        repeat: 1,
        contenders: &[plain(OURS, "keys"), plain(CLIENT_GO, "keys")],
    },
    Workload {
        name: "queue-dedup",
        title: "work queue: adds of what waits already",
        server: Server::Plain,
        items: Items::Fixed(4_000_000),
        repeat: 1,
        contenders: &[plain(KUBE, "keys"), plain(CLIENT_GO, "keys"), plain(OURS, "keys")],
    },
    Workload {
        name: "queue-delayed",
        title: "work queue: items added for later",
        server: Server::Plain,
        items: Items::Fixed(200_000),
        repeat: 1,
        contenders: &[plain(KUBE, "keys"), plain(CLIENT_GO, "keys"), plain(OURS, "keys")],
    },
];
