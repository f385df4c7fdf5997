//! The scripted upstream as a program, for browser tests and benchmarks. Its first line of output is its address.

use std::{io::Write as _, time::Duration};

use clap::Parser;
use vertice_testkit::Upstream;

/// A model provider that does what the words in the last message say: [[tokens=200 every=20ms]], [[status=529]],
/// [[fail=anthropic]], [[fault=credit]], [[tool=name args={"a": 1}]], [[usage in=10 read=100]], [[cut=10]], [[stall=5]],
/// [[html]], [[md]], [[echo text]], [[stamp]].
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:0")]
    addr: String,
    /// Models that /v1/models lists; without any it answers 404.
    #[arg(long, value_delimiter = ',')]
    models: Vec<String>,
    /// Report the figures of a simulated prompt cache.
    #[arg(long)]
    cache: bool,
    /// Wait so many milliseconds before each token, unless the message says it.
    #[arg(long, default_value_t = 20)]
    pace_ms: u64,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let upstream = Upstream::listen(&arguments.addr, true).await?;
    if !arguments.models.is_empty() {
        upstream.models(&arguments.models.iter().map(String::as_str).collect::<Vec<_>>());
    }
    upstream.pace(Duration::from_millis(arguments.pace_ms));
    if arguments.cache {
        upstream.simulate_cache();
    }
    writeln!(std::io::stdout(), "{}", upstream.url())?;
    std::io::stdout().flush()?;
    upstream.run().await;
    Ok(())
}
