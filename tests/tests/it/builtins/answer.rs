//! Kinds that are asked and not kept: a review is posted, and the answer is the review with its status.

use kubeclient::{Api, Clientset, Manifest, Request, ResourcePath};
use serde_json::{Value, json};

use super::json::{check_kept, check_same};
use super::plane::Plane;
use super::trip::{Kind, of_any_time, same};

/// A table of reviews: for each a test of its name and a [`Row`](super::trip::Row); the last part looks at
/// each answer, and puts in order what has none.
macro_rules! answers {
    ($($module:ident {
        $($accessor:ident($($room:ident)?): $kind:ident => $object:expr, $look:expr;)*
    })*) => {
        $(pub(crate) mod $module {
            #[allow(unused_imports)]
            use super::*;
            use kubeclient::$module::*;

            $(
                #[test]
                fn $accessor() {
                    let Some(plane) = $crate::builtins::plane::plane() else { return };
                    let accessor = |clientset: &kubeclient::Clientset| {
                        clientset.$module().$accessor($($room)?)
                    };
                    let object: fn(&$crate::builtins::plane::Plane) -> $kind = $object;
                    let look: fn(&mut $kind) = $look;
                    $crate::builtins::answer::check(plane, accessor, &object(plane), look);
                }
            )*

            pub(crate) fn rows() -> Vec<$crate::builtins::trip::Row> {
                vec![$($crate::builtins::trip::row!($module $accessor $kind)),*]
            }
        })*

        pub(crate) fn rows() -> Vec<$crate::builtins::trip::Row> {
            [$($module::rows()),*].concat()
        }
    };
}

pub(crate) use answers;

/// Checks that a review is answered alike over both wires.
#[track_caller]
pub(crate) fn check<T: Kind>(
    plane: &Plane,
    accessor: impl Fn(&Clientset) -> Api<T>,
    review: &T,
    look: fn(&mut T),
) {
    let reviews = accessor(&plane.clientset);
    let mut answer = reviews.create(review).unwrap();
    let mut protobuf = accessor(&plane.clientset.with_protobuf()).create(review).unwrap();
    look(&mut answer);
    look(&mut protobuf);
    same(&of_any_time(&protobuf), &of_any_time(&answer), "answered in protobuf and in JSON");

    let mut path = ResourcePath::of(reviews.resource());
    if let Some(namespace) = reviews.namespace() {
        path = path.namespace(namespace);
    }
    let sent = serde_json::to_value(Manifest(review)).unwrap();
    let raw: Value =
        reviews.client().send(&Request::post(path).json(&sent)).unwrap().json().unwrap();
    let read: Manifest<T> = serde_json::from_value(raw.clone()).unwrap();
    check_same(&raw, &serde_json::to_value(Manifest(&read.0)).unwrap(), "JSON read and written");
    // A review of rules is answered without what was asked.
    if raw["spec"] != json!({}) {
        let mut asked = serde_json::to_value(review).unwrap();
        if let Value::Object(fields) = &mut asked {
            fields.remove("status");
        }
        check_kept(&asked, &raw, "what is asked is kept");
    }
}
