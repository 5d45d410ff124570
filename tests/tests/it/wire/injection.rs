//! Names and values that try to be more than that.

use kubeclient::config::Impersonate;
use kubeclient::rest::ResourcePath;
use kubeclient::{
    Api, Config, DeleteParams, ListParams, Patch, PatchParams, PostParams, Request, RestClient,
    WatchParams,
};
use kubeclient_tests::stub::{RecordedRequest, Reply};
use serde_json::json;

use super::{FOOS, client, foo, foos, stub};
use crate::foo::Foo;

/// Names that are no names, odd ones, and good ones.
fn names() -> Vec<String> {
    let short = [
        "",
        ".",
        "..",
        "...",
        "....",
        "a/b",
        "/a",
        "a/",
        "/",
        "//",
        "../x",
        "a/../b",
        "../../nodes",
        "a%2fb",
        "%2e%2e",
        "%",
        "%00",
        "%2F",
        "a%",
        "a?x=1",
        "?watch=true",
        "a#b",
        "#",
        "a;b",
        "a\\b",
        "..\\..",
        "a b",
        " ",
        "a\nb",
        "a\r\nHost: x",
        "\r\n\r\nGET /x HTTP/1.1",
        "a\0b",
        "\t",
        "\x7f",
        "\u{202e}a",
        "a\u{ff0f}b",
        "\u{2024}\u{2024}",
        "é",
        "e\u{301}",
        "-a",
        "a-",
        "a..b",
        "A",
        "system:node",
        "*",
        "$(x)",
        "{{x}}",
        "a&b=c",
        "a=b",
        "a+b",
        "a,b",
        "a@b",
        "a:b",
        "[::1]",
        "http://x/",
        "~",
        "'",
        "\"",
        "<x>",
        "|",
        "`x`",
    ];
    let long = [63, 64, 253, 254].map(|length| "a".repeat(length));
    short.iter().map(|name| (*name).to_owned()).chain(long).collect()
}

/// The path as the server reads it: one more segment than the collection has, and that is the name.
#[track_caller]
fn check_path(request: &RecordedRequest, collection: &str, name: &str, subresource: &str) {
    let rest = request.path.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.unwrap_or_else(|| panic!("{name:?} went to {}", request.target));
    let segment = rest.strip_suffix(subresource).unwrap();
    assert!(!segment.contains('/'), "{name:?} went to {}", request.target);
    let read = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
    assert_eq!(read, name, "{}", request.target);
}

/// Fidelity 3.
#[test]
fn no_name_leads_anywhere_else() {
    let stub = stub(|_, _| Reply::json(200, foo("a", 1).to_string()));
    let client = client(&stub);
    let api = foos(&client);
    let names = names();
    assert!(names.len() >= 64);
    for name in &names {
        let mut named = Foo::named(name, 1);
        named.metadata.resource_version = "1".into();
        let fields = json!({});
        let elsewhere: Api<Foo> = Api::namespaced(&client, name.as_str());
        let before = stub.requests().len();
        let calls: [(&str, kubeclient::Result<()>); 11] = [
            ("", api.get(name).map(drop)),
            ("", api.replace(&named).map(drop)),
            ("", api.patch(name, &Patch::Merge(&fields), &PatchParams::default()).map(drop)),
            ("", api.apply(name, "m", &fields).map(drop)),
            ("", api.delete(name, &DeleteParams::default()).map(drop)),
            ("/status", api.get_status(name).map(drop)),
            ("/status", api.replace_status(&named).map(drop)),
            ("ns", elsewhere.list(&ListParams::default()).map(drop)),
            ("ns", elsewhere.watch_raw(&WatchParams::default()).map(drop)),
            ("ns", elsewhere.create(&Foo::named("a", 1)).map(drop)),
            ("raw", client.send(&Request::get(format!("{FOOS}/{name}"))).map(drop)),
        ];
        let mut sent = stub.requests().split_off(before).into_iter();
        for (place, outcome) in calls {
            if outcome.is_err_and(|error| error.kind() == kubeclient::ErrorKind::Invalid) {
                continue;
            }
            let request = sent.next().expect("what is not refused is sent");
            match place {
                // What is written as a path is one, as long as it does not climb.
                "raw" => assert!(request.target.starts_with(FOOS), "{}", request.target),
                "ns" => check_path(&request, FOOS.trim_end_matches("/ns/foos"), name, "/foos"),
                place => check_path(&request, FOOS, name, place),
            }
        }
        assert!(sent.next().is_none());
    }
    assert!(stub.errors().is_empty(), "{:?}", stub.errors());
    let refused = ["", ".", "..", "a/b", "a%b", "a\nb", "a\0b"];
    for name in refused {
        assert!(api.get(name).is_err_and(|error| error.verb().is_none()), "{name:?}");
    }
    api.get("system:node").unwrap();
}

/// Fidelity 3.
#[test]
fn no_part_of_a_path_leads_anywhere_else() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let client = client(&stub);
    for part in names() {
        let paths = [
            ResourcePath::new(part.as_str(), "v1", "pods"),
            ResourcePath::new("g", part.as_str(), "pods"),
            ResourcePath::new("g", "v1", part.as_str()),
            ResourcePath::new("g", "v1", "pods").name("p").subresource(part.as_str()),
        ];
        for path in paths {
            let before = stub.requests().len();
            let outcome = client.send(&Request::get(path));
            let sent = stub.requests().split_off(before);
            let Some(request) = sent.first() else {
                assert!(outcome.is_err());
                continue;
            };
            assert_eq!(request.query, "", "{part:?} went to {}", request.target);
            let climbs = request.path.split('/').skip(1).any(|segment| {
                let plain = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
                matches!(&*plain, "" | "." | "..") || plain.contains('/')
            });
            assert!(!climbs, "{part:?} went to {}", request.target);
        }
    }
    assert!(stub.errors().is_empty(), "{:?}", stub.errors());
}

#[test]
fn a_value_is_one_parameter() {
    let stub = stub(|_, _| super::page([], 1, ""));
    let api = foos(&client(&stub));
    let check = |params: ListParams, expected: &[(&str, &str)]| {
        let before = stub.requests().len();
        drop(api.list(&params));
        for request in stub.requests().split_off(before) {
            let pairs = request.query_pairs();
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!(pairs, expected);
        }
        stub.requests().len() - before
    };
    assert_eq!(
        check(ListParams::default().labels("a=b,c!=d"), &[("labelSelector", "a=b,c!=d")]),
        1
    );
    for value in ["&watch=true", "a&b=c", "a#b", "a=%26", "a+b", "é", "a=b;c", "a\"b"] {
        check(ListParams::default().labels(value), &[("labelSelector", value)]);
        assert_eq!(
            check(ListParams::default().fields(value), &[("fieldSelector", value)]),
            1,
            "{value}"
        );
        assert_eq!(
            check(ListParams::default().continue_token(value), &[("continue", value)]),
            1,
            "{value}"
        );
        let exact = ListParams::default().at(value, kubeclient::VersionMatch::Exact);
        check(exact, &[("resourceVersion", value), ("resourceVersionMatch", "Exact")]);
    }
    let created = |manager: &str| {
        let before = stub.requests().len();
        drop(api.create_with(&Foo::named("a", 1), &PostParams::default().field_manager(manager)));
        stub.requests().split_off(before).pop()
    };
    let request = created("a&dryRun=All").unwrap();
    assert_eq!(request.query_pairs(), [("fieldManager".to_owned(), "a&dryRun=All".to_owned())]);
    for manager in ["", "a\r\nb", "a\0", &"x".repeat(129)] {
        assert!(created(manager).is_none(), "{manager:?}");
    }
}

/// No byte of a value becomes a header, in any place where a header is made of one.
#[test]
fn no_byte_of_a_value_makes_a_header() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let plain = Config::new(stub.url());
    let client = RestClient::new(plain.clone()).unwrap();
    let names = |request: &RecordedRequest| {
        let mut names: Vec<_> =
            request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names
    };
    client.send(&Request::get("/x")).unwrap();
    let usual = names(&stub.requests()[0]);
    for byte in 0..=255_u8 {
        let value = format!("a{}X-Remote-User: root", char::from(byte));
        let extra = [(value.clone(), vec!["x".to_owned()])].into();
        let user = Impersonate { user: value.clone(), ..Impersonate::default() };
        let fact = Impersonate { user: "u".into(), extra, ..Impersonate::default() };
        let configs = [
            plain.clone().with_user_agent(value.clone()),
            plain.clone().with_token(value.clone()),
            plain.clone().with_impersonation(user),
            plain.clone().with_impersonation(fact),
        ];
        let before = stub.requests().len();
        for config in configs {
            if let Ok(client) = RestClient::new(config) {
                client.send(&Request::get("/x")).unwrap();
            }
        }
        drop(client.send(&Request::get("/x").accept(value.clone())));
        drop(client.send(&Request::get("/x").header("Accept", value.clone())));
        drop(client.send(&Request::get("/x").header(format!("Accept{}", char::from(byte)), "x")));
        for request in stub.requests().split_off(before) {
            let mut names = names(&request);
            names.retain(|name| {
                !name.starts_with("impersonate-")
                    && !name.starts_with("accept")
                    && name != "authorization"
            });
            let mut usual = usual.clone();
            usual.retain(|name| !name.starts_with("accept"));
            assert_eq!(names, usual, "byte {byte}: {:?}", request.headers);
            assert!(request.path == "/x" && request.body.is_empty());
        }
    }
    assert!(stub.errors().is_empty(), "{:?}", stub.errors());
}

/// What no server takes is refused here, and is not taken for a broken connection.
#[test]
fn what_is_too_long_to_be_sent_is_refused() {
    let stub = stub(|_, _| Reply::text(200, "ok"));
    let client = client(&stub);
    let mut refused = 0;
    for length in [60_000, 65_500, 65_536, 70_000, 1 << 20] {
        let long = "a".repeat(length);
        let requests = [
            Request::get(ResourcePath::new("", "v1", "nodes").name(long.as_str())),
            Request::get("/x").query("labelSelector", long.as_str()),
            Request::get("/x").header("X-Long", long.as_str()),
        ];
        for request in requests {
            let before = stub.requests().len();
            if let Err(error) = client.send(&request) {
                assert_eq!(error.kind(), kubeclient::ErrorKind::Invalid, "{length} bytes");
                assert_eq!(stub.requests().len(), before);
                refused += 1;
            }
        }
    }
    assert!(refused >= 3, "{refused}");
}
