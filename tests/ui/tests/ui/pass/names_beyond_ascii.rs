use kubeclient::{Object, ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize, Default)]
#[resource(group = "example.com", version = "v1", kind = "Size")]
struct Größe<Änderung> {
    metadata: ObjectMeta,
    höhe: Änderung,
}

fn main() {
    let größe = Größe::<u8>::default();
    assert!(größe.metadata().name.is_empty() && größe.höhe == 0);
    assert_eq!(Größe::<u8>::PLURAL, "sizes");
}
