//~ ERROR: `DynamicObject` does not say its group, version and kind

use kubeclient::{DynamicObject, Resource};

fn needs<K: Resource>() {}

fn main() {
    needs::<DynamicObject>();
}
