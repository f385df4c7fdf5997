//! What people who chat expect: line breaks that stay, addresses without a scheme, formulas without delimiters, and the few
//! elements of HTML that models write.

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
fn addresses_without_a_scheme() {
    for (source, address) in [
        ("see www.example.org/a_b, or", "https://www.example.org/a_b"),
        ("(www.example.org)", "https://www.example.org"),
        ("mail me@example.org.", "mailto:me@example.org"),
        ("Mail: first.last+tag@mail.example.co.uk!", "mailto:first.last+tag@mail.example.co.uk"),
        ("foo_bar@example.org", "mailto:foo_bar@example.org"),
        ("**me@example.org**", "mailto:me@example.org"),
    ] {
        assert!(render(source).contains(&format!("<a href=\"{address}\"")), "{source}: {}", render(source));
    }
    for source in [
        "www.",
        "www. example",
        "xwww.example.org",
        "a@b",
        "@someone",
        "a@",
        "user@host:path",
        "git@github.com:a/b.git",
        "x@y@example.org",
        "a@-b.org",
        "`www.example.org` `me@example.org`",
        "a@b..c",
        "https://@",
        "http:///",
    ] {
        assert!(!render(source).contains("href"), "{source}: {}", render(source));
    }
    assert_eq!(render("[www.a.org me@b.org](https://e.org)").matches("<a ").count(), 1, "no link in a link");
    assert_eq!(render("https://www.e.org/?m=me@e.org").matches("<a ").count(), 1);
}

#[test]
fn a_line_break_stays_one() {
    assert_eq!(bare("one\ntwo  \nthree"), "<p>one<br>\ntwo<br>\nthree</p>");
    assert_eq!(bare("- one\n  two"), "<ul><li>one<br>\ntwo</li></ul>");
    assert_eq!(bare("> one\n> two"), "<blockquote><p>one<br>\ntwo</p></blockquote>");
    assert_eq!(bare("one *a\nb*\n<b>\nx"), "<p>one <em>a<br>\nb</em><br>\n&lt;b&gt;<br>\nx</p>");
    assert_eq!(bare("one<br>\ntwo"), "<p>one<br>\ntwo</p>");
    // A formula on its own line brings its own breaks.
    let html = bare("so\n$$x$$ \n$$y$$\nthen");
    assert!(!html.contains("<br>") && !html.contains("<p></p>"), "{html}");
    assert!(
        html.starts_with("<p>so</p><div class=\"math-block\"") && html.ends_with("<p>then</p>"),
        "{html}"
    );
    assert!(!bare("```\na\nb\n```").contains("<br>"));
    assert_eq!(plain_text("one\ntwo"), "one two");
}

#[test]
fn a_cell_takes_its_backslash_first() {
    let cell = |source: &str| bare(&format!("| h |\n|---|\n| {source} |"));
    assert!(cell(r"a \| b").contains("<td>a | b</td>"));
    assert!(cell(r"`a \| b`").contains("<td><code>a | b</code></td>"));
    let html = cell(r"$P(A \| B)$ and $|x|$");
    assert!(html.contains("<mo>|</mo>") || html.contains("|</mo>"), "{html}");
    assert!(!html.contains('‖') && html.matches("<math>").count() == 2, "{html}");
    assert!(cell(r"\(a \| b\)").contains("<math>") && !cell(r"\(a \| b\)").contains('‖'));
    assert!(cell(r"$\\|x\\|$").contains('‖'), "one backslash for the cell, one for the formula");
    assert!(render(r"$\|x\|$").contains('‖'), "not in a cell");
}

#[test]
fn environments_are_formulas() {
    const BLOCK: &str = "<div class=\"math-block\" tabindex=\"0\"><math";
    for name in [
        "align",
        "align*",
        "aligned",
        "equation",
        "equation*",
        "gather",
        "gather*",
        "matrix",
        "pmatrix",
        "bmatrix",
        "Bmatrix",
        "vmatrix",
        "Vmatrix",
        "smallmatrix",
        "cases",
        "split",
        "multline",
        "multline*",
        "eqnarray*",
    ] {
        let source = format!("\\begin{{{name}}}\na &= b\\\\\nc_1 &= d_2\n\\end{{{name}}}");
        let source =
            if name.starts_with("equation") || name.starts_with("multline") || name.starts_with("gather") {
                source.replace('&', "").replace("\\\\", "")
            } else {
                source
            };
        for text in [
            source.clone(),
            format!("so\n{source}\nthen"),
            format!("- so\n  {}", source.replace('\n', "\n  ")),
        ] {
            let html = render(&text);
            assert!(html.contains(BLOCK) && !html.contains("math-error"), "{text}: {html}");
            assert!(!html.contains("begin"), "{html}");
        }
    }
    let nested = render("\\begin{pmatrix}\\begin{pmatrix}a\\end{pmatrix}&b\\end{pmatrix}\nnext");
    assert_eq!((nested.matches(BLOCK).count(), nested.contains("math-error")), (1, false), "{nested}");
    assert!(render("where \\begin{pmatrix}a\\\\b\\end{pmatrix} is").contains(BLOCK));
    for source in [
        "\\begin{document}\nx\n\\end{document}",
        "\\begin{align}\nx",
        "`\\begin{align}x\\end{align}`",
        "```\n\\begin{align}x\\end{align}\n```",
        "\\\\begin{align}x\\end{align}",
    ] {
        assert!(!render(source).contains("<math"), "{source}");
    }
}

#[test]
fn an_environment_is_shown_when_it_is_whole() {
    for source in [
        "so \\beg",
        "so \\begin{al",
        "so \\begin{align}",
        "so \\begin{align}\nx",
        "so \\begin{align}\nx\n\\end{ali",
    ] {
        assert_eq!(tail(source), "<p dir=\"auto\">so</p>", "{source}");
    }
    assert!(tail("so \\begin{align}x\\end{align}").contains("<math"));
    assert!(!tail("\\begin{align}\nx &= y\n").contains("align"));
}

#[test]
fn a_few_elements_of_html_are_understood() {
    assert_eq!(bare("H<sub>2</sub>O x<SUP>2</SUP>"), "<p>H<sub>2</sub>O x<sup>2</sup></p>");
    assert_eq!(bare("<kbd>Ctrl</kbd>+<kbd>*C*</kbd>"), "<p><kbd>Ctrl</kbd>+<kbd><em>C</em></kbd></p>");
    assert_eq!(bare("a<br>b<br />c"), "<p>a<br>b<br>c</p>");
    assert_eq!(bare("<br>"), "<p><br></p>");
    assert!(bare("| a |\n|---|\n| x<sub>1</sub><br>y |").contains("<td>x<sub>1</sub><br>y</td>"));
    assert_eq!(plain_text("H<sub>2</sub>O<br>x"), "H2O x");
}

#[test]
fn what_has_no_counterpart_is_text() {
    for source in [
        "the <sub> tag",
        "</sub> alone",
        "<sub>*a</sub>*",
        "*<sub>a*</sub>",
        "<sub onclick=x>a</sub>",
        "<sub>a<kbd></sub>",
        "x <details> y",
        "<summary>a</summary>",
        "</details>",
        "<details onclick=x>\n\na\n\n</details>",
        "`<sub>a</sub>`",
    ] {
        let html = render(source);
        for tag in ["<sub", "<kbd", "<details", "<summary", "</sub>", "</details>"] {
            assert!(!html.contains(tag), "{source}: {html}");
        }
    }
    assert_eq!(bare("the <sub> tag"), "<p>the &lt;sub&gt; tag</p>");
    assert_eq!(bare("<u>a</u> <span>b</span>"), "<p>&lt;u&gt;a&lt;/u&gt; &lt;span&gt;b&lt;/span&gt;</p>");
}

#[test]
fn details_hold_markdown() {
    const WHOLE: &str =
        "<details><summary>The <strong>answer</strong></summary><p>It is <em>42</em>.</p></details>";
    for source in [
        "<details>\n<summary>The **answer**</summary>\n\nIt is *42*.\n\n</details>",
        "<details>\n<summary>The **answer**</summary>\nIt is *42*.\n</details>",
        "<details><summary>The **answer**</summary>It is *42*.</details>",
        "<details>\n    <summary>The **answer**</summary>\n    It is *42*.\n</details>",
        "<details>\n<summary>\nThe **answer**\n</summary>\nIt is *42*.</details>",
    ] {
        assert_eq!(bare(source), WHOLE, "{source}");
        assert_eq!(
            bare(&format!("before\n{source}\n\nafter")),
            format!("<p>before</p>{WHOLE}<p>after</p>"),
            "{source}"
        );
    }
    assert_eq!(
        bare("<details open>\n<summary>a</summary>\nb\n</details>"),
        "<details open><summary>a</summary><p>b</p></details>"
    );
    assert_eq!(
        bare("1. q\n   <details><summary>a</summary>\n   b\n   </details>\n2. r"),
        "<ol><li><p>q</p><details><summary>a</summary><p>b</p></details></li><li><p>r</p></li></ol>"
    );
    assert_eq!(
        bare("> <details>\n> <summary>a</summary>\n> b\n> </details>"),
        "<blockquote><details><summary>a</summary><p>b</p></details></blockquote>"
    );
    assert_eq!(
        bare(
            "<details>\n<summary>a</summary>\n\n<details>\n<summary>b</summary>\nc\n</details>\n\nd\n</details>"
        ),
        "<details><summary>a</summary><details><summary>b</summary><p>c</p></details><p>d</p></details>"
    );
    let code = bare(
        "<details>\n<summary>a</summary>\n\n```html\n</details>\n```\n\n| a |\n|---|\n| b |\n\n$$\nx\n$$\n</details>\nend",
    );
    assert!(
        code.contains("</code></pre></figure><div class=\"table-wrap\"")
            && code.ends_with("</div></details><p>end</p>"),
        "{code}"
    );
    assert!(code.contains("&lt;/") && code.matches("</details>").count() == 1, "{code}");
    assert!(
        render("<details>\n<summary>شرح</summary>\nنص\n</details>")
            .starts_with("<details dir=\"rtl\"><summary dir=\"")
    );
    assert_eq!(plain_text("<details><summary>a</summary>b</details>"), "a\nb");
}

#[test]
fn code_about_details_is_kept() {
    const CODE: &str = "<details>\n<summary>a</summary>\nb\n</details>\n";
    let indented = CODE.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let in_item =
        format!("- x\n\n{}", CODE.lines().map(|line| format!("      {line}\n")).collect::<String>());
    let fenced =
        format!("> ```\n{}> ```", CODE.lines().map(|line| format!("> {line}\n")).collect::<String>());
    for source in [indented, in_item, fenced, format!("<details>\n\n~~~\n{CODE}~~~\n\n</details>")] {
        let html = render(&source);
        let code = CODE.replace('<', "&lt;").replace('>', "&gt;");
        assert!(html.contains(&format!("<code>{code}</code>")), "{source}: {html}");
    }
}

#[test]
fn elements_while_they_grow() {
    assert_eq!(tail("H<su"), "<p dir=\"auto\">H</p>");
    assert_eq!(tail("H<sub>2"), "<p dir=\"auto\">H<sub>2</sub></p>");
    assert_eq!(tail("H<sub>2</su"), "<p dir=\"auto\">H<sub>2</sub></p>");
    assert_eq!(tail("**H<sub>2"), "<p dir=\"auto\"><strong>H<sub>2</sub></strong></p>");
    let whole = "<details>\n<summary>The **answer**</summary>\n\nIt is *42*:\n\n```rust\nfn a() {}\n```\n\n- one\n- two\n</details>\n";
    for at in 1..whole.len() {
        let html = tail(&whole[..at]);
        assert!(
            !html.contains("&lt;") && !html.contains("**") && !html.contains("```"),
            "{:?}: {html}",
            &whole[..at]
        );
    }
}
