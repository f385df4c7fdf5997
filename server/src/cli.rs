//! The command line of `vertice`. What commands print for programs goes to standard output, alone; all else to
//! standard error. Exit codes: 0 fine, 1 failed, 2 wrong usage or settings.

mod admin;
mod doctor;
mod mcp;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use vertice_domain::Role;

use crate::{
    settings::{Settings, Variables},
    telemetry,
    wiring::Application,
};

/// A self-hosted chat with many models.
#[derive(Debug, Parser)]
#[command(name = "vertice", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default).
    Serve,
    /// Manage users and tokens from this machine.
    Admin {
        #[command(subcommand)]
        area: Area,
    },
    /// Check the settings and everything the server stands on, and say how to mend what is broken.
    Doctor,
    /// Serve tools on standard input and output, for any host that speaks MCP.
    Mcp(mcp::Served),
    /// Print the API's document (OpenAPI, JSON).
    Openapi,
}

#[derive(Debug, Subcommand)]
enum Area {
    /// Users.
    User {
        #[command(subcommand)]
        action: UserAction,
    },
    /// API tokens.
    Token {
        #[command(subcommand)]
        action: TokenAction,
    },
}

#[derive(Debug, Subcommand)]
enum UserAction {
    /// Make an account.
    Create(NewUser),
    /// Set a user's password, and sign them out everywhere.
    Password(UserPassword),
    /// Give a user a daily token limit of their own, or take it away.
    Limit(UserLimit),
    /// Let somebody of the issuer use an account that is there already.
    Link(UserLink),
}

#[derive(Debug, Args)]
struct UserPassword {
    /// Whose password.
    #[arg(long)]
    email: String,
    /// Read the password from standard input (its first line).
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Debug, Args)]
struct UserLimit {
    /// Whose limit.
    #[arg(long)]
    email: String,
    /// Tokens a day (0: as many as they like), or `none` for the limit of the user's role.
    #[arg(long, value_parser = token_limit)]
    tokens: TokenLimit,
}

#[derive(Debug, Args)]
struct UserLink {
    /// Whose account.
    #[arg(long)]
    email: String,
    /// Who they are at the issuer (`sub`); the server's log says it where their address was taken.
    #[arg(long)]
    subject: String,
}

/// A user's own daily limit; none: that of their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TokenLimit(Option<u64>);

fn token_limit(text: &str) -> Result<TokenLimit, String> {
    match text {
        "none" => Ok(TokenLimit(None)),
        number => match number.parse() {
            Ok(tokens) => Ok(TokenLimit(Some(tokens))),
            Err(_) => Err("must be a whole number of tokens, or none".to_owned()),
        },
    }
}

#[derive(Debug, Args)]
struct NewUser {
    /// The address to sign in with.
    #[arg(long)]
    email: String,
    /// What the user may do: admin, user or premium.
    #[arg(long, default_value = "user")]
    role: Role,
    /// Read the password from standard input (its first line).
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Debug, Subcommand)]
enum TokenAction {
    /// Make an API token and print it, alone, on standard output.
    Create(NewToken),
}

#[derive(Debug, Args)]
struct NewToken {
    /// Whose token.
    #[arg(long)]
    email: String,
    /// What to call it.
    #[arg(long)]
    name: String,
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Domain(#[from] vertice_domain::Error),
    #[error(transparent)]
    Start(#[from] crate::wiring::StartError),
    #[error(transparent)]
    Site(#[from] crate::assets::site::NoSite),
    #[error("standard input or output failed: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Unhealthy(String),
}

/// Runs a command to its end.
pub async fn run(cli: Cli) -> ExitCode {
    let command = cli.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Openapi) {
        // It depends on no setting.
        let printed = io::stdout().write_all(crate::openapi::text().as_bytes());
        return if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if let Command::Mcp(served) = &command {
        return ended(mcp::run(served).await);
    }
    let settings = match Variables::load().and_then(|variables| Settings::read(&variables)) {
        Ok(settings) => settings,
        Err(faults) => {
            complain(&faults.to_string());
            return ExitCode::from(2);
        }
    };
    let outcome = match command {
        Command::Serve => serve(settings).await,
        Command::Openapi | Command::Mcp(_) => Ok(()),
        Command::Doctor => doctor::run(&settings).await,
        Command::Admin { area: Area::User { action: UserAction::Create(new) } } => {
            admin::create_user(&settings, &new).await
        }
        Command::Admin { area: Area::User { action: UserAction::Password(of) } } => {
            admin::set_password(&settings, &of).await
        }
        Command::Admin { area: Area::User { action: UserAction::Limit(limit) } } => {
            admin::limit_user(&settings, &limit).await
        }
        Command::Admin { area: Area::User { action: UserAction::Link(link) } } => {
            admin::link_user(&settings, link).await
        }
        Command::Admin { area: Area::Token { action: TokenAction::Create(new) } } => {
            admin::create_token(&settings, &new).await
        }
    };
    ended(outcome)
}

fn ended(outcome: Result<(), CommandError>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: Settings) -> Result<(), CommandError> {
    crate::assets::site::check(&settings.site_root).await?;
    telemetry::start_log(&settings);
    for name in &settings.not_used_yet {
        tracing::warn!("{name} is set, but this version does not use it yet");
    }
    let application = Application::build(settings).await?;
    application.run(crate::serve::stop_signal()).await?;
    Ok(())
}

/// Writes a line for people. If even standard error is gone, there is nobody left to tell.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
