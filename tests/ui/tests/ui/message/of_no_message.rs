//~ ERROR: `Other` is no message of protobuf

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "Other")]
struct Observed {
    replicas: i32,
    selector: String,
}

#[derive(Default)]
struct Other {
    replicas: i32,
}

fn main() {
    let _ = (Observed::default(), Other::default().replicas);
}
