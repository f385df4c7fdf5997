//! Trains the intent classifier on the labelled prompts and writes `data/intents.bin`.
#![expect(clippy::print_stdout, clippy::panic, reason = "a program for people at a terminal")]
#![expect(clippy::disallowed_methods, reason = "what it makes is a file")]

#[path = "../tests/intents/labelled.rs"]
mod labelled;
#[path = "../tests/intents/train.rs"]
mod train;

use std::collections::BTreeSet;

fn main() -> std::io::Result<()> {
    let (prompts, kept_back) = labelled::split();
    let bytes = train::train(&prompts).to_bytes();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/intents.bin");
    std::fs::write(path, &bytes)?;
    let languages: BTreeSet<&str> = prompts.iter().map(|prompt| prompt.language.as_str()).collect();
    println!(
        "trained on {} messages in {languages:?}, {} kept back: {} bytes",
        prompts.len(),
        kept_back.len(),
        bytes.len()
    );
    Ok(())
}
