//! An S3 server for tests: a real one, over a folder of its own and a port of this machine, that checks signatures; it can be
//! stopped, hang, and break off its answers. A bucket that is not there is refused as S3 does it; the library would make it.

use std::{
    convert::Infallible,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::BoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Frame, Incoming},
    header::{CONTENT_LENGTH, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::{Mutex, watch},
    task::{JoinHandle, JoinSet},
};

type Body = BoxBody<Bytes, std::io::Error>;

#[derive(Debug, Default)]
struct Faults {
    hangs: watch::Sender<bool>,
    /// Requests that have come while it hung.
    hanging: watch::Sender<usize>,
    /// Answers that are still to be broken off.
    cut: AtomicUsize,
}

/// The server, with one bucket. It stops when this is dropped.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    folder: TempDir,
    faults: Arc<Faults>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

impl S3Server {
    pub const ACCESS_KEY: &'static str = "AKIATESTKIT";
    pub const SECRET_KEY: &'static str = "hunter2-of-the-testkit";
    pub const BUCKET: &'static str = "vertice-test";

    /// Starts on a free port of this machine.
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a folder for objects can be made");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("this machine has a free port");
        let address = listener.local_addr().expect("it is bound");
        let server = Self { address, folder, faults: Arc::default(), serving: Mutex::default() };
        server.make_bucket();
        server.serve(listener).await;
        server
    }

    /// Its address, as `S3_ENDPOINT_URL` takes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the bucket's objects lie as files under their keys.
    pub fn bucket(&self) -> PathBuf {
        self.folder.path().join(Self::BUCKET)
    }

    pub fn make_bucket(&self) {
        make(&self.bucket());
    }

    /// Removes the bucket with all that is in it.
    pub fn remove_bucket(&self) {
        remove(&self.bucket());
    }

    /// Closes the port and every connection.
    pub async fn stop(&self) {
        if let Some(serving) = self.serving.lock().await.take() {
            serving.abort();
            // It ends with an error, since it was aborted.
            let _ = serving.await;
        }
    }

    /// Serves again, at the same address.
    pub async fn go_on(&self) {
        let listener = TcpListener::bind(self.address).await.expect("nobody has taken the port meanwhile");
        self.serve(listener).await;
    }

    /// Takes requests and answers none, until it is told to.
    pub fn hang(&self, hangs: bool) {
        self.faults.hangs.send_replace(hangs);
    }

    /// Waits until so many requests have come while it hung.
    pub async fn hanging(&self, requests: usize) {
        let mut hanging = self.faults.hanging.subscribe();
        hanging.wait_for(|seen| *seen >= requests).await.expect("the sender lives as long as this");
    }

    /// Breaks off so many of the next answers that give an object, in the middle.
    pub fn cut(&self, answers: usize) {
        self.faults.cut.store(answers, Ordering::SeqCst);
    }

    async fn serve(&self, listener: TcpListener) {
        let files = FileSystem::new(self.folder.path()).expect("the folder is there");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(Self::ACCESS_KEY, Self::SECRET_KEY));
        let door = Door {
            service: service.build(),
            root: self.folder.path().to_owned(),
            faults: Arc::clone(&self.faults),
        };
        let serving = accept(listener, door);
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's server is stopped by its guard, not by Tasks"
        )]
        let serving = tokio::spawn(serving);
        *self.serving.lock().await = Some(serving);
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.get_mut().take() {
            serving.abort();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test may wait for the disk")]
fn make(folder: &Path) {
    std::fs::create_dir(folder).expect("the bucket can be made");
}

#[expect(clippy::disallowed_methods, reason = "a test may wait for the disk")]
fn remove(folder: &Path) {
    std::fs::remove_dir_all(folder).expect("the bucket can be removed");
}

/// What stands before the library.
#[derive(Clone)]
struct Door {
    service: S3Service,
    root: PathBuf,
    faults: Arc<Faults>,
}

/// Connections end with it.
async fn accept(listener: TcpListener, door: Door) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let door = door.clone();
        connections.spawn(async move {
            let asked = service_fn(move |request| answer(door.clone(), request));
            // Whoever asked may have gone, or the answer was to be broken off.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), asked).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(door: Door, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let Door { service, root, faults } = door;
    let mut hangs = faults.hangs.subscribe();
    if *hangs.borrow() {
        faults.hanging.send_modify(|seen| *seen += 1);
        let _ = hangs.wait_for(|hangs| !hangs).await;
    }
    let bucket = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !root.join(bucket).is_dir() {
        return Ok(no_such_bucket());
    }
    let is_get = request.method() == Method::GET;
    let answered = hyper::service::Service::call(&service, request).await;
    let (mut head, body) = answered.expect("the server answers everything").into_parts();
    let is_object = is_get && head.status.is_success();
    let Ok(body) = body.collect().await else {
        head.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Ok(Response::from_parts(head, whole(Bytes::new())));
    };
    let bytes = body.to_bytes();
    let left = |cut: usize| cut.checked_sub(1);
    if !is_object || faults.cut.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_err() {
        return Ok(Response::from_parts(head, whole(bytes)));
    }
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    let broken = std::io::Error::other("broken off, as it was told to");
    let body = StreamBody::new(stream::iter([Ok(Frame::data(half)), Err(broken)]));
    Ok(Response::from_parts(head, body.boxed()))
}

fn no_such_bucket() -> Response<Body> {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchBucket</Code></Error>";
    let mut response = Response::new(whole(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}
