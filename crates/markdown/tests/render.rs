//! What the HTML looks like, and what must never get into it.

#[path = "hostile/checker.rs"]
mod checker;

use proptest::prelude::*;
use vertice_markdown::{escape_html, plain_text, render};

#[test]
fn showcase() {
    insta::assert_snapshot!(render(include_str!("texts/showcase.md")).replace("><", ">\n<"));
}

#[test]
fn showcase_plain() {
    insta::assert_snapshot!(plain_text(include_str!("texts/showcase.md")));
}

/// The text a browser shows for the HTML.
fn text_of(html: &str) -> String {
    let mut out = String::new();
    for part in html.split('<') {
        out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

fn code_of(html: &str) -> String {
    let code = html.split_once("<code>").expect("a code block").1;
    text_of(code.rsplit_once("</code>").expect("a closed block").0)
}

const LANGUAGES: &[&str] = &[
    "rust",
    "python",
    "js",
    "ts",
    "tsx",
    "json",
    "html",
    "css",
    "bash",
    "sql",
    "go",
    "java",
    "kotlin",
    "swift",
    "c",
    "cpp",
    "csharp",
    "php",
    "ruby",
    "yaml",
    "toml",
    "md",
    "diff",
    "dockerfile",
    "lua",
    "r",
    "scala",
    "haskell",
    "elixir",
    "zig",
    "makefile",
    "ini",
    "graphql",
    "powershell",
    "nosuch",
    "",
];

const SAMPLE: &str = "#include <a>\n// c /* d */ 'x' \"s\\\"t\" `u` <b c=\"d\">&amp;</b>\n@at $v ${w} fn main() { let a: Vec<'a, u8> = 0x1f + 1.5e-3..2; } # end\n-- x {- y -} --[[ z\n+a\n-b\n[s]\nk = v\nkey: \"value\"\nr#\"raw\"# '\\n' 'é' \"open";

#[test]
fn code_is_kept() {
    for language in LANGUAGES {
        let html = render(&format!("```{language}\n{SAMPLE}\n```\n"));
        assert_eq!(code_of(&html), format!("{SAMPLE}\n"), "{language}");
    }
}

#[test]
fn every_language_is_coloured() {
    for language in LANGUAGES.iter().filter(|l| !matches!(**l, "nosuch" | "")) {
        assert!(
            render(&format!("```{language}\n{SAMPLE}\n```\n")).contains("<span class=\"t-"),
            "{language}"
        );
    }
}

#[test]
fn code_head() {
    for info in ["rust src/db.rs", "rust title=src/db.rs", "rust title=\"src/db.rs\"", "rust:src/db.rs"] {
        let html = render(&format!("```{info}\nx\n```"));
        assert!(html.starts_with("<figure class=\"codeblock\"><figcaption class=\"codeblock-head\"><span>rust / src/db.rs</span>"), "{html}");
    }
}

#[test]
fn code_that_can_be_run_has_a_button_that_names_it() {
    for (info, what) in [
        ("python", "python"),
        ("Py:plot.py", "python plot.py"),
        ("js title=\"a b.js\"", "javascript a b.js"),
        ("node", "javascript"),
        ("sh", "bash"),
        ("shell run.sh", "bash run.sh"),
        ("bash:<b>&.sh", "bash &lt;b&gt;&amp;.sh"),
    ] {
        let html = render(&format!("```{info}\nx\n```"));
        assert!(html.contains(&format!(" data-run=\"{what}\" aria-label=\"Run code\">Run<")), "{html}");
    }
    for info in ["", "rust", "pythonic", "text python", "pycon"] {
        assert!(!render(&format!("```{info}\nx\n```")).contains("data-run"), "{info}");
    }
}

#[test]
fn prices_are_no_formulas() {
    for text in [
        "$5 and $10",
        "costs $5",
        "$PATH and $HOME",
        "US$5-$10",
        "`$x$` in code",
        "$5, or 10$ more",
        "a $ b $ c",
        "$PATH:$HOME",
        "between $5 and 6$ a day",
        "\\$x$",
        "|a|b|\n|-|-|\n|$5|$6|",
        "```\n$x$ \\(y\\)\n```",
        "    $x$",
        "- a\n\n      $x$\n",
        "1. b\n   ```\n   $x$\n   ```",
        "``a ` $x$``",
    ] {
        assert!(!render(text).contains("<math"), "{text}: {}", render(text));
        assert!(!render(text).contains("math-error"), "{text}");
    }
}

#[test]
fn formulas() {
    for text in [
        "$x$",
        "so $a_1 = 5$.",
        "\\(x\\)",
        "($x$)",
        "$5x + 3$",
        "値$x$は",
        "| $|x|$ |\n|--|",
        "**$x$**",
        "- \\[\n  a\n  + b\n  \\]",
        "> $$\n> a\n> $$",
    ] {
        assert!(render(text).contains("<math"), "{text}: {}", render(text));
    }
    for text in ["$$x$$", "text $$x$$ more", "$$\nx\n$$", "\\[\na\n+ b\n\\]"] {
        let html = render(text);
        assert!(html.contains("<div class=\"math-block\" tabindex=\"0\"><math"), "{text}: {html}");
        assert!(!html.contains("<ul>") && !html.contains("<p></p>"), "{html}");
    }
    assert_eq!(render("$\\nosuch$"), "<p><code class=\"math-error\">$\\nosuch$</code></p>");
}

#[test]
fn unsafe_addresses() {
    for url in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "&#106;avascript:x",
        "//evil.example",
        "file:///etc",
        " javascript:x",
        "java\tscript:x",
    ] {
        for text in [
            format!("[a]({url})"),
            format!("[a](<{url}>)"),
            format!("[a][b]\n\n[b]: <{url}>"),
            format!("<{url}>"),
            format!("![a](<{url}>)"),
        ] {
            let html = render(&text);
            assert!(!html.contains("href") && !html.contains("data-src"), "{text}: {html}");
        }
    }
}

#[test]
fn links_and_images() {
    assert_eq!(
        render("see https://e.org/a_b_c?x=1&y=2."),
        "<p dir=\"auto\">see <a href=\"https://e.org/a_b_c?x=1&amp;y=2\" target=\"_blank\" rel=\"noopener noreferrer nofollow\" title=\"e.org\">https://e.org/a_b_c?x=1&amp;y=2</a>.</p>"
    );
    assert_eq!(
        render("![a \"b\"](https://u@h.org/p.png)"),
        "<p><button type=\"button\" class=\"md-image\" data-src=\"https://u@h.org/p.png\" data-alt=\"a &quot;b&quot;\">Show image from <b>h.org</b></button></p>"
    );
    assert_eq!(render("[a](#b)"), "<p dir=\"auto\"><a href=\"#b\">a</a></p>");
}

#[test]
fn raw_html_is_text() {
    assert_eq!(
        render("a <img src=x onerror=alert(1)> b"),
        "<p dir=\"auto\">a &lt;img src=x onerror=alert(1)&gt; b</p>"
    );
    assert!(render("<iframe src=\"x\">\n\n</iframe>").starts_with("<p dir=\"auto\">&lt;iframe"));
}

#[test]
fn structure() {
    assert_eq!(
        render("# a\n## b\n### c\n##### d"),
        "<h2 dir=\"auto\">a</h2><h2 dir=\"auto\">b</h2><h3 dir=\"auto\">c</h3><h4 dir=\"auto\">d</h4>"
    );
    assert!(
        render("3. a\n4. b")
            .starts_with("<ol start=\"3\" style=\"counter-reset:n 2\" dir=\"auto\"><li dir=\"auto\">a</li>")
    );
    let html = render("a[^1]\n\n[^1]: note");
    let id = html.split("href=\"#").nth(1).and_then(|rest| rest.split('"').next()).expect("a reference");
    let section = format!(
        "<section class=\"footnotes\" aria-label=\"Footnotes\"><ol><li id=\"{id}\"><p dir=\"auto\">note</p></li></ol></section>"
    );
    assert!(html.ends_with(&section), "{html}");
    assert_eq!(render("no such note[^1]"), "<p dir=\"auto\">no such note[^1]</p>");
    assert_eq!(plain_text("# A *b*\n\nc `d` [e](http://f) $x$\n- g\n- h"), "A b\nc d e x\ng\nh");
}

/// Pieces that make markup together.
const MARKUP: &[&str] = &[
    "<img",
    "/src=x",
    " onerror=",
    "<b>",
    "</b>",
    "<!--",
    "-->",
    "<br>",
    "<svg/onload=",
    "</mo>",
    "<mi>",
    "</math>",
    "\"",
    "'",
    ">",
    "/>",
    "&lt;",
    "&",
    ";",
    "$",
    "$$",
    "\\operatorname{",
    "\\text{",
    "\\tag{",
    "\\href{",
    "{",
    "}",
    "\\{",
    "\\}",
    "^",
    "_",
    "\\not",
    "\\mathrm{",
    "[a](",
    "![a](",
    "https://e/",
    "javascript:",
    ")",
    "](",
    "[^1]",
    "\n",
    "\n\n",
    "[^1]: ",
    "[a]: ",
    "`",
    "```html\n",
    "| a |\n|--|\n| ",
    "- ",
    "> ",
    "**",
    "*",
    "~~",
    "# ",
    "a",
    " ",
    "\\",
    "<details>",
    "<details open>",
    "</details>",
    "<summary>",
    "</summary>",
    "<sub>",
    "</sub>",
    "<kbd>",
    "</kbd>",
    "<sub x>",
    "\\begin{align}",
    "\\end{align}",
    "は",
    "「",
    "א",
    "www.e.org",
    "a@e.org",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn highlighting_keeps_the_code(code in "[a-z0-9_ \\n'\"`#$@/*<>{}()\\\\\\-+=.:;é😀]{0,200}", language in prop::sample::select(LANGUAGES)) {
        let html = render(&format!("~~~~~~~~{language}\n{code}\n~~~~~~~~\n"));
        prop_assert_eq!(code_of(&html), format!("{}\n", code));
    }

    #[test]
    fn math_never_in_code(code in "[a-z$\\\\()\\[\\] ^_0-9]{0,60}") {
        let html = render(&format!("- a\n\n  ```\n  {code}\n  ```\n\n~~~\n{code}\n~~~\n"));
        prop_assert!(!html.contains("<math") && !html.contains("math-error"), "{}", html);
    }

    #[test]
    fn amounts(a in 0u32..100_000, b in 0u32..100_000, word in "[a-z]{1,8}") {
        let html = render(&format!("{word} ${a} {word} ${b}, US${a}-${b} (${b}) **${a}** {word}"));
        prop_assert!(!html.contains("<math"), "{}", html);
    }

    #[test]
    fn only_our_tags(text in "[a-z<>/=\"' \\n!\\-`*_\\[\\]():&;#$|~^\\\\{}%]{0,200}") {
        prop_assert_eq!(checker::complaint(&render(&text)), None);
    }

    #[test]
    fn only_our_tags_of_markup(parts in prop::collection::vec(prop::sample::select(MARKUP), 0..24)) {
        let text = parts.concat();
        prop_assert_eq!(checker::complaint(&render(&text)), None, "{}", text);
    }

    #[test]
    fn escaping(text in "\\PC*") {
        prop_assert_eq!(text_of(&escape_html(&text)), text);
    }
}
