//! What the last test of a user's own key said. The browser remembers it; a key is known again by its end and by when it
//! was stored.

use vertice_domain::ProviderKey;

use crate::ui::browser;

fn name(key: &ProviderKey) -> String {
    format!("key-test:{}", key.provider.as_str())
}

/// Which key it is, on one line.
fn mark(key: &ProviderKey) -> String {
    format!("{} {}", key.ends_in, key.created_at)
}

/// Remembers what a test has said.
pub(super) fn note(key: &ProviderKey, result: &Result<(), String>) {
    let why = result.as_ref().err().map(|why| format!("\n{why}")).unwrap_or_default();
    browser::store(&name(key), &format!("{}{why}", mark(key)));
}

/// What is remembered of this key.
pub(super) fn told(key: &ProviderKey) -> Option<Result<(), String>> {
    read(&browser::load(&name(key))?, &mark(key))
}

fn read(kept: &str, mark: &str) -> Option<Result<(), String>> {
    match kept.strip_prefix(mark)? {
        "" => Some(Ok(())),
        why => why.strip_prefix('\n').map(|why| Err(why.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_is_known_again() {
        assert_eq!(read("1234 2026", "1234 2026"), Some(Ok(())));
        assert_eq!(read("1234 2026\nNo.", "1234 2026"), Some(Err("No.".into())));
        assert_eq!(read("1234 2026", "9999 2026"), None);
        assert_eq!(read("1234 20265", "1234 2026"), None);
    }
}
