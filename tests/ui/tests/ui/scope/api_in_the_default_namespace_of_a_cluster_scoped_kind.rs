//~ ERROR: `Foo` is not a namespaced kind

use kubeclient::{Api, ObjectMeta, Resource, RestClient};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", scope = "Cluster")]
struct Foo {
    metadata: ObjectMeta,
}

fn run(client: &RestClient) -> kubeclient::Result<()> {
    let foos: Api<Foo> = Api::default_namespaced(client);
    foos.get("foo")?;
    Ok(())
}

fn main() {
    let _ = run;
}
