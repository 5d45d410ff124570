//~ ERROR: kind `Cron Tab` has a space: expected upper camel case in ASCII letters and digits, such as `CronTab`; did you mean `CronTab`?

use kubeclient::{ObjectMeta, Resource};
use serde::{Deserialize, Serialize};

#[derive(Resource, Serialize, Deserialize)]
#[resource(group = "example.com", version = "v1", kind = "Cron Tab")]
struct Foo {
    metadata: ObjectMeta,
}

fn main() {
    let _ = <Foo as Resource>::KIND;
}
