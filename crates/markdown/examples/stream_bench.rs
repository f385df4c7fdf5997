//! Prints what a token costs at the end of an 80 kB reply. It measures only; it must never fail a build.
#![expect(clippy::print_stdout, reason = "printing is what this program is for")]

use std::time::{Duration, Instant};

use vertice_markdown::{Stream, render};

/// Bytes of a token.
const TOKEN: usize = 4;

fn reply() -> String {
    let prose = "The pool fell back to **ten connections** when the driver moved, so each `acquire` waits; see [the notes](https://example.org/a) and $L = \\lambda W$. ".repeat(8);
    let code = "```rust src/db.rs\n".to_owned()
        + &"    let pool = PgPoolOptions::new().max_connections(32).connect(&cfg.url).await?; // pool\n"
            .repeat(6)
        + "```\n\n";
    let list = "- first item with *emphasis*\n- second item\n  - nested `code`\n".repeat(3) + "\n";
    let table =
        "| Name | Before | After |\n|---|---:|---:|\n".to_owned() + &"| Pool | 32 | 10 |\n".repeat(6) + "\n";
    (0..38)
        .map(|n| format!("## Part {n}\n\n{prose}\n\n{code}{list}{table}"))
        .collect::<String>()
        .chars()
        .take(80_000)
        .collect()
}

fn measure(name: &str, text: &str) {
    let mut stream = Stream::new();
    let mut last = Vec::new();
    let mut slowest = Duration::ZERO;
    let begin = Instant::now();
    for chunk in text.as_bytes().chunks(TOKEN) {
        let start = Instant::now();
        stream.push(&String::from_utf8_lossy(chunk));
        let took = start.elapsed();
        slowest = slowest.max(took);
        last.push(took);
    }
    stream.finish();
    let total = begin.elapsed();
    let end = &last[last.len() - last.len().min(1000)..];
    let mean = end.iter().sum::<Duration>() / u32::try_from(end.len().max(1)).unwrap_or(1);
    println!(
        "{name:24} {:6} kB  total {total:>10.2?}  token at the end {mean:>9.2?}  slowest {slowest:>9.2?}",
        text.len() / 1000
    );
}

fn main() {
    let text = reply();
    let start = Instant::now();
    let html = render(&text);
    println!("whole text at once: {:.2?}, {} kB of HTML", start.elapsed(), html.len() / 1000);
    measure("reply", &text);
    measure("one fence", &format!("```rust\n{}", "let a = b(1); // c\n".repeat(4200)));
    measure("one list", &"- an item with **bold** text and `code`\n".repeat(2000));
    measure("one table", &format!("| a | b |\n|---|---|\n{}", "| cell | 1.25 |\n".repeat(5000)));
    measure("one paragraph", &"word **bold** and `code` then ".repeat(2700));
    measure(
        "one item with a fence",
        &format!("1. step\n\n   ```rust\n{}", "   let a = b(1); // c\n".repeat(3800)),
    );
    measure("no spaces", &"x".repeat(80_000));
}
