//~ ERROR: `#[message(..)]` belongs on the struct

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient::meta::scale::ScaleStatus")]
struct Observed {
    #[message(name = "replicas")]
    count: i32,
}

fn main() {
    let _ = Observed::default();
}
