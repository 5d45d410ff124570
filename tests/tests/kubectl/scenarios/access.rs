//! Who I am and what I may do.

use crate::normal;
use crate::step::{Step, kubectl, steps};

pub(crate) fn steps() -> Vec<Step> {
    steps![
        kubectl("auth whoami").normal(normal::no_uid),
        kubectl("auth whoami -o yaml").normal(normal::no_uid),
        kubectl("auth can-i create pods"),
        kubectl("auth can-i '*' '*' --all-namespaces"),
        kubectl("auth can-i get pods/log"),
        kubectl("auth can-i get nothing"),
        kubectl("auth can-i get /healthz"),
        kubectl("auth can-i list deployments.apps -q"),
        kubectl("auth can-i get nodes"),
        kubectl("auth can-i --list"),
    ]
}
