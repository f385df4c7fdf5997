//! What every request passes before and after its handler. One layer a file; their order stands in [`crate::router`].

pub mod authentication;
pub mod body_limit;
pub mod compression;
pub mod cross_site;
pub mod observe;
pub mod panics;
pub mod rate_limit;
pub mod request_id;
pub mod security_headers;
pub mod visitor;
