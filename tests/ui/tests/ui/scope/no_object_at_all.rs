//~ ERROR: is not a Kubernetes object

use kubeclient::Object;

fn needs<K: Object>() {}

fn main() {
    needs::<String>();
}
