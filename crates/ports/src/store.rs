//! Stores. Every call takes the owner; absence, and somebody else's object, is `Ok(None)` or `false`.

use async_trait::async_trait;
use vertice_domain::{
    ApiToken, Conversation, ConversationId, ConversationPatch, EarlierMessages, Email, Extent, Message,
    MessageId, Page, PageRequest, Profile, Result, Role, SealedPart, SessionId, Thread, Timestamp, TokenId,
    UserId,
    account::{Member, ProfilePatch},
    conversation::ConversationHit,
    search::SearchQuery,
};

use crate::{artifacts::WholeArtifact, library::ConversationName};

/// An account to be stored.
#[derive(Clone)]
pub struct NewUser {
    /// Its id, address, name, role and birth.
    pub profile: Profile,
    /// The password's hash in PHC form.
    pub password_hash: String,
}

/// The SHA-256 of a session's or token's secret: all that is stored of it.
pub type SecretHash = [u8; 32];

/// A session that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSession {
    pub id: SessionId,
    pub owner: UserId,
    /// Its owner's role.
    pub role: Role,
    pub expires_at: Timestamp,
}

/// Users, sessions, tokens and the site's settings.
#[async_trait]
pub trait AccountStore: Send + Sync {
    async fn has_users(&self) -> Result<bool>;
    /// Stores the user only if there is none yet; `false`: there was one. Atomic.
    async fn create_first_user(&self, user: NewUser) -> Result<bool>;
    /// Stores the user; `false`: the address is taken.
    async fn create_user(&self, user: NewUser) -> Result<bool>;
    /// A user and the password's hash by address.
    async fn user_by_email(&self, email: &Email) -> Result<Option<(Profile, String)>>;
    async fn user(&self, id: UserId) -> Result<Option<Profile>>;
    /// The user as they are then; none: there is no such user.
    async fn patch_user(&self, id: UserId, patch: &ProfilePatch) -> Result<Option<Profile>>;

    async fn create_session(
        &self,
        owner: UserId,
        id: SessionId,
        hash: SecretHash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()>;
    /// The session with that secret if it has not ended by `now`.
    async fn session_by_hash(&self, hash: SecretHash, now: Timestamp) -> Result<Option<StoredSession>>;
    /// Ends a session.
    async fn delete_session(&self, owner: UserId, id: SessionId) -> Result<()>;
    /// Ends all sessions of a user.
    async fn delete_sessions(&self, owner: UserId) -> Result<()>;

    /// Gives a user another password and ends their sessions, all but `keep`, at once; `false`: there is no such user.
    async fn set_password(&self, owner: UserId, password_hash: &str, keep: Option<SessionId>)
    -> Result<bool>;

    /// Stores a token; `parent` is the one it was made with. `false`: that one is gone.
    async fn create_token(
        &self,
        owner: UserId,
        token: &ApiToken,
        hash: SecretHash,
        parent: Option<TokenId>,
    ) -> Result<bool>;
    /// Notes that a token was used.
    async fn note_token_use(&self, id: TokenId, at: Timestamp) -> Result<()>;
    /// The token with that secret if it has not expired by `now`, its user and role.
    async fn token_by_hash(
        &self,
        hash: SecretHash,
        now: Timestamp,
    ) -> Result<Option<(ApiToken, UserId, Role)>>;
    /// A user's tokens, newest first.
    async fn tokens(&self, owner: UserId, page: &PageRequest) -> Result<Page<ApiToken>>;
    /// Revokes a token and all that were made with it; `false`: there was none.
    async fn delete_token(&self, owner: UserId, id: TokenId) -> Result<bool>;

    /// All users, oldest first.
    async fn members(&self, page: &PageRequest) -> Result<Page<Member>>;
    /// A user's daily limit of their own.
    async fn daily_token_limit(&self, user: UserId) -> Result<Option<u64>>;
    /// Gives a user a daily limit of their own, or takes it away; `false`: there is no such user.
    async fn set_daily_token_limit(&self, user: UserId, limit: Option<u64>) -> Result<bool>;

    /// A setting of the site.
    async fn setting(&self, name: &str) -> Result<Option<String>>;
    /// Changes a setting of the site.
    async fn set_setting(&self, name: &str, value: &str) -> Result<()>;
}

/// A message with what goes back to its provider.
#[derive(Debug, Clone)]
pub struct WholeMessage {
    /// What everybody may see.
    pub message: Message,
    /// What only its provider gets.
    pub sealed: Vec<SealedPart>,
}

/// Conversations and messages.
#[async_trait]
pub trait ConversationStore: Send + Sync {
    /// Pinned ones first, then by `updated_at`, newest first; deleted ones never. With words, each hit says which
    /// message matched, with a snippet.
    async fn list(
        &self,
        owner: UserId,
        query: &SearchQuery,
        archived: bool,
        page: &PageRequest,
    ) -> Result<Page<ConversationHit>>;
    /// By `updated_at`, newest first, archived ones too; deleted ones never. At most so many.
    async fn names(&self, owner: UserId, most: u32) -> Result<Vec<ConversationName>>;
    async fn create(&self, owner: UserId, conversation: &Conversation) -> Result<()>;
    /// One, unless deleted.
    async fn get(&self, owner: UserId, id: ConversationId) -> Result<Option<Conversation>>;
    /// Changes it (not `updated_at`) and gives it back.
    async fn patch(
        &self,
        owner: UserId,
        id: ConversationId,
        patch: &ConversationPatch,
    ) -> Result<Option<Conversation>>;
    /// Gives it another title (not `updated_at`), if it still has this one; `false`: it has not.
    async fn retitle(&self, owner: UserId, id: ConversationId, from: &str, to: &str) -> Result<bool>;
    /// Marks it deleted; `false`: there was none.
    async fn delete(&self, owner: UserId, id: ConversationId, now: Timestamp) -> Result<bool>;
    /// Takes the mark off again.
    async fn restore(&self, owner: UserId, id: ConversationId) -> Result<Option<Conversation>>;
    /// Removes for good what was marked before `before`; how many conversations that were.
    async fn purge(&self, before: Timestamp) -> Result<u64>;
    /// All messages, oldest first.
    async fn messages(
        &self,
        owner: UserId,
        id: ConversationId,
        page: &PageRequest,
    ) -> Result<Option<Page<Message>>>;
    async fn message(&self, owner: UserId, id: MessageId) -> Result<Option<Message>>;
    /// The path from the root to `message`, that one last.
    async fn path(&self, owner: UserId, message: MessageId) -> Result<Option<Vec<Message>>>;
    /// What goes back to providers of these messages, by position.
    async fn sealed(&self, owner: UserId, messages: &[MessageId]) -> Result<Vec<(MessageId, SealedPart)>>;
    /// The path from the root to the head or its end, with siblings, and the turn that has not ended on the last message; of
    /// that one nothing is in the message yet.
    async fn thread(&self, owner: UserId, id: ConversationId, extent: Extent) -> Result<Option<Thread>>;
    /// What stands on the path right before `message`, with siblings.
    async fn earlier(&self, owner: UserId, message: MessageId) -> Result<Option<EarlierMessages>>;
    /// Moves the head to the newest leaf below (or at) `message`; gives its conversation.
    async fn select_branch(&self, owner: UserId, message: MessageId) -> Result<Option<ConversationId>>;
    /// Stores a conversation with all its messages, as given (forks and imports).
    async fn insert_with_messages(
        &self,
        owner: UserId,
        conversation: &Conversation,
        messages: &[WholeMessage],
    ) -> Result<()>;
    /// The same with artifacts, each with its first version.
    async fn insert_copy(
        &self,
        owner: UserId,
        conversation: &Conversation,
        messages: &[WholeMessage],
        artifacts: &[WholeArtifact],
    ) -> Result<()>;
}
