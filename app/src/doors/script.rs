//! What a script adds to these pages.

/// Shows passwords and counts their characters, says when the letters are locked, counts down a wait, and loads what the
/// app needs once somebody begins to type.
pub(super) const KINDER: &str = include_str!("door.js");

/// The longest that script may be, in bytes: it comes with every one of these pages.
#[cfg(test)]
const MOST: usize = 2_048;

#[cfg(test)]
mod tests {
    use super::{KINDER, MOST};

    #[test]
    fn the_script_is_small_and_ends_nowhere_but_at_its_end() {
        assert!(KINDER.len() < MOST, "{}", KINDER.len());
        assert!(!KINDER.contains("</"));
    }
}
