//! Every language: which way a text reads, emphasis and addresses beside Chinese, Japanese and Korean, and characters that
//! are written with several.

use proptest::prelude::*;
use vertice_markdown::{Stream, plain_text, render};

/// The HTML without attributes of direction.
fn bare(source: &str) -> String {
    render(source).replace(" dir=\"auto\"", "").replace(" dir=\"rtl\"", "")
}

/// What the page shows of a text that is not complete.
fn tail(source: &str) -> String {
    Stream::new().push(source).tail.into_string()
}

#[test]
fn each_block_reads_in_its_own_direction() {
    assert_eq!(render("שלום"), "<p dir=\"auto\">שלום</p>");
    assert_eq!(render("# مرحبا"), "<h2 dir=\"auto\">مرحبا</h2>");
    assert_eq!(render("hello"), "<p dir=\"auto\">hello</p>");
    assert_eq!(
        render("- שלום\n- hello"),
        "<ul dir=\"rtl\"><li dir=\"auto\">שלום</li><li dir=\"auto\">hello</li></ul>"
    );
    assert!(
        render("3. שלום")
            .starts_with("<ol start=\"3\" style=\"counter-reset:n 2\" dir=\"rtl\"><li dir=\"auto\">")
    );
    assert_eq!(render("- [x] שלום").matches("<li class=\"task\" dir=\"auto\">").count(), 1);
    assert_eq!(
        render("> שלום\n>\n> hi"),
        "<blockquote dir=\"rtl\"><p dir=\"auto\">שלום</p><p dir=\"auto\">hi</p></blockquote>"
    );
    let table = render("| الاسم | name |\n|---|--:|\n| علي | 12 |");
    assert!(table.contains("aria-label=\"Table\" dir=\"rtl\"><table>"), "{table}");
    assert!(table.contains("<th dir=\"auto\">الاسم</th><th class=\"r\" dir=\"auto\">name</th>"), "{table}");
    // What has no direction takes that of the table.
    assert!(table.contains("<td dir=\"auto\">علي</td><td class=\"r\">12</td>"), "{table}");
}

/// A browser does not look into blocks that find their own direction, and takes code and formulas for text.
#[test]
fn a_direction_that_the_browser_would_miss_is_told() {
    assert!(
        render("- שלום\n\n- hello")
            .starts_with("<ul dir=\"rtl\"><li dir=\"rtl\"><p dir=\"auto\">שלום</p></li><li dir=\"auto\">")
    );
    assert!(render("> - שלום").starts_with("<blockquote dir=\"rtl\"><ul dir=\"rtl\"><li dir=\"auto\">"));
    assert!(render("`npm` הוא כלי").starts_with("<p dir=\"rtl\"><code>npm</code>"));
    assert!(render("$x$ הוא משתנה").starts_with("<p dir=\"rtl\"><math>"));
    assert!(render("> english\n>\n> - שלום").starts_with("<blockquote dir=\"auto\">"));
    let notes = render("שלום[^1]\n\n[^1]: הערה");
    assert!(
        notes.contains("<ol dir=\"rtl\"><li id=") && notes.contains(" dir=\"rtl\"><p dir=\"auto\">הערה"),
        "{notes}"
    );
}

#[test]
fn emphasis_beside_cjk_punctuation() {
    for (source, html) in [
        ("**注意：**请先备份。", "<p><strong>注意：</strong>请先备份。</p>"),
        ("これは**「必須」**です", "<p>これは<strong>「必須」</strong>です</p>"),
        ("~~旧版。~~新版", "<p><del>旧版。</del>新版</p>"),
        ("**テスト。**テスト", "<p><strong>テスト。</strong>テスト</p>"),
        ("**\"안녕\"**은 인사다", "<p><strong>&quot;안녕&quot;</strong>은 인사다</p>"),
        ("**스크립트(script)**라고", "<p><strong>스크립트(script)</strong>라고</p>"),
        ("これは**`code`**です", "<p>これは<strong><code>code</code></strong>です</p>"),
        ("これは*（斜体）*です", "<p>これは<em>（斜体）</em>です</p>"),
        ("これは***「両方」***です", "<p>これは<em><strong>「両方」</strong></em>です</p>"),
        ("これは**_「下線」_**です", "<p>これは<strong><em>「下線」</em></strong>です</p>"),
        ("これは**~~「両方」~~**です", "<p>これは<strong><del>「両方」</del></strong>です</p>"),
        ("これは~~**「両方」**~~です", "<p>これは<del><strong>「両方」</strong></del>です</p>"),
        (
            "**「一」**と**「二」**と**「三」**",
            "<p><strong>「一」</strong>と<strong>「二」</strong>と<strong>「三」</strong></p>",
        ),
        ("価格は**100円（税込）**です", "<p>価格は<strong>100円（税込）</strong>です</p>"),
        ("**（甲）**，**（乙）**", "<p><strong>（甲）</strong>，<strong>（乙）</strong></p>"),
        ("**注意：**\n请", "<p><strong>注意：</strong><br>\n请</p>"),
        // By the rule of CommonMark alone: nothing here changes.
        ("太郎は ** 「強い」 ** と", "<p>太郎は ** 「強い」 ** と</p>"),
        ("a**\"b\"**c", "<p>a**&quot;b&quot;**c</p>"),
        ("ファイル__名「x」__前", "<p>ファイル__名「x」__前</p>"),
        ("10~20個、30~40個", "<p>10~20個、30~40個</p>"),
        ("\\*\\*注意：\\*\\*请", "<p>**注意：**请</p>"),
    ] {
        assert_eq!(bare(source), html, "{source}");
    }
    assert_eq!(bare("| は**「甲」**で | 乙 |\n|---|---|\n|**（丙）**丁|戊|").matches("<strong>").count(), 2);
    assert_eq!(plain_text("**注意：**请先`a*「`"), "注意：请先a*「");
}

/// What makes the parser see it is nowhere else.
#[test]
fn nothing_is_added_to_a_text() {
    let marks = ['\u{FDD2}', '\u{1BC9F}'];
    for source in [
        "これは`は**「`です",
        "```は**「\nは**「x」**で\n```",
        "- は\n\n  ```\n  は**「x」**で\n  ```",
        "    は**「x」**で",
        "[は**「](https://e.org/は**「 \"は**「\")",
        "![は**「](https://e.org/は**「)",
        "<b title=\"は**「\"> https://e.org/は**「",
        "は**「[^は**「]\n\n[^は**「]: は**「x」**で",
        "[は**「]\n\n[は**「]: https://e.org/は**「",
        "$は**「$ は**_「_**で は**$「$**",
    ] {
        let html = render(source);
        assert!(!html.contains(marks), "{html}");
        assert!(!plain_text(source).contains(marks));
        for at in source.char_indices().map(|(at, _)| at) {
            assert!(!tail(&source[..at]).contains(marks), "{source}");
        }
    }
    assert!(render("[は**「]\n\n[は**「]: https://e.org/").contains("href"));
    assert!(render("`は**「x」**`").contains("<code>は**「x」**</code>"));
}

#[test]
fn emphasis_beside_cjk_while_it_grows() {
    assert_eq!(tail("これは**「必須"), "<p dir=\"auto\">これは<strong>「必須</strong></p>");
    assert_eq!(tail("これは**「必須」*"), "<p dir=\"auto\">これは<strong>「必須」</strong></p>");
    assert_eq!(tail("これは**「必須」**で"), "<p dir=\"auto\">これは<strong>「必須」</strong>で</p>");
    assert_eq!(tail("请~~旧版。"), "<p dir=\"auto\">请<del>旧版。</del></p>");
}

#[test]
fn a_bare_address_ends_where_cjk_begins() {
    for (source, address) in [
        ("请看https://e.org/a，谢谢", "https://e.org/a"),
        ("https://e.org/a。次", "https://e.org/a"),
        ("https://e.org/aを見る", "https://e.org/a"),
        ("（https://e.org/a）", "https://e.org/a"),
        ("「https://e.org」です", "https://e.org"),
        ("https://e.org에서", "https://e.org"),
        ("www.e.org，", "https://www.e.org"),
        ("邮箱：a.b+c@e-x.org。", "mailto:a.b+c@e-x.org"),
        ("انظر https://e.org/a، ثم", "https://e.org/a"),
    ] {
        assert!(render(source).contains(&format!("<a href=\"{address}\"")), "{source}: {}", render(source));
    }
}

/// Sequences that are one character for a reader, in pieces.
const CLUSTERS: &[&[&str]] = &[
    &["👩", "\u{200D}", "👩", "\u{200D}", "👧"],
    &["👍", "\u{1F3FD}"],
    &["🏳", "\u{FE0F}", "\u{200D}", "🌈"],
    &["🇧", "🇷"],
    &["🏴", "\u{E0067}", "\u{E0062}", "\u{E0073}", "\u{E007F}"],
    &["❤", "\u{FE0F}"],
    &["ก", "ี", "่"],
    &["น", "้", "ำ"],
    &["ب", "\u{064E}", "\u{0651}"],
    &["क", "\u{094D}", "ष", "ि"],
    &["ত", "\u{09CD}", "র"],
    &["த", "ி"],
    &["ש", "\u{05C1}", "\u{05B8}"],
    &["ក", "\u{17D2}", "ម", "\u{17C2}"],
    &["မ", "\u{103C}", "\u{102C}"],
];

#[test]
fn no_character_is_shown_in_half() {
    for wrap in [("", ""), ("**a ", "**"), ("- `", "`"), ("```\n", "\n```"), ("| a |\n|---|\n| ", " |")] {
        for cluster in CLUSTERS {
            let mut stream = Stream::new();
            let mut shown = String::new();
            let mut show = |update: vertice_markdown::Update| {
                match &update.tail_append {
                    Some(more) => shown.push_str(more),
                    None => shown = update.tail.to_string(),
                }
                shown.clone()
            };
            show(stream.push(wrap.0));
            for piece in *cluster {
                let html = show(stream.push(piece));
                for ch in cluster.concat().chars() {
                    assert!(
                        !html.contains(ch) || is_whole(piece, cluster),
                        "{cluster:?} at {piece:?}: {html}"
                    );
                }
            }
            // The next word has come: it is known to be whole.
            let html = show(stream.push("x"));
            assert!(html.contains(&cluster.concat()), "{cluster:?}: {html}");
        }
    }
}

/// Two letters of a flag are all of it; anything else may go on.
fn is_whole(piece: &str, cluster: &[&str]) -> bool {
    cluster == ["🇧", "🇷"] && piece == "🇷"
}

#[test]
fn what_is_held_back_is_shown_when_nothing_comes() {
    let mut stream = Stream::new();
    assert_eq!(stream.push("ok 👩").tail, "<p dir=\"auto\">ok</p>");
    assert!(stream.holds_back());
    assert_eq!(stream.settle().tail, "<p dir=\"auto\">ok 👩</p>");
    assert!(!stream.holds_back());
    assert_eq!(stream.push("\u{200D}💻").tail, "<p dir=\"auto\">ok</p>");
    assert_eq!(stream.finish().frozen.concat(), "<p dir=\"auto\">ok 👩\u{200D}💻</p>");
    assert!(!stream.holds_back());
    for text in ["hello", "naïve", "日本語", "한국어", "かな", "ελλ", "привет", "→", "12"]
    {
        let mut stream = Stream::new();
        stream.push(text);
        assert!(!stream.holds_back(), "{text}");
    }
}

#[test]
fn an_endless_character_is_shown() {
    let zalgo = format!("a{}", "\u{301}".repeat(50_000));
    assert!(tail(&zalgo).contains('\u{301}'));
    assert!(tail(&format!("क{}", "\u{94D}क".repeat(20_000))).contains('क'));
    let thai = "ภาษาไทยไม่มีช่องว่างระหว่างคำ".repeat(600);
    for block in vertice_markdown::render_blocks(&thai) {
        let text = block.replace("<p dir=\"auto\">", "");
        assert!(
            !text.starts_with(|c| matches!(c, '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}')),
            "{}",
            &text[..30]
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever stands around it, the text is the same with and without the rule: nothing is lost or added.
    #[test]
    fn cjk_text_is_kept(parts in prop::collection::vec(prop::sample::select(vec!["**", "*", "~~", "_", "は", "「", "」", "。", "\"", "(", ")", "a", " ", "`", "\n", "|", "[", "](x)", "\\", "<sub>", "</sub>", "한", "，"]), 0..30)) {
        // No fence: what stands behind one is not shown.
        let source = format!("x {}", parts.concat().replace('\n', "\nx "));
        let letters = |text: &str| text.chars().filter(|c| matches!(c, 'は' | '「' | '」' | '。' | '한' | '，')).collect::<String>();
        let html = render(&source);
        prop_assert_eq!(letters(&html), letters(&source), "{}", html);
        let marks = ['\u{FDD2}', '\u{1BC9F}'];
        prop_assert!(!html.contains(marks), "{}", html);
    }
}
