//! Conversations to be replayed: who says how much, and when. The texts are made up, their sizes are those of real chats.

use serde_json::json;
use vertice_domain::{Author, chat::Sampling};
use vertice_llm::cache_plan::Odds;
use vertice_ports::{
    Prompt,
    prompt::{Block, PromptMessage, ToolCall, ToolResult, ToolSpec},
};

/// One conversation, or some of one user.
pub(crate) struct Scenario {
    /// What it is called in the table.
    pub(crate) name: &'static str,
    pub(crate) requests: Vec<Request>,
    pieces: Vec<Vec<PromptMessage>>,
    system: String,
    pub(crate) tools: Vec<ToolSpec>,
    /// Whether they are conversations of the product, not stateless calls.
    pub(crate) in_conversation: bool,
    /// Whether the user had such a conversation before, so that their habits are known.
    pub(crate) is_second: bool,
    /// What follows a request of this user, if it was drawn by that.
    pub(crate) odds: Option<Odds>,
}

#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Seconds since the first one.
    pub(crate) at_s: u64,
    pub(crate) conversation: u128,
    /// What it holds: pieces of the conversation, in order. Two requests with the same beginning share a prefix.
    pub(crate) path: Vec<usize>,
}

impl Scenario {
    pub(crate) fn new(name: &'static str, system_tokens: usize) -> Self {
        Self {
            name,
            requests: Vec::new(),
            pieces: Vec::new(),
            system: words(system_tokens, 0),
            tools: Vec::new(),
            in_conversation: true,
            is_second: false,
            odds: None,
        }
    }

    /// The prompt of these pieces.
    pub(crate) fn prompt(&self, path: &[usize]) -> Prompt {
        let messages = path.iter().flat_map(|piece| self.pieces[*piece].clone()).collect();
        let sampling =
            Sampling { max_tokens: 1_000, temperature: 0.5, caching: true, effort: None, spoken: false };
        let mut prompt = Prompt::new(Some(self.system.clone()), messages, sampling);
        prompt.tools = self.tools.clone();
        prompt
    }

    /// The prompt of these pieces up to the first message of the last one, if that has more than one message. The parts of
    /// an answer with tool calls cannot be told apart here: it counts as a block of nothing, which is never dearer.
    pub(crate) fn prompt_of_first_message(&self, path: &[usize]) -> Option<Prompt> {
        let (last, before) = path.split_last()?;
        let first = self.pieces[*last].first().filter(|_| self.pieces[*last].len() > 1)?;
        let mut prompt = self.prompt(before);
        if first.blocks.iter().all(|block| matches!(block, Block::Text(_))) {
            prompt.messages.push(first.clone());
        }
        Some(prompt)
    }

    fn piece(&mut self, messages: Vec<PromptMessage>) -> usize {
        self.pieces.push(messages);
        self.pieces.len() - 1
    }

    /// An answer and the next question; without an answer before the first one.
    pub(crate) fn exchange(&mut self, answer: usize, question: usize) -> usize {
        let seed = self.pieces.len() + 1;
        let answer = (answer > 0).then(|| PromptMessage::text(Author::Assistant, words(answer, seed)));
        let question = PromptMessage::text(Author::User, words(question, seed + 1_000));
        self.piece(answer.into_iter().chain([question]).collect())
    }

    pub(crate) fn ask(&mut self, at_s: u64, conversation: u128, path: &[usize]) {
        self.requests.push(Request { at_s, conversation, path: path.to_vec() });
    }

    /// A chat whose questions come after these pauses.
    pub(crate) fn chat(
        name: &'static str,
        system: usize,
        answer: usize,
        question: usize,
        gaps: &[u64],
    ) -> Self {
        let mut scenario = Self::new(name, system);
        let mut path = vec![scenario.exchange(0, question)];
        let mut now = 0;
        scenario.ask(now, 1, &path);
        for gap in gaps {
            now += gap;
            path.push(scenario.exchange(answer, question));
            scenario.ask(now, 1, &path);
        }
        scenario
    }
}

pub(crate) fn all() -> Vec<Scenario> {
    // Quick ones, and after a while the pauses of somebody who works on something else in between.
    let pauses = [35, 50, 40, 560, 45, 70, 780, 55, 420, 900, 60, 1_180, 610, 840, 1_020];
    let odds = Some(Odds::new(7.0, 8.0, 1.0));
    let idle = [420, 560, 780, 650, 900, 1_180, 380, 610, 840, 1_020, 700, 450, 960, 540, 1_100];
    let hours = [30, 45, 60, 7_200, 40, 55, 7_900, 35, 50, 65, 7_300, 45, 40];
    vec![
        Scenario::chat("short chat", 1_500, 260, 70, &[40; 5]),
        Scenario::chat("40-turn chat", 3_000, 340, 80, &[60; 39]),
        tool_loop(),
        edited_branch(),
        Scenario { is_second: true, ..Scenario::chat("idle each time, habit known", 3_000, 340, 80, &idle) },
        Scenario::chat("idle each time, new user", 3_000, 340, 80, &idle),
        Scenario {
            is_second: true,
            odds,
            ..Scenario::chat("idle gaps, habit known", 3_000, 340, 80, &pauses)
        },
        Scenario { odds, ..Scenario::chat("idle gaps, new user", 3_000, 340, 80, &pauses) },
        Scenario::chat("pauses of 2 hours", 3_000, 340, 80, &hours),
        stateless("one stateless call", 20, 4_000, &[]),
        Scenario { in_conversation: false, ..Scenario::chat("stateless client", 1_800, 300, 70, &[50; 29]) },
        Scenario {
            in_conversation: false,
            ..Scenario::chat("stateless client, pauses", 1_800, 300, 70, &pauses)
        },
        stateless("application, often", 2_500, 150, &[20; 30]),
        stateless("application, every 20 min", 2_500, 150, &[1_200; 30]),
        stateless("application, every 2 hours", 2_500, 150, &[7_200; 30]),
    ]
}

/// 60 steps, most with one call, some with several, one with more blocks than a mark looks back over.
fn tool_loop() -> Scenario {
    let mut scenario = Scenario::new("60-step tool loop", 2_000);
    scenario.tools = (0..8).map(tool).collect();
    let mut path = vec![scenario.exchange(0, 120)];
    scenario.ask(0, 1, &path);
    for step in 0..60_usize {
        let calls = match step {
            30 => 14,
            _ if step % 7 == 3 => 3,
            _ => 1,
        };
        path.push(scenario.step(step, calls));
        scenario.ask(6 * (step as u64 + 1), 1, &path);
    }
    scenario
}

impl Scenario {
    fn step(&mut self, step: usize, calls: usize) -> usize {
        let id = |call: usize| format!("toolu_{step}_{call}");
        let said = Block::Text(words(30, step));
        let calls_made = (0..calls).map(|call| {
            let arguments =
                json!({"path": format!("src/file_{step}_{call}.rs"), "lines": [1, 80]}).to_string();
            Block::ToolCall(ToolCall { id: id(call), name: format!("tool_{}", call % 8), arguments })
        });
        let results = (0..calls).map(|call| {
            let text = words(280, step * 31 + call);
            Block::ToolResult(ToolResult { call_id: id(call), text, images: Vec::new(), is_error: false })
        });
        let answer = PromptMessage {
            author: Author::Assistant,
            blocks: [said].into_iter().chain(calls_made).collect(),
        };
        let given = PromptMessage { author: Author::User, blocks: results.collect() };
        self.piece(vec![answer, given])
    }
}

/// Twelve turns, then the seventh question is put differently, gone on from, and the last answer made anew.
fn edited_branch() -> Scenario {
    let mut scenario = Scenario::chat("edited branch", 2_500, 340, 80, &[45; 11]);
    let mut now = scenario.requests.last().map_or(0, |last| last.at_s);
    let mut path: Vec<usize> = (0..6).collect();
    for _ in 0..6 {
        now += 45;
        path.push(scenario.exchange(340, 90));
        scenario.ask(now, 1, &path);
    }
    scenario.ask(now + 30, 1, &path);
    scenario
}

/// Questions that have nothing in common but their instructions.
fn stateless(name: &'static str, system: usize, question: usize, gaps: &[u64]) -> Scenario {
    let mut scenario = Scenario { in_conversation: false, ..Scenario::new(name, system) };
    let mut now = 0;
    for gap in [0].iter().chain(gaps) {
        now += gap;
        let path = [scenario.exchange(0, question)];
        scenario.ask(now, 1, &path);
    }
    scenario
}

fn tool(number: usize) -> ToolSpec {
    ToolSpec {
        name: format!("tool_{number}"),
        description: words(60, number + 77),
        input_schema: json!({"type": "object", "properties": {
            "path": {"type": "string"}, "lines": {"type": "array", "items": {"type": "integer"}}}}),
    }
}

/// Text of about that many tokens, at four characters each, different for each seed.
fn words(tokens: usize, seed: usize) -> String {
    let mut text = String::with_capacity(tokens * 4 + 8);
    let mut number = seed.wrapping_mul(2_654_435_761) + 1;
    while text.len() < tokens * 4 {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(["rust ", "cache ", "turn ", "of ", "prefix ", "token "][(number >> 33) % 6]);
    }
    text.truncate(tokens * 4);
    text
}
