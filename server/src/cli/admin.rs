//! Users and tokens from the server's own console.

use std::io::{self, Read as _, Write as _};

use vertice_domain::Email;
use vertice_ports::{AccountStore as _, Clock as _, IdentityStore as _, identities::Subject};
use vertice_runtime::SystemClock;

use super::{CommandError, NewToken, NewUser, UserLimit, UserLink, UserPassword, complain};
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

/// `vertice admin user password`.
pub(super) async fn set_password(settings: &Settings, of: &UserPassword) -> Result<(), CommandError> {
    let email: Email = of.email.parse()?;
    let password = read_password()?;
    let console = Console::open(settings).await?;
    console.accounts.reset_password(&email, &password).await?;
    complain(&format!(
        "{email} has the new password, and is signed out everywhere. API tokens go on working."
    ));
    console.close().await;
    Ok(())
}

/// `vertice admin user limit`.
pub(super) async fn limit_user(settings: &Settings, limit: &UserLimit) -> Result<(), CommandError> {
    let email: Email = limit.email.parse()?;
    let console = Console::open(settings).await?;
    let user = console.accounts.console_actor(&email).await?.user;
    console.database.set_daily_token_limit(user, limit.tokens.0).await?;
    match limit.tokens.0 {
        None => complain(&format!("{email} has the daily limit of their role again.")),
        Some(0) => complain(&format!("{email} has no daily limit now.")),
        Some(tokens) => complain(&format!("{email} may spend {tokens} tokens a day now.")),
    }
    console.close().await;
    Ok(())
}

/// `vertice admin user link`.
pub(super) async fn link_user(settings: &Settings, link: UserLink) -> Result<(), CommandError> {
    let Some(issuer) = &settings.issuer else {
        let message = "There is no issuer. Set OIDC_ISSUER or CLERK_DOMAIN as the server has it.";
        return Err(CommandError::Unhealthy(message.to_owned()));
    };
    let email: Email = link.email.parse()?;
    let console = Console::open(settings).await?;
    let user = console.accounts.console_actor(&email).await?.user;
    let subject = Subject { issuer: issuer.issuer.clone(), subject: link.subject };
    let is_linked = console.database.link(&subject, user, SystemClock.now()).await?;
    console.close().await;
    if !is_linked {
        let message = format!("{} has another account on this server already.", subject.subject);
        return Err(CommandError::Unhealthy(message));
    }
    complain(&format!("{} of {} uses the account {email} from now on.", subject.subject, subject.issuer));
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
