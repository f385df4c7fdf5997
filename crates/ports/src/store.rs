//! Stores. Every call takes the owner; absence, and somebody else's object, is `Ok(None)` or `false`.

use std::sync::Arc;

use async_trait::async_trait;
use vertice_domain::{
    ApiToken, Conversation, ConversationId, ConversationPatch, Email, FinishReason, Image, LoggedEvent,
    Message, MessageId, MessageStatus, Page, PageRequest, Profile, Provider, Result, Role, SessionId, Thread,
    Timestamp, TokenId, TurnId, Usage, UserId, account::Member, conversation::ConversationHit,
    message::Receipt, search::SearchQuery,
};

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
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub owner: UserId,
    /// Its owner's role.
    pub role: Role,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Users, sessions, tokens and the site's settings.
#[async_trait]
pub trait AccountStore: Send + Sync {
    /// Whether there is any user.
    async fn has_users(&self) -> Result<bool>;
    /// Stores the user only if there is none yet; `false`: there was one. Atomic.
    async fn create_first_user(&self, user: NewUser) -> Result<bool>;
    /// Stores the user; `false`: the address is taken.
    async fn create_user(&self, user: NewUser) -> Result<bool>;
    /// A user and the password's hash by address.
    async fn user_by_email(&self, email: &Email) -> Result<Option<(Profile, String)>>;
    /// A user.
    async fn user(&self, id: UserId) -> Result<Option<Profile>>;

    /// Stores a session.
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
    /// Stores a conversation as given.
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
    /// One message.
    async fn message(&self, owner: UserId, id: MessageId) -> Result<Option<Message>>;
    /// The path from the root to `message`, that one last.
    async fn path(&self, owner: UserId, message: MessageId) -> Result<Option<Vec<Message>>>;
    /// The pictures of these messages, each with its message, in order.
    async fn images(&self, owner: UserId, messages: &[MessageId]) -> Result<Vec<(MessageId, Image)>>;
    /// The path from the root to the head, with siblings, and the turn that runs on the last message.
    async fn thread(&self, owner: UserId, id: ConversationId) -> Result<Option<Thread>>;
    /// Moves the head to the newest leaf below (or at) `message`; gives its conversation.
    async fn select_branch(&self, owner: UserId, message: MessageId) -> Result<Option<ConversationId>>;
    /// Stores a conversation with all its messages, as given (forks and imports).
    async fn insert_with_messages(
        &self,
        owner: UserId,
        conversation: &Conversation,
        messages: &[Message],
        images: &[(MessageId, Image)],
    ) -> Result<()>;
}

/// What is stored when a turn begins, in one transaction.
#[derive(Debug, Clone)]
pub struct BeginTurn {
    /// The turn.
    pub turn: TurnId,
    /// A conversation to be made with it.
    pub new_conversation: Option<Conversation>,
    /// The user's message to be stored, if there is a new one.
    pub user_message: Option<Message>,
    /// The pictures of the user's message.
    pub images: Vec<Image>,
    /// The answer to be written: empty, streaming; it becomes the head.
    pub answer: Message,
    /// A title to give the conversation, where it had none.
    pub title: Option<String>,
    /// The model the conversation asks from now on, where the user chose another one.
    pub model: Option<String>,
}

/// Events to be added to a turn's stored log; they follow those stored before without a gap.
#[derive(Debug, Clone)]
pub struct LogBatch {
    /// The turn.
    pub turn: TurnId,
    /// Its next events, in order; not empty.
    pub events: Vec<Arc<LoggedEvent>>,
}

/// What is stored when a turn ends, in one transaction.
#[derive(Debug, Clone)]
pub struct EndTurn {
    /// The turn.
    pub turn: TurnId,
    /// The answer.
    pub message: MessageId,
    /// Its whole text.
    pub content: String,
    /// Its whole thinking.
    pub thinking: String,
    /// How far it came.
    pub status: MessageStatus,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// The model that wrote it.
    pub model: Option<String>,
    /// Who ran the model.
    pub provider: Option<Provider>,
    /// What it cost.
    pub usage: Option<Usage>,
    /// How it came about.
    pub receipt: Receipt,
    /// The last events of its log, `done` included.
    pub events: Vec<Arc<LoggedEvent>>,
    /// When it ended; also the conversation's `updated_at`.
    pub ended_at: Timestamp,
}

/// A turn that a former run of the server did not bring to its end.
#[derive(Debug, Clone)]
pub struct UnfinishedTurn {
    /// Whose.
    pub owner: UserId,
    /// The turn.
    pub turn: TurnId,
    /// The answer it was writing.
    pub message: MessageId,
    /// Its stored log.
    pub events: Vec<LoggedEvent>,
}

/// A turn at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredTurn {
    /// In which conversation.
    pub conversation: ConversationId,
    /// The answer.
    pub message: MessageId,
    /// Whether it has ended.
    pub ended: bool,
}

/// Turns and their logs.
#[async_trait]
pub trait TurnStore: Send + Sync {
    /// Stores a turn's beginning. `false`: the conversation or the parent is not the owner's, or is gone.
    async fn begin(&self, owner: UserId, begin: BeginTurn) -> Result<bool>;
    /// Adds to many turns' logs in one transaction.
    async fn append(&self, batches: Vec<LogBatch>) -> Result<()>;
    /// Stores a turn's end.
    async fn end(&self, end: EndTurn) -> Result<()>;
    /// One turn.
    async fn turn(&self, owner: UserId, turn: TurnId) -> Result<Option<StoredTurn>>;
    /// A turn's stored events after sequence number `after`.
    async fn events(&self, owner: UserId, turn: TurnId, after: u64) -> Result<Vec<LoggedEvent>>;
    /// Turns that never ended, for recovery at the start.
    async fn unfinished(&self) -> Result<Vec<UnfinishedTurn>>;
    /// Whether the database answers.
    async fn ping(&self) -> Result<()>;
}
