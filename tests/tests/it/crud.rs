//! Create, read, replace, delete on the real server.

use kubeclient::{
    DeleteParams, DeleteResponse, FieldValidation, ListParams, PostParams, retry_on_conflict,
};

use crate::common::Sandbox;
use crate::foo::Foo;

#[test]
fn an_object_lives_through_every_verb() {
    let Some((sandbox, foos)) = Sandbox::with_foo() else { return };
    let created = foos.create(&Foo::named("a", 1)).unwrap();
    assert_eq!(created.metadata.namespace, sandbox.namespace);
    assert!(!created.metadata.uid.is_empty() && !created.metadata.resource_version.is_empty());
    assert_eq!(foos.get("a").unwrap(), created);
    assert!(foos.get_opt("b").unwrap().is_none());
    assert_eq!(foos.list(&ListParams::default()).unwrap().items, [created.clone()]);

    let mut changed = created;
    changed.spec.replicas = 2;
    let replaced = foos.replace(&changed).unwrap();
    assert_eq!(replaced.spec.replicas, 2);
    assert_ne!(replaced.metadata.resource_version, changed.metadata.resource_version);

    let gone = foos.delete("a", &DeleteParams::default()).unwrap();
    assert!(matches!(gone, DeleteResponse::Status(status) if status.is_success()));
    assert!(foos.get("a").unwrap_err().is_not_found());
}

/// Fidelity 41.
#[test]
fn the_ways_to_fail_are_told_apart() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    let first = foos.create(&Foo::named("a", 1)).unwrap();
    let again = foos.create(&Foo::named("a", 1)).unwrap_err();
    assert!(again.is_already_exists() && !again.is_conflict());
    assert_eq!(again.status().unwrap().reason, "AlreadyExists");

    foos.replace(&Foo { spec: Default::default(), ..first.clone() }).unwrap();
    let stale = foos.replace(&first).unwrap_err();
    assert!(stale.is_conflict() && !stale.is_already_exists());

    let missing = foos.get("none").unwrap_err();
    assert!(missing.is_not_found());
    let path = missing.path().unwrap();
    assert!(path.ends_with("/foos/none"), "{path}");
    assert_eq!((missing.verb(), missing.status().unwrap().code), (Some("GET"), 404));
}

/// Fidelity 13.
#[test]
fn an_unknown_field_is_a_warning_or_an_error() {
    let Some((sandbox, _)) = Sandbox::with_foo() else { return };
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let hear = std::sync::Arc::clone(&heard);
    let client = kubeclient::RestClient::builder(crate::common::config(sandbox.cluster))
        .warning_handler(move |warning: &kubeclient::rest::Warning| {
            hear.lock().unwrap().push(warning.text.clone());
        })
        .build()
        .unwrap();
    let resource = <Foo as kubeclient::Resource>::api_resource();
    let foos = kubeclient::Api::<kubeclient::DynamicObject>::dynamic_namespaced(
        &client,
        &resource,
        &sandbox.namespace,
    );
    let odd = kubeclient::DynamicObject::new("odd", &resource)
        .with("spec", serde_json::json!({"replicas": 1, "colour": "red"}));
    foos.create_with(&odd, &PostParams::default().field_validation(FieldValidation::Warn)).unwrap();
    assert_eq!(*heard.lock().unwrap(), ["unknown field \"spec.colour\""]);
    let mut strict = odd;
    strict.metadata.name = "odder".into();
    let refused = foos
        .create_with(&strict, &PostParams::default().field_validation(FieldValidation::Strict))
        .unwrap_err();
    assert!(refused.is_bad_request(), "{refused}");
}

#[test]
fn writers_that_meet_each_other_lose_nothing() {
    let Some((_sandbox, foos)) = Sandbox::with_foo() else { return };
    foos.create(&Foo::named("counter", 0)).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let foos = &foos;
            scope.spawn(move || {
                for round in 0..5 {
                    let write = || {
                        retry_on_conflict(|| {
                            let mut foo = foos.get("counter")?;
                            foo.metadata.labels.insert(format!("w{writer}-{round}"), "x".into());
                            foos.replace(&foo)
                        })
                    };
                    // Five tries are not always enough against three others.
                    while let Err(error) = write() {
                        assert!(error.is_conflict(), "{error}");
                    }
                }
            });
        }
    });
    assert_eq!(foos.get("counter").unwrap().metadata.labels.len(), 20);
}
