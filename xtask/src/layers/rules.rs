//! The tables of the architecture: arrows between crates, walls around libraries. Names are those of the folders,
//! without the prefix `vertice-`. It must never hold anything but data.

/// A crate and the crates it may use. Arrows point one way: whoever is added lower down knows those above it.
pub(super) const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("markdown", &[]),
    ("bundles", &[]),
    ("ports", &["domain"]),
    ("runtime", &["ports", "domain"]),
    ("llm", CAPABILITY),
    ("ledger", CAPABILITY),
    ("agent", CAPABILITY),
    ("mcp", CAPABILITY),
    ("sandbox", CAPABILITY),
    ("workbench", CAPABILITY),
    ("artifacts", CAPABILITY),
    ("transfer", CAPABILITY),
    ("files", CAPABILITY),
    ("storage", CAPABILITY),
    ("auth", CAPABILITY),
    ("egress", CAPABILITY),
    ("github", CAPABILITY),
    ("speech", CAPABILITY),
    ("testkit", CAPABILITY),
    ("app", &["domain", "markdown", "ports", "runtime"]),
    ("frontend", &["app"]),
    ("server", SERVER),
    ("bench", &[]),
    ("xtask", &[]),
];

/// A capability sees the ports, the vocabulary and the machine, never another capability.
const CAPABILITY: &[&str] = &["runtime", "ports", "domain"];

/// The composition root sees everything but the browser's entry point.
const SERVER: &[&str] = &[
    "domain",
    "markdown",
    "bundles",
    "ports",
    "runtime",
    "llm",
    "ledger",
    "agent",
    "mcp",
    "sandbox",
    "workbench",
    "artifacts",
    "transfer",
    "files",
    "storage",
    "auth",
    "egress",
    "github",
    "speech",
    "app",
];

/// Arrows that exist only behind a feature: the app's server half.
pub(super) const OPTIONAL_ONLY: &[(&str, &str)] = &[("app", "ports"), ("app", "runtime")];

/// Doubles and scripted upstreams: a dev-dependency of anyone, part of no product.
pub(super) const TEST_ONLY: &str = "testkit";

/// What waits and spawns. Ports, vocabulary and pages describe; they do neither.
const TOKIO: &[&str] = &[
    "runtime",
    "llm",
    "ledger",
    "agent",
    "mcp",
    "sandbox",
    "workbench",
    "artifacts",
    "transfer",
    "files",
    "storage",
    "auth",
    "egress",
    "github",
    "speech",
    "testkit",
    "server",
    "bench",
];

/// Libraries, and the crates that may use them. The bench measures the server from outside, so it has a client too.
pub(super) const WALLS: &[(&[&str], &[&str])] = &[
    (&["sqlx", "fred", "object_store"], &["storage"]),
    (&["rmcp"], &["mcp"]),
    (&["tokio"], TOKIO),
    (&["reqwest"], &["llm", "egress", "github", "auth", "speech", "mcp", "bench"]),
    (&["leptos", "leptos_meta", "leptos_router", "leptos_axum"], &["app", "frontend", "server"]),
    (&["web-sys", "js-sys", "wasm-bindgen", "wasm-bindgen-futures", "gloo-timers"], &["app", "frontend"]),
];

/// Must not be compiled into the browser's half.
pub(super) const BROWSER_BAN: &[&str] = &["tokio", "sqlx", "reqwest", "rmcp"];
