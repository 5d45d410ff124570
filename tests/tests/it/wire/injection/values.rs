//! Values that try to be more than that, in queries, selectors and headers.

// What was measured is told.
#![allow(clippy::print_stdout)]

use kubeclient::config::Impersonate;
use kubeclient::rest::ResourcePath;
use kubeclient::{
    Config, ErrorKind, FieldSelector, LabelSelector, ListParams, PostParams, Request, RestClient,
};
use kubeclient_tests::stub::{RecordedRequest, Reply};

use super::super::{client, foos, page, stub};
use super::names;
use crate::foo::Foo;

#[test]
fn a_value_is_one_parameter() {
    let stub = stub(|_, _| page([], 1, ""));
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

/// However odd the value, a typed selector has one term for it, or refuses it.
#[test]
fn a_value_is_one_term_of_a_selector() {
    let stub = stub(|_, _| page([], 1, ""));
    let api = foos(&client(&stub));
    let mut values = names();
    values.extend(
        ["a,b!=c", "a=b", "a in (b)", "!a", "a)", "(a", "a,b", "&watch=1", "a b"].map(Into::into),
    );
    let (mut sent, mut refused) = (0, 0);
    for value in &values {
        let selectors = [
            LabelSelector::default().equals("k", value),
            LabelSelector::default().not_equals("k", value),
            LabelSelector::default().is_in("k", [value.as_str()]),
            LabelSelector::default().not_in("k", [value.as_str()]),
            LabelSelector::default().exists(value),
            LabelSelector::default().absent(value),
        ];
        for selector in selectors {
            let Ok(selector) = selector else {
                refused += 1;
                continue;
            };
            let text = selector.to_string();
            let again: LabelSelector = text.parse().unwrap();
            assert_eq!(again, selector, "{text}");
            assert!(!text.contains(','), "{value:?} is more than one term: {text}");
            api.list(&ListParams::default().labels(selector)).unwrap();
            assert_eq!(only_pair(&stub), ("labelSelector".to_owned(), text));
            sent += 1;
        }
        for path in ["metadata.name", value.as_str()] {
            let Ok(selector) = FieldSelector::default().equals(path, value.as_str()) else {
                refused += 1;
                continue;
            };
            let text = selector.to_string();
            if let Err(error) = api.list(&ListParams::default().fields(selector)) {
                assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
                refused += 1;
                continue;
            }
            assert_eq!(only_pair(&stub), ("fieldSelector".to_owned(), text.clone()));
            // As the server reads it: a comma or an equals sign that ends no term has a backslash before it.
            let plain = text.replace("\\\\", "");
            let terms = plain.replace("\\,", "").split(',').count();
            let signs = plain.replace("\\=", "").matches('=').count();
            assert_eq!((terms, signs), (1, 1), "{value:?} is more than one term: {text}");
            sent += 1;
        }
    }
    println!("{} values, {sent} sent, {refused} refused", values.len());
    assert!(sent > values.len() && refused > values.len());
}

/// The one parameter of the last request.
fn only_pair(stub: &kubeclient_tests::stub::Stub) -> (String, String) {
    let mut pairs = stub.requests().pop().unwrap().query_pairs();
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    pairs.remove(0)
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
    let mut sent = [0; 11];
    for byte in 0..=255_u8 {
        let value = format!("a{}X-Remote-User: root", char::from(byte));
        let extra = [(value.clone(), vec!["x".to_owned()])].into();
        let user = Impersonate { user: value.clone(), ..Impersonate::default() };
        let fact = Impersonate { user: "u".into(), extra, ..Impersonate::default() };
        let values = [("k".to_owned(), vec![value.clone()])].into();
        let said = Impersonate { user: "u".into(), extra: values, ..Impersonate::default() };
        let group =
            Impersonate { user: "u".into(), groups: vec![value.clone()], ..Impersonate::default() };
        let uid =
            Impersonate { user: "u".into(), uid: Some(value.clone()), ..Impersonate::default() };
        let configs = [
            plain.clone().with_user_agent(value.clone()),
            // A token has no blanks, a user no colon.
            plain.clone().with_token(value.replace(' ', "")),
            plain.clone().with_impersonation(user),
            plain.clone().with_impersonation(fact),
            plain.clone().with_impersonation(said),
            plain.clone().with_impersonation(group),
            plain.clone().with_impersonation(uid),
            plain.clone().with_basic_auth(value.replace(':', ""), value.clone()),
        ];
        let before = stub.requests().len();
        for (place, config) in configs.into_iter().enumerate() {
            if let Ok(client) = RestClient::new(config) {
                client.send(&Request::get("/x")).unwrap();
                sent[place] += 1;
            }
        }
        let requests = [
            Request::get("/x").accept(value.clone()),
            Request::get("/x").header("Accept", value.clone()),
            Request::get("/x").header(format!("Accept{}", char::from(byte)), "x"),
        ];
        for (place, request) in requests.iter().enumerate() {
            sent[8 + place] += usize::from(client.send(request).is_ok());
        }
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
    // Of most places all but control characters: what is above 127 is two bytes. Keys are escaped; names are the
    // strictest, and after them tokens.
    assert_eq!(sent, [191, 95, 191, 256, 191, 191, 191, 191, 224, 224, 77]);
    assert_eq!(stub.requests().len(), 1 + sent.iter().sum::<usize>());
}

/// Whatever the key of a fact is: one header has it, and the server reads it as it was, but for capitals.
#[test]
fn a_key_is_the_end_of_one_headers_name() {
    const NAME: &str = "impersonate-extra-";
    let stub = stub(|_, _| Reply::text(200, "ok"));
    for byte in 0..=255_u8 {
        let key = format!("a{}: %2fb", char::from(byte));
        let extra = [(key.clone(), vec!["x".to_owned()])].into();
        let user = Impersonate { user: "u".into(), extra, ..Impersonate::default() };
        let client = RestClient::new(Config::new(stub.url()).with_impersonation(user)).unwrap();
        client.send(&Request::get("/x")).unwrap();
        let request = stub.requests().pop().unwrap();
        let names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        let keys: Vec<_> = names
            .filter_map(|name| {
                let key = percent_encoding::percent_decode_str(name.strip_prefix(NAME)?);
                Some(key.decode_utf8().unwrap().into_owned())
            })
            .collect();
        assert_eq!(keys, [key.to_ascii_lowercase()]);
    }
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
