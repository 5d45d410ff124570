//! Which paths and methods there are, and what the others answer.

use crate::objects::map;
use crate::server::Server;
use crate::suite::cases;

cases!(
    "2.1",
    Raw,
    [
        an_unknown_path_is_plain_text[14],
        an_unknown_group_is_plain_text[14],
        an_unknown_resource_of_a_known_group_is_a_status,
        an_unknown_version_of_a_known_group_is_a_status,
        an_unknown_core_version_is_a_status,
        a_kind_without_status_has_no_such_route,
        a_kind_without_scale_has_no_such_route,
        post_to_a_name_is_no_method,
        put_to_a_collection_is_no_method,
        patch_of_a_collection_is_no_method,
        post_to_all_namespaces_is_no_method,
        delete_of_all_namespaces_is_no_method,
        delete_of_the_namespaces_is_no_method,
        options_is_no_method,
        head_is_no_method,
        an_unknown_method_is_no_method,
        a_trailing_slash_is_tolerated,
        an_empty_namespace_is_all_namespaces,
        a_slash_within_a_name_is_no_route,
        an_unknown_query_parameter_is_ignored,
        an_encoded_name_is_decoded,
    ]
);

fn an_unknown_path_is_plain_text(s: &Server) {
    s.get("/nope").page_not_found();
}

fn an_unknown_group_is_plain_text(s: &Server) {
    s.get("/apis/nope.io/v1/things").page_not_found();
    s.get("/apis/nope.io").page_not_found();
    s.post("/apis/nope.io/v1/namespaces/default/things", map("a")).page_not_found();
}

fn an_unknown_resource_of_a_known_group_is_a_status(s: &Server) {
    s.get("nopes").no_such_resource();
    s.get("apps/v1:nopes/a").no_such_resource();
    s.get("/api/v1/nopes").no_such_resource();
}

fn an_unknown_version_of_a_known_group_is_a_status(s: &Server) {
    s.get("apps/v9:deployments").no_such_resource();
    s.get("/apis/apps/v9").no_such_resource();
}

fn an_unknown_core_version_is_a_status(s: &Server) {
    s.get("/api/v2").no_such_resource();
}

fn a_kind_without_status_has_no_such_route(s: &Server) {
    s.post("configmaps", map("a")).expect(201);
    s.get("configmaps/a/status").no_such_resource();
    s.merge("configmaps/a/status", map("a")).no_such_resource();
}

fn a_kind_without_scale_has_no_such_route(s: &Server) {
    s.get("configmaps/a/scale").no_such_resource();
}

fn post_to_a_name_is_no_method(s: &Server) {
    s.post("configmaps/a", map("a")).wrong_method();
}

fn put_to_a_collection_is_no_method(s: &Server) {
    s.put("configmaps", map("a")).wrong_method();
}

fn patch_of_a_collection_is_no_method(s: &Server) {
    s.merge("configmaps", map("a")).wrong_method();
}

fn post_to_all_namespaces_is_no_method(s: &Server) {
    s.post("/api/v1/configmaps", map("a")).wrong_method();
}

fn delete_of_all_namespaces_is_no_method(s: &Server) {
    s.delete("/api/v1/configmaps").wrong_method();
}

fn delete_of_the_namespaces_is_no_method(s: &Server) {
    s.delete("/api/v1/namespaces").wrong_method();
}

fn options_is_no_method(s: &Server) {
    s.request("OPTIONS", "configmaps").send().wrong_method();
}

fn head_is_no_method(s: &Server) {
    s.request("HEAD", "configmaps/a").send().expect(405).text("");
}

fn an_unknown_method_is_no_method(s: &Server) {
    s.request("BREW", "configmaps").send().wrong_method();
}

fn a_trailing_slash_is_tolerated(s: &Server) {
    s.post("configmaps/", map("a")).expect(201);
    s.get("configmaps/a/").expect(200);
}

fn an_empty_namespace_is_all_namespaces(s: &Server) {
    let name = s.unique("map");
    s.post("configmaps", map(&name)).expect(201);
    let path = format!("/api/v1/namespaces//configmaps?fieldSelector=metadata.name%3D{name}");
    assert_eq!(s.get(&path).expect(200).names(), [name]);
}

fn a_slash_within_a_name_is_no_route(s: &Server) {
    s.get("configmaps/a%2fb").no_such_resource();
}

fn an_unknown_query_parameter_is_ignored(s: &Server) {
    s.post("configmaps?bogus=1", map("a")).expect(201);
    s.get("configmaps/a?bogus=1&another").expect(200);
}

fn an_encoded_name_is_decoded(s: &Server) {
    s.post("configmaps", map("abc")).expect(201);
    s.get("configmaps/%61b%63").expect(200);
}
