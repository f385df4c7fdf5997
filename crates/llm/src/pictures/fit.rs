//! Leaves out what a request cannot carry. Pure.

use std::borrow::Cow;

use vertice_domain::Provider;
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptImage},
};

use super::{Limits, length, limits};

/// Stands for a picture that the provider would refuse.
const TOO_LARGE: &str = "[A picture is left out here: it is larger than this model takes.]";
/// Stands for a picture that newer ones leave no room for.
const TOO_MANY: &str =
    "[An earlier picture is left out here: all pictures together are more than one request can carry.]";
/// Stands for a picture whose bytes are gone.
const GONE: &str = "[A picture was here that can no longer be read.]";

/// The prompt as `provider` takes it.
pub fn fit(prompt: &Prompt, provider: Provider) -> Cow<'_, Prompt> {
    let notes = notes(prompt, limits(provider));
    if notes.iter().all(Option::is_none) {
        return Cow::Borrowed(prompt);
    }
    let mut fitted = prompt.clone();
    let mut notes = notes.into_iter();
    replace(&mut fitted, |_| notes.next().flatten());
    Cow::Owned(fitted)
}

/// How many pictures [`fit`] leaves out.
pub fn left_out(prompt: &Prompt, provider: Provider) -> usize {
    notes(prompt, limits(provider)).iter().flatten().count()
}

/// The pictures that [`fit`] leaves in.
pub(super) fn shown(prompt: &Prompt, limits: Limits) -> impl Iterator<Item = &PromptImage> {
    let notes = notes(prompt, limits);
    prompt.images().zip(notes).filter(|(_, note)| note.is_none()).map(|(picture, _)| picture)
}

/// Leaves out the pictures whose bytes are gone.
pub fn without(prompt: &mut Prompt, is_gone: impl Fn(&PromptImage) -> bool) {
    replace(prompt, |picture| is_gone(picture).then_some(GONE));
}

/// For each picture, oldest first, what stands in its place; none: it is shown.
fn notes(prompt: &Prompt, limits: Limits) -> Vec<Option<&'static str>> {
    let lengths: Vec<u64> = prompt.images().map(length).collect();
    let mut notes = vec![None; lengths.len()];
    let (mut room, mut count, mut is_full) = (limits.all, limits.count, false);
    for (length, note) in lengths.into_iter().zip(&mut notes).rev() {
        if length > limits.one.min(limits.all) {
            *note = Some(TOO_LARGE);
            continue;
        }
        // Once one is left out, so are those before it: they are not what is talked about any more.
        is_full = is_full || count == 0 || length > room;
        if is_full {
            *note = Some(TOO_MANY);
        } else {
            (room, count) = (room - length, count - 1);
        }
    }
    notes
}

/// Puts what `note` says in the place of pictures; it is asked for each, oldest first.
fn replace(prompt: &mut Prompt, mut note: impl FnMut(&PromptImage) -> Option<&'static str>) {
    for block in prompt.messages.iter_mut().flat_map(|message| &mut message.blocks) {
        match block {
            Block::Image(picture) => {
                if let Some(note) = note(picture) {
                    *block = Block::Text(note.to_owned());
                }
            }
            Block::ToolResult(result) => {
                let text = &mut result.text;
                result.images.retain(|picture| match note(picture) {
                    None => true,
                    Some(note) => {
                        if !text.is_empty() {
                            text.push_str("\n\n");
                        }
                        text.push_str(note);
                        false
                    }
                });
            }
            Block::Text(_) | Block::ToolCall(_) | Block::Replay(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
