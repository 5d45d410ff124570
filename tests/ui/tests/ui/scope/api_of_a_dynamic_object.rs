//~ ERROR: `DynamicObject` does not say its group, version and kind

use kubeclient::{Api, DynamicObject, RestClient};

fn run(client: &RestClient) -> kubeclient::Result<()> {
    let objects: Api<DynamicObject> = Api::all(client);
    objects.get("foo")?;
    Ok(())
}

fn main() {
    let _ = run;
}
