//! Conversations that have outgrown their model's window go on in a new one, from a summary.
//!
//! The old conversation is never changed. Nothing is stored unless the summary is whole.

use tokio::time;
use vertice_domain::{
    Actor, Author, Conversation, ConversationId, Error, ErrorKind, FeedEvent, FinishReason, Message,
    ModelChoice, Part, PartKind, Result, chat::Sampling, message::Receipt,
};
use vertice_ports::{Prompt, files::FileTexts, prompt::PromptMessage, store::WholeMessage};

use crate::{
    aside::Said,
    hub::Hub,
    prompt::{self, Seals},
};

/// How long a summary may take.
const TIMEOUT: time::Duration = time::Duration::from_secs(120);
/// Output tokens of a summary.
const MAX_TOKENS: u32 = 4_096;
/// Characters of the conversation that the model of the summary is shown at most: what fits into small windows too.
const MAX_CHARS: usize = 300_000;

const QUESTION: &str = "Summarise our conversation so far, so that we can go on from your summary alone.";
const INSTRUCTIONS: &str = "You write the summary from which a long conversation is continued elsewhere. Keep \
    everything that later messages may refer to: goals, decisions and their reasons, facts, names, numbers, code and \
    open questions. Leave out pleasantries. Write in the language of the conversation.";

impl Hub {
    pub(crate) async fn compacted(&self, actor: &Actor, id: ConversationId) -> Result<Conversation> {
        let source = self.conversations.get(actor.user, id).await?;
        let source = source.ok_or_else(|| Error::not_found("conversation"))?;
        let head = source.head_message_id.ok_or_else(nothing_to_compact)?;
        let path = self.conversations.path(actor.user, head).await?.unwrap_or_default();
        let texts = self.texts(actor, &path, &[]).await?;
        let text = transcript(&path, &texts);
        if text.is_empty() {
            return Err(nothing_to_compact());
        }
        let summary =
            time::timeout(TIMEOUT, self.summarise(actor, id, text)).await.map_err(|_| too_slow())??;
        let (conversation, messages) = self.continued(&source, summary);
        self.conversations.insert_with_messages(actor.user, &conversation, &messages).await?;
        self.runner.bus.announce(actor.user, FeedEvent::ListChanged);
        Ok(conversation)
    }

    async fn summarise(&self, actor: &Actor, id: ConversationId, text: String) -> Result<Said> {
        let sampling = Sampling {
            max_tokens: MAX_TOKENS.min(self.limits.max_tokens),
            ..Sampling::defaults(self.limits)
        };
        let asked = format!("The conversation so far:\n\n{text}\n\n{QUESTION}");
        let messages = vec![PromptMessage::text(Author::User, asked)];
        let prompt = Prompt::new(Some(INSTRUCTIONS.to_owned()), messages, sampling);
        let said = self.ask_aside(actor, id, &ModelChoice::Auto, prompt).await?;
        match said.finish {
            Some(FinishReason::Stop) if !said.text.trim().is_empty() => Ok(said),
            Some(FinishReason::MaxTokens) => Err(cut_off()),
            Some(FinishReason::Refusal) => Err(refused()),
            _ => Err(too_slow()),
        }
    }

    fn continued(&self, source: &Conversation, summary: Said) -> (Conversation, Vec<WholeMessage>) {
        let now = self.runner.clock.now();
        let conversation_id = self.ids.conversation();
        let (question, answer) = (self.ids.message(), self.ids.message());
        let said = |id, parent_id, role, step, text| Message {
            parts: vec![Part { position: 0, step, kind: PartKind::Text { text } }],
            ..Message::blank(id, conversation_id, parent_id, role, now)
        };
        let receipt = Receipt { reason: format!("Summary of \"{}\".", source.title), ..Receipt::default() };
        let messages = [
            said(question, None, Author::User, 0, QUESTION.to_owned()),
            Message {
                model: Some(summary.model),
                finish_reason: Some(FinishReason::Stop),
                receipt: Some(receipt),
                ..said(answer, Some(question), Author::Assistant, 1, summary.text)
            },
        ];
        let messages =
            messages.into_iter().map(|message| WholeMessage { message, sealed: Vec::new() }).collect();
        let conversation = Conversation {
            id: conversation_id,
            pinned: false,
            archived: false,
            head_message_id: Some(answer),
            created_at: now,
            updated_at: now,
            ..source.clone()
        };
        (conversation, messages)
    }
}

/// The conversation as text. Of one that is too long even for that, its beginning and its end.
fn transcript(path: &[Message], texts: &FileTexts) -> String {
    let said = prompt::history(path, &Seals::default(), texts);
    let lines: Vec<String> =
        said.iter().map(|message| format!("[{}]\n{}", message.author.as_str(), message.plain())).collect();
    let text = lines.join("\n\n");
    let count = text.chars().count();
    if count <= MAX_CHARS {
        return text;
    }
    let head: String = text.chars().take(MAX_CHARS / 4).collect();
    let tail: String = text.chars().skip(count - MAX_CHARS / 4 * 3).collect();
    format!("{head}\n\n[… the middle is left out …]\n\n{tail}")
}

fn nothing_to_compact() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "nothing_to_compact",
        "This conversation holds no messages to summarise yet.",
    )
}

fn too_slow() -> Error {
    let message = "The summary could not be written. Nothing was changed; try again, or choose a model with a larger window.";
    Error::new(ErrorKind::Upstream, "compaction_failed", message)
}

fn cut_off() -> Error {
    let message = "The summary grew longer than the model may write, so it is not whole. Nothing was changed; choose a model \
                   with a larger window, or begin a new conversation.";
    Error::new(ErrorKind::Upstream, "compaction_failed", message)
}

fn refused() -> Error {
    let message =
        "The model refused to summarise this conversation. Nothing was changed; choose another model.";
    Error::new(ErrorKind::Upstream, "compaction_failed", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_conversations_keep_their_beginning_and_end() {
        let (id, conversation) = (uuid::Uuid::nil(), ConversationId::new(uuid::Uuid::nil()));
        let now = vertice_domain::Timestamp::from_millis(0);
        let blank = Message::blank(vertice_domain::MessageId::new(id), conversation, None, Author::User, now);
        let message = |text: String| Message {
            parts: vec![Part { position: 0, step: 0, kind: PartKind::Text { text } }],
            ..blank.clone()
        };
        let long = transcript(&[message(format!("first {} last", "é".repeat(MAX_CHARS)))], &FileTexts::new());
        assert!(long.starts_with("[user]\nfirst") && long.ends_with("last") && long.contains("left out"));
        assert_eq!(transcript(&[message("a".into())], &FileTexts::new()), "[user]\na");
        assert_eq!(transcript(&[message(" ".into())], &FileTexts::new()), "");
    }
}
