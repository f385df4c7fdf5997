//! Users, what they may do, and their API tokens. Secrets (passwords, token values, cookies) are not part of it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

use crate::{Error, Result, SessionId, Timestamp, TokenId, UserId};

/// A user's e-mail address: trimmed and lower-cased, so that it is one account in whatever case it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, example = "someone@example.com")]
pub struct Email(String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Email {
    type Err = Error;

    /// Accepts what looks like `someone@somewhere`, at most 254 characters (RFC 5321 §4.5.3.1.3).
    fn from_str(text: &str) -> Result<Self> {
        let address = text.trim().to_lowercase();
        let plausible = address.len() <= 254
            && !address.chars().any(|c| c.is_whitespace() || c.is_control())
            && address.split_once('@').is_some_and(|(local, host)| {
                !local.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.')
            });
        if plausible {
            Ok(Self(address))
        } else {
            Err(Error::invalid_field("email", "is not an e-mail address; it looks like name@example.com"))
        }
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// What a user may do beyond their own things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Uses the product.
    User,
    /// Uses the product with a larger quota.
    Premium,
    /// Also runs the server: registration, users, limits.
    Admin,
}

impl Role {
    /// The word for it in the API, in the database and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Premium => "premium",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "user" => Ok(Self::User),
            "premium" => Ok(Self::Premium),
            "admin" => Ok(Self::Admin),
            _ => Err(Error::invalid_field("role", "must be admin, user or premium")),
        }
    }
}

/// What an API token may be used for. A token without any scopes named has all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send messages and read answers.
    Chat,
    /// Read conversations and account data.
    Read,
    /// Change conversations and account data.
    Write,
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::Chat, Self::Read, Self::Write];

    /// The word for it in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| Error::invalid_field("scopes", "must be chat, read or write"))
    }
}

/// A user as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// The user's id.
    pub id: UserId,
    /// The address they sign in with.
    pub email: Email,
    /// What the product calls them; may be empty.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The language that they are spoken to in; none: the one that their browser asks for.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// A language and perhaps a region, as a tag (BCP 47): `pt-BR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Locale(String);

impl Locale {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Locale {
    type Err = Error;

    /// Any tag of the right shape: which languages there are, the page knows.
    fn from_str(tag: &str) -> Result<Self> {
        let mut parts = tag.split('-');
        let is_language =
            |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
        let is_more =
            |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let fits = tag.len() <= 35 && parts.next().is_some_and(is_language) && parts.all(is_more);
        if fits {
            Ok(Self(tag.to_owned()))
        } else {
            Err(Error::invalid_field("locale", "must be a language tag such as en or pt-BR"))
        }
    }
}

/// What of their account a user changes; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfilePatch {
    pub name: Option<String>,
    /// Inside none: the one that the browser asks for.
    pub locale: Option<Option<Locale>>,
}

/// What every page must know: who is looking, and what kind of site this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Who is signed in; none: a visitor.
    pub profile: Option<Profile>,
    /// Nobody has an account yet: the next one made is the admin's.
    pub first_run: bool,
    /// Visitors may make accounts.
    pub registration_open: bool,
    /// The first account needs the token printed at the start, because strangers can reach this server: it listens on
    /// more than loopback, or this visitor came through a proxy.
    pub setup_token_required: bool,
}

impl Site {
    /// Whether an admin is looking.
    pub fn is_admin(&self) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.role == Role::Admin)
    }
}

/// How a caller proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A browser session.
    Session(SessionId),
    /// A personal API token.
    Token {
        id: TokenId,
        /// What it may be used for.
        scopes: Vec<Scope>,
        /// When it stops working.
        expires_at: Option<Timestamp>,
    },
    /// A JWT of the issuer that this server trusts. It may do whatever its user may, as long as it is good.
    Issuer {
        /// When it ends, by its own word.
        expires_at: Timestamp,
    },
    /// The command line on the server's own machine.
    Console,
}

/// A user as an admin sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// The account.
    #[serde(flatten)]
    pub profile: Profile,
    /// A daily limit of their own, in tokens; none: the one of their role.
    pub daily_token_limit: Option<u64>,
}

/// Who is calling. Every port takes one, or its `user`, and never acts for anybody else. What they may do is said in
/// [`crate::policy`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user on whose behalf everything happens.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// How they proved who they are.
    pub credential: Credential,
}

impl Actor {
    /// The API token the call is made with, if it is one.
    pub fn token(&self) -> Option<TokenId> {
        match self.credential {
            Credential::Token { id, .. } => Some(id),
            Credential::Session(_) | Credential::Issuer { .. } | Credential::Console => None,
        }
    }
}

/// A personal API token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    /// The token's id.
    pub id: TokenId,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// A new token with its secret, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssuedToken {
    /// What is kept.
    #[serde(flatten)]
    pub token_info: ApiToken,
    /// The secret itself: `vtk_…`.
    pub token: String,
}
