//~ ERROR: `Scale` is this struct itself

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "Scale")]
struct Scale {
    replicas: i32,
}

fn main() {
    let _ = Scale::default();
}
