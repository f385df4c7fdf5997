//! The labelled prompts, and which of them are kept back to test with.

use vertice_llm::route::intent::TextIntent;

/// A prompt and what it asks for.
pub(crate) struct Labelled {
    pub(crate) intent: TextIntent,
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The prompts to train on, and those to test with: every fourth one, so that both hold all kinds alike.
pub(crate) fn split() -> (Vec<Labelled>, Vec<Labelled>) {
    let (mut train, mut test) = (Vec::new(), Vec::new());
    let set = include_str!("../../data/intents.tsv");
    for (index, line) in set.lines().filter(|line| !line.starts_with('#')).enumerate() {
        let labelled = read(line);
        if index % 4 == 3 { test.push(labelled) } else { train.push(labelled) }
    }
    (train, test)
}

fn read(line: &str) -> Labelled {
    let [intent, language, text] = line.split('\t').collect::<Vec<_>>()[..] else {
        panic!("a line has three columns: {line}")
    };
    let intent = TextIntent::parse(intent).unwrap_or_else(|| panic!("no such intent: {line}"));
    Labelled { intent, language: language.to_owned(), text: text.replace("\\n", "\n") }
}
