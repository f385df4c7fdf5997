//! Users, sessions, API tokens and the site's settings.

mod credentials;
mod members;
mod users;

use async_trait::async_trait;
use vertice_domain::{
    ApiToken, Email, Page, PageRequest, Profile, Result, Role, SessionId, Timestamp, TokenId, UserId,
    account::Member,
};
use vertice_ports::{
    AccountStore,
    store::{NewUser, SecretHash},
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

    async fn create_session(
        &self,
        owner: UserId,
        id: SessionId,
        hash: SecretHash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        Ok(credentials::create_session(self, owner, id, hash, (now, expires_at)).await?)
    }

    async fn session_by_hash(
        &self,
        hash: SecretHash,
        now: Timestamp,
    ) -> Result<Option<(SessionId, UserId, Role)>> {
        Ok(credentials::session_by_hash(self, hash, now).await?)
    }

    async fn delete_session(&self, owner: UserId, id: SessionId) -> Result<()> {
        Ok(credentials::delete_session(self, owner, id).await?)
    }

    async fn delete_sessions(&self, owner: UserId) -> Result<()> {
        Ok(credentials::delete_sessions(self, owner).await?)
    }

    async fn create_token(&self, owner: UserId, token: &ApiToken, hash: SecretHash) -> Result<()> {
        Ok(credentials::create_token(self, owner, token, hash).await?)
    }

    async fn token_by_hash(
        &self,
        hash: SecretHash,
        now: Timestamp,
    ) -> Result<Option<(ApiToken, UserId, Role)>> {
        Ok(credentials::token_by_hash(self, hash, now).await?)
    }

    async fn tokens(&self, owner: UserId, page: &PageRequest) -> Result<Page<ApiToken>> {
        Ok(credentials::tokens(self, owner, page).await?)
    }

    async fn delete_token(&self, owner: UserId, id: TokenId) -> Result<bool> {
        Ok(credentials::delete_token(self, owner, id).await?)
    }

    async fn members(&self, page: &PageRequest) -> Result<Page<Member>> {
        Ok(members::page(self, page).await?)
    }

    async fn daily_token_limit(&self, user: UserId) -> Result<Option<u64>> {
        Ok(members::limit(self, user).await?)
    }

    async fn set_daily_token_limit(&self, user: UserId, limit: Option<u64>) -> Result<bool> {
        Ok(members::set_limit(self, user, limit).await?)
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        Ok(users::setting(self, name).await?)
    }

    async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        Ok(users::set_setting(self, name, value).await?)
    }
}
