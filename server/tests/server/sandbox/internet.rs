//! A host that speaks TLS, for code that may reach it.

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, TcpListener},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use vertice_egress::{Lookup, Rules};
use vertice_server::wiring::Internet;

/// The names that its certificate holds.
const NAMES: &str = "subjectAltName=DNS:files.test,DNS:*.files.test,DNS:other.test";

/// A host that answers in the way that a path names, and keeps what became of each connection.
pub(super) struct Host {
    pub(super) port: u16,
    /// Its certificate, for whoever is to trust it.
    pub(super) certificate: String,
    pub(super) seen: Arc<Mutex<Vec<String>>>,
}

impl Host {
    pub(super) fn new(folder: &Path) -> Self {
        let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ])
            .args(["-subj", "/CN=files.test", "-addext", NAMES, "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let chain = vec![CertificateDer::from_pem_file(&certificate).unwrap()];
        let key = PrivateKeyDer::from_pem_file(&key).unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let host =
            Self { port, certificate: std::fs::read_to_string(certificate).unwrap(), seen: Arc::default() };
        let (config, seen) = (Arc::new(config), Arc::clone(&host.seen));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (config, seen) = (Arc::clone(&config), Arc::clone(&seen));
                std::thread::spawn(move || {
                    let tls = ServerConnection::new(config).unwrap();
                    let path = answer(StreamOwned::new(tls, connection), port, &seen).unwrap_or_default();
                    seen.lock().unwrap().push(format!("ended {path}"));
                });
            }
        });
        host
    }

    pub(super) fn saw(&self, what: &str) -> bool {
        self.seen.lock().unwrap().iter().any(|seen| seen == what)
    }
}

/// Serves one request; what it was for.
fn answer(
    mut client: StreamOwned<ServerConnection, std::net::TcpStream>,
    port: u16,
    seen: &Mutex<Vec<String>>,
) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if client.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    seen.lock().unwrap().push(path.clone());
    let body = format!("this is {path}");
    let answer = match path.strip_prefix("/to/") {
        Some(host) => format!(
            "HTTP/1.1 302 Found\r\nLocation: https://{host}:{port}/moved\r\nContent-Length: 0\r\n\r\n"
        ),
        None => {
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        }
    };
    if path == "/hang" {
        // Until the other side is gone.
        let _gone = client.read(&mut byte);
        return Ok(path);
    }
    client.write_all(answer.as_bytes())?;
    client.conn.send_close_notify();
    client.flush()?;
    Ok(path)
}

/// Every name leads to this machine, which is the internet here.
struct Here;

#[async_trait]
impl Lookup for Here {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let metadata = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));
        Ok(vec![if host == "metadata.files.test" { metadata } else { Ipv4Addr::LOCALHOST.into() }])
    }
}

pub(super) fn internet() -> Internet {
    let address = |address| address == IpAddr::V4(Ipv4Addr::LOCALHOST);
    Internet { rules: Rules { scheme: |_| false, address }, lookup: Arc::new(Here) }
}
