//! The intent classifier on messages it was never trained on.
#![expect(clippy::panic, reason = "a test may fail by panicking")]

mod followups;
mod keywords;
mod labelled;
mod train;

use std::{collections::HashSet, time::Instant};

use labelled::Labelled;
use vertice_llm::route::intent::{self, TextIntent};

/// The messages kept back that the router has to act on.
fn kept_back() -> Vec<Labelled> {
    let (_, test) = labelled::split();
    test.into_iter().filter(|item| item.intent != TextIntent::FollowUp).collect()
}

fn accuracy<'a>(prompts: impl IntoIterator<Item = &'a Labelled>, told: fn(&str) -> TextIntent) -> f64 {
    let right: Vec<bool> = prompts.into_iter().map(|item| told(&item.text) == item.intent).collect();
    right.iter().filter(|right| **right).count() as f64 / right.len() as f64
}

fn told(text: &str) -> TextIntent {
    intent::of_texts(&[text])
}

#[test]
fn it_is_right_far_more_often_than_keywords_in_both_languages() {
    let prompts = kept_back();
    assert!(prompts.len() >= 150);
    for language in ["en", "pt"] {
        let own: Vec<&Labelled> = prompts.iter().filter(|item| item.language == language).collect();
        let (trained, words) = (accuracy(own.clone(), told), accuracy(own, keywords::intent));
        assert!(trained >= 0.85 && trained >= words + 0.3, "{language}: {trained} against {words}");
    }
}

#[test]
fn a_second_message_is_read_with_the_first() {
    let pairs = followups::all();
    let right =
        pairs.iter().filter(|pair| intent::of_texts(&[&pair.text, &pair.before]) == pair.intent).count();
    assert!(right * 5 >= pairs.len() * 4, "{right} of {}", pairs.len());
}

#[test]
fn the_set_holds_both_languages_alike_and_no_message_twice() {
    let (train, test) = labelled::split();
    let all: Vec<&Labelled> = train.iter().chain(&test).collect();
    let portuguese = all.iter().filter(|item| item.language == "pt").count();
    assert!(all.len() >= 400 && portuguese * 100 / all.len() >= 45, "{portuguese} of {}", all.len());
    let mut texts: HashSet<String> = all.iter().map(|item| item.text.to_lowercase()).collect();
    assert_eq!(texts.len(), all.len());
    for pair in followups::all() {
        assert!(texts.insert(pair.text.to_lowercase()), "{} is trained on or stands twice", pair.text);
    }
}

/// Training again may round a few weights otherwise on another machine; it must not tell anything else.
#[test]
fn the_stored_weights_are_what_the_labelled_set_gives() {
    let (prompts, test) = labelled::split();
    let model = train::train(&prompts);
    let stored = include_bytes!("../../data/intents.bin");
    let fresh = model.to_bytes();
    let differing = fresh.iter().zip(stored).filter(|(new, old)| new != old).count();
    assert!(
        fresh.len() == stored.len() && differing * 100 < stored.len(),
        "{differing} bytes differ: run cargo run -p vertice-llm --example train_intents"
    );
    for item in test {
        let anew = intent::likeliest(model.likelihood(&intent::Features::of(&item.text)));
        assert_eq!(anew, intent::by_itself(&item.text), "{}", item.text);
    }
}

#[test]
fn it_takes_less_than_a_millisecond() {
    let prompts = kept_back();
    told("the weights are read once");
    let began = Instant::now();
    for item in &prompts {
        told(&item.text);
    }
    let each = began.elapsed() / u32::try_from(prompts.len()).unwrap_or(1);
    assert!(each.as_micros() < 1_000, "{each:?} a prompt, in a build without optimisation");
}
