//! The order of resource versions, as apimachinery has it. Pure.

use std::cmp::Ordering;

/// Which of two resource versions of one kind is the newer one; `None` where that can't be said.
///
/// Versions are numbers of any length (KEP-5504): digits without a leading zero, and not `0`. Some aggregated
/// servers have others, which are equal or not, and nothing else.
///
/// ```
/// use kubeclient::cache::compare_resource_versions;
/// use std::cmp::Ordering;
///
/// assert_eq!(compare_resource_versions("9", "10"), Some(Ordering::Less));
/// assert_eq!(compare_resource_versions("x", "x"), Some(Ordering::Equal));
/// assert_eq!(compare_resource_versions("x", "10"), None);
/// ```
pub fn compare_resource_versions(a: &str, b: &str) -> Option<Ordering> {
    if a == b {
        return Some(Ordering::Equal);
    }
    (is_number(a) && is_number(b)).then(|| a.len().cmp(&b.len()).then_with(|| a.cmp(b)))
}

/// Whether a version can be compared with others.
pub(crate) fn is_number(version: &str) -> bool {
    !version.is_empty()
        && !version.starts_with('0')
        && version.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a version is known to be older than another one.
pub(crate) fn is_older(version: &str, than: &str) -> bool {
    compare_resource_versions(version, than) == Some(Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_of_any_length_or_have_no_order() {
        let compare = compare_resource_versions;
        assert_eq!(compare("10", "9"), Some(Ordering::Greater));
        assert_eq!(compare("19", "20"), Some(Ordering::Less));
        let long = "9".repeat(40);
        assert_eq!(compare(&long, &format!("1{}", "0".repeat(40))), Some(Ordering::Less));
        for odd in ["", "0", "01", "-1", "1a", "1.0"] {
            assert_eq!(compare(odd, "5"), None, "{odd}");
            assert_eq!(compare(odd, odd), Some(Ordering::Equal));
        }
    }
}
