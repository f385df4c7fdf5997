//! The tables of the architecture: arrows between crates, walls around libraries. Names are those of the folders,
//! without the prefix `vertice-`. It must never hold anything but data.

/// A crate and the crates it may use. Arrows point one way: whoever is added lower down knows those above it.
pub(super) const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("markdown", &[]),
    ("ports", &["domain"]),
    ("llm", CAPABILITY),
    ("ledger", CAPABILITY),
    ("agent", CAPABILITY),
    ("mcp", CAPABILITY),
    ("sandbox", CAPABILITY),
    ("storage", CAPABILITY),
    ("auth", CAPABILITY),
    ("egress", CAPABILITY),
    ("github", CAPABILITY),
    ("speech", CAPABILITY),
    ("testkit", CAPABILITY),
    ("app", &["domain", "markdown", "ports"]),
    ("frontend", &["app"]),
    ("server", SERVER),
    ("bench", &[]),
    ("xtask", &[]),
];

/// A capability sees the ports and the vocabulary, never another capability.
const CAPABILITY: &[&str] = &["ports", "domain"];

/// The composition root sees everything but the browser's entry point.
const SERVER: &[&str] = &[
    "domain", "markdown", "ports", "llm", "ledger", "agent", "mcp", "sandbox", "storage", "auth", "egress",
    "github", "speech", "app",
];

/// Arrows that exist only behind a feature: the app's server half.
pub(super) const OPTIONAL_ONLY: &[(&str, &str)] = &[("app", "ports")];

/// Doubles and scripted upstreams: a dev-dependency of anyone, part of no product.
pub(super) const TEST_ONLY: &str = "testkit";

/// Libraries, and the crates that may use them. The bench measures the server from outside, so it has a client too.
pub(super) const WALLS: &[(&[&str], &[&str])] = &[
    (&["sqlx", "fred", "object_store"], &["storage"]),
    (&["rmcp"], &["mcp"]),
    (&["reqwest"], &["llm", "egress", "github", "auth", "speech", "mcp", "bench"]),
    (&["leptos", "leptos_meta", "leptos_router", "leptos_axum"], &["app", "frontend", "server"]),
    (&["web-sys", "js-sys", "wasm-bindgen", "wasm-bindgen-futures", "gloo-timers"], &["app", "frontend"]),
];

/// Must not be compiled into the browser's half.
pub(super) const BROWSER_BAN: &[&str] = &["tokio", "sqlx", "reqwest", "rmcp"];
