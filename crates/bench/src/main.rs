//! Benchmarks that print figures: the scripted upstream direct, a bare relay as the floor, and the server, interleaved in
//! one run. It never asserts: figures are for people to compare, on their own machine.
#![expect(clippy::print_stdout, reason = "a benchmark's product is what it prints")]
#![expect(clippy::disallowed_methods, reason = "it starts what it measures and reads the machine's figures")]

mod load;
mod process;
mod relay;
mod report;
mod scenario;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Benchmarks of Vertice Chat")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The floor: reads the provider's stream and writes it as our events, and nothing else.
    Relay {
        /// Root of the upstream.
        #[arg(long)]
        upstream: String,
    },
    /// Streams at several loads; start-up time, memory and size.
    Streams {
        /// Folder of the release binaries.
        #[arg(long, default_value = "target/release")]
        bin: PathBuf,
        /// Leave out the loads above this many streams.
        #[arg(long, default_value_t = 2_000)]
        most: usize,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    // Only fails when a provider is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().command {
        Command::Relay { upstream } => relay::serve(upstream).await,
        Command::Streams { bin, most } => scenario::run(&bin, most).await,
    }
}
