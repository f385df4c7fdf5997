//! Four conversations of a hundred large pictures at once: what the process takes for them. A process of its own, so that
//! no other test is counted.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test reads and writes files, and its server ends with it")]

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Author, BlobHash, Error, ImageType, ModelChoice, Result, Role, TurnId, UserId, chat::Sampling,
};
use vertice_llm::{Gateway, GatewayConfig, ProviderConfig, Secret, Timing};
use vertice_ports::{
    Blobs, Clock, Models as _, Prompt,
    blobs::BlobStream,
    model::{CallContext, ModelCall, ModelEvent},
    prompt::{Block, PromptImage, PromptMessage},
};
use vertice_runtime::Tasks;
use vertice_testkit::{FixedClock, FixedKeys, NoLimits, RecordingLedger, RecordingMeter};

const MB5: u64 = 5 * 1024 * 1024;
/// What four requests of 35 MB may take beside the idle process, in kilobytes.
const MOST_KB: u64 = 48 * 1024;

/// Every picture is the same file.
struct OneFile(PathBuf);

#[async_trait]
impl Blobs for OneFile {
    async fn put(&self, _: UserId, _: &str, _: Bytes) -> Result<BlobHash> {
        Err(Error::internal())
    }

    async fn get(&self, _: UserId, _: BlobHash) -> Result<Option<Bytes>> {
        Err(Error::internal())
    }

    async fn read(&self, _: UserId, _: BlobHash) -> Result<Option<BlobStream>> {
        let file = tokio::fs::File::open(&self.0).await.unwrap();
        let pieces = futures::stream::unfold(file, |mut file| async move {
            let mut piece = BytesMut::with_capacity(192 * 1024);
            (file.read_buf(&mut piece).await.unwrap() > 0).then(|| (Ok(piece.freeze()), file))
        });
        Ok(Some(pieces.boxed()))
    }

    async fn sizes(&self, _: UserId, hashes: &[BlobHash]) -> Result<Vec<(BlobHash, u64)>> {
        Ok(hashes.iter().map(|hash| (*hash, MB5)).collect())
    }

    async fn sweep(&self) -> Result<u64> {
        Ok(0)
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

/// Answers every request once it has thrown its body away; how long that was is the answer.
async fn swallow(stream: TcpStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let read = tokio::io::copy(&mut (&mut stream).take(length), &mut tokio::io::sink()).await?;
    let chunk = format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{read}\"}},\"finish_reason\":\"stop\"}}]}}\n\ndata: [DONE]\n\n"
    );
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    stream.write_all(format!("{head}{chunk}").as_bytes()).await?;
    stream.shutdown().await
}

/// The most memory that this process has had, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn gateway(base: &str, file: PathBuf) -> Gateway {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new());
    let dependencies = vertice_llm::GatewayDependencies {
        meter: Arc::new(RecordingMeter::new(Arc::new(RecordingLedger::new()), Arc::clone(&clock))),
        quota: Arc::new(NoLimits),
        keys: Arc::new(FixedKeys::default()),
        blobs: Arc::new(OneFile(file)),
        clock,
        tasks: Tasks::default(),
    };
    let openai = ProviderConfig { api_key: Some(Secret::new("sk-test")), base_url: Some(base.to_owned()) };
    // A build for tests takes its time with so many bytes.
    let timing = Timing { first_byte: Duration::from_secs(300), ..Timing::default() };
    let config =
        GatewayConfig { openai: Some(openai), detect_local: false, timing, ..GatewayConfig::default() };
    Gateway::new(&config, dependencies).unwrap()
}

fn conversation() -> Prompt {
    let picture = |number: u8| {
        let hash = BlobHash::new([number; 32]);
        let picture = PromptImage::Stored { hash, media_type: ImageType::Png, size: MB5 };
        PromptMessage { author: Author::User, blocks: vec![Block::Image(picture), Block::Text("?".into())] }
    };
    let sampling = Sampling { max_tokens: 100, temperature: 0.5, caching: true, effort: None, spoken: false };
    Prompt::new(None, (0..100).map(picture).collect(), sampling)
}

async fn ask(gateway: &Gateway) -> String {
    let (actor, prompt) = (vertice_testkit::actor(Role::User), conversation());
    let planned = gateway.route(&actor, &ModelChoice::from("gpt-6.1-sol".to_owned()), &prompt).await.unwrap();
    let context = CallContext { turn: TurnId::new(uuid::Uuid::from_u128(7)), conversation: None };
    let call = ModelCall::new(planned, prompt, context);
    let mut stream = gateway.call(&actor, call, CancellationToken::new()).await.unwrap();
    let mut said = String::new();
    while let Some(event) = stream.next().await {
        if let ModelEvent::Text(text) = event.unwrap() {
            said.push_str(&text);
        }
    }
    said
}

#[tokio::test]
async fn four_conversations_of_a_hundred_large_pictures_take_next_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture");
    std::fs::File::create(&file).unwrap().set_len(MB5).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = gateway(&format!("http://{}/v1", listener.local_addr().unwrap()), file);
    let idle = peak();
    let serving = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(swallow(stream));
        }
    };
    let asked = futures::future::join_all((0..4).map(|_| ask(&gateway)));
    let sent = tokio::select! {
        sent = asked => sent,
        () = serving => unreachable!("it serves for ever"),
    };
    let most = peak();
    println!("{} MB before, {} MB at most", idle / 1024, most / 1024);
    for length in sent {
        let length: u64 = length.parse().unwrap();
        assert!((34_900_000..35_100_000).contains(&length), "five pictures and a hundred messages: {length}");
    }
    assert!(most - idle < MOST_KB, "{} MB more", (most - idle) / 1024);
}
