//~ ERROR: `spec` of `kubeclient::Scale` is `autoscaling/v1 ScaleSpec`, not `autoscaling/v1 ScaleStatus`

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient::Scale")]
struct Scale {
    spec: Option<Observed>,
}

#[derive(Message, Default)]
#[message(of = "kubeclient::meta::scale::ScaleStatus")]
struct Observed {
    replicas: i32,
}

fn main() {
    let _ = Scale::default();
}
