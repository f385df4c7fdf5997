//! The guarded client. Names are looked up once for each connection and the connection goes to what was found; every
//! hop of a redirect is judged like the first address; nothing of ours (cookies, keys, proxies) goes along.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use futures::StreamExt as _;
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, LOCATION},
    redirect::Policy,
};
use tokio::sync::OnceCell;
use url::{Host, Url};

use crate::address::{is_a_host, is_public};

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 3;
/// The longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest silence on a connection. Longer than a quiet call of a tool may take.
const SILENCE: Duration = Duration::from_secs(150);

/// Why nothing was fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no address that can be asked.
    #[error("the address must begin with https:// and must hold no password")]
    BadAddress,
    /// It is not on the public internet.
    #[error("the address is not on the public internet")]
    Private,
    /// The name is unknown or leads to what is not public (which of both is not told), or nobody answers there.
    #[error("the host cannot be reached")]
    Unreachable,
    /// It answers with something else than success.
    #[error("the host answered with status {0}")]
    Status(u16),
    /// It leads on and on.
    #[error("the address redirects too often")]
    Redirects,
    /// It is larger than it may be.
    #[error("it is over {0} bytes")]
    TooLarge(usize),
    /// It takes longer than it may.
    #[error("the host took too long")]
    TooSlow,
    /// No client can be made on this machine.
    #[error("the client cannot be made: {0}")]
    Client(String),
}

/// How much may come, and how long it may take, redirects included.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the body.
    pub bytes: usize,
    /// For the whole of it, from the look-up of the host to the last byte.
    pub time: Duration,
}

/// What may be asked.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Whether the scheme may be used.
    pub scheme: fn(&str) -> bool,
    /// Whether the address may be connected to.
    pub address: fn(IpAddr) -> bool,
}

impl Rules {
    /// https to the public internet.
    pub const PUBLIC: Self =
        Self { scheme: |scheme| matches!(scheme.as_bytes(), b"https"), address: is_public };
    /// http and https, to private networks too: for what an admin has set up.
    pub const NETWORK: Self =
        Self { scheme: |scheme| matches!(scheme.as_bytes(), b"http" | b"https"), address: is_a_host };
}

/// Finds the addresses of a name.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All of them.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The machine's own way.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect())
    }
}

/// The guarded client.
pub struct Egress {
    rules: Rules,
    lookup: Arc<dyn Lookup>,
    client: OnceCell<Client>,
}

impl Egress {
    /// A client that keeps to the rules. The binary must have installed a TLS provider before the first call; the
    /// machine's certificates are read then.
    pub fn new(rules: Rules, lookup: Arc<dyn Lookup>) -> Self {
        Self { rules, lookup, client: OnceCell::new() }
    }

    /// Fetches what is at the address.
    pub async fn get(&self, address: &str, accept: &str, limits: Limits) -> Result<Vec<u8>, Fault> {
        let answer = async {
            let response = self.follow(address, accept).await?;
            read(response, limits.bytes).await
        };
        tokio::time::timeout(limits.time, answer).await.map_err(|_| Fault::TooSlow)?
    }

    /// A client for this address, for whoever speaks more than [`Egress::get`] does. It goes nowhere else than the rules allow,
    /// follows no redirects, and gives up on who does not answer; what it is given to ask must be checked here each time.
    pub async fn client_for(&self, url: &Url) -> Result<Client, Fault> {
        self.check(url)?;
        self.client().await.cloned()
    }

    async fn follow(&self, address: &str, accept: &str) -> Result<Response, Fault> {
        let mut url = Url::parse(address).map_err(|_| Fault::BadAddress)?;
        for _ in 0..=MOST_REDIRECTS {
            self.check(&url)?;
            let request = self.client().await?.get(url.clone()).header(ACCEPT, accept);
            let response = request.send().await.map_err(|_| Fault::Unreachable)?;
            // The name led where it may; this holds even if that were wrong.
            let reached = response.remote_addr().ok_or(Fault::Unreachable)?.ip();
            if !(self.rules.address)(reached) {
                return Err(Fault::Unreachable);
            }
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            let next = response.headers().get(LOCATION).and_then(|to| url.join(to.to_str().ok()?).ok());
            url = next.filter(|_| status.is_redirection()).ok_or(Fault::Status(status.as_u16()))?;
        }
        Err(Fault::Redirects)
    }

    /// Judges an address before it is asked. Names are judged when they are looked up.
    fn check(&self, url: &Url) -> Result<(), Fault> {
        if !(self.rules.scheme)(url.scheme()) || !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::BadAddress);
        }
        let literal: IpAddr = match url.host() {
            None => return Err(Fault::BadAddress),
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
        };
        if (self.rules.address)(literal) { Ok(()) } else { Err(Fault::Private) }
    }

    async fn client(&self) -> Result<&Client, Fault> {
        let guard = Guard { lookup: Arc::clone(&self.lookup), allows: self.rules.address };
        self.client
            .get_or_try_init(|| async {
                let made = tokio::task::spawn_blocking(move || build(guard)).await;
                made.map_err(|error| Fault::Client(error.to_string()))?
                    .map_err(|error| Fault::Client(error.to_string()))
            })
            .await
    }
}

fn build(guard: Guard) -> reqwest::Result<Client> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where clients for foreign addresses are built"
    )]
    Client::builder()
        .user_agent(concat!("vertice/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        // A proxy would look the names up itself.
        .no_proxy()
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(guard))
        .build()
}

/// The addresses of a name, if they may be reached.
pub(crate) async fn found(
    lookup: &dyn Lookup,
    host: &str,
    allows: fn(IpAddr) -> bool,
) -> Result<Vec<IpAddr>, Fault> {
    let found = lookup.addresses(host).await.map_err(|_| Fault::Unreachable)?;
    // One that may not be reached spoils them all: such a name is made for getting in.
    if found.is_empty() || !found.iter().all(|&address| allows(address)) {
        return Err(Fault::Private);
    }
    Ok(found)
}

/// Gives a connection only addresses that may be reached.
struct Guard {
    lookup: Arc<dyn Lookup>,
    allows: fn(IpAddr) -> bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, allows) = (Arc::clone(&self.lookup), self.allows);
        Box::pin(async move {
            let found = found(&*lookup, name.as_str(), allows).await?;
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// The body of an answer, if it is not longer than that.
pub(crate) async fn read(response: Response, limit: usize) -> Result<Vec<u8>, Fault> {
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(Fault::TooLarge(limit));
    }
    let (mut stream, mut body) = (response.bytes_stream(), Vec::new());
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk.map_err(|_| Fault::Unreachable)?);
        if body.len() > limit {
            return Err(Fault::TooLarge(limit));
        }
    }
    Ok(body)
}
