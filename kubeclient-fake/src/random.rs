//! Randomness for names and uids: not secret, only unlike.

use std::hash::{BuildHasher, RandomState};

/// A random number.
pub(crate) fn number() -> u64 {
    // Each state has keys of its own, seeded by the operating system.
    RandomState::new().hash_one(0_u8)
}

/// A version 4 UUID.
pub(crate) fn uuid() -> String {
    let (high, low) = (number(), number());
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

/// The suffix of a generated name: five of the letters that make no words.
pub(crate) fn suffix() -> String {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut number = number();
    let mut next = || {
        let letter = LETTERS[(number % 27) as usize];
        number /= 27;
        char::from(letter)
    };
    (0..5).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn uids_are_version_4_and_differ() {
        let (one, other) = (super::uuid(), super::uuid());
        assert_ne!(one, other);
        assert_eq!((one.len(), &one[14..15]), (36, "4"));
        assert!(["8", "9", "a", "b"].contains(&&one[19..20]), "{one}");
    }
}
