use std::sync::Arc;
use std::time::Duration;
use futures::StreamExt as _;
use vertice_ports::Chat as _;
use crate::support::{World, actor};
fn stat() -> (f64, u64) {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    let cpu = (f[11].parse::<u64>().unwrap() + f[12].parse::<u64>().unwrap()) as f64 / 100.0;
    (cpu, f[21].parse::<u64>().unwrap() * 4096)
}
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore]
async fn load() {
    let world = Arc::new(World::new());
    let (cpu0, rss0) = stat();
    let n = 1000;
    let mut tasks = Vec::new();
    for _ in 0..n {
        let w = world.clone();
        tasks.push(tokio::task::spawn(async move {
            let mut s = w.ask(None, "Hi there").await;
            let mut c = 0;
            while let Some(b) = s.events.next().await { c += b.unwrap().len(); }
            c
        }));
    }
    tokio::time::sleep(Duration::from_millis(3500)).await;
    let (_, rss1) = stat();
    let mut total = 0;
    for t in tasks { total += t.await.unwrap(); }
    let (cpu1, _) = stat();
    eprintln!("events {total} cpu {:.2}s  rss/stream {} kB; cpu per 1M tokens {:.1}", cpu1 - cpu0, (rss1 - rss0) / n / 1024, (cpu1-cpu0) / (total as f64) * 1e6);
    let _ = actor(3);
}
