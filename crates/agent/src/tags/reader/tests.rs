//! Text cut anywhere tells the same, and nothing of it is lost.

use proptest::prelude::*;

use super::*;

/// What is told of a text that comes in these pieces: a line for everything, texts that follow each other in one.
fn told<'a>(pieces: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut reader = Reader::default();
    let mut told = Vec::new();
    let mut take = |reader: &mut Reader| {
        while let Some(piece) = reader.next() {
            tell(&mut told, piece);
        }
    };
    for piece in pieces {
        reader.push(piece);
        take(&mut reader);
    }
    reader.end();
    take(&mut reader);
    assert_eq!(reader.text, "", "nothing is left");
    told
}

fn tell(told: &mut Vec<String>, piece: Piece) {
    let (word, text) = match piece {
        Piece::Text(text) => ("text ", text),
        Piece::More(text) => ("more ", text),
        Piece::Turns => ("turns", String::new()),
        Piece::Ends { closed } => (if closed { "ends" } else { "open" }, String::new()),
        Piece::Opens(Opening::Edit { path }) => ("edit ", path),
        Piece::Opens(Opening::Artifact { path, title, kind, language }) => {
            let facts: Vec<String> =
                [title, kind.map(|kind| kind.as_str().to_owned()), language].into_iter().flatten().collect();
            ("artifact ", [vec![path], facts].concat().join(" "))
        }
    };
    assert!(!word.ends_with(' ') || !text.is_empty());
    match told.last_mut() {
        Some(last) if matches!(word, "text " | "more ") && last.starts_with(word) => last.push_str(&text),
        _ => told.push(format!("{word}{text}")),
    }
}

/// The same whole, cut in two anywhere, and letter by letter.
fn everywhere(text: &str, expected: &[&str]) {
    assert_eq!(told([text]), expected, "{text:?}");
    let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    for cut in &places {
        assert_eq!(told([&text[..*cut], &text[*cut..]]), expected, "{text:?} cut at {cut}");
    }
    assert_eq!(told(text.split("").filter(|letter| !letter.is_empty())), expected, "{text:?} in letters");
}

#[test]
fn artifacts_and_edits_stand_among_text() {
    everywhere(
        "Here it is:\n\n<artifact path=\"src/app.tsx\" title=\"Ün\" type=\"react\" language=\"tsx\">\nlet a = 1 < 2;\n\n\
         </artifact>\n\nDone.\n<artifact path='a.md'>x</artifact>\n<artifact_edit path=\"a.md\">\n<find>\nold\n</find>\n\
         <replace>new</replace>\n<find>b</find><replace></replace>\n</artifact_edit>\nThat is all.",
        &[
            "text Here it is:\n\n",
            "artifact src/app.tsx Ün react tsx",
            "more let a = 1 < 2;\n",
            "ends",
            "text Done.\n",
            "artifact a.md",
            "more x",
            "ends",
            "edit a.md",
            "more old",
            "turns",
            "more new",
            "ends",
            "edit a.md",
            "more b",
            "turns",
            "ends",
            "text That is all.",
        ],
    );
}

#[test]
fn what_is_no_tag_at_its_place_is_text() {
    for text in [
        "an <artifact path=\"a\">\nx\n</artifact>",
        "  <artifact path=\"a\">",
        "```html\n<artifact path=\"a\">\nx\n</artifact>\n```\n",
        "- ~~~\n<artifact path=\"a\">\n",
        "<artifact>\n</artifact>\n",
        "<artifact path=\"a\n",
        "<artifact path=\"a",
        "<art",
        "<artifact_edit path=\"a\">\nnothing to find",
        "<artifact_edit path=\"a\">",
        "</artifact>\n<find>",
        "a\r\nb\n\n  c  ",
    ] {
        everywhere(text, &[&format!("text {text}")]);
    }
    everywhere("", &[]);
    everywhere("\n \n", &[]);
    everywhere("\n\n    code\n", &["text     code\n"]);
    everywhere("```\na\n```\n<artifact path=a>\n", &["text ```\na\n```\n", "artifact a", "open"]);
}

#[test]
fn a_content_ends_at_a_line() {
    let all = |content: &str, expected: &str| {
        let text = format!("<artifact path=\"a.txt\">{content}</artifact>\n");
        let more = format!("more {expected}");
        let told: &[&str] = if expected.is_empty() {
            &["artifact a.txt", "ends"]
        } else {
            &["artifact a.txt", &more, "ends"]
        };
        everywhere(&text, told);
    };
    all("", "");
    all("\n", "");
    all("\n\n", "");
    all("\n\n\n", "\n");
    all("\r\nx\r\n", "x");
    all("\nx\ry\r\n\r\n", "x\ry\r\n");
    all("\na </artifact> b\n<</artifact\n", "a </artifact> b\n<</artifact");
    all("\nlast line", "last line");
    all("\n<artifact path=\"b\">\n", "<artifact path=\"b\">");
    everywhere(
        "<artifact path=a>\nx\n</artifact> and more",
        &["artifact a", "more x", "ends", "text  and more"],
    );
    everywhere("<artifact path=a>\nx\n</artif", &["artifact a", "more x\n</artif", "open"]);
    everywhere("<artifact path=a>\nx\n", &["artifact a", "more x", "open"]);
}

#[test]
fn a_fence_around_all_of_a_content_is_none_of_it() {
    let all = |path: &str, content: &str, expected: &str| {
        let text = format!("<artifact path=\"{path}\">\n{content}\n</artifact>\nx");
        everywhere(&text, &[&format!("artifact {path}"), &format!("more {expected}"), "ends", "text x"]);
    };
    all("a.js", "```js\nlet a;\n\nlet b;\n```", "let a;\n\nlet b;");
    all("a.js", "~~~\nlet a;\n~~~\n\n", "let a;");
    all("a.js", "```\nlet a;\n```\nlet b;", "let a;\n```\nlet b;");
    all("a.js", "let a;\n```\nx\n```", "let a;\n```\nx\n```");
    all("a.md", "```js\nlet a;\n```", "```js\nlet a;\n```");
    all("a.md", "````markdown\n# A\n```\nx\n```\n````", "# A\n```\nx\n```");
    everywhere(
        "<artifact path=a.py>```python\nx = 1\n```</artifact>\n",
        &["artifact a.py", "more x = 1", "ends"],
    );
}

#[test]
fn an_edit_that_is_not_whole_ends_open() {
    everywhere("<artifact_edit path=a><find>x", &["edit a", "more x", "open"]);
    everywhere("<artifact_edit path=a><find>x</find>\n<repl", &["edit a", "more x", "open", "text <repl"]);
    everywhere(
        "<artifact_edit path=a><find>x</find></artifact_edit>\nSo.",
        &["edit a", "more x", "open", "text So."],
    );
    everywhere(
        "<artifact_edit path=a><find>x</find><replace>y\n",
        &["edit a", "more x", "turns", "more y", "open"],
    );
    everywhere(
        "<artifact_edit path=a><find>x</find><replace>y</replace>\nSo.",
        &["edit a", "more x", "turns", "more y", "ends", "text So."],
    );
}

#[test]
fn it_goes_on_where_a_text_broke_off() {
    for (before, more, is_tag) in [
        ("half a line", "<artifact path=a>", false),
        ("a line\n", "<artifact path=a>", true),
        ("```\nin a fence\n", "<artifact path=a>", false),
    ] {
        let mut reader = Reader::after(before);
        reader.push(more);
        assert_eq!(matches!(reader.next(), Some(Piece::Opens(_))), is_tag, "{before}");
    }
    let mut reader = Reader::after("a");
    reader.push("\n\nb");
    assert_eq!(reader.next(), Some(Piece::Text("\n\nb".into())));
}

#[test]
fn text_is_told_as_it_comes() {
    let mut reader = Reader::default();
    for (more, piece) in [
        ("Hel", Piece::Text("Hel".into())),
        ("lo <", Piece::Text("lo <".into())),
        ("\n<b", Piece::Text("\n<b".into())),
        (">\n<artifact path=a>", Piece::Text(">\n".into())),
    ] {
        reader.push(more);
        assert_eq!(reader.next(), Some(piece));
    }
    assert!(matches!(reader.next(), Some(Piece::Opens(_))));
    reader.push("\nlong li");
    assert_eq!(reader.next(), Some(Piece::More("long li".into())));
    assert_eq!(reader.next(), None);
}

/// Words that tags and fences are made of.
fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "<artifact path=\"a.js\">",
        "<artifact path=a.md type=markdown>",
        "</artifact>",
        "<artifact_edit path=b>",
        "</artifact_edit>",
        "<find>",
        "</find>",
        "<replace>",
        "</replace>",
        "```",
        "```js",
        "~~~",
        "<",
        ">",
        "</art",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "- ",
        "é",
        "x",
        "two words",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn every_cut_tells_the_same(text in words(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| places[cut.index(places.len())]).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        prop_assert_eq!(told(cuts.windows(2).map(|cut| &text[cut[0]..cut[1]])), told([text.as_str()]));
    }

    #[test]
    fn no_word_is_lost(text in words()) {
        // What is told holds every letter that is no tag's, no fence's and no blank.
        let told = told([text.as_str()]).concat();
        for word in ["é", "two words"] {
            prop_assert_eq!(told.matches(word).count(), text.matches(word).count(), "{}", word);
        }
    }

    #[test]
    fn no_text_breaks_it(text in ".*") {
        told([text.as_str()]);
        told(["<artifact path=a>", text.as_str()]);
    }
}
