//! How well the router tells what a message asks for, on labelled messages it was never trained on: per language, class by
//! class, beside keyword matching; and how long it takes. Prints figures and judges nothing. `--misses` lists the errors.
#![expect(clippy::print_stdout, clippy::panic, reason = "a benchmark's product is what it prints")]

#[path = "../tests/intents/followups.rs"]
mod followups;
#[path = "../tests/intents/keywords.rs"]
mod keywords;
#[path = "../tests/intents/labelled.rs"]
mod labelled;

use std::{hint::black_box, time::Instant};

use followups::FollowUp;
use labelled::Labelled;
use vertice_llm::route::intent::{self, TextIntent};

/// How often the messages are classified for the time.
const ROUNDS: u32 = 50;
/// The classes that the router acts on.
const ACTED_ON: [TextIntent; 3] = [TextIntent::Simple, TextIntent::Code, TextIntent::Reasoning];

fn main() {
    let (train, test) = labelled::split();
    println!(
        "{} labelled messages, {} of them kept back for this test\n",
        train.len() + test.len(),
        test.len()
    );
    let (follow_ups, prompts): (Vec<Labelled>, Vec<Labelled>) =
        test.into_iter().partition(|item| item.intent == TextIntent::FollowUp);
    println!("{:<12} {:>8} {:>12} {:>12}", "language", "prompts", "classifier", "keywords");
    for (name, code) in [("English", "en"), ("Portuguese", "pt")] {
        row(name, &prompts.iter().filter(|prompt| prompt.language == code).collect::<Vec<_>>());
    }
    row("both", &prompts.iter().collect::<Vec<_>>());
    confusion(&prompts);
    let alone = follow_ups.iter().filter(|item| intent::by_itself(&item.text) == item.intent).count();
    println!("\nfollow-ups recognised: {alone} of {}", follow_ups.len());
    let pairs = followups::all();
    let right = pairs.iter().filter(|pair| is_right(pair)).count();
    println!("second messages, read with the first: {right} of {}", pairs.len());
    time(&prompts);
    if std::env::args().any(|argument| argument == "--misses") {
        misses(&prompts, &pairs);
    }
}

fn row(name: &str, prompts: &[&Labelled]) {
    let share = |told: fn(&str) -> TextIntent| {
        let right = prompts.iter().filter(|prompt| told(&prompt.text) == prompt.intent).count();
        format!("{:.1} %", 100.0 * right as f64 / prompts.len() as f64)
    };
    println!("{name:<12} {:>8} {:>12} {:>12}", prompts.len(), share(told), share(keywords::intent));
}

fn told(text: &str) -> TextIntent {
    intent::of_texts(&[text])
}

fn is_right(pair: &FollowUp) -> bool {
    intent::of_texts(&[&pair.text, &pair.before]) == pair.intent
}

fn confusion(prompts: &[Labelled]) {
    println!("\n{:<22} {:>8} {:>8} {:>10}", "asked for \\ told as", "simple", "code", "reasoning");
    for truth in ACTED_ON {
        let count = |guess| {
            let of_truth = prompts.iter().filter(|prompt| prompt.intent == truth);
            of_truth.filter(|prompt| told(&prompt.text) == guess).count()
        };
        let [simple, code, reasoning] = ACTED_ON.map(count);
        println!("{:<22} {simple:>8} {code:>8} {reasoning:>10}", truth.as_str());
    }
}

fn time(prompts: &[Labelled]) {
    told("the weights are read once");
    let began = Instant::now();
    for _ in 0..ROUNDS {
        for prompt in prompts {
            black_box(told(&prompt.text));
        }
    }
    let each = began.elapsed() / (ROUNDS * u32::try_from(prompts.len()).unwrap_or(1));
    let long = "Um texto comprido sobre nada em particular. ".repeat(10_000);
    let began = Instant::now();
    black_box(told(&long));
    println!(
        "\n{:.1} µs a prompt; {:.1} µs for one of 440,000 characters",
        micros(each),
        micros(began.elapsed())
    );
}

fn micros(time: std::time::Duration) -> f64 {
    time.as_nanos() as f64 / 1_000.0
}

fn misses(prompts: &[Labelled], pairs: &[FollowUp]) {
    println!();
    for prompt in prompts.iter().filter(|prompt| told(&prompt.text) != prompt.intent) {
        println!("{} told as {}: {}", prompt.intent.as_str(), told(&prompt.text).as_str(), prompt.text);
    }
    for pair in pairs.iter().filter(|pair| !is_right(pair)) {
        println!("second message, {}: {} | {}", pair.intent.as_str(), pair.before, pair.text);
    }
}
