//! From where a request comes: the visitor's own address, and whether the way here was encrypted.
//!
//! Anybody can write `X-Forwarded-For` and `X-Forwarded-Proto`; they count only as far as proxies wrote them that the
//! admin trusts (`VERTICE_TRUSTED_PROXIES`). `Forwarded` (RFC 7239) and all others say just one thing, which costs a liar
//! something and gains them nothing: that there was a proxy.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Once,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};

use crate::settings::TrustedProxies;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Headers that only proxies write, beside all that begin with `x-forwarded`.
const OF_PROXIES: [&str; 9] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-original-forwarded-for",
    "x-envoy-external-address",
    "cf-connecting-ip",
    "true-client-ip",
    "fastly-client-ip",
];

/// Where a request comes from. Stands in every request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The visitor's address, as far as trusted proxies tell; none: the request came over no network (tests).
    pub address: Option<IpAddr>,
    /// Whether the visitor's way to the outermost trusted proxy was encrypted; none: no trusted proxy said so.
    pub is_https: Option<bool>,
    /// Whether a proxy, trusted or not, or somebody who writes like one, was between.
    pub is_forwarded: bool,
    /// Whether the visitor asked for this server under a name of the loopback.
    pub asks_loopback: bool,
}

impl Visitor {
    /// Reads it from what the connection and the headers say.
    pub fn of(peer: Option<IpAddr>, version: Version, headers: &HeaderMap, trusted: &TrustedProxies) -> Self {
        let peer = peer.map(|peer| peer.to_canonical());
        let is_trusted = peer.is_some_and(|peer| trusted.trusts(peer));
        Self {
            address: peer.map(|peer| if is_trusted { forwarded_for(peer, headers, trusted) } else { peer }),
            is_https: if is_trusted { forwarded_https(headers) } else { None },
            // A proxy that adds no header, as some do unless they are told to, still speaks the older HTTP.
            is_forwarded: version < Version::HTTP_11 || is_forwarded(headers),
            asks_loopback: asks_loopback(headers),
        }
    }

    /// What limits and throttles count: the address, or for IPv6 its /64 network, since one caller has all of that.
    pub fn network(&self) -> Option<IpAddr> {
        self.address.map(network)
    }

    /// A program on this machine, with nothing between that says so.
    pub fn is_local(&self) -> bool {
        !self.is_forwarded && self.asks_loopback
    }

    /// The same, and the connection itself came from this machine.
    pub fn is_on_this_machine(&self) -> bool {
        self.is_local() && self.address.is_some_and(|address| address.is_loopback())
    }

    /// Whether cookies must be `Secure`: wherever the way is encrypted, and where nobody trusted says that it is not,
    /// everywhere but on this machine.
    pub fn needs_secure_cookies(&self) -> bool {
        self.is_https.unwrap_or(!self.asks_loopback)
    }
}

/// Finds out where the request comes from.
pub async fn locate(State(trusted): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let visitor = Visitor::of(peer, request.version(), request.headers(), &trusted);
    if let Some(peer) = peer
        && request.headers().contains_key(FORWARDED_FOR)
        && !trusted.trusts(peer)
    {
        tell(peer.to_canonical());
    }
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

/// A proxy that is not trusted makes all its visitors one: its admin should know, once.
fn tell(peer: IpAddr) {
    static TOLD: Once = Once::new();
    TOLD.call_once(|| {
        tracing::warn!(
            "requests come through a proxy at {peer} that is not trusted, so all of its visitors share one limit. If it is \
             yours, set VERTICE_TRUSTED_PROXIES={peer}"
        );
    });
}

/// The rightmost address that is not a trusted proxy's: each proxy adds at the right whom it was asked by. Where one of
/// them does not say an address, whoever told of it is as far as can be seen.
fn forwarded_for(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let values = headers.get_all(FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    let mut address = peer;
    for hop in hops.into_iter().rev() {
        let Some(before) = hop_address(hop.trim()) else { break };
        address = before;
        if !trusted.trusts(address) {
            break;
        }
    }
    address
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let address =
        hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|hop| hop.ip())).or_else(bare)?;
    Some(address.to_canonical())
}

/// What the nearest proxy says; it stands last.
fn forwarded_https(headers: &HeaderMap) -> Option<bool> {
    let value = headers.get_all(FORWARDED_PROTO).iter().next_back()?.to_str().ok()?;
    let protocol = value.rsplit(',').next()?.trim();
    if protocol.eq_ignore_ascii_case("https") {
        Some(true)
    } else if protocol.eq_ignore_ascii_case("http") {
        Some(false)
    } else {
        None
    }
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("x-forwarded") || OF_PROXIES.contains(&name.as_str()))
}

/// Host says what the nearest program asked for, which may be a proxy; what a browser says of its own page is the visitor's.
fn asks_loopback(headers: &HeaderMap) -> bool {
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
    let host = headers.get(header::HOST).map(|host| format!("http://{}", text(host)));
    let pages = [header::ORIGIN, header::REFERER].map(|name| headers.get(name).map(text));
    host.is_some_and(|host| is_loopback(&host)) && pages.iter().flatten().all(|page| is_loopback(page))
}

fn is_loopback(address: &str) -> bool {
    let url = url::Url::parse(address).ok();
    match url.and_then(|url| url.host().map(|host| host.to_owned())) {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, Variables};

    const PROXY: &str = "10.0.0.7";

    fn trusted(list: &str) -> TrustedProxies {
        Settings::read(&Variables::of([("VERTICE_TRUSTED_PROXIES", list)])).unwrap().trusted_proxies
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn visitor(peer: &str, trust: &str, pairs: &[(&'static str, &str)]) -> Visitor {
        Visitor::of(Some(peer.parse().unwrap()), Version::HTTP_11, &headers(pairs), &trusted(trust))
    }

    fn address(peer: &str, trust: &str, forwarded_for: &[&str]) -> String {
        let pairs: Vec<_> = forwarded_for.iter().map(|value| ("x-forwarded-for", *value)).collect();
        visitor(peer, trust, &pairs).address.unwrap().to_string()
    }

    #[test]
    fn strangers_words_about_themselves_count_for_nothing() {
        for trust in ["", "10.0.0.8", "10.1.0.0/16"] {
            assert_eq!(address(PROXY, trust, &["192.0.2.1"]), PROXY, "{trust}");
            let told = visitor(PROXY, trust, &[("x-forwarded-proto", "https")]);
            assert_eq!((told.is_https, told.is_forwarded), (None, true));
        }
    }

    #[test]
    fn the_rightmost_address_that_is_not_trusted_is_the_visitor() {
        let table: &[(&[&str], &str)] = &[
            (&["192.0.2.1"], "192.0.2.1"),
            // What a visitor writes stands further left.
            (&["1.1.1.1, 192.0.2.1"], "192.0.2.1"),
            (&["127.0.0.1, 10.0.0.9, 192.0.2.1, 10.0.0.9"], "192.0.2.1"),
            (&["1.1.1.1", "192.0.2.1", "10.0.0.9"], "192.0.2.1"),
            (&["192.0.2.1:4711"], "192.0.2.1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["::ffff:192.0.2.1"], "192.0.2.1"),
            // All of them are ours: somebody inside.
            (&["10.0.0.3, 10.0.0.9"], "10.0.0.3"),
            // Nobody said an address: it is the last that can be seen.
            (&[], PROXY),
            (&[""], PROXY),
            (&["unknown"], PROXY),
            (&["192.0.2.1, unknown"], PROXY),
            (&["192.0.2.1, unknown, 10.0.0.9"], "10.0.0.9"),
            (&["192.0.2.1, _hidden"], PROXY),
            (&["192.0.2.1,"], PROXY),
            (&["192.0.2.1", "ä"], PROXY),
            (&["for=192.0.2.1"], PROXY),
            (&["fe80::1%eth0"], PROXY),
        ];
        for (forwarded_for, expected) in table {
            assert_eq!(address(PROXY, "10.0.0.0/24", forwarded_for), *expected, "{forwarded_for:?}");
        }
        assert_eq!(address("::ffff:10.0.0.7", "10.0.0.0/24", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(address("fd00::7", "10.0.0.1, fd00::/8", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn the_standards_own_header_names_nobody() {
        let told = visitor(PROXY, PROXY, &[("forwarded", "for=192.0.2.1;proto=https")]);
        assert_eq!(told.address, Some(PROXY.parse().unwrap()));
        assert_eq!((told.is_https, told.is_forwarded), (None, true));
    }

    #[test]
    fn the_nearest_proxy_says_whether_the_way_is_encrypted() {
        let https = |value| visitor(PROXY, PROXY, &[("x-forwarded-proto", value)]).is_https;
        assert_eq!((https("https"), https("HTTP")), (Some(true), Some(false)));
        assert_eq!(
            (https("http, https"), https("https,http"), https("gopher")),
            (Some(true), Some(false), None)
        );
    }

    #[test]
    fn whoever_comes_through_a_proxy_is_not_on_this_machine() {
        let here = |pairs| visitor("127.0.0.1", "", pairs);
        assert!(here(&[("host", "localhost:3000")]).is_on_this_machine());
        assert!(here(&[("host", "[::1]:3000")]).is_on_this_machine());
        for pairs in [
            &[][..],
            &[("host", "chat.example.com")],
            &[("host", "localhost.example.com")],
            &[("host", "127.0.0.1"), ("x-forwarded-for", "192.0.2.1")],
            &[("host", "127.0.0.1"), ("x-forwarded-host", "chat.example.com")],
            &[("host", "127.0.0.1"), ("forwarded", "proto=https")],
            &[("host", "127.0.0.1"), ("x-real-ip", "192.0.2.1")],
            &[("host", "127.0.0.1"), ("via", "1.1 proxy")],
            &[("host", "127.0.0.1"), ("cf-connecting-ip", "192.0.2.1")],
            &[("host", "127.0.0.1"), ("origin", "https://chat.example.com")],
            &[("host", "127.0.0.1"), ("referer", "https://chat.example.com/setup")],
            &[("host", "127.0.0.1"), ("origin", "null")],
        ] {
            assert!(!here(pairs).is_local(), "{pairs:?}");
        }
        assert!(here(&[("host", "127.0.0.1"), ("origin", "http://localhost:3000")]).is_local());
        assert!(!visitor("192.0.2.1", "", &[("host", "127.0.0.1")]).is_on_this_machine());
        let peer = Some("127.0.0.1".parse().unwrap());
        let older = Visitor::of(peer, Version::HTTP_10, &headers(&[("host", "127.0.0.1")]), &trusted(""));
        assert!(!older.is_local(), "nginx, unless it is told to do otherwise");
    }

    #[test]
    fn cookies_are_secure_but_where_they_could_not_be() {
        let needs = |pairs| visitor(PROXY, PROXY, pairs).needs_secure_cookies();
        assert!(!needs(&[("host", "localhost:3000")]) && needs(&[("host", "chat.example.com")]));
        assert!(needs(&[("host", "localhost:3000"), ("x-forwarded-proto", "https")]));
        assert!(needs(&[("host", "localhost:3000"), ("origin", "https://chat.example.com")]));
        assert!(!needs(&[("host", "chat.lan"), ("x-forwarded-proto", "http")]));
        let untrusted = visitor(PROXY, "", &[("host", "chat.example.com"), ("x-forwarded-proto", "http")]);
        assert!(untrusted.needs_secure_cookies());
    }

    #[test]
    fn one_caller_is_one_network() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
