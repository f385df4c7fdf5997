//! However a text is cut into pieces, the stream ends with the blocks of the whole text.

use proptest::prelude::*;
use vertice_markdown::{Html, Stream, Update, render, render_blocks};

/// Texts that are hard to cut.
const TRICKY: &[&str] = &[
    include_str!("texts/showcase.md"),
    "a\r\nb\r\n\r\n```js\r\nlet a = 1;\r\n\r\nb\r\n```\r\nafter\r",
    "\tcode\n\n\tmore\n- a\n\tb\n\n\t\tdeep\n",
    "~~~~ruby\n```\n~~~\n~~~~\nx\n````\n```\n````\n   ```\n   a\n  b\n```\n",
    "- a\n  ```\n  x\n\n  y\n  ```\n- b\n\n  para\n1. one\n2. two\n\n\n3) other\n* * *\n",
    "> quote\nlazy\n> ```\n> code\n\n> next\n# h\n",
    "<div>\n<b>x</b>\n\n<!-- a\n\nb -->\n<script>\n\nx</script>\n",
    "Title\n===\nPara\n---\n- x\n---\n",
    "[^a] and [b] and [b][c]\n\n[^a]: note\nlazy\n\n    more\n\nx [^a]\n\n[b]: http://b\n[c]: http://c 'T'\n[b]: http://other\n",
    "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3\ntext\n\n| x |\n|:-:|\n",
    "日本語 **太字** 値$x$は 😀\n\n$$\na\n\n$$ b $$ c\n\\[ x \\] y\n\\[ z\n\\]\nw",
    "``` `x`\n``` a\nunclosed ** [l](http://",
    "$5 and $10, US$5-$10, $PATH:$HOME, `$x$`, $a$, $$b$$ x",
    "\u{FDD0}0\u{FDD1} $x$\n\n\0\n",
    "1. a\n2. b\n\n```\nx\n```\n3. c\n",
    "| $a|b$ | `c|d` |\n|--|--|\n| x |\n",
    "<details>\n<summary>**a** b</summary>\nc `d`\n\n```\n</details>\n```\n<details open><summary>e</summary>f</details>\n</details>\ng\n",
    "- a\n  <details><summary>b</summary>\n  c\n  </details>\n- H<sub>2</sub>O <kbd>x\n\n<details>\n\nnever closed\n\n- x\n",
    "so\n\\begin{align}\na &= b\n\\end{align}\nthen \\begin{pmatrix}a\\end{pmatrix} x\n\n\\begin{matrix}\nb\n\n\\begin{document}\n",
    "**注意：**请先~~旧。~~新 これは**「必須」**です\n👩\u{200D}👩\u{200D}👧🇧🇷👍🏽 क्षत्रिय ที่นี่ مُحَمَّد\n```\n👩\u{200D}👧\n```\n",
    "a\\\nb  \nc &amp; &#35; \\*\n![i](https://h/i.png) [![i](https://h/i.png)](https://h)\n",
];

#[derive(Default)]
struct Page {
    blocks: Vec<Html>,
    tail: String,
}

impl Page {
    fn apply(&mut self, update: Update) {
        for (index, html) in update.rewritten {
            assert!(index < update.first, "only earlier blocks are rewritten");
            self.blocks[index] = html;
        }
        assert_eq!(update.first, self.blocks.len());
        if let Some(text) = update.tail_append {
            assert!(update.frozen.is_empty());
            if !text.is_empty() {
                let at = self.tail.rfind("</code>").expect("text is only appended to code");
                self.tail.insert_str(at, &vertice_markdown::escape_html(&text));
            }
        } else {
            self.tail = update.tail.into_string();
        }
        self.blocks.extend(update.frozen);
    }
}

fn stream<'a>(chunks: impl Iterator<Item = &'a str>) -> Vec<Html> {
    let mut stream = Stream::new();
    let mut page = Page::default();
    for chunk in chunks {
        page.apply(stream.push(chunk));
        if page.tail.len() < 4096 {
            balanced(&page.tail);
        }
    }
    page.apply(stream.finish());
    assert_eq!(page.tail, "");
    page.blocks
}

/// Each start tag has its end tag.
fn balanced(html: &str) {
    for tag in [
        "p",
        "em",
        "strong",
        "ul",
        "ol",
        "li",
        "table",
        "a",
        "code",
        "pre",
        "figure",
        "div",
        "span",
        "blockquote",
        "details",
        "summary",
        "sub",
        "kbd",
    ] {
        let opened = html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag} in {html}");
    }
}

#[test]
fn one_character_at_a_time() {
    for text in TRICKY {
        let chunks = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
        assert_eq!(stream(chunks), render_blocks(text), "{text}");
        assert_eq!(render_blocks(text).into_iter().collect::<Html>(), render(text));
        render_blocks(text).iter().for_each(|block| balanced(block));
    }
}

#[test]
fn long_blocks() {
    let prose = "word **bold** `code` ".repeat(1500);
    let solid = "x".repeat(20_000);
    let items: String = (1..900).map(|n| format!("{n}. item {n}\n")).collect();
    let rows: String = (0..900).map(|n| format!("| {n} | b |\n")).collect();
    for text in [
        prose,
        solid,
        items,
        format!("| a | b |\n|---|---|\n{rows}"),
        format!("```\n{}", "code\n".repeat(9000)),
    ] {
        let chunks = text.as_bytes().chunks(37).map(|c| std::str::from_utf8(c).expect("ASCII"));
        assert_eq!(stream(chunks), render_blocks(&text));
    }
}

#[test]
fn long_list_keeps_counting() {
    let text: String = (1..900).map(|_| "1. item\n").collect();
    let html = render(&text);
    assert_eq!(html.matches("<li ").count(), 899);
    let mut counted = 1;
    for part in html.split("<ol").skip(1) {
        if let Some(start) = part.strip_prefix(" start=\"") {
            assert_eq!(start.split('"').next().and_then(|n| n.parse().ok()), Some(counted));
        }
        counted += part.matches("<li ").count();
    }
}

#[test]
fn open_fence_is_appended() {
    let mut stream = Stream::new();
    let first = stream.push("```rust\nfn a");
    assert!(first.tail.contains("<code>fn a</code>"), "{}", first.tail);
    assert_eq!(stream.push("() {}\n``").tail_append.as_deref(), Some("() {}\n"));
    let closed = stream.push("`\n");
    assert_eq!(closed.tail_append, None);
    assert!(closed.frozen[0].contains("<span class=\"t-k\">fn</span>"));
}

#[test]
fn late_definition_rewrites() {
    let mut stream = Stream::new();
    stream.push("see [x]\n\nnext\n\n");
    let update = stream.push("[x]: https://example.org\n\n");
    assert_eq!(update.rewritten.len(), 1);
    assert_eq!(update.rewritten[0].0, 0);
    assert!(update.rewritten[0].1.contains("href=\"https://example.org\""));
}

#[test]
fn tail_looks_finished() {
    let tail = |text: &str| Stream::new().push(text).tail;
    assert_eq!(tail("some **bo"), "<p dir=\"auto\">some <strong>bo</strong></p>");
    assert_eq!(tail("some **"), "<p dir=\"auto\">some</p>");
    assert_eq!(tail("some `co"), "<p dir=\"auto\">some <code>co</code></p>");
    assert_eq!(tail("a [text](http"), "<p dir=\"auto\">a text</p>");
    assert_eq!(tail("para\n-"), "<p dir=\"auto\">para</p>");
    assert!(tail("| a | b").contains("<th dir=\"auto\">b</th>"));
    assert!(tail("| a | b |\n|--").contains("<th dir=\"auto\">b</th>"));
    assert_eq!(tail("``"), "");
    assert_eq!(tail("$$\nx"), "");
    assert_eq!(tail("so \\(x"), "<p dir=\"auto\">so</p>");
}

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "\n",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        " ",
        "  ",
        "    ",
        "\t",
        "a",
        "word",
        "é",
        "😀",
        "*",
        "**",
        "_",
        "~~",
        "`",
        "```",
        "````",
        "~~~",
        "```rust",
        "- ",
        "1. ",
        "2) ",
        "> ",
        "# ",
        "---",
        "===",
        "|",
        "|---|",
        "[",
        "]",
        "(",
        ")",
        "[x]",
        "[x]: http://e\n",
        "[^n]",
        "[^n]: note\n",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "\\",
        "<b>",
        "<!--",
        "-->",
        "https://e.org/a",
        "![i](https://e/i)",
        "5",
        "&lt;",
        "- [ ] ",
        "x^2",
        "<details>",
        "<details><summary>",
        "<summary>",
        "</summary>",
        "</details>",
        "<details open>\n",
        "<sub>",
        "</sub>",
        "\\begin{align}",
        "\\end{align}",
        "は",
        "「",
        "\u{200D}",
        "🇧",
        "กี",
        "www.e.org",
        "a@e.org",
    ]);
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_split(text in pieces(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).filter(|&at| text.is_char_boundary(at)).collect();
        at.extend([0, text.len()]);
        at.sort_unstable();
        let chunks: Vec<&str> = at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(stream(chunks.into_iter()), render_blocks(&text));
    }

    #[test]
    fn tricky_splits(index in 0..TRICKY.len(), size in 1usize..40) {
        let text = TRICKY[index];
        let chars: Vec<char> = text.chars().collect();
        let chunks: Vec<String> = chars.chunks(size).map(|c| c.iter().collect()).collect();
        prop_assert_eq!(stream(chunks.iter().map(String::as_str)), render_blocks(text));
    }

    #[test]
    fn any_text(text in "\\PC*") {
        render_blocks(&text).iter().for_each(|block| balanced(block));
    }
}
