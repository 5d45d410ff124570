//~ ERROR: `Foo` does not say its group, version and kind

use kubeclient::{Api, ObjectMeta, RestClient};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Foo {
    metadata: ObjectMeta,
}

fn run(client: &RestClient) -> kubeclient::Result<()> {
    let foos: Api<Foo> = Api::all(client);
    let _ = foos;
    Ok(())
}

fn main() {
    let _ = run;
}
