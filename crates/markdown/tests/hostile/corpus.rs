//! The hostile answers of `corpus.json`: each construct in each wrapper.

use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    constructs: Vec<Construct>,
    wrappers: Vec<Wrapper>,
}

#[derive(Deserialize)]
struct Construct {
    name: String,
    #[serde(default)]
    text: String,
    repeat: Option<(String, usize, String, String)>,
    #[serde(default)]
    math: bool,
}

#[derive(Deserialize)]
struct Wrapper {
    name: String,
    text: String,
    #[serde(default)]
    lines: String,
}

/// Name and text of every hostile answer.
pub(crate) fn answers() -> Vec<(String, String)> {
    let file: File = serde_json::from_str(include_str!("corpus.json")).expect("the corpus is valid");
    let mut answers = Vec::new();
    for construct in &file.constructs {
        let mut text = construct.text.clone();
        if let Some((open, times, middle, close)) = &construct.repeat {
            text = format!("{}{middle}{}", open.repeat(*times), close.repeat(*times));
        }
        if construct.math {
            text = format!("$${text}$$");
        }
        for wrapper in &file.wrappers {
            let inner = text.replace('\n', &format!("\n{}", wrapper.lines));
            let first = if wrapper.text == "%" { &wrapper.lines } else { "" };
            answers.push((
                format!("{} in {}", construct.name, wrapper.name),
                format!("{first}{}\n", wrapper.text.replace('%', &inner)),
            ));
        }
    }
    answers
}
