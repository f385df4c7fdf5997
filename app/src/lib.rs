//! The user interface and its server functions: one codebase, compiled for the server (`ssr`) and for the browser
//! (`hydrate`). It must never know how anything is stored or asked; its server half calls ports only.

#![expect(unreachable_pub, reason = "the component macro makes every component and its properties public")]
#![expect(clippy::needless_pass_by_value, reason = "components own their properties")]
pub mod api;
mod artifacts;
pub mod chat;
pub mod feed;
pub mod next;
pub mod pages;
mod panel;
pub mod preferences;
mod quota;
mod retry;
pub mod sidebar;
pub mod stream;
pub mod strings;
pub mod ui;
mod waits;
mod workspace;

#[cfg(feature = "ssr")]
pub mod ssr;

#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
pub mod doors;
#[cfg(feature = "ssr")]
pub mod import;
mod routes;
#[cfg(feature = "ssr")]
mod run_card;

#[cfg(feature = "ssr")]
pub use document::{door, import_page, shell};
pub use routes::App;
