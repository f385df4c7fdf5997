//! Users and tokens from the server's own console.

use std::io::{self, Read as _, Write as _};

use super::{CommandError, NewToken, NewUser, complain};
use crate::{settings::Settings, wiring::Console};

/// The longest password read, in bytes; far beyond what is accepted.
const MAX_PASSWORD_BYTES: u64 = 64 * 1024;

/// `vertice admin user create`.
pub(super) async fn create_user(settings: &Settings, new: &NewUser) -> Result<(), CommandError> {
    let password = read_password()?;
    let console = Console::open(settings).await?;
    let profile = console.accounts.create_user(&new.email, &password, new.role).await?;
    complain(&format!("{} can now sign in ({}).", profile.email, profile.role.as_str()));
    console.close().await;
    Ok(())
}

/// `vertice admin token create`.
pub(super) async fn create_token(settings: &Settings, new: &NewToken) -> Result<(), CommandError> {
    let email = new.email.parse()?;
    let console = Console::open(settings).await?;
    let actor = console.accounts.console_actor(&email).await?;
    let issued = console.accounts.issue_token(&actor, &new.name, &[], None).await?;
    writeln!(io::stdout(), "{}", issued.token)?;
    console.close().await;
    Ok(())
}

/// The first line of standard input.
fn read_password() -> io::Result<String> {
    let mut text = String::new();
    io::stdin().lock().take(MAX_PASSWORD_BYTES).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
