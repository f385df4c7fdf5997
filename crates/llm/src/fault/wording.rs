//! Faults in the product's words: what happened, naming provider and model, then what to do.

use vertice_domain::TurnFailure;

use super::{Fault, FaultKind};

/// Who failed, for whom.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// The provider as people know it: `Anthropic`, `The local server at 127.0.0.1:11434`.
    pub provider: &'a str,
    pub model: &'a str,
    /// The setting that holds the key, if there is one.
    pub key_variable: Option<&'a str>,
    /// The setting that holds the address.
    pub base_variable: &'a str,
}

impl Fault {
    /// What the provider itself said, as a sentence that goes after one of ours; empty: it said nothing.
    pub fn said(&self) -> String {
        let Some(detail) = self.detail.as_deref() else { return String::new() };
        let end = if detail.ends_with(['.', '!', '?', '…']) { "" } else { "." };
        format!(" It said: {detail}{end}")
    }

    /// The failure as the turn tells it.
    pub fn into_failure(self, speaker: Speaker<'_>) -> TurnFailure {
        let retry_after_s = self.retry_after.map(|wait| wait.as_millis().div_ceil(1_000) as u64);
        TurnFailure {
            code: self.kind.code().to_owned(),
            message: self.message(speaker, retry_after_s),
            kind: self.kind.error_kind(),
            retryable: self.kind.is_passing(),
            retry_after_s,
        }
    }

    fn message(&self, speaker: Speaker<'_>, retry_after_s: Option<u64>) -> String {
        let Speaker { provider, model, key_variable, base_variable } = speaker;
        let key = key_variable.unwrap_or("the key that the server expects");
        let detail = self.said();
        let later =
            retry_after_s.map_or("Try again in a moment".to_owned(), |s| format!("Try again in {s} s"));
        match self.kind {
            FaultKind::Auth => {
                format!("{provider} rejected the API key when {model} was asked. Check {key} on the server.")
            }
            FaultKind::Permission => format!(
                "{provider} does not let this API key use {model}.{detail} Choose another model, or ask {provider} for access."
            ),
            FaultKind::Billing => format!(
                "The {provider} account has no credit left for {model}. Add credit there, or choose another model."
            ),
            FaultKind::NotFound => format!(
                "{provider} does not know {model}.{detail} Choose another model, or check {base_variable} on the server."
            ),
            FaultKind::RateLimited => {
                format!("{provider} limits how often {model} can be asked. {later}, or choose another model.")
            }
            FaultKind::Overloaded => {
                format!(
                    "{provider} has more requests for {model} than it can take. {later}, or choose another model."
                )
            }
            FaultKind::Unavailable => {
                format!(
                    "{provider} failed while {model} was asked.{detail} {later}, or choose another model."
                )
            }
            FaultKind::Connect => format!(
                "{provider} cannot be reached for {model}. Check the server's network and {base_variable}, or choose another model."
            ),
            FaultKind::Unsent => format!(
                "A picture of this conversation could not be read from this server's storage while {model} was asked. {later}; if it stays so, tell the administrator."
            ),
            FaultKind::Timeout => format!(
                "{provider} sent nothing for too long while {model} was asked. {later}, or choose another model."
            ),
            FaultKind::Endless => format!(
                "{model} had not come to the end of its answer after the longest time that a call may take, so it was stopped. What arrived is kept; continue, or ask for less at once."
            ),
            FaultKind::Wordless => format!(
                "{model} ended its answer twice without saying a word. Send the message again, word it differently, or choose another model."
            ),
            FaultKind::WebPage => format!(
                "{provider} answered for {model} with a web page instead of a model's answer. Check {base_variable} and any proxy on the way."
            ),
            FaultKind::BadResponse => format!(
                "{provider} answered for {model} with something that cannot be read.{detail} Check {base_variable}, or choose another model."
            ),
            FaultKind::Truncated => format!(
                "The connection to {provider} was cut before {model} had finished. What arrived is kept; continue or try again."
            ),
            FaultKind::ContextTooLong
            | FaultKind::Region
            | FaultKind::ContentFilter
            | FaultKind::Incapable
            | FaultKind::Rejected => self.refusal(speaker),
        }
    }

    /// What the provider refuses because of what it is asked, or by whom.
    fn refusal(&self, Speaker { provider, model, .. }: Speaker<'_>) -> String {
        let detail = self.said();
        match self.kind {
            FaultKind::ContextTooLong => format!(
                "The conversation is longer than {model} takes.{detail} Start a new conversation, or choose a model with a larger window."
            ),
            FaultKind::Region => format!(
                "{provider} does not serve the country this server runs in, so {model} cannot be asked. Choose a model of another provider."
            ),
            FaultKind::ContentFilter => format!(
                "The content filter of {provider} refused the request to {model}.{detail} Change the message, or choose another model."
            ),
            FaultKind::Incapable => format!(
                "{model} cannot take the tools or the images that were sent.{detail} Leave them out, or choose another model."
            ),
            _ => format!(
                "{provider} refused the request to {model}.{detail} Change the message, or choose another model."
            ),
        }
    }
}
