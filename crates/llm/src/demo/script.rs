//! What the demo says. Fixed texts, chosen by a word or two of the question.

const HELLO: &str = include_str!("hello.md");
const SHOWCASE: &str = include_str!("showcase.md");
const LONG: &str = include_str!("long.md");

/// The answer to a message.
pub(super) fn answer_to(asked: &str) -> String {
    let text = asked.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let says = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    if says(&["long", "longer", "essay", "longo", "longa", "story"]) {
        return LONG.to_owned();
    }
    let greets = says(&["hello", "hi", "hey", "hallo", "hola", "olá", "oi", "bom", "good"]);
    if greets && words.len() <= 4 {
        return HELLO.to_owned();
    }
    let opening = if text.trim_end().ends_with('?') {
        "I am a scripted demo, so I cannot answer your question. Here is what an answer looks like when a real model writes it.\n\n"
    } else {
        "I am a scripted demo, so I have not read your message the way a model would. Here is what an answer looks like when a real model writes it.\n\n"
    };
    format!("{opening}{SHOWCASE}")
}
