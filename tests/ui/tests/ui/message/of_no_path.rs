//~ ERROR: `kubeclient.Scale` is not a path: expected the path of a built-in type, such as `"kubeclient::core_v1::Pod"`

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient.Scale")]
struct Observed {
    replicas: i32,
}

fn main() {
    let _ = Observed::default();
}
