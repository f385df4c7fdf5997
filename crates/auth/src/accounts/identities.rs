//! Users of an issuer: their first sign-in makes the account. Who they are is issuer and subject, never an e-mail address: whoever
//! has got hold of one elsewhere must not get the account that it belongs to here.

use sha2::{Digest as _, Sha256};
use vertice_domain::{Actor, Email, Error, Profile, Result, Role, account::Credential};
use vertice_ports::{
    identities::{Joined, Subject},
    store::NewUser,
};

use super::{Auth, Identities};
use crate::{
    actors::Found,
    hashing,
    issuer::{LEEWAY_MS, Person, Refusal, looks_like_jws},
    secret,
};

impl Auth {
    /// Who holds this token of the issuer; none: it is not good, or there is no issuer.
    pub(super) async fn issuers_actor(&self, token: &str) -> Result<Option<Actor>> {
        let Some(identities) = self.identities.as_ref().filter(|_| looks_like_jws(token)) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let read = async {
            let person = match identities.issuer.bearer(token, now).await {
                Ok(person) => person,
                Err(Refusal::Token(fault)) => {
                    tracing::info!(%fault, "a token of the issuer was refused");
                    return Ok(None);
                }
                Err(Refusal::Silence(error)) => return Err(error),
            };
            let expires_at = person.expires_at;
            let Profile { id, role, .. } = self.account_of(identities, person).await?;
            let actor = Actor { user: id, role, credential: Credential::Issuer { expires_at } };
            Ok(Some(Found { actor, ends_at: Some(expires_at.plus_millis(LEEWAY_MS)) }))
        };
        self.actors.get(secret::hash(token), now, read).await
    }

    /// The account of somebody whom the issuer vouches for; it is made if there is none. Where the issuer says what they may do,
    /// that is what they may do from now on.
    pub(super) async fn account_of(&self, identities: &Identities, person: Person) -> Result<Profile> {
        let store = &identities.store;
        let Person { subject, email, name, role, .. } = person;
        let profile = match store.user_of(&subject).await? {
            Some(profile) => profile,
            None => {
                let user = self.user_for(&subject, (email, name), role.unwrap_or(Role::User));
                let profile = user.profile.clone();
                match store.join(&subject, user).await? {
                    Joined::Made => {
                        tracing::info!(user = %profile.id, role = profile.role.as_str(), "an account was made for somebody of the issuer");
                        profile
                    }
                    Joined::Known(profile) => profile,
                    Joined::EmailTaken => {
                        let sub = subject.subject;
                        tracing::warn!(
                            sub,
                            "somebody of the issuer has the address of another account; `vertice admin user link` gives it to them"
                        );
                        return Err(taken());
                    }
                }
            }
        };
        match role.filter(|role| *role != profile.role) {
            None => Ok(profile),
            Some(role) => {
                store.set_role(profile.id, role).await?;
                self.actors.forget(profile.id);
                tracing::info!(user = %profile.id, role = role.as_str(), "the issuer has given somebody another role");
                Ok(Profile { role, ..profile })
            }
        }
    }

    /// Nobody of an issuer is the first admin by chance: the role is what the issuer says.
    fn user_for(&self, subject: &Subject, (email, name): (Option<Email>, String), role: Role) -> NewUser {
        let email = email.unwrap_or_else(|| made_up(subject));
        let profile =
            Profile { id: self.ids.user(), email, name, role, locale: None, created_at: self.clock.now() };
        NewUser { profile, password_hash: hashing::NOBODYS.to_owned() }
    }
}

/// An address for who has none that is verified: always the same, nobody else's, and one that no mail reaches (RFC 2606).
fn made_up(subject: &Subject) -> Email {
    let digest = Sha256::digest(format!("{}\n{}", subject.issuer, subject.subject));
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}@issuer.invalid").parse().expect("it looks like an address")
}

pub(super) fn taken() -> Error {
    let message = "Another account on this server has your e-mail address, and it does not belong to this sign-in. Sign in with \
                   that account's password, or ask this server's admin to link the two.";
    Error::forbidden("email_taken", message)
}
