//! An artifact as one file that needs nobody: its sources and the libraries that they are shown with, in one HTML document
//! that works from a disk. It must never let a source end the element that it stands in.

use serde_json::{Value, json};

const TEMPLATE: &str = include_str!(concat!(env!("OUT_DIR"), "/bundles/alone.html"));
const MERMAID: &str = include_str!(concat!(env!("OUT_DIR"), "/bundles/alone/mermaid.js"));

/// How an artifact is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Html,
    React,
    Svg,
    Mermaid,
}

/// One of the files that it is made of.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub path: &'a str,
    pub content: &'a str,
}

/// The document that shows `entry`.
pub fn stand_alone(kind: Kind, entry: &str, files: &[Source<'_>]) -> String {
    let held: serde_json::Map<String, Value> =
        libraries(kind, files).map(|(name, code)| (name.to_owned(), code.into())).collect();
    let sources: Vec<Value> =
        files.iter().map(|file| json!({"path": file.path, "kind": "", "content": file.content})).collect();
    let input = json!({"entry": entry, "kind": kind.name(), "theme": "light", "files": sources});
    let data = json!({"libraries": held, "input": input});
    let (head, rest) = TEMPLATE.split_once("__TITLE__").expect("the template has a title");
    let (middle, tail) = rest.split_once("__ALONE__").expect("the template has a place for what is shown");
    [head, &escaped(entry), middle, &harmless(&data), tail].concat()
}

impl Kind {
    /// As the runtime knows it.
    const fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::React => "react",
            Self::Svg => "svg",
            Self::Mermaid => "mermaid",
        }
    }
}

/// The libraries that a kind needs; icons and charts only where a source names them.
fn libraries<'a>(kind: Kind, files: &'a [Source<'a>]) -> impl Iterator<Item = (&'static str, &'static str)> {
    let named = |name: &str| files.iter().any(|file| file.content.contains(name));
    let (is_react, is_mermaid) = (kind == Kind::React, kind == Kind::Mermaid);
    let wanted = [
        ("react", is_react),
        ("compile", is_react),
        ("tailwind", is_react),
        ("lucide-react", is_react && named("lucide-react")),
        ("recharts", is_react && named("recharts")),
    ];
    let bundled =
        wanted.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(name, _)| (name, script(name)));
    bundled.chain(is_mermaid.then_some(("mermaid", MERMAID)))
}

fn script(name: &str) -> &'static str {
    let file = crate::file(&format!("{name}.js")).expect("the bundles hold every library");
    std::str::from_utf8(file.bytes).expect("scripts are UTF-8")
}

/// JSON in which nothing is a tag or a comment: `<` stands in strings alone, where it may be written otherwise.
fn harmless(data: &Value) -> String {
    data.to_string().replace('<', "\\u003c")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(document: &str) -> Value {
        let (_, rest) = document.split_once(r#"id="__alone">"#).unwrap();
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    }

    #[test]
    fn no_source_ends_what_it_stands_in() {
        let content = "</script><script>alert(1)</script><!-- <script> \u{2028} ü";
        let files = [Source { path: "</title>&.html", content }];
        let document = stand_alone(Kind::Html, "</title>&.html", &files);
        assert_eq!(data(&document)["input"]["files"][0]["content"], content);
        assert_eq!(document.matches("alert(1)").count(), 1);
        assert_eq!(document.to_lowercase().matches("</script").count(), 3, "its own three");
        assert!(document.contains("<title>&lt;/title>&amp;.html</title>"));
    }

    #[test]
    fn it_holds_what_it_needs_and_no_more() {
        let held = |kind, content| {
            let document = stand_alone(kind, "a", &[Source { path: "a", content }]);
            let libraries = data(&document)["libraries"].clone();
            libraries.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(held(Kind::Html, "recharts"), [""; 0]);
        assert_eq!(held(Kind::Svg, ""), [""; 0]);
        assert_eq!(held(Kind::Mermaid, ""), ["mermaid"]);
        assert_eq!(held(Kind::React, ""), ["compile", "react", "tailwind"]);
        let charts = r#"import { Line } from "recharts""#;
        assert_eq!(held(Kind::React, charts), ["compile", "react", "recharts", "tailwind"]);
    }

    #[test]
    fn nothing_of_it_is_asked_of_anybody() {
        let document = stand_alone(Kind::React, "a", &[]);
        for outside in ["<link", "src=\"", "href=\"http"] {
            let markup = document.split("__alone").next().unwrap();
            assert!(!markup.contains(outside), "{outside}");
        }
        assert!(document.contains("default-src 'none'"));
    }
}
