//! What a model cannot do is said before it is asked. Pure.

use std::{borrow::Cow, collections::HashSet};

use vertice_domain::{Error, FieldError, Provider, Result};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptImage, ToolUse},
};

use crate::{
    catalog::Model,
    pictures::{length, limits},
};

/// Refuses a prompt that `model` cannot take, naming the field.
pub fn check(prompt: &Prompt, model: &Model) -> Result<()> {
    let mut errors = Vec::new();
    if !prompt.tools.is_empty() && !model.tools {
        let message =
            format!("{} does not call tools; leave them out, or choose a model that does", model.id);
        errors.push(FieldError::new("tools", message));
    }
    if wants_some_tool(prompt) && !model.forced_tool_choice {
        let message = format!(
            "{} cannot be made to call a tool; send auto, name the one tool, or choose another model",
            model.id
        );
        errors.push(FieldError::new("tool_choice", message));
    }
    if let Some((index, images)) = first_with_images(prompt) {
        let field = format!("messages[{index}].content");
        if !model.vision {
            let message =
                format!("{} does not see images; leave them out, or choose a model that does", model.id);
            errors.push(FieldError::new(field, message));
        } else if images.iter().any(|image| matches!(image, PromptImage::Url { .. }))
            && !fetches(model.provider)
        {
            let message = format!("{} does not fetch images from addresses; send the image itself", model.id);
            errors.push(FieldError::new(field, message));
        }
    }
    errors.extend(model.vision.then(|| too_large(prompt, model)).flatten());
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

/// What a user has just sent is never left out for its size alone: it is refused.
fn too_large(prompt: &Prompt, model: &Model) -> Option<FieldError> {
    let limits = limits(model.provider);
    let most = limits.one.min(limits.all);
    let (last, message) = prompt.messages.iter().enumerate().next_back()?;
    let is_too_large = |block: &Block| matches!(block, Block::Image(image) if length(image) > most);
    message.blocks.iter().any(is_too_large).then(|| {
        let message = format!(
            "{} takes images of at most {:.1} MB; make it smaller, or choose another model",
            model.id,
            most as f64 * 0.75 / 1e6
        );
        FieldError::new(format!("messages[{last}].content"), message)
    })
}

/// Whether a tool must be called, and which one is left to the model.
pub fn wants_some_tool(prompt: &Prompt) -> bool {
    let names: HashSet<&str> = prompt.tools.iter().map(|tool| tool.name.as_str()).collect();
    prompt.tool_use == ToolUse::Required && names.len() > 1
}

/// The prompt as a model can be held to it: where one tool must be called and `model` takes no such order, it is offered
/// that tool alone.
pub fn held_to_its_tool<'a>(prompt: &'a Prompt, model: &Model) -> Cow<'a, Prompt> {
    if model.forced_tool_choice {
        return Cow::Borrowed(prompt);
    }
    match &prompt.tool_use {
        ToolUse::Auto | ToolUse::None => Cow::Borrowed(prompt),
        ToolUse::Required => Cow::Owned(Prompt { tool_use: ToolUse::Auto, ..prompt.clone() }),
        ToolUse::Only(name) => {
            let mut alone = Prompt { tool_use: ToolUse::Auto, ..prompt.clone() };
            alone.tools.retain(|tool| tool.name == *name);
            Cow::Owned(alone)
        }
    }
}

/// Whether `model` sees the pictures of a prompt, if there are any.
pub fn sees(prompt: &Prompt, model: &Model) -> bool {
    let by_address = || {
        let mut images = prompt.messages.iter().flat_map(|message| message.blocks.iter().flat_map(pictures));
        images.any(|image| matches!(image, PromptImage::Url { .. }))
    };
    model.vision && (fetches(model.provider) || !by_address()) && too_large(prompt, model).is_none()
}

/// Whether a provider fetches pictures from public addresses itself.
const fn fetches(provider: Provider) -> bool {
    matches!(provider, Provider::Anthropic | Provider::Openai | Provider::Groq)
}

fn first_with_images(prompt: &Prompt) -> Option<(usize, Vec<&PromptImage>)> {
    prompt.messages.iter().enumerate().find_map(|(index, message)| {
        let images: Vec<&PromptImage> = message.blocks.iter().flat_map(pictures).collect();
        (!images.is_empty()).then_some((index, images))
    })
}

fn pictures(block: &Block) -> Vec<&PromptImage> {
    match block {
        Block::Image(image) => vec![image],
        Block::ToolResult(result) => result.images.iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::{Author, chat::Sampling};
    use vertice_ports::prompt::{PromptMessage, ToolSpec};

    use super::*;

    #[test]
    fn what_a_model_cannot_do_is_named() {
        let sampling =
            Sampling { max_tokens: 10, temperature: 0.5, caching: true, effort: None, spoken: false };
        let image = Block::Image(PromptImage::Url { url: "https://a.example/b.png".into() });
        let messages = vec![PromptMessage { author: Author::User, blocks: vec![image] }];
        let mut prompt = Prompt::new(None, messages, sampling);
        let schema = serde_json::json!({"type": "object"});
        prompt.tools.push(ToolSpec { name: "f".into(), description: String::new(), input_schema: schema });
        let asked = prompt.clone();
        let fields = |model: &Model| -> Vec<String> {
            check(&asked, model).err().into_iter().flat_map(|error| error.fields).map(|f| f.field).collect()
        };
        let mut model = Model { tools: false, vision: false, ..Model::unknown("m", Provider::Gemini) };
        assert_eq!(fields(&model), ["tools", "messages[0].content"]);
        model = Model { tools: true, vision: true, ..model };
        assert_eq!(fields(&model), ["messages[0].content"], "Gemini fetches nothing");
        model.provider = Provider::Openai;
        assert!(fields(&model).is_empty());
        let base64 = bytes::Bytes::from(vec![b'A'; 5_000_000]);
        let inline = PromptImage::Inline { media_type: vertice_domain::ImageType::Png, base64 };
        prompt.messages[0].blocks = vec![Block::Image(inline)];
        prompt.tools.clear();
        assert!(check(&prompt, &model).is_ok() && sees(&prompt, &model));
        model.provider = Provider::Groq;
        let refused = check(&prompt, &model).unwrap_err();
        assert!(refused.message.contains("at most 2.6 MB") && !sees(&prompt, &model), "{refused}");
    }
}
