//! The forms that values may have. Each says in words what is wrong and never repeats a value that may be a secret.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
};

use http::HeaderValue;
use ipnet::IpNet;
use url::Url;
use vertice_domain::{Usd, sandbox::SandboxRuntime};
use vertice_sandbox::Wanted;

use super::{Database, Environment, Hidden, LogFormat, TrustedProxies};

type Read<T> = Result<T, String>;

pub(super) fn address(text: &str) -> Read<SocketAddr> {
    let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    numeric
        .as_deref()
        .unwrap_or(text)
        .parse()
        .map_err(|_| format!("{text:?} is not an address; it takes an IP address and a port"))
}

/// Addresses and networks in CIDR notation, with commas between.
pub(super) fn networks(text: &str) -> Read<TrustedProxies> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let networks: Read<Vec<IpNet>> = parts.map(network).collect();
    Ok(TrustedProxies(networks?.into()))
}

fn network(text: &str) -> Read<IpNet> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    let network = address.or_else(|_| text.parse::<IpNet>());
    network.map_err(|_| format!("{text:?} is neither an IP address nor a network such as 10.0.0.0/8"))
}

pub(super) fn directory(text: &str) -> Read<PathBuf> {
    let path = PathBuf::from(text);
    if path.is_file() { Err(format!("{text:?} is a file; it takes a directory")) } else { Ok(path) }
}

pub(super) fn environment(text: &str) -> Read<Environment> {
    match text {
        "development" => Ok(Environment::Development),
        "production" => Ok(Environment::Production),
        _ => Err(format!("{text:?} is neither development nor production")),
    }
}

pub(super) fn log_format(text: &str) -> Read<LogFormat> {
    match text {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("{text:?} is neither pretty nor json")),
    }
}

pub(super) fn log_filter(text: &str) -> Read<String> {
    match text.parse::<tracing_subscriber::EnvFilter>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(format!("{text:?} is not a log filter")),
    }
}

/// `sqlite:path`, `sqlite://path` or a PostgreSQL URL.
pub(super) fn database(text: &str) -> Read<Database> {
    let Some((scheme, rest)) = text.split_once(':') else {
        return Err("has no scheme; it takes a URL that begins with postgres:// or sqlite:".to_owned());
    };
    match scheme {
        "sqlite" => {
            let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next().unwrap_or_default();
            if path.is_empty() { Err("names no file".to_owned()) } else { Ok(Database::Sqlite(path.into())) }
        }
        "postgres" | "postgresql" => match Url::parse(text) {
            Ok(url) if url.has_host() => Ok(Database::Postgres(Hidden(text.to_owned()))),
            _ => Err("is not a PostgreSQL URL with a host and a database".to_owned()),
        },
        _ => Err(format!("has the scheme {scheme:?}; it takes postgres:// or sqlite:")),
    }
}

pub(super) fn secret(text: &str) -> Read<String> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii()) {
        return Err("holds spaces or characters that no key has; was it copied whole and alone?".to_owned());
    }
    Ok(text.to_owned())
}

/// 32 bytes in base64 or hex.
pub(super) fn secret_key(text: &str) -> Read<[u8; 32]> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let hex = || {
        let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
        digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect::<Option<Vec<u8>>>()
    };
    let bytes = if text.len() == 64 { hex() } else { STANDARD.decode(text).ok() };
    let key = bytes.and_then(|bytes| bytes.try_into().ok());
    key.ok_or_else(|| "is not 32 bytes in base64 or hex; `openssl rand -base64 32` makes them".to_owned())
}

pub(super) fn text(text: &str) -> Read<String> {
    if text.chars().any(char::is_control) {
        Err("holds control characters".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn with_scheme(text: &str, schemes: &[&str]) -> Read<String> {
    let expected = schemes.iter().map(|scheme| format!("{scheme}://")).collect::<Vec<_>>().join(" or ");
    let url =
        Url::parse(text).map_err(|_| format!("is not a URL; it takes one that begins with {expected}"))?;
    if !schemes.contains(&url.scheme()) || !url.has_host() {
        return Err(format!("is not a URL that begins with {expected} and a host"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

pub(super) fn http_url(text: &str) -> Read<String> {
    with_scheme(text, &["http", "https"])
}

/// The address of a server, without anything secret in it: it is shown and logged.
pub(super) fn endpoint(text: &str) -> Read<String> {
    let read = http_url(text)?;
    let is_plain = Url::parse(&read).is_ok_and(|url| {
        url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if is_plain { Ok(read) } else { Err("holds more than a scheme, a host, a port and a path".to_owned()) }
}

/// As S3 names buckets.
pub(super) fn bucket(text: &str) -> Read<String> {
    let inner = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    let outer = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let is_name = (3..=63).contains(&bytes.len())
        && bytes.iter().all(|c| inner(*c))
        && outer(bytes.first())
        && outer(bytes.last())
        && !text.contains("..");
    if is_name {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is not the name of a bucket: 3 to 63 lower-case letters, digits, hyphens and dots, a letter or digit \
             at both ends"
        ))
    }
}

pub(super) fn region(text: &str) -> Read<String> {
    if text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_') {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not a region: letters, digits and hyphens"))
    }
}

pub(super) fn redis(text: &str) -> Read<String> {
    with_scheme(text, &["redis", "rediss"])
}

/// Ollama's own forms: `host`, `host:port` or a URL.
pub(super) fn host(text: &str) -> Read<String> {
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let read = Url::parse(&url).map_err(|_| format!("{text:?} is neither a host nor a URL"))?;
    let plain = matches!(read.scheme(), "http" | "https") && read.has_host();
    if plain {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(format!("{text:?} is no http address"))
    }
}

/// An issuer, as its tokens write it: no byte of it is changed. Plain http is for trying things out on this machine.
pub(super) fn issuer(text: &str) -> Read<String> {
    endpoint(text)?;
    let is_loopback = match Url::parse(text).ok().as_ref().and_then(Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if text.starts_with("https://") || is_loopback {
        Ok(text.to_owned())
    } else {
        Err("must begin with https://; http:// is for this machine alone".to_owned())
    }
}

/// The issuer that a domain of Clerk is: a host, or a whole URL.
pub(super) fn clerk_domain(text: &str) -> Read<String> {
    let fault = || format!("{text:?} is not a host name");
    let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = url.trim_end_matches('/');
    let is_bare = Url::parse(url)
        .is_ok_and(|url| url.path() == "/" && url.host_str().is_some_and(|host| !host.is_empty()));
    if is_bare { issuer(url).map_err(|_| fault()) } else { Err(fault()) }
}

/// Clerk's publishable key: it holds the domain, in base64 and with a `$` at its end.
pub(super) fn publishable_key(text: &str) -> Read<String> {
    use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
    let fault = || "is not a publishable key of Clerk, which begins with pk_live_ or pk_test_".to_owned();
    let encoded =
        ["pk_live_", "pk_test_"].iter().find_map(|prefix| text.strip_prefix(prefix)).ok_or_else(fault)?;
    let decoded = STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).map_err(|_| fault())?;
    let decoded = String::from_utf8(decoded).map_err(|_| fault())?;
    clerk_domain(decoded.strip_suffix('$').ok_or_else(fault)?).map_err(|_| fault())
}

/// A name that is sent and compared as it is.
pub(super) fn word(text: &str) -> Read<String> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Err("holds spaces or control characters".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

pub(super) fn boolean(text: &str) -> Read<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("{text:?} is neither true nor false")),
    }
}

pub(super) fn number(text: &str) -> Read<u64> {
    let number: Result<u32, _> = text.parse();
    number.map(u64::from).map_err(|_| format!("{text:?} is not a whole number from 0 to {}", u32::MAX))
}

pub(super) fn nonzero(text: &str) -> Read<NonZeroU32> {
    text.parse().map_err(|_| format!("{text:?} is not a whole number from 1 to {}", u32::MAX))
}

/// An amount of money above nothing.
pub(super) fn usd(text: &str) -> Read<Usd> {
    let amount = text.parse().ok().filter(|amount| *amount > Usd::ZERO);
    amount.ok_or_else(|| format!("{text:?} is not an amount of dollars above 0, like 2.50"))
}

/// The two times to live that providers know.
pub(super) fn cache_ttl(text: &str) -> Read<u64> {
    match text {
        "300" => Ok(300),
        "3600" => Ok(3_600),
        _ => {
            Err(format!("{text:?} is neither 300 (5 minutes) nor 3600 (1 hour), the two that providers know"))
        }
    }
}

pub(super) fn origins(text: &str) -> Read<Vec<HeaderValue>> {
    text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(origin).collect()
}

fn origin(text: &str) -> Read<HeaderValue> {
    let fault = || format!("{text:?} is not an origin: scheme and host, no path (and no *)");
    let url = Url::parse(text).map_err(|_| fault())?;
    let ascii = url.origin().ascii_serialization();
    if !matches!(url.scheme(), "http" | "https") || ascii != text.trim_end_matches('/') {
        return Err(fault());
    }
    HeaderValue::from_str(&ascii).map_err(|_| fault())
}

pub(super) fn sandbox_runtime(text: &str) -> Read<Wanted> {
    match text {
        "auto" => Ok(Wanted::Best),
        "gvisor" => Ok(Wanted::Only(SandboxRuntime::Gvisor)),
        "bubblewrap" => Ok(Wanted::Only(SandboxRuntime::Bubblewrap)),
        _ => Err(format!("{text:?} is neither auto, gvisor nor bubblewrap")),
    }
}
