//! What the gateway is told at the start. The values come from the server's settings; nothing here reads a variable.

use std::{fmt, path::PathBuf, time::Duration};

use url::Url;

use crate::cache_plan::Ttl;

/// A secret that cannot be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret; blanks around it (a pasted newline) are not part of it.
    pub fn new(secret: &str) -> Self {
        Self(secret.trim().to_owned())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A provider that can be asked.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// The key; none: a compatible server that wants none.
    pub api_key: Option<Secret>,
    /// Another address than the catalogue's. Anthropic: a root without `/v1`. OpenAI: ends in `/v1`.
    pub base_url: Option<String>,
}

/// How long to wait, and how often to try.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// For the connection.
    pub connect: Duration,
    /// For the first byte of the answer, of a provider.
    pub first_byte: Duration,
    /// For the first byte of the answer, of a local server, which may have to load the model.
    pub first_byte_local: Duration,
    /// Between two chunks; pings count.
    pub idle: Duration,
    /// For the whole answer, from its first byte: a provider's pings alone must not keep a call alive for ever.
    pub longest: Duration,
    /// New attempts after the first one, all before the first token.
    pub retries: u32,
    /// The wait before the first new attempt; it doubles each time.
    pub backoff: Duration,
    /// The longest such wait.
    pub max_backoff: Duration,
    /// The longest `retry-after` that is waited for; a longer one fails at once and is told to the user.
    pub max_retry_after: Duration,
    /// For each answer while looking for local servers.
    pub probe: Duration,
    /// Between two pieces of the demo's answer.
    pub demo_pace: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(60),
            first_byte_local: Duration::from_secs(120),
            idle: Duration::from_secs(90),
            // The longest answers (128,000 tokens at 40 a second) take most of it.
            longest: Duration::from_secs(60 * 60),
            retries: 2,
            backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(8),
            max_retry_after: Duration::from_secs(20),
            probe: Duration::from_millis(300),
            demo_pace: Duration::from_millis(15),
        }
    }
}

/// Everything the gateway is told.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Anthropic, if it can be asked.
    pub anthropic: Option<ProviderConfig>,
    /// OpenAI or a compatible server, if it can be asked.
    pub openai: Option<ProviderConfig>,
    /// Google's Gemini, if it can be asked.
    pub gemini: Option<ProviderConfig>,
    /// Groq, if it can be asked.
    pub groq: Option<ProviderConfig>,
    /// Where Ollama is (`OLLAMA_HOST`); none: on its own port of this machine.
    pub ollama_host: Option<String>,
    /// Whether to look for model servers on this machine's usual ports.
    pub detect_local: bool,
    /// The admin's own catalogue.
    pub catalog_override: Option<PathBuf>,
    /// Whether prompt caching may be used at all.
    pub caching: bool,
    /// The shortest prefix that is marked, in tokens (`CACHE_MIN_TOKENS`); none: each model's own minimum.
    pub cache_min_tokens: Option<u64>,
    /// How long marked prefixes are kept at least (`CACHE_TTL_SECONDS`).
    pub cache_ttl: Ttl,
    /// How long to wait, and how often to try.
    pub timing: Timing,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            anthropic: None,
            openai: None,
            gemini: None,
            groq: None,
            ollama_host: None,
            detect_local: true,
            catalog_override: None,
            caching: true,
            cache_min_tokens: None,
            cache_ttl: Ttl::Short,
            timing: Timing::default(),
        }
    }
}

/// A setting that stops the start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that is none, or the wrong part of one.
    #[error("{variable}: {value:?} {fault}; it looks like {example}")]
    BaseUrl {
        variable: String,
        value: String,
        fault: &'static str,
        /// A right one.
        example: String,
    },
    /// A key that cannot be one. Its value is not told.
    #[error("{variable}: the key {fault}; paste it again as the provider shows it")]
    Key { variable: String, fault: &'static str },
    /// A catalogue that cannot be used.
    #[error("{file}: {fault}")]
    Catalog { file: String, fault: String },
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot start: {0}")]
    Http(String),
}

/// Reads an address: http or https, without the slash at its end. User names and passwords in it are refused, because
/// addresses are logged.
pub(crate) fn base_url(variable: &str, value: &str, example: &str) -> Result<String, ConfigError> {
    let error = |fault| ConfigError::BaseUrl {
        variable: variable.to_owned(),
        value: if value.contains('@') { "…".to_owned() } else { value.to_owned() },
        fault,
        example: example.to_owned(),
    };
    let url = Url::parse(value.trim()).map_err(|_| error("is not an address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(error("is not an http or https address"));
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(error("must hold neither a user name, a query nor a fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The address of a provider whose paths are added to a root: Anthropic's `/v1/messages`, Google's `/v1beta/models`, Groq's
/// `/openai/v1/chat/completions`.
pub(crate) fn root(variable: &str, value: &str, example: &str) -> Result<String, ConfigError> {
    let url = base_url(variable, value, example)?;
    if ["/v1", "/v1beta"].iter().any(|end| url.ends_with(end)) {
        return Err(ConfigError::BaseUrl {
            variable: variable.to_owned(),
            value: value.to_owned(),
            fault: "must be the root, without /v1",
            example: example.to_owned(),
        });
    }
    Ok(url)
}

/// OpenAI's address, to which `/chat/completions` is added: it has a path, nearly always `/v1`.
pub(crate) fn openai_base(variable: &str, value: &str, example: &str) -> Result<String, ConfigError> {
    let url = base_url(variable, value, example)?;
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    if path.is_none() {
        return Err(ConfigError::BaseUrl {
            variable: variable.to_owned(),
            value: value.to_owned(),
            fault: "must end in /v1",
            example: example.to_owned(),
        });
    }
    Ok(url)
}

/// `OLLAMA_HOST` as Ollama itself reads it: scheme and port may be missing, and 0.0.0.0 means this machine.
pub(crate) fn ollama_base(value: &str) -> Result<String, ConfigError> {
    let value = value.trim();
    let with_scheme = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    let base = base_url("OLLAMA_HOST", &with_scheme, "http://127.0.0.1:11434")?;
    let mut url = Url::parse(&base).map_err(|_| ConfigError::Http(base.clone()))?;
    if url.port().is_none() && url.scheme() == "http" {
        // Cannot fail: an http address with a host takes a port.
        let _ = url.set_port(Some(11_434));
    }
    if url.host_str() == Some("0.0.0.0") {
        let _ = url.set_host(Some("127.0.0.1"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_trimmed() {
        let anthropic = |value| root("ANTHROPIC_BASE_URL", value, "https://api.anthropic.com");
        assert_eq!(anthropic("http://127.0.0.1:9/").as_deref(), Ok("http://127.0.0.1:9"));
        assert!(
            anthropic("http://h/v1")
                .unwrap_err()
                .to_string()
                .starts_with("ANTHROPIC_BASE_URL: \"http://h/v1\" must be the root")
        );
        assert!(
            anthropic("h:80").is_err()
                && anthropic("ftp://h").is_err()
                && anthropic("https://u:p@h").is_err()
        );
        assert!(!anthropic("https://u:hunter2@h").unwrap_err().to_string().contains("hunter2"));
        let openai = |value| openai_base("OPENAI_BASE_URL", value, "https://api.openai.com/v1");
        assert_eq!(openai("http://h/v1/").as_deref(), Ok("http://h/v1"));
        assert!(openai("http://h").is_err());
        assert_eq!(ollama_base("0.0.0.0").as_deref(), Ok("http://127.0.0.1:11434"));
        assert_eq!(ollama_base("http://box:1").as_deref(), Ok("http://box:1"));
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", Secret::new(" sk-1\n")), "Secret(…)");
        assert_eq!(Secret::new(" sk-1\n").expose(), "sk-1");
    }
}
