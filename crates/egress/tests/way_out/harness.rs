//! A run's way out, names that lead where a test says, and a host that keeps what it hears.

use std::{
    collections::HashMap,
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, TcpListener},
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
    time::timeout,
};
use vertice_domain::sandbox::{Denial, DeniedAccess};
use vertice_egress::{AllowedHosts, Lookup, Rules, TlsGateway, TunnelLimits};
use vertice_ports::{Gateway as _, WayOut};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Here 127.0.0.1 stands for the public internet, and everything else is private.
pub(crate) const TEST: Rules =
    Rules { scheme: |_| false, address: |address| address == IpAddr::V4(Ipv4Addr::LOCALHOST) };

pub(crate) type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// A host that keeps what each connection says, and answers with `pong` once it has said something.
pub(crate) fn host() -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let heard = Heard::default();
    let keeps = Arc::clone(&heard);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let (Ok(mut connection), keeps) = (connection, Arc::clone(&keeps)) else { return };
            let place = {
                let mut all = keeps.lock().expect("no test panics while it holds this");
                all.push(Vec::new());
                all.len() - 1
            };
            std::thread::spawn(move || {
                let mut chunk = [0; 4096];
                while let Ok(count @ 1..) = connection.read(&mut chunk) {
                    keeps.lock().expect("no test panics while it holds this")[place].extend(&chunk[..count]);
                    let _gone = connection.write_all(b"pong");
                }
            });
        }
    });
    (port, heard)
}

/// Names and where they lead, one answer after the other; the last one for good.
pub(crate) struct Names(pub(crate) Mutex<HashMap<&'static str, Vec<Vec<IpAddr>>>>);

#[async_trait]
impl Lookup for Names {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let mut names = self.0.lock().expect("no test panics while it holds this");
        let answers = names.get_mut(host).ok_or(io::ErrorKind::NotFound)?;
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    }
}

/// The way out of one run.
pub(crate) struct Run {
    _dir: TempDir,
    pub(crate) socket: PathBuf,
    pub(crate) way: Box<dyn WayOut>,
    pub(crate) port: u16,
    pub(crate) heard: Heard,
}

const NAMES: &[(&str, &[&[&str]])] = &[
    ("files.test", &[&["127.0.0.1"]]),
    ("xn--bcher-kva.test", &[&["127.0.0.1"]]),
    ("other.test", &[&["127.0.0.1"]]),
    ("inside.test", &[&["10.0.0.1"]]),
    ("metadata.test", &[&["169.254.169.254"]]),
    ("six.test", &[&["::1"]]),
    ("mapped.test", &[&["::ffff:10.0.0.1"]]),
    ("both.test", &[&["127.0.0.1", "10.0.0.1"]]),
    ("none.test", &[&[]]),
    ("rebinding.test", &[&["127.0.0.1"], &["169.254.169.254"]]),
    ("unknown-to-settings.test", &[&["127.0.0.1"]]),
];

pub(crate) async fn run_within(limits: TunnelLimits) -> Run {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let (port, heard) = host();
    let open =
        ["files", "bücher", "inside", "metadata", "six", "mapped", "both", "none", "rebinding", "missing"];
    let open: Vec<_> = open.iter().map(|name| format!("{name}.test:{port}")).collect();
    let parse = |list: &&[&str]| list.iter().map(|address| address.parse().expect("an address")).collect();
    let names = NAMES.iter().map(|(name, answers)| (*name, answers.iter().map(parse).collect()));
    let names = Arc::new(Names(Mutex::new(names.collect())));
    let hosts = AllowedHosts::parse(&open.join(",")).expect("they are hosts");
    let dir = tempfile::tempdir().expect("a folder");
    let socket = dir.path().join("socket");
    let way = TlsGateway::new(hosts, TEST, names).with_limits(limits).open(&socket).await.expect("it opens");
    Run { _dir: dir, socket, way, port, heard }
}

pub(crate) async fn run() -> Run {
    run_within(TunnelLimits::default()).await
}

/// What a client that looks for this server says first.
pub(crate) fn hello(server: &str) -> Vec<u8> {
    let config = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let server = server.to_owned().try_into().expect("a name");
    let mut client = ClientConnection::new(Arc::new(config), server).expect("a client");
    let mut said = Vec::new();
    client.write_tls(&mut said).expect("it is kept");
    said
}

/// The same in records of so many bytes.
pub(crate) fn split(hello: &[u8], size: usize) -> Vec<u8> {
    let record = |part: &[u8]| {
        let length = u16::try_from(part.len()).expect("a small record").to_be_bytes();
        [&[22, 3, 1], &length[..], part].concat()
    };
    hello[5..].chunks(size).flat_map(record).collect()
}

impl Run {
    pub(crate) async fn open(&self) -> UnixStream {
        UnixStream::connect(&self.socket).await.expect("it listens")
    }

    /// Everything that is answered to this.
    pub(crate) async fn answer(&self, said: &[u8]) -> String {
        let mut client = self.open().await;
        let _closed_early = client.write_all(said).await;
        rest(&mut client).await
    }

    /// A tunnel to the host of this name.
    pub(crate) async fn tunnel(&self, host: &str) -> UnixStream {
        let mut client = self.open().await;
        let head = format!("CONNECT {host}:{} HTTP/1.1\r\n\r\n", self.port);
        client.write_all(head.as_bytes()).await.expect("it listens");
        let expected = b"HTTP/1.1 200 Connection established\r\n\r\n";
        let mut answer = vec![0; expected.len()];
        let read = timeout(PATIENCE, client.read_exact(&mut answer)).await.expect("an answer");
        assert!(read.is_ok() && answer == expected, "{host}: {}", String::from_utf8_lossy(&answer));
        client
    }

    pub(crate) fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().expect("no test panics while it holds this").clone()
    }

    /// The reasons of what was denied, by host.
    pub(crate) async fn denied(self) -> Vec<(String, Denial)> {
        let denied = self.way.close().await;
        denied.into_iter().map(|DeniedAccess { host, reason, .. }| (host, reason)).collect()
    }
}

/// What comes until the other side is done.
pub(crate) async fn rest(client: &mut UnixStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ended = timeout(PATIENCE, client.read_to_end(&mut bytes)).await.expect("it ends");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Speaks to the host behind a tunnel and hears its answer.
pub(crate) async fn ping(client: &mut UnixStream, said: &[u8]) {
    client.write_all(said).await.expect("it is open");
    let mut pong = [0; 4];
    timeout(PATIENCE, client.read_exact(&mut pong)).await.expect("an answer").expect("it is open");
    assert_eq!(&pong, b"pong");
}
