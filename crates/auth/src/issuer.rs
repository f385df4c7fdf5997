//! [`Issuer`]: Clerk, or any other that speaks OpenID Connect. Of whom its tokens speak, and whether they are good.
//!
//! A token is judged in one order: its shape, its key, its signature, then what it says. Nothing that it says is looked at
//! before its signature holds, and its header decides nothing but which of the issuer's own keys is tried.

mod claims;
mod code_flow;
mod discovery;
mod held;
mod jwks;
mod jws;
mod keys;

use std::{fmt, sync::Arc};

use vertice_domain::{Error, Timestamp};
use vertice_ports::{Clock, IssuerHttp};
use vertice_runtime::Tasks;

use self::{claims::Claims, jws::Jws, keys::KeyRing};
pub(crate) use self::{
    claims::{LEEWAY_MS, Person},
    code_flow::{Outcome, Ticket},
    jws::looks_like_jws,
};

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysAt {
    Address(String),
    /// Where its discovery document says.
    Discovered,
}

/// For whom a token must have been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// For this audience.
    Audience(String),
    /// Clerk's session tokens name no audience. They belong to a session, and were made on a page of one of these origins, if
    /// they say where.
    Origins(Vec<String>),
}

/// What is known of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerConfig {
    /// Its name, which is its address too: as its tokens write it, byte for byte.
    pub issuer: String,
    pub keys: KeysAt,
    pub party: Party,
    /// What people call it.
    pub name: String,
    /// None: nobody signs in there from a browser.
    pub client: Option<ClientConfig>,
}

/// This server, as the issuer knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientConfig {
    pub id: String,
    /// None: a public client.
    pub secret: Option<String>,
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What it takes to ask one.
pub struct IssuerDependencies {
    pub http: Arc<dyn IssuerHttp>,
    pub clock: Arc<dyn Clock>,
    pub tasks: Tasks,
}

/// Why a token is not taken. Only the log is told which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenFault {
    #[error("it is no signed token in compact form")]
    Shape,
    #[error("its algorithm is neither RS256 nor ES256")]
    Algorithm,
    #[error("its header asks for more than is understood")]
    Critical,
    #[error("it does not say with which key it is signed")]
    NoKeyId,
    #[error("the issuer has no such key")]
    UnknownKey,
    #[error("its algorithm is not the one of its key")]
    OtherAlgorithm,
    #[error("its signature does not hold")]
    Signature,
    #[error("its claims cannot be read")]
    Claims,
    #[error("another issuer has made it")]
    Issuer,
    #[error("it speaks of nobody")]
    Subject,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYet,
    #[error("it is of another kind than access takes")]
    Kind,
    #[error("it was made for another audience")]
    Audience,
    #[error("it was made for another party")]
    Party,
    #[error("its session is not complete")]
    Session,
    #[error("it belongs to another sign-in")]
    Nonce,
    #[error("it belongs to another access token")]
    AccessToken,
}

/// Why nobody is known by a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    Token(TokenFault),
    /// The issuer cannot be asked, so that nothing can be said of the token.
    Silence(Error),
}

impl From<TokenFault> for Refusal {
    fn from(fault: TokenFault) -> Self {
        Self::Token(fault)
    }
}

/// An issuer whose tokens are taken.
pub struct Issuer {
    config: IssuerConfig,
    keys: KeyRing,
    http: Arc<dyn IssuerHttp>,
}

impl Issuer {
    pub fn new(config: IssuerConfig, dependencies: IssuerDependencies) -> Self {
        let http = Arc::clone(&dependencies.http);
        let keys = KeyRing::new(&config, dependencies);
        Self { config, keys, http }
    }

    /// What people call it, if they can sign in there.
    pub(crate) fn hosted_name(&self) -> Option<&str> {
        self.config.client.as_ref().map(|_| self.config.name.as_str())
    }

    /// Whether its keys can be fetched now; if not, why.
    pub async fn check(&self) -> vertice_domain::Result<()> {
        self.keys.check().await
    }

    /// Holds a token against the key that it names. Some issuers give a new key the name of an old one: where a signature does
    /// not hold, the key is looked for once more, as one of an unknown name is.
    async fn verify(&self, token: &Jws<'_>) -> Result<(), Refusal> {
        let Err(fault) = token.verify(&self.keys.find(&token.key_id).await?) else { return Ok(()) };
        match self.keys.find_anew(&token.key_id).await {
            Ok(key) => Ok(token.verify(&key)?),
            Err(_) => Err(fault.into()),
        }
    }

    /// Of whom a bearer token speaks.
    pub(crate) async fn bearer(&self, token: &str, now: Timestamp) -> Result<Person, Refusal> {
        let token = Jws::parse(token)?;
        self.verify(&token).await?;
        let claims = Claims::parse(token.payload())?;
        claims.check(&self.config.issuer, now)?;
        claims.check_access(token.kind.as_deref(), &self.config.party)?;
        Ok(claims.into_person())
    }
}
