//! The guarded client against hosts that do not mean well, on this machine.

use std::{
    collections::HashMap,
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use vertice_egress::{Egress, Fault, Limits, Lookup, Pictures, Rules};
use vertice_ports::RemotePictures as _;

const LIMITS: Limits = Limits { bytes: 1000, time: Duration::from_secs(5) };
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0000";

/// Here 127.0.0.1 stands for the public internet, and everything else is private.
const TEST: Rules = Rules {
    scheme: |scheme| scheme == "http",
    address: |address| address == IpAddr::V4(Ipv4Addr::LOCALHOST),
};

/// A host that gives each connection the next of its answers, the last one again and again.
struct Host {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Host {
    fn new(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else { return };
                let turn = count.fetch_add(1, Ordering::SeqCst);
                let answer = answers[turn.min(answers.len() - 1)].clone();
                std::thread::spawn(move || {
                    let _request = connection.read(&mut [0; 4096]);
                    let _gone = connection.write_all(&answer);
                    if answer.is_empty() {
                        // Says nothing until the other side has had enough.
                        let _closed = connection.read(&mut [0; 1]);
                    }
                });
            }
        });
        Self { address, asked }
    }

    fn saying(answer: impl Into<Vec<u8>>) -> Self {
        Self::new(vec![answer.into()])
    }

    fn url(&self, name: &str) -> String {
        format!("http://{name}:{}/", self.address.port())
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn ok(body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend(body);
    answer
}

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

/// Names and where they lead, one answer after the other.
#[derive(Default)]
struct Names(Mutex<HashMap<String, Vec<Vec<IpAddr>>>>);

#[async_trait]
impl Lookup for Names {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let mut names = self.0.lock().expect("no test panics while it holds this");
        let answers = names.get_mut(host).filter(|answers| !answers.is_empty());
        answers.map(|answers| answers.remove(0)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn egress(rules: Rules, names: &[(&str, &[&[&str]])]) -> Egress {
    // Another test may have installed it already.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let parse = |list: &&[&str]| list.iter().map(|address| address.parse().expect("an address")).collect();
    let names = names.iter().map(|(name, answers)| ((*name).to_owned(), answers.iter().map(parse).collect()));
    Egress::new(rules, Arc::new(Names(Mutex::new(names.collect()))))
}

async fn get(egress: &Egress, url: &str) -> Result<Vec<u8>, Fault> {
    egress.get(url, "*/*", LIMITS).await
}

#[tokio::test]
async fn a_public_name_is_reached() {
    let host = Host::saying(ok(b"hello"));
    let egress = egress(TEST, &[("pictures.test", &[&["127.0.0.1"]])]);
    assert_eq!(get(&egress, &host.url("pictures.test")).await, Ok(b"hello".to_vec()));
}

#[tokio::test]
async fn a_name_that_leads_inside_is_never_connected_to() {
    let host = Host::saying(ok(b"secret"));
    for addresses in [&["127.0.0.2"][..], &["127.0.0.1", "10.0.0.1"], &["::1"], &["::ffff:10.0.0.1"], &[]] {
        let egress = egress(TEST, &[("inside.test", &[addresses])]);
        assert_eq!(get(&egress, &host.url("inside.test")).await, Err(Fault::Unreachable), "{addresses:?}");
    }
    assert_eq!(host.asked(), 0);
}

#[tokio::test]
async fn what_was_looked_up_is_what_is_connected_to() {
    let host = Host::saying(ok(b"hello"));
    // A name that changes its mind: what was judged first must be what is asked.
    let egress = egress(TEST, &[("rebinding.test", &[&["127.0.0.1"], &["10.0.0.1"]])]);
    assert!(get(&egress, &host.url("rebinding.test")).await.is_ok());
    assert_eq!(get(&egress, &host.url("rebinding.test")).await, Err(Fault::Unreachable));
    assert_eq!(host.asked(), 1);
}

#[tokio::test]
async fn each_hop_is_judged() {
    for (to, fault) in [
        ("http://169.254.169.254/latest/meta-data/", Fault::Private),
        ("http://[::1]/", Fault::Private),
        ("http://0x0a000001/", Fault::Private),
        ("http://inside.test/", Fault::Unreachable),
        ("file:///etc/passwd", Fault::BadAddress),
        ("http://user@pictures.test/", Fault::BadAddress),
        ("/again", Fault::Redirects),
    ] {
        let host = Host::saying(redirect(to));
        let one: &[&str] = &["127.0.0.1"];
        let many = &[one; 9];
        let egress = egress(TEST, &[("pictures.test", many), ("inside.test", &[&["10.0.0.1"]])]);
        assert_eq!(get(&egress, &host.url("pictures.test")).await, Err(fault), "{to}");
    }
    let host = Host::new(vec![redirect("/there"), ok(b"there")]);
    let egress = egress(TEST, &[("pictures.test", &[&["127.0.0.1"], &["127.0.0.1"]])]);
    assert_eq!(get(&egress, &host.url("pictures.test")).await, Ok(b"there".to_vec()));
}

#[tokio::test]
async fn too_much_and_too_slow_end() {
    let said = Host::saying("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n");
    let mut unsaid = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    unsaid.extend([b'x'; 5000]);
    let unsaid = Host::saying(unsaid);
    let silent = Host::saying("");
    let egress = egress(TEST, &[]);
    assert_eq!(get(&egress, &said.url("127.0.0.1")).await, Err(Fault::TooLarge(1000)));
    assert_eq!(get(&egress, &unsaid.url("127.0.0.1")).await, Err(Fault::TooLarge(1000)));
    let short = Limits { time: Duration::from_millis(50), ..LIMITS };
    assert_eq!(egress.get(&silent.url("127.0.0.1"), "*/*", short).await, Err(Fault::TooSlow));
    let missing = Host::saying("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(get(&egress, &missing.url("127.0.0.1")).await, Err(Fault::Status(404)));
}

#[tokio::test]
async fn the_product_asks_https_on_the_public_internet_alone() {
    let egress = egress(Rules::PUBLIC, &[("localhost", &[&["127.0.0.1"]])]);
    for (url, fault) in [
        ("http://example.org/", Fault::BadAddress),
        ("ftp://example.org/", Fault::BadAddress),
        ("data:image/png,x", Fault::BadAddress),
        ("https://user:password@example.org/", Fault::BadAddress),
        ("nonsense", Fault::BadAddress),
        ("https://127.0.0.1/", Fault::Private),
        ("https://2130706433/", Fault::Private),
        ("https://0177.0.0.1/", Fault::Private),
        ("https://[::ffff:127.0.0.1]/", Fault::Private),
        ("https://169.254.169.254/", Fault::Private),
        ("https://localhost/", Fault::Unreachable),
    ] {
        assert_eq!(get(&egress, url).await, Err(fault), "{url}");
    }
}

#[tokio::test]
async fn a_picture_is_what_its_bytes_are() {
    let fetch = async |body: &[u8]| {
        let host = Host::saying(ok(body));
        let pictures = Pictures::new(Arc::new(egress(TEST, &[])));
        pictures.fetch(&host.url("127.0.0.1")).await.map(|image| image.to_url().into_owned())
    };
    assert!(fetch(PNG).await.is_ok_and(|url| url.starts_with("data:image/png;base64,")));
    for body in
        [&b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"x\"/>"[..], b"<html>", b"%PDF-1.4", b""]
    {
        let error = fetch(body).await.expect_err("it is no picture");
        assert_eq!(error.code, "picture_unavailable");
    }
    let pictures = Pictures::new(Arc::new(egress(TEST, &[])));
    let error = pictures.fetch("http://10.0.0.1/").await.expect_err("it is private");
    assert_eq!(error.fields[0].field, "url");
}

#[tokio::test]
async fn a_client_that_is_lent_goes_nowhere_else() {
    let (host, inside) = (Host::saying(redirect("http://127.0.0.1/elsewhere")), Host::saying(ok(b"secret")));
    let names: &[(&str, &[&[&str]])] =
        &[("tools.test", &[&["127.0.0.1"]]), ("metadata.test", &[&["169.254.169.254"]])];
    let egress = egress(Rules::NETWORK, names);
    let ask = async |url: String| {
        let url = url.parse().expect("an address");
        egress.client_for(&url).await?.post(url).send().await.map_err(|_| Fault::Unreachable)
    };
    assert_eq!(
        ask(host.url("tools.test")).await.expect("an answer").status().as_u16(),
        302,
        "no redirect is followed"
    );
    assert_eq!(ask(host.url("metadata.test")).await.map(drop), Err(Fault::Unreachable));
    assert_eq!(ask(inside.url("169.254.169.254")).await.map(drop), Err(Fault::Private));
    assert_eq!(ask(inside.url("[::ffff:169.254.169.254]")).await.map(drop), Err(Fault::Private));
    assert_eq!(ask("ftp://127.0.0.1/".into()).await.map(drop), Err(Fault::BadAddress));
    assert_eq!(ask("http://user:secret@127.0.0.1/".into()).await.map(drop), Err(Fault::BadAddress));
    assert_eq!((host.asked(), inside.asked()), (1, 0));
}
