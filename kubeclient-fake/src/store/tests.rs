//! The store against what one expects of it.

use serde_json::json;

use super::*;
use crate::failure::Failure;

fn key(name: &str) -> Key {
    Key::new("configmaps", "d", name)
}

fn put(store: &Store, name: &str, value: i64) -> Stored {
    let object = json!({"metadata": {"name": name}, "value": value});
    store.write(|transaction| Ok(transaction.put(key(name), object))).unwrap()
}

fn names(objects: &[Stored]) -> Vec<&str> {
    objects.iter().map(|stored| stored.key.name.as_str()).collect()
}

#[test]
fn an_error_leaves_nothing_of_a_write() {
    let store = Store::new();
    put(&store, "a", 1);
    let version = store.version();
    let failed: Result<()> = store.write(|transaction| {
        transaction.put(key("a"), json!({"value": 2}));
        transaction.put(key("b"), json!({"value": 3}));
        transaction.remove(&key("a"));
        assert!(transaction.get(&key("a")).is_none());
        assert_eq!(names(&transaction.list("configmaps", Some("d"))), ["b"]);
        Err(Failure::internal("no"))
    });
    assert!(failed.is_err());
    assert_eq!(store.version(), version);
    assert_eq!(store.get(&key("a")).unwrap().value["value"], 1);
    assert!(store.get(&key("b")).is_none());
    assert!(store.events("configmaps", version, 10).unwrap().events.is_empty());
}

#[test]
fn changes_of_one_write_have_consecutive_versions() {
    let store = Store::new();
    let begin = store.version();
    let last = store.write(|transaction| {
        transaction.put(key("a"), json!({}));
        transaction.put(key("b"), json!({}));
        Ok(transaction.remove(&key("a")).unwrap())
    });
    let last = last.unwrap();
    assert_eq!(last.version, begin + 3);
    assert_eq!(last.value["metadata"]["resourceVersion"], (begin + 3).to_string());
    let batch = store.events("configmaps", begin, 10).unwrap();
    let versions: Vec<u64> = batch.events.iter().map(|event| event.version).collect();
    assert_eq!(versions, [begin + 1, begin + 2, begin + 3]);
    assert_eq!(
        names(&store.list_at("configmaps", None, "", begin + 2).unwrap().objects),
        ["a", "b"]
    );
    assert_eq!(names(&store.list("configmaps", None, "").objects), ["b"]);
}

#[test]
fn what_one_write_changes_becomes_visible_together() {
    let store = Store::new();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..300 {
                let write = store.write(|transaction| {
                    transaction.put(key("a"), json!({"value": round}));
                    transaction.put(key("b"), json!({"value": round}));
                    Ok(())
                });
                write.unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        while !done.load(Ordering::SeqCst) {
            let listing = store.list("configmaps", None, "");
            let values: Vec<_> = listing.objects.iter().map(|o| &o.value["value"]).collect();
            assert!(values.windows(2).all(|pair| pair[0] == pair[1]), "{values:?}");
            assert_eq!(listing.version % 2, 0);
            std::thread::yield_now();
        }
    });
}

#[test]
fn a_snapshot_is_put_back_under_a_later_version() {
    let store = Store::new();
    let a = put(&store, "a", 1);
    let snapshot = store.snapshot();
    put(&store, "a", 2);
    put(&store, "b", 3);
    let last = store.version();
    store.restore(&snapshot);
    assert_eq!(names(&store.list("configmaps", None, "").objects), ["a"]);
    let back = store.get(&key("a")).unwrap();
    assert_eq!((back.version, &back.value["value"]), (a.version, &json!(1)));
    assert_eq!(store.version(), last + 1);
    assert_eq!(store.remembers("configmaps", last), Err(Forgotten(last + 1)));
    assert_eq!(put(&store, "c", 4).version, last + 2);
    assert_eq!(names(&store.list_at("configmaps", None, "", last + 1).unwrap().objects), ["a"]);
    // A snapshot is not changed by what happens after it was put back.
    store.restore(&snapshot);
    assert_eq!(names(&store.list("configmaps", None, "").objects), ["a"]);
}

#[test]
fn the_log_is_bounded_over_all_resources() {
    let store = Store::new();
    store.keep_events(3);
    let a = put(&store, "a", 1).version;
    let secret = |name: &str| Key::new("secrets", "d", name);
    for name in ["x", "y", "z"] {
        store.write(|transaction| Ok(transaction.put(secret(name), json!({})))).unwrap();
    }
    assert_eq!(store.remembers("configmaps", a - 1), Err(Forgotten(a)));
    assert_eq!(store.remembers("configmaps", a), Ok(()));
    assert_eq!(store.remembers("secrets", 1), Ok(()));
    assert_eq!(store.list_at("secrets", None, "", a + 2).unwrap().objects.len(), 2);
    put(&store, "b", 1);
    assert_eq!(store.remembers("secrets", a), Err(Forgotten(a + 1)));
}

#[test]
fn paths_are_ordered_as_bytes_and_namespaces_do_not_touch() {
    let store = Store::new();
    for (namespace, name) in [("a", "y"), ("a-b", "x"), ("a0", "z"), ("a", "b")] {
        let key = Key::new("configmaps", namespace, name);
        store.write(|transaction| Ok(transaction.put(key, json!({})))).unwrap();
    }
    assert_eq!(names(&store.list("configmaps", None, "").objects), ["x", "b", "y", "z"]);
    assert_eq!(names(&store.list("configmaps", Some("a"), "").objects), ["b", "y"]);
    assert_eq!(names(&store.list("configmaps", Some("a"), "a/b\0").objects), ["y"]);
    assert_eq!(names(&store.list("configmaps", Some("a"), "a0").objects), [""; 0]);
    assert_eq!(names(&store.list("configmaps", Some("a"), "zz").objects), [""; 0]);
    assert_eq!(names(&store.list("configmaps", Some(""), "").objects), [""; 0]);
}

#[test]
fn the_json_of_an_object_is_made_once_with_its_type_first() {
    let store = Store::new();
    let object = json!({"apiVersion": "v1", "data": {"k": "v"}, "kind": "ConfigMap"});
    let stored = store.write(|transaction| Ok(transaction.put(key("a"), object))).unwrap();
    let bytes = stored.json().bytes();
    let expected = format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","data":{{"k":"v"}},"metadata":{{"resourceVersion":"{}"}}}}"#,
        stored.version
    );
    assert_eq!(std::str::from_utf8(bytes).unwrap(), expected);
    assert!(std::ptr::eq(bytes, store.get(&key("a")).unwrap().json().bytes()));
    let mut untyped = Vec::new();
    stored.json().write_untyped(&mut untyped);
    let rest = expected.split_once("\"v1\",").unwrap().1;
    assert_eq!(String::from_utf8(untyped).unwrap(), format!("{{{rest}"));
    for value in [json!({}), json!({"kind": "K"}), json!({"a": 1}), json!(null)] {
        let json = Json::new(&value);
        let mut untyped = Vec::new();
        json.write_untyped(&mut untyped);
        let parsed: serde_json::Value = serde_json::from_slice(&untyped).unwrap();
        assert_eq!(parsed.get("a"), value.get("a"));
        assert!(parsed.get("kind").is_none());
    }
}

#[test]
fn a_wait_for_one_resource_is_not_woken_by_another() {
    let store = Store::new();
    let (secrets, any) = (store.feed("secrets"), store.any_feed());
    let (seen, seen_any) = (secrets.ticks(), any.ticks());
    put(&store, "a", 1);
    assert_eq!(secrets.ticks(), seen);
    assert_ne!(any.ticks(), seen_any);
    store.stop();
    assert_ne!(secrets.ticks(), seen);
}

#[test]
fn old_states_are_what_a_naive_model_says() {
    use std::collections::BTreeMap;
    for seed in 1..=10_u64 {
        let mut number = 0x9E37_79B9_7F4A_7C15 ^ seed;
        let mut below = |end: u64| {
            number ^= number << 13;
            number ^= number >> 7;
            number ^= number << 17;
            number % end
        };
        let store = Store::new();
        let mut now: BTreeMap<String, u64> = BTreeMap::new();
        let mut states = BTreeMap::from([(store.version(), now.clone())]);
        for _ in 0..200 {
            let ops: Vec<_> = (0..=below(3)).map(|_| (below(3), below(6), below(3))).collect();
            let is_lost = below(5) == 0;
            let mut then = now.clone();
            let mut between = Vec::new();
            let written = store.write(|transaction| {
                for (namespace, name, op) in &ops {
                    let (namespace, name) = (format!("n{namespace}"), format!("o{name}"));
                    let key = Key::new("configmaps", &namespace, &name);
                    if *op == 0 {
                        let removed = transaction.remove(&key);
                        assert_eq!(removed.is_some(), then.remove(&key.path()).is_some());
                    } else {
                        let stored = transaction.put(key.clone(), json!({}));
                        then.insert(key.path(), stored.version);
                    }
                    between.push((transaction.version(), then.clone()));
                    let listed = transaction.list("configmaps", None);
                    assert!(listed.iter().map(|o| o.key.path()).eq(then.keys().cloned()));
                }
                if is_lost { Err(Failure::internal("lost")) } else { Ok(()) }
            });
            if written.is_ok() {
                now = then;
                states.extend(between);
            }
            if below(20) == 0 {
                store.bump(below(5));
            }
        }
        let first = *states.first_key_value().unwrap().0;
        for _ in 0..200 {
            let version = first + below(store.version() - first + 1);
            let state = states.range(..=version).next_back().unwrap().1;
            let all = store.list_at("configmaps", None, "", version).unwrap().objects;
            let all: BTreeMap<_, _> = all.iter().map(|o| (o.key.path(), o.version)).collect();
            assert_eq!(&all, state, "seed {seed} at {version}");
            let one = store.list_at("configmaps", Some("n1"), "n1/o2", version).unwrap().objects;
            let one: Vec<_> = one.iter().map(|o| (o.key.path(), o.version)).collect();
            let expected = state.range("n1/o2".to_owned().."n10".to_owned());
            assert!(one.iter().map(|(path, version)| (path, version)).eq(expected));
            // What happened since, told again, leads to now.
            let mut replayed = state.clone();
            for event in store.events("configmaps", version, usize::MAX).unwrap().events {
                match &event.after {
                    Some(stored) => replayed.insert(event.key.path(), stored.version),
                    None => replayed.remove(&event.key.path()),
                };
            }
            assert_eq!(replayed, now, "seed {seed} from {version}");
        }
    }
}

#[test]
fn objects_are_found_by_their_uid_and_by_their_owners() {
    let store = Store::new();
    let child = |owners: &[&str]| {
        let owners: Vec<_> = owners.iter().map(|uid| json!({"uid": uid})).collect();
        json!({"metadata": {"ownerReferences": owners}})
    };
    store
        .write(|transaction| {
            transaction.put(key("p"), json!({"metadata": {"uid": "1"}}));
            transaction.put(key("a"), child(&["1", "2"]));
            transaction.put(key("b"), child(&["2"]));
            assert_eq!(names(&transaction.dependents("1")), ["a"]);
            assert_eq!(transaction.by_uid("1").unwrap().key, key("p"));
            Ok(())
        })
        .unwrap();
    let check = |store: &Store| {
        let read = store.write(|transaction| {
            assert_eq!(names(&transaction.dependents("2")), ["a", "b"]);
            assert_eq!(names(&transaction.dependents("1")), ["a"]);
            assert_eq!(transaction.by_uid("1").unwrap().key, key("p"));
            assert!(transaction.by_uid("2").is_none());
            Ok(())
        });
        read.unwrap();
    };
    check(&store);
    let snapshot = store.snapshot();
    let write = store.write(|transaction| {
        transaction.put(key("a"), child(&["2"]));
        transaction.remove(&key("b"));
        transaction.remove(&key("p"));
        assert_eq!(names(&transaction.dependents("1")), [""; 0]);
        assert_eq!(names(&transaction.dependents("2")), ["a"]);
        assert!(transaction.by_uid("1").is_none());
        Ok(())
    });
    write.unwrap();
    let read = store.write(|transaction| {
        assert_eq!(names(&transaction.dependents("1")), [""; 0]);
        assert_eq!(names(&transaction.dependents("2")), ["a"]);
        assert!(transaction.by_uid("1").is_none());
        Ok(())
    });
    read.unwrap();
    store.restore(&snapshot);
    check(&store);
}
