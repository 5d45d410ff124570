//! No answer takes more than 64 MiB of memory while a list may hold 32 MiB, whatever it claims or holds.
//!
//! Each is read in a process of its own, whose largest resident set is what counts; the server, which makes up its
//! bodies as it sends them, is in another.

// What was measured is told.
#![allow(clippy::print_stdout)]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use kubeclient::config::Config;
use kubeclient::{
    Api, ApiResource, DynamicObject, ErrorKind, ListParams, Request, RestClient, WatchParams,
};

type Failure = kubeclient::Error;

/// Set in a client's process: the server, and what to ask it for.
const SERVER: &str = "KUBECLIENT_HOSTILE_SERVER";
const BODY: &str = "KUBECLIENT_HOSTILE_BODY";
/// How a client's process begins to tell what it took.
const MORE: &str = "more: ";

/// How many bytes a list may hold.
const CAP: usize = 32 << 20;
/// What a process may take beside what it had before, in KiB: the bytes of a list, and what is made of them.
const MOST: u64 = 64 << 10;

/// As good as endless.
const ENDLESS: u64 = 10 << 30;
/// What fits a list, and what fits one object or event.
const LIST: u64 = 31 << 20;
const OBJECT: u64 = 7 << 19;

/// A body: something, something again and again, something.
struct Body {
    code: u16,
    headers: &'static str,
    begin: Vec<u8>,
    unit: Vec<u8>,
    bytes: u64,
    end: Vec<u8>,
}

fn body(begin: impl Into<Vec<u8>>, unit: impl Into<Vec<u8>>, bytes: u64) -> Body {
    let (begin, unit) = (begin.into(), unit.into());
    Body { code: 200, headers: "", begin, unit, bytes, end: Vec::new() }
}

impl Body {
    fn end(self, end: &str) -> Self {
        Self { end: end.into(), ..self }
    }

    fn code(self, code: u16) -> Self {
        Self { code, ..self }
    }

    fn headers(self, headers: &'static str) -> Self {
        Self { headers, ..self }
    }

    fn send(&self, socket: &mut TcpStream) -> std::io::Result<()> {
        let Self { code, headers, begin, unit, bytes, end } = self;
        write!(socket, "HTTP/1.1 {code} X\r\nConnection: close\r\n{headers}\r\n")?;
        socket.write_all(begin)?;
        let block = unit.repeat(((256 << 10) / unit.len()).max(1));
        for _ in 0..bytes / block.len() as u64 {
            socket.write_all(&block)?;
        }
        socket.write_all(end)
    }
}

/// A list of pods, or of widgets, whose items begin so.
fn list(items: &str) -> String {
    format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{}},"items":[{items}"#)
}

/// Compresses 16 MiB of a byte.
#[cfg(feature = "gzip")]
fn member() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 16 << 20]).unwrap();
    encoder.finish().unwrap()
}

/// A message of protobuf within another, as its field 1 or 2.
#[cfg(feature = "protobuf")]
fn field(number: u8, content: &[u8], more: u64) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = content.len() as u64 + more;
    while length >= 0x80 {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(content);
    field
}

/// A list of pods in protobuf, up to where its items go on for so many bytes.
#[cfg(feature = "protobuf")]
fn protobuf_list(bytes: u64) -> Vec<u8> {
    let types = [field(1, b"v1", 0), field(2, b"PodList", 0)].concat();
    [b"k8s\0".to_vec(), field(1, &types, 0), field(2, b"", bytes)].concat()
}

/// How many bytes a body's units really are.
#[cfg(feature = "protobuf")]
fn whole(unit: &[u8], bytes: u64) -> u64 {
    let block = (unit.len() * ((256 << 10) / unit.len()).max(1)) as u64;
    bytes / block * block
}

fn bodies(name: &str) -> Body {
    let deep = format!("{}{},", "[".repeat(100), "]".repeat(100));
    match name {
        #[cfg(feature = "gzip")]
        "bomb" | "bomb-object" => {
            let bytes = member().len() as u64 * (ENDLESS / (16 << 20));
            body("", member(), bytes).headers("Content-Encoding: gzip\r\n")
        }
        #[cfg(feature = "gzip")]
        "bomb-refusal" => {
            let bytes = member().len() as u64 * (ENDLESS / (16 << 20));
            body("", member(), bytes).headers("Content-Encoding: gzip\r\n").code(500)
        }
        "endless" => body("", " ", ENDLESS),
        "endless-claimed" => body("", " ", ENDLESS).headers("Content-Length: 10737418240\r\n"),
        "refusal" => body("", "x", 1).code(403),
        "endless-refusal" => body("", "x", ENDLESS).code(403),
        "endless-line" => body("", "x", ENDLESS),
        "endless-log-line" => body("", "x", ENDLESS),
        "endless-items" => body(list(""), "{},", ENDLESS),
        "endless-head" => body("", "X: x\r\n", ENDLESS).headers("X: "),
        "pods" | "dynamic" | "partial" => body(list(""), "{},", LIST).end("{}]}"),
        "nulls" | "dynamic-nulls" => body(list(""), "null,", LIST).end("null]}"),
        "pods-after-a-bad-one" => body(list("0,"), "{},", LIST).end("{}]}"),
        "boxes" => body(list(""), r#"{"spec":{},"status":{}},"#, LIST).end("{}]}"),
        "containers" => {
            body(list(r#"{"spec":{"containers":["#), "{},", LIST).end("{}]}}]}")
        }
        "texts" => body(list(r#"{"metadata":{"finalizers":["#), "\"\",", LIST).end("\"\"]}}]}"),
        "labels" => {
            body(list(r#"{"metadata":{"labels":{"#), r#""":"","#, LIST).end("\"\":\"\"}}}]}")
        }
        "addresses" => {
            body(list(r#"{"status":{"podIPs":["#), r#"{"ip":"1"},"#, LIST).end("{}]}}]}")
        }
        "numbers" => body(list(r#"{"a":["#), "0,", LIST).end("0]}]}"),
        "lists" => body(list(r#"{"a":["#), "[0],", LIST).end("0]}]}"),
        "maps" => body(list(r#"{"a":["#), r#"{"":0},"#, LIST).end("0]}]}"),
        "deep" => body(list(r#"{"a":["#), deep, LIST).end("0]}]}"),
        "table-rows" => body(r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":["#, "{},", LIST)
            .end("{}]}"),
        "table-cells" => body(
            r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[{"cells":["#,
            "[0],",
            LIST,
        )
        .end("0]}]}"),
        "event" => body(
            r#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","spec":{"containers":["#,
            "{},",
            OBJECT,
        )
        .end("{}]}}}\n"),
        "dynamic-event" => body(
            r#"{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","a":["#,
            "[0],",
            OBJECT,
        )
        .end("0]}}\n"),
        "groups" => body(r#"{"items":["#, "{},", LIST)
            .end("{}]}")
            .headers("Content-Type: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList\r\n"),
        #[cfg(feature = "protobuf")]
        "protobuf" => {
            let item = [0x12, 0];
            body(protobuf_list(whole(&item, LIST)), item, LIST)
        }
        #[cfg(feature = "protobuf")]
        "protobuf-containers" => {
            // PodList{2: Pod{2: PodSpec{2: Container{}}}}
            let unit = [0x12, 0];
            let bytes = whole(&unit, LIST);
            let spec = field(2, b"", bytes);
            let pod = field(2, &spec, bytes);
            body([protobuf_list(pod.len() as u64 + bytes), pod].concat(), unit, LIST)
        }
        #[cfg(feature = "protobuf")]
        "frame" => body([0xff; 4], "x", ENDLESS),
        #[cfg(feature = "protobuf")]
        "half-frame" => body([0x80, 0, 0, 0], "x", ENDLESS),
        name => panic!("there is no body {name}"),
    }
}

/// Answers each request by its namespace, until the process ends.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            thread::spawn(move || {
                let mut lines = BufReader::new(socket.try_clone().unwrap()).lines();
                let Some(Ok(line)) = lines.next() else { return };
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                let path = line.split(['/', ' ', '?']).collect::<Vec<_>>();
                let name = path.iter().position(|part| *part == "namespaces");
                let name = name.map_or("groups", |at| path[at + 1]);
                // A client that has had enough hangs up.
                let _ = bodies(name).send(&mut socket);
            });
        }
    });
    url
}

/// The memory that the process has (`VmRSS`) or the most that it has had (`VmHWM`), in KiB.
fn memory(which: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(which)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn no_answer_takes_more_memory_than_two_lists() {
    if let Ok(url) = env::var(SERVER) {
        return run(&url, &env::var(BODY).unwrap());
    }
    let url = serve();
    let mut failures = Vec::new();
    let kinds = kinds();
    if kinds.len() < ALL {
        // Past the harness, which keeps the words of tests that pass.
        let less = ALL - kinds.len();
        let line = format!("NOT RUN: {less} of {ALL} bodies, whose features are not on\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    for (name, kind) in kinds {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "memory::no_answer_takes_more_memory_than_two_lists", "--nocapture"])
            .envs([(SERVER, &*url), (BODY, name)])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let more = told.lines().find_map(|line| line.strip_prefix(MORE)?.split_once(' '));
        let Some((more, error)) = more.filter(|_| output.status.success()) else {
            failures.push(format!("{name}: {told}{}", String::from_utf8_lossy(&output.stderr)));
            continue;
        };
        println!("{name}: {more} KiB more, {error}");
        if more.parse::<u64>().unwrap() > MOST || !error.starts_with(&format!("{kind:?}: ")) {
            failures.push(format!("{name}: {more} KiB more, {error}, not {kind:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// How many bodies there are with all features.
const ALL: usize = 34;

/// The bodies, and the kinds of the errors that they are.
fn kinds() -> Vec<(&'static str, ErrorKind)> {
    use ErrorKind::{Api, Decode, TooLarge};
    let mut kinds = vec![("endless-refusal", Api), ("endless-head", Decode)];
    let mut large =
        |names: &[&'static str]| kinds.extend(names.iter().map(|name| (*name, TooLarge)));
    large(&["endless", "endless-claimed", "endless-items", "endless-line"]);
    large(&["dynamic", "dynamic-nulls", "numbers", "lists", "maps", "deep"]);
    large(&["table-rows", "table-cells", "dynamic-event", "groups"]);
    if cfg!(feature = "core_v1") {
        large(&["partial", "pods", "boxes", "containers", "texts", "labels", "addresses"]);
        large(&["pods-after-a-bad-one", "nulls", "event", "endless-log-line"]);
    }
    if cfg!(all(feature = "core_v1", feature = "protobuf")) {
        large(&["protobuf", "protobuf-containers", "frame", "half-frame"]);
    }
    if cfg!(feature = "gzip") {
        large(&["bomb", "bomb-object"]);
        kinds.push(("bomb-refusal", Api));
    }
    if cfg!(all(feature = "core_v1", feature = "protobuf", feature = "gzip")) {
        assert_eq!(kinds.len(), ALL);
    }
    kinds
}

/// Asks for a body and tells of the memory and the error.
fn run(url: &str, name: &str) {
    let mut config = Config::new(url);
    config.limits.list = CAP;
    // Eight times as much may be made of these.
    (config.limits.object, config.limits.watch_event) = (CAP / 8, CAP / 8);
    config.timeouts.list = None;
    config.timeouts.request = None;
    let client = RestClient::new(config).unwrap();
    // What the first request brings, it brings for all.
    let _ = dynamic(&client, "refusal");
    let before = memory("VmRSS:");
    let error = ask(&client, name).unwrap_or_else(|| panic!("{name} was read"));
    let more = memory("VmHWM:").saturating_sub(before);
    println!("\n{MORE}{more} {:?}: {error}", error.kind());
}

fn ask(client: &RestClient, name: &str) -> Option<Failure> {
    let params = ListParams::default();
    match name {
        "bomb-object" => {
            let path = format!("/api/v1/namespaces/{name}/pods/a");
            client.send(&Request::get(path)).err()
        }
        "endless-line" | "dynamic-event" => watched(&pods(client, name)),
        "dynamic-nulls" => all(&pods(client, name)),
        "table-rows" | "table-cells" => pods(client, name).list_table(&params).err(),
        "groups" => {
            kubeclient::discovery::DiscoveryClient::new(client).server_groups_and_resources().err()
        }
        #[cfg(feature = "core_v1")]
        "partial"
        | "pods"
        | "boxes"
        | "containers"
        | "texts"
        | "labels"
        | "addresses"
        | "nulls"
        | "pods-after-a-bad-one"
        | "event"
        | "endless-log-line" => typed(&Api::namespaced(client, name), name),
        #[cfg(all(feature = "core_v1", feature = "protobuf"))]
        "protobuf" | "protobuf-containers" | "frame" | "half-frame" => {
            typed(&Api::namespaced(&client.with_protobuf(), name), name)
        }
        _ => dynamic(client, name),
    }
}

#[cfg(feature = "core_v1")]
fn typed(api: &Api<kubeclient::core_v1::Pod>, name: &str) -> Option<Failure> {
    use kubeclient::{LogParams, PartialObjectMetadata};

    match name {
        "partial" => api
            .read_as::<PartialObjectMetadata<kubeclient::core_v1::Pod>>()
            .list(&ListParams::default())
            .err(),
        "nulls" | "pods-after-a-bad-one" => all(api),
        "event" | "frame" | "half-frame" => watched(api),
        "endless-log-line" => api.log_lines("a", &LogParams::default()).unwrap().next()?.err(),
        _ => api.list(&ListParams::default()).err(),
    }
}

fn watched<T>(api: &Api<T>) -> Option<Failure>
where
    T: kubeclient::Object + serde::de::DeserializeOwned,
{
    api.watch_raw(&WatchParams::default()).unwrap().next()?.err()
}

fn pods(client: &RestClient, namespace: &str) -> Api<DynamicObject> {
    let pods = ApiResource::namespaced("", "v1", "Pod", "pods");
    Api::dynamic_namespaced(client, &pods, namespace)
}

fn dynamic(client: &RestClient, namespace: &str) -> Option<Failure> {
    pods(client, namespace).list(&ListParams::default()).err()
}

/// The error by which a list of all ends, its broken objects passed over.
fn all<T>(api: &Api<T>) -> Option<Failure>
where
    T: kubeclient::Object + serde::de::DeserializeOwned,
{
    api.list_all(&ListParams::default()).filter_map(Result::err).last()
}
