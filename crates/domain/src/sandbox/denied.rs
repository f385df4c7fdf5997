//! What a run wanted to reach and was not let to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most that a report tells; each is told once.
pub const MOST_DENIED: usize = 20;

/// An access to a host that a run was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeniedAccess {
    /// As DNS has it, or an address.
    pub host: String,
    pub port: u16,
    pub reason: Denial,
}

/// Why an access was denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The server's settings do not name the host.
    HostNotAllowed,
    /// They name the host with other ports.
    PortNotAllowed,
    /// It was asked for by its address.
    IpAddress,
    /// It was asked for without TLS, by HTTP.
    PlainHttp,
    /// Its name leads to an address that is not on the public internet.
    PrivateAddress,
    /// What was said to it was not TLS.
    NotTls,
    /// The TLS handshake named no server.
    NoServerName,
    /// The TLS handshake named another server.
    OtherServerName,
    /// The TLS handshake hid which server it is for (ECH).
    HiddenServerName,
    /// More went to and fro than may.
    TooMuchData,
    /// It took longer than it may.
    TookTooLong,
}
