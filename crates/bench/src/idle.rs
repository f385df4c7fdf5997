//! The server with nothing to do: how soon it is there, and what it holds in memory, fresh and after some use.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::sleep;

use crate::{
    load::{self, Pace},
    process::Process,
    report,
    targets::{EMAIL, Folder, PASSWORD, Target, Targets},
};

/// Starts whose median is told.
const STARTS: usize = 7;
/// How long a server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(5);
/// What a person and a program ask for, over and over.
const PATHS: [&str; 5] = ["/", "/settings", "/usage", "/api/v1/conversations", "/api/v1/models"];
/// How often.
const TIMES: usize = 60;

/// Measures and prints.
pub(crate) async fn measure(folder: &Folder) -> Result<()> {
    // The first one makes the database.
    drop(folder.server(None).await?);
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(folder.server(None).await?.started_in.as_secs_f64() * 1e3);
    }
    let binary = std::fs::metadata(folder.bin.join("vertice"))?.len() as f64 / 1e6;
    println!("start to listening, existing database, median of {STARTS}: {:.0} ms", report::median(times));
    println!("binary: {binary:.1} MB\n");
    println!("| memory | resident MB | of that written | of that pages of files |");
    println!("|---|---:|---:|---:|");
    let targets = Targets::start(folder).await?;
    let (server, _) = targets.process(Target::Stored);
    rested("fresh", server).await?;
    let asked = use_it(server).await?;
    rested(&format!("after {asked} requests"), server).await?;
    let requests = targets.requests(Target::Stored, "[[tokens=200 every=5ms stamp]]", 1).await?;
    let pace = Pace { tokens: 200, ramp: Duration::ZERO, limit: Duration::from_secs(30) };
    report::failures([&load::run(requests, pace).await]);
    rested("and a turn", server).await?;
    println!();
    Ok(())
}

async fn rested(when: &str, server: &Process) -> Result<()> {
    sleep(REST).await;
    let memory = server.memory()?;
    let [resident, own, files] = [memory.resident, memory.own, memory.of_files].map(|kb| kb as f64 / 1e3);
    println!("| {when} | {resident:.1} | {own:.1} | {files:.1} |");
    Ok(())
}

/// Signs in as a person does and asks for pages and lists; how many requests.
#[expect(clippy::disallowed_methods, reason = "a benchmark's own client")]
async fn use_it(server: &Process) -> Result<usize> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let session = client
        .post(format!("{}/sign-in", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("email={}&password={}", EMAIL.replace('@', "%40"), PASSWORD.replace(' ', "+")))
        .send()
        .await?;
    let cookie = session.headers().get("set-cookie").context("could not sign in")?.to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    for _ in 0..TIMES {
        for path in PATHS {
            let url = format!("{}{path}", server.url);
            let answer = client.get(url).header("cookie", &cookie).send().await?;
            anyhow::ensure!(answer.status().is_success(), "{path}: {}", answer.status());
            answer.bytes().await?;
        }
    }
    Ok(TIMES * PATHS.len())
}
