//! Benchmarks that print figures: the scripted upstream direct, a bare relay as the floor, and the server, interleaved in
//! one run. It never asserts: figures are for people to compare, on their own machine.
#![expect(clippy::print_stdout, reason = "a benchmark's product is what it prints")]
#![expect(clippy::disallowed_methods, reason = "it starts what it measures and reads the machine's figures")]

mod artifacts;
mod begins;
mod idle;
mod library;
mod load;
mod process;
mod relay;
mod report;
mod sandbox;
mod streams;
mod targets;
mod tools;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

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
    /// Start-up time, size and memory; many turns begun at once; streams at several loads.
    Streams(Streams),
    /// Tool calls through the loop, and turns that wait.
    Tools {
        /// Folder of the release binaries.
        #[arg(long, default_value = "target/release")]
        bin: PathBuf,
        /// How many calls.
        #[arg(long, default_value_t = 1_000)]
        calls: usize,
    },
    /// Artifacts: versions, comparisons, archives.
    Artifacts {
        /// Folder of the release binaries.
        #[arg(long, default_value = "target/release")]
        bin: PathBuf,
    },
    /// Conversations that come in as one large file.
    Library {
        /// Folder of the release binaries.
        #[arg(long, default_value = "target/release")]
        bin: PathBuf,
        /// How many messages.
        #[arg(long, default_value_t = 100_000)]
        messages: usize,
        /// How long each one is.
        #[arg(long, default_value_t = 600)]
        bytes: usize,
    },
    /// Code that is run, in each runtime.
    Sandbox {
        /// Folder of the release binaries.
        #[arg(long, default_value = "target/release")]
        bin: PathBuf,
    },
}

#[derive(clap::Args)]
struct Streams {
    /// Folder of the release binaries.
    #[arg(long, default_value = "target/release")]
    bin: PathBuf,
    /// Only this part.
    #[arg(long)]
    only: Option<Part>,
    /// Leave out the loads above this many streams.
    #[arg(long, default_value_t = 2_000)]
    most: usize,
    /// And those below.
    #[arg(long, default_value_t = 1)]
    least: usize,
    /// How often each load is run on each target, in turn; the medians are printed.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The server with nothing to do.
    Idle,
    /// Turns begun within a second.
    Begins,
    /// Streams at several loads.
    Loads,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    // Only fails when a provider is installed already, which is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    match Arguments::parse().command {
        Command::Relay { upstream } => relay::serve(upstream).await,
        Command::Streams(wanted) => run(&wanted).await,
        Command::Tools { bin, calls } => {
            let data = tempfile::tempdir()?;
            let folder = targets::Folder { bin, data: data.path().to_string_lossy().into_owned() };
            report::machine()?;
            tools::measure(&folder, calls).await?;
            report::machine()
        }
        Command::Library { bin, messages, bytes } => {
            let data = tempfile::tempdir()?;
            let folder = targets::Folder { bin, data: data.path().to_string_lossy().into_owned() };
            report::machine()?;
            library::measure(&folder, messages, bytes).await?;
            report::machine()
        }
        Command::Artifacts { bin } => {
            let data = tempfile::tempdir()?;
            let folder = targets::Folder { bin, data: data.path().to_string_lossy().into_owned() };
            report::machine()?;
            artifacts::measure(&folder).await?;
            report::machine()
        }
        Command::Sandbox { bin } => {
            let data = tempfile::tempdir()?;
            let folder = targets::Folder { bin, data: data.path().to_string_lossy().into_owned() };
            report::machine()?;
            sandbox::measure(&folder).await?;
            report::machine()
        }
    }
}

async fn run(wanted: &Streams) -> anyhow::Result<()> {
    let is_wanted = |part| wanted.only.is_none_or(|only| only == part);
    let data = tempfile::tempdir()?;
    let folder =
        targets::Folder { bin: wanted.bin.clone(), data: data.path().to_string_lossy().into_owned() };
    report::machine()?;
    if is_wanted(Part::Idle) {
        idle::measure(&folder).await?;
    }
    if is_wanted(Part::Begins) || is_wanted(Part::Loads) {
        let targets = targets::Targets::start(&folder).await?;
        if is_wanted(Part::Begins) {
            begins::measure(&targets, wanted.rounds).await?;
        }
        if is_wanted(Part::Loads) {
            streams::measure(&targets, wanted.least..=wanted.most, wanted.rounds).await?;
        }
    }
    report::machine()
}
