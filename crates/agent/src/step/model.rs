//! What a model says becomes parts of the answer.

use vertice_domain::{
    FinishReason, LogEntry, Metadata, PartKind, Sealed, SealedPart, ToolCall, TurnEvent,
    event::{CallUsage, StepStarted},
};
use vertice_ports::model::{ModelEvent, Route, ToolCallDelta};

use super::{Effect, Input, TurnState};
use crate::prompt;

impl TurnState {
    pub(super) fn hear(&mut self, event: ModelEvent, at_ms: u64, out: &mut Vec<Effect>) {
        match event {
            ModelEvent::Text(text) => {
                self.first_token_ms.get_or_insert(at_ms);
                if !self.reads(&text) {
                    self.write(PartKind::Text { text }, out);
                }
            }
            ModelEvent::Thinking(text) => {
                self.first_token_ms.get_or_insert(at_ms);
                self.write(PartKind::Thinking { text }, out);
            }
            ModelEvent::ToolCall(delta) => {
                self.first_token_ms.get_or_insert(at_ms);
                self.write_call(delta, out);
            }
            ModelEvent::Replay(replay) => {
                self.close_part(out);
                let sealed = Sealed { provider: replay.provider, model: replay.model, data: replay.data };
                let (position, step) = (self.transcript.next_position(), self.step_number());
                self.log(LogEntry::Sealed(Box::new(SealedPart { position, step, sealed })), out);
            }
            ModelEvent::Rerouted(route) => self.reroute(*route, out),
            ModelEvent::Usage(bill) => self.bill(*bill, out),
            ModelEvent::Stop(reason) => {
                if !self.reads_to_the_end(&Input::Model(ModelEvent::Stop(reason))) {
                    self.stopped(reason, at_ms, out);
                }
            }
        }
    }

    /// Text and thinking go on in the part that is open, if it is of their kind.
    pub(super) fn write(&mut self, kind: PartKind, out: &mut Vec<Effect>) {
        let open = self.open.and_then(|position| Some((position, &self.transcript.part(position)?.kind)));
        match (open, kind) {
            (Some((position, PartKind::Text { .. })), PartKind::Text { text })
            | (Some((position, PartKind::Thinking { .. })), PartKind::Thinking { text }) => {
                self.emit(TurnEvent::PartDelta { position, text }, out);
            }
            (_, kind) => {
                self.close_part(out);
                self.open = Some(self.place(self.step_number(), kind, out));
            }
        }
    }

    pub(super) fn close_part(&mut self, out: &mut Vec<Effect>) {
        if let Some(position) = self.open.take() {
            self.emit(TurnEvent::PartEnded { position }, out);
        }
    }

    fn write_call(&mut self, delta: ToolCallDelta, out: &mut Vec<Effect>) {
        match delta {
            ToolCallDelta::Start { index: _, id, name } => {
                self.close_part(out);
                let step = self.step_number();
                let id = self.unused(&id);
                let call = match self.offered.get(&name) {
                    Some(tool) => {
                        let called = if tool.name == name { String::new() } else { name };
                        ToolCall { called, ..ToolCall::proposed(id, tool.server.clone(), tool.name.clone()) }
                    }
                    None => ToolCall::proposed(id, "", name),
                };
                let position = self.place(step, PartKind::ToolCall(call), out);
                self.writing.push(position);
            }
            ToolCallDelta::Arguments { index, json } => {
                let position = usize::try_from(index).ok().and_then(|index| self.writing.get(index));
                if let Some(&position) = position {
                    self.emit(TurnEvent::PartDelta { position, text: json }, out);
                }
            }
        }
    }

    /// An id that no call of the turn has: some servers number their calls anew in each answer.
    pub(super) fn unused(&self, id: &str) -> String {
        let mut unused = id.to_owned();
        let mut number = self.transcript.parts.len();
        while self.transcript.call(&unused).is_some() {
            unused = format!("{id}-{number}");
            number += 1;
        }
        unused
    }

    fn reroute(&mut self, route: Route, out: &mut Vec<Effect>) {
        if let Some(metadata) = self.transcript.metadata.clone() {
            let told = Metadata {
                model: route.model.clone(),
                provider: route.provider,
                routed_by: route.routed_by,
                reason: route.reason,
                candidates: route.candidates,
                ..metadata
            };
            self.emit(TurnEvent::Metadata(Box::new(told)), out);
        }
        let step = StepStarted { step: self.step_number(), model: route.model, provider: route.provider };
        self.emit(TurnEvent::StepStarted(Box::new(step)), out);
    }

    fn bill(&mut self, bill: CallUsage, out: &mut Vec<Effect>) {
        let read = bill.usage.cache_read_tokens;
        if read > 0
            && let Some(metadata) = self.transcript.metadata.clone()
        {
            let tokens_saved = metadata.tokens_saved + read;
            let told = Metadata { cached: true, tokens_saved, ..metadata };
            self.emit(TurnEvent::Metadata(Box::new(told)), out);
        }
        self.emit(TurnEvent::Usage(Box::new(bill)), out);
    }

    /// The model has said what it had to say. Calls count only if it came to its end by itself.
    fn stopped(&mut self, reason: FinishReason, at_ms: u64, out: &mut Vec<Effect>) {
        self.close_part(out);
        self.close_calls(out);
        match (reason, self.has_open_calls()) {
            (FinishReason::Stop, true) if self.stopping.is_none() => self.propose(at_ms, out),
            // It wanted to go on, and must not.
            (FinishReason::Stop, true) => self.end(FinishReason::Cancelled, out),
            (FinishReason::Stop, false) if self.is_steered() => match self.reached(at_ms) {
                Some(limit) => self.end_at(limit, out),
                None => self.call_again(out),
            },
            _ => self.end(reason, out),
        }
    }

    /// Whether the person has said something that the model has not heard.
    fn is_steered(&self) -> bool {
        self.stopping.is_none()
            && prompt::steering(self.step_number(), &self.transcript.parts).next().is_some()
    }

    /// Nothing more comes of the calls that were being written.
    pub(super) fn close_calls(&mut self, out: &mut Vec<Effect>) {
        for position in std::mem::take(&mut self.writing) {
            self.emit(TurnEvent::PartEnded { position }, out);
        }
    }
}
