//! The scripted MCP server as a program: over standard input and output, or over HTTP, where its first line of output is its
//! address.

use std::io::Write as _;

use clap::Parser;
use vertice_testkit::mcp::{Mode, Speaks, http, stdio};

#[derive(Debug, Parser)]
struct Arguments {
    #[arg(long, value_enum, default_value = "both")]
    speaks: Speaks,
    #[arg(long, value_enum, default_value = "normal")]
    mode: Mode,
    /// Stands in the command line, to find its processes by.
    #[arg(long, default_value = "1")]
    mark: String,
    /// Serve over HTTP.
    #[arg(long)]
    http: bool,
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    if !arguments.http {
        return stdio::run(arguments.speaks, arguments.mode, &arguments.mark);
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let server = http::Server::listen(arguments.speaks, http::Manners::Decent).await?;
        writeln!(std::io::stdout(), "{}", server.url)?;
        std::future::pending().await
    })
}
