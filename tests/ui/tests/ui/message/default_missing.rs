//~ ERROR: Default` is not satisfied

use kubeclient::Message;

#[derive(Message)]
#[message(of = "kubeclient::meta::scale::ScaleStatus")]
struct Observed {
    replicas: i32,
}

fn main() {
    let _ = Observed { replicas: 1 };
}
