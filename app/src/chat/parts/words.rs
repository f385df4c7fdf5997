//! What a person writes about a call that waits: other arguments, a reason, or the answer in the tool's place.

use leptos::{ev, prelude::*};

use super::json;
use crate::{
    api::chat::CallVerdict,
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, TextArea, browser},
};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Arguments,
    Reason,
    Answer,
}

impl Words {
    fn label(self) -> &'static str {
        match self {
            Self::Arguments => t().calls.edit_label,
            Self::Reason => t().calls.reason_label,
            Self::Answer => t().calls.answer_label,
        }
    }

    fn send(self) -> &'static str {
        match self {
            Self::Arguments => t().calls.allow_edited,
            Self::Reason => t().calls.deny,
            Self::Answer => t().calls.send_answer,
        }
    }

    /// What is wrong with it.
    fn fault(self, text: &str) -> Option<String> {
        let text = text.trim();
        match (self, json::fault(text)) {
            (Self::Arguments, _) if !text.starts_with('{') => Some(t().calls.not_object.to_owned()),
            (Self::Arguments, Some((line, column))) => {
                let places = [("line", &*line.to_string()), ("column", &*column.to_string())];
                Some(fill(t().calls.not_json, &places))
            }
            _ => None,
        }
    }

    /// The decision that it makes; `before` is what was in the field. None: it makes none yet.
    fn verdict(self, text: &str, before: &str) -> Option<CallVerdict> {
        let text = text.trim();
        match self {
            Self::Arguments if self.fault(text).is_some() => None,
            Self::Arguments => {
                let input = Some(text.to_owned()).filter(|text| text != before.trim());
                Some(CallVerdict::Allow { input, keep: None })
            }
            Self::Reason => {
                Some(CallVerdict::Deny { reason: Some(text.to_owned()).filter(|text| !text.is_empty()) })
            }
            Self::Answer => (!text.is_empty()).then(|| CallVerdict::Answer { content: text.to_owned() }),
        }
    }
}

/// The field, and what is done with it. `name` is unique on the page.
#[component]
pub(super) fn WordsForm(
    words: Words,
    before: String,
    name: String,
    busy: Signal<bool>,
    decide: Callback<CallVerdict>,
    cancel: Callback<()>,
) -> impl IntoView {
    let text = RwSignal::new(before.clone());
    let fault = Signal::derive(move || text.with(|text| words.fault(text)));
    let before = StoredValue::new(before);
    let verdict = move |text: &String| {
        before.with_value(|before| words.verdict(text, before)).filter(|_| !busy.get_untracked())
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(verdict) = text.with_untracked(verdict) {
            decide.run(verdict);
        }
    };
    let rows = if words == Words::Reason { 2 } else { 5 };
    let field = name.clone();
    Effect::new(move |_| browser::focus_id(&field));
    view! {
        <form on:submit=submit>
            <TextArea id=name label=words.label() rows=rows error=fault value=text />
            <div class="mt-2 flex flex-wrap gap-2">
                <Button
                    kind=ButtonKind::Primary
                    size=ButtonSize::Small
                    submit=true
                    busy=busy
                    disabled=Signal::derive(move || !busy.get() && text.with(|text| verdict(text).is_none()))
                >
                    {words.send()}
                </Button>
                <Button kind=ButtonKind::Ghost size=ButtonSize::Small on_click=move |_| cancel.run(())>
                    {t().common.cancel}
                </Button>
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_an_object_or_nothing_is_decided() {
        let said = |text: &str| Words::Arguments.verdict(text, "{\"a\": 1}");
        for bad in ["", "[1]", "{\"a\": }", "text"] {
            assert_eq!(said(bad), None, "{bad}");
            assert!(Words::Arguments.fault(bad).is_some(), "{bad}");
        }
        let allow =
            |input: Option<&str>| Some(CallVerdict::Allow { input: input.map(str::to_owned), keep: None });
        assert_eq!(said(" {\"a\": 1}\n"), allow(None), "nothing was changed");
        assert_eq!(said("{\"a\": 2}"), allow(Some("{\"a\": 2}")));
        assert_eq!(
            Words::Arguments.fault("{\n\"a\": }").as_deref(),
            Some("This is not valid JSON: look at line 2, column 6.")
        );
    }

    #[test]
    fn a_reason_may_be_missing_and_an_answer_may_not() {
        assert_eq!(Words::Reason.verdict(" ", ""), Some(CallVerdict::Deny { reason: None }));
        assert_eq!(
            Words::Reason.verdict("Not now. ", ""),
            Some(CallVerdict::Deny { reason: Some("Not now.".into()) })
        );
        assert_eq!(Words::Answer.verdict(" ", ""), None);
        assert_eq!(
            Words::Answer.verdict("It is 4.", ""),
            Some(CallVerdict::Answer { content: "It is 4.".into() })
        );
    }
}
