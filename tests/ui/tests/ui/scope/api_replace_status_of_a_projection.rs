//~ ERROR: `Foo` holds only part of its object, so it can't be created or replaced

use kubeclient::{Api, ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", projection, status)]
struct Foo {
    metadata: ObjectMeta,
}

fn run(foos: &Api<Foo>, foo: &Foo) -> kubeclient::Result<()> {
    foos.replace_status(foo)?;
    Ok(())
}

fn main() {
    let _ = run;
}
