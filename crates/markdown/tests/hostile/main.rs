//! What a model writes is hostile: whatever it is, only our elements come out of it, soon, and on a small stack.

#![expect(clippy::panic, reason = "a complaint of the checker ends the test that heard it")]

mod checker;
mod corpus;
mod formulas;

use std::time::{Duration, Instant};

use vertice_markdown::{Stream, plain_text, render};

/// For one answer, in a debug build on a busy machine. What is not linear takes minutes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on a stack as small as the browser gives us.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(test).expect("a thread");
    thread.join().expect("the test passes");
}

fn judge(name: &str, html: &str) {
    if let Some(complaint) = checker::complaint(html) {
        panic!("{name}: {complaint}\n{}", html.chars().take(4000).collect::<String>());
    }
}

#[test]
fn the_corpus_is_large() {
    assert!(corpus::answers().len() >= 1000);
}

#[test]
fn every_hostile_answer_becomes_our_elements_alone() {
    on_a_small_stack(|| {
        for (name, text) in corpus::answers() {
            let start = Instant::now();
            let html = render(&text);
            plain_text(&text);
            assert!(start.elapsed() < PATIENCE, "{name} took {:?}", start.elapsed());
            judge(&name, &html);
        }
    });
}

#[test]
fn every_hostile_answer_is_safe_while_it_grows() {
    on_a_small_stack(|| {
        for (name, text) in corpus::answers() {
            let start = Instant::now();
            let mut stream = Stream::new();
            let chars: Vec<char> = text.chars().collect();
            // A dozen pieces of odd length, of a few characters each where the answer is short: markup is cut in the
            // middle of everything.
            for piece in chars.chunks((chars.len() / 12).max(4) | 1) {
                let update = stream.push(&piece.iter().collect::<String>());
                let rewritten = update.rewritten.iter().map(|(_, html)| html);
                for html in update.frozen.iter().chain(rewritten).chain([&update.tail]) {
                    judge(&name, html);
                }
            }
            for html in stream.finish().frozen {
                judge(&name, &html);
            }
            assert!(start.elapsed() < PATIENCE, "{name} took {:?}", start.elapsed());
        }
    });
}

#[test]
fn long_answers_take_time_in_proportion() {
    let kilobytes = |piece: &str| piece.repeat(200 * 1024 / piece.len());
    for text in [
        format!("https://e.example/{}", kilobytes(")")),
        kilobytes("[a]("),
        kilobytes("> - "),
        kilobytes("*a _b "),
        kilobytes("[^a]: b\n\n[^a]"),
        kilobytes("$x$ $"),
        format!("- x\n\n  {}`\\)", kilobytes("\\( ")),
        format!("- x\n\n  {}`$$", kilobytes("$$\\")),
        kilobytes("<a <!-- "),
        kilobytes("<details>\n"),
        kilobytes("- <details>\n  <summary>a</summary>\n"),
        format!("<details>{}", kilobytes("`a``b <sub>")),
        format!("- x\n\n  {}", kilobytes("<sub><kbd></sub>")),
        format!("- x\n\n  {}", kilobytes("\\begin{matrix}x")),
        kilobytes("\\begin{matrix}\n"),
        format!("- x\n\n  {}", kilobytes("は**「")),
        format!("- x\n\n  {}", kilobytes("a@a.")),
        format!("- x\n\n  {}", kilobytes("http:///www.@")),
        format!("> {}", kilobytes("> 12\n> ")),
        (0..4000).map(|n| format!("[l{n}][^{n}] ")).collect::<String>()
            + &(0..4000).map(|n| format!("\n\n[l{n}]: http://e\n\n[^{n}]: a")).collect::<String>(),
    ] {
        let start = Instant::now();
        judge("a long answer", &render(&text));
        assert!(start.elapsed() < PATIENCE, "{:?} for {}…", start.elapsed(), &text[..40]);
    }
}

#[test]
fn a_growing_answer_takes_time_in_proportion() {
    for piece in
        ["<details>\n", "- <details>\n", "\\begin{align}\n", "क\u{94D}", "🇧", "は**「", "<su", "<sub>\n"]
    {
        let text = piece.repeat(8 * 1024 / piece.len());
        let chars: Vec<char> = text.chars().collect();
        let start = Instant::now();
        let mut stream = Stream::new();
        for few in chars.chunks(64) {
            stream.push(&few.iter().collect::<String>());
        }
        for html in stream.finish().frozen {
            judge("a growing answer", &html);
        }
        assert!(start.elapsed() < PATIENCE, "{:?} for {piece}…", start.elapsed());
    }
}

#[test]
fn what_is_too_deep_is_shown_as_text() {
    let html = render(&format!("{}deep", "> - ".repeat(900)));
    assert!(html.contains("deep"), "nothing is lost");
    assert!(html.matches("<blockquote").count() < 50);
    let html = render(&format!("$${}x{}$$", "{".repeat(1600), "}".repeat(1600)));
    assert!(
        html.contains("math-error") && html.contains("{{{{x}}}}"),
        "a formula is shown as it was written"
    );
}
