//! Models that say what a test wrote for them, with gates where the test wants to look.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use vertice_domain::{
    Actor, Author, Error, ErrorKind, FinishReason, HealthState, Intent, ModelChoice, ModelInfo, Provider,
    ProviderStatus, Result, RoutedBy, Tier, TurnFailure, Usage, chat::Effort, event::CallUsage,
};
use vertice_ports::{
    Prompt,
    model::{ModelCall, ModelEvent, ModelStream, Planned, Route, ToolCallDelta},
    prompt::{Hints, PromptMessage, Replay},
    quota::Reservation,
};

/// One step of a scripted answer.
pub(crate) enum Step {
    Say(ModelEvent),
    Fail(TurnFailure),
    /// Waits until the test opens it.
    Gate(Arc<Notify>),
    /// Says nothing more, not even when cancelled.
    Deaf,
    Panic,
}

impl Step {
    pub(crate) fn say(text: &str) -> Self {
        Self::Say(ModelEvent::Text(text.into()))
    }

    pub(crate) fn stop() -> Self {
        Self::Say(ModelEvent::Stop(FinishReason::Stop))
    }

    /// Calls a tool; `index` counts the calls of the answer from 0.
    pub(crate) fn call(index: u32, id: &str, name: &str, json: &str) -> [Self; 2] {
        let start = ToolCallDelta::Start { index, id: id.into(), name: name.into() };
        let arguments = ToolCallDelta::Arguments { index, json: json.into() };
        [start, arguments].map(|delta| Self::Say(ModelEvent::ToolCall(delta)))
    }

    pub(crate) fn seal(data: &str) -> Self {
        let (provider, model) = (Provider::Demo, "routed".into());
        Self::Say(ModelEvent::Replay(Replay { provider, model, data: data.into() }))
    }
}

#[derive(Default)]
pub(crate) struct Models {
    scripts: Mutex<VecDeque<Vec<Step>>>,
    prompts: Mutex<Vec<Prompt>>,
    asked: Mutex<Vec<String>>,
    refused: Mutex<Option<TurnFailure>>,
    routed: AtomicUsize,
    /// The models that there are.
    pub(crate) listed: Mutex<Vec<ModelInfo>>,
    /// The call that the quota has nothing left for, from 1.
    pub(crate) spent_after: Mutex<Option<usize>>,
    /// Told whenever a call was cancelled.
    pub(crate) cancelled: Arc<Notify>,
}

impl Models {
    /// What the next call says.
    pub(crate) fn script(&self, steps: impl IntoIterator<Item = Step>) {
        self.scripts.lock().unwrap().push_back(steps.into_iter().collect());
    }

    /// The next call fails before it begins.
    pub(crate) fn refuse(&self, failure: TurnFailure) {
        *self.refused.lock().unwrap() = Some(failure);
    }

    /// The text that the last call was shown.
    pub(crate) fn shown(&self) -> Vec<(Author, String)> {
        self.shown_whole().iter().map(|message| (message.author, message.plain())).collect()
    }

    /// All that the last call was shown.
    pub(crate) fn shown_whole(&self) -> Vec<PromptMessage> {
        self.prompts.lock().unwrap().last().unwrap().messages.clone()
    }

    /// How hard the last call was to think.
    pub(crate) fn effort(&self) -> Option<Effort> {
        self.prompts.lock().unwrap().last().unwrap().sampling.effort
    }

    /// What the router was told of the last call beside the prompt.
    pub(crate) fn hints(&self) -> Hints {
        self.prompts.lock().unwrap().last().unwrap().hints.clone()
    }

    /// The names of the tools that the last call was offered.
    pub(crate) fn offered(&self) -> Vec<String> {
        let prompts = self.prompts.lock().unwrap();
        prompts.last().unwrap().tools.iter().map(|tool| tool.name.clone()).collect()
    }

    /// What the last call was instructed.
    pub(crate) fn instructed(&self) -> Option<String> {
        self.prompts.lock().unwrap().last().unwrap().system.clone()
    }

    /// The models that were asked, in their order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> usize {
        self.prompts.lock().unwrap().len()
    }
}

/// A model that calls tools, and that no title is asked of.
fn able() -> ModelInfo {
    ModelInfo {
        id: "able".into(),
        name: "Able".into(),
        provider: Provider::Demo,
        tier: Tier::Fast,
        context_window: None,
        max_output_tokens: None,
        tools: true,
        vision: false,
        thinking: false,
        input_usd_per_mtok: None,
        output_usd_per_mtok: None,
        available: true,
        health: HealthState::Healthy,
    }
}

#[async_trait]
impl vertice_ports::Models for Models {
    async fn list(&self, _: &Actor) -> Result<Vec<ModelInfo>> {
        let listed = self.listed.lock().unwrap().clone();
        Ok(if listed.is_empty() { vec![able()] } else { listed })
    }

    async fn route(&self, _: &Actor, choice: &ModelChoice, _: &Prompt) -> Result<Planned> {
        let routed = self.routed.fetch_add(1, Ordering::Relaxed) + 1;
        if Some(routed) == *self.spent_after.lock().unwrap() {
            return Err(Error::new(ErrorKind::Quota, "quota_exceeded", "Nothing is left for today."));
        }
        let (model, routed_by) = match choice {
            ModelChoice::Auto => ("routed".to_owned(), RoutedBy::Router),
            ModelChoice::Named(name) if name == "nope" => {
                return Err(Error::invalid_field("model", "is not known"));
            }
            ModelChoice::Named(name) => (name.clone(), RoutedBy::User),
        };
        let route = Route {
            model,
            provider: Provider::Demo,
            intent: Intent::Simple,
            routed_by,
            reason: "Because.".into(),
            candidates: Vec::new(),
            fallbacks: Vec::new(),
        };
        Ok(Planned { route, reservation: Reservation::unlimited() })
    }

    async fn call(
        &self,
        _: &Actor,
        call: ModelCall,
        cancel: CancellationToken,
    ) -> std::result::Result<ModelStream, TurnFailure> {
        self.asked.lock().unwrap().push(call.planned.route.model);
        if !call.beginning.stored().await {
            let stop = ModelEvent::Stop(FinishReason::Cancelled);
            return Ok(stream::iter([Ok(stop)]).boxed());
        }
        self.prompts.lock().unwrap().push(call.prompt);
        if let Some(failure) = self.refused.lock().unwrap().take() {
            return Err(failure);
        }
        let steps = self.scripts.lock().unwrap().pop_front().unwrap_or_default();
        let state = (VecDeque::from(steps), cancel, self.cancelled.clone());
        Ok(stream::unfold(state, |(mut steps, cancel, cancelled)| async move {
            let item = next(&mut steps, &cancel, &cancelled).await?;
            Some((item, (steps, cancel, cancelled)))
        })
        .boxed())
    }

    async fn providers(&self, _: &Actor) -> Result<Vec<ProviderStatus>> {
        Ok(Vec::new())
    }

    async fn check_key(&self, _: &Actor, _: Provider) -> Result<()> {
        Ok(())
    }
}

/// A bill of the model that every turn here is routed to.
pub(crate) fn bill(usage: Usage) -> ModelEvent {
    ModelEvent::Usage(Box::new(CallUsage { model: "routed".into(), usage, cache_miss: None }))
}

async fn next(
    steps: &mut VecDeque<Step>,
    cancel: &CancellationToken,
    cancelled: &Notify,
) -> Option<std::result::Result<ModelEvent, TurnFailure>> {
    loop {
        match steps.pop_front()? {
            Step::Say(event) => return Some(Ok(event)),
            Step::Fail(failure) => return Some(Err(failure)),
            Step::Deaf => std::future::pending::<()>().await,
            Step::Panic => panic!("a defect, on purpose"),
            Step::Gate(gate) => {
                tokio::select! {
                    () = gate.notified() => {}
                    () = cancel.cancelled() => {
                        cancelled.notify_one();
                        let bill = Usage { output_tokens: 1, estimated: true, ..Usage::default() };
                        *steps = [Step::Say(ModelEvent::Stop(FinishReason::Cancelled))].into();
                        return Some(Ok(self::bill(bill)));
                    }
                }
            }
        }
    }
}
