//! Kinds known at run time, through `kubeclient`'s dynamic and scale clients.

use kubeclient::apps_v1::Deployment;
use kubeclient::dynamic::{DynamicClient, ScaleClient};
use kubeclient::meta::gvk::{GroupVersionKind, GroupVersionResource};
use kubeclient::meta::type_meta::TypeMeta;
use kubeclient::{
    DeleteParams, DynamicObject, ErrorKind, ListParams, ObjectMeta, Patch, PatchParams, WatchEvent, WatchParams,
};
use serde_json::json;

use super::client::client;
use crate::server::Server;
use crate::suite::cases;
use crate::widgets;

cases!("2.5", Client, [
    a_kind_is_found_by_every_name [81],
    a_kind_that_is_not_there_is_named_with_what_is_near,
    an_object_of_any_kind_goes_through_all_verbs,
    metadata_alone_is_listed_of_any_kind,
    any_kind_is_watched,
    a_typed_object_and_a_dynamic_one_are_the_same,
    whatever_has_a_scale_is_scaled [51],
    what_has_no_scale_is_not_asked_for_one,
]);

fn dynamic(s: &Server) -> DynamicClient {
    widgets::install(s);
    DynamicClient::new(&client(s))
}

fn widget(name: &str, dynamic: &DynamicClient) -> DynamicObject {
    let resource = dynamic.resource("widget").unwrap();
    DynamicObject::new(name, &resource).with("spec", json!({"size": 3, "replicas": 1}))
}

fn a_kind_is_found_by_every_name(s: &Server) {
    let dynamic = dynamic(s);
    let pods = dynamic.resource("pods").unwrap();
    for name in ["po", "pod", "Pod", "pods.v1."] {
        assert_eq!(dynamic.resource(name).unwrap(), pods, "{name}");
    }
    let widgets = dynamic.resource("wd").unwrap();
    assert_eq!(widgets.api_version(), "conformance.example/v1");
    let kind = GroupVersionKind::new("conformance.example", "v1", "Widget");
    assert_eq!(dynamic.resource(&kind).unwrap(), widgets);
    assert_eq!(dynamic.resource(&TypeMeta::new("conformance.example/v1", "Widget")).unwrap(), widgets);
    let resource = GroupVersionResource::new("conformance.example", "v1", "widgets");
    assert_eq!(dynamic.resource(&resource).unwrap(), widgets);
    assert_eq!(dynamic.resource(&widgets).unwrap(), widgets);
    let core = GroupVersionResource::new("", "v1", "pods");
    assert_eq!(dynamic.resource(&core).unwrap(), pods);
}

fn a_kind_that_is_not_there_is_named_with_what_is_near(s: &Server) {
    let dynamic = dynamic(s);
    let error = dynamic.all("widgetz").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("did you mean widgets.conformance.example?"), "{error}");
    let resource = GroupVersionResource::new("conformance.example", "v1", "widget");
    let error = dynamic.resource(&resource).unwrap_err();
    assert!(error.to_string().contains("expected the plural name, which is \"widgets\""), "{error}");
    let error = dynamic.beside(&DynamicObject::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let error = dynamic.resource(&TypeMeta::new("v1", "")).unwrap_err();
    assert!(error.to_string().contains("expected a kind"), "{error}");
}

fn an_object_of_any_kind_goes_through_all_verbs(s: &Server) {
    let dynamic = dynamic(s);
    let mut new = widget("w", &dynamic);
    new.metadata.namespace = s.namespace().into();
    let widgets = dynamic.beside(&new).unwrap();
    assert_eq!(widgets.namespace(), Some(s.namespace()));
    let mut made = widgets.create(&new).unwrap();
    assert_eq!(made.field::<i64>("spec.size").unwrap(), Some(3));
    assert_eq!(made.field::<String>("spec.label").unwrap().as_deref(), Some("plain"));
    assert!(widgets.create(&new).unwrap_err().is_already_exists());

    made.set_field("spec.size", 4).unwrap();
    made.set_field("metadata.labels['conformance.example/part']", "a").unwrap();
    let replaced = widgets.replace(&made).unwrap();
    assert_eq!(replaced.require_field::<i64>("spec.size").unwrap(), 4);
    assert!(widgets.replace(&made).unwrap_err().is_conflict());

    let patch = Patch::Merge(json!({"spec": {"size": 5}}));
    let patched = widgets.patch("w", &patch, &PatchParams::default()).unwrap();
    assert_eq!(patched.field("spec.size").unwrap(), Some(5));
    let mut fields = widget("w", &dynamic);
    fields.set_field("spec", json!({"color": "red"})).unwrap();
    let applied = widgets.apply("w", "conformance", &fields).unwrap();
    assert_eq!(applied.field::<String>("spec.color").unwrap().as_deref(), Some("red"));
    let mut status = widgets.get("w").unwrap();
    status.set_field("status.replicas", 7).unwrap();
    let status = widgets.replace_status(&status).unwrap();
    assert_eq!(status.field("status.replicas").unwrap(), Some(7));

    let labelled = ListParams::default().labels("conformance.example/part=a");
    assert_eq!(widgets.list(&labelled).unwrap().items.len(), 1);
    widgets.delete("w", &DeleteParams::default()).unwrap();
    assert!(widgets.get_opt("w").unwrap().is_none());
}

fn metadata_alone_is_listed_of_any_kind(s: &Server) {
    let dynamic = dynamic(s);
    let widgets = dynamic.namespaced("widgets", s.namespace()).unwrap();
    widgets.create(&widget("w", &dynamic)).unwrap();
    let here = ListParams::default().fields(format!("metadata.namespace={}", s.namespace()));
    let all = dynamic.metadata("widgets").unwrap();
    let names: Vec<_> = all.list_all(&here).map(|found| found.unwrap().metadata.name).collect();
    assert_eq!(names, ["w"]);
}

fn any_kind_is_watched(s: &Server) {
    let dynamic = dynamic(s);
    let widgets = dynamic.namespaced("Widget", s.namespace()).unwrap();
    widgets.create(&widget("w", &dynamic)).unwrap();
    let mut told = Vec::new();
    for event in widgets.watch(&WatchParams::default()).unwrap() {
        match event.unwrap() {
            WatchEvent::Added(widget) => told.push(widget.metadata.name),
            WatchEvent::Synced => drop(widgets.delete("w", &DeleteParams::default()).unwrap()),
            WatchEvent::Deleted(widget) => {
                told.push(format!("-{}", widget.metadata.name));
                break;
            }
            _ => {}
        }
    }
    assert_eq!(told, ["w", "-w"]);
}

fn a_typed_object_and_a_dynamic_one_are_the_same(s: &Server) {
    let dynamic = dynamic(s);
    let deployments = dynamic.namespaced("deploy", s.namespace()).unwrap();
    let typed = kubeclient::Api::<Deployment>::namespaced(&client(s), s.namespace());
    let made = deployments.create(&deployment("d", &dynamic)).unwrap();
    let read: Deployment = made.to_typed().unwrap();
    assert_eq!(read, typed.get("d").unwrap());
    assert_eq!(read.spec.replicas, Some(2));
    let back = DynamicObject::from_typed(&read).unwrap();
    assert_eq!(back.types, TypeMeta::new("apps/v1", "Deployment"));
    assert_eq!(back.to_typed::<Deployment>().unwrap(), read);
    let error = widget("w", &dynamic).to_typed::<Deployment>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("conformance.example/v1 Widget"), "{error}");
}

fn deployment(name: &str, dynamic: &DynamicClient) -> DynamicObject {
    DynamicObject::new(name, &dynamic.resource("deployments").unwrap()).with(
        "spec",
        json!({
            "replicas": 2, "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        }),
    )
}

fn whatever_has_a_scale_is_scaled(s: &Server) {
    let dynamic = dynamic(s);
    let scales = ScaleClient::of(&dynamic);
    dynamic.namespaced("deploy", s.namespace()).unwrap().create(&deployment("d", &dynamic)).unwrap();
    dynamic.namespaced("wd", s.namespace()).unwrap().create(&widget("w", &dynamic)).unwrap();
    for (kind, name, replicas) in [("deploy", "d", 2), ("Widget", "w", 1)] {
        let mut scale = scales.get(kind, s.namespace(), name).unwrap();
        assert_eq!(scale.spec.replicas, replicas, "{kind}");
        scale.spec.replicas = 4;
        assert_eq!(scales.replace(kind, &scale).unwrap().spec.replicas, 4, "{kind}");
        assert!(scales.replace(kind, &scale).unwrap_err().is_conflict(), "{kind}");
        let scale = scales.set_replicas(kind, s.namespace(), name, 6).unwrap();
        assert_eq!((scale.spec.replicas, scale.metadata.name.as_str()), (6, name));
        assert!(scales.get(kind, s.namespace(), "none").unwrap_err().is_not_found());
    }
}

fn what_has_no_scale_is_not_asked_for_one(s: &Server) {
    let scales = ScaleClient::of(&dynamic(s));
    let error = scales.get("configmaps", s.namespace(), "m").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("it has no subresource \"scale\""), "{error}");
    let metadata = ObjectMeta { namespace: s.namespace().into(), ..ObjectMeta::named("m") };
    let scale = kubeclient::Scale { metadata, ..kubeclient::Scale::default() };
    assert_eq!(scales.replace("cm", &scale).unwrap_err().kind(), ErrorKind::Invalid);
}
