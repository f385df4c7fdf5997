//! Who may do what: one table of roles, credentials and actions. Pure.
//!
//! Doors say who is calling ([`Actor`]); the ports behind them ask [`Actor::may`] before they do anything. Whose objects
//! an actor may touch is not decided here: stores take the owner in every call.

use crate::{
    Error, Result,
    account::{Actor, Credential, Role, Scope},
};

/// What a caller may want to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Ask models, follow their answers, stop them.
    Chat,
    /// Read conversations and messages, search and export them, hear of changes.
    ReadConversations,
    /// Make, change, fork and delete conversations.
    WriteConversations,
    /// Read one's own files, and what models read of them.
    ReadFiles,
    /// Send files to be attached, and remove them.
    WriteFiles,
    /// Run code in the sandbox, and change the files that it works on.
    RunCode,
    /// See which models there are.
    ReadModels,
    /// See which providers there are, and how they are doing.
    ReadProviders,
    /// See one's own account and API tokens.
    ReadAccount,
    /// Change one's own account: name, password, sessions.
    WriteAccount,
    /// Make and revoke one's own API tokens.
    ManageTokens,
    /// See for which providers one has keys.
    ReadProviderKeys,
    /// Store, remove and try one's own keys for providers.
    WriteProviderKeys,
    /// See one's MCP servers and their tools.
    ReadTools,
    /// Add, change and remove one's own MCP servers, and say what tools may do. What concerns everybody, and programs on the
    /// server's machine, takes [`Self::Administer`] as well.
    WriteTools,
    /// See what one may spend.
    ReadQuota,
    /// See what one has spent.
    ReadUsage,
    /// See all users, and what everybody has spent.
    ReadEverybody,
    /// See how the server is doing: its figures, and what it stands on.
    ReadServer,
    /// Change what concerns everybody: registration, other users' limits.
    Administer,
}

/// What an action takes: a token needs one of the scopes; some are for admins alone.
struct Rule {
    scopes: &'static [Scope],
    admins_only: bool,
}

const fn anyone(scopes: &'static [Scope]) -> Rule {
    Rule { scopes, admins_only: false }
}

const fn admins(scopes: &'static [Scope]) -> Rule {
    Rule { scopes, admins_only: true }
}

impl Action {
    pub const ALL: [Self; 20] = [
        Self::Chat,
        Self::RunCode,
        Self::ReadConversations,
        Self::WriteConversations,
        Self::ReadFiles,
        Self::WriteFiles,
        Self::ReadModels,
        Self::ReadProviders,
        Self::ReadAccount,
        Self::WriteAccount,
        Self::ManageTokens,
        Self::ReadProviderKeys,
        Self::WriteProviderKeys,
        Self::ReadTools,
        Self::WriteTools,
        Self::ReadQuota,
        Self::ReadUsage,
        Self::ReadEverybody,
        Self::ReadServer,
        Self::Administer,
    ];

    /// The table.
    const fn rule(self) -> Rule {
        match self {
            Self::Chat | Self::RunCode => anyone(&[Scope::Chat]),
            Self::ReadConversations
            | Self::ReadProviders
            | Self::ReadAccount
            | Self::ReadProviderKeys
            | Self::ReadUsage => anyone(&[Scope::Read]),
            Self::WriteConversations
            | Self::WriteAccount
            | Self::ManageTokens
            | Self::WriteProviderKeys
            | Self::WriteTools => anyone(&[Scope::Write]),
            // Whoever asks a model must know which there are, which tools it may be given and what is left to spend; whoever
            // writes a model's name into a conversation, which models there are.
            Self::ReadModels => anyone(&[Scope::Chat, Scope::Read, Scope::Write]),
            // Whoever asks a model may give it files.
            Self::WriteFiles => anyone(&[Scope::Chat, Scope::Write]),
            Self::ReadQuota | Self::ReadTools | Self::ReadFiles => anyone(&[Scope::Chat, Scope::Read]),
            Self::ReadEverybody | Self::ReadServer => admins(&[Scope::Read]),
            Self::Administer => admins(&[Scope::Write]),
        }
    }
}

/// Whether a caller of this role, with this credential, may do it; if not, why not.
fn check(role: Role, credential: &Credential, action: Action) -> Result<()> {
    let rule = action.rule();
    let has_scope = match credential {
        Credential::Session(_) | Credential::Issuer { .. } | Credential::Console => true,
        Credential::Token { scopes, .. } => rule.scopes.iter().any(|scope| scopes.contains(scope)),
    };
    if !has_scope {
        let wanted: Vec<String> = rule.scopes.iter().map(|scope| format!("\"{}\"", scope.as_str())).collect();
        let message = format!("This token lacks the scope {}.", wanted.join(" or "));
        return Err(Error::forbidden("insufficient_scope", &message));
    }
    match role {
        Role::Admin => Ok(()),
        Role::User | Role::Premium if rule.admins_only => {
            Err(Error::forbidden("admin_only", "Only an admin of this server can do this."))
        }
        Role::User | Role::Premium => Ok(()),
    }
}

impl Actor {
    /// Refuses what the actor may not do: `insufficient_scope`, or `admin_only`.
    pub fn may(&self, action: Action) -> Result<()> {
        check(self.role, &self.credential, action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::{SessionId, Timestamp, TokenId, UserId};

    const ROLES: [Role; 3] = [Role::User, Role::Premium, Role::Admin];

    /// The scopes of which a token needs one, and whether only an admin may: written once more by hand.
    fn table() -> Vec<(Action, &'static str, bool)> {
        vec![
            (Action::Chat, "chat", false),
            (Action::RunCode, "chat", false),
            (Action::ReadConversations, "read", false),
            (Action::WriteConversations, "write", false),
            (Action::ReadFiles, "chat read", false),
            (Action::WriteFiles, "chat write", false),
            (Action::ReadModels, "chat read write", false),
            (Action::ReadProviders, "read", false),
            (Action::ReadAccount, "read", false),
            (Action::WriteAccount, "write", false),
            (Action::ManageTokens, "write", false),
            (Action::ReadProviderKeys, "read", false),
            (Action::WriteProviderKeys, "write", false),
            (Action::ReadTools, "chat read", false),
            (Action::WriteTools, "write", false),
            (Action::ReadQuota, "chat read", false),
            (Action::ReadUsage, "read", false),
            (Action::ReadEverybody, "read", true),
            (Action::ReadServer, "read", true),
            (Action::Administer, "write", true),
        ]
    }

    fn code(role: Role, credential: Credential, action: Action) -> String {
        let actor = Actor { user: UserId::new(Uuid::nil()), role, credential };
        actor.may(action).map_or_else(|error| error.code, |()| "allowed".to_owned())
    }

    fn token(scopes: &[Scope]) -> Credential {
        Credential::Token { id: TokenId::new(Uuid::nil()), scopes: scopes.to_vec(), expires_at: None }
    }

    #[test]
    fn the_table_says_who_may_do_what() {
        assert_eq!(table().iter().map(|row| row.0).collect::<Vec<_>>(), Action::ALL);
        for (action, words, admins_only) in table() {
            let wanted: BTreeSet<&str> = words.split(' ').collect();
            for role in ROLES {
                let known = if admins_only && role != Role::Admin { "admin_only" } else { "allowed" };
                let issuers = Credential::Issuer { expires_at: Timestamp::from_millis(0) };
                for whole in [Credential::Session(SessionId::new(Uuid::nil())), Credential::Console, issuers]
                {
                    assert_eq!(code(role, whole, action), known, "{action:?} {role:?}");
                }
                for mask in 0..8 {
                    let has = |n: usize| mask & (1 << n) != 0;
                    let scopes: Vec<Scope> =
                        Scope::ALL.into_iter().enumerate().filter(|(n, _)| has(*n)).map(|(_, s)| s).collect();
                    let covers = scopes.iter().any(|scope| wanted.contains(scope.as_str()));
                    let expected = if covers { known } else { "insufficient_scope" };
                    assert_eq!(
                        code(role, token(&scopes), action),
                        expected,
                        "{action:?} {role:?} {scopes:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_refusal_names_the_scopes() {
        let actor = Actor { user: UserId::new(Uuid::nil()), role: Role::Admin, credential: token(&[]) };
        let message = actor.may(Action::ReadQuota).unwrap_err().message;
        assert_eq!(message, "This token lacks the scope \"chat\" or \"read\".");
    }
}
