//! Randomness from the operating system, for secrets: the one place where it is drawn.

#![expect(clippy::disallowed_methods, reason = "the one place where secrets are drawn")]

use rand::Rng as _;

/// As many random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

/// A word of `length` of these letters, each as likely as the others.
pub fn word(letters: &[u8], length: usize) -> String {
    let mut random = rand::rng();
    (0..length).map(|_| char::from(letters[random.random_range(0..letters.len())])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_of_all_their_letters() {
        let word = word(b"abc", 1000);
        assert_eq!(word.len(), 1000);
        assert!(word.bytes().all(|letter| b"abc".contains(&letter)));
        assert!(b"abc".iter().all(|letter| word.bytes().any(|other| other == *letter)));
    }
}
