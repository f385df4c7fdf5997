//! One connection of a run: what it asks for, whether it gets it, and what goes through.

use std::{
    io,
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use vertice_domain::sandbox::Denial;

use super::{
    Run,
    hello::{MOST_HELLO, server_name, whole_records},
    hosts::{Named, named},
    request::{self, Asked, MOST_HEAD, Target},
};
use crate::client::{Fault, found};

/// How long a name may take to be looked up, and each of its addresses to answer.
const LOOK_UP: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried.
const MOST_ADDRESSES: usize = 4;
/// Bytes that are passed on at once.
const CHUNK: usize = 16 * 1024;

/// Why a connection ends before its time.
enum End {
    /// The run is told why.
    Denied(Denial),
    /// The host cannot be looked up, or does not answer.
    Unreachable,
    /// One side has gone, or says nothing at all.
    Gone,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Serves a connection to its end.
pub(super) async fn serve(mut client: UnixStream, run: &Run) {
    let Ok(Ok((asked, said))) = timeout(run.limits.handshake, asked(&mut client)).await else { return };
    let target = match asked {
        Asked::Tunnel(target) => target,
        Asked::Address(target) => {
            run.deny(&target, Denial::IpAddress);
            return answer(&mut client, 403, sentence(Denial::IpAddress)).await;
        }
        Asked::Plain(target) => {
            match target {
                Some(target) => run.deny(&target, Denial::PlainHttp),
                None => tracing::info!(verdict = "denied", "a run asked for plain HTTP of no host"),
            }
            return answer(&mut client, 405, sentence(Denial::PlainHttp)).await;
        }
        Asked::Malformed => {
            tracing::info!(verdict = "denied", "a run sent what is no request for a host");
            return answer(&mut client, 400, "It takes CONNECT host:port, and what goes with it.").await;
        }
    };
    let outcome = match reached(&target, run).await {
        Ok(host) => tunnel(client, host, said, &target, run).await,
        Err(End::Denied(denial)) => {
            answer(&mut client, 403, sentence(denial)).await;
            Err(End::Denied(denial))
        }
        Err(end) => {
            answer(&mut client, 502, "The host cannot be reached.").await;
            Err(end)
        }
    };
    match outcome {
        Ok(()) => {}
        Err(End::Denied(denial)) => run.deny(&target, denial),
        Err(end @ (End::Unreachable | End::Gone)) => {
            let verdict = if matches!(end, End::Gone) { "left" } else { "unreachable" };
            tracing::info!(host = target.host, port = target.port, verdict, "a run asked for a host");
        }
    }
}

/// Reads a request, and what was said after it already.
async fn asked(client: &mut UnixStream) -> io::Result<(Asked, Vec<u8>)> {
    let mut said = Vec::new();
    loop {
        if let Some(end) = request::end(&said) {
            let rest = said.split_off(end);
            return Ok((request::read(&said), rest));
        }
        if said.len() >= MOST_HEAD {
            return Ok((Asked::Malformed, Vec::new()));
        }
        if more(client, &mut said, MOST_HEAD).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Reads on, up to so many bytes in all.
async fn more(client: &mut UnixStream, said: &mut Vec<u8>, most: usize) -> io::Result<usize> {
    let room = most.saturating_sub(said.len());
    client.take(room as u64).read_buf(said).await
}

/// A connection to the host, if it may be reached. Its name is looked up once, and what was found is what is dialled.
async fn reached(target: &Target, run: &Run) -> Result<TcpStream, End> {
    run.hosts.judge(&target.host, target.port).map_err(End::Denied)?;
    let found = timeout(LOOK_UP, found(&*run.lookup, &target.host, run.allows)).await;
    let addresses = match found {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(Fault::Private)) => return Err(End::Denied(Denial::PrivateAddress)),
        Ok(Err(_)) | Err(_) => return Err(End::Unreachable),
    };
    for address in addresses.into_iter().take(MOST_ADDRESSES) {
        let address = SocketAddr::new(address, target.port);
        if let Ok(Ok(host)) = timeout(CONNECT, TcpStream::connect(address)).await {
            return Ok(host);
        }
    }
    Err(End::Unreachable)
}

/// Passes everything on, once the client has said for which server it is.
async fn tunnel(
    mut client: UnixStream,
    mut host: TcpStream,
    mut said: Vec<u8>,
    target: &Target,
    run: &Run,
) -> Result<(), End> {
    let greeting = client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
    timeout(run.limits.handshake, greeting).await.map_err(|_late| End::Gone)??;
    match timeout(run.limits.handshake, is_for(&mut client, &mut said, target)).await {
        Ok(checked) => checked?,
        // Who waits for the host to speak first does not speak TLS.
        Err(_late) => return Err(End::Denied(Denial::NotTls)),
    }
    tracing::info!(host = target.host, port = target.port, verdict = "allowed", "a run asked for a host");
    timeout(run.limits.handshake, host.write_all(&said)).await.map_err(|_late| End::Gone)??;
    let left = AtomicU64::new(run.limits.bytes.saturating_sub(said.len() as u64));
    let (mut from_client, mut to_client) = client.split();
    let (mut from_host, mut to_host) = host.split();
    let both = async {
        tokio::try_join!(
            passed(&mut from_client, &mut to_host, &left),
            passed(&mut from_host, &mut to_client, &left)
        )
    };
    let ended = timeout(run.limits.time, both).await;
    let bytes = run.limits.bytes - left.load(Ordering::Relaxed);
    tracing::info!(host = target.host, port = target.port, bytes, "a run's connection has ended");
    match ended {
        Err(_late) => Err(End::Denied(Denial::TookTooLong)),
        Ok(Err(End::Denied(denial))) => Err(End::Denied(denial)),
        // However it ended: its attempt was told of already.
        Ok(_) => Ok(()),
    }
}

/// Reads the client's first message. Nothing of it goes on before its server is known to be the one that was asked for.
async fn is_for(client: &mut UnixStream, said: &mut Vec<u8>, target: &Target) -> Result<(), End> {
    let mut read = 0;
    loop {
        let records = whole_records(said);
        let says_more = records > read || read == 0;
        read = records;
        match if says_more { server_name(said).map_err(End::Denied)? } else { None } {
            Some(name) if named(&name) == Some(Named::Name(target.host.clone())) => return Ok(()),
            Some(_) => return Err(End::Denied(Denial::OtherServerName)),
            None => {
                if more(client, said, MOST_HELLO).await? == 0 {
                    return Err(if said.is_empty() { End::Gone } else { End::Denied(Denial::NotTls) });
                }
            }
        }
    }
}

/// Passes on one direction to its end.
async fn passed(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    left: &AtomicU64,
) -> Result<(), End> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = from.read(&mut chunk).await?;
        if count == 0 {
            return Ok(to.shutdown().await?);
        }
        let spent = |left: u64| left.checked_sub(count as u64);
        if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spent).is_err() {
            return Err(End::Denied(Denial::TooMuchData));
        }
        to.write_all(&chunk[..count]).await?;
    }
}

/// Answers, and says why in a sentence: as the reason of the status, too, for many clients show nothing else.
async fn answer(client: &mut UnixStream, status: u16, why: &str) {
    let allow = if status == 405 { "Allow: CONNECT\r\n" } else { "" };
    let length = why.len() + 1;
    let answer = format!(
        "HTTP/1.1 {status} {why}\r\n{allow}Content-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{why}\n"
    );
    let _gone = timeout(CONNECT, client.write_all(answer.as_bytes())).await;
}

/// What code is told that was denied.
const fn sentence(denial: Denial) -> &'static str {
    match denial {
        Denial::HostNotAllowed => {
            "This host is not among those that code may reach here (SANDBOX_ALLOWED_HOSTS)."
        }
        Denial::PortNotAllowed => "This port of the host is not open for code here (SANDBOX_ALLOWED_HOSTS).",
        Denial::IpAddress => "Hosts are reached by their names, not by addresses.",
        Denial::PlainHttp => "Only https is passed on, by CONNECT; plain http is not.",
        Denial::PrivateAddress => "The name leads to an address that is not on the public internet.",
        Denial::NotTls
        | Denial::NoServerName
        | Denial::OtherServerName
        | Denial::HiddenServerName
        | Denial::TooMuchData
        | Denial::TookTooLong => "The connection was closed.",
    }
}
