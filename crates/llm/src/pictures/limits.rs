//! What providers take of pictures in one request, and what they count for one.

use vertice_domain::Provider;

/// The most that is sent of pictures in one request, whoever is asked: five of 5 MB, in bytes of base64.
const OWN: Limits = Limits { all: 35_000_000, one: 35_000_000, count: 100 };

/// What a picture counts where nothing better is known, in tokens: one of about a megapixel at Anthropic.
pub const TOKENS: u64 = 1_500;

/// The most that one request may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// All pictures together, in bytes of base64. Less than the provider takes, for the text beside them.
    pub all: u64,
    /// One picture, in bytes of base64.
    pub one: u64,
    pub count: usize,
}

/// What `provider` takes.
pub const fn limits(provider: Provider) -> Limits {
    match provider {
        // 32 MB a request, 10 MB in base64 a picture; above 20 pictures none may be larger than 2,000 pixels (vision
        // guide, 2026-11).
        Provider::Anthropic => Limits { all: 28_000_000, one: 10 * 1024 * 1024, count: 20 },
        // 4 MB a request, five pictures (vision guide, 2026-11).
        Provider::Groq => Limits { all: 3_500_000, one: 3_500_000, count: 5 },
        // 512 MB and 1,500 pictures at OpenAI, 100 MB and 3,000 at Google (guides to images, 2026-11).
        Provider::Openai | Provider::Gemini | Provider::Local | Provider::Demo => OWN,
    }
}

/// About how many tokens `provider` counts for a picture of those sides, if they are known.
pub(super) fn tokens(provider: Provider, sides: Option<(u32, u32)>) -> u64 {
    let Some((width, height)) = sides else { return TOKENS };
    let (width, height) = (u64::from(width), u64::from(height));
    match provider {
        // Width × height / 750; what is larger than the model sees is made smaller (vision guide, 2026-11).
        Provider::Anthropic => (width * height).div_ceil(750).clamp(1, 4_784),
        // Patches of 32 pixels, at most 2,500 of them at the usual detail, each about 1.2 tokens (images guide, 2026-11).
        Provider::Openai => (width.div_ceil(32) * height.div_ceil(32)).clamp(1, 2_500) * 6 / 5,
        // The same for every picture at the usual resolution (media resolution, 2026-11).
        Provider::Gemini => 1_120,
        Provider::Groq | Provider::Local | Provider::Demo => TOKENS,
    }
}
