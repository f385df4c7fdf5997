//! The settings: read once at the start from the environment and `.env`, checked all at once, typed from then on.
//!
//! Nothing else in the product reads the environment. Secrets never appear in `Debug` output or in messages.

mod faults;
mod forms;
mod hidden;
mod issuer;
mod proxies;
mod reader;
mod reference;
mod s3;
mod sandbox;
mod variables;

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

pub use faults::{SettingError, SettingErrors};
pub use hidden::{Hidden, SecretKey};
use http::HeaderValue;
pub use issuer::{ClientSettings, IssuerSettings, Product};
pub use proxies::TrustedProxies;
use reader::Reader;
pub use reference::{Support, VARIABLES, Variable};
pub use s3::S3Settings;
pub use sandbox::SandboxSettings;
pub use variables::Variables;
use vertice_agent::TurnLimits;

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

/// What users may spend in a day, in tokens; 0: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyTokenLimits {
    pub user: u64,
    /// Of premium users.
    pub premium: u64,
    pub admin: u64,
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
    /// The proxies whose word about their visitors counts.
    pub trusted_proxies: TrustedProxies,
    /// Where everything is kept that is not in a database elsewhere.
    pub data_dir: PathBuf,
    /// Where the page's files are, if the binary does not hold them.
    pub site_root: PathBuf,
    /// What seals the users' keys for providers; none: a file in the data directory.
    pub secret_key: Option<SecretKey>,
    /// What kind of installation this is.
    pub environment: Environment,
    pub database: Database,
    /// Where nodes share their counters: a `redis://` URL, perhaps with a password; none: in this process.
    pub redis: Option<Hidden>,
    /// Where nodes share their blobs; none: in the data directory.
    pub s3: Option<S3Settings>,
    pub anthropic: ProviderSettings,
    /// OpenAI, or who speaks its protocol.
    pub openai: ProviderSettings,
    /// Google's Gemini.
    pub gemini: ProviderSettings,
    pub groq: ProviderSettings,
    /// Where Ollama runs; none: its usual port on this machine.
    pub ollama_host: Option<String>,
    /// Whether providers' prompt caches are used.
    pub prompt_caching: bool,
    /// The shortest prefix that is cached, in tokens; none: each model's own minimum.
    pub cache_min_tokens: Option<u64>,
    /// How long prefixes are kept, in seconds: 300 or 3600.
    pub cache_ttl_seconds: u64,
    /// The most output tokens one call may ask for.
    pub max_tokens_per_request: u32,
    /// How far an answer that uses tools goes by itself.
    pub turn_limits: TurnLimits,
    /// Whether conversations are named after their first answer.
    pub auto_titles: bool,
    /// What users may spend in a day.
    pub daily_token_limits: DailyTokenLimits,
    /// What one user may keep in pictures, files, artifacts and workspaces, in bytes.
    pub storage_limit_per_user: u64,
    /// The largest file of conversations that is imported, in bytes.
    pub import_limit: u64,
    /// How often a caller may ask.
    pub rate_limits: RateLimits,
    /// Other sites whose pages may call the API with a token.
    pub cors_origins: Vec<HeaderValue>,
    /// Who vouches for users besides their passwords; none: local accounts only.
    pub issuer: Option<IssuerSettings>,
    /// What is logged, in the syntax of `tracing`'s filter.
    pub log_filter: String,
    /// How the log is written.
    pub log_format: LogFormat,
    /// How code is run.
    pub sandbox: SandboxSettings,
    /// Variables that are set, and well-formed, but that this version does not use yet.
    pub not_used_yet: Vec<&'static str>,
}

impl Settings {
    /// Reads and checks every variable. All faults are reported at once.
    pub fn read(variables: &Variables) -> Result<Self, SettingErrors> {
        let mut reader = Reader::new(variables);
        let data_dir = reader.or("VERTICE_DATA_DIR", PathBuf::from("./data"), forms::directory);
        let file = Database::Sqlite(data_dir.join("vertice.db"));
        let database = reader.or("DATABASE_URL", file, forms::database);
        let sandbox = sandbox::read(&mut reader, &data_dir, &database);
        let settings = Self {
            addr: reader.or("VERTICE_ADDR", SocketAddr::from(([127, 0, 0, 1], 3000)), forms::address),
            trusted_proxies: reader.or("VERTICE_TRUSTED_PROXIES", TrustedProxies::default(), forms::networks),
            data_dir,
            site_root: reader.or("LEPTOS_SITE_ROOT", PathBuf::from("target/site"), forms::directory),
            secret_key: reader.optional("VERTICE_SECRET_KEY", forms::secret_key).map(SecretKey),
            environment: reader.or("ENVIRONMENT", Environment::Development, forms::environment),
            database,
            redis: reader.optional("REDIS_URL", forms::redis).map(Hidden),
            s3: s3::read(&mut reader),
            anthropic: provider(&mut reader, "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
            openai: provider(&mut reader, "OPENAI_API_KEY", "OPENAI_BASE_URL"),
            gemini: gemini(&mut reader),
            groq: provider(&mut reader, "GROQ_API_KEY", "GROQ_BASE_URL"),
            ollama_host: reader.optional("OLLAMA_HOST", forms::host),
            prompt_caching: reader.or("ENABLE_PROMPT_CACHING", true, forms::boolean),
            cache_min_tokens: reader.optional("CACHE_MIN_TOKENS", forms::number),
            cache_ttl_seconds: reader.or("CACHE_TTL_SECONDS", 300, forms::cache_ttl),
            max_tokens_per_request: reader.or("MAX_TOKENS_PER_REQUEST", nonzero(8192), forms::nonzero).get(),
            turn_limits: turn_limits(&mut reader),
            auto_titles: reader.or("AUTO_TITLES", true, forms::boolean),
            daily_token_limits: daily_token_limits(&mut reader),
            storage_limit_per_user: reader
                .or("STORAGE_LIMIT_MB_PER_USER", 1_024, forms::number)
                .saturating_mul(1_024 * 1_024),
            import_limit: reader.or("IMPORT_LIMIT_MB", 1_024, forms::number).saturating_mul(1_024 * 1_024),
            rate_limits: RateLimits {
                per_minute: reader.or("RATE_LIMIT_REQUESTS_PER_MINUTE", nonzero(60), forms::nonzero),
                burst: reader.or("RATE_LIMIT_BURST", nonzero(10), forms::nonzero),
            },
            cors_origins: reader.or("CORS_ORIGINS", Vec::new(), forms::origins),
            issuer: issuer::read(&mut reader),
            log_filter: reader.or("RUST_LOG", "info".to_owned(), forms::log_filter),
            log_format: reader.or("LOG_FORMAT", LogFormat::Pretty, forms::log_format),
            sandbox,
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

/// Google's own SDK takes the key under either name; the first one wins.
fn gemini(reader: &mut Reader<'_>) -> ProviderSettings {
    let first = provider(reader, "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL");
    let second = reader.optional("GEMINI_API_KEY", forms::secret).map(Hidden);
    ProviderSettings { api_key: first.api_key.or(second), ..first }
}

fn daily_token_limits(reader: &mut Reader<'_>) -> DailyTokenLimits {
    let user = reader.or("DAILY_TOKEN_LIMIT_PER_USER", 100_000, forms::number);
    DailyTokenLimits {
        user,
        premium: reader.or("DAILY_TOKEN_LIMIT_PREMIUM", user * 10, forms::number),
        admin: reader.or("DAILY_TOKEN_LIMIT_ADMIN", user, forms::number),
    }
}

fn turn_limits(reader: &mut Reader<'_>) -> TurnLimits {
    let usual = TurnLimits::default();
    let steps = reader.or("MAX_STEPS_PER_TURN", nonzero(usual.steps), forms::nonzero).get();
    let seconds = reader.or("MAX_SECONDS_PER_TURN", nonzero(1_800), forms::nonzero).get();
    TurnLimits {
        steps,
        time: Duration::from_secs(seconds.into()),
        cost: reader.optional("MAX_USD_PER_TURN", forms::usd),
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

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingErrors> {
        Settings::read(&Variables::of(pairs.iter().map(|(name, value)| (*name, *value))))
    }

    #[test]
    fn everything_has_a_default() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.addr.to_string(), "127.0.0.1:3000");
        assert_eq!(settings.database, Database::Sqlite("./data/vertice.db".into()));
        assert!(settings.not_used_yet.is_empty() && !settings.is_reachable_by_others());
        assert!(settings.trusted_proxies.is_empty());
        assert_eq!(read(&[("VERTICE_ADDR", ""), ("OPENAI_API_KEY", " ")]).unwrap(), settings);
    }

    #[test]
    fn values_are_typed_and_secrets_hidden() {
        let settings = read(&[
            ("ANTHROPIC_API_KEY", "sk-ant-x"),
            ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/"),
            ("CORS_ORIGINS", "https://a.example, http://b.example:8080"),
            ("OLLAMA_HOST", "0.0.0.0:11434"),
            ("REDIS_URL", "redis://:hunter2@localhost"),
            ("GITHUB_CLIENT_ID", "Iv1"),
            ("VERTICE_SECRET_KEY", &"ab".repeat(32)),
            ("DATABASE_URL", "sqlite:///var/lib/v.db?mode=rwc"),
        ])
        .unwrap();
        assert_eq!(settings.openai.base_url.as_deref(), Some("http://127.0.0.1:9/v1"));
        assert_eq!(settings.cors_origins.len(), 2);
        assert_eq!(settings.database, Database::Sqlite("/var/lib/v.db".into()));
        assert_eq!(settings.not_used_yet, ["GITHUB_CLIENT_ID"]);
        let shown = format!("{settings:?}");
        assert!(!shown.contains("sk-ant-x") && !shown.contains("hunter2") && !shown.contains("171, 171"));
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        let settings = read(&[("VERTICE_TRUSTED_PROXIES", "10.0.0.1, 172.16.0.0/12,fd00::/8 ,::1")]).unwrap();
        let trusts = |address: &str| settings.trusted_proxies.trusts(address.parse().unwrap());
        for address in ["10.0.0.1", "::ffff:10.0.0.1", "172.31.255.255", "fd00::7", "::1"] {
            assert!(trusts(address), "{address}");
        }
        for address in ["10.0.0.2", "172.32.0.0", "fe00::1", "127.0.0.1"] {
            assert!(!trusts(address), "{address}");
        }
        let shown = settings.trusted_proxies.to_string();
        assert_eq!(shown, "10.0.0.1/32, 172.16.0.0/12, fd00::/8, ::1/128");
        for wrong in ["proxy.example.com", "10.0.0.1/33", "10.0.0.0/8,", "*", "10.0.0.1:80"] {
            let faults = read(&[("VERTICE_TRUSTED_PROXIES", wrong)]);
            assert_eq!(faults.is_err(), wrong != "10.0.0.0/8,", "{wrong}");
        }
    }

    #[test]
    fn limits_and_keys_have_fallbacks() {
        let settings = read(&[("DAILY_TOKEN_LIMIT_PER_USER", "7"), ("GEMINI_API_KEY", "AIza-2")]).unwrap();
        assert_eq!(settings.daily_token_limits, DailyTokenLimits { user: 7, premium: 70, admin: 7 });
        assert_eq!(settings.gemini.api_key, Some(Hidden("AIza-2".to_owned())));
        let both =
            [("GOOGLE_API_KEY", "AIza-1"), ("GEMINI_API_KEY", "AIza-2"), ("DAILY_TOKEN_LIMIT_ADMIN", "0")];
        let settings = read(&both).unwrap();
        assert_eq!(settings.gemini.api_key, Some(Hidden("AIza-1".to_owned())));
        assert_eq!(
            settings.daily_token_limits,
            DailyTokenLimits { user: 100_000, premium: 1_000_000, admin: 0 }
        );
        for key in ["q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", &"0a".repeat(32)] {
            assert!(read(&[("VERTICE_SECRET_KEY", key)]).unwrap().secret_key.is_some());
        }
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
        // What belongs together is read together.
        let families = ["S3_", "OIDC_", "CLERK_"];
        for variable in VARIABLES.iter().filter(|v| !families.iter().any(|family| v.name.starts_with(family)))
        {
            read(&[(variable.name, variable.example)]).unwrap();
        }
        for family in families {
            let members = VARIABLES.iter().filter(|variable| variable.name.starts_with(family));
            read(&members.map(|variable| (variable.name, variable.example)).collect::<Vec<_>>()).unwrap();
        }
    }
}
