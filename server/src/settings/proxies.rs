//! The proxies whose word about their visitors counts (`VERTICE_TRUSTED_PROXIES`).

use std::{fmt, net::IpAddr, sync::Arc};

use ipnet::IpNet;

/// Addresses and networks of proxies; by default there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(pub(super) Arc<[IpNet]>);

impl TrustedProxies {
    /// Whether `address` is one of them.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&networks.join(", "))
    }
}
