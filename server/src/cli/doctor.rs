//! `vertice doctor`: looks at everything the server stands on, and says how to mend what is broken.

use std::io::{self, Write as _};

use vertice_ports::{TurnStore as _, sandbox::Tier};
use vertice_sandbox::Wanted;

use super::CommandError;
use crate::{
    assets::site,
    rest::operations::probe,
    settings::{Database, ProviderSettings, Settings},
    wiring::{self, Console},
};

struct Finding {
    what: &'static str,
    state: Result<String, String>,
}

/// Checks one thing after the other and prints what it finds.
pub(super) async fn run(settings: &Settings) -> Result<(), CommandError> {
    let findings = [
        Finding { what: "settings", state: Ok(settings_state(settings)) },
        Finding { what: "data directory", state: data_dir(settings).await },
        Finding { what: "page", state: page(settings).await },
        Finding { what: "database", state: database(settings).await },
        Finding { what: "blobs", state: blobs(settings).await },
        Finding { what: "counters", state: counters(settings).await },
        Finding { what: "issuer", state: issuer(settings).await },
        Finding { what: "address", state: address(settings).await },
        Finding { what: "sandbox", state: sandbox(settings).await },
        Finding { what: "proxies", state: Ok(proxies(settings)) },
        Finding { what: "Anthropic", state: Ok(provider(&settings.anthropic, "ANTHROPIC_API_KEY")) },
        Finding { what: "OpenAI", state: Ok(provider(&settings.openai, "OPENAI_API_KEY")) },
        Finding { what: "Google", state: Ok(provider(&settings.gemini, "GOOGLE_API_KEY")) },
        Finding { what: "Groq", state: Ok(provider(&settings.groq, "GROQ_API_KEY")) },
        Finding { what: "users' own keys", state: Ok(own_keys(settings)) },
        Finding { what: "local models", state: Ok(local(settings)) },
    ];
    let mut out = io::stdout();
    let mut broken = Vec::new();
    for Finding { what, state } in findings {
        match state {
            Ok(detail) => writeln!(out, "ok      {what}: {detail}")?,
            Err(detail) => {
                writeln!(out, "BROKEN  {what}: {detail}")?;
                broken.push(what);
            }
        }
    }
    if broken.is_empty() {
        Ok(())
    } else {
        Err(CommandError::Unhealthy(format!("Broken: {}.", broken.join(", "))))
    }
}

fn settings_state(settings: &Settings) -> String {
    let environment = settings.environment.as_str();
    if settings.not_used_yet.is_empty() {
        return format!("all can be used ({environment})");
    }
    format!(
        "all can be used ({environment}); set, but not used by this version yet: {}",
        settings.not_used_yet.join(", ")
    )
}

async fn data_dir(settings: &Settings) -> Result<String, String> {
    let path = &settings.data_dir;
    let outcome = match tokio::fs::create_dir_all(path).await {
        Ok(()) => probe(path).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => Ok(format!("{} can be written", path.display())),
        Err(error) => Err(format!(
            "{} cannot be written ({error}). Make it writable for this user, or set VERTICE_DATA_DIR to another directory",
            path.display()
        )),
    }
}

async fn issuer(settings: &Settings) -> Result<String, String> {
    match wiring::check_issuer(settings).await {
        None => Ok("none: local accounts only".to_owned()),
        Some(Ok(issuer)) => Ok(format!("{issuer}; its keys can be fetched")),
        Some(Err(error)) => Err(format!(
            "its keys cannot be fetched ({error}). Check OIDC_ISSUER or CLERK_DOMAIN, and that this machine reaches it"
        )),
    }
}

async fn page(settings: &Settings) -> Result<String, String> {
    site::check(&settings.site_root).await.map_err(|error| error.to_string())?;
    Ok(if site::IS_EMBEDDED {
        "in this binary".to_owned()
    } else {
        format!("in {}", settings.site_root.display())
    })
}

async fn database(settings: &Settings) -> Result<String, String> {
    let kind = match &settings.database {
        Database::Sqlite(path) => format!("SQLite, {}", path.display()),
        Database::Postgres(_) => "PostgreSQL".to_owned(),
    };
    let mend = "Check DATABASE_URL, and that the database runs and lets this user in";
    let console = Console::open(settings).await.map_err(|error| format!("{kind}: {error}. {mend}"))?;
    let outcome = console.database.ping().await;
    console.close().await;
    match outcome {
        Ok(()) => Ok(format!("{kind}; it answers and has this version's schema")),
        Err(error) => Err(format!("{kind}: {}. {mend}", error.message)),
    }
}

async fn blobs(settings: &Settings) -> Result<String, String> {
    wiring::check_blobs(settings).await.map_err(|error| error.to_string())
}

async fn counters(settings: &Settings) -> Result<String, String> {
    wiring::check_counters(settings).await.map(str::to_owned).map_err(|error| error.to_string())
}

async fn sandbox(settings: &Settings) -> Result<String, String> {
    if settings.sandbox.runtime == Wanted::Nothing {
        return Ok("no code is run (ENABLE_SANDBOXING)".to_owned());
    }
    let tier = wiring::tried_sandbox(settings).await;
    let openings = tier.openings();
    let Tier { runtime, shortcomings, reasons, .. } = tier;
    let reasons = reasons.iter().map(|(runtime, why)| format!("{}: {why}", runtime.as_str()));
    let reasons = reasons.collect::<Vec<_>>().join("; ");
    let Some(runtime) = runtime else { return Err(format!("no code is run. {reasons}")) };
    let mut told = vec![runtime.as_str().to_owned()];
    told.extend(shortcomings.into_iter().map(|shortcoming| format!("degraded: {shortcoming}")));
    if !reasons.is_empty() {
        told.push(format!("not better, since {reasons}"));
    }
    told.extend(openings);
    Ok(told.join("; "))
}

fn own_keys(settings: &Settings) -> String {
    match (settings.secret_key, &settings.redis) {
        (Some(_), _) => "sealed with VERTICE_SECRET_KEY".to_owned(),
        (None, None) => "sealed with secret.key in the data directory; keep it with the backups".to_owned(),
        (None, Some(_)) => "sealed with secret.key in the data directory. If several nodes share REDIS_URL, set \
                            VERTICE_SECRET_KEY to the same value on all of them (`openssl rand -base64 32` makes one)"
            .to_owned(),
    }
}

async fn address(settings: &Settings) -> Result<String, String> {
    let addr = settings.addr;
    match tokio::net::TcpListener::bind(addr).await {
        Ok(_) => Ok(format!("{addr} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Ok(format!("{addr} is in use; fine, if that is this server running"))
        }
        Err(error) => Err(format!(
            "{addr} cannot be listened on ({error}). Set VERTICE_ADDR to an address of this machine"
        )),
    }
}

fn proxies(settings: &Settings) -> String {
    if settings.trusted_proxies.is_empty() {
        return "none is trusted. If one stands before this server, set VERTICE_TRUSTED_PROXIES to its address: limits \
                are then by visitor, not by proxy"
            .to_owned();
    }
    format!("trusted to tell the visitor's address: {}", settings.trusted_proxies)
}

fn provider(provider: &ProviderSettings, variable: &str) -> String {
    let base = provider.base_url.as_ref().map(|base| format!(", at {base}")).unwrap_or_default();
    match provider.api_key {
        Some(_) => format!("key is set{base}"),
        None => format!("not configured; set {variable} to use its models{base}"),
    }
}

fn local(settings: &Settings) -> String {
    match &settings.ollama_host {
        Some(host) => format!("looked for at {host} and on the usual ports of this machine"),
        None => "looked for on the usual ports of this machine".to_owned(),
    }
}
