//~ ERROR: unknown key `off`: did you mean `of`?

use kubeclient::Message;

#[derive(Message, Default)]
#[message(off = "kubeclient::meta::scale::ScaleStatus")]
struct Observed {
    replicas: i32,
}

fn main() {
    let _ = Observed::default();
}
