//! What a tool's server asks the person in the midst of a call: put into the answer, and answered, or closed with the call.

use vertice_domain::{
    Elicitation, Part, PartKind, ToolState, TurnEvent,
    elicitation::{self, Answer},
};
use vertice_ports::chat::Verdict;

use super::{Effect, TurnState};

impl TurnState {
    /// Only a call that runs can ask; nobody is asked once the turn is to end.
    pub(super) fn asked(&mut self, asked: Elicitation, out: &mut Vec<Effect>) {
        let runs = self
            .transcript
            .calls()
            .find(|(_, call)| call.id == asked.call && call.state == ToolState::Running);
        match runs.map(|(part, _)| part.step).filter(|_| self.stopping.is_none()) {
            Some(step) => {
                self.place(step, PartKind::Elicitation(asked), out);
                out.push(Effect::TellWaits);
            }
            None => out.push(Effect::Answer { id: asked.id, answer: Answer::Cancel }),
        }
    }

    /// Nobody waits for the answer any more.
    pub(super) fn lapsed(&mut self, id: &str, out: &mut Vec<Effect>) {
        self.close_questions(|asked| asked.id == id, &Answer::Lapsed, out);
    }

    /// Gives a person's answer to the question that they saw, if it still waits: the next one of the same call is another one.
    pub(super) fn answered(&mut self, call: &str, seen: &str, verdict: &Verdict, out: &mut Vec<Effect>) {
        let asked = self.transcript.asked_in(call).filter(|asked| asked.id == seen);
        let Some(asked) = asked.cloned() else { return };
        let answer = match verdict {
            Verdict::Answer { answers } => {
                let told = elicitation::answered(&asked.wanted, answers);
                told.ok().map(|values| Answer::Accept { values })
            }
            Verdict::Deny { .. } => Some(Answer::Decline),
            Verdict::Dismiss => Some(Answer::Cancel),
            Verdict::Allow { .. } | Verdict::Respond { .. } => None,
        };
        if let Some(answer) = answer {
            self.close_questions(|other| other.id == asked.id, &answer, out);
            out.push(Effect::Answer { id: asked.id, answer });
        }
    }

    /// Closes what is open of these questions.
    pub(super) fn close_questions(
        &mut self,
        which: impl Fn(&Elicitation) -> bool,
        answer: &Answer,
        out: &mut Vec<Effect>,
    ) {
        let open: Vec<Part> =
            self.transcript.asks().filter(|(_, asked)| which(asked)).map(|(part, _)| part.clone()).collect();
        for mut part in open {
            if let PartKind::Elicitation(asked) = &mut part.kind {
                asked.answer = Some(answer.clone());
            }
            self.emit(TurnEvent::PartStarted(Box::new(part)), out);
            if !out.contains(&Effect::TellWaits) {
                out.push(Effect::TellWaits);
            }
        }
    }
}
