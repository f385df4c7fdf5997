//! Users, sessions, API tokens and the site's settings.

mod identities;
pub(crate) mod limits;
mod members;
mod sessions;
mod tokens;
mod users;

use async_trait::async_trait;
use vertice_domain::{
    ApiToken, Email, Page, PageRequest, Profile, Result, Role, SessionId, Timestamp, TokenId, UserId,
    account::{Member, ProfilePatch},
};
use vertice_ports::{
    AccountStore,
    store::{NewUser, SecretHash, StoredSession},
};

use crate::database::Database;

#[async_trait]
impl AccountStore for Database {
    async fn has_users(&self) -> Result<bool> {
        Ok(users::any(self).await?)
    }

    async fn create_first_user(&self, user: NewUser) -> Result<bool> {
        Ok(users::create_first(self, &user).await?)
    }

    async fn create_user(&self, user: NewUser) -> Result<bool> {
        Ok(users::create(self, &user).await?)
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<(Profile, String)>> {
        Ok(users::by_email(self, email).await?)
    }

    async fn user(&self, id: UserId) -> Result<Option<Profile>> {
        Ok(users::by_id(self, id).await?)
    }

    async fn patch_user(&self, id: UserId, patch: &ProfilePatch) -> Result<Option<Profile>> {
        Ok(users::patch(self, id, patch).await?)
    }

    async fn create_session(
        &self,
        owner: UserId,
        id: SessionId,
        hash: SecretHash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        Ok(sessions::create(self, owner, id, hash, (now, expires_at)).await?)
    }

    async fn session_by_hash(&self, hash: SecretHash, now: Timestamp) -> Result<Option<StoredSession>> {
        Ok(sessions::by_hash(self, hash, now).await?)
    }

    async fn delete_session(&self, owner: UserId, id: SessionId) -> Result<()> {
        Ok(sessions::delete(self, owner, id).await?)
    }

    async fn delete_sessions(&self, owner: UserId) -> Result<()> {
        Ok(sessions::delete_all(self, owner).await?)
    }

    async fn set_password(
        &self,
        owner: UserId,
        password_hash: &str,
        keep: Option<SessionId>,
    ) -> Result<bool> {
        Ok(sessions::set_password(self, owner, password_hash, keep).await?)
    }

    async fn create_token(
        &self,
        owner: UserId,
        token: &ApiToken,
        hash: SecretHash,
        parent: Option<TokenId>,
    ) -> Result<bool> {
        Ok(tokens::create(self, owner, token, (hash, parent)).await?)
    }

    async fn note_token_use(&self, id: TokenId, at: Timestamp) -> Result<()> {
        Ok(tokens::note_use(self, id, at).await?)
    }

    async fn token_by_hash(
        &self,
        hash: SecretHash,
        now: Timestamp,
    ) -> Result<Option<(ApiToken, UserId, Role)>> {
        Ok(tokens::by_hash(self, hash, now).await?)
    }

    async fn tokens(&self, owner: UserId, page: &PageRequest) -> Result<Page<ApiToken>> {
        Ok(tokens::page(self, owner, page).await?)
    }

    async fn delete_token(&self, owner: UserId, id: TokenId) -> Result<bool> {
        Ok(tokens::delete(self, owner, id).await?)
    }

    async fn members(&self, page: &PageRequest) -> Result<Page<Member>> {
        Ok(members::page(self, page).await?)
    }

    async fn daily_token_limit(&self, user: UserId) -> Result<Option<u64>> {
        Ok(limits::get(self, user).await?)
    }

    async fn set_daily_token_limit(&self, user: UserId, limit: Option<u64>) -> Result<bool> {
        Ok(limits::set(self, user, limit).await?)
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        Ok(users::setting(self, name).await?)
    }

    async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        Ok(users::set_setting(self, name, value).await?)
    }
}

fn hex(hash: SecretHash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
