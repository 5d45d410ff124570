//! What is promised of the types as such: how large they are, and what they never show.

use crate::meta::byte_string::ByteString;
use crate::meta::object_meta::ObjectMeta;
use crate::types::authentication_v1::{TokenRequest, TokenReview};
use crate::types::core_v1::{Container, Pod, Secret, Volume};

#[test]
fn what_a_cluster_has_many_of_is_small() {
    assert!(size_of::<Pod>() <= 1_500, "{}", size_of::<Pod>());
    assert!(size_of::<Container>() <= 510, "{}", size_of::<Container>());
    assert!(size_of::<Volume>() <= 270, "{}", size_of::<Volume>());
}

#[test]
fn no_secret_shows() {
    let canary = "hunter2";
    let applied = "kubectl.kubernetes.io/last-applied-configuration";
    let secret = Secret {
        metadata: ObjectMeta {
            annotations: [(applied, canary)].into(),
            ..ObjectMeta::named("password")
        },
        data: [("password".to_owned(), ByteString::from(canary))].into(),
        string_data: [("password", canary)].into(),
        ..Secret::default()
    };
    let mut review = TokenReview::default();
    review.spec.token = canary.into();
    let mut request = TokenRequest::default();
    request.status.token = canary.into();
    for shown in [
        format!("{secret:?} {secret:#?}"),
        format!("{review:?} {review:#?}"),
        format!("{request:?} {request:#?}"),
    ] {
        assert!(!shown.contains(canary), "{shown}");
        assert!(!shown.contains(&format!("{:?}", canary.as_bytes())), "{shown}");
    }
    assert!(format!("{secret:?}").contains("password"), "{secret:?}");
}
