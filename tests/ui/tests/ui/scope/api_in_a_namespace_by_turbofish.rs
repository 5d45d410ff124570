//~ ERROR: `Foo` is not a namespaced kind

use kubeclient::{Api, ObjectMeta, Resource, RestClient};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", scope = "Cluster")]
struct Foo {
    metadata: ObjectMeta,
}

fn run(client: &RestClient) -> kubeclient::Result<()> {
    Api::<Foo>::namespaced(client, "default").get("foo")?;
    Ok(())
}

fn main() {
    let _ = run;
}
