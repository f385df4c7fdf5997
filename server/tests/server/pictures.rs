//! Large pictures: five of 5 MB fit into one message, each is served alone, and many of them at once take no memory to
//! speak of.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinSet};
use vertice_testkit::Upstream;

use crate::client::{Place, Running};

const MB5: usize = 5 * 1024 * 1024;
/// The most that the server may take, in kilobytes.
const MOST_KB: u64 = 300 * 1024;
/// A build for tests takes its time with so many bytes.
const PATIENCE: Duration = Duration::from_secs(180);

fn picture(number: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x0b\xb8\0\0\x07\xd0".to_vec();
    bytes.resize(MB5, number);
    bytes
}

/// A message with five pictures, the first of them `number`.
fn message(conversation: &str, number: u8) -> Bytes {
    let block = |number: u8| {
        let data = STANDARD.encode(picture(number));
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}})
    };
    let mut content: Vec<Value> = (number..number + 5).map(block).collect();
    content.push(json!({"type": "text", "text": "What do you see?"}));
    let asked = json!({"conversation_id": conversation, "model": "gpt-6.1-sol",
        "messages": [{"role": "user", "content": content}]});
    asked.to_string().into()
}

async fn send(server: &str, token: &str, builder: http::request::Builder, body: Bytes) -> Response<Incoming> {
    let stream = TcpStream::connect(server).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let builder = builder.header("host", server).header("authorization", format!("Bearer {token}"));
    let request = builder.header("content-type", "application/json").body(Full::new(body)).unwrap();
    let mut connections = JoinSet::new();
    connections.spawn(async move { drop(connection.await) });
    let response = tokio::time::timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
    connections.detach_all();
    response
}

async fn ask(server: &str, token: &str, body: Bytes) -> (StatusCode, Value) {
    let response = send(server, token, Request::post("/api/v1/chat"), body).await;
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn place(upstream: &Upstream) -> Place {
    Place::new()
        .set("OPENAI_API_KEY", "sk-scripted")
        .set("OPENAI_BASE_URL", &format!("{}/v1", upstream.url()))
        .set("DAILY_TOKEN_LIMIT_PER_USER", "100000000")
        .set("RATE_LIMIT_REQUESTS_PER_MINUTE", "6000")
        .set("RATE_LIMIT_BURST", "1000")
        .set("STORAGE_LIMIT_MB_PER_USER", "40")
}

async fn conversation(server: &Running, token: &str) -> String {
    let made = server.json("POST", token, "/api/v1/conversations", Some(json!({}))).await;
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn five_of_five_megabytes_fit_and_each_is_served_alone() {
    let upstream = Upstream::start().await;
    let place = place(&upstream).await;
    let token = place.token("ada@example.com").await;
    let server = place.serve().await;
    let id = conversation(&server, &token).await;
    let (status, answer) = ask(&server.address, &token, message(&id, 0)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let body = upstream.requests().pop().unwrap().body.to_string();
    assert_eq!(body.matches("data:image/png;base64,").count(), 5);
    assert!(!body.contains("left out"), "all of them are sent");

    let messages = server.json("GET", &token, &format!("/api/v1/conversations/{id}/messages"), None).await;
    let path = format!("/api/v1/messages/{}/images/3", messages["items"][0]["id"].as_str().unwrap());
    let served = send(&server.address, &token, Request::get(&path), Bytes::new()).await;
    assert_eq!(
        (served.status(), served.headers()["content-type"].to_str().unwrap()),
        (StatusCode::OK, "image/png")
    );
    let tag = served.headers()["etag"].clone();
    assert!(served.into_body().collect().await.unwrap().to_bytes() == picture(3));
    let before = bytes_read(&server);
    for (builder, status) in [
        (Request::get(&path).header("if-none-match", tag), StatusCode::NOT_MODIFIED),
        (Request::head(&path), StatusCode::OK),
    ] {
        let known = send(&server.address, &token, builder, Bytes::new()).await;
        assert_eq!(known.status(), status);
        if status == StatusCode::OK {
            assert_eq!(known.headers()["content-length"], MB5.to_string());
        }
        assert!(known.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
    let read = bytes_read(&server) - before;
    assert!(read < MB5 as u64 / 2, "{read} bytes were read for nobody");

    // The same once more needs no room; others do not fit into 40 MB any more.
    let (status, answer) = ask(&server.address, &token, message(&id, 0)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, refused) = ask(&server.address, &token, message(&id, 100)).await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("storage_exceeded")),
        "{refused}"
    );
}

/// What the process has read so far, from the disk and from others.
fn bytes_read(server: &Running) -> u64 {
    let figures = std::fs::read_to_string(format!("/proc/{}/io", server.child.id().unwrap())).unwrap();
    figures.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

/// What the program's own pages take in a release build. A debug build is several times as large, and that by chance of what is read.
const PROGRAM_KB: u64 = 32 * 1024;

/// The most memory that the process had, in kilobytes, as a release build would have it.
fn peak(server: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id().unwrap())).unwrap();
    let figure = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    figure("VmHWM:") - figure("RssFile:") + PROGRAM_KB
}

#[tokio::test]
async fn four_conversations_full_of_large_pictures_go_on_at_once_in_little_memory() {
    let upstream = Upstream::listen("127.0.0.1:0", true).await.unwrap();
    let place = place(&upstream).await;
    let token = place.token("ada@example.com").await;
    let server = place.serve().await;
    let idle = peak(&server);
    let mut conversations = JoinSet::new();
    for _ in 0..4 {
        let (id, address, token) =
            (conversation(&server, &token).await, server.address.clone(), token.clone());
        conversations.spawn(async move {
            for _ in 0..3 {
                let (status, answer) = ask(&address, &token, message(&id, 0)).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
            }
        });
    }
    while let Some(done) = conversations.join_next().await {
        done.unwrap();
    }
    let most = peak(&server);
    println!("{} MB idle, {} MB at most", idle / 1024, most / 1024);
    assert!(most < MOST_KB, "{} MB", most / 1024);
}
