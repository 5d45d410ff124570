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
