//! Every variable there is: the reference that faults, `vertice doctor` and the documentation are made from.

use std::fmt;

use super::{forms, reader::Form};

/// Whether this version does anything with a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It does.
    Used,
    /// Not yet: its form is checked, and the start says that it has no effect.
    NotYet,
}

pub struct Variable {
    pub name: &'static str,
    /// What holds when it is not set, in words.
    pub default: &'static str,
    pub meaning: &'static str,
    /// A value that is right.
    pub example: &'static str,
    /// Whether it is used.
    pub support: Support,
    /// The form of a variable that is not used yet; the others are read by `Settings::read`.
    pub(super) form: Form<String>,
    /// A value that is wrong, if any is.
    #[cfg(test)]
    pub(super) bad: Option<&'static str>,
}

/// `| name | default | meaning |`, a row of the documentation's table.
impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let later = if self.support == Support::NotYet { " (not used by this version yet)" } else { "" };
        write!(f, "| `{}` | {} | {}{later}, e.g. `{}` |", self.name, self.default, self.meaning, self.example)
    }
}

macro_rules! variables {
    ($($support:ident $name:literal = $default:literal, $meaning:literal, $example:literal, $form:ident, $bad:expr;)+) => {
        /// Every variable, in the order of the documentation.
        pub static VARIABLES: [Variable; [$($name),+].len()] = [$(Variable {
            name: $name,
            default: $default,
            meaning: $meaning,
            example: $example,
            support: Support::$support,
            form: forms::$form,
            #[cfg(test)]
            bad: $bad,
        }),+];
    };
}

variables! {
    Used "VERTICE_ADDR" = "127.0.0.1:3000", "where to listen; port 0 takes a free one", "0.0.0.0:3000", text, Some("3000");
    Used "VERTICE_TRUSTED_PROXIES" = "none", "proxies (addresses or networks) whose X-Forwarded-For and X-Forwarded-Proto count", "127.0.0.1,10.0.0.0/8", text, Some("proxy.example.com");
    Used "VERTICE_DATA_DIR" = "./data", "SQLite file, blobs, workspaces", "/var/lib/vertice", text, Some("Cargo.toml");
    Used "LEPTOS_SITE_ROOT" = "target/site", "where the page's files are, if the binary does not hold them", "/usr/share/vertice/site", text, Some("Cargo.toml");
    Used "VERTICE_SECRET_KEY" = "secret.key in the data directory, made when it is needed", "seals the users' own keys for providers: 32 bytes in base64 or hex, the same on all nodes", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", text, Some("short");
    Used "ENVIRONMENT" = "development", "development or production", "production", text, Some("staging");
    Used "DATABASE_URL" = "a SQLite file in the data directory", "the database", "postgres://vertice:secret@localhost/vertice", text, Some("mysql://localhost");
    Used "REDIS_URL" = "none: in-process", "shared state of many nodes", "redis://localhost:6379", text, Some("localhost");
    Used "S3_ENDPOINT_URL" = "none: blobs on disk", "S3-compatible server for blobs, without the bucket", "https://s3.eu-central-1.amazonaws.com", text, Some("s3");
    Used "S3_ACCESS_KEY" = "none", "its access key", "AKIAEXAMPLE", text, Some("a b");
    Used "S3_SECRET_KEY" = "none", "its secret key", "wJalrEXAMPLE", text, Some("a b");
    Used "S3_BUCKET_NAME" = "none", "its bucket, which must be there", "vertice", text, Some("My Bucket");
    Used "S3_REGION" = "us-east-1", "the bucket's region", "eu-central-1", text, Some("eu central");
    Used "ANTHROPIC_API_KEY" = "none", "key for Anthropic's models", "sk-ant-api03-XXXX", text, Some("sk ant");
    Used "ANTHROPIC_BASE_URL" = "Anthropic's own", "root without a path", "https://api.anthropic.com", text, Some("api.anthropic.com");
    Used "OPENAI_API_KEY" = "none", "key for OpenAI's models", "sk-proj-XXXX", text, Some("sk proj");
    Used "OPENAI_BASE_URL" = "OpenAI's own", "ends in /v1", "https://api.openai.com/v1", text, Some("ftp://api.openai.com");
    Used "GOOGLE_API_KEY" = "none", "key for Gemini models", "AIzaXXXX", text, Some("a b");
    Used "GEMINI_API_KEY" = "none", "the same under its other name", "AIzaXXXX", text, Some("a b");
    Used "GOOGLE_GEMINI_BASE_URL" = "Google's own", "root without a path", "https://generativelanguage.googleapis.com", text, Some("google");
    Used "GROQ_API_KEY" = "none", "key for Groq's models", "gsk_XXXX", text, Some("a b");
    Used "GROQ_BASE_URL" = "Groq's own", "root without a path", "https://api.groq.com", text, Some("groq");
    Used "OLLAMA_HOST" = "127.0.0.1:11434", "where Ollama runs", "http://127.0.0.1:11434", text, Some("ftp://x");
    Used "ENABLE_PROMPT_CACHING" = "true", "whether providers' prompt caches are used", "false", text, Some("maybe");
    Used "CACHE_MIN_TOKENS" = "each model's own minimum", "the shortest prefix worth caching, in tokens", "1024", text, Some("-1");
    Used "CACHE_TTL_SECONDS" = "300", "how long a prefix stays cached: 300 or 3600", "3600", text, Some("60");
    Used "MAX_TOKENS_PER_REQUEST" = "8192", "the most output tokens one call may ask for", "16384", text, Some("0");
    Used "MAX_STEPS_PER_TURN" = "25", "model calls of one answer that uses tools; then it stops and offers to go on", "50", text, Some("0");
    Used "MAX_SECONDS_PER_TURN" = "1800", "how long one answer may run; waiting for a person does not count", "600", text, Some("0");
    Used "MAX_USD_PER_TURN" = "none: the quota", "what one answer may cost", "2.50", text, Some("-1");
    Used "AUTO_TITLES" = "true", "whether the cheapest model names conversations after their first answer", "false", text, Some("maybe");
    Used "DAILY_TOKEN_LIMIT_PER_USER" = "100000", "a user's tokens a day; 0: no limit", "500000", text, Some("many");
    Used "STORAGE_LIMIT_MB_PER_USER" = "1024", "what one user may keep in pictures and files", "4096", text, Some("much");
    Used "IMPORT_LIMIT_MB" = "1024", "the largest file of conversations that is imported", "2048", text, Some("big");
    Used "DAILY_TOKEN_LIMIT_PREMIUM" = "10 times the one of users", "the same for premium users", "5000000", text, Some("-1");
    Used "DAILY_TOKEN_LIMIT_ADMIN" = "the one of users", "the same for admins", "0", text, Some("none");
    Used "RATE_LIMIT_REQUESTS_PER_MINUTE" = "60", "requests a minute in the long run, for each user or address", "120", text, Some("0");
    Used "RATE_LIMIT_BURST" = "10", "requests at once", "20", text, Some("ten");
    Used "CORS_ORIGINS" = "none", "other sites whose pages may call the API with a token", "https://a.example,https://b.example", text, Some("*");
    Used "CLERK_DOMAIN" = "none: local accounts", "Clerk's Frontend API, whose session tokens are taken", "clerk.example.com", text, Some("not a host");
    Used "CLERK_AUDIENCE" = "none: sessions of our own pages", "audience that Clerk's tokens must have", "vertice", text, Some("a b");
    Used "CLERK_PUBLISHABLE_KEY" = "none", "Clerk's publishable key, which names the domain as well", "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k", text, Some("a b");
    Used "OIDC_ISSUER" = "none: local accounts", "OpenID Connect issuer whose tokens are taken, as they write it", "https://id.example.com", text, Some("id");
    Used "OIDC_AUDIENCE" = "OIDC_CLIENT_ID", "audience that its tokens must have", "vertice", text, Some("a b");
    Used "OIDC_CLIENT_ID" = "none: no sign-in there from the browser", "client id at the issuer", "vertice", text, Some("a b");
    Used "OIDC_CLIENT_SECRET" = "none: a public client", "client secret at the issuer", "s3cr3t", text, Some("a b");
    NotYet "GITHUB_CLIENT_ID" = "none", "GitHub app", "Iv1.0123456789abcdef", text, None;
    NotYet "GITHUB_CLIENT_SECRET" = "none", "its secret", "0123456789abcdef", secret, Some("a b");
    NotYet "GITHUB_BASE_URL" = "https://github.com", "GitHub Enterprise", "https://github.example.com", http_url, Some("github");
    NotYet "GITHUB_API_URL" = "https://api.github.com", "its API", "https://github.example.com/api/v3", http_url, Some("api");
    Used "ENABLE_SANDBOXING" = "true", "whether code may be run in a sandbox", "false", text, Some("maybe");
    Used "SANDBOX_RUNTIME" = "auto", "gvisor, bubblewrap, or auto: gVisor where it works, else bubblewrap, else no code is run", "bubblewrap", text, Some("docker");
    Used "SANDBOX_ALLOWED_DIRS" = "none", "folders that code may read, at the same path; comma-separated", "/srv", text, Some("/");
    Used "SANDBOX_ALLOWED_HOSTS" = "none: no network", "hosts that code may reach by https: host, *.host or host:port; comma-separated", "pypi.org,files.pythonhosted.org,*.example.com", text, Some("*");
    NotYet "OTEL_EXPORTER_OTLP_ENDPOINT" = "none", "where traces go", "http://localhost:4318", http_url, Some("localhost");
    NotYet "SENTRY_DSN" = "none", "where crashes go", "https://key@sentry.example.com/1", http_url, Some("key");
    Used "RUST_LOG" = "info", "what is logged", "info,vertice_llm=debug", text, Some("info,=,,[");
    Used "LOG_FORMAT" = "pretty", "pretty or json", "json", text, Some("xml");
}
