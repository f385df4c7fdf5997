//! What a card says, and that nothing of a run becomes a part of it.

use leptos::prelude::{Owner, provide_context};
use vertice_domain::{
    ErrorKind,
    sandbox::{Encoding, RunFile, RunLimits},
};

use super::*;
use crate::strings::Language;

const HOSTILE: &str =
    "<img src=x onerror=alert(1)></pre></div><script>alert(2)</script>\"'&\u{202e}\u{1b}[31mred\u{0}";

fn block(name: &str) -> Block {
    Block { kind: "python".into(), name: name.into() }
}

fn report() -> RunReport {
    RunReport {
        stdout: "hello\n".into(),
        stderr: String::new(),
        exit_code: 0,
        execution_time: 3.4,
        error: None,
        truncated: false,
        runtime: SandboxRuntime::Gvisor,
        limits: RunLimits::default(),
        memory_bytes: Some(212 * 1024 * 1024),
        cpu_seconds: Some(1.632),
        disk_bytes: Some(1_300_000),
        denied: Vec::new(),
        files: Vec::new(),
    }
}

fn file(path: &str, content: &str) -> RunFile {
    RunFile {
        path: path.into(),
        size: content.len() as u64,
        content: Some(content.into()),
        encoding: Encoding::Utf8,
    }
}

fn drawn_in(language: Language, draw: impl FnOnce() -> String) -> String {
    Owner::new().with(|| {
        provide_context(language);
        // The marks between texts say nothing.
        draw().replace("<!>", "")
    })
}

fn card_of(report: &RunReport) -> String {
    drawn_in(Language::English, || over(&block(""), report, &[]))
}

#[test]
fn a_card_says_what_came_of_it() {
    let html = card_of(&report());
    let said = [
        "Run of Python",
        ">Exit 0<",
        ">gVisor<",
        ">No network<",
        "Run over: Exit 0, 3.4 s",
        ">hello\n<",
        ">1 line<",
    ];
    for part in said {
        assert!(html.contains(part), "{part} in {html}");
    }
    for part in ["3.4 s of 30 s", "212 of 512 MB", "48% of 50%", "1.2 of 128 MB"] {
        assert!(html.contains(&format!("aria-valuetext=\"{part}\"")), "{part} in {html}");
    }
    assert!(html.contains("!bg-warning"), "the processor is nearly all used: {html}");
    assert!(!html.contains("radio") && !html.contains("made or changed"), "{html}");
}

#[test]
fn a_card_speaks_the_readers_language() {
    let html = drawn_in(Language::Portuguese, || over(&block("a.py"), &report(), &[]));
    for part in ["Execução de a.py", ">Sem rede<", "3,4 s de 30 s", ">1 linha<"] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn every_end_is_said_in_words() {
    use RunFault::{Cancelled, Disk, Memory, Output, Timeout};
    let ends = [
        (Some(Timeout), 137, "Time is up", "after 30 s"),
        (Some(Memory), 137, "Out of memory", "the 512 MB of memory"),
        (
            Some(Output),
            137,
            "Too much output",
            "more than 1 MB, and was ended; what came after that is not here",
        ),
        (Some(Disk), 1, "Disk full", "The 128 MB of"),
        (Some(Cancelled), 137, "Stopped", "before its end"),
        (None, 3, "Failed, exit 3", ""),
    ];
    for (error, exit_code, badge, text) in ends {
        let html = card_of(&RunReport { error, exit_code, ..report() });
        assert!(html.contains(&format!(">{badge}<")) && html.contains(text), "{badge} in {html}");
    }
    let html = card_of(&RunReport { memory_bytes: None, cpu_seconds: None, disk_bytes: None, ..report() });
    assert_eq!(html.matches("not measured here").count(), 3, "{html}");
}

#[test]
fn what_failed_is_looked_at_first_and_what_is_not_there_is_no_tab() {
    let both = RunReport { stderr: "careful".into(), ..report() };
    let (well, ill) = (card_of(&both), card_of(&RunReport { exit_code: 1, ..both }));
    let checked = |html: &str, value: &str| {
        let input = html.split("<input").find(|input| input.contains(&format!("value=\"{value}\"")));
        input.and_then(|input| input.split('>').next()).is_some_and(|input| input.contains("checked"))
    };
    assert!(checked(&well, "out") && !checked(&well, "err"), "{well}");
    assert!(checked(&ill, "err") && !checked(&ill, "out"), "{ill}");
    let silent = card_of(&RunReport { stdout: " \n".into(), ..report() });
    assert!(silent.contains("It said nothing."), "{silent}");
}

#[test]
fn what_is_not_shown_is_said() {
    let long = "0123456789\n".repeat(90_000);
    let html =
        card_of(&RunReport { stdout: long, truncated: true, error: Some(RunFault::Output), ..report() });
    assert!(html.contains("in the middle are not shown") && html.contains("download=\"output.txt\""));
    let html = card_of(&RunReport { stdout: "x".repeat(1024 * 1024), truncated: true, ..report() });
    assert!(html.contains("cut at 1 MB"));
    let many = (0..60).map(|n| file(&format!("{n}.txt"), "x")).collect();
    let html = card_of(&RunReport { files: many, truncated: true, ..report() });
    for part in ["60 files made or changed", "10 more files are in", "Not all of its files are listed"] {
        assert!(html.contains(part), "{part}");
    }
    let large = RunFile { content: None, size: 5_000_000, ..file("big.bin", "") };
    let html = card_of(&RunReport { files: vec![large], ..report() });
    assert!(
        html.contains("4.8 MB") && html.contains("too large to be saved") && !html.contains("href"),
        "{html}"
    );
}

#[test]
fn nothing_of_a_run_becomes_markup() {
    let name = format!("a/{HOSTILE}.svg");
    let hostile = RunReport {
        stdout: HOSTILE.into(),
        stderr: HOSTILE.into(),
        files: vec![file(&name, HOSTILE), file(&format!("{HOSTILE}.txt"), HOSTILE)],
        ..report()
    };
    let block = Block { kind: HOSTILE.into(), name: HOSTILE.into() };
    let cards = [
        drawn_in(Language::English, || over(&block, &hostile, &[])),
        drawn_in(Language::English, || running(&block, None, &[])),
        drawn_in(Language::English, || {
            not_run(&block, Error::new(ErrorKind::Unavailable, "sandbox_unavailable", HOSTILE))
        }),
    ];
    for html in cards {
        for part in ["<script", "<img src=x", "onerror=alert(1)>", "\u{202e}", "\u{1b}", "\u{0}"] {
            assert!(!html.contains(part), "{part:?} in {html}");
        }
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }
}

#[test]
fn pictures_are_shown_and_texts_unfold() {
    let files = vec![file("plot.svg", "<svg/>"), file("data/a.csv", "1,2"), file("page.html", "<b>x</b>")];
    let html = card_of(&RunReport { files, ..report() });
    assert!(html.contains("src=\"data:image/svg+xml;base64,PHN2Zy8+\" alt=\"plot.svg\""), "{html}");
    assert!(html.contains("download=\"a.csv\"") && html.contains("Save data/a.csv"), "{html}");
    assert_eq!(html.matches("<details").count(), 2, "{html}");
    assert!(!html.contains("text/html"), "nothing is saved as what a browser would open: {html}");
}
