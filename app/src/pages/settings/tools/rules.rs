//! The rules about a tool's arguments: those there are, and one that is being written.

use leptos::{ev, prelude::*};
use vertice_domain::{
    McpTool, ToolPermission,
    mcp::{ArgumentRule, ArgumentTest, rule},
};

use super::{
    board::Act,
    drawing::{Hand, line, permissions},
};
use crate::{
    chat::legible,
    strings::{fill, t},
    ui::{Button, ButtonKind, ButtonSize, Icon},
};

/// A rule that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    /// Empty: the first of those there are.
    argument: String,
    test: ArgumentTest,
    /// One a line.
    pub(super) values: String,
    permission: ToolPermission,
}

impl Default for Draft {
    fn default() -> Self {
        let (argument, values) = (String::new(), String::new());
        Self { argument, test: ArgumentTest::Is, values, permission: ToolPermission::Ask }
    }
}

impl Draft {
    /// None: it says nothing yet.
    fn rule(&self, arguments: &[String]) -> Option<ArgumentRule> {
        // A blank at the end counts: `npm ` is not the beginning of `npmx`.
        let lines = self.values.lines().filter(|line| !line.trim().is_empty());
        let values: Vec<String> = lines.map(str::to_owned).collect();
        let argument = Some(&self.argument).filter(|argument| arguments.contains(argument));
        let argument = argument.or(arguments.first())?.clone();
        let rule = ArgumentRule { argument, test: self.test, values, permission: self.permission };
        Some(rule).filter(|rule| !rule.values.is_empty())
    }
}

/// A pointer as people read it: `options/path`.
fn name(pointer: &str) -> String {
    legible(pointer.trim_start_matches('/')).replace("~1", "/").replace("~0", "~")
}

fn said(rule: &ArgumentRule) -> String {
    let text = match rule.test {
        ArgumentTest::Is => t().rules.said_is,
        ArgumentTest::StartsWith => t().rules.said_starts,
        ArgumentTest::Host => t().rules.said_host,
        ArgumentTest::Unknown => t().rules.said_unknown,
    };
    let values = rule.values.iter().map(|value| legible(value)).collect::<Vec<_>>().join(t().rules.or);
    fill(text, &[("argument", &name(&rule.argument)), ("values", &values)])
}

/// Something that may be chosen: its word, and what it is called.
type Offered = (String, String);

fn select(
    (id, label): (&'static str, &'static str),
    options: Vec<Offered>,
    chosen: &str,
    draft: RwSignal<Draft>,
    choose: fn(&mut Draft, String),
) -> AnyView {
    let options = options.into_iter().map(|(word, name)| {
        let selected = word == chosen;
        view! { <option value=word selected=selected>{name}</option> }.into_any()
    });
    let options: Vec<AnyView> = options.collect();
    let chosen = move |event: ev::Event| draft.update(|draft| choose(draft, event_target_value(&event)));
    view! {
        <div class="min-w-32 flex-1">
            <label class="label" for=id>{label}</label>
            <select id=id class="field mt-1.5" on:change=chosen>{options}</select>
        </div>
    }
    .into_any()
}

pub(super) fn editor(tool: &McpTool, hand: &Hand<'_>) -> AnyView {
    let all = tool.rules.clone();
    let rows = all.iter().enumerate().map(|(place, rule)| {
        let mut rest = all.clone();
        rest.remove(place);
        let word = permissions().into_iter().find(|(permission, _)| *permission == rule.permission);
        let (board, server, act) = (hand.board, hand.name.clone(), Act::Rules(tool.name.clone(), rest));
        let said = said(rule);
        view! {
            <li class="flex min-h-9 items-center gap-3 py-1">
                <span class=badge(rule.permission)>{word.map(|(_, word)| word)}</span>
                <span class="min-w-0 flex-1 text-xs break-words">{said.clone()}</span>
                <button
                    type="button"
                    class="btn btn-ghost btn-icon btn-sm"
                    aria-label=fill(t().rules.remove, &[("rule", &said)])
                    on:click=move |_| board.act(&server, act.clone())
                >
                    {Icon::Trash.svg("size-4")}
                </button>
            </li>
        }
        .into_any()
    });
    let rows: Vec<AnyView> = rows.collect();
    view! {
        <div class="my-2 rounded-lg border p-3">
            <ul class="divide-y empty:hidden">{rows}</ul>
            {form(tool, hand)}
        </div>
    }
    .into_any()
}

fn form(tool: &McpTool, hand: &Hand<'_>) -> AnyView {
    let arguments = rule::arguments(&tool.input_schema);
    if arguments.is_empty() {
        return line(t().rules.no_arguments.to_owned());
    }
    let draft = hand.board.draft;
    let Draft { argument, test, permission, .. } = draft.get_untracked();
    let tests = [
        (ArgumentTest::Is, t().rules.test_is),
        (ArgumentTest::StartsWith, t().rules.test_starts),
        (ArgumentTest::Host, t().rules.test_host),
    ];
    let named = arguments.iter().map(|pointer| (pointer.clone(), name(pointer))).collect();
    let words = |words: &[(&str, &str)]| -> Vec<Offered> {
        words.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect()
    };
    let selects = [
        select(("rule-argument", t().rules.argument), named, &argument, draft, |draft, word| {
            draft.argument = word;
        }),
        select(
            ("rule-test", t().rules.test),
            words(&tests.map(|(test, name)| (test.as_str(), name))),
            test.as_str(),
            draft,
            |draft, word| draft.test = ArgumentTest::parse(&word).unwrap_or(draft.test),
        ),
        select(
            ("rule-permission", t().rules.then),
            words(&permissions().map(|(value, name)| (value.as_str(), name))),
            permission.as_str(),
            draft,
            |draft, word| draft.permission = ToolPermission::parse(&word).unwrap_or(draft.permission),
        ),
    ];
    let (board, server, tool_name, before) =
        (hand.board, hand.name.clone(), tool.name.clone(), tool.rules.clone());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(rule) = draft.with_untracked(|draft| draft.rule(&arguments)) {
            let rules = before.iter().cloned().chain([rule]).collect();
            board.act(&server, Act::Rules(tool_name.clone(), rules));
        }
    };
    let busy = Signal::stored(matches!(hand.busy, Some(Act::Rules(..))));
    view! {
        <form class="mt-1" on:submit=submit>
            <div class="flex flex-wrap gap-3">{Vec::from(selects)}</div>
            <label class="label mt-3" for="rule-values">{t().rules.values}</label>
            <textarea
                id="rule-values"
                rows=2
                class="field mt-1.5 !h-auto py-2 font-mono !text-xs [field-sizing:content]"
                autocapitalize="off"
                spellcheck="false"
                required=true
                aria-describedby="rule-hint"
                on:input=move |event| draft.update(|draft| draft.values = event_target_value(&event))
                prop:value=move || draft.with(|draft| draft.values.clone())
            ></textarea>
            <p id="rule-hint" class="hint mt-1.5">{t().rules.hint}</p>
            <div class="mt-3">
                <Button kind=ButtonKind::Outline size=ButtonSize::Small submit=true busy=busy>{t().rules.add}</Button>
            </div>
        </form>
    }
    .into_any()
}

const fn badge(permission: ToolPermission) -> &'static str {
    match permission {
        ToolPermission::Allow => "badge badge-success",
        ToolPermission::Ask => "badge badge-warning",
        ToolPermission::Deny => "badge badge-danger",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_a_rule_once_it_names_a_value() {
        let arguments = ["/path".to_owned(), "/options~1x/deep".to_owned()];
        let draft = Draft {
            argument: "/gone".into(),
            values: " \n/home/a b\n\n/tmp\nnpm ".into(),
            ..Draft::default()
        };
        let rule = draft.rule(&arguments).expect("it is one");
        assert_eq!(
            (rule.argument.as_str(), &*rule.values),
            ("/path", &["/home/a b".to_owned(), "/tmp".to_owned(), "npm ".to_owned()][..])
        );
        assert_eq!(said(&rule), "path is /home/a b or /tmp or npm ");
        assert_eq!(Draft::default().rule(&arguments), None);
        assert_eq!(draft.rule(&[]), None);
        assert_eq!(name(&arguments[1]), "options/x/deep");
    }
}
