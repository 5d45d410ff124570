//~ ERROR: `kubeclient::OwnerReference` has no field `api_version`: names in JSON are as `#[serde(rename_all = "camelCase")]` makes them

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient::OwnerReference")]
struct Owner {
    api_version: String,
}

fn main() {
    let _ = Owner::default();
}
