//~ ERROR: protobuf has no keys to be put one level higher: name the fields that you read

use kubeclient::Message;
use serde::Deserialize;

#[derive(Message, Deserialize, Default)]
#[message(of = "kubeclient::Scale")]
struct Scale {
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, String>,
}

fn main() {
    let _ = Scale::default();
}
