//~ ERROR: a message is a struct with named fields

use kubeclient::Message;

#[derive(Message, Default)]
#[message(of = "kubeclient::Scale")]
enum Scale {
    #[default]
    None,
}

fn main() {
    let _ = Scale::default();
}
