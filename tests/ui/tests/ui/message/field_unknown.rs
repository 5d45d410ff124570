//~ ERROR: `kubeclient::meta::scale::ScaleStatus` has no field `replcias`

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient::meta::scale::ScaleStatus")]
struct Observed {
    selector: String,
    replcias: i32,
}

fn main() {
    let _ = Observed::default();
}
