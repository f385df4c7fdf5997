//! Which addresses are on the public internet, and which are never anybody's to ask. Pure; everything that is not known to be
//! public is not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks that are not public: IANA's special-purpose registry, multicast, and what is reserved.
const PRIVATE_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Shared by carriers (CGNAT); Alibaba's metadata is in it.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local; most clouds' metadata is in it.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
    // Azure's metadata and DNS, reachable from its machines alone.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

/// IPv4 addresses that are no host's, or that only machines of a cloud reach: what answers there gives its keys to whoever asks.
const NEVER_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Link-local; most clouds' metadata is in it.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Alibaba's, Oracle's former and Azure's metadata.
    (Ipv4Addr::new(100, 100, 100, 200), 32),
    (Ipv4Addr::new(192, 0, 0, 192), 32),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// The same of IPv6, beside addresses that hold an IPv4 address.
const NEVER_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::UNSPECIFIED, 128),
    // Amazon's metadata.
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128),
    // Google's metadata.
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128),
    // Link-local, site-local, multicast.
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
    // 6to4, Teredo, and translated addresses: IPv4 addresses in disguise.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 32),
];

/// IPv6 networks within global unicast (2000::/3) that are not public.
const PRIVATE_V6: &[(Ipv6Addr, u32)] = &[
    // Protocol assignments: Teredo, benchmarking, ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4: an IPv4 address is in it.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether the address is one of the public internet. IPv4 addresses written as IPv6 are judged as what they are.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !is_in_v4(address, PRIVATE_V4),
        IpAddr::V6(address) => address.segments()[0] >> 13 == 1 && !is_in_v6(address, PRIVATE_V6),
    }
}

/// Whether the address is one that a host may have, be it on a private network or this very machine.
pub(crate) fn is_a_host(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !is_in_v4(address, NEVER_V4),
        // The old form of an IPv4 address in an IPv6 one (::a.b.c.d), which is not this machine's own (::1).
        IpAddr::V6(address) if address.to_bits() >> 32 == 0 => address == Ipv6Addr::LOCALHOST,
        IpAddr::V6(address) => !is_in_v6(address, NEVER_V6),
    }
}

fn is_in_v4(address: Ipv4Addr, networks: &[(Ipv4Addr, u32)]) -> bool {
    networks.iter().any(|&(network, bits)| (address.to_bits() ^ network.to_bits()) >> (32 - bits) == 0)
}

fn is_in_v6(address: Ipv6Addr, networks: &[(Ipv6Addr, u32)]) -> bool {
    networks.iter().any(|&(network, bits)| (address.to_bits() ^ network.to_bits()) >> (128 - bits) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_internet() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "168.63.129.15",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "2001:200::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn hosts_of_any_network() {
        for address in [
            "1.1.1.1",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "::1",
            "fd12::1",
            "2606:4700::1",
        ] {
            assert!(is_a_host(address.parse().unwrap()), "{address}");
        }
        for address in [
            "0.0.0.0",
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::a9fe:a9fe",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_a_host(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn everything_else() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2001:10::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }
}
