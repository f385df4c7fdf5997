//! The settings: read once at the start from the environment and `.env`, checked all at once, typed from then on.
//!
//! Nothing else in the product reads the environment. Secrets never appear in `Debug` output or in messages.

mod faults;
mod forms;
mod reader;
mod reference;
mod variables;

use std::{fmt, net::SocketAddr, num::NonZeroU32, path::PathBuf};

pub use faults::{Fault, Faults};
use http::HeaderValue;
use reader::Reader;
pub use reference::{Support, VARIABLES, Variable};
pub use variables::Variables;

/// A value that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// The value itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// What kind of installation this is (`ENVIRONMENT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Somebody's own machine.
    Development,
    /// A server for others.
    Production,
}

impl Environment {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }
}

/// How the log is written (`LOG_FORMAT`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line, for collectors.
    Json,
}

/// Where the database is (`DATABASE_URL`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A `postgres://` URL, perhaps with a password.
    Postgres(Hidden),
}

/// A provider's key and where its API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// The key; none: the provider is not used.
    pub api_key: Option<Hidden>,
    /// Another base than the provider's own, without a slash at its end.
    pub base_url: Option<String>,
}

/// How often a caller may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Requests a minute in the long run.
    pub per_minute: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

/// Everything that can be set, in the product's own types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen.
    pub addr: SocketAddr,
    /// Where everything is kept that is not in a database elsewhere.
    pub data_dir: PathBuf,
    /// What kind of installation this is.
    pub environment: Environment,
    /// The database.
    pub database: Database,
    /// Anthropic.
    pub anthropic: ProviderSettings,
    /// OpenAI, or who speaks its protocol.
    pub openai: ProviderSettings,
    /// Where Ollama runs; none: its usual port on this machine.
    pub ollama_host: Option<String>,
    /// Whether providers' prompt caches are used.
    pub prompt_caching: bool,
    /// The most output tokens one call may ask for.
    pub max_tokens_per_request: u32,
    /// How often a caller may ask.
    pub rate_limits: RateLimits,
    /// Other sites whose pages may call the API with a token.
    pub cors_origins: Vec<HeaderValue>,
    /// What is logged, in the syntax of `tracing`'s filter.
    pub log_filter: String,
    /// How the log is written.
    pub log_format: LogFormat,
    /// Variables that are set, and well-formed, but that this version does not use yet.
    pub not_used_yet: Vec<&'static str>,
}

impl Settings {
    /// Reads and checks every variable. All faults are reported at once.
    pub fn read(variables: &Variables) -> Result<Self, Faults> {
        let mut reader = Reader::new(variables);
        let data_dir = reader.or("VERTICE_DATA_DIR", PathBuf::from("./data"), forms::directory);
        let file = Database::Sqlite(data_dir.join("vertice.db"));
        let settings = Self {
            addr: reader.or("VERTICE_ADDR", SocketAddr::from(([127, 0, 0, 1], 3000)), forms::address),
            data_dir,
            environment: reader.or("ENVIRONMENT", Environment::Development, forms::environment),
            database: reader.or("DATABASE_URL", file, forms::database),
            anthropic: provider(&mut reader, "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
            openai: provider(&mut reader, "OPENAI_API_KEY", "OPENAI_BASE_URL"),
            ollama_host: reader.optional("OLLAMA_HOST", forms::host),
            prompt_caching: reader.or("ENABLE_PROMPT_CACHING", true, forms::boolean),
            max_tokens_per_request: reader.or("MAX_TOKENS_PER_REQUEST", nonzero(8192), forms::nonzero).get(),
            rate_limits: RateLimits {
                per_minute: reader.or("RATE_LIMIT_REQUESTS_PER_MINUTE", nonzero(60), forms::nonzero),
                burst: reader.or("RATE_LIMIT_BURST", nonzero(10), forms::nonzero),
            },
            cors_origins: reader.or("CORS_ORIGINS", Vec::new(), forms::origins),
            log_filter: reader.or("RUST_LOG", "info".to_owned(), forms::log_filter),
            log_format: reader.or("LOG_FORMAT", LogFormat::Pretty, forms::log_format),
            not_used_yet: not_used_yet(&mut reader),
        };
        reader.finish(settings)
    }

    /// Whether strangers can reach the address.
    pub fn is_reachable_by_others(&self) -> bool {
        !self.addr.ip().is_loopback()
    }
}

fn provider(reader: &mut Reader<'_>, key: &'static str, base: &'static str) -> ProviderSettings {
    ProviderSettings {
        api_key: reader.optional(key, forms::secret).map(Hidden),
        base_url: reader.optional(base, forms::http_url),
    }
}

fn nonzero(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Checks the form of what later versions use, and notes what is set of it.
fn not_used_yet(reader: &mut Reader<'_>) -> Vec<&'static str> {
    let later = VARIABLES.iter().filter(|variable| variable.support == Support::NotYet);
    later.filter(|variable| reader.optional(variable.name, variable.form).is_some()).map(|v| v.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, Faults> {
        Settings::read(&Variables::of(pairs.iter().map(|(name, value)| (*name, *value))))
    }

    #[test]
    fn everything_has_a_default() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.addr.to_string(), "127.0.0.1:3000");
        assert_eq!(settings.database, Database::Sqlite("./data/vertice.db".into()));
        assert!(settings.not_used_yet.is_empty() && !settings.is_reachable_by_others());
        assert_eq!(read(&[("VERTICE_ADDR", ""), ("OPENAI_API_KEY", " ")]).unwrap(), settings);
    }

    #[test]
    fn values_are_typed_and_secrets_hidden() {
        let settings = read(&[
            ("ANTHROPIC_API_KEY", "sk-ant-x"),
            ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/"),
            ("CORS_ORIGINS", "https://a.example, http://b.example:8080"),
            ("OLLAMA_HOST", "0.0.0.0:11434"),
            ("REDIS_URL", "redis://localhost"),
            ("DATABASE_URL", "sqlite:///var/lib/v.db?mode=rwc"),
        ])
        .unwrap();
        assert_eq!(settings.openai.base_url.as_deref(), Some("http://127.0.0.1:9/v1"));
        assert_eq!(settings.cors_origins.len(), 2);
        assert_eq!(settings.database, Database::Sqlite("/var/lib/v.db".into()));
        assert_eq!(settings.not_used_yet, ["REDIS_URL"]);
        assert!(!format!("{settings:?}").contains("sk-ant-x"));
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let bad: Vec<(&str, &str)> = VARIABLES.iter().filter_map(|v| Some((v.name, v.bad?))).collect();
        let faults = read(&bad).unwrap_err();
        assert_eq!(faults.0.len(), bad.len());
        insta::assert_snapshot!(faults);
    }

    #[test]
    fn the_reference_lists_every_variable_with_a_good_example() {
        let table: Vec<String> = VARIABLES.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(table.join("\n"));
        for variable in &VARIABLES {
            read(&[(variable.name, variable.example)]).unwrap();
        }
    }
}
