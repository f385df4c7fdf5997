//! Users whom an issuer (Clerk, or any that speaks OpenID Connect) vouches for, and the way to that issuer.

use async_trait::async_trait;
use vertice_domain::{Profile, Result, Role, Timestamp, UserId};

use crate::store::NewUser;

/// Who somebody is at an issuer. Never an e-mail address: those change hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub issuer: String,
    pub subject: String,
}

/// What came of a first sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// The account has been made.
    Made,
    /// The subject has an account: this one.
    Known(Profile),
    /// Another account has the address.
    EmailTaken,
}

/// Which account belongs to whom at an issuer.
#[async_trait]
pub trait IdentityStore: Send + Sync {
    async fn user_of(&self, subject: &Subject) -> Result<Option<Profile>>;
    /// Makes an account for the subject, unless it has one. Atomic.
    async fn join(&self, subject: &Subject, user: NewUser) -> Result<Joined>;
    /// Gives the subject that account; `false`: it has another one.
    async fn link(&self, subject: &Subject, user: UserId, now: Timestamp) -> Result<bool>;
    async fn set_role(&self, user: UserId, role: Role) -> Result<()>;
}

/// Asks an issuer. Its admin has named it; what it names in turn is held against the same rules.
#[async_trait]
pub trait IssuerHttp: Send + Sync {
    /// The document there: small, and soon. Every failure is [`vertice_domain::ErrorKind::Unavailable`].
    async fn get(&self, address: &str) -> Result<Vec<u8>>;
    /// What it answers to a form; `client` are name and secret of this server. A refusal of the issuer is
    /// [`vertice_domain::ErrorKind::Forbidden`].
    async fn post(
        &self,
        address: &str,
        form: &[(&str, &str)],
        client: Option<(&str, &str)>,
    ) -> Result<Vec<u8>>;
}
