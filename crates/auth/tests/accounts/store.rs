//! The account store and the clock in memory.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use vertice_domain::{
    ApiToken, Email, Page, PageRequest, Profile, Result, Role, SessionId, Timestamp, TokenId, UserId,
    account::{Member, ProfilePatch},
};
use vertice_ports::{
    AccountStore, Clock,
    store::{NewUser, SecretHash, StoredSession},
};

/// A clock that a test sets.
#[derive(Default)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) owner: UserId,
    pub(crate) hash: SecretHash,
    pub(crate) expires_at: Timestamp,
}

#[derive(Default)]
pub(crate) struct Inside {
    pub(crate) users: Vec<NewUser>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) tokens: Vec<(UserId, ApiToken, SecretHash)>,
    /// Each token that was made with another one, with that one.
    pub(crate) parents: Vec<(TokenId, TokenId)>,
    /// How often a session or a token was looked up.
    pub(crate) reads: usize,
    /// How often a token's use was noted.
    pub(crate) notes: usize,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) limits: HashMap<UserId, u64>,
}

impl Inside {
    fn role(&self, id: UserId) -> Role {
        self.users.iter().find(|user| user.profile.id == id).unwrap().profile.role
    }
}

#[derive(Default)]
pub(crate) struct Store(pub(crate) Mutex<Inside>);

#[async_trait]
impl AccountStore for Store {
    async fn has_users(&self) -> Result<bool> {
        Ok(!self.0.lock().unwrap().users.is_empty())
    }

    async fn create_first_user(&self, user: NewUser) -> Result<bool> {
        let mut inside = self.0.lock().unwrap();
        let first = inside.users.is_empty();
        if first {
            inside.users.push(user);
        }
        Ok(first)
    }

    async fn create_user(&self, user: NewUser) -> Result<bool> {
        let mut inside = self.0.lock().unwrap();
        let free = inside.users.iter().all(|other| other.profile.email != user.profile.email);
        if free {
            inside.users.push(user);
        }
        Ok(free)
    }

    async fn user_by_email(&self, email: &Email) -> Result<Option<(Profile, String)>> {
        let inside = self.0.lock().unwrap();
        let found = inside.users.iter().find(|user| user.profile.email == *email);
        Ok(found.map(|user| (user.profile.clone(), user.password_hash.clone())))
    }

    async fn user(&self, id: UserId) -> Result<Option<Profile>> {
        let inside = self.0.lock().unwrap();
        Ok(inside.users.iter().find(|user| user.profile.id == id).map(|user| user.profile.clone()))
    }

    async fn patch_user(&self, id: UserId, patch: &ProfilePatch) -> Result<Option<Profile>> {
        let mut inside = self.0.lock().unwrap();
        let Some(user) = inside.users.iter_mut().find(|user| user.profile.id == id) else { return Ok(None) };
        let ProfilePatch { name, locale } = patch.clone();
        user.profile.name = name.unwrap_or(user.profile.name.clone());
        user.profile.locale = locale.unwrap_or(user.profile.locale.clone());
        Ok(Some(user.profile.clone()))
    }

    async fn create_session(
        &self,
        owner: UserId,
        id: SessionId,
        hash: SecretHash,
        _: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        self.0.lock().unwrap().sessions.push(Session { id, owner, hash, expires_at });
        Ok(())
    }

    async fn session_by_hash(&self, hash: SecretHash, now: Timestamp) -> Result<Option<StoredSession>> {
        let mut inside = self.0.lock().unwrap();
        inside.reads += 1;
        let found = inside.sessions.iter().find(|session| session.hash == hash && session.expires_at > now);
        Ok(found.map(|&Session { id, owner, expires_at, .. }| StoredSession {
            id,
            owner,
            role: inside.role(owner),
            expires_at,
        }))
    }

    async fn delete_session(&self, owner: UserId, id: SessionId) -> Result<()> {
        self.0.lock().unwrap().sessions.retain(|session| session.owner != owner || session.id != id);
        Ok(())
    }

    async fn delete_sessions(&self, owner: UserId) -> Result<()> {
        self.0.lock().unwrap().sessions.retain(|session| session.owner != owner);
        Ok(())
    }

    async fn set_password(
        &self,
        owner: UserId,
        password_hash: &str,
        keep: Option<SessionId>,
    ) -> Result<bool> {
        let mut inside = self.0.lock().unwrap();
        inside.sessions.retain(|session| session.owner != owner || Some(session.id) == keep);
        let found = inside.users.iter_mut().find(|user| user.profile.id == owner);
        Ok(found.map(|user| user.password_hash = password_hash.to_owned()).is_some())
    }

    async fn create_token(
        &self,
        owner: UserId,
        token: &ApiToken,
        hash: SecretHash,
        parent: Option<TokenId>,
    ) -> Result<bool> {
        let mut inside = self.0.lock().unwrap();
        if let Some(parent) = parent {
            if inside.tokens.iter().all(|(_, token, _)| token.id != parent) {
                return Ok(false);
            }
            inside.parents.push((token.id, parent));
        }
        inside.tokens.push((owner, token.clone(), hash));
        Ok(true)
    }

    async fn note_token_use(&self, id: TokenId, at: Timestamp) -> Result<()> {
        let mut inside = self.0.lock().unwrap();
        inside.notes += 1;
        let token = inside.tokens.iter_mut().find(|(_, token, _)| token.id == id).unwrap();
        token.1.last_used_at = Some(at);
        Ok(())
    }

    async fn token_by_hash(
        &self,
        hash: SecretHash,
        now: Timestamp,
    ) -> Result<Option<(ApiToken, UserId, Role)>> {
        let mut inside = self.0.lock().unwrap();
        inside.reads += 1;
        let found = inside.tokens.iter().find(|(_, token, stored)| {
            *stored == hash && token.expires_at.is_none_or(|expires_at| expires_at > now)
        });
        Ok(found.map(|(owner, token, _)| (token.clone(), *owner, inside.role(*owner))))
    }

    async fn tokens(&self, owner: UserId, _: &PageRequest) -> Result<Page<ApiToken>> {
        let inside = self.0.lock().unwrap();
        let own = inside.tokens.iter().filter(|(user, ..)| *user == owner);
        Ok(Page { items: own.map(|(_, token, _)| token.clone()).collect(), next_cursor: None })
    }

    async fn delete_token(&self, owner: UserId, id: TokenId) -> Result<bool> {
        let mut inside = self.0.lock().unwrap();
        let before = inside.tokens.len();
        let mut family = vec![id];
        for (child, parent) in &inside.parents {
            if family.contains(parent) {
                family.push(*child);
            }
        }
        inside.tokens.retain(|(user, token, _)| *user != owner || !family.contains(&token.id));
        Ok(inside.tokens.len() < before)
    }

    async fn members(&self, _: &PageRequest) -> Result<Page<Member>> {
        let inside = self.0.lock().unwrap();
        let member = |user: &NewUser| Member {
            profile: user.profile.clone(),
            daily_token_limit: inside.limits.get(&user.profile.id).copied(),
        };
        Ok(Page { items: inside.users.iter().map(member).collect(), next_cursor: None })
    }

    async fn daily_token_limit(&self, user: UserId) -> Result<Option<u64>> {
        Ok(self.0.lock().unwrap().limits.get(&user).copied())
    }

    async fn set_daily_token_limit(&self, user: UserId, limit: Option<u64>) -> Result<bool> {
        let mut inside = self.0.lock().unwrap();
        let known = inside.users.iter().any(|other| other.profile.id == user);
        match limit.filter(|_| known) {
            Some(limit) => inside.limits.insert(user, limit),
            None => inside.limits.remove(&user),
        };
        Ok(known)
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        let inside = self.0.lock().unwrap();
        Ok(inside.settings.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
    }

    async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        self.0.lock().unwrap().settings.push((name.into(), value.into()));
        Ok(())
    }
}
