//! limit and continue.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use crate::objects::{map, with_meta};
use crate::server::{Reply, Server};
use crate::suite::cases;

cases!("2.7", Raw, [
    pages_follow_each_other [56],
    pages_stay_at_the_version_of_the_first,
    the_remaining_items_are_counted,
    with_a_selector_they_are_not_counted,
    a_selector_fills_the_pages,
    a_limit_of_all_gives_no_token,
    a_limit_of_zero_or_less_is_none,
    version_0_ignores_the_limit [58],
    a_version_with_a_limit_is_exact,
    not_older_than_with_a_limit_is_the_newest,
    a_token_forbids_a_version [56],
    a_token_with_version_0_gives_the_rest,
    a_token_forbids_a_match [56],
    a_broken_token_is_refused,
    a_token_of_another_encoding_is_refused,
    an_inconsistent_token_goes_on_at_the_newest,
    a_page_without_limit_gives_the_rest,
    all_namespaces_are_paged,
]);

fn seven(s: &Server) {
    for i in 0..7 {
        let labels = json!({"par": if i % 2 == 0 { "even" } else { "odd" }});
        s.post("configmaps", with_meta(map(&format!("c{i}")), "labels", labels)).expect(201);
    }
}

fn token(page: &Reply) -> String {
    page.str("/metadata/continue")
}

fn next(s: &Server, page: &Reply, more: &str) -> Reply {
    s.get(&format!("configmaps?continue={}{more}", token(page)))
}

fn pages_follow_each_other(s: &Server) {
    seven(s);
    let first = s.get("configmaps?limit=3").expect(200);
    assert_eq!(first.names(), ["c0", "c1", "c2"]);
    let second = next(s, &first, "&limit=3").expect(200);
    assert_eq!(second.names(), ["c3", "c4", "c5"]);
    let third = next(s, &second, "&limit=3").expect(200).absent("/metadata/continue");
    assert_eq!(third.names(), ["c6"]);
}

fn pages_stay_at_the_version_of_the_first(s: &Server) {
    seven(s);
    let first = s.get("configmaps?limit=3").expect(200);
    s.post("configmaps", map("c4-more")).expect(201);
    s.delete("configmaps/c5").expect(200);
    let second = next(s, &first, "&limit=3").expect(200);
    assert_eq!(second.rv(), first.rv());
    assert_eq!(second.names(), ["c3", "c4", "c5"]);
}

fn the_remaining_items_are_counted(s: &Server) {
    seven(s);
    let first = s.get("configmaps?limit=3").expect(200).at("/metadata/remainingItemCount", json!(4));
    let second = next(s, &first, "&limit=3").expect(200).at("/metadata/remainingItemCount", json!(1));
    next(s, &second, "&limit=3").expect(200).absent("/metadata/remainingItemCount");
}

fn with_a_selector_they_are_not_counted(s: &Server) {
    seven(s);
    s.get("configmaps?limit=2&labelSelector=par%3Deven").expect(200).absent("/metadata/remainingItemCount");
}

fn a_selector_fills_the_pages(s: &Server) {
    seven(s);
    let first = s.get("configmaps?limit=3&labelSelector=par%3Deven").expect(200);
    assert_eq!(first.names(), ["c0", "c2", "c4"]);
    let second = next(s, &first, "&limit=3&labelSelector=par%3Deven").expect(200);
    assert_eq!(second.names(), ["c6"]);
}

fn a_limit_of_all_gives_no_token(s: &Server) {
    seven(s);
    let list = s.get("configmaps?limit=7").expect(200).absent("/metadata/continue");
    assert_eq!(list.names().len(), 7);
}

fn a_limit_of_zero_or_less_is_none(s: &Server) {
    seven(s);
    for limit in ["0", "-1"] {
        assert_eq!(s.get(&format!("configmaps?limit={limit}")).expect(200).names().len(), 7);
    }
}

fn version_0_ignores_the_limit(s: &Server) {
    seven(s);
    let all = || s.get("configmaps?limit=3&resourceVersion=0").expect(200).names().len();
    s.eventually("the cache has them", || (all() == 7).then_some(()));
    let list = s.get("configmaps?limit=3&resourceVersion=0").expect(200).absent("/metadata/continue");
    assert_eq!(list.names().len(), 7);
}

fn a_version_with_a_limit_is_exact(s: &Server) {
    seven(s);
    let version = s.get("configmaps/c4").expect(200).rv();
    let list = s.get(&format!("configmaps?limit=3&resourceVersion={version}")).expect(200);
    assert_eq!(list.rv(), version);
    list.at("/metadata/remainingItemCount", json!(2));
}

fn not_older_than_with_a_limit_is_the_newest(s: &Server) {
    seven(s);
    let version = s.get("configmaps/c4").expect(200).rv();
    let path = format!("configmaps?limit=3&resourceVersion={version}&resourceVersionMatch=NotOlderThan");
    let list = s.get(&path).expect(200);
    assert_ne!(list.rv(), version);
    list.at("/metadata/remainingItemCount", json!(4));
}

fn a_token_forbids_a_version(s: &Server) {
    seven(s);
    let page = s.get("configmaps?limit=3").expect(200);
    let version = page.rv();
    next(s, &page, &format!("&resourceVersion={version}"))
        .bad_request("specifying resource version is not allowed when using continue");
}

fn a_token_with_version_0_gives_the_rest(s: &Server) {
    seven(s);
    let page = s.get("configmaps?limit=3").expect(200);
    let rest = next(s, &page, "&limit=3&resourceVersion=0").expect(200);
    assert_eq!(rest.names(), ["c3", "c4", "c5", "c6"]);
}

fn a_token_forbids_a_match(s: &Server) {
    seven(s);
    let page = s.get("configmaps?limit=3").expect(200);
    let reply = next(s, &page, "&resourceVersion=0&resourceVersionMatch=NotOlderThan").expect(422);
    reply.reason("Invalid").cause_fields(&["resourceVersionMatch"]);
}

fn a_broken_token_is_refused(s: &Server) {
    let reply = s.get("configmaps?limit=3&continue=garbage").expect(400).reason("BadRequest");
    reply.message_has("invalid continue token: continue key is not valid: ").loosely("the decoder's own words");
}

fn encoded(token: &Value) -> String {
    STANDARD_NO_PAD.encode(token.to_string())
}

fn a_token_of_another_encoding_is_refused(s: &Server) {
    let token = encoded(&json!({"v": "zz", "rv": 5, "start": "/c2\0"}));
    s.get(&format!("configmaps?limit=3&continue={token}")).bad_request(
        "invalid continue token: continue key is not valid: server does not recognize this encoded version zz",
    );
}

fn an_inconsistent_token_goes_on_at_the_newest(s: &Server) {
    seven(s);
    s.delete("configmaps/c3").expect(200);
    let token = encoded(&json!({"v": "meta.k8s.io/v1", "rv": -1, "start": "c2\0"}));
    let list = s.get(&format!("configmaps?limit=2&continue={token}")).expect(200);
    assert_eq!(list.names(), ["c4", "c5"]);
    list.at("/metadata/remainingItemCount", json!(1));
}

fn a_page_without_limit_gives_the_rest(s: &Server) {
    seven(s);
    let first = s.get("configmaps?limit=2").expect(200);
    let rest = next(s, &first, "").expect(200).absent("/metadata/continue");
    assert_eq!(rest.names(), ["c2", "c3", "c4", "c5", "c6"]);
}

fn all_namespaces_are_paged(s: &Server) {
    let label = s.unique("page");
    for name in ["a", "b", "c"] {
        s.post("configmaps", with_meta(map(name), "labels", json!({"of": label}))).expect(201);
    }
    let path = format!("/api/v1/configmaps?limit=2&labelSelector=of%3D{label}");
    let first = s.get(&path).expect(200);
    assert_eq!(first.names(), ["a", "b"]);
    let second = s.get(&format!("{path}&continue={}", token(&first))).expect(200);
    assert_eq!(second.names(), ["c"]);
}
