//! Which model answers when the user leaves it open. Pure: the same prompt and offers always give the same choice.

use vertice_domain::{Author, Intent, Provider, Tier, Usd, event::Candidate};
use vertice_ports::Prompt;

use crate::estimate;

/// Input from which a conversation counts as long.
const LONG_INPUT_TOKENS: u64 = 100_000;
/// How many models are told as weighed.
const MAX_CANDIDATES: usize = 6;

/// A model that could be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub model: String,
    /// Who runs it.
    pub provider: Provider,
    /// How capable it is.
    pub tier: Tier,
    /// The most input it takes; none: unknown.
    pub input_limit: Option<u64>,
    /// What this call would cost; none: unknown price.
    pub estimated: Option<Usd>,
}

impl Offer {
    /// As it is told to the user.
    pub fn candidate(&self) -> Candidate {
        Candidate { model: self.model.clone(), estimated_usd: self.estimated }
    }

    fn fits(&self, input_tokens: u64) -> bool {
        self.input_limit.is_none_or(|limit| input_tokens <= limit)
    }
}

/// The choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The offer's place.
    pub index: usize,
    /// Why, in one sentence.
    pub reason: String,
    /// The models weighed, the chosen one first.
    pub candidates: Vec<Candidate>,
}

/// What a prompt asks for, by its last message.
pub fn intent(prompt: &Prompt) -> Intent {
    if estimate::tokens_of_prompt(prompt) > LONG_INPUT_TOKENS {
        return Intent::LongContext;
    }
    let asked = prompt.messages.iter().rev().find(|message| message.author == Author::User);
    let text = asked.map(|message| message.plain().to_lowercase()).unwrap_or_default();
    let says = |words: &[&str]| words.iter().any(|word| has_word(&text, word));
    if text.contains("```") || says(&CODE) {
        Intent::Code
    } else if says(&REASONING) {
        Intent::Reasoning
    } else {
        Intent::Simple
    }
}

const CODE: [&str; 32] = [
    "code",
    "código",
    "function",
    "função",
    "compile",
    "compilar",
    "bug",
    "debug",
    "stack trace",
    "refactor",
    "refatorar",
    "regex",
    "sql",
    "python",
    "rust",
    "javascript",
    "typescript",
    "java",
    "bash",
    "script",
    "html",
    "css",
    "dockerfile",
    "unit test",
    "api endpoint",
    "algorithm",
    "algoritmo",
    "traceback",
    "segfault",
    "cargo",
    "npm",
    "git",
];
const REASONING: [&str; 20] = [
    "prove",
    "prova que",
    "demonstre",
    "step by step",
    "passo a passo",
    "why does",
    "por que",
    "trade-off",
    "trade-offs",
    "compare",
    "analyse",
    "analyze",
    "analise",
    "derive",
    "calculate",
    "calcule",
    "reason about",
    "strategy",
    "estratégia",
    "plan for",
];

/// Whether `word` stands in `text` by itself, not inside another word.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// The cheapest offer of the tier that the intent calls for: providers first, local servers next, the demo last.
/// None: nothing takes that much input.
pub fn choose(intent: Intent, input_tokens: u64, offers: &[Offer]) -> Option<Choice> {
    let wanted = match intent {
        Intent::Simple => Tier::Fast,
        _ => Tier::Balanced,
    };
    let mut order: Vec<usize> = (0..offers.len()).filter(|index| offers[*index].fits(input_tokens)).collect();
    order.sort_by_key(|index| {
        let offer = &offers[*index];
        let unknown_price = offer.estimated.is_none();
        (place(offer.provider), distance(offer.tier, wanted), unknown_price, offer.estimated)
    });
    let index = *order.first()?;
    let candidates = order.iter().take(MAX_CANDIDATES).map(|index| offers[*index].candidate()).collect();
    Some(Choice { index, reason: reason(&offers[index], wanted, order.len()), candidates })
}

const fn place(provider: Provider) -> u8 {
    match provider {
        Provider::Local => 1,
        Provider::Demo => 2,
        _ => 0,
    }
}

/// Nearest tier first, the more capable of two equally near ones.
const fn distance(tier: Tier, wanted: Tier) -> u8 {
    match (wanted, tier) {
        (Tier::Fast, Tier::Fast) | (Tier::Balanced, Tier::Balanced) | (Tier::Powerful, Tier::Powerful) => 0,
        (Tier::Fast, Tier::Balanced)
        | (Tier::Balanced, Tier::Powerful)
        | (Tier::Powerful, Tier::Balanced) => 1,
        _ => 2,
    }
}

fn reason(offer: &Offer, wanted: Tier, weighed: usize) -> String {
    let word = match offer.tier {
        Tier::Fast => "fast",
        Tier::Balanced => "balanced",
        Tier::Powerful => "powerful",
    };
    match offer.provider {
        Provider::Demo => "No provider is configured and no local server was found.".to_owned(),
        Provider::Local => "Runs on this machine; no provider is configured.".to_owned(),
        _ if weighed == 1 => "The only model that fits.".to_owned(),
        _ if offer.estimated.is_none() => format!("A {word} model that fits; no price is known."),
        _ if offer.tier != wanted => {
            format!("Least expensive {word} model that fits; none nearer is available.")
        }
        _ => format!("Least expensive {word} model that fits."),
    }
}

#[cfg(test)]
mod tests {
    use vertice_domain::chat::Sampling;
    use vertice_ports::prompt::PromptMessage;

    use super::*;

    fn prompt(text: &str) -> Prompt {
        let sampling = Sampling { max_tokens: 100, temperature: 0.5, caching: true, effort: None };
        Prompt::new(None, vec![PromptMessage::text(Author::User, text)], sampling)
    }

    fn offer(model: &str, provider: Provider, tier: Tier, nanos: Option<i64>) -> Offer {
        let estimated = nanos.map(Usd::from_nanos);
        Offer { model: model.into(), provider, tier, input_limit: Some(1_000), estimated }
    }

    #[test]
    fn intents_in_both_languages() {
        let cases = [
            ("What is the capital of Portugal?", Intent::Simple),
            ("Qual é a capital do Brasil?", Intent::Simple),
            ("I trust the custom of the house", Intent::Simple),
            ("Escreva uma função que ordena uma lista", Intent::Code),
            ("fix this\n```rs\nfn main() {}\n```", Intent::Code),
            ("Prove that there are infinitely many primes", Intent::Reasoning),
            ("Explique passo a passo", Intent::Reasoning),
        ];
        for (text, expected) in cases {
            assert_eq!(intent(&prompt(text)), expected, "{text}");
        }
        assert_eq!(intent(&prompt(&"word ".repeat(90_000))), Intent::LongContext);
    }

    #[test]
    fn cheapest_of_the_tier_that_fits() {
        let offers = [
            offer("dear", Provider::Openai, Tier::Balanced, Some(9)),
            offer("cheap", Provider::Anthropic, Tier::Balanced, Some(5)),
            offer("quick", Provider::Anthropic, Tier::Fast, Some(1)),
            offer("unpriced", Provider::Openai, Tier::Balanced, None),
            offer("here", Provider::Local, Tier::Balanced, Some(0)),
            Offer { input_limit: None, ..offer("demo", Provider::Demo, Tier::Fast, Some(0)) },
        ];
        let pick = |intent, tokens, offers: &[Offer]| {
            choose(intent, tokens, offers).map(|choice| (offers[choice.index].model.clone(), choice.reason))
        };
        let balanced = "Least expensive balanced model that fits.";
        assert_eq!(pick(Intent::Code, 10, &offers), Some(("cheap".into(), balanced.into())));
        assert_eq!(pick(Intent::Simple, 10, &offers).unwrap().0, "quick");
        assert_eq!(pick(Intent::Simple, 10, &offers[4..]).unwrap().0, "here");
        assert_eq!(pick(Intent::Simple, 5_000, &offers).unwrap().0, "demo");
        assert_eq!(pick(Intent::Simple, 5_000, &offers[..5]), None);
        let weighed = choose(Intent::Code, 10, &offers).unwrap().candidates;
        assert_eq!((weighed[0].model.as_str(), weighed.len()), ("cheap", 6));
    }
}
