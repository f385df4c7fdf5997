//! Which tools a turn is offered, and whether whoever answers can use them.

use vertice_domain::{Actor, Mode, ModelChoice, ModelInfo, Result, chat::ToolChoice, question};
use vertice_ports::{
    prompt::{PromptMessage, ToolSpec},
    tools::{InText, Need, Tool},
};

use super::{
    Ask, Form, Settings,
    check::{check_names, is_meant},
};
use crate::hub::Hub;

impl Hub {
    /// Suits what is asked to the model that answers: its window, and whether it calls tools. What it can do in its text, if it writes
    /// tags.
    pub(super) async fn suited(&self, actor: &Actor, ask: &mut Ask) -> Result<Option<InText>> {
        let settings = &mut ask.settings;
        // Tools that are named are few, and all of them are wanted.
        if matches!(settings.tools, ToolChoice::Named(_)) {
            return Ok(None);
        }
        let able = self.able(actor, &ask.choice).await?;
        let is_wanted = settings.tools == ToolChoice::Auto;
        if is_wanted {
            settings.window = able.window;
        }
        if able.calls_tools {
            return Ok(None);
        }
        (settings.tools, settings.form) = (ToolChoice::None, Form::Words);
        if !is_wanted {
            return Ok(None);
        }
        let conversation = (!ask.is_new).then_some(ask.conversation.id);
        let in_text = self.runner.tools.in_text(actor, conversation).await?;
        if in_text.tools.is_empty() {
            return Ok(None);
        }
        settings.form = Form::Tags;
        Ok(Some(in_text))
    }

    /// The tools that a request asks for. A name that means none is refused.
    pub(super) async fn asked_for(&self, actor: &Actor, wanted: Wanted<'_>) -> Result<Vec<Tool>> {
        let offered = self.offered(actor, wanted).await?;
        if let ToolChoice::Named(names) = wanted.tools {
            check_names(names, &offered)?;
        }
        Ok(offered)
    }

    /// What is on offer to the model of what the request chose.
    pub(crate) async fn offered(&self, actor: &Actor, wanted: Wanted<'_>) -> Result<Vec<Tool>> {
        if *wanted.tools == ToolChoice::None {
            return Ok(Vec::new());
        }
        let topic = wanted.history.first().map(PromptMessage::plain).unwrap_or_default();
        let Wanted { mode, is_kept, window, .. } = wanted;
        let need = Need { topic: &topic, mode, is_kept, window };
        let mut offered = self.runner.tools.offered(actor, need).await?;
        if let ToolChoice::Named(names) = wanted.tools {
            offered.retain(|tool| names.iter().any(|name| is_meant(name, tool)));
        }
        // Who acts may have to ask; who only talks asks in words. Before the others, where it never moves.
        if !offered.is_empty() {
            offered.insert(0, question_tool());
        }
        Ok(offered)
    }

    /// What the model is able to; of those that may be chosen, what all of them are that call tools.
    pub(super) async fn able(&self, actor: &Actor, choice: &ModelChoice) -> Result<Able> {
        let models = self.runner.models.list(actor).await?;
        let may_be = |model: &&ModelInfo| match choice {
            ModelChoice::Named(id) => model.id == *id,
            ModelChoice::Auto => model.available && model.tools,
        };
        let able: Vec<&ModelInfo> = models.iter().filter(may_be).collect();
        let window = able.iter().filter_map(|model| model.context_window).min();
        // One that is not known is refused by its name, later.
        let is_unknown = able.is_empty() && matches!(choice, ModelChoice::Named(_));
        Ok(Able { window, calls_tools: is_unknown || able.iter().any(|model| model.tools) })
    }
}

/// What whoever answers is able to.
pub(super) struct Able {
    /// How many tokens it takes.
    pub(super) window: Option<u64>,
    /// Whether tools that nobody asked for by name can be offered.
    pub(super) calls_tools: bool,
}

/// Which tools a turn wants.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The window of the model that is to use them; none: all of them, whatever they cost.
    pub(crate) window: Option<u64>,
    pub(crate) mode: Mode,
    /// Whether it is part of a conversation.
    pub(crate) is_kept: bool,
    pub(crate) history: &'a [PromptMessage],
    pub(crate) tools: &'a ToolChoice,
}

impl<'a> Wanted<'a> {
    pub(crate) const fn of(settings: &'a Settings, history: &'a [PromptMessage]) -> Self {
        let Settings { window, mode, tools, .. } = settings;
        Self { window: *window, mode: *mode, is_kept: true, history, tools }
    }
}

pub(super) fn is_question(tool: &Tool) -> bool {
    tool.server.is_empty() && tool.name == question::TOOL
}

/// The tool with which a model asks the person.
fn question_tool() -> Tool {
    let spec = ToolSpec {
        name: question::TOOL.to_owned(),
        description: question::DESCRIPTION.to_owned(),
        input_schema: question::schema(),
    };
    Tool { server: String::new(), name: question::TOOL.to_owned(), spec }
}
