//! Token counts where nobody reports any. Every figure from here is marked as an estimate wherever it is shown.

/// Characters a token holds on average in English prose and code.
const CHARS_PER_TOKEN: u64 = 4;

/// About how many tokens `chars` characters are; one at least for any text.
pub const fn tokens_of_chars(chars: u64) -> u64 {
    chars.div_ceil(CHARS_PER_TOKEN)
}

/// About how many tokens a text is.
pub fn tokens_of(text: &str) -> u64 {
    tokens_of_chars(text.chars().count() as u64)
}
