//~ ERROR: unknown key `verison`: did you mean `version`?
//~ ERROR: `group` is given twice
//~ ERROR: expected a string literal: write `kind = "CronTab"`

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", verison = "v1", group = "example.org", kind = 3)]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
