//! The place of a watch: the version up to which changes have been told. Pure.

use crate::meta::resource_version::{is_number, is_older};

/// Moves the place on.
///
/// What has no version leaves it. So does, where versions can be compared, one that is older, since events may
/// come again or out of order; and one that is no version, since no watch could go on from it.
pub(super) fn go_on_from(place: &mut String, version: &str) {
    let is_odd = is_number(place) && !is_number(version);
    if !version.is_empty() && !is_odd && !is_older(version, place) {
        version.clone_into(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_moves_on_and_never_back() {
        for (place, version, moved) in [
            ("", "5", "5"),
            ("5", "12", "12"),
            ("12", "5", "12"),
            ("12", "12", "12"),
            ("12", "", "12"),
            ("12", "x", "12"),
            ("12", "0", "12"),
            // Of a server whose versions have no order, any is as good as another.
            ("b", "a", "a"),
            ("b", "7", "7"),
        ] {
            let mut now = place.to_owned();
            go_on_from(&mut now, version);
            assert_eq!(now, moved, "{place:?} {version:?}");
        }
    }
}
