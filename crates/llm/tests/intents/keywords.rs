//! What the classifier has to beat: the first words of a list that stand in the text. The product itself does not use it.

use vertice_llm::route::intent::TextIntent;

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

/// What the words say.
pub(crate) fn intent(text: &str) -> TextIntent {
    let text = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| has_word(&text, word));
    if text.contains("```") || says(&CODE) {
        TextIntent::Code
    } else if says(&REASONING) {
        TextIntent::Reasoning
    } else {
        TextIntent::Simple
    }
}

/// Whether `word` stands in `text` by itself, not inside another word.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}
