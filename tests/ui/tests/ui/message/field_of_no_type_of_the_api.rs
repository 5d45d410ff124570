//~ ERROR: `u64` can't be a field of a message

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient::meta::scale::ScaleStatus")]
struct Observed {
    replicas: Vec<u64>,
}

fn main() {
    let _ = Observed::default();
}
