//! What a model cannot do is said before it is asked. Pure.

use vertice_domain::{Error, FieldError, Provider, Result};
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptImage},
};

use crate::catalog::Model;

/// Refuses a prompt that `model` cannot take, naming the field.
pub fn check(prompt: &Prompt, model: &Model) -> Result<()> {
    let mut errors = Vec::new();
    if !prompt.tools.is_empty() && !model.tools {
        let message =
            format!("{} does not call tools; leave them out, or choose a model that does", model.id);
        errors.push(FieldError::new("tools", message));
    }
    if let Some((index, images)) = first_with_images(prompt) {
        let field = format!("messages[{index}].content");
        if !model.vision {
            let message =
                format!("{} does not see images; leave them out, or choose a model that does", model.id);
            errors.push(FieldError::new(field, message));
        } else if images.iter().any(|image| matches!(image, PromptImage::Url { .. })) && !fetches(model.provider) {
            let message = format!("{} does not fetch images from addresses; send the image itself", model.id);
            errors.push(FieldError::new(field, message));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

/// Whether `model` sees the pictures of a prompt, if there are any.
pub fn sees(prompt: &Prompt, model: &Model) -> bool {
    let by_address = || {
        let mut images = prompt.messages.iter().flat_map(|message| message.blocks.iter().flat_map(pictures));
        images.any(|image| matches!(image, PromptImage::Url { .. }))
    };
    model.vision && (fetches(model.provider) || !by_address())
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
        let fields = |model: &Model| -> Vec<String> {
            check(&prompt, model).err().into_iter().flat_map(|error| error.fields).map(|f| f.field).collect()
        };
        let mut model = Model { tools: false, vision: false, ..Model::unknown("m", Provider::Gemini) };
        assert_eq!(fields(&model), ["tools", "messages[0].content"]);
        model = Model { tools: true, vision: true, ..model };
        assert_eq!(fields(&model), ["messages[0].content"], "Gemini fetches nothing");
        model.provider = Provider::Openai;
        assert!(fields(&model).is_empty());
    }
}
