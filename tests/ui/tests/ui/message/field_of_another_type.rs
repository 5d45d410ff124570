//~ ERROR: `replicas` of `kubeclient::meta::scale::ScaleStatus` is `i32`, not `Vec<String>`

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient::meta::scale::ScaleStatus")]
struct Observed {
    replicas: Vec<String>,
}

fn main() {
    let _ = Observed::default();
}
