//~ ERROR: `Observed` is no message of protobuf

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient::Scale")]
struct Scale {
    status: Option<Observed>,
}

#[derive(Default)]
struct Observed {
    replicas: i32,
}

fn main() {
    let _ = Scale::default().status.map(|status| status.replicas);
}
