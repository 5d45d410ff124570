//~ ERROR: `Foo` does not declare the subresource `

use kubeclient::{Api, ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1")]
struct Foo {
    metadata: ObjectMeta,
}

fn run(foos: &Api<Foo>) -> kubeclient::Result<()> {
    foos.get_status("foo")?;
    Ok(())
}

fn main() {
    let _ = run;
}
