//! Recorded and hand-made streams of every wire format, decoded whole and one byte at a time.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]
#![expect(clippy::disallowed_methods, reason = "the transcripts are files")]

use std::path::Path;

use vertice_llm::{
    anthropic::AnthropicDecoder,
    decode::{Decode, Opening, Queue, Tagged},
    gemini::GeminiDecoder,
    openai::OpenAiDecoder,
    responses::ResponsesDecoder,
    sse::SseParser,
};

fn decoder(name: &str) -> Box<dyn Decode> {
    match name.split('-').next().unwrap() {
        "anthropic" => Box::new(AnthropicDecoder::default()),
        "responses" => Box::new(ResponsesDecoder::default()),
        "gemini" => Box::new(GeminiDecoder::default()),
        "openai" | "groq" => Box::new(OpenAiDecoder::default()),
        "local" => Box::new(Tagged::new(Box::new(OpenAiDecoder::default()), Opening::of_model("house"))),
        other => panic!("nobody speaks {other}"),
    }
}

fn decode<'a>(name: &str, chunks: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let (mut parser, mut decoder, mut out) = (SseParser::default(), decoder(name), Queue::new());
    for chunk in chunks {
        let mut events = Vec::new();
        parser.push(chunk, &mut events).unwrap();
        for event in events {
            decoder.push(&event, &mut out);
        }
    }
    if let Some(event) = parser.finish(true) {
        decoder.push(&event, &mut out);
    }
    decoder.finish(&mut out);
    out.into_iter().map(|item| format!("{item:?}")).collect()
}

#[test]
fn every_transcript_whole_and_byte_by_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sse"));
    paths.sort();
    assert!(paths.len() >= 70);
    let mut all = String::new();
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let whole = decode(name, std::iter::once(bytes.as_slice()));
        for size in [1, 2, 7] {
            assert_eq!(whole, decode(name, bytes.chunks(size)), "{name} in chunks of {size}");
        }
        all.push_str(&format!("## {name}\n{}\n\n", whole.join("\n")));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn any_cut_of_a_stream_ends_in_one_stop_or_one_fault() {
    for name in [
        "anthropic-text",
        "openai-text",
        "responses-text",
        "gemini-text",
        "anthropic-tools-with-signed-thinking",
        "local-thinking-in-tags",
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/transcripts/{name}.sse"));
        let bytes = std::fs::read(path).unwrap();
        for end in 0..bytes.len() {
            let items = decode(name, std::iter::once(&bytes[..end]));
            let last = |item: &String| item.starts_with("Err") || item.starts_with("Ok(Stop");
            assert_eq!(items.iter().filter(|item| last(item)).count(), 1, "{name} cut at {end}: {items:?}");
            assert!(items.last().is_some_and(last), "{name} cut at {end}: {items:?}");
        }
    }
}

#[test]
fn what_the_table_names_is_there() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = crate_folder.join("tests/transcripts");
    let table = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for name in table.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".sse")) {
        assert!(folder.join(name).is_file(), "{name}");
    }
    let mut source = String::new();
    for row in table.lines().filter(|line| line.starts_with('|')) {
        for word in row.split(|c: char| !(c.is_alphanumeric() || "_/.".contains(c))) {
            if word.ends_with(".rs") {
                source = std::fs::read_to_string(crate_folder.join(word)).unwrap();
            } else if word.matches('_').count() > 1 {
                assert!(source.contains(&format!("fn {word}(")), "{word}");
            }
        }
    }
}
