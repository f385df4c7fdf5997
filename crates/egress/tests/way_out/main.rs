//! The way out of a run, against runs that want to go elsewhere: whoever speaks to its socket here says whatever code in a sandbox can.

mod harness;

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{io::AsyncWriteExt as _, net::UnixStream};
use vertice_domain::sandbox::Denial;
use vertice_egress::{AllowedHosts, Rules, TlsGateway, TunnelLimits};
use vertice_ports::Gateway as _;

use self::harness::{Names, Run, hello, host, ping, rest, run, run_within, split};

#[tokio::test]
async fn an_open_host_is_reached_however_it_is_written() {
    let run = run().await;
    for (host, server) in [
        ("files.test", "files.test"),
        ("FILES.Test", "FILES.TEST"),
        ("files.test.", "files.test"),
        ("xn--bcher-kva.test", "xn--bcher-kva.test"),
        ("bücher.test", "xn--bcher-kva.test"),
        ("BÜCHER.test.", "xn--bcher-kva.test"),
    ] {
        let mut client = run.tunnel(host).await;
        ping(&mut client, &hello(server)).await;
    }
    // A handshake in pieces is put together, and goes on as it was.
    let pieces = split(&hello("files.test"), 7);
    let mut client = run.tunnel("files.test").await;
    for piece in pieces.chunks(100) {
        client.write_all(piece).await.expect("it is open");
    }
    ping(&mut client, b"more").await;
    let heard = run.heard();
    assert!(heard.len() == 7 && heard[6].starts_with(&pieces), "{heard:?}");
    assert_eq!(run.denied().await, []);
}

#[tokio::test]
async fn everything_else_is_refused_before_anybody_is_asked() {
    let run = run().await;
    let port = run.port;
    let forbidden = |target: &str| (format!("CONNECT {target} HTTP/1.1\r\n\r\n"), "403 ");
    let malformed = |head: &str| (format!("{head}\r\n\r\n"), "400 ");
    let many = "x".repeat(9_000);
    for (head, status) in [
        forbidden(&format!("other.test:{port}")),
        forbidden(&format!("unknown-to-settings.test:{port}")),
        forbidden(&format!("files.test.evil.test:{port}")),
        // Nobody goes by what else is named.
        (format!("CONNECT other.test:{port} HTTP/1.1\r\nHost: files.test\r\n\r\n"), "403 "),
        forbidden("files.test:22"),
        forbidden("files.test:443"),
        forbidden(&format!("127.0.0.1:{port}")),
        forbidden("2130706433:443"),
        forbidden("[::1]:443"),
        forbidden("[::ffff:169.254.169.254]:80"),
        (format!("GET http://files.test:{port}/ HTTP/1.1\r\nHost: files.test\r\n\r\n"), "405 "),
        ("POST http://169.254.169.254/latest HTTP/1.1\r\n\r\n".to_owned(), "405 "),
        ("GET / HTTP/1.1\r\nHost: files.test\r\n\r\n".to_owned(), "405 "),
        malformed(&format!("CONNECT user:secret@files.test:{port} HTTP/1.1")),
        malformed(&format!("CONNECT files.test:{port}@evil.test:443 HTTP/1.1")),
        malformed(&format!("CONNECT files.test:{port} HTTP/1.1\r\nHost: files.test\r\nHost: other.test")),
        malformed(&format!("CONNECT files.test:{port}\r\nX: y HTTP/1.1")),
        malformed(&format!("CONNECT files.test:{port}\nHTTP/1.1")),
        malformed(&format!("CONNECT files.test\r:{port} HTTP/1.1")),
        malformed(&format!("CONNECT files.test%00:{port} HTTP/1.1")),
        malformed(&format!("CONNECT files.test:{port} HTTP/1.1\r\nTransfer-Encoding: chunked")),
        malformed(&format!("CONNECT https://files.test:{port} HTTP/1.1")),
        malformed(&format!("CONNECT files.test:{port} HTTP/1.1\r\nX-Long: {many}")),
        malformed(&many),
    ] {
        let answer = run.answer(head.as_bytes()).await;
        let line = answer.lines().next().unwrap_or_default();
        assert!(line.starts_with(&format!("HTTP/1.1 {status}")), "{head:?}: {answer:?}");
        assert!(answer.ends_with(".\n"), "it says why: {answer:?}");
    }
    assert_eq!(run.heard(), Vec::<Vec<u8>>::new());
    let denied = run.denied().await;
    for (host, reason) in [
        ("other.test", Denial::HostNotAllowed),
        ("files.test.evil.test", Denial::HostNotAllowed),
        ("files.test", Denial::PortNotAllowed),
        ("127.0.0.1", Denial::IpAddress),
        ("[::1]", Denial::IpAddress),
        ("files.test", Denial::PlainHttp),
        ("169.254.169.254", Denial::PlainHttp),
    ] {
        assert!(denied.contains(&(host.to_owned(), reason)), "{host}: {denied:?}");
    }
}

#[tokio::test]
async fn what_is_no_handshake_with_the_host_never_gets_there() {
    let limits = TunnelLimits { handshake: Duration::from_millis(300), ..TunnelLimits::default() };
    let run = run_within(limits).await;
    let other = hello("other.test");
    let mut late = split(&hello("files.test"), 9);
    late.truncate(100);
    for (said, reason) in [
        (other.clone(), Denial::OtherServerName),
        (split(&other, 1), Denial::OtherServerName),
        (split(&other, 60), Denial::OtherServerName),
        (hello("a.files.test"), Denial::OtherServerName),
        // Names that are addresses are not said in handshakes.
        (hello("127.0.0.1"), Denial::NoServerName),
        (b"GET / HTTP/1.1\r\nHost: files.test\r\n\r\n".to_vec(), Denial::NotTls),
        (format!("CONNECT other.test:{} HTTP/1.1\r\n\r\n", run.port).into_bytes(), Denial::NotTls),
        (b"SSH-2.0-x\r\n".to_vec(), Denial::NotTls),
        (vec![22, 3, 1, 0xFF, 0xFF], Denial::NotTls),
        (vec![0; 20_000], Denial::NotTls),
        // One that is never finished.
        (late, Denial::NotTls),
    ] {
        let mut client = run.tunnel("files.test").await;
        let _closed_early = client.write_all(&said).await;
        assert_eq!(rest(&mut client).await, "", "{reason:?}");
        let told = run.answer(b"GET / HTTP/1.1\r\n\r\n").await;
        assert!(told.starts_with("HTTP/1.1 405"), "it goes on: {told}");
    }
    // A handshake that is sent along with the request counts, whatever it asks for.
    let head = format!("CONNECT files.test:{} HTTP/1.1\r\n\r\n", run.port);
    let answer = run.answer(&[head.as_bytes(), &other].concat()).await;
    assert_eq!(answer, "HTTP/1.1 200 Connection established\r\n\r\n");
    // The pipelined one is never answered.
    let answer = run.answer(head.repeat(2).as_bytes()).await;
    assert_eq!(answer, "HTTP/1.1 200 Connection established\r\n\r\n");
    assert!(run.heard().iter().all(Vec::is_empty), "{:?}", run.heard());
    let denied = run.denied().await;
    let expected = [Denial::OtherServerName, Denial::NoServerName, Denial::NotTls];
    assert_eq!(denied, expected.map(|reason| ("files.test".to_owned(), reason)), "each once");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_denied_and_looked_up_once() {
    let run = run().await;
    let connect = |host: &str| format!("CONNECT {host}:{} HTTP/1.1\r\n\r\n", run.port).into_bytes();
    for host in ["inside.test", "metadata.test", "six.test", "mapped.test", "both.test", "none.test"] {
        let answer = run.answer(&connect(host)).await;
        assert!(
            answer.starts_with("HTTP/1.1 403") && answer.contains("not on the public internet"),
            "{answer}"
        );
    }
    let unknown = run.answer(&connect("missing.test")).await;
    assert!(unknown.starts_with("HTTP/1.1 502"), "{unknown}");
    // What was judged is what is dialled: a second look-up would lead to the metadata.
    let mut client = run.tunnel("rebinding.test").await;
    ping(&mut client, &hello("rebinding.test")).await;
    let again = run.answer(&connect("rebinding.test")).await;
    assert!(again.starts_with("HTTP/1.1 403"), "{again}");
    assert_eq!(run.heard().len(), 1);
    let denied = run.denied().await;
    assert!(
        denied.len() == 7 && denied.iter().all(|(_, reason)| *reason == Denial::PrivateAddress),
        "{denied:?}"
    );
}

#[tokio::test]
async fn the_product_reaches_the_public_internet_alone() {
    let (port, heard) = host();
    let hosts = AllowedHosts::parse(&format!("files.test:{port}")).expect("a host");
    let names = Names(Mutex::new(HashMap::from([("files.test", vec![vec![Ipv4Addr::LOCALHOST.into()]])])));
    let dir = tempfile::tempdir().expect("a folder");
    let socket = dir.path().join("socket");
    let way = TlsGateway::new(hosts, Rules::PUBLIC, Arc::new(names)).open(&socket).await.expect("it opens");
    let mut client = UnixStream::connect(&socket).await.expect("it listens");
    let head = format!("CONNECT files.test:{port} HTTP/1.1\r\n\r\n");
    client.write_all(head.as_bytes()).await.expect("it listens");
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 403"));
    assert_eq!(way.close().await[0].reason, Denial::PrivateAddress);
    assert!(heard.lock().expect("no test panics while it holds this").is_empty());
}

#[tokio::test]
async fn bytes_and_time_of_a_tunnel_are_bounded() {
    let run = run_within(TunnelLimits { bytes: 100_000, ..TunnelLimits::default() }).await;
    let mut client = run.tunnel("files.test").await;
    ping(&mut client, &hello("files.test")).await;
    let chunk = [0; 10_000];
    let mut sent = 0;
    while client.write_all(&chunk).await.is_ok() {
        sent += chunk.len();
        assert!(sent < 2_000_000, "it never ends");
    }
    assert_eq!(run.denied().await, [("files.test".to_owned(), Denial::TooMuchData)]);

    let run = run_within(TunnelLimits { time: Duration::from_millis(50), ..TunnelLimits::default() }).await;
    let mut client = run.tunnel("files.test").await;
    ping(&mut client, &hello("files.test")).await;
    rest(&mut client).await;
    assert_eq!(run.denied().await, [("files.test".to_owned(), Denial::TookTooLong)]);

    let run =
        run_within(TunnelLimits { handshake: Duration::from_millis(50), ..TunnelLimits::default() }).await;
    assert_eq!(run.answer(b"CONNECT files.test").await, "", "who does not end what it says is let go");
}

#[tokio::test]
async fn nothing_goes_through_once_the_run_is_over() {
    let run = run().await;
    let mut open = run.tunnel("files.test").await;
    ping(&mut open, &hello("files.test")).await;
    let mut begun = run.tunnel("files.test").await;
    let socket = run.socket.clone();
    assert_eq!(run.way.close().await, []);
    for client in [&mut open, &mut begun] {
        rest(client).await;
    }
    assert!(UnixStream::connect(&socket).await.is_err());

    // Who forgets to close it has closed it as well.
    let run = self::run().await;
    let mut open = run.tunnel("files.test").await;
    ping(&mut open, &hello("files.test")).await;
    let Run { way, socket, .. } = run;
    drop(way);
    rest(&mut open).await;
    assert!(UnixStream::connect(&socket).await.is_err());
}

#[tokio::test]
async fn what_is_told_is_bounded_and_each_runs_own() {
    let (run, other) = (run().await, run().await);
    for number in 0..30 {
        for _ in 0..2 {
            let answer =
                run.answer(format!("CONNECT host-{number}.test:443 HTTP/1.1\r\n\r\n").as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        }
    }
    let denied = run.denied().await;
    assert_eq!(denied.len(), 20, "{denied:?}");
    assert_eq!(denied[19].0, "host-19.test");
    assert_eq!(other.denied().await, []);
}
